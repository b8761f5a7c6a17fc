"""What the fields of values say while they are empty, and what is offered to fill them with."""

from __future__ import annotations

from collections.abc import Sequence

from graphlab.graph import Graph
from graphlab.gui.values import is_picture
from graphlab.ops import show_shape
from graphlab.ops.attributes import OpenShape


def filling(shapes: Sequence[OpenShape | None]) -> tuple[str, str]:
    """What a button says that fills inputs of these shapes, and its tip."""
    pictures = [is_picture(shape) for shape in shapes]
    if not any(pictures):
        return "Give all inputs a number", "Small numbers, so that stepping can begin"
    what = "a picture" if all(pictures) else "a number or a picture"
    tip = "One example: smooth blobs where a picture is read, else small numbers"
    return f"Give all inputs {what}", tip


def hint(graph: Graph, name: str, value: object) -> str:
    """What stands in a field without text: a large array, or where a value will come from."""
    node = graph.nodes[name]
    shape = node.attributes.get("shape")
    if value is not None:
        return f"array {show_shape(getattr(value, 'shape', ()))}"
    if node.op.name == "buffer":
        return str(node.attributes.get("init", "zeros"))
    if node.op.name == "parameter":
        return f"drawn ({node.attributes.get('init', 'xavier')})"
    return "a number" if shape is None else f"{show_shape(shape)}"
