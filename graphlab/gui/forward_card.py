"""A forward step inside a folded group, told as the picture shows it: the group is one op."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from graphlab.engine.explain import Explanation
from graphlab.engine.numbers import show
from graphlab.engine.rules import bracketed, d
from graphlab.engine.run import Run
from graphlab.engine.steps import Step
from graphlab.graph import OutPort
from graphlab.graph.folding import outlook
from graphlab.gui.drawing import Drawing
from graphlab.gui.folded import Folded
from graphlab.gui.notes import listed

_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*(?![\w.]| *[(=\[])")  # of no function, attribute or port

_WAY_IN = "Ctrl+Down steps into it."


def told_forward(run: Run, step: Step, drawing: Drawing) -> Explanation | None:
    """The step as one of the folded group that hides its node; None where none does."""
    group = drawing.group(outlook(run.graph).owner[step.node])
    if group is None:
        return None
    ports = [port for port in group.outputs if port.node == step.node]
    if not ports:
        return _inside(step, group.title)
    is_whole = len({port.node for port in group.outputs}) == 1
    computed = group.title if is_whole else f"{step.node} of {group.title}"
    values = listed([show(run.value(str(port))) for port in ports])
    given = [f"{source} = {show(run.value(str(source)))}" for source in group.inputs]
    takes = f"takes {listed(given)} and gives" if given else "gives"
    recorded = _recorded(group, ports)
    return Explanation(
        title=f"Forward: compute {computed}",
        rule=_rule(group),
        numbers=_plugged(run, group),
        result="\n".join(f"{port} = {show(run.value(str(port)))}" for port in ports),
        sentence=f"{group.title} is folded: it {takes} {values}.{recorded} {_WAY_IN}",
        rule_latex="",
        numbers_latex="",
    )


def _inside(step: Step, title: str) -> Explanation:
    """A node of the group that is none of its outputs, at which a run has stopped."""
    return Explanation(
        title=f"Forward: inside {title}",
        rule="",
        numbers="",
        result=f"{step.node} = {show(step.value)}",
        sentence=f"{title} is folded, and {step.node} in it is computed. {_WAY_IN}",
        rule_latex="",
        numbers_latex="",
    )


def _recorded(group: Folded, ports: Sequence[OutPort]) -> str:
    """The partials through the group that are on its edges now."""
    found = [
        f"{d(str(port), str(source))} = {show(partial)}"
        for source in group.inputs
        for port, partial in group.partials(source)
        if port in ports
    ]
    return f" The partials through it are recorded: {listed(found)}." if found else ""


def _rule(group: Folded) -> str:
    """What stands on its card, with what it computes on the left."""
    is_bare = group.formula and group.template is None
    return f"{group.outputs[0]} = {group.formula}" if is_bare else group.formula


def _plugged(run: Run, group: Folded) -> str:
    """The right side of its formula with numbers for names; empty where one is no number."""
    if not group.formula or group.template is not None or '"' in group.formula:
        return ""
    names = {name for name in _NAME.findall(group.formula) if name in run.graph.nodes}
    if any(run.value(name) is None or np.ndim(run.value(name)) for name in names):
        return ""

    def number(match: re.Match[str]) -> str:
        name = match.group()
        told = show(run.value(name)) if name in names else name
        return f"({told})" if "×" in told else bracketed(told)

    return f"= {_NAME.sub(number, group.formula)}"
