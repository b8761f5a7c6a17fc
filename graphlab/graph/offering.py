"""Which shapes are offered for inputs without a value, from the ops that read them.

They fit together: one after the other takes the lengths that those before it and the values that
are there settle, so that a matrix product of two inputs can be computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphlab.errors import OpError
from graphlab.graph.dag import dag_of
from graphlab.graph.graph import Graph, rewritten
from graphlab.graph.node import InPort, Node, OutPort
from graphlab.graph.shapes import Shapes, infer_node
from graphlab.ops import Op
from graphlab.ops.attributes import OpenShape
from graphlab.ops.broadcasting import Shape

_LENGTH = 2  # of an axis that nothing settles
_WINDOW = 3  # of one of a filter
_SIDES = {3: 64, 4: 28, 5: 16}  # a side of a picture that is left open, by the number of axes


def offered_shape(graph: Graph, name: str) -> OpenShape | None:
    """The shape a source declares, or one that what reads it can take; None for a number.

    What works element by element passes on what its own readers need.  Of several the one with
    most axes counts, then the one that leaves fewest open.  Open are the axes of which there is
    one example (a batch) and those as long as a picture's.
    """
    declared: OpenShape | None = graph.nodes[name].attributes.get("shape")
    return declared if declared is not None else _offers(graph).get(name)


def offered_sizes(shape: OpenShape) -> Shape:
    """One example; open axes after batch and channels are as long as those of a small picture."""
    is_sliding = 3 <= len(shape) <= 5 and None in shape[2:]
    batch = 1 if len(shape) > 1 else _LENGTH
    sides = (_SIDES[len(shape)],) * 3 if is_sliding else (_LENGTH,) * len(shape)
    usual = (batch, 1, *sides) if is_sliding else (batch, *sides)
    return tuple(u if n is None else n for u, n in zip(usual, shape, strict=False))


def _offers(graph: Graph) -> Mapping[str, OpenShape]:
    """What each input is offered; kept along a lineage while nothing of it changes."""
    caches = graph.lineage.caches.__dict__
    known: tuple[Graph, Mapping[str, OpenShape]] | None = caches.get("offers")
    if known is None or known[0] is not graph:
        is_same = known is not None and _offers_the_same(known[0], graph)
        known = graph, known[1] if known is not None and is_same else _fitting(graph)
        caches["offers"] = known
    return known[1]


def _offers_the_same(before: Graph, graph: Graph) -> bool:
    """Whether an edit changed neither an edge nor an attribute that offers follow from."""
    old, new = before.nodes, graph.nodes
    return before.edges is graph.edges and all(
        new[name].op.category == "Source" and _given(old[name]) == _given(new[name])
        for name in rewritten(before, graph)
    )


def _given(node: Node) -> tuple[OpenShape | None, Shape | None]:
    """The shapes a source declares and has."""
    value = node.attributes.get("value")
    return node.attributes.get("shape"), None if value is None else getattr(value, "shape", ())


# --- what fits together -------------------------------------------------------------------------
def _fitting(graph: Graph) -> Mapping[str, OpenShape]:
    """The needs of the inputs without a value, with lengths that go through the graph."""
    needs, nodes, shapes = _needs(graph), graph.nodes, Shapes()
    waiting = {name for name in graph.inputs if nodes[name].attributes.get("value") is None}
    offers = dict[str, OpenShape]()
    if not waiting:
        return offers
    for name in dag_of(graph).order:
        node = nodes[name]
        at = {port: s.node for port, s in node.inputs.items() if s.node in waiting}
        if at:
            wanted = {n: nodes[n].attributes.get("shape", needs.get(n, ())) for n in at.values()}
            chosen = _chosen(node, at, wanted, shapes)
            offers.update((source, shape) for source, shape in chosen.items() if shape)
            waiting.difference_update(chosen)
            for source, shape in chosen.items():
                shapes.known[OutPort(source)] = offered_sizes(shape)
        infer_node(name, graph, {}, shapes)
    return offers


def _chosen(
    node: Node, at: Mapping[str, str], wanted: Mapping[str, OpenShape], shapes: Shapes
) -> dict[str, OpenShape]:
    """What the inputs ``at`` ports of a node are offered: what they want where the op takes it,
    else what is at these ports in a sample of the op."""
    known = {port: shapes.of(source) for port, source in node.inputs.items()}
    first = dict[str, OpenShape]()
    for offer in _candidates(node, at, wanted, known):
        tried = known | {port: offered_sizes(offer[source]) for port, source in at.items()}
        first = first or offer
        try:
            if None not in tried.values() and not node.empty:
                node.op.shape(*(tried.get(port) for port in node.ports), **node.attributes)
        except OpError:
            continue
        return offer
    return first


def _candidates(
    node: Node,
    at: Mapping[str, str],
    wanted: Mapping[str, OpenShape],
    known: Mapping[str, Shape | None],
) -> Iterator[dict[str, OpenShape]]:
    offer, settled = dict[str, OpenShape](), dict(known)
    for port, source in at.items():
        if source not in offer:
            offer[source] = _filled(node, port, wanted[source], settled)
        settled[port] = offered_sizes(offer[source])
    yield offer
    for use in _sample_uses(node.op):
        if all(use.get(port) is not None for port in at):
            yield {source: use[port] for port, source in at.items()}


def _sample_uses(op: type[Op]) -> list[dict[str, Shape]]:
    """The shapes at the ports of each sample."""
    return [
        dict(zip(op.port_names(len(each.shapes)), each.shapes, strict=True)) for each in op.samples
    ]


def _filled(
    node: Node, port: str, wanted: OpenShape, known: Mapping[str, Shape | None]
) -> OpenShape:
    """The wanted lengths where the other ports settle none."""
    others = {other: shape for other, shape in known.items() if other != port}
    settled = node.op.open_shape(port, others, (None,) * len(wanted), **node.attributes)
    if settled is None or len(settled) != len(wanted):
        return wanted
    return tuple(w if s is None else s for s, w in zip(settled, wanted, strict=True))


# --- what each needs ----------------------------------------------------------------------------
def _needs(graph: Graph) -> Mapping[str, OpenShape]:
    nodes, needs = graph.nodes, dict[str, OpenShape]()
    axes: dict[tuple[str, str], int] = {}  # of a port of an op, found once
    for name in reversed(dag_of(graph).order):
        wanted: OpenShape = ()
        for _, reader in graph.consumers[name]:
            passed = needs.get(reader.node, ())
            op = nodes[reader.node].op
            use = op.name, reader.port
            if use not in axes:
                axes[use] = op.axes_needed(reader.port)
            needed = _needed(graph, name, reader, axes[use]) if axes[use] else ()
            both = (needed, passed if op.structure == "diagonal" else ())
            wanted = max(wanted, *both, key=_rank)
        if wanted:
            needs[name] = wanted
    return needs


def _rank(shape: OpenShape) -> tuple[int, int]:
    return len(shape), -shape.count(None)


def _needed(graph: Graph, name: str, port: InPort, axes: int) -> OpenShape:
    """The axes a port needs of a node, with the lengths that declared shapes beside it settle."""
    node = graph.nodes[port.node]
    wanted = _usual(node.op, port.port, axes, name)
    known = {other: _whole(graph.nodes[source.node]) for other, source in node.inputs.items()}
    return _filled(node, port.port, wanted, known)


def _usual(op: type[Op], port: str, axes: int, name: str) -> OpenShape:
    """The lengths at a port where nothing settles them.

    In linear algebra a small letter is a vector's, where a vector will do, and a capital one a
    matrix's.
    """
    if axes == 2 and op.category == "Linear algebra" and not name[:1].isupper():
        is_vector = any(len(use.get(port) or ()) == 1 for use in _sample_uses(op))
        return (None,) if is_vector else (_LENGTH,) * axes
    if axes == 1 or op.category == "Normalisation" or (axes > 2 and port == op.ports[0]):
        return (None,) * axes
    return (_LENGTH if axes == 2 else _WINDOW,) * axes


def _whole(node: Node) -> Shape | None:
    """The shape a source declares with no axis open."""
    declared: OpenShape = node.attributes.get("shape") or (None,)
    sizes = tuple(size for size in declared if size is not None)
    return sizes if len(sizes) == len(declared) else None
