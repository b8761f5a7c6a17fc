"""Graph files at fault: each gives one sentence that names the file, and allocates little."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import networkx  # noqa: F401  else its import would be measured, where a graph has a circle
import numpy as np
import pytest
import safetensors.numpy

import graphlab
from graphlab.errors import FileError
from graphlab.graph.file_format import MAX_NODES


def file_of(*nodes: dict[str, Any], **more: Any) -> str:
    return json.dumps({"format": "graphlab.graph", "version": 1, "nodes": nodes, **more})


def node(name: str, op: str, inputs: Any = None, **attributes: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": name, "op": op}
    if inputs is not None:
        entry["inputs"] = inputs
    return {**entry, "attributes": attributes} if attributes else entry


X = node("x", "input")
TRILLION = [10**6, 10**6]


def nested(opening: str, closing: str) -> str:
    return file_of({**X, "attributes": "HERE"}).replace(
        '"HERE"', '{"value": ' + opening * 10**6 + closing * 10**6 + "}"
    )


def number(literal: str, place: str = "value") -> str:
    return file_of(node("x", "input", **{place: "HERE"})).replace('"HERE"', literal)


def grouped(*parents: tuple[str, str | None]) -> str:
    return file_of(X, groups=[{"id": name, "parent": parent} for name, parent in parents])


AT_FAULT: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "empty"),
    "blank": (" \n", "empty"),
    "not UTF-8": (b'{"format": "\xff"}', "not UTF-8"),
    "UTF-16": ('{"format": 1}'.encode("utf-16"), "not UTF-8"),
    "truncated": (file_of(X)[:-20], "cut off"),
    "not JSON": ("digraph { x -> y }", "line 1"),
    "two documents": (file_of(X) * 2, "trailing"),
    "a list": ("[]", "no GraphLab graph"),
    "a number": ("1", "no GraphLab graph"),
    "another format": (file_of(X).replace("graphlab.graph", "onnx"), "'onnx'"),
    "a newer version": ('{"format": "graphlab.graph", "version": 2, "net": {}}', "newer GraphLab"),
    "a huge version": ('{"format": "graphlab.graph", "version": ' + "9" * 10**6 + "}", "version"),
    "version 0": ('{"format": "graphlab.graph", "version": 0, "nodes": []}', "count from 1"),
    "an unknown field": (file_of(X, nodez=[]), "nodez"),
    "an unknown field of two lines": (file_of(X, **{"a\nb": 1}), r"a\\nb"),
    "an unknown field of 10⁶ letters": (file_of(X, **{"a" * 10**6: 1}), "aaa…"),
    "an unknown field of a node": (
        file_of({**X, "color": 1}),
        "node x: the key 'color' is none that may .* op",
    ),
    "no op": (file_of({"id": "x"}), "node x: there is no op; add it"),
    "no id": (file_of({"op": "add"}), r"nodes\[0\]: there is no id; add it"),
    "half a character": (file_of({**X, "op": "\ud800"}), "line 1: .*half a character"),
    "half a character and more": (file_of({**X, "id": "x\ud800"}), "line 1: .*half a character"),
    "a number as op": (
        file_of({"id": "x", "op": 1}),
        "node x: op: .*must be text, .* whole number",
    ),
    "an empty id": (file_of({"id": "", "op": "add"}), r"nodes\[0\].id: the text is empty"),
    "an unknown op": (file_of(node("f", "sigmiod")), "node f: there is no op sigmiod: did you"),
    "an unknown attribute": (file_of(node("x", "input", shap=[])), "node x: .*no attribute shap"),
    "a wrong type": (file_of(node("x", "input", shape="big")), "node x: .*shape"),
    "an attribute that lacks": (file_of(node("c", "constant")), "node c: constant needs value"),
    "attributes as a list": (file_of({**X, "attributes": [1]}), "node x: its attributes"),
    "no such node": (file_of(node("f", "exp", {"x": "y"})), "node f: .*no node y"),
    "no such output": (file_of(X, node("f", "exp", {"x": "x.1"})), "node f: x .*no x.1"),
    "no such port": (file_of(X, node("f", "exp", {"z": "x"})), "node f: exp has no input z"),
    "port 0": (file_of(X, node("f", "stack", {"x0": "x"})), "no input x0"),
    "port 10⁹": (file_of(X, node("f", "stack", {"x1000000000": "x"})), "no input x1000000000"),
    "a circle": (
        file_of(node("a", "exp", {"x": "b"}), node("b", "exp", {"x": "a"})),
        "circle, .*a → b",
    ),
    "a node that needs itself": (file_of(node("a", "exp", {"x": "a"})), "circle, a → a"),
    "an id twice": (file_of(X, X), "already a node x"),
    "a group called as a node": (file_of(X, groups=[{"id": "x"}]), "already a group x"),
    "a key twice": (file_of(X).replace('"op"', '"op": "add", "op"'), "'op' stands twice"),
    "a port twice": (
        file_of(X, node("f", "add", {"x": "x"})).replace('{"x": "x"}', '{"x": "x", "x": "x"}'),
        "'x' stands twice",
    ),
    "an impossible id": (file_of(node("2x", "input")), "'2x' cannot be a name"),
    "an id with a dot": (file_of(node("x.1", "input")), "'x.1' cannot be a name"),
    "a long id": (file_of(node("x" * 10**6, "input")), "at most 200 letters"),
    "a group in itself": (grouped(("a", "a")), "group a is inside itself"),
    "groups in a circle": (grouped(("a", "b"), ("b", "a")), "inside itself"),
    "no parent": (grouped(("a", "b")), "group a is in b, and there is no group b"),
    "no such group": (file_of({**X, "group": "g"}), "node x: it is in group g"),
    "no such output to mark": (file_of(X, outputs=["y"]), "no node y"),
    "marked twice": (file_of(X, outputs=["x", "x.0"]), "twice"),
    "a view of nothing": (file_of(X, view={"notes": {"y": "hm"}}), "tells of y"),
    "nothing folded": (file_of(X, view={"folded": ["x"]}), "no group x"),
    "nothing placed": (file_of(X, view={"placed": ["y"]}), "tells of y"),
    "a position far out": (file_of(X, view={"positions": {"x": [0, 1e300]}}), "positions"),
    "a position of three": (file_of(X, view={"positions": {"x": [0, 1, 2]}}), "positions"),
    "10⁶ lists": (nested("[", "]"), "nested too deeply"),
    "10⁶ objects": (nested('{"a":', "}").replace('{"a":}', "1"), "nested too deeply|not JSON"),
    "10⁶ open lists": ("[" * 10**6, "no GraphLab graph"),
    "900 lists": (number("[" * 900 + "]" * 900), "node x|nested too deeply"),
    "a shape of 10¹²": (file_of(node("x", "input", shape=TRILLION)), "node x: .*1e.12 elements"),
    "a parameter of 10¹²": (file_of(node("w", "parameter", shape=TRILLION)), "node w: .*elements"),
    "a broadcast of 10¹²": (file_of(node("f", "broadcast", shape=TRILLION)), "node f: .*elements"),
    "a reshape to 10¹²": (file_of(node("f", "reshape", shape=TRILLION)), "node f: .*elements"),
    "a pad by 10¹²": (file_of(node("f", "pad", width=[TRILLION] * 2)), "node f: .*elements"),
    "10⁹ parts": (file_of(X, node("f", "split", {"x": "x"}, parts=10**9)), "node f: parts"),
    "a shape of 10⁴⁰⁰": (file_of(node("x", "input", shape=[10**200] * 2)), "far too many"),
    "a negative shape": (file_of(node("x", "input", value={"shape": [-1]})), "node x"),
    "NaN": (number("NaN"), "line 1: NaN is not a finite number"),
    "Infinity": (number("-Infinity"), "line 1: -Infinity is not a finite number"),
    "1e999": (number("1e999"), "node x: .*too large for 64 bits"),
    "1e999 in a list": (number("[1, 1e999]"), "node x: .*too large for 64 bits"),
    "an int of 400 digits": (number("9" * 400), "node x: .*64 bits"),
    "an int of 400 digits in a list": (number(f"[{'9' * 400}]"), "node x: .*64 bits"),
    "an int of 5000 digits": (number("9" * 5000), "node x: |not JSON"),
    "a float32 too large": (number('{"dtype": "float32", "values": 1e300}'), "node x: .*infinity"),
    "a text as number": (number('"1"'), "node x: .*not a number"),
    "texts as numbers": (number('["1", "2"]'), "node x: .*not a number"),
    "truth as number": (number("[true]"), "node x: .*not a number"),
    "null in a list": (number("[null]"), "node x: .*not a number"),
    "a ragged list": (number("[[1], [1, 2]]"), "node x: .*rectangular"),
    "float16": (
        number('{"dtype": "float16", "values": [1]}'),
        "node x: .*dtype: 'float16' is not known; choose from float32, float64",
    ),
    "neither values nor shape": (number("{}"), "node x: .*values or a shape"),
    "values and shape": (number('{"values": [1], "shape": [1]}'), "node x: .*values or a shape"),
    "33 axes": (number('{"shape": ' + str([0] * 33) + "}"), "node x: .*at most 32"),
    "a shape of 1000 axes": (number(str([1] * 1000), "shape"), "node x: .*1,000 axes, .*32"),
    "33 lists": (number("[" * 33 + "1" + "]" * 33), "node x: .*32 lists deep"),
    "an empty array of 10¹²": (number('{"shape": [0, 1000000, 1000000]}'), "node x: .*elements"),
    "a long list": (number("[" + "1," * 10**6 + "1]"), "node x: .*arrays file"),
    "a long text": (number('"' + "x" * 10**7 + '"'), "node x: .*bytes"),
    "large arrays nowhere": (number('{"shape": [100]}'), "no arrays file is named"),
}


@pytest.mark.parametrize("fault", AT_FAULT)
def test_a_file_at_fault_gives_one_sentence(fault: str, tmp_path: Path) -> None:
    content, words = AT_FAULT[fault]
    path = tmp_path / "lenet.graph.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    tracemalloc.start()
    try:
        with pytest.raises(FileError, match=words) as refusal:
            graphlab.load(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    message = str(refusal.value)
    assert message.startswith("lenet.graph.json: ")
    assert len(message) < 700
    assert "\n" not in message
    assert peak < 8 * path.stat().st_size + 4 * 2**20


def test_places_without_a_graph(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(10**11)
    for place, words in (
        ("gone", "there is no file"),
        (".", "is a folder"),
        ("pipe", "not a regular file"),
        ("loop", "cannot be read"),
        ("large", "100,000,000,000 bytes, .* at most"),
        ("a\0", "cannot be"),
    ):
        with pytest.raises(FileError, match=words):
            graphlab.load(f"{tmp_path}/{place}")
    nothing: Any
    for nothing in (None, 3, "", b"a"):
        with pytest.raises(FileError, match="cannot be the name of a file: give a path"):
            graphlab.load(nothing)


def test_more_nodes_than_the_bound_are_refused(tmp_path: Path) -> None:
    row = ",".join(f'{{"id":"n{i}","op":"input"}}' for i in range(MAX_NODES + 1))
    path = tmp_path / "a.graph.json"
    path.write_text(file_of().replace('"nodes": []', f'"nodes": [{row}]'))
    with pytest.raises(FileError, match="at most 200,000"):
        graphlab.load(path)


def test_a_long_circle_and_a_misspelt_node_among_many_are_told(tmp_path: Path) -> None:
    count = 20_000
    ring = [node(f"n{i}", "exp", {"x": f"n{(i + 1) % count}"}) for i in range(count)]
    path = tmp_path / "a.graph.json"
    path.write_text(file_of(*ring))
    with pytest.raises(FileError, match=r"circle, .* → … → "):
        graphlab.load(path)
    ring[0]["inputs"]["x"] = "nn17"
    path.write_text(file_of(*ring))
    with pytest.raises(FileError, match="no node nn17: did you mean n"):
        graphlab.load(path)


# --- arrays files at fault -----------------------------------------------------------------------
def header(content: Any) -> bytes:
    text = json.dumps(content).encode()
    return len(text).to_bytes(8, "little") + text


GOOD = safetensors.numpy.save({"w/value": np.ones((10, 10))})
ENTRY = {"dtype": "F64", "shape": [10, 10], "data_offsets": [0, 800]}
PAIRS: dict[str, tuple[str, bytes | None, str]] = {
    "missing": ("a.safetensors", None, "no such file"),
    "empty": ("a.safetensors", b"", "damaged or cut off"),
    "truncated": ("a.safetensors", GOOD[:-8], "damaged or cut off"),
    "no header": ("a.safetensors", b"\xff" * 1000, "its header is huge"),
    "a header that is no JSON": ("a.safetensors", (5).to_bytes(8, "little") + b"hello", "damaged"),
    "a lying header": (
        "a.safetensors",
        header({"w/value": {**ENTRY, "shape": TRILLION}}) + bytes(800),
        "damaged",
    ),
    "another shape": (
        "a.safetensors",
        safetensors.numpy.save({"w/value": np.ones((5, 20))}),
        "5×20.*not a pair",
    ),
    "another dtype": (
        "a.safetensors",
        safetensors.numpy.save({"w/value": np.ones((10, 10), "f4")}),
        "not a pair",
    ),
    "whole numbers": (
        "a.safetensors",
        safetensors.numpy.save({"w/value": np.ones((10, 10), "i8")}),
        "not a pair",
    ),
    "another name": (
        "a.safetensors",
        safetensors.numpy.save({"v/value": np.ones((10, 10))}),
        "not there",
    ),
    "NaN": (
        "a.safetensors",
        safetensors.numpy.save({"w/value": np.full((10, 10), np.nan)}),
        "NaN",
    ),
    "a path up": ("../a.safetensors", GOOD, "own folder"),
    "an absolute path": ("{tmp}/a.safetensors", GOOD, "own folder"),
    "a folder": ("..", None, "own folder"),
    "a path with a NUL": ("a\0.safetensors", None, "own folder"),
    "a Windows path": ("..\\a.safetensors", None, "own folder"),
    "a long name": ("a" * 10**6, None, "own folder"),
    "a link outside": ("link", None, "own folder"),
    "a pipe": ("pipe", None, "not a regular file"),
    "too large": ("large", None, "at most"),
}


@pytest.mark.parametrize("fault", PAIRS)
def test_an_arrays_file_at_fault_gives_one_sentence(fault: str, tmp_path: Path) -> None:
    name, content, words = PAIRS[fault]
    folder = tmp_path / "own"
    folder.mkdir()
    name = name.replace("{tmp}", str(tmp_path))
    if content is not None:
        (folder / name).write_bytes(content)
    (tmp_path / "outside").write_bytes(GOOD)
    (folder / "link").symlink_to(tmp_path / "outside")
    os.mkfifo(folder / "pipe")
    with (folder / "large").open("wb") as stream:
        stream.truncate(10**12)
    described = node("w", "parameter", value={"shape": [10, 10]})
    (folder / "a.graph.json").write_text(file_of(described, arrays=name))
    with pytest.raises(FileError, match=words) as refusal:
        graphlab.load(folder / "a.graph.json")
    assert str(refusal.value).startswith("a.graph.json: node w: ")
    assert len(str(refusal.value)) < 500


def test_an_arrays_file_of_any_name_in_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(GOOD)
    (tmp_path / "weights.safetensors").symlink_to("real")
    described = node("w", "parameter", value={"shape": [10, 10]})
    (tmp_path / "a.graph.json").write_text(file_of(described, arrays="weights.safetensors"))
    loaded = graphlab.load(tmp_path / "a.graph.json")
    assert np.array_equal(loaded.nodes["w"].attributes["value"], np.ones((10, 10)))
