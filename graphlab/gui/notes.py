"""Sentences about what an edit made void and about numbers that are none."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

from graphlab.engine.numbers import show
from graphlab.engine.rules import Names, formula, plugged
from graphlab.engine.run import Run
from graphlab.engine.steps import Step
from graphlab.graph import Graph, Problem, dag_of
from graphlab.ops import show_shape

_NEEDS: Mapping[str, str] = {
    "log": "the logarithm needs a positive value",
    "sqrt": "the square root needs a value that is not negative",
}
_ZERO = "there is no dividing by 0"
_LARGE = "the result is too large to be held"


# --- what a change made void ------------------------------------------------------------------
def computed(run: Run) -> list[str]:
    """The nodes that were computed, in the order of the graph."""
    has_value = run.with_value()
    return [
        name
        for name, node in run.graph.nodes.items()
        if name in has_value and node.op.category != "Source"
    ]


def change_note(before: Graph, run: Run, known: Collection[str], *, had_gradients: bool) -> str:
    """``z changed: f and all gradients must be computed again; add1 = 3 is kept.``

    ``known`` had a value before the run went over from ``before``; empty if nothing was lost.
    """
    old, new = before.nodes, run.graph.nodes
    changed = [name for name in new if name in old and new[name] is not old[name]]
    has_value = run.with_value()
    lost = [name for name in known if name in new and name not in has_value]
    kept = [name for name in known if name in has_value]
    void = lost + (["all gradients"] if had_gradients and run.start is None else [])
    if not changed or not void:
        return ""
    told = f"{listed(changed)} changed: {listed(void)} must be computed again"
    if len(kept) == 1:
        told += f"; {kept[0]} = {brief(run.value(kept[0]))} is kept"
    elif kept:
        told += f"; {listed(kept)} are kept"
    return told + "."


def by_hand_note(put: Mapping[str, Any], gone: list[str]) -> str:
    """``q = 7 is set by hand in this run``, and how that ends, or that it has ended."""
    told = []
    if gone:
        owns = "computes its own value" if len(gone) == 1 else "compute their own values"
        told.append(f"{listed(gone)} {owns} again.")
    if put:
        values = listed([f"{name} = {brief(value)}" for name, value in put.items()])
        are, is_ = ("are", "they are") if len(put) > 1 else ("is", "it is")
        told.append(
            f"{values} {are} set by hand in this run only: {is_} not saved, and Release or Undo "
            "ends it."
        )
    return " ".join(told)


# --- numbers that are none --------------------------------------------------------------------
def is_finite(value: Any) -> bool:
    """Whether a value, if there is one, holds finite numbers only."""
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or bool(np.isfinite(value).all())


def unfit_value(run: Run, name: str) -> str:
    """Why a node's value is not finite, where its inputs are; else empty."""
    value = run.value(name)
    if is_finite(value):
        return ""
    step = step_at(run, name)
    inputs = [given for _, given in step.arguments.values()]
    if not inputs or not all(map(is_finite, inputs)):
        return ""
    return f"{_equation(step)} is {_verdict(value)}: {_reason(step)}"


def unfit_values(run: Run) -> dict[str, str]:
    """The nodes where a value first went wrong, with the reason."""
    if not (unfit := run.with_value(lambda value: not is_finite(value))):
        return {}
    found = {name: unfit_value(run, name) for name in dag_of(run.graph).order if name in unfit}
    return {name: told for name, told in found.items() if told}


def unfit_gradient(run: Run) -> str:
    """Where a gradient first went wrong although what it came from is finite; else empty."""
    for target, contribution in run.contributions().items():
        source = run.graph.edges[target]
        if not is_finite(contribution) and is_finite(run.grad(target.node)):
            told = _equation(step_at(run, target.node))
            return (
                f"∂{run.start}/∂{source} is {_verdict(contribution)}: the local partial "
                f"∂{target.node}/∂{source} of {told} is not finite there"
            )
    return ""


def step_at(run: Run, name: str) -> Step:
    """What a forward step at a node tells, whether or not it was taken."""
    node = run.graph.nodes[name]
    arguments = {
        port: (str(node.inputs[port]), run.value(str(node.inputs[port])))
        for port in node.ports
        if port in node.inputs
    }
    value = run.value(name)
    return Step(0, "forward", name, node.op, node.attributes, arguments, value=value)


def sources_known(step: Step) -> bool:
    """Whether every input of a step has a value."""
    return all(value is not None for _, value in step.arguments.values())


def _equation(step: Step) -> str:
    numbers, _ = plugged(step, formula(step), Names(step))
    return f"{step.node} {numbers}" if numbers.startswith("=") else f"{step.node} ({step.op.name})"


def _reason(step: Step) -> str:
    given = listed(
        [f"{source} = {brief(v)}" for source, v in dict(step.arguments.values()).items()]
    )
    values = [value for _, value in step.arguments.values()]
    divisors = {"divide": values[-1], "reciprocal": values[-1], "power": values[0]}
    divisor = divisors.get(step.op.name)
    if step.op.name in _NEEDS:
        need = _NEEDS[step.op.name]
    elif divisor is not None and np.any(np.equal(divisor, 0)):
        need = _ZERO
    elif not np.isnan(step.value).any():
        need = _LARGE
    else:
        return f"{step.op.name} has no number for {given}"
    return f"{need}; here {given}"


def _verdict(value: Any) -> str:
    return "not a number" if np.isnan(value).any() else "infinite"


# --- small pieces -----------------------------------------------------------------------------
def brief(value: Any) -> str:
    """A number, or an array's shape."""
    return show(value) if np.ndim(value) == 0 else show_shape(np.shape(value))


def listed(names: list[str]) -> str:
    """``x``, ``x and y``, ``x, y and 4 more``."""
    shown = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"]
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]


def sentence(text: str) -> str:
    """The text with a full stop."""
    return text if text.endswith(".") else text + "."


def problem_texts(graph: Graph, problems: Iterable[Problem], *, with_unfed: bool) -> dict[str, str]:
    """One sentence per node that has a problem.

    What a source lacks, a value or an edge, is told only if that is asked for: a hand that draws a
    graph adds sources first.
    """
    texts: dict[str, str] = {}
    for problem in problems:
        is_source = graph.nodes[problem.node].op.category == "Source"
        if with_unfed or problem.kind == "shape" or not is_source:
            texts.setdefault(problem.node, problem.message)
    return texts
