"""Which shapes a lowered graph will meet: those of its tensors, and which axes go with the batch.

Shapes are carried through the graph twice, the second time for a batch of another size; an axis
whose length is the same both times may be written into the module, any other is left open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphlab.errors import GraphError
from graphlab.graph import Graph, OutPort, dag_of
from graphlab.graph.check import problems
from graphlab.graph.shapes import Shapes, infer_shapes
from graphlab.ops.attributes import check_size
from graphlab.ops.broadcasting import Shape

_OPEN = (64, 96)
"""Lengths tried for an axis that the graph leaves open; both can be halved often."""


@dataclass(frozen=True)
class Lengths:
    """The shapes of parameters and buffers, and of every output in two batches."""

    kept: Mapping[str, Shape]
    first: Shapes
    second: Shapes

    def of(self, port: OutPort) -> tuple[Shape, Shape] | None:
        """The shape at an output in both batches; None while it is not known."""
        a, b = self.first.of(port), self.second.of(port)
        return None if a is None or b is None or len(a) != len(b) else (a, b)


def lengths_of(graph: Graph, shapes: Mapping[str, Sequence[int]] | None = None) -> Lengths:
    """Infer all shapes, from ``shapes`` by input, from the inputs' values and their own shapes.

    Raises ``GraphError`` where the graph cannot be computed with them: a port that is not
    connected, shapes that do not fit, a name that is no input.
    """
    given = _given(graph, shapes or {})
    fed = {n: s for n in graph.inputs if (s := _shape(graph, n, given, 2, None)) is not None}
    known = infer_shapes(graph, fed)
    _refuse_faults(graph, known, fed)
    kept = {
        name: shape
        for name in (*graph.parameters, *graph.buffers)
        if (shape := known.of(OutPort(name))) is not None
    }
    tries = []
    for step in (0, 1):
        tried = {
            name: shape
            for name in graph.inputs
            if (shape := _shape(graph, name, given, 2 + step, _OPEN[step], step)) is not None
        }
        found = infer_shapes(graph, kept | tried)
        tries.append(known if found.conflicts.keys() > known.conflicts.keys() else found)
    first, second = tries
    return Lengths(kept, first, first if second is known else second)


def _given(graph: Graph, shapes: Mapping[str, Sequence[int]]) -> dict[str, Shape]:
    given: dict[str, Shape] = {}
    for name, shape in shapes.items():
        if name not in graph.inputs:
            listed = ", ".join(graph.inputs) or "none"
            raise GraphError(
                f"a shape was given for {name!r:.80}, which is no input of the graph; its inputs "
                f"are: {listed:.300}"
            )
        if not all(type(size) is int for size in shape):
            raise GraphError(f"the shape of {name} is {shape!r:.80}, and must be whole numbers")
        given[name] = tuple(shape)
        check_size(given[name], f"the shape of {name}")
    return given


def _shape(
    graph: Graph,
    name: str,
    given: Mapping[str, Shape],
    batch: int,
    open_axis: int | None,
    more: int = 0,
) -> Shape | None:
    """What arrives at an input, its first axis longer by ``more``; open axes are filled."""
    attributes = graph.nodes[name].attributes
    value = attributes.get("value")
    found = given.get(name)
    if found is None and value is not None:
        found = getattr(value, "shape", ())
    if found is not None:
        return (found[0] + more, *found[1:]) if found else found
    wanted = attributes.get("shape")
    if wanted is None or (open_axis is None and None in wanted[1:]):
        return None
    rest = tuple(open_axis if size is None else size for size in wanted[1:])
    lead = () if not wanted else (batch if wanted[0] is None else wanted[0] + more,)
    return (*lead, *(size for size in rest if size is not None))


def _refuse_faults(graph: Graph, known: Shapes, fed: Mapping[str, Shape]) -> None:
    outputs = [graph.port(name).node for name in graph.outputs]
    if not outputs:
        raise GraphError("the graph is empty, so there is nothing to compile")
    needed = dag_of(graph).ancestors(*outputs)
    for problem in problems(graph, known, frozenset(fed)):
        if graph.nodes[problem.node].op.name == "opaque":
            continue  # it says that it cannot be stepped, and PyTorch runs it
        is_given_later = problem.kind == "unfed" and problem.node in graph.inputs
        is_unknown = graph.nodes[problem.node].op.category == "Opaque" and problem.kind == "shape"
        if problem.node not in needed or problem.kind == "unreachable":
            continue
        if not is_given_later and not is_unknown:
            raise GraphError(problem.message)
