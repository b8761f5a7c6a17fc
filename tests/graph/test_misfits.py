"""What does not fit its type is told at its own place and in no library's words."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from graphlab.errors import FileError
from graphlab.graph.file_format import GraphRecord, decode
from graphlab.graph.misfits import misfit
from graphlab.tutor.format import BLOCKS
from graphlab.tutor.submissions import _Record

GRAPH = {
    "format": "graphlab.graph",
    "version": 1,
    "nodes": [
        {"id": "x", "op": "input", "group": "g"},
        {"id": "f", "op": "add", "inputs": {"x": "x", "y": "x"}},
    ],
    "groups": [{"id": "g", "title": "G"}],
    "outputs": ["f"],
    "training": {"objectives": [{"loss": "f", "updates": ["w"], "lr": 0.5}], "epochs": 3},
    "view": {"positions": {"x": [0.5, 1.0], "f": [2.0, 3.0]}, "notes": {"x": "n", "f": "m"}},
}
ANSWERS = {"format": 1, "lesson": "l", "graph": {}, "answers": {"a": "1", "b": 2, "c": "3"}}
GOAL = {
    "checks": [
        {"uses": {"add": 1, "exp": {"at_least": 1}, "log": 2}, "because": "so"},
        {"set": {"x": 1.0, "y": 2.0}},
    ],
    "text": "t",
}
QUESTION = {"id": "a", "ask": "b", "gradient": {"of": "f", "to": "x"}, "at": {"x": 1.0, "y": 2.0}}
WHOLE = {
    "graph file": (GRAPH, GraphRecord),
    "answers file": (ANSWERS, _Record),
    "goal": (GOAL, BLOCKS["goal"]),
    "question": (QUESTION, BLOCKS["question"]),
}
OTHERS: tuple[Any, ...] = (None, True, 7, -2.5, "w" * 100_000, ["one"], {"one": ["two"]})


def places(data: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    yield path
    inner = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data if isinstance(data, list) else ())
    )
    for key, value in inner:
        yield from places(value, *path, key)


def spoilt(data: Any) -> Iterator[tuple[tuple[str | int, ...], str, Any]]:
    """Each place with each other value, each object with a key too many and each key gone."""
    for path in places(data):
        for other in OTHERS if path else ():
            made = copy.deepcopy(data)
            inside(made, path[:-1])[path[-1]] = other
            yield path, "", made
        if isinstance(inside(data, path), dict):
            made = copy.deepcopy(data)
            inside(made, path)["colour"] = 1
            yield path, "colour", made
        if path and isinstance(path[-1], str):
            made = copy.deepcopy(data)
            del inside(made, path[:-1])[path[-1]]
            yield path[:-1], path[-1], made


def inside(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        data = data[part]
    return data


@pytest.mark.parametrize("name", WHOLE)
def test_a_misfit_is_told_at_its_place_and_in_no_librarys_words(name: str) -> None:
    data, kind = WHOLE[name]
    refused = [(*case, error) for case in spoilt(data) if (error := refusal(case[2], kind))]
    assert len(refused) > 20
    for path, key, made, error in refused:
        found = misfit(error, made, kind)
        known = min(len(found.place), len(path))
        assert found.place[:known] == path[:known], (str(error), path, found)
        assert known == len(path), (str(error), path, found)
        assert not re.search(r"`|Expected|Object|Invalid|field|\$", found.sentence), found
        assert len(found.sentence) < 400
        assert key in found.sentence or key in found.place
        assert not (key == "colour" and found.key) or "choose from" in found.sentence


def refusal(data: Any, kind: Any) -> msgspec.ValidationError | None:
    try:
        msgspec.json.decode(msgspec.json.encode(data), type=kind)
    except msgspec.ValidationError as error:
        return error
    return None


@pytest.mark.parametrize("nodes", [[], 7, {"a": 1}, [[]], [{"id": 5}]])
def test_a_misfit_that_a_later_key_hides_is_told_too(nodes: Any) -> None:
    text = msgspec.json.encode({**GRAPH, "nodes": [{"id": 5}]})
    twice = text[:-1] + b', "nodes": ' + msgspec.json.encode(nodes) + b"}"
    with pytest.raises(FileError, match=r"nodes\[0\].id: there must be text"):
        decode(twice)
