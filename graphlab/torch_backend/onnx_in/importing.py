"""From a model to a graph: its inputs, its operators, its outputs, and their names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from graphlab.errors import FileError, GraphLabError
from graphlab.graph.graph import Graph
from graphlab.printable import printable
from graphlab.torch_backend.onnx_in.drawing import MAX_DRAWN, Drawing
from graphlab.torch_backend.onnx_in.finishing import finished
from graphlab.torch_backend.onnx_in.inlining import inlined
from graphlab.torch_backend.onnx_in.learning import roles_of
from graphlab.torch_backend.onnx_in.naming import distinct, name_of
from graphlab.torch_backend.onnx_in.reading import (
    Arrays,
    check_tensor_shape,
    kind_of,
    read_model,
)
from graphlab.torch_backend.onnx_in.table import TABLE
from graphlab.torch_backend.onnx_in.values import OutsideError, Value
from graphlab.torch_backend.onnx_in.walking import MISFITS, Names, Walk

_BATCH = (12, 20)  # the two lengths an open first axis is taken for
_SIZES = (512, 768)  # and any other: so long that poolings leave something of it


def from_onnx(path: str | os.PathLike[str] | Any) -> Graph:
    """The graph of an ONNX model: a file, or an ``onnx.ModelProto``.

    ``graph.inputs`` and ``graph.outputs`` are the model's, in its order and under its names as far
    as a node can have them (``input.1`` becomes ``input_1``).  Initializers become parameters,
    buffers or constants by their use; scopes in names become groups.  An operator that GraphLab
    has no ops for becomes an opaque node that says why.  Raises ``FileError``, with one sentence,
    for a file that is no model or is damaged.
    """
    model, folder = read_model(path)
    called = os.path.basename(os.fspath(path)) if folder is not None else "the model"
    try:
        return _graph_of(inlined(model), Arrays(folder))
    except FileError as error:
        raise FileError(f"{called}: {_one_line(error)}") from None
    except GraphLabError as error:
        raise FileError(f"{called} cannot be drawn: {_one_line(error)}") from None
    except (RecursionError, MemoryError):
        raise FileError(f"{called} is nested too deeply or too large to draw") from None
    except MISFITS:  # names that are no text, say: protocol buffers let them through
        raise FileError(f"{called} is damaged: export it again") from None


def _one_line(error: Exception) -> str:
    return printable(str(error)[:600])


def _graph_of(model: Any, arrays: Arrays) -> Graph:
    graph = model.graph
    opsets = {o.domain if o.domain != "ai.onnx" else "": o.version for o in model.opset_import}
    if len(graph.node) > MAX_DRAWN:
        raise FileError(f"it has {len(graph.node):,} operators, and {MAX_DRAWN:,} is the most")
    if not graph.output:
        raise FileError("it has no outputs, so there is nothing to draw")
    initial = _initial(graph, arrays)
    drawing = Drawing()
    names = Names(arrays=initial)
    inputs = [value for value in graph.input if value.name not in initial]
    taken: set[str] = set()
    symbols = Symbols()
    given = [_input(value, graph, drawing, names, symbols, taken) for value in inputs]
    axes = [(n, len(t.dims if hasattr(t, "dims") else t[0].shape)) for n, t in initial.items()]
    roles = roles_of(graph.node, axes)
    walk = Walk(drawing, arrays, TABLE, roles, opsets)
    walk.declared = declared_shapes(graph, symbols)
    walk.walk(graph.node, names)
    outputs = [_output(value.name, walk, names, taken) for value in graph.output]
    originals = {**dict(given), **dict(outputs)}
    return finished(drawing, originals)


def _initial(graph: Any, arrays: Arrays) -> dict[str, Any]:
    """Initializers, and the arrays that Constant nodes hold, by name."""
    found: dict[str, Any] = {}
    for tensor in graph.initializer:
        found[tensor.name] = tensor
    for tensor in graph.sparse_initializer:
        dense, kind, name = arrays.sparse(tensor)
        found[name] = dense, kind
    for node in graph.node:
        if node.op_type == "Constant" and not node.domain and len(node.output) == 1:
            held = [a.t for a in node.attribute if a.name == "value" and a.HasField("t")]
            if held and kind_of(held[0].data_type) != "other":
                found[node.output[0]] = held[0]
    return found


# --- inputs -------------------------------------------------------------------------------------
class Symbols:
    """The two lengths each open axis is taken for; axes of one name have the same."""

    def __init__(self) -> None:
        self._named: dict[str, tuple[int, int]] = {}

    def pair(self, dim: Any, axis: int) -> tuple[int, int]:
        """Both lengths of an axis."""
        if dim.HasField("dim_value"):
            return dim.dim_value, dim.dim_value
        name = dim.dim_param or f"?{len(self._named)}"
        if name not in self._named:
            base, count = _BATCH if axis == 0 else _SIZES, len(self._named)
            step = 64 if axis else 1
            self._named[name] = base[0] + step * count, base[1] + step * count
        return self._named[name]


def declared_shapes(graph: Any, symbols: Symbols) -> dict[str, Any]:
    """Shapes that a model itself tells of its values, under both assumptions."""
    found = {}
    for value in (*graph.value_info, *graph.output):
        tensor = value.type.tensor_type
        if value.type.HasField("tensor_type") and tensor.HasField("shape"):
            pairs = [symbols.pair(dim, axis) for axis, dim in enumerate(tensor.shape.dim)]
            if all(0 <= a <= 2**31 for a, _ in pairs):
                found[value.name] = tuple(a for a, _ in pairs), tuple(b for _, b in pairs)
    return found


def _input(
    value: Any, graph: Any, drawing: Drawing, names: Names, symbols: Symbols, taken: set[str]
) -> tuple[int, str]:
    tensor = value.type.tensor_type
    kind = kind_of(tensor.elem_type) if value.type.HasField("tensor_type") else "other"
    attributes: dict[str, Any] = {}
    shapes = None
    if value.type.HasField("tensor_type") and tensor.HasField("shape"):
        pairs = [symbols.pair(dim, axis) for axis, dim in enumerate(tensor.shape.dim)]
        shapes = tuple(a for a, _ in pairs), tuple(b for _, b in pairs)
        check_tensor_shape(shapes[0], value.name[:80])
        attributes["shape"] = tuple(a if a == b else None for a, b in pairs)
    is_target = _is_target(value.name, graph.node)
    made = drawing.source("target" if is_target else "input", attributes, Value(kind, shapes))
    names.values[value.name] = made
    return _fix(made, value.name, drawing, taken)


def _is_target(name: str, nodes: Sequence[Any]) -> bool:
    """Whether an input only ever says what a loss should compare with."""
    losses = ("SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss")
    uses = [
        node.op_type in losses and index == 1
        for node in nodes
        for index, taken in enumerate(node.input)
        if taken == name
    ]
    return bool(uses) and all(uses)


# --- outputs ------------------------------------------------------------------------------------
def _output(name: str, walk: Walk, names: Names, taken: set[str]) -> tuple[int, str]:
    value = walk.look_up(name, names, "an output of the model")
    drawing = walk.drawing
    try:
        node, port = drawing.placed(value)
        if port or drawing.sketches[node].is_fixed or not drawing.sketches[node].inputs:
            value = drawing.draw("identity", Value(value.kind, value.shapes, node, port))
    except OutsideError as error:
        target, why = f"onnx:{name[:150]}", str(error)
        value = drawing.draw("opaque", target=target, why=why, kind=value.kind)
    return _fix(Value(node=drawing.placed(value)[0]), name, drawing, taken)


def _fix(value: Value, name: str, drawing: Drawing, taken: set[str]) -> tuple[int, str]:
    """Give a node the model's own name, for good."""
    node, _ = drawing.placed(value)
    sketch = drawing.sketches[node]
    sketch.wish, sketch.is_fixed = distinct(name_of(name), taken), True
    taken.add(sketch.wish)
    return node, name
