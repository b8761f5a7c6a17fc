"""Cards stand in columns after what feeds them, none on another, and links pass between them."""

import random
import sys
from itertools import pairwise

import pytest

from graphlab.graph import layout
from graphlab.graph.layout import Arrangement, arrange
from graphlab.graph.placing import Items, crossings

GAP = (96.0, 24.0)


def random_graph(count: int, seed: int = 0) -> tuple[dict, list]:
    """Cards of several sizes, links from some way back, some of them double."""
    draw = random.Random(seed)
    sizes = {
        f"n{i}": (72.0 + 8 * draw.randrange(6), 56.0 + 8 * draw.randrange(4)) for i in range(count)
    }
    edges = [
        (f"n{max(0, i - 1 - int(draw.expovariate(0.2)))}", f"n{i}")
        for i in range(1, count)
        for _ in range(draw.choice((0, 1, 2, 3)))
    ]
    return sizes, edges


def one_size(*names: str) -> dict[str, tuple[float, float]]:
    return dict.fromkeys(names, (80.0, 64.0))


GRAPHS = {
    "none": ({}, []),
    "one": (one_size("x"), []),
    "chain": (one_size(*"abcd"), [("a", "b"), ("b", "c"), ("c", "d")]),
    "square": (one_size("x", "f"), [("x", "f"), ("x", "f")]),
    "past": (one_size(*"abcd"), [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")]),
    "parts": (one_size(*"abcdef"), [("a", "b"), ("c", "d")]),
    "fan": (one_size("x", *map(str, range(40))), [("x", str(i)) for i in range(40)]),
    "random 50": random_graph(50),
    "random 300": random_graph(300, 1),
}


def boxes(sizes: dict, arrangement: Arrangement) -> list[tuple[float, float, float, float]]:
    return [(*arrangement.positions[name], *size) for name, size in sizes.items()]


@pytest.fixture(params=["graphlay", "own"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "own":
        monkeypatch.setitem(sys.modules, "graphlay", None)  # importing it fails
    return request.param


@pytest.mark.parametrize("name", GRAPHS)
def test_no_card_on_another_and_links_run_right(name: str, engine: str) -> None:
    sizes, edges = GRAPHS[name]
    found = arrange(sizes, edges, gap=GAP)
    assert list(found.positions) == list(sizes)
    for source, target in edges:
        right = found.positions[source][0] + sizes[source][0]
        assert right + GAP[0] <= found.positions[target][0]
    drawn = sorted(boxes(sizes, found))
    for i, (x, y, width, height) in enumerate(drawn):
        for x2, y2, _, height2 in drawn[i + 1 :]:
            if x2 >= x + width:
                break
            assert y2 >= y + height + GAP[1] or y >= y2 + height2 + GAP[1]


@pytest.mark.parametrize("name", ["past", "random 50", "random 300"])
def test_routes_pass_no_card(name: str, engine: str) -> None:
    sizes, edges = GRAPHS[name]
    found = arrange(sizes, edges, gap=GAP)
    cards = boxes(sizes, found)
    checked = 0
    for (source, target), route in zip(edges, found.routes, strict=True):
        own = {found.positions[source], found.positions[target]}
        for (x, y), (x2, y2) in pairwise(route):
            if y != y2:
                continue
            checked += 1
            for left, top, width, height in cards:
                if (left, top) not in own and left < x2 and x < left + width:
                    assert not top < y < top + height
    assert checked


def test_ports_decide_the_order(engine: str) -> None:
    """(w1 x) + (w2 y): each input above the one that enters lower."""
    sizes = one_size("y", "w2", "x", "w1", "q", "p", "f")
    edges = [("w1", "p"), ("x", "p"), ("w2", "q"), ("y", "q"), ("p", "f"), ("q", "f")]
    anchors = [(0.0, -20.0), (0.0, 20.0)] * 3
    heights = {k: v[1] for k, v in arrange(sizes, edges, anchors=anchors).positions.items()}
    assert heights["w1"] < heights["x"] < heights["w2"] < heights["y"]
    assert heights["p"] < heights["q"]


def test_the_same_every_time(engine: str) -> None:
    sizes, edges = random_graph(80, 3)
    assert arrange(sizes, edges, gap=GAP) == arrange(sizes, edges, gap=GAP)


def test_a_straight_chain_is_straight(engine: str) -> None:
    sizes = {"a": (80.0, 56.0), "b": (80.0, 120.0), "c": (80.0, 64.0)}
    found = arrange(sizes, [("a", "b"), ("b", "c")])
    middles = {found.positions[k][1] + sizes[k][1] / 2 for k in sizes}
    assert len(middles) == 1


def test_crossings_are_counted() -> None:
    items = Items([10.0] * 4, 5.0)
    items.join(0, 0, 3, 0)
    items.join(1, 0, 2, 0)
    items.join(0, 0, 2, 0)
    assert crossings(items, [[0, 1], [2, 3]]) == 1
    assert crossings(items, [[1, 0], [2, 3]]) == 0


def test_large_graphs_go_without_graphlay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "GRAPHLAY_LIMIT", 10)
    monkeypatch.setitem(sys.modules, "graphlay", None)
    count = 3_000
    sizes = {str(i): (80.0, 56.0) for i in range(count)}
    chain = [(str(i), str(i + 1)) for i in range(count - 1)]
    wide = [("0", str(i)) for i in range(2, count)]
    found = arrange(sizes, [*chain, *wide])
    assert len(set(found.positions.values())) == count
