"""What a hand adds to a graph: a use of an op or a template, wired to what it was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from graphlab.errors import GraphLabError
from graphlab.graph import Draft, Graph, InPort, OutPort
from graphlab.graph.edits import add_node
from graphlab.graph.folding import outlook
from graphlab.graph.shapes import infer_shapes
from graphlab.graph.templates import Reading, Template, place, read_group, template_named
from graphlab.gui.choices import Choice
from graphlab.gui.naming import new_name
from graphlab.gui.openings import openings
from graphlab.gui.wiring import Wiring, wired
from graphlab.ops import op_named
from graphlab.ops.broadcasting import Shape


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
        graph, _ = place(graph, choice.op.name, [*map(str, feeds)], name=name, parent=home)
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


def free_ends(graph: Graph, source: OutPort, card: str) -> tuple[InPort, ...]:
    """The first unfed input of a card that an output may feed; nothing where there is none."""
    rules = Wiring(graph)
    if card in graph.nodes:
        port = rules.free_port(source, card)
        return () if port is None else (port,)
    found = (ports for _, ports in openings(graph).of.get(card, ()))
    return next((ports for ports in found if not rules.refusal(source, ports[0])), ())


@lru_cache(maxsize=512)
def takes(template: str, shape: Shape) -> bool:
    """Whether a template as it is placed can read an array of a shape."""
    if len(template_named(template).ports) != 1:
        return bool(template_named(template).ports)
    draft = Draft()
    draft.add(op_named("input"), attributes={"shape": shape}, name="input")
    graph = draft.graph()
    try:
        graph, _ = place(graph, template, ["input"])
    except GraphLabError:
        return False
    shapes = infer_shapes(graph, {}, is_bounded=False)
    ends = (graph.port(name) for name in graph.outputs)
    return not shapes.conflicts and all(shapes.of(end) is not None for end in ends)
