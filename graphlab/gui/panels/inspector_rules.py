"""The rules the inspector shows: a node's with its numbers plugged in, and an edge's partial."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec.structs import replace

from graphlab.engine.numbers import show
from graphlab.engine.partial import Partial
from graphlab.engine.rules import Names, d, d_latex, formula, is_whole, partial_rule, plugged
from graphlab.engine.run import Run
from graphlab.graph import InPort, OutPort
from graphlab.gui.notes import sources_known, step_at

_ANY_LOSS = OutPort("L")  # stands for one where none is differentiated yet

Line = tuple[str, str]
"""The same as text and as LaTeX."""


def node_rule(run: Run, name: str) -> Line:
    """A node's formula with its own and its inputs' names, and the numbers where they are known.

    None are plugged in where the value was set by hand: it does not follow from them.
    """
    if run.graph.nodes[name].op.category == "Source":
        return "", ""
    step = step_at(run, name)
    rule, names = formula(step), Names(step)
    for port in run.graph.nodes[name].empty:  # its own letter may be another node's name
        names.text[port] = names.latex[port] = "?"
    plain, typeset = rule.text(names.text), rule.latex(names.latex)
    if name in run.feeds or step.value is None or not sources_known(step):
        return plain, typeset
    numbers, numbers_latex = plugged(step, rule, names)
    is_equation = numbers.startswith("=")
    return (f"{plain} {numbers}", f"{typeset} {numbers_latex}") if is_equation else (plain, typeset)


def edge_rule(run: Run, target: InPort) -> Line:
    """An edge's local partial in the nodes' own names; empty where there is none yet."""
    source = run.graph.edges[target]
    partial = run.partial(str(source), target.node, target.port)
    if partial is None:
        return "", ""
    start = _ANY_LOSS if run.start is None else run.graph.port(run.start)
    step = replace(step_at(run, target.node), start=start, partial=partial)
    rule, names = partial_rule(step, target.port), Names(step)
    of = str(step.start) if is_whole(rule) else target.node  # told with the upstream in it
    plain = f"{d(of, str(source))} = {rule.text(names.text)}"
    typeset = f"{d_latex(of, str(source))} = {rule.latex(names.latex)}"
    return plain, typeset


def upstream_of(run: Run, target: InPort) -> Any:
    """The gradient at an edge's head; None where the head has several outputs."""
    node = run.graph.nodes[target.node]
    has_one_output = len(node.op.output_names(**node.attributes)) == 1
    return run.grad(target.node) if has_one_output else None


def product(upstream: Any, partial: Any, contribution: Any) -> str:
    """``upstream × local partial = contribution`` for plain numbers; else empty."""
    factors = (upstream, partial, contribution)
    if any(x is None or isinstance(x, Partial) or np.ndim(x) for x in factors):
        return ""
    return f"{show(upstream)} × {show(partial)} = {show(contribution)}"
