"""Shapes before any value: what arrives where, and which open parameter shapes follow from it.

The last few answers are kept per lineage and thread, and brought up to date from what an edit
touched: an edit of one node among many thousands looks at that node and at what follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush

from msgspec import Struct, field

from graphlab.errors import OpError
from graphlab.graph.dag import dag_of
from graphlab.graph.graph import Graph, difference, out_ports, rewritten
from graphlab.graph.node import Node, OutPort
from graphlab.graph.refusal import refused
from graphlab.ops import show_array, show_shape
from graphlab.ops.attributes import OpenShape, check_size
from graphlab.ops.broadcasting import Shape

_MOST_KEPT = 4  # answers of one lineage, each for other fed shapes
_MOST_RESULTS = 4_000
_RESULTS: dict[tuple[object, ...], Shape] = {}  # of plain uses: most nodes are alike


class Shapes(Struct):
    """Per output its shape (absent while unknown), and per node why it has none.

    It is shared by all who ask, and not to be changed.
    """

    known: dict[OutPort, Shape] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)
    is_bounded: bool = True  # no array may be larger than one that can be held

    def of(self, port: OutPort) -> Shape | None:
        """The shape at an output, or None while it is not known."""
        return self.known.get(port)


def infer_shapes(graph: Graph, fed: Mapping[str, Shape], *, is_bounded: bool = True) -> Shapes:
    """Carry the fed shapes through the graph, going on past every conflict.

    ``fed`` has the shapes of given values by node name; an input with a value or a full shape of
    its own needs none.  Where nothing will be allocated, arrays need not be ``is_bounded``.
    """
    kept: dict[object, tuple[Graph, Shapes]]
    kept = graph.lineage.caches.__dict__.setdefault("shapes", {})
    key = (frozenset(fed.items()), is_bounded)
    before = kept.pop(key, None)
    shapes = None if before is None else _updated(*before, graph, fed)
    if shapes is None:
        shapes = Shapes(is_bounded=is_bounded)
        for name in dag_of(graph).order:
            infer_node(name, graph, fed, shapes)
    kept[key] = graph, shapes
    if len(kept) > _MOST_KEPT:
        del kept[next(iter(kept))]
    return shapes


def _updated(old: Graph, known: Shapes, graph: Graph, fed: Mapping[str, Shape]) -> Shapes | None:
    """The shapes of an edited graph from those before; None where all have to be found anew.

    That is where an edit touches what reads an open parameter: its shape follows from the first
    of its readers that settles it, which may be any of them.
    """
    change, changed = difference(old, graph), rewritten(old, graph)
    touched = change.added | changed
    if len(touched) + len(change.removed) > len(graph.nodes) // 2:
        return None
    stale = [*change.removed, *changed]
    if _reads_open(old, stale, fed) or _reads_open(graph, touched, fed):
        return None
    if not touched and not change.removed:
        return known
    new = Shapes(known.known.copy(), known.conflicts.copy(), known.is_bounded)
    for name in stale:
        _forget(name, old, new)
    place = dag_of(graph).place
    waiting = [(place[name], name) for name in touched]
    heapify(waiting)
    while waiting:  # in the order of the graph, so that each is looked at after all it needs
        _, name = heappop(waiting)
        while waiting and waiting[0][1] == name:
            heappop(waiting)
        if _reads_open(graph, [name], fed):
            return None
        _forget(name, graph, new)
        infer_node(name, graph, fed, new)
        if any(known.of(port) != new.of(port) for port in out_ports(name, graph.nodes[name])):
            for edge in graph.consumers[name]:
                heappush(waiting, (place[edge.target.node], edge.target.node))
    is_same = new.known == known.known and new.conflicts == known.conflicts
    return known if is_same else new


def _reads_open(graph: Graph, names: Iterable[str], fed: Mapping[str, Shape]) -> bool:
    """Whether any of these nodes is, or reads, a parameter whose shape follows from its readers."""
    for name in names:
        for near in (name, *(source.node for source in graph.nodes[name].inputs.values())):
            node = graph.nodes[near]
            if node.op.starts and near not in fed and node.attributes.get("value") is None:
                wanted = node.attributes.get("shape")
                if wanted is None or None in wanted:
                    return True
    return False


def _forget(name: str, graph: Graph, shapes: Shapes) -> None:
    shapes.conflicts.pop(name, None)
    for port in out_ports(name, graph.nodes[name]):
        shapes.known.pop(port, None)


def infer_node(name: str, graph: Graph, fed: Mapping[str, Shape], shapes: Shapes) -> None:
    """Find the shapes of one node, those before it being known, and put them into ``shapes``."""
    node = graph.nodes[name]
    if name in fed and node.op.category != "Source":
        shapes.known[OutPort(name)] = fed[name]
    elif node.op.category == "Source":
        _source(name, node, fed.get(name), shapes)
    elif node.inputs:
        use = _plain_use(node, shapes)
        result = None if use is None else _RESULTS.get(use)
        if result is not None:
            shapes.known[OutPort(name)] = result
        elif not node.empty:
            _apply(name, node, graph, shapes)
            _remember(use, shapes.known.get(OutPort(name)), shapes)


def _plain_use(node: Node, shapes: Shapes) -> tuple[object, ...] | None:
    """An op without attributes and the shapes at all its ports; None for any other use."""
    op = node.op
    is_plain = not (node.attributes or op.several or op.variadic is not None)
    if not is_plain or len(node.inputs) != len(op.ports):
        return None
    return (op, *map(shapes.known.get, node.inputs.values()))


def _remember(use: tuple[object, ...] | None, result: Shape | None, shapes: Shapes) -> None:
    """Keep the result of a plain use that is known to be no larger than what can be held."""
    if use is None or result is None or None in use or not shapes.is_bounded:
        return
    if len(_RESULTS) >= _MOST_RESULTS:
        _RESULTS.clear()
    _RESULTS[use] = result


def whole_shapes(graph: Graph, fed: Mapping[str, Shape], size: int = 1) -> dict[str, Shape]:
    """The fed shapes, and those of inputs without a value; open axes (the batch) get ``size``."""
    found = dict(fed)
    for name in graph.inputs:
        shape = graph.nodes[name].attributes.get("shape")
        if name not in found and shape is not None and "value" not in graph.nodes[name].attributes:
            found[name] = tuple(size if length is None else length for length in shape)
    return found


def _source(name: str, node: Node, fed: Shape | None, shapes: Shapes) -> None:
    wanted: OpenShape | None = node.attributes.get("shape")
    value = node.attributes.get("value")
    actual = fed if fed is not None else getattr(value, "shape", () if value is not None else None)
    if actual is not None and wanted is not None and not fits(actual, wanted):
        verb = "was fed" if fed is not None else "holds"
        shapes.conflicts[name] = (
            f"{name} {verb} {show_array(actual)}, and its shape says {show_shape(wanted)}: "
            "change one of them"
        )
    elif actual is not None:
        shapes.known[OutPort(name)] = actual
    elif wanted is not None and None not in wanted:
        _keep(name, node, (tuple(s for s in wanted if s is not None),), shapes)


def _apply(name: str, node: Node, graph: Graph, shapes: Shapes) -> None:
    arriving: dict[str, Shape | None] = {
        port: shapes.of(source) for port, source in node.inputs.items()
    }
    for port, source in node.inputs.items():
        feeder = graph.nodes[source.node]
        if arriving[port] is None and feeder.op.starts:
            wanted = feeder.attributes.get("shape")
            filled = node.op.open_shape(port, arriving, wanted, **node.attributes)
            if filled == () and wanted is None and not _is_scalar_to_all(source, graph):
                continue
            if filled is not None and None not in filled:
                _keep(source.node, feeder, (tuple(s for s in filled if s is not None),), shapes)
                arriving[port] = shapes.of(source)
    if None in arriving.values():
        return
    try:
        result = node.op.shape(*(arriving.get(port) for port in node.ports), **node.attributes)
    except OpError as error:
        shapes.conflicts[name] = refused(name, node.op, node.inputs, error)
        return
    _keep(name, node, result if node.op.several else (result,), shapes)


def _is_scalar_to_all(source: OutPort, graph: Graph) -> bool:
    """Whether every reader of a wholly open parameter takes a scalar where nothing is known."""
    readers = ((graph.nodes[e.target.node], e.target.port) for e in graph.consumers[source.node])
    return all(n.op.open_shape(port, {}, None, **n.attributes) == () for n, port in readers)


def _keep(name: str, node: Node, results: tuple[Shape, ...], shapes: Shapes) -> None:
    try:
        for index, shape in enumerate(results):
            if shapes.is_bounded:
                check_size(shape, f"{name} ({node.op.name})")
            shapes.known[OutPort(name, index)] = shape
    except OpError as error:
        shapes.conflicts[name] = str(error)


def fits(shape: Shape, wanted: OpenShape) -> bool:
    """Whether a shape is one that an open shape admits."""
    return len(shape) == len(wanted) and all(
        w is None or s == w for s, w in zip(shape, wanted, strict=True)
    )
