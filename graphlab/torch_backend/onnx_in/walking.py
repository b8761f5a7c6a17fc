"""Walking a model: each operator in turn is drawn by its builder, or by what stands in for one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphlab.errors import FileError, GraphLabError
from graphlab.ops.broadcasting import Shape
from graphlab.torch_backend.onnx_in.attributes import attributes_of, schema_of
from graphlab.torch_backend.onnx_in.drawing import Drawing
from graphlab.torch_backend.onnx_in.learning import Role
from graphlab.torch_backend.onnx_in.naming import operator_path, parameter_path
from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.reading import Arrays
from graphlab.torch_backend.onnx_in.values import OutsideError, Value, known_value
from graphlab.torch_backend.onnx_in.values import finite as finite_array

MISFITS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a builder stumbles over where inputs or attributes are not as the standard says."""

_MISFIT = "its inputs or attributes are not as the standard says"

MAX_NESTED = 16
"""Functions and branches are entered at most so deep."""

MAX_ARGUMENTS = 4000
"""An opaque node tells at most so many characters of its attributes."""


@dataclass
class Names:
    """What the names of a model stand for, within one graph and those around it."""

    values: dict[str, Value] = field(default_factory=dict)
    arrays: dict[str, Any] = field(default_factory=dict)  # initializers not looked at yet
    around: Names | None = None

    def holder(self, name: str) -> Names | None:
        """The innermost graph that has the name."""
        here: Names | None = self
        while here is not None and name not in here.values and name not in here.arrays:
            here = here.around
        return here


class Walk:
    """Draws the operators of one model."""

    def __init__(
        self,
        drawing: Drawing,
        arrays: Arrays,
        table: Mapping[str, Builder],
        roles: Mapping[str, Role],
        opsets: Mapping[str, int],
    ) -> None:
        self.drawing, self.arrays, self.table = drawing, arrays, table
        self.roles, self.opsets = roles, opsets
        self.declared: Mapping[str, tuple[Shape, Shape]] = {}  # shapes the model itself tells

    # --- names --------------------------------------------------------------------------------
    def look_up(self, name: str, names: Names, by: str) -> Value:
        """What a name stands for; raises ``FileError`` where nothing makes it."""
        holder = names.holder(name)
        if holder is None:
            raise FileError(
                f"{by} takes {name[:80]!r}, which nothing in the model makes: it is damaged"
            )
        if name not in holder.values:
            holder.values[name] = self._initial(name, holder.arrays.pop(name))
        return holder.values[name]

    def _initial(self, name: str, tensor: Any) -> Value:
        array, kind = self.arrays.array(tensor) if hasattr(tensor, "dims") else tensor
        role = self.roles.get(name) if kind == "float" else None
        known = known_value(array, kind)
        if role is None:
            return Value(kind, known.shapes, known=known.known, name=name)
        outer = self.drawing.scope
        self.drawing.scope, own = parameter_path(name)
        learned = Value(kind, known.shapes, known=known.known, is_learned=True, name=name)
        try:
            return self.drawing.source(role, {"value": finite_array(array)}, learned, own)
        except OutsideError as error:
            raise FileError(f"{name[:80]}: {error}") from None
        finally:
            self.drawing.scope = outer

    # --- operators ----------------------------------------------------------------------------
    def walk(
        self,
        nodes: Sequence[Any],
        names: Names,
        referred: Mapping[str, Any] | None = None,
        depth: int = 0,
    ) -> None:
        """Draw all nodes; inside a function (``depth`` > 0) one that is outside is the caller's."""
        for node in in_order(nodes, names):
            outer = self.drawing.scope
            start = len(self.drawing.sketches)
            if depth == 0:
                self.drawing.scope, wish = operator_path(node)
            try:
                made = self._node(node, names, referred or {}, depth)
            finally:
                scope, self.drawing.scope = self.drawing.scope, outer
            for name, value in zip(node.output, made, strict=False):
                if name and value is not None:
                    if value.shapes is None and depth == 0:
                        value = replace(value, shapes=self.declared.get(name))
                    names.values[name] = value
            if depth == 0:
                is_scoped = bool(scope) or node.name.startswith("/")
                self._wish(made, start, wish, node, is_scoped)

    def _wish(
        self, made: Sequence[Value | None], start: int, wish: str, node: Any, is_scoped: bool
    ) -> None:
        """Call the node that holds an operator's result after the operator, or its output."""
        said = wish.lower() if is_scoped else wish
        for name, value in zip(node.output, made, strict=False):
            if value is not None and value.node is not None and value.node >= start:
                sketch = self.drawing.sketches[value.node]
                sketch.wish = sketch.wish or said or (name if not name.isdecimal() else "")

    def _node(
        self, node: Any, names: Names, referred: Mapping[str, Any], depth: int
    ) -> Sequence[Value | None]:
        called = f"{node.op_type} ({node.name[:80]})" if node.name else str(node.op_type)[:80]
        domain = "" if node.domain == "ai.onnx" else node.domain
        opset = self.opsets.get(domain, 1)
        attributes = attributes_of(node, opset, referred)
        inputs = tuple(self.look_up(name, names, called) if name else None for name in node.input)
        use = OnnxNode(
            node.op_type,
            opset,
            inputs,
            tuple(node.output),
            attributes,
            self.drawing,
            domain,
            frozenset(attribute.name for attribute in node.attribute),
            self.arrays,
            [self.declared.get(name) for name in node.output],
        )
        try:
            return self._drawn(use, node, names, referred, depth)
        except OutsideError as error:
            if depth:
                raise
            return self._opaque(use, str(error))
        except GraphLabError as error:
            raise FileError(f"{called}: {error}") from None
        except MISFITS:
            if depth:
                raise OutsideError(_MISFIT) from None
            return self._opaque(use, _MISFIT)

    def _drawn(
        self, use: OnnxNode, node: Any, names: Names, referred: Mapping[str, Any], depth: int
    ) -> Sequence[Value | None]:
        if depth > MAX_NESTED:
            raise OutsideError("its functions are nested too deeply")
        if use.op_type == "If" and not use.domain:
            return self._branch(use, names, referred, depth)
        builder = self.table.get(use.op_type) if not use.domain else None
        if builder is None:
            return self._function(use, node, depth, OutsideError("GraphLab has no such operator"))
        try:
            made = builder(use)
        except OutsideError as error:
            return self._function(use, node, depth, error)
        return (made,) if isinstance(made, Value) else made

    def _branch(
        self, use: OnnxNode, names: Names, referred: Mapping[str, Any], depth: int
    ) -> Sequence[Value | None]:
        """An If whose condition is known is the branch it takes."""
        pair = use.setting(0)
        if pair is None or bool(pair[0].all()) != bool(pair[1].all()):
            raise OutsideError("its condition is known only when the model runs")
        body = use.attribute("then_branch" if pair[0].all() else "else_branch")
        if body is None:
            raise FileError("it has no branch to take: the model is damaged")
        inner = Names({}, {tensor.name: tensor for tensor in body.initializer}, names)
        self.walk(body.node, inner, referred, depth + 1)
        return [self.look_up(output.name, inner, "If") for output in body.output]

    def _function(
        self, use: OnnxNode, node: Any, depth: int, why: OutsideError
    ) -> Sequence[Value | None]:
        """Draw the operators that the standard says an operator stands for."""
        body = _body_of(use, node)
        if body is None:
            raise why
        opsets = {entry.domain: entry.version for entry in body.opset_import}
        given = zip(body.input, (*use.inputs, *[None] * len(body.input)), strict=False)
        inner = Names({name: value for name, value in given if value is not None})
        missing = {name for name in body.input if name not in inner.values}
        outer, self.opsets = self.opsets, {**self.opsets, **opsets}
        nodes = [_without(part, missing) for part in body.node]
        try:
            self.walk(nodes, inner, use.attributes, depth + 1)
        except FileError as error:
            raise OutsideError(f"{why}; {error}") from None
        finally:
            self.opsets = outer
        return [inner.values.get(name) for name in body.output]

    def _opaque(self, use: OnnxNode, why: str) -> Sequence[Value | None]:
        simple = {
            key: value
            for key, value in use.attributes.items()
            if isinstance(value, int | float | str)
            or (isinstance(value, list) and all(isinstance(x, int | float | str) for x in value))
        }
        arguments = json.dumps(simple)
        target = f"onnx:{use.domain}.{use.op_type}" if use.domain else f"onnx:{use.op_type}"
        return self.drawing.draw_all(
            "opaque",
            *filter(self.drawing.can_place, use.present),
            target=target[:200],
            arguments=arguments if len(arguments) <= MAX_ARGUMENTS else "{}",
            outputs=max(len(use.outputs), 1),
            why=why,
        )


