"""A part of a graph taken out and put in again, by duplicate and by the clipboard's text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphlab
from graphlab.engine import Run
from graphlab.errors import FileError
from graphlab.graph import Graph, OutPort, edits
from graphlab.graph.clipping import MAX_ARRAYS, clip, from_clipboard_text, paste, to_clipboard_text
from tests.graph.test_folding import grouped_graphs


@pytest.fixture
def graph() -> Graph:
    graph = graphlab.parse("w1 = parameter()\nq = w1 * x\ns = sin(q)\nf = s + q")
    graph = edits.add_group(graph, "layer", ["q", "s"], title="Layer")
    graph = edits.move(graph, {"q": (0, 0), "s": (100, 0), "layer": (50, 8)})
    return edits.set_note(edits.mark_outputs(graph, ["f", "s"]), "s", "why")


def deep(graph: Graph) -> Any:
    return list(graph.nodes), graph, graph.view


def test_a_clip_is_what_was_selected_and_no_edge_from_outside(graph: Graph) -> None:
    part = clip(graph, ["layer", "w1"])
    assert list(part.nodes) == ["w1", "q", "s"]
    assert part.nodes["q"].inputs == {"x": OutPort("w1")}
    assert (part.marked, set(part.groups)) == ((OutPort("s"),), {"layer"})
    assert part.view.positions == {"q": (0, 0), "s": (100, 0), "layer": (50, 8)}
    assert set(clip(graph, ["q", "s"]).groups) == {"layer"}
    alone = clip(graph, ["q"])
    assert (dict(alone.groups), alone.nodes["q"].group) == ({}, None)


def test_a_duplicate_has_fresh_names_and_reads_what_its_original_reads(graph: Graph) -> None:
    new, names = paste(graph, clip(graph, ["layer", "w1"]), keep_inputs=True)
    assert names == ("layer2", "w2")
    assert new.nodes["q2"].inputs == {"x": OutPort("w2"), "y": OutPort("x")}
    assert (new.nodes["q2"].group, new.nodes["s2"].inputs["x"]) == ("layer2", OutPort("q2"))
    assert new.view.positions["s2"] == (132, 32)
    assert new.view.notes == {"s": "why", "s2": "why"}
    assert new.marked == (OutPort("f"), OutPort("s"), OutPort("s2"))
    assert all(new.nodes[name] is graph.nodes[name] for name in graph.nodes)
    run = Run(new, {"w1": 2, "w2": 2, "x": 3}).forward()
    assert run.value("s2") == run.value("s")
    inside, names = paste(graph, clip(graph, ["s"]), keep_inputs=True)
    assert (inside.nodes["s2"].group, names) == ("layer", ("s2",))


def test_what_is_pasted_elsewhere_keeps_its_names_and_leaves_its_inputs_open(graph: Graph) -> None:
    new, names = paste(graphlab.parse("q = a + b"), clip(graph, ["layer"]))
    assert names == ("layer",)
    assert dict(new.nodes["q2"].inputs) == {}
    assert new.nodes["s"].inputs == {"x": OutPort("q2")}
    assert new.marked == ()
    empty, _ = paste(Graph(), clip(graph, ["layer"]), offset=(0, 0))
    assert deep(empty) == deep(clip(graph, ["layer"]))


def test_cutting_and_pasting_back_is_what_was(graph: Graph) -> None:
    part = clip(graph, ["f"])
    back, _ = paste(edits.remove_cards(graph, ["f"]), part, offset=(0, 0))
    for port, source in graph.nodes["f"].inputs.items():
        back = edits.connect(back, str(source), "f", port)
    assert back.nodes == graph.nodes
    assert set(back.marked) == set(graph.marked)


def test_names_count_on_and_never_grow_too_long() -> None:
    long = "w" * 200
    graph = edits.add_node(Graph(), long, "input")
    for name in ("w9", "w10", "x"):
        graph = edits.add_node(graph, name, "input")
    graph, names = paste(graph, clip(graph, graph.nodes))
    assert names == ("w" * 199 + "2", "w11", "w12", "x2")


@given(grouped_graphs(), st.data())
@settings(max_examples=150, deadline=None)
def test_any_part_survives_the_clipboard_and_any_pasting_is_sound(graph: Graph, data: Any) -> None:
    cards = st.sampled_from([*graph.nodes, *graph.groups])
    part = clip(graph, data.draw(st.lists(cards)))
    assert deep(from_clipboard_text(to_clipboard_text(part))) == deep(part)
    new, names = paste(graph, part, keep_inputs=data.draw(st.booleans()))
    assert len(new.nodes) == len(graph.nodes) + len(part.nodes)
    assert len(new.groups) == len(graph.groups) + len(part.groups)
    assert edits.remove_cards(new, names).nodes == graph.nodes
    assert deep(from_clipboard_text(to_clipboard_text(new))) == deep(new)


def test_large_arrays_go_along_and_too_large_ones_are_refused() -> None:
    graph = edits.add_node(Graph(), "W", "parameter", value=np.arange(300.0).reshape(3, 100))
    text = to_clipboard_text(graph)
    assert from_clipboard_text(text).nodes == graph.nodes
    with pytest.raises(FileError, match="damaged"):
        from_clipboard_text(text[:-9] + "?" * 8 + "\n")
    with pytest.raises(FileError, match="no part of a graph"):
        from_clipboard_text(text.partition("\ndata:")[0])
    huge = np.zeros((MAX_ARRAYS // 8 + 1,))
    with pytest.raises(FileError, match="duplicate it instead"):
        to_clipboard_text(edits.add_node(Graph(), "W", "parameter", value=huge))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "{}",
        "[" * 100_000,
        '{"format": "graphlab.graph", "version": 1, "arrays": "/etc/passwd", "nodes": '
        '[{"id": "W", "op": "parameter", "attributes": {"value": {"shape": [2]}}}]}',
        "\ud800",
        "{}\ndata:application/octet-stream;base64,AAAA",
    ],
)
def test_any_other_text_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(FileError) as error:
        from_clipboard_text(text)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400
