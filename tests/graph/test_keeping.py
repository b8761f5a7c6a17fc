"""A text typed over a graph: what is still there keeps its value, place, note, fold and recipe."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from graphlab.graph import Graph, edits
from graphlab.graph.formula import parse, to_text, written_out
from graphlab.graph.keeping import parse_over, succeeding
from graphlab.graph.recipe import Objective, Recipe
from tests.graph.test_folding import grouped_graphs

NEURON = "f = sigmoid(w1*x + w2*y + b)"


def placed(graph: Graph) -> Graph:
    """Every card at a place of its own."""
    return edits.move(graph, {name: (10.0 * i, -i) for i, name in enumerate(graph.nodes)})


def meanings(graph: Graph) -> dict[str, str]:
    """Each node by the formula of it in terms of the inputs alone."""
    return {
        name: name if name in graph.inputs else written_out(graph, name, graph.nodes.keys())
        for name in graph.nodes
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (NEURON, f"{NEURON}\ng = f*f"),
        (NEURON, f"u = sin(x)\n{NEURON}"),
        (NEURON, "f = sigmoid(a*c + w1*x + w2*y + b)"),
        (NEURON, "f = tanh(sigmoid(w1*x + w2*y + b))"),
        (NEURON, "z = w1*x + w2*y + b\nf = sigmoid(z)"),
        ("z = w1*x + w2*y + b\nf = sigmoid(z)", NEURON),
        (NEURON, "f = w2*y"),
        ("f = (x + y)*z", "f = sigmoid((x + y)*z + b)"),
        ("f = 2*x + 3*y", "f = 5*z + 2*x + 3*y"),
        ("f = sum([1, 2]*x)", "f = sum([3, 4]*y) + sum([1, 2]*x)"),
    ],
)
def test_what_computes_the_same_as_before_keeps_its_place(before: str, after: str) -> None:
    old = placed(parse(before))
    new, _ = succeeding(old, parse(after))
    was = {meaning: name for name, meaning in meanings(old).items()}
    places, kept = new.view.positions, 0
    for name, meaning in meanings(new).items():
        if meaning in was:
            assert places[name] == old.view.positions[was[meaning]], name
            kept += 1
    assert kept
    if new.nodes["f"].op is old.nodes["f"].op:
        assert places["f"] == old.view.positions["f"]  # by its name, whatever it is made of now
    assert len(set(places.values())) == len(places)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{NEURON}\nL = (f - t)**2 + w1*w1", "h = W1 @ x\nL = sum(h*h)"),
        ("f = x*y + z", "f = a*tanh(b*c)"),
        ("f = x*y + z", "g = x + y"),
        (NEURON, "L = (w1*x - t)**2 + (w2 - t)**2"),
    ],
)
def test_another_drawing_keeps_no_place_though_some_names_are_the_same(
    before: str, after: str
) -> None:
    old = placed(parse(before))
    shared = old.nodes.keys() & parse(after).nodes.keys()
    old = edits.set_note(old, min(shared), "why")
    view = succeeding(old, parse(after))[0].view
    assert (shared, view.positions) == (shared, {})
    back = succeeding(placed(parse(after)), parse(before))[0].view
    assert back.positions == {}


@given(grouped_graphs())
@settings(max_examples=60, deadline=None)
def test_a_text_typed_again_changes_nothing_that_is_seen(graph: Graph) -> None:
    first = next(iter(graph.nodes))
    graph = edits.move(edits.set_note(placed(graph), first, "why"), {first: (5, 5)}, by_hand=True)
    again, _ = succeeding(graph, parse(to_text(graph)))
    assert (again, again.view) == (graph, graph.view)


@given(grouped_graphs())
@settings(max_examples=40, deadline=None)
def test_a_line_may_use_the_name_of_any_card(graph: Graph) -> None:
    text = to_text(graph)
    for name, node in graph.nodes.items():
        found, is_whole = parse_over(graph, f"{text}\nnew = sin({name})")
        assert {n: found.nodes[n].op for n in graph.nodes} == {
            n: old.op for n, old in graph.nodes.items()
        }
        assert str(found.nodes["new"].inputs["x"]) == name
        assert is_whole == (parse(f"{text}\nnew = sin({name})") == found)
        assert node.op is found.nodes[name].op


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("f = x*y + x*z", "f = multiply1"),
        ("f = a + b*c", "f = (a*b)*multiply1"),
        ("z = x*y\nf = z + 1", "f = z + 1"),
    ],
)
def test_a_name_whose_card_is_gone_becomes_an_input(before: str, text: str) -> None:
    found, is_whole = parse_over(parse(before), text)
    assert is_whole
    assert found == parse(text)


def test_groups_stay_folded_or_open_and_new_ones_come_as_their_text_draws_them() -> None:
    text = 'h = linear_layer(x, features=3)\nwith group("g"):\n    f = h*h'
    graph = edits.fold(edits.fold(parse(text), "h", False), "g", True)
    graph = edits.move(graph, {"g": (8, 8)})
    new, _ = succeeding(graph, parse(f"{text}\n    q = sin(f)\nk = linear_layer(q, features=2)"))
    assert new.view.folded == {"g", "k"}
    assert new.view.positions == {"g": (8, 8)}
    assert succeeding(graph, parse("f = h*h"))[0].view.folded == frozenset()


def test_values_and_the_recipe_stay_where_the_text_lets_them() -> None:
    text = "w = parameter({0})\nl = {1}_error(w*x, t)"
    graph = parse(text.format(2, "squared"))
    for name in ("w", "x"):
        graph = edits.set_attributes(graph, name, value=[3.0, 4.0])
    recipe = Recipe((Objective("l", ("w",), lr=0.5),), epochs=7)
    graph = edits.set_recipe(graph, recipe)
    new, kept = succeeding(graph, parse(text.format(2, "squared") + "\nz = relu(x)"))
    assert (kept, new.recipe) == (["w", "x"], recipe)
    new, kept = succeeding(graph, parse(text.format(3, "squared")))
    assert (kept, new.nodes["w"].attributes.get("value")) == (["x"], None)
    assert succeeding(graph, parse(text.format(2, "absolute")))[0].recipe is None
    typed = parse("x = [1, 2]\nw = x*2")
    assert succeeding(graph, typed) == (typed, [])