def _body_of(use: OnnxNode, node: Any) -> Any:
    """The function body the standard gives an operator; None where it gives none."""
    from onnx import FunctionProto, TypeProto

    schema = schema_of(use.op_type, use.opset, use.domain)
    if schema is None:
        return None
    if schema.has_function:
        return schema.function_body
    if not schema.has_context_dependent_function:
        return None
    types = []
    for value in use.inputs:
        proto = TypeProto()
        if value is not None:
            proto.tensor_type.elem_type = {"float": 1, "int": 7, "bool": 9, "other": 0}[value.kind]
            for size in value.shape or ():
                dim = proto.tensor_type.shape.dim.add()
                if size is not None:
                    dim.dim_value = size
        types.append(proto.SerializeToString())
    try:
        body = schema.get_context_dependent_function(node.SerializeToString(), types)
    except (RuntimeError, ValueError):
        return None
    return FunctionProto.FromString(body) if body else None


def _without(node: Any, missing: set[str]) -> Any:
    """A node whose inputs that nobody gave are left out."""
    if missing.isdisjoint(node.input):
        return node
    kept = type(node)()
    kept.CopyFrom(node)
    kept.input[:] = ["" if name in missing else name for name in node.input]
    return kept


def in_order(nodes: Sequence[Any], names: Names) -> Iterable[Any]:
    """The nodes so that each comes after what it takes; raises ``FileError`` for a circle.

    The standard asks for that order, and files that come in another are still understood.
    """
    makers = {name: i for i, node in enumerate(nodes) for name in node.output if name}
    made: set[int] = set()
    entered: set[int] = set()
    order: list[Any] = []
    for first in range(len(nodes)):
        stack = [first]
        while stack:
            index = stack[-1]
            if index in made:
                stack.pop()
                continue
            needs = {makers[name] for name in nodes[index].input if name in makers} - made
            if not needs:
                made.add(stack.pop())
                order.append(nodes[index])
            elif index in entered:
                raise FileError(
                    f"its operators run in a circle through {nodes[index].op_type} "
                    f"({nodes[index].name[:80]}): the model is damaged"
                )
            else:
                entered.add(index)
                stack += needs
    return order
