"""The picture of groups: frames hold what is theirs, folded cards keep their place and numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphlab
from graphlab.engine import Run
from graphlab.engine.numbers import show_number
from graphlab.graph import Graph, InPort, OutPort, edits
from graphlab.graph.nearby import place_nearby
from graphlab.gui.canvas.fitting import fitted
from graphlab.gui.canvas.geometry import Geometry
from graphlab.gui.figures import Sheet
from graphlab.gui.picture import picture
from graphlab.gui.theme import typography
from graphlab.ops import op_named
from tests.graph.test_folding import grouped_graphs

FEEDS = {"w1": 2, "x": -1, "w2": -3, "y": -2, "b": -3}


@pytest.fixture(autouse=True)
def _application(qapp: object) -> None:
    """Texts are measured, which needs an application."""


def overlap(one: list[float], other: list[float]) -> bool:
    return all(one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2] for i in (0, 1))


@given(grouped_graphs())
@settings(max_examples=60, deadline=None)
def test_no_card_covers_another_and_frames_hold_their_own_only(graph: Graph) -> None:
    run = Run(graph, dict.fromkeys(graph.inputs, 0.5)).forward().backward()
    figure = picture(run)
    geometry = Geometry(figure, typography())
    boxes = dict(zip((c.id for c in figure.cards), geometry.cards.tolist(), strict=True))
    names = list(boxes)
    for i, name in enumerate(names):
        assert not any(overlap(boxes[name], boxes[other]) for other in names[:i])
    inside = {frame.id: set(frame.cards) for frame in figure.frames}
    for frame in reversed(figure.frames):
        if frame.parent is not None:
            inside[frame.parent] |= inside[frame.id]
    for frame, box in zip(figure.frames, geometry.frames.tolist(), strict=True):
        assert {name for name in names if overlap(box, boxes[name])} == inside[frame.id]


def neuron(*folded: str) -> Sheet:
    graph = graphlab.parse("s = sigmoid(w1*x + w2*y + b)")
    sums = [n for n, node in graph.nodes.items() if node.op.name in ("add", "multiply")]
    graph = edits.add_group(graph, "linear", sums)
    graph = edits.add_group(graph, "neuron", ["s"], groups=["linear"], title="Neuron")
    for name in folded:
        graph = edits.fold(graph, name, True)
    sheet = Sheet(graph)
    sheet.read(Run(graph, FEEDS).forward().backward(), {})
    return sheet


def test_a_folded_neuron_says_what_it_computes_and_its_own_partials() -> None:
    sheet = neuron("neuron")
    card = sheet.cards["neuron"]
    assert (card.symbol, card.title, card.detail) == (
        "Neuron",
        "sigmoid(w1*x + w2*y + b)",
        "5 nodes",
    )
    assert (card.value, card.gradient, card.outputs) == ("0.7311", "∂ 1", (OutPort("s"),))
    told = {link.source: (link.value, link.partial, link.gradient) for link in sheet.links.values()}
    assert told["w1"] == ("2", "−0.1966", "∂ −0.1966")
    assert told["x"] == ("−1", "0.3932", "∂ 0.3932")
    half = neuron("linear")
    assert half.cards["linear"].title == "w1*x + w2*y + b"
    assert half.cards["linear"].value == "1"
    pills = {link.source: link.partial for link in half.links.values()}
    assert (pills["w1"], pills["x"], pills["linear"]) == ("−1", "2", "0.1966")
    gradients = {link.source: link.gradient for link in half.links.values()}
    assert all(gradients[name] == told[name][2] for name in FEEDS)


WRITTEN = (
    "s = sigmoid(w1*x + w2*y + b)",
    "w = parameter()\nz = w*x\nf = z*z + sin(z)",
    "c = [1, 2, 3]\nt = target()\nf = squared_error(c*x, t)",
    "f = " + "sin(" * 40 + "x" + ")" * 40,
    "multiply2 = x*y\nf = multiply2 + multiply2*sin(y*y)",
)


@pytest.mark.parametrize("text", WRITTEN)
def test_a_folded_card_calls_what_it_holds_by_its_own_name(text: str) -> None:
    graph = graphlab.parse(text)
    values = {n: np.array([i, -0.5, 2.0]) for i, n in enumerate(graph.inputs + graph.parameters)}
    for name in graph.parameters:
        graph = edits.set_attributes(graph, name, value=values[name])
    run = Run(graph, {name: values[name] for name in graph.inputs}).forward()
    operations = [n for n, node in graph.nodes.items() if node.op.category != "Source"]
    for names in (list(graph.nodes), operations):
        grouped, group = edits.group_selection(graph, names)
        told = Sheet(edits.fold(grouped, group, True)).cards[group].title
        read = graphlab.parse("told = " + told)
        assert read.inputs
        assert all(name in graph.nodes for name in read.inputs)
        seen = Run(read, {n: run.value(n) for n in read.inputs}).forward()
        np.testing.assert_allclose(seen.value("told"), run.value(graph.outputs[0]))


@pytest.mark.parametrize("folded", [(), ("linear",), ("neuron",)])
def test_stepping_a_picture_ends_where_reading_it_whole_does(folded: tuple[str, ...]) -> None:
    sheet = neuron(*folded)
    whole = {key: (k.value, k.partial, k.gradient, k.total) for key, k in sheet.links.items()}
    run = Run(sheet.graph, FEEDS)
    sheet.read(run, {})
    while (step := run.step()) is not None:
        sheet.read_step(run, step, {}, is_taken=True)
    assert whole == {
        key: (k.value, k.partial, k.gradient, k.total) for key, k in sheet.links.items()
    }
    while (step := run.step_back()) is not None:
        sheet.read_step(run, step, {}, is_taken=False)
    assert {link.partial for link in sheet.links.values()} == {""}
    assert {link.gradient for link in sheet.links.values()} == {""}


def test_a_card_has_every_port_of_its_op_and_a_spare_one_for_more() -> None:
    graph = edits.add_node(edits.add_node(Graph(), "q", "add"), "c", "concatenate", "q")
    cards = Sheet(graph).cards
    assert [port for port, _ in cards["q"].inputs] == [InPort("q", "x"), InPort("q", "y")]
    assert len(cards["c"].inputs) == 2
    assert Sheet(graph).links[cards["c"].inputs[0][0]].port_count == 2


def test_what_a_hand_has_placed_stays_and_the_rest_finds_room_beside_it() -> None:
    random = np.random.default_rng(1)
    sizes = {f"c{i}": (80.0 + 8 * (i % 3), 64.0) for i in range(40)}
    edges = [(f"c{i}", f"c{random.integers(i + 1, 40)}") for i in range(39)]
    kept = {f"c{i}": (200.0 * (i % 5), 120.0 * (i // 5)) for i in range(0, 40, 2)}
    places = place_nearby(sizes, edges, kept)
    assert places.keys() == sizes.keys()
    assert {name: places[name] for name in kept} == kept
    boxes = [[*places[name], *sizes[name]] for name in sizes]
    assert not any(overlap(a, b) for i, a in enumerate(boxes) for b in boxes[:i])
    beside = place_nearby({"a": (80, 64), "b": (80, 64)}, [("a", "b")], {"a": (0, 0)})
    assert beside["b"] == (176, 0)
    between = place_nearby(
        dict.fromkeys("amb", (80, 64)), [("a", "m"), ("m", "b")], {"a": (0, 0), "b": (200, 0)}
    )
    assert between["m"][0] == 100  # nothing runs backwards, and numbers have room beside the others
    assert abs(between["m"][1]) >= 64


@given(
    st.lists(st.floats(-1e3, 1e3).map(show_number), min_size=2, max_size=6),
    st.integers(40, 400),
)
def test_a_list_that_is_too_long_for_its_card_ends_after_a_whole_number(
    numbers: list[str], width: int
) -> None:
    face, whole = typography().normal, f"[{', '.join(numbers)}]"
    told = fitted(face, whole, width)
    assert face.width(told) <= width
    if told == whole or ", …]" not in told:
        return
    kept = told.removeprefix("[").removesuffix(", …]").split(", ")
    assert kept == numbers[: len(kept)]
    more = numbers[: len(kept) + 1]
    assert more == numbers or face.width(f"[{', '.join(more)}, …]") > width


@given(grouped_graphs(), st.integers(0, 30), st.data())
@settings(max_examples=60, deadline=None)
def test_a_picture_read_after_an_edit_is_the_same_as_one_read_anew(
    graph: Graph, count: int, data: st.DataObject
) -> None:
    run = Run(graph, dict.fromkeys(graph.inputs, 0.5))
    sheet = Sheet(graph)
    sheet.read(run, {})
    for step in [step for _ in range(count) if (step := run.step())]:
        sheet.read_step(run, step, {}, is_taken=True)
    name = data.draw(st.sampled_from(list(graph.nodes)))
    edits_of = {
        "rename": lambda: edits.rename_node(graph, name, "another"),
        "add": lambda: edits.add_node(graph, "more", op_named("input")),
        "value": lambda: edits.set_attributes(graph, graph.inputs[0], value=0.25),
        "remove": lambda: edits.remove_nodes(graph, [name]),
    }
    after = edits_of[data.draw(st.sampled_from(sorted(edits_of)))]()
    run.move_to(after)
    carried, anew = Sheet(after, sheet), Sheet(after)
    for read in (carried, anew):
        read.read(run, {"x0": "a problem"})
    assert carried.links == anew.links
    for card in carried.cards:
        assert carried.cards[card].looks_like(anew.cards[card])
        assert carried.cards[card].tooltip == anew.cards[card].tooltip
