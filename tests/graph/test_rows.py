"""Long drawings stand in rows: every card once, none on another, links in the gaps between rows."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphlab.graph.breaks import Page
from graphlab.graph.layout import Arrangement, arrange
from graphlab.graph.rows import ROUNDING

GAP = (200.0, 24.0)
PAGE = Page(width=1600.0, tail=88.0, head=80.0)

Sizes = dict[str, tuple[float, float]]
Edges = list[tuple[str, str]]


@st.composite
def long_graphs(draw: st.DrawFn) -> tuple[Sizes, Edges]:
    """A chain of cards of several sizes with links that skip, of which some go far."""
    count = draw(st.integers(2, 60))
    widths = draw(st.lists(st.sampled_from([72.0, 88.0, 240.0]), min_size=1, max_size=5))
    heights = draw(st.lists(st.sampled_from([56.0, 72.0, 160.0]), min_size=1, max_size=4))
    sizes = {str(i): (widths[i % len(widths)], heights[i % len(heights)]) for i in range(count)}
    places = st.integers(0, count - 1)
    skips = draw(st.lists(st.tuples(places, places), max_size=8))
    chain = [(str(i), str(i + 1)) for i in range(count - 1)]
    return sizes, [*chain, *((str(a), str(b)) for a, b in map(sorted, skips) if a != b)]


def chain(count: int) -> tuple[Sizes, Edges]:
    sizes = {str(i): (88.0, 72.0) for i in range(count)}
    return sizes, [(str(i), str(i + 1)) for i in range(count - 1)]


def extent(sizes: Sizes, found: Arrangement) -> tuple[float, float]:
    x = [x + sizes[name][0] for name, (x, _) in found.positions.items()]
    y = [y + sizes[name][1] for name, (_, y) in found.positions.items()]
    return max(x), max(y)


@settings(max_examples=60, deadline=None)
@given(long_graphs())
def test_every_card_once_and_no_link_turns_on_a_card(graph: tuple[Sizes, Edges]) -> None:
    sizes, edges = graph
    found = arrange(sizes, edges, gap=GAP, page=PAGE)
    assert found == arrange(sizes, edges, gap=GAP, page=PAGE)
    assert list(found.positions) == list(sizes)
    boxes = [(*found.positions[name], *size) for name, size in sizes.items()]
    for i, (x, y, width, height) in enumerate(boxes):
        for x2, y2, width2, height2 in boxes[i + 1 :]:
            beside = x + width <= x2 or x2 + width2 <= x
            assert beside or y + height <= y2 or y2 + height2 <= y
    for (source, target), route in zip(edges, found.routes, strict=True):
        ends = found.positions[source], found.positions[target]
        is_back = any(x == x2 and y != y2 for (x, y), (x2, y2) in pairwise(route))
        lower = ends[1][1] + sizes[target][1] > ends[0][1]
        assert lower if is_back else ends[0][0] + sizes[source][0] + GAP[0] <= ends[1][0]
        for (x, y), (x2, y2) in pairwise(route):
            if y != y2 and x != x2:
                continue  # bends lie between columns
            assert y <= y2
            left, right = min(x, x2) - (x == x2) * ROUNDING, max(x, x2) + (x == x2) * ROUNDING
            for place, (cx, cy, width, height) in zip(found.positions.values(), boxes, strict=True):
                is_beside = right <= cx or cx + width <= left
                assert place in ends or is_beside or y2 <= cy or cy + height <= y


@given(st.integers(20, 500))
@settings(max_examples=12, deadline=None)
def test_a_chain_fills_a_page_row_after_row(count: int) -> None:
    sizes, edges = chain(count)
    found = arrange(sizes, edges, gap=GAP, page=PAGE)
    wide, high = extent(sizes, found)
    assert 1.2 <= wide / high <= 2.4
    places = list(found.positions.values())
    for (x, y), (x2, y2) in pairwise(places):  # read like a book
        assert (x2 > x and y2 == y) or (x2 == 0.0 and y2 > y)
    assert len({x for x, _ in places}) == max(
        sum(y == row for _, y in places) for row in {y for _, y in places}
    )


@pytest.mark.parametrize("count", [1, 2, 4, 5])
def test_what_fits_stays_in_one_row(count: int) -> None:
    sizes, edges = chain(count)
    assert arrange(sizes, edges, gap=GAP, page=PAGE) == arrange(sizes, edges, gap=GAP)


def test_a_high_drawing_stays_whole() -> None:
    layers = [[f"{k} {i}" for i in range(30)] for k in range(8)]
    sizes = {name: (88.0, 72.0) for layer in layers for name in layer}
    edges = [(a, b) for one, two in pairwise(layers) for a, b in zip(one, two, strict=True)]
    found = arrange(sizes, edges, gap=GAP, page=PAGE)
    assert found.positions == arrange(sizes, edges, gap=GAP).positions


def test_cut_where_few_links_cross() -> None:
    """Blocks with a skip each are kept whole where the rows get about even all the same."""
    count = 40
    sizes, edges = chain(count)
    skips = [(str(i), str(i + 4)) for i in range(0, count - 4, 5)]
    found = arrange(sizes, [*edges, *skips], gap=GAP, page=PAGE)
    assert found.sides is not None
    for source, target in skips:
        assert found.positions[target][0] > found.positions[source][0]


def test_turns_lie_in_each_other() -> None:
    """Two chains side by side cross neither at the end of a row nor at the beginning of one."""
    sizes = {f"{side}{i}": (88.0, 72.0) for i in range(20) for side in "ab"}
    edges = [(f"{side}{i}", f"{side}{i + 1}") for i in range(19) for side in "ab"]
    edges += [("a0", "b1"), ("a18", "b19")]
    found = arrange(sizes, edges, gap=GAP, page=PAGE)
    turned = [
        (y, x, level)
        for (source, _), route in zip(edges, found.routes, strict=True)
        for (x, y), (x2, level), (x3, _) in zip(route, route[1:], route[2:], strict=False)
        if x == x2 and x3 < x2
    ]
    assert turned
    for one in turned:
        for other in turned:
            is_same_gap = abs(one[2] - other[2]) <= 2 * GAP[1]
            if is_same_gap and one[0] < other[0]:
                assert one[1] > other[1]
                assert one[2] > other[2]
