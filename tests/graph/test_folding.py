"""What is seen of a graph with folded groups: nothing twice, nothing lost, no number changed."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphlab
from graphlab.engine import Run
from graphlab.engine.partial import Partial
from graphlab.engine.through import partials_through
from graphlab.errors import GraphError
from graphlab.graph import Draft, Graph, OutPort, edits
from graphlab.graph.aligning import ALIGNMENTS, align
from graphlab.graph.clipping import clip, from_clipboard_text, paste, to_clipboard_text
from graphlab.graph.folding import Outlook, outlook
from graphlab.graph.formula import to_text
from graphlab.graph.grouping import chain_of
from graphlab.ops import op_named
from tests.pace import loops

OPS = ("add", "multiply", "sigmoid", "tanh", "sin", "minimum")


@st.composite
def grouped_graphs(draw: Any) -> Graph:
    """A random graph of numbers with random groups in each other, some of them folded."""
    draft = Draft()
    ports = [draft.add(op_named("input"), name=f"x{i}") for i in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(1, 14))):
        op = op_named(draw(st.sampled_from(OPS)))
        ports.append(draft.add(op, [draw(st.sampled_from(ports)) for _ in op.ports]))
    graph = draft.graph()
    for i in range(draw(st.integers(0, 5))):
        parents: list[str | None] = [None, *graph.groups]
        members = draw(st.lists(st.sampled_from(list(graph.nodes)), max_size=6))
        graph = edits.add_group(graph, f"g{i}", members, parent=draw(st.sampled_from(parents)))
    for name in graph.groups:
        graph = edits.fold(graph, name, draw(st.booleans()))
    return edits.mark_outputs(graph, [draw(st.sampled_from(list(graph.nodes)))])


def fed(graph: Graph) -> Run:
    return Run(graph, {name: 0.5 - 0.4 * i for i, name in enumerate(graph.inputs)}).forward()


@given(grouped_graphs())
@settings(max_examples=200, deadline=None)
def test_every_node_has_one_card_and_every_edge_one_place(graph: Graph) -> None:
    seen = outlook(graph)
    assert seen.owner.keys() == graph.nodes.keys()
    assert set(seen.cards) == set(seen.owner.values())
    for name, node in graph.nodes.items():
        folded = [g for g in chain_of(graph, node.group) if g in graph.view.folded]
        assert seen.owner[name] == (folded[-1] if folded else name)
    drawn = Counter(edge for bundle in seen.links for edge in bundle.edges)
    crossing = {e for e, s in graph.edges.items() if seen.owner[s.node] != seen.owner[e.node]}
    assert drawn == Counter(crossing)
    assert seen.link_of.keys() == crossing


@given(grouped_graphs())
@settings(max_examples=200, deadline=None)
def test_a_link_carries_one_value_to_one_port(graph: Graph) -> None:
    seen = outlook(graph)
    heads = Counter((bundle.head, bundle.port) for bundle in seen.links)
    assert set(heads.values()) <= {1}
    for bundle in seen.links:
        assert {graph.edges[edge] for edge in bundle.edges} == {bundle.source}
        assert {seen.owner[edge.node] for edge in bundle.edges} == {bundle.head}
        assert seen.owner[bundle.source.node] == bundle.tail
        if seen.is_group(bundle.head):
            assert seen.inputs[bundle.head][bundle.port] == bundle.source
        if seen.is_group(bundle.tail):
            assert bundle.source in seen.outputs[bundle.tail]
    for card, members in seen.members.items():
        inside = set(members)
        leaving = {s for e, s in graph.edges.items() if s.node in inside and e.node not in inside}
        ends = {graph.port(name) for name in graph.outputs}
        used = leaving | {port for port in ends if port.node in inside}
        silent = {OutPort(name) for name in inside if not graph.consumers[name]}
        assert set(seen.outputs[card]) == (used or silent)


@given(grouped_graphs())
@settings(max_examples=100, deadline=None)
def test_frames_hold_each_visible_card_once_and_outer_ones_come_first(graph: Graph) -> None:
    seen = outlook(graph)
    held = Counter(card for frame in seen.frames for card in frame.cards)
    homes = {
        card: graph.groups[card].parent if card in graph.groups else graph.nodes[card].group
        for card in seen.cards
    }
    assert held == Counter(card for card, home in homes.items() if home is not None)
    known: set[str | None] = {None}
    for frame in seen.frames:
        assert frame.parent in known
        known.add(frame.id)
    assert not known & graph.view.folded


@given(grouped_graphs(), st.data())
@settings(max_examples=100, deadline=None)
def test_folding_and_unfolding_is_no_edit_and_changes_no_number(graph: Graph, data: Any) -> None:
    if not graph.groups:
        return
    name = data.draw(st.sampled_from(list(graph.groups)))
    other = edits.fold(graph, name, name not in graph.view.folded)
    back = edits.fold(other, name, name in graph.view.folded)
    assert (back, back.view) == (graph, graph.view)
    assert outlook(back) == outlook(graph)
    one, two = fed(graph).backward(), fed(other).backward()
    for node in graph.nodes:
        assert one.value(node) == two.value(node)
        assert one.grad(node) == two.grad(node)
    assert one.contributions() == two.contributions()


@given(grouped_graphs())
@settings(max_examples=150, deadline=None)
def test_the_partial_through_a_group_is_what_a_run_of_the_group_alone_gives(graph: Graph) -> None:
    run, seen = fed(graph), outlook(graph)
    for card, members in seen.members.items():
        alone = Draft()
        places: dict[OutPort, OutPort] = {}
        for i, source in enumerate(seen.inputs[card]):
            places[source] = alone.add(op_named("input"), name=f"in{i}")
        for name in (name for name in graph.nodes if name in set(members)):
            node = graph.nodes[name]
            sources = {port: places[source] for port, source in node.inputs.items()}
            places[OutPort(name)] = alone.add(node.op, sources, node.attributes, name=f"m_{name}")
        borders = {f"in{i}": run.value(str(s)) for i, s in enumerate(seen.inputs[card])}
        feeds = {f"m_{name}": run.value(name) for name in members if name in graph.inputs}
        judge = Run(alone.graph(), {**borders, **feeds}).forward()
        for output in seen.outputs[card]:
            judge.backward(str(places[output]))
            found = partials_through(run, members, output)
            for i, source in enumerate(seen.inputs[card]):
                wanted = judge.grad(f"in{i}")
                np.testing.assert_allclose(found.get(source, 0.0), wanted or 0.0, atol=1e-12)


def test_a_neuron_at_three_levels_has_the_same_gradients_and_its_own_partials() -> None:
    graph = graphlab.parse("s = sigmoid(w1*x + w2*y + b)")
    sums = [n for n, node in graph.nodes.items() if node.op.name in ("add", "multiply")]
    graph, linear = edits.group_selection(graph, sums, "linear")
    graph, neuron = edits.group_selection(graph, [linear, "s"], "neuron")
    assert graph.groups[linear].parent == neuron
    run = Run(graph, {"w1": 2, "x": -1, "w2": -3, "y": -2, "b": -3}).forward().backward()
    half = outlook(edits.fold(graph, linear, True))
    assert half.cards == ("w1", "x", linear, "w2", "y", "b", "s")
    assert [frame.id for frame in half.frames] == [neuron]
    whole = outlook(edits.fold(edits.fold(graph, linear, True), neuron, True))
    assert whole.cards == ("w1", "x", neuron, "w2", "y", "b")
    assert whole.outputs[neuron] == (OutPort("s"),)
    inner = partials_through(run, half.members[linear], half.outputs[linear][0])
    outer = partials_through(run, whole.members[neuron], OutPort("s"))
    rate = run.partial(str(half.outputs[linear][0]), "s")
    for source in whole.inputs[neuron]:
        assert inner[source] * rate == pytest.approx(outer[source])
        assert outer[source] == pytest.approx(run.grad(str(source)))


def test_arrays_go_through_a_group_as_the_product_of_their_matrices() -> None:
    graph = graphlab.parse("h = tanh(matmul(W, x))\nL = sum(h)")
    run = Run(graph, {"W": [[1, -2, 0.5], [0, 1, 2]], "x": [0.1, 0.2, -0.3]}).forward()
    found = partials_through(run, ["matmul1", "h"], OutPort("h"))
    first, second = run.partial("x", "matmul1"), run.partial("matmul1", "h")
    assert isinstance(first, Partial)
    np.testing.assert_allclose(found[OutPort("x")], second.dense() @ first.dense())
    assert found[OutPort("W")].shape == (2, 2, 3)
    graph = graphlab.parse("h = tanh(x)\nL = sum(h)")
    large = Run(graph, {"x": np.zeros(1000)}).forward()
    assert partials_through(large, ["h", "L"], OutPort("L")) == {}


def test_a_step_inside_a_folded_group_is_not_seen_and_one_at_its_border_is() -> None:
    graph = graphlab.parse("q = x + y\nr = q * q\ns = sin(r)\nf = s * z")
    seen = outlook(edits.fold(edits.add_group(graph, "g", ["q", "r", "s"]), "g", True))
    assert [name for name in graph.nodes if not seen.shows(name)] == ["q", "r"]
    run = fed(graph).backward()
    steps = [step for step in run.steps() if step.edge is not None]
    hidden = {step.edge.target for step in steps if not seen.shows(step.node, step.edge)}
    assert hidden == {edge for edge in graph.edges if edge.node in ("r", "s")}


def test_empty_groups_are_kept_and_not_seen() -> None:
    graph = edits.add_group(graphlab.parse("f = x + y"), "outer", groups=())
    graph = edits.add_group(graph, "inner", parent="outer")
    for folded in (False, True):
        seen = outlook(edits.fold(graph, "inner", folded))
        assert (seen.cards, seen.frames) == (("x", "y", "f"), ())
    assert set(graph.groups) == {"outer", "inner"}


def test_groups_nested_a_thousand_deep_are_seen_at_once() -> None:
    graph = graphlab.parse("f = x + y")
    for i in range(1000):
        graph = edits.add_group(graph, f"g{i}", parent=f"g{i - 1}" if i else None)
    graph = edits.move_to_group(graph, ["f"], "g999")
    assert len(outlook(graph).frames) == 1000
    seen = outlook(edits.fold(edits.fold(graph, "g500", True), "g700", True))
    assert (seen.cards, len(seen.frames)) == (("x", "y", "g500"), 500)


def test_ten_thousand_nodes_are_looked_over_quickly() -> None:
    draft = Draft()
    last = draft.add(op_named("input"), name="x")
    for i in range(10_000):
        draft.groups.setdefault(f"g{i // 100}", graphlab.graph.Group())
        last = draft.add(op_named("add"), [last, last], group=f"g{i // 100}")
    graph = draft.graph()
    for i in range(0, 100, 2):
        graph = edits.fold(graph, f"g{i}", True)
    assert loops(lambda: outlook(graph), rounds=1) < 40
    seen: Outlook = outlook(graph)
    assert len(seen.cards) == 1 + 50 + 5_000
    assert outlook(graph) is seen


# --- grouping and aligning ----------------------------------------------------------------------
def test_a_selection_is_grouped_in_the_innermost_group_that_holds_it() -> None:
    graph = graphlab.parse("q = x + y\nr = q * z\ns = sin(r)")
    graph = edits.add_group(graph, "outer", ["q", "r", "s"])
    graph, first = edits.group_selection(graph, ["q", "r"])
    assert graph.groups[first].parent == "outer"
    graph, second = edits.group_selection(graph, [first, "q", "s", "x"], "all")
    assert graph.groups[second] == graphlab.graph.Group("all", None)
    assert (graph.groups["outer"].parent, graph.groups[first].parent) == (second, "outer")
    assert graph.nodes["q"].group == first
    with pytest.raises(GraphError, match="nothing is selected"):
        edits.group_selection(graph, [])


@given(grouped_graphs(), st.data())
@settings(max_examples=200, deadline=None)
def test_grouping_takes_whole_groups_or_refuses_and_no_group_loses_a_node(
    graph: Graph, data: Any
) -> None:
    cards = outlook(graph).cards
    chosen = data.draw(st.lists(st.sampled_from(cards), min_size=1, unique=True))
    inside = {n for card in chosen for n in ([card] if card in graph.nodes else held(graph, card))}
    around = [n for n in graph.groups if inside <= held(graph, n)]
    torn = [
        name
        for name in graph.groups
        if name not in around and held(graph, name) & inside and held(graph, name) - inside
    ]
    if torn:
        with pytest.raises(GraphError, match="torn apart"):
            edits.group_selection(graph, chosen)
        return
    grouped, new = edits.group_selection(graph, chosen)
    assert held(grouped, new) == inside
    assert all(held(grouped, name) == held(graph, name) for name in graph.groups)
    assert edits.group_selection(graph, inside)[0] == grouped  # as when all of them stood open
    assert edits.ungroup(grouped, new) == graph
    assert graphlab.parse(to_text(grouped)) == grouped


def held(graph: Graph, group: str) -> set[str]:
    return set(graph.members(group))


LEVELS = (
    ("multiply1", "multiply2", "add1", "add2"),
    ("multiply1", "multiply2", "add1", "add2", "s"),
    ("multiply1", "multiply2", "add1", "add2", "s", "w1", "x", "w2", "y", "b"),
)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_three_levels_nest_in_whichever_order_they_are_made(order: tuple[int, ...]) -> None:
    graph, names = graphlab.parse("s = sigmoid(w1*x + w2*y + b)"), dict[int, str]()
    for level in order:
        graph, names[level] = edits.group_selection(graph, LEVELS[level])
    assert [graph.groups[names[i]].parent for i in range(3)] == [names[1], names[2], None]
    assert [held(graph, names[i]) for i in range(3)] == [set(level) for level in LEVELS]
    read = from_clipboard_text(to_clipboard_text(clip(graph, graph.nodes)))
    assert read == graph == graphlab.parse(to_text(graph))
    assert not edits.remove_cards(graph, LEVELS[2]).groups
    copied, _ = paste(graph, read)
    assert sorted(len(held(copied, name)) for name in copied.groups) == [4, 4, 5, 5, 10, 10]


def test_a_group_that_is_selected_in_part_is_named_with_what_is_missing() -> None:
    graph = graphlab.parse("q = x + y\nr = q * z\ns = sin(r)")
    graph = edits.add_group(graph, "outer", ["q", "r"], title="Sums")
    with pytest.raises(GraphError, match=r"group Sums would .* because r is not selected: select"):
        edits.group_selection(graph, ["q", "s"])


def test_renaming_a_group_takes_everything_along_and_removing_it_too() -> None:
    graph = graphlab.parse("q = x + y\nr = q * z")
    graph = edits.add_group(graph, "inner", ["q"], parent=None)
    graph = edits.add_group(graph, "outer", groups=["inner"])
    graph = edits.set_note(
        edits.move(edits.fold(graph, "outer", True), {"outer": (8, 8)}), "q", "a"
    )
    new = edits.rename_group(graph, "outer", "layer")
    assert (new.groups["inner"].parent, dict(new.view.positions)) == ("layer", {"layer": (8, 8)})
    assert new.view.folded == {"layer"}
    back = edits.rename_group(new, "layer", "outer")
    assert (back, back.view) == (graph, graph.view)
    gone = edits.remove_cards(graph, ["outer", "z"])
    assert (list(gone.nodes), dict(gone.groups)) == (["x", "y", "r"], {})
    assert (gone.nodes["r"].inputs, gone.view) == ({}, graphlab.graph.View())


PLACES = {
    "x": (0.0, 0.0, 40.0, 20.0),
    "y": (100.0, 30.0, 60.0, 40.0),
    "f": (300.0, 90.0, 20.0, 20.0),
}


@pytest.mark.parametrize("how", ALIGNMENTS)
def test_cards_are_brought_into_line(how: str) -> None:
    graph = align(graphlab.parse("f = x + y"), PLACES, PLACES, how)
    boxes = {n: (*graph.view.positions[n], *PLACES[n][2:]) for n in PLACES}
    read = {
        "left": lambda x, y, w, h: x,
        "right": lambda x, y, w, h: x + w,
        "top": lambda x, y, w, h: y,
        "bottom": lambda x, y, w, h: y + h,
        "column": lambda x, y, w, h: x + w / 2,
        "row": lambda x, y, w, h: y + h / 2,
    }
    if how in read:
        assert len({read[how](*box) for box in boxes.values()}) == 1
        return
    start, size = (0, 2) if how == "across" else (1, 3)
    x, y, f = (boxes[name] for name in PLACES)
    assert y[start] - x[start] - x[size] == f[start] - y[start] - y[size]
    assert (x, f) == (PLACES["x"], PLACES["f"])


@pytest.mark.parametrize("how", [how for how in ALIGNMENTS if how not in ("across", "down")])
@given(st.data())
def test_cards_brought_into_line_lie_on_none_of_each_other(how: str, data: st.DataObject) -> None:
    graph = graphlab.parse("f = (a + b) * (c + d)")
    length = st.integers(0, 30).map(lambda n: 8.0 * n)
    size = st.integers(1, 20).map(lambda n: 8.0 * n)
    places = {name: data.draw(st.tuples(length, length, size, size)) for name in graph.nodes}
    found = align(graph, places, places, how).view.positions
    boxes = [(*found[name], *places[name][2:]) for name in places]
    for (x, y, w, h), (x2, y2, w2, h2) in combinations(boxes, 2):
        assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
