"""Spoilt graph files: whatever stands in them, loading gives a graph or one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphlab
from graphlab.errors import FileError
from graphlab.graph import Graph, edits
from graphlab.paths import shipped

MANY = settings(max_examples=200, deadline=None)


def rich_graph() -> Graph:
    graph = graphlab.load(shipped("resources") / "examples" / "mlp-3-4-2.graph.json")
    graph = edits.set_attributes(graph, "W1", value=np.arange(90.0).reshape(30, 3))
    graph = edits.set_attributes(graph, "b1", value=np.ones(4, np.float32))
    graph = edits.add_node(graph, "s", "split", "h", parts=2)
    graph = edits.add_node(graph, "c", "concatenate", "s.1", "s")
    graph = edits.add_node(graph, "r", "reshape", "c", shape=(2, -1))
    graph = edits.add_node(graph, "p", "pad", "r", width=((1, 1), (0, 2)))
    graph = edits.add_group(graph, "both", groups=["layer1", "layer2"])
    graph = edits.fold(edits.move(graph, {"x": (1, -2.5)}), "layer1", True)
    return edits.mark_outputs(graph, ["loss", "s.1", "p"])


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fuzz") / "a.graph.json"
    graphlab.save(rich_graph(), path)
    return path


def load_or_refuse(path: Path) -> None:
    """Either a graph that can be saved again, or a ``FileError``; anything else fails the test."""
    try:
        graph = graphlab.load(path)
    except FileError as error:
        message = str(error)
    else:
        message = ""
        again = path.with_name("again.json")
        graphlab.save(graph, again)
        assert graphlab.load(again) == graph
    assert "\n" not in message
    assert len(message) < 1000


snippets = st.binary(max_size=4) | st.sampled_from(
    [b"[", b"]", b"{", b"}", b",", b":", b'"', b"-", b"1e9", b"null", b"true", b"NaN", b"\\", b"x1"]
)


@st.composite
def spoilt(draw: Any, content: bytes) -> bytes:
    """The content with some of it overwritten, cut out or inserted."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        end = at + draw(st.sampled_from([0, 0, 1, 1, 2, 8, 64]))
        content = content[:at] + draw(snippets) + content[end:]
    return content


@MANY
@given(st.data())
def test_spoilt_bytes_give_a_graph_or_a_sentence(saved: Path, data: Any) -> None:
    path = saved.with_name("spoilt.graph.json")
    path.write_bytes(data.draw(spoilt(saved.read_bytes())))
    load_or_refuse(path)


@MANY
@given(st.data())
def test_spoilt_arrays_give_a_graph_or_a_sentence(saved: Path, data: Any) -> None:
    name = json.loads(saved.read_bytes())["arrays"]
    path = saved.with_name("spoilt-pair.graph.json")
    path.write_bytes(saved.read_bytes().replace(name.encode(), b"spoilt.safetensors"))
    path.with_name("spoilt.safetensors").write_bytes(
        data.draw(spoilt(saved.with_name(name).read_bytes()))
    )
    load_or_refuse(path)


odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.sampled_from(["x", "h.1", "s.9", "layer1", "both", "float32", 10**400, -1, 10**12]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["x", "shape", "values", "value", "dtype", "id", "x1", "weight"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@MANY
@given(st.data())
def test_odd_values_give_a_graph_or_a_sentence(saved: Path, data: Any) -> None:
    content = json.loads(saved.read_bytes())
    for _ in range(data.draw(st.integers(1, 2))):
        inside: Any = content
        while True:
            keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
            key = data.draw(st.sampled_from(keys))
            if (
                not inside[key]
                or not isinstance(inside[key], list | dict)
                or data.draw(st.integers(0, 3)) == 0
            ):
                break
            inside = inside[key]
        inside[key] = data.draw(odd)
    path = saved.with_name("odd.graph.json")
    path.write_text(json.dumps(content))
    load_or_refuse(path)
