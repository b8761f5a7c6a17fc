"""Which data sets a drawing could be trained on: what its network is meant for, then by shape."""

from __future__ import annotations

from graphlab.data.suiting import suiting
from graphlab.graph import Graph, OutPort
from graphlab.graph.gallery import exhibit_of
from graphlab.graph.shapes import infer_shapes
from graphlab.ops.broadcasting import Shape

_NOISE = ("z", "noise")  # what is fed with noise takes no data set
_BATCH = 2


def fitting(graph: Graph) -> tuple[str, ...]:
    """Specs of sets, the likeliest first; none where the drawing does not say its input's shape."""
    exhibit = exhibit_of(graph)
    meant = [exhibit.data] if exhibit is not None and exhibit.data else []
    shapes = {
        name: tuple(node.attributes["shape"][1:])
        for name, node in graph.nodes.items()
        if node.op.name == "input" and node.attributes.get("shape") and name not in _NOISE
    }
    if not shapes:
        return tuple(meant)
    first = next(iter(shapes.values()))
    known = {name: (_BATCH, *shape) for name, shape in shapes.items() if None not in shape}
    found = suiting(first, _answer(graph, known))
    return tuple(dict.fromkeys((*meant, *found)))


def _answer(graph: Graph, fed: dict[str, Shape]) -> Shape | None:
    """The shape of one prediction: what the first loss judges, or the first output."""
    losses = (node for node in graph.nodes.values() if node.op.category == "Loss")
    judged = next((node.inputs.get(node.op.ports[0]) for node in losses), None)
    outputs = graph.outputs
    port: OutPort | None = judged or (graph.port(outputs[0]) if outputs else None)
    shape = None if port is None else infer_shapes(graph, fed).of(port)
    return None if shape is None else shape[1:]
