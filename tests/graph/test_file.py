"""Graph files: what is saved comes back, bit for bit, and no file at fault does harm."""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

import graphlab
from graphlab.errors import FileError
from graphlab.graph import Draft, Graph, edits
from graphlab.graph.file_format import MAX_BYTES, MAX_NODES, json_schema
from graphlab.graph.node import OutPort
from graphlab.ops import op_named
from graphlab.paths import shipped

VALIDATOR = jsonschema.Draft202012Validator(json_schema())
EXAMPLES = sorted((shipped("resources") / "examples").glob("*.graph.json"))
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def bits(value: Any) -> Any:
    """What tells two numbers or arrays apart to the last bit, the sign of 0 and the dtype."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    return math.copysign(1, value), value


def example(name: str) -> Path:
    return shipped("resources") / "examples" / f"{name}.graph.json"


def holding(value: Any) -> Graph:
    return edits.add_node(Graph(), "w", "parameter", value=value)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# --- what is saved comes back --------------------------------------------------------------------
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name.split(".")[0])
def test_examples_are_as_saved_and_fit_the_published_schema(path: Path, tmp_path: Path) -> None:
    graph = graphlab.load(path)
    graphlab.save(graph, tmp_path / path.name)
    assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    assert {p.kind for p in graphlab.check(graph)} <= {"unfed"}
    VALIDATOR.validate(json.loads(path.read_bytes()))


def test_the_published_schema_is_the_one_in_use() -> None:
    published = json.loads((shipped("resources") / "graph.schema.json").read_text("utf-8"))
    assert published == json_schema(), "write json_schema() to resources/graph.schema.json"
    jsonschema.Draft202012Validator.check_schema(published)


finite = st.floats(allow_nan=False, allow_infinity=False)
shapes = arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6)
values = finite | st.sampled_from([np.float64, np.float32]).flatmap(
    lambda dtype: arrays_of.arrays(
        dtype,
        shapes,
        elements=st.floats(
            allow_nan=False, allow_infinity=False, width=64 if dtype is np.float64 else 32
        ),
    )
)


@SHARED
@given(values)
def test_values_come_back_to_the_last_bit(tmp_path_factory: Any, value: Any) -> None:
    folder = tmp_path_factory.mktemp("saved")
    graph = holding(value)
    graphlab.save(graph, folder / "a.graph.json")
    loaded = graphlab.load(folder / "a.graph.json")
    kept = graph.nodes["w"].attributes["value"]
    assert bits(loaded.nodes["w"].attributes["value"]) == bits(kept)
    before = contents(folder)
    VALIDATOR.validate(json.loads(before["a.graph.json"]))
    graphlab.save(loaded, folder / "a.graph.json")
    assert contents(folder) == before
    assert len(before) == 1 + (np.size(kept) > 64)


@pytest.mark.parametrize("value", [-0.0, 1e308, 5e-324, 0.1, 2**53, -3, 1e22])
def test_single_numbers_come_back(value: float, tmp_path: Path) -> None:
    graphlab.save(holding(value), tmp_path / "a")
    (found,) = (graphlab.load(tmp_path / "a").nodes["w"].attributes["value"],)
    assert bits(found) == bits(float(value))


def test_an_array_that_is_not_contiguous_comes_back(tmp_path: Path) -> None:
    value = np.arange(200.0).reshape(10, 20).T[::2]
    graphlab.save(holding(value), tmp_path / "a.graph.json")
    found = graphlab.load(tmp_path / "a.graph.json").nodes["w"].attributes["value"]
    assert np.array_equal(found, value)
    assert not found.flags.writeable


names = st.from_regex(r"[a-zA-Zé_αβ][\w]{0,6}", fullmatch=True).filter(str.isidentifier)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
places = st.tuples(*[st.floats(-1e9, 1e9)] * 2)


@SHARED
@given(st.lists(names, unique=True, min_size=2, max_size=6), st.data())
def test_view_and_groups_come_back(tmp_path_factory: Any, ids: list[str], data: Any) -> None:
    group, first, *others = ids
    graph = edits.add_node(Graph(), first, "input")
    for name in others:
        graph = edits.add_node(graph, name, "add", first)
    graph = edits.add_group(
        graph, group, data.draw(st.sets(st.sampled_from(ids[1:]))), title=data.draw(text)
    )
    for by_hand in (False, True):
        drawn = data.draw(st.dictionaries(st.sampled_from(ids), places))
        graph = edits.move(graph, drawn, by_hand=by_hand)
    for name, note in data.draw(st.dictionaries(st.sampled_from(ids), text)).items():
        graph = edits.set_note(graph, name, note)
    graph = edits.fold(graph, group, data.draw(st.booleans()))
    graph = edits.mark_outputs(graph, data.draw(st.sets(st.sampled_from(ids[1:]))))
    path = tmp_path_factory.mktemp("saved") / "a.graph.json"
    graphlab.save(graph, path)
    loaded = graphlab.load(path)
    assert (loaded, loaded.view, loaded.marked) == (graph, graph.view, graph.marked)
    assert list(loaded.nodes) == list(graph.nodes)


def test_outputs_by_number_holes_and_several_inputs_come_back(tmp_path: Path) -> None:
    graph = graphlab.parse("x = input()\ns = split(x, parts=3)\nc = concatenate(s, s[1], s[2])")
    graph = edits.disconnect(graph, "c", "x2")
    graph = edits.mark_outputs(graph, ["s.1", "c"])
    graphlab.save(graph, tmp_path / "a.graph.json")
    assert graphlab.load(tmp_path / "a.graph.json") == graph
    assert '"inputs": {"x1": "s", "x3": "s.2"}' in (tmp_path / "a.graph.json").read_text()


def test_one_change_is_one_line(tmp_path: Path) -> None:
    graph = graphlab.load(example("mlp-3-4-2"))
    graphlab.save(graph, tmp_path / "old")
    graphlab.save(edits.set_attributes(graph, "b2", value=[1, 2]), tmp_path / "new")
    old, new = ((tmp_path / name).read_text().splitlines() for name in ("old", "new"))
    assert len(old) == len(new)
    assert sum(a != b for a, b in zip(old, new, strict=True)) == 1


# --- the arrays beside, and what a crash leaves --------------------------------------------------
def test_only_the_arrays_of_the_last_save_stay(tmp_path: Path) -> None:
    file, copy = tmp_path / "a.graph.json", tmp_path / "copy.graph.json"
    (tmp_path / "a.graph.notes.safetensors").write_bytes(b"not ours")
    graphlab.save(holding(np.ones(100)), file)
    graphlab.save(holding(np.zeros(100)), file)
    assert len(contents(tmp_path)) == 3
    shutil.copy(file, copy)  # made by hand: it names the arrays of the file it was copied from
    graphlab.save(holding(1.0), file)
    assert np.array_equal(graphlab.load(copy).nodes["w"].attributes["value"], np.zeros(100))
    copy.unlink()
    graphlab.save(holding(2.0), file)
    assert set(contents(tmp_path)) == {"a.graph.json", "a.graph.notes.safetensors"}


@pytest.mark.parametrize("step", range(6))
def test_a_save_that_fails_leaves_the_old_pair(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, old = tmp_path / "a.graph.json", holding(np.ones(100))
    graphlab.save(old, file)
    before, calls = contents(tmp_path), iter(range(100))

    def failing(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if next(calls) == step:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*args, **kwargs)

        return call

    monkeypatch.setattr(os, "open", failing(os.open))
    monkeypatch.setattr(os, "fsync", failing(os.fsync))
    monkeypatch.setattr(Path, "replace", failing(Path.replace))
    with pytest.raises(FileError, match=r"a\.graph\.json.*no space left on device.*unchanged"):
        graphlab.save(holding(np.zeros(100)), file)
    monkeypatch.undo()
    assert before.items() == contents(tmp_path).items()
    assert graphlab.load(file) == old


def test_saving_keeps_links_and_permissions(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    file, link = tmp_path / "real" / "a.graph.json", tmp_path / "link.graph.json"
    graphlab.save(holding(1.0), file)
    file.chmod(0o640)
    link.symlink_to(file)
    graphlab.save(holding(np.ones(100)), link)
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert graphlab.load(link) == graphlab.load(file) == holding(np.ones(100))


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("missing/a.graph.json", "there is no folder"),
        (".", "is a folder"),
        ("pipe", "not a regular file"),
        ("a\0b", "cannot be the name"),
        ("x" * 300, "file name too long"),
    ],
)
def test_places_that_cannot_be_saved_to(place: str, words: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match=words):
        graphlab.save(holding(1.0), str(tmp_path) + "/" + place)
    assert os.listdir(tmp_path) == ["pipe"]


def test_what_a_file_cannot_hold_is_refused(tmp_path: Path) -> None:
    graph = holding(1.0)
    for bad, words in (
        (edits.set_note(graph, "w", "\ud800"), "half a character"),
        (edits.set_note(graph, "w", "é" * (MAX_BYTES // 2)), "at most"),
        (Graph(dict.fromkeys(map(str, range(MAX_NODES + 1)), graph.nodes["w"])), "at most"),
    ):
        with pytest.raises(FileError, match=words):
            graphlab.save(bad, tmp_path / "a.graph.json")
    assert not os.listdir(tmp_path)


def test_a_graph_made_at_once_and_one_made_by_edits_are_saved_alike(tmp_path: Path) -> None:
    draft = Draft()
    x = draft.add(op_named("input"), name="x")
    draft.add(op_named("divide"), {"y": x, "x": OutPort("x")}, name="f")
    graphlab.save(draft.graph(), tmp_path / "a")
    edited = edits.add_node(edits.add_node(Graph(), "x", "input"), "f", "divide", "x", "x")
    graphlab.save(edited, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
