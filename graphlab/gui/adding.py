"""What a hand adds to a graph: a use of an op or a template, wired to what it was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from graphlab.errors import GraphLabError
from graphlab.graph import Draft, Graph, InPort, OutPort
from graphlab.graph.edits import add_node
from graphlab.graph.folding import outlook
from graphlab.graph.shapes import infer_shapes, whole_shapes
from graphlab.graph.templates import Reading, Template, place, read_group, template_named
from graphlab.gui.choices import Choice
from graphlab.gui.naming import new_name
from graphlab.gui.openings import openings
from graphlab.gui.wiring import Wiring, wired
from graphlab.ops import op_named
from graphlab.ops.broadcasting import Shape

_WITH_CHANNELS = 3  # axes of an array that has a batch, channels and something to slide along


def added(
    graph: Graph,
    choice: Choice,
    feeds: Sequence[OutPort] = (),
    target: InPort | None = None,
    home: str | None = None,
) -> tuple[Graph, str]:
    """Add a choice: its first inputs are fed by ``feeds``, its output feeds ``target``.

    Returns the name of the new node or folded group too.  Raises ``GraphLabError``.
    """
    name = new_name(graph, choice.op, choice.wish)
    ends = () if target is None else ends_of(graph, target)
    if isinstance(choice.op, Template):
        settings = _settings(graph, choice.op, feeds)
        inputs = [*map(str, feeds)]
        graph, _ = place(graph, choice.op.name, inputs, name=name, parent=home, **settings)
        made = read_group(graph, name)
        output = made.outputs[0] if isinstance(made, Reading) else OutPort(name)
    else:
        graph = add_node(graph, name, choice.op, group=home, **choice.attributes)
        for source in feeds:
            port = Wiring(graph).free_port(source, name)
            graph = graph if port is None else wired(graph, source, [port])
        output = OutPort(name)
    return wired(graph, output, ends), name


def ends_of(graph: Graph, target: InPort) -> tuple[InPort, ...]:
    """The input ports that a wire to this one feeds: several where it enters a folded group."""
    seen = outlook(graph)
    return seen.edges(target) if target in seen.bundles else openings(graph).targets(target)


def has_free_end(graph: Graph, card: str) -> bool:
    """Whether a card has any unfed input."""
    node = graph.nodes.get(card)
    if node is None:
        return bool(openings(graph).of.get(card))
    return node.op.variadic is not None or len(node.inputs) < len(node.ports)


def free_ends(graph: Graph, source: OutPort, card: str) -> tuple[InPort, ...]:
    """The first unfed input of a card that an output may feed; nothing where there is none."""
    rules = Wiring(graph)
    if card in graph.nodes:
        port = rules.free_port(source, card)
        return () if port is None else (port,)
    found = (ports for _, ports in openings(graph).of.get(card, ()))
    return next((ports for ports in found if not rules.refusal(source, ports[0])), ())


def _settings(graph: Graph, template: Template, feeds: Sequence[OutPort]) -> dict[str, Any]:
    """The settings a template is placed with, so that it can read what arrives."""
    if not feeds:
        return {}
    shape = infer_shapes(graph, whole_shapes(graph, {}), is_bounded=False).of(feeds[0])
    filters = None if shape is None else _fitting(template.name, shape)
    return {} if filters is None else {"filters": filters}


def takes(template: str, shape: Shape) -> bool:
    """Whether a template as it is placed can read an array of a shape."""
    return _reads(template, shape) or _fitting(template, shape) is not None


def _fitting(template: str, shape: Shape) -> int | None:
    """How many filters make a template fit the arriving channels; None where that is no matter."""
    settings = template_named(template).settings
    if "filters" not in settings or len(shape) < _WITH_CHANNELS or _reads(template, shape):
        return None
    widening: Any = settings["expansion"].default if "expansion" in settings else 1
    filters, rest = divmod(shape[1], widening)
    fits = filters > 0 and rest == 0 and _reads(template, shape, filters)
    return filters if fits else None


@lru_cache(maxsize=512)
def _reads(template: str, shape: Shape, filters: int | None = None) -> bool:
    """Whether a template can read an array of a shape, as it is or with other filters."""
    if len(template_named(template).ports) != 1:
        return bool(template_named(template).ports)
    draft = Draft()
    draft.add(op_named("input"), attributes={"shape": shape}, name="input")
    graph = draft.graph()
    try:
        given: dict[str, Any] = {} if filters is None else {"filters": filters}
        graph, _ = place(graph, template, ["input"], **given)
    except GraphLabError:
        return False
    shapes = infer_shapes(graph, {}, is_bounded=False)
    ends = (graph.port(name) for name in graph.outputs)
    return not shapes.conflicts and all(shapes.of(end) is not None for end in ends)
