"""The full numbers, for whoever points at a card or an edge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from graphlab.engine.numbers import show_all_digits
from graphlab.engine.partial import Partial
from graphlab.engine.run import Run
from graphlab.graph import InPort, Node, OutPort
from graphlab.gui.opaque import waits_for
from graphlab.gui.phrases import shape_text

__all__ = ["card_tooltip", "group_tooltip", "link_tooltip", "shape_text", "through_tooltip"]


def _full(value: Any) -> str:
    if np.ndim(value) == 0:
        return show_all_digits(float(value))
    return f"array, {shape_text(np.shape(value))}"


def card_tooltip(name: str, node: Node, run: Run) -> str:
    """A node's value and gradient."""
    lines = [f"{name} ({node.op.name})", *_numbers(name, run)]
    if run.value(name) is None and (reason := waits_for(run.graph, name)):
        lines[1] = reason
    if told := mode_text(node, run):
        lines.append(told)
    if name in run.feeds and node.op.category != "Source":
        lines.append("set by hand in this run")
    return "\n".join(lines)


def mode_text(node: Node, run: Run) -> str:
    """What an op that differs between the modes does in this one; empty for any other."""
    told = node.op.by_mode[run.training]
    return f"in {'training' if run.training else 'evaluation'} mode it {told}" if told else ""


def group_tooltip(
    title: str, formula: str, count: int, outputs: Iterable[OutPort], run: Run
) -> str:
    """What a folded group computes, and the value and gradient of each of its outputs."""
    lines = [f"{title} (group of {count} {'node' if count == 1 else 'nodes'})"]
    if formula:
        lines.append(formula)
    for port in outputs:
        lines += [f"{port}: {line}" for line in _numbers(str(port), run)]
    return "\n".join(lines)


def _numbers(name: str, run: Run) -> list[str]:
    value, grad = run.value(name), run.grad(name)
    lines = ["not computed" if value is None else f"value {_full(value)}"]
    if grad is not None:
        lines.append(f"∂{run.start}/∂{name} = {_full(grad)}")
    return lines


def link_tooltip(
    source: OutPort,
    target: InPort,
    value: Any,
    partial: Any,
    contribution: Any,
    is_computed: bool,
    is_visited: bool,
) -> str:
    """An edge's value, local partial and contribution."""
    lines = [f"{source} → {target.node} at {target.port}"]
    lines.append("not computed" if value is None else f"value {_full(value)}")
    if partial is not None:
        text = f"{partial}" if isinstance(partial, Partial) else _full(partial)
        lines.append(f"∂{target.node}/∂{source} = {text}")
    elif is_computed:
        lines.append(f"{target.node} gives this input no gradient")
    if is_visited and contribution is not None:
        lines.append(f"contribution {_full(contribution)}")
    return "\n".join(lines)


def through_tooltip(
    source: OutPort,
    title: str,
    value: Any,
    partials: Iterable[tuple[OutPort, Any]],
    contribution: Any,
) -> str:
    """A link into a folded group: the partials through it, and what came back out of it."""
    lines = [f"{source} → {title}"]
    lines.append("not computed" if value is None else f"value {_full(value)}")
    lines += [f"∂{port}/∂{source} = {_full(p)}, through {title}" for port, p in partials]
    if contribution is not None:
        lines.append(f"contribution {_full(contribution)}")
    return "\n".join(lines)
