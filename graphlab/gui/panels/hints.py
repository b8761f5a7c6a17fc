"""What the fields of values say while they are empty, and what is offered to fill them with."""

from __future__ import annotations

from collections.abc import Sequence

from graphlab.graph import Graph
from graphlab.graph.offering import offered_shape, offered_sizes
from graphlab.gui.values import in_words, is_picture
from graphlab.ops import show_shape
from graphlab.ops.attributes import OpenShape


def filling(shapes: Sequence[OpenShape | None]) -> tuple[str, str]:
    """What a button says that fills inputs of these shapes, and its tip."""
    kinds = list(dict.fromkeys(in_words(shape) for shape in shapes)) or ["a number"]
    what = " or ".join(sorted(kinds, key=lambda kind: kind != "a number"))
    if len(kinds) > 2:
        what = "a value"
    tip = "Small numbers, so that stepping can begin"
    if any(is_picture(shape) for shape in shapes):
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
    if shape is not None:
        return f"{show_shape(shape)}"
    offered = offered_shape(graph, name)
    if offered is None:
        return "a number"
    return f"{in_words(offered)}, e.g. {show_shape(offered_sizes(offered))}"
