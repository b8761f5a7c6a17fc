"""Blank cards made from those before an edit are those that would be made anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graphlab.graph.edits import add_node, connect, disconnect, remove_nodes
from graphlab.graph.formula import parse
from graphlab.graph.graph import Lineage
from graphlab.graph.grouping import group_selection
from graphlab.gui.alike import says_same
from graphlab.gui.blanks import Blanks
from tests.graph.test_lineage_answers import BEGINNING, edits_by_chance


def are_same(one: dict[Any, Any], other: dict[Any, Any]) -> bool:
    return list(one) == list(other) and all(says_same(one[key], other[key]) for key in one)


@pytest.mark.parametrize("seed", range(12))
def test_blanks_kept_along_edits_are_those_made_anew(seed: int) -> None:
    beginning, done = parse(BEGINNING), 0
    blanks = Blanks(beginning)
    for graph in edits_by_chance(beginning, seed):
        done += 1
        anew = Blanks(replace(graph, lineage=Lineage()))
        blanks = Blanks(graph, blanks)
        assert are_same(blanks.cards, anew.cards)
        assert are_same(blanks.links, anew.links)
        assert (blanks.fans, blanks.frames) == (anew.fans, anew.frames)
        assert {n: _told(g) for n, g in blanks.groups.items()} == {
            n: _told(g) for n, g in anew.groups.items()
        }
    assert done > 50


def _told(group: Any) -> tuple[Any, ...]:
    return group.members, group.inputs, group.outputs, group.title, group.formula, group.openings


def test_an_edit_makes_only_the_cards_it_touches(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = parse("\n".join(f"y{i} = tanh(x)" for i in range(100)))
    before, one, made = Blanks(graph), Blanks._card, list[str]()

    def card(self: Blanks, name: str) -> Any:
        made.append(name)
        return one(self, name)

    monkeypatch.setattr(Blanks, "_card", card)
    for edited, touched in (
        (add_node(graph, "z", "tanh", "y7"), {"z", "y7"}),
        (remove_nodes(graph, ["y7"]), set[str]()),
        (connect(disconnect(graph, "y7", "x"), "y3", "y7", "x"), {"y3", "y7"}),
        (group_selection(graph, ["y3", "y7"])[0], set[str]()),
    ):
        made.clear()
        Blanks(edited, before)
        assert set(made) == touched
