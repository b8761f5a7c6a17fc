"""The full numbers, for whoever points at a card or an edge."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.engine.partial import Partial
from graphlab.engine.run import Run
from graphlab.graph import InPort, Node, OutPort
from graphlab.ops import show_shape
from graphlab.ops.broadcasting import Shape


def shape_text(shape: Shape) -> str:
    """``3-vector``, ``2×3``: a single length alone would read as a number."""
    return f"{shape[0]}-vector" if len(shape) == 1 else show_shape(shape)


def _full(value: Any) -> str:
    if np.ndim(value) == 0:
        return repr(float(value)).replace("-", "−")
    return f"array, {shape_text(np.shape(value))}"


def card_tooltip(name: str, node: Node, run: Run) -> str:
    """A node's value and gradient."""
    value, grad = run.value(name), run.grad(name)
    lines = [f"{name} ({node.op.name})"]
    lines.append("not computed" if value is None else f"value {_full(value)}")
    if grad is not None:
        lines.append(f"∂{run.start}/∂{name} = {_full(grad)}")
    return "\n".join(lines)


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
