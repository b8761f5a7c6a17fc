"""The document: who hears what when its graph changes, and when it counts as modified."""

from __future__ import annotations

from pathlib import Path

import pytest

import graphlab
from graphlab.errors import FileError
from graphlab.graph import Change, Graph, edits
from graphlab.graph.document import Document, Signal

NOTHING = Change(frozenset(), frozenset(), frozenset(), False, False, False)


@pytest.fixture
def document() -> Document:
    return Document(graphlab.parse("q = x + y\nf = q * z"))


@pytest.fixture
def heard(document: Document) -> list[Change]:
    found: list[Change] = []
    document.changed.connect(found.append)
    return found


def test_each_edit_is_told_by_what_it_changed(document: Document, heard: list[Change]) -> None:
    first = document.graph
    document.graph = edits.add_node(document.graph, "s", "sigmoid", "f")
    document.graph = edits.set_attributes(document.graph, "x", value=2)
    document.graph = edits.rename_node(document.graph, "q", "p")
    document.graph = edits.add_group(document.graph, "g", ["s"])
    document.graph = edits.move(document.graph, {"s": (1, 2)})
    document.graph = edits.mark_outputs(document.graph, ["f"])
    document.graph = first
    assert heard == [
        NOTHING._replace(added=frozenset("s")),
        NOTHING._replace(altered=frozenset("x")),
        NOTHING._replace(added=frozenset("p"), removed=frozenset("q"), altered=frozenset("f")),
        NOTHING._replace(altered=frozenset("s"), is_regrouped=True),
        NOTHING._replace(is_moved=True),
        NOTHING._replace(is_remarked=True),
        Change(frozenset("q"), frozenset("ps"), frozenset("xf"), True, True, True),
    ]


def test_the_same_graph_is_no_change(document: Document, heard: list[Change]) -> None:
    document.graph = document.graph
    document.graph = edits.set_attributes(document.graph, "x")
    document.graph = edits.move(document.graph, {})
    assert heard == []
    assert not document.is_modified


def test_modified_is_what_saving_would_change(document: Document, tmp_path: Path) -> None:
    first = document.graph
    document.graph = edits.move(first, {"x": (0, 1)})
    assert document.is_modified
    document.graph = first
    assert not document.is_modified
    document.graph = edits.remove_nodes(first, ["f"])
    document.save(tmp_path / "a.graph.json")
    assert (document.is_modified, document.path) == (False, tmp_path / "a.graph.json")
    document.graph = first
    assert document.is_modified
    opened = Document.open(tmp_path / "a.graph.json")
    assert (list(opened.graph.nodes), opened.is_modified) == (["x", "y", "q", "z"], False)


def test_a_save_that_fails_changes_nothing(document: Document, tmp_path: Path) -> None:
    document.graph = edits.remove_nodes(document.graph, ["f"])
    with pytest.raises(FileError):
        document.save(tmp_path / "gone" / "a.graph.json")
    assert document.is_modified
    assert document.path is None


def test_a_listener_that_raises_is_told_after_the_others_heard(document: Document) -> None:
    order: list[str] = []

    def failing(change: Change) -> None:
        order.append("failing")
        raise KeyError("mine")

    document.changed.connect(failing)
    document.changed.connect(lambda change: order.append("second"))
    new = edits.remove_nodes(document.graph, ["f"])
    with pytest.raises(KeyError, match="mine"):
        document.graph = new
    assert order == ["failing", "second"]
    assert document.graph is new
    document.changed.disconnect(failing)
    document.graph = edits.remove_nodes(document.graph, ["q"])
    assert order == ["failing", "second", "second"]


def test_a_listener_may_not_change_the_graph(document: Document) -> None:
    def meddle(change: Change) -> None:
        document.graph = Graph()

    document.changed.connect(meddle)
    with pytest.raises(RuntimeError, match="may not change"):
        document.graph = edits.remove_nodes(document.graph, ["f"])
    assert list(document.graph.nodes) == ["x", "y", "q", "z"]


def test_listeners_may_come_and_go_while_one_is_called() -> None:
    signal: Signal[int] = Signal()
    heard: list[int] = []

    def once(value: int) -> None:
        heard.append(value)
        signal.disconnect(once)

    signal.connect(once)
    signal.connect(heard.append)
    signal.emit(1)
    signal.emit(2)
    assert heard == [1, 1, 2]
    with pytest.raises(ValueError, match="not in list"):
        signal.disconnect(once)
