"""Edits that are refused, in words that name the thing, and what edits take along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphlab
from graphlab.errors import GraphError, GraphLabError
from graphlab.graph import Draft, Graph, OutPort, View, edits
from graphlab.ops import op_named


def lists(deep: int) -> Any:
    return [lists(deep - 1)] if deep else 1


def drawn() -> Graph:
    graph = graphlab.parse(
        "q = x + y\nf = q * z\ns = split(f, parts=2)\nc = concatenate(s, s[1])\nr = relu(x)"
    )
    graph = edits.add_group(graph, "outer", ["q"])
    return edits.add_group(graph, "inner", ["f"], parent="outer")


REFUSED: dict[str, tuple[Callable[[Graph], Graph], str]] = {
    "a name twice": (lambda g: edits.add_node(g, "q", "add"), "already a node q; choose another"),
    "a group's name": (lambda g: edits.add_node(g, "inner", "add"), "already a group inner"),
    "no name": (lambda g: edits.add_node(g, "", "add"), "cannot be a name"),
    "a name with a dot": (lambda g: edits.add_node(g, "w.1", "add"), "'w.1' cannot be a name"),
    "a name that is too long": (lambda g: edits.add_node(g, "w" * 201, "add"), "201 letters; 200"),
    "no such op": (lambda g: edits.add_node(g, "w", "sigmiod"), "sigmiod: did you mean sigmoid"),
    "no such attribute": (lambda g: edits.add_node(g, "w", "exp", base=2), "w: exp has no .* base"),
    "an attribute's type": (lambda g: edits.set_attributes(g, "s", parts=1.5), "s: split's parts"),
    "no parts": (lambda g: edits.set_attributes(g, "s", parts=0), "s: parts is 0"),
    "an output in use": (lambda g: edits.set_attributes(g, "s", parts=1), r"s\.1 is in use"),
    "too many inputs": (lambda g: edits.add_node(g, "w", "add", "x", "y", "z"), "inputs x, y, .*3"),
    "inputs of a source": (lambda g: edits.add_node(g, "w", "input", "x"), "no inputs, .* given 1"),
    "an edge from nowhere": (lambda g: edits.connect(g, "qq", "r", "x"), "no node qq: did you"),
    "an edge to nowhere": (lambda g: edits.connect(g, "q", "rr", "x"), "no node rr: did you"),
    "an output that is not": (lambda g: edits.connect(g, "s.2", "r", "x"), "2 outputs, .* no s.2"),
    "a port that is not": (lambda g: edits.connect(g, "q", "r", "logits"), "no input logits; .*x"),
    "a port further on": (lambda g: edits.connect(g, "q", "c", "x4"), "no input x4"),
    "a taken port": (lambda g: edits.connect(g, "x", "f", "x"), "f's x is already fed by q: disc"),
    "a circle": (
        lambda g: edits.connect(edits.disconnect(g, "q", "x"), "c", "q", "x"),
        "from c to q would close a circle",
    ),
    "a node to itself": (
        lambda g: edits.connect(edits.disconnect(g, "r", "x"), "r", "r", "x"),
        "close a circle",
    ),
    "no edge there": (lambda g: edits.disconnect(g, "c", "x3"), "c's x3 has no edge to remove"),
    "removing what is not": (lambda g: edits.remove_nodes(g, ["q", "w"]), "no node w"),
    "renaming to what is": (lambda g: edits.rename_node(g, "q", "f"), "already a node f"),
    "an output twice": (lambda g: edits.mark_outputs(g, ["f", "f.0"]), "f is marked .* twice"),
    "a group in its own": (lambda g: edits.nest_group(g, "outer", "inner"), "inside itself"),
    "a group twice": (lambda g: edits.add_group(g, "inner"), "already a group inner"),
    "no such group": (lambda g: edits.move_to_group(g, ["q"], "iner"), "iner: did you mean inner"),
    "no such card": (lambda g: edits.move(g, {"w": (0, 0)}), "no node w"),
    "no such place": (lambda g: edits.move(g, {"q": (0, float("nan"))}), "q cannot be placed"),
    "a place of words": (lambda g: edits.move(g, {"q": ("a", 0)}), "placed at .* give two numbers"),
    "a place in space": (
        lambda g: edits.move(g, {"q": (0, 0, 0)}),
        "placed at .* give two numbers",
    ),
    "no place": (lambda g: edits.move(g, {"q": None}), "placed at None: give two numbers"),
    "a place too far": (lambda g: edits.move(g, {"q": (10**400, 0)}), "both must be within"),
    "no name to find": (lambda g: edits.remove_nodes(g, [""]), "no node ''"),
    "33 axes": (lambda g: edits.set_attributes(g, "x", shape=[1] * 33), "33 axes, .* at most 32"),
    "33 lists": (
        lambda g: edits.set_attributes(g, "x", value=lists(33)),
        "more than 32 lists deep",
    ),
    "33 axes of an array": (
        lambda g: edits.set_attributes(g, "x", value=np.ones((1,) * 33)),
        "33 axes, .* at most 32",
    ),
    "a choice that is not": (
        lambda g: edits.add_node(g, "w", "squared_error", reduction="avg"),
        "squared_error's reduction is 'avg': choose mean, sum or none",
    ),
    "half an axis": (
        lambda g: edits.add_node(g, "w", "softmax", axis=1.5),
        "softmax's axis must be a whole number, and is 1.5",
    ),
    "no such thing to note": (lambda g: edits.set_note(g, "w", "why"), "no node w"),
    "folding a node": (lambda g: edits.fold(g, "q", True), "no group q"),
    "NaN as a value": (lambda g: edits.set_attributes(g, "x", value=float("nan")), "x: .*finite"),
    "a trillion": (lambda g: edits.set_attributes(g, "x", shape=(10**6, 10**6)), "1e.12 elements"),
}


@pytest.mark.parametrize("edit", REFUSED)
def test_refused_edits_say_why(edit: str) -> None:
    attempt, words = REFUSED[edit]
    graph = drawn()
    with pytest.raises(GraphLabError, match=words):
        attempt(graph)
    assert graph == drawn()


def test_removing_and_ungrouping_take_their_cards_along() -> None:
    graph = edits.mark_outputs(drawn(), ["f", "c"])
    for name in ("f", "inner"):
        graph = edits.set_note(edits.move(graph, {name: (1, 2)}), name, "why")
    graph = edits.ungroup(edits.fold(graph, "inner", True), "inner")
    assert graph.nodes["f"].group == "outer"
    graph = edits.remove_nodes(graph, ["f"])
    assert graph.view == View()
    assert graph.marked == (OutPort("c"),)
    assert not graph.nodes["s"].inputs


def test_what_is_added_to_a_draft_later_is_not_in_its_graph() -> None:
    draft = Draft()
    draft.add(op_named("input"), name="x")
    graph = draft.graph()
    draft.add(op_named("input"), name="y")
    assert list(graph.nodes) == ["x"]
    with pytest.raises(GraphError, match="one input, x, and was given 2"):
        draft.add(op_named("exp"), [OutPort("x"), OutPort("y")])
