"""What is kept along a lineage is what a graph of no lineage would be found to have."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from graphlab.errors import GraphLabError
from graphlab.graph import Graph, shapes
from graphlab.graph.edits import (
    add_node,
    connect,
    disconnect,
    fold,
    group_selection,
    mark_outputs,
    remove_nodes,
    rename_node,
    set_attributes,
)
from graphlab.graph.folding import outlook
from graphlab.graph.formula import parse
from graphlab.graph.graph import Lineage
from graphlab.graph.offering import offered_shape
from graphlab.graph.shapes import infer_shapes

BEGINNING = """
x = input(shape=(None, 3))
w = parameter()
b = parameter(4)
h = relu(affine(x, w, b))
s = split(x, axis=1, parts=3)
y = softmax(h @ parameter(None, 2), axis=-1)
z = s[1] * s[2] + x
t = target()
"""
_KINDS = ("relu", "add", "multiply", "matmul", "affine", "softmax", "sum", "concatenate")
_FED = ({}, {"x": (5, 3)}, {"x": (5, 4), "h": (5, 4)})


def edited_by_chance(graph: Graph, chance: random.Random, count: int) -> Graph:
    """One edit by chance; raises ``GraphLabError`` where it is refused."""
    names = list(graph.nodes)
    one, other = chance.choice(names), chance.choice(names)
    ports = graph.nodes[one].ports or ("x",)
    values = (None, 1.0, [1.0, 2.0, 3.0], [[1.0] * 3] * 5)
    edits = (
        lambda: add_node(graph, f"n{count}", chance.choice(_KINDS), other),
        lambda: add_node(graph, f"n{count}", "parameter"),
        lambda: connect(graph, other, one, chance.choice(ports)),
        lambda: disconnect(graph, one, chance.choice(ports)),
        lambda: remove_nodes(graph, [one]),
        lambda: rename_node(graph, one, f"n{count}"),
        lambda: set_attributes(graph, one, value=chance.choice(values)),
        lambda: set_attributes(graph, one, shape=chance.choice((None, (3,), (None, 3), (5, 3)))),
        lambda: set_attributes(graph, one, parts=chance.choice((1, 3))),
        lambda: group_selection(graph, [one, other])[0],
        lambda: fold(graph, chance.choice([*graph.groups, "none"]), chance.random() < 0.5),
        lambda: mark_outputs(graph, [one]),
    )
    return chance.choice(edits)()


def edits_by_chance(graph: Graph, seed: int) -> Iterator[Graph]:
    """What many edits make of a graph, one after the other; at times one of the earlier graphs."""
    chance, history = random.Random(seed), [graph]
    for count in range(150):
        try:
            graph = chance.choice(history) if chance.random() < 0.1 else edited_by_chance(
                graph, chance, count
            )  # fmt: skip
        except GraphLabError:
            continue
        history.append(graph)
        yield graph


@pytest.mark.parametrize("seed", range(12))
def test_answers_kept_along_edits_are_those_found_anew(seed: int) -> None:
    done = 0
    for graph in edits_by_chance(parse(BEGINNING), seed):
        done += 1
        anew = replace(graph, lineage=Lineage())
        for fed in _FED:
            known = {name: shape for name, shape in fed.items() if name in graph.nodes}
            for is_bounded in (True, False):
                assert infer_shapes(graph, known, is_bounded=is_bounded) == infer_shapes(
                    anew, known, is_bounded=is_bounded
                )
        for name in ("edges", "consumers", "inputs", "parameters", "buffers", "outputs"):
            assert getattr(graph, name) == getattr(anew, name)
        assert list(graph.edges) == list(anew.edges)
        assert outlook(graph) == outlook(anew)
        for name in graph.nodes:
            assert offered_shape(graph, name) == offered_shape(anew, name)
    assert done > 50


def test_an_edit_of_a_value_looks_at_no_other_node(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = parse("\n".join(f"y{i} = tanh(x)" for i in range(100)))
    known, seen, consumers = infer_shapes(graph, {}), outlook(graph), graph.consumers
    looked: list[str] = []
    one = shapes.infer_node

    def infer(name: str, *rest: Any) -> None:
        looked.append(name)
        one(name, *rest)

    edited = set_attributes(graph, "x", value=[1.0, 2.0])
    assert infer_shapes(edited, {}).known != known.known
    monkeypatch.setattr(shapes, "infer_node", infer)
    again = set_attributes(edited, "x", value=[3.0, 4.0])
    infer_shapes(again, {})
    assert looked == ["x"]
    assert outlook(again) is seen
    assert again.consumers is consumers


def test_a_folded_card_gives_away_what_a_setting_adds_inside() -> None:
    graph, group = group_selection(parse("s = split(x, parts=2)\ny = relu(s)"), ["s"])
    graph = fold(graph, group, True)
    assert len(outlook(graph).outputs[group]) == 2
    edited = set_attributes(graph, "s", parts=3)
    assert [str(port) for port in outlook(edited).outputs[group]] == ["s", "s.1", "s.2"]
    assert outlook(graph).outputs != outlook(edited).outputs
