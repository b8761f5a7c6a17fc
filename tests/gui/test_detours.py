"""Ways round cards, found by what is near, are those that looking at every card finds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphlab.gui.canvas.detours import CLEAR, _beside, _columns, free_levels

whole = st.integers(0, 30).map(float)
spans = st.lists(st.tuples(whole, st.integers(1, 9).map(float)), max_size=12)
cards = st.lists(st.tuples(whole, whole, *[st.integers(1, 9).map(float)] * 2), max_size=12)


@given(spans, spans)
def test_the_pairs_that_share_some_width_are_all_found(
    links: list[tuple[float, float]], others: list[tuple[float, float]]
) -> None:
    left, length = np.array(links, float).reshape(-1, 2).T
    low, width = np.array(others, float).reshape(-1, 2).T
    pairs = np.stack(_beside(left, left + length, low, low + width), axis=1).tolist()
    near = (left[:, None] < low + width) & ((left + length)[:, None] > low)
    assert sorted(pairs) == np.argwhere(near).tolist()


@given(cards, whole, st.floats(0, 60))
def test_a_free_level_is_the_nearest_at_which_no_card_stands(
    standing: list[tuple[float, float, float, float]], left: float, wish: float
) -> None:
    boxes = np.array(standing, float).reshape(-1, 4)
    above, below, right = -20.0, 80.0, left + 10
    found = float(free_levels(np.array([wish]), np.array([(left, right, above, below)]), boxes)[0])
    taken = [(y - CLEAR, y + high + CLEAR) for x, y, wide, high in standing
             if x + wide > left and x < right and y + high > above and y < below]  # fmt: skip
    taken += [(-np.inf, above + CLEAR), (below - CLEAR, np.inf)]
    free = [
        y
        for y in (wish, *(edge for pair in taken for edge in pair))
        if not any(low < y < high for low, high in taken)
    ]
    nearest = min((abs(y - wish) for y in free), default=0.0)
    assert abs(found - wish) == (nearest if np.isfinite(nearest) else 0.0)


@given(cards)
def test_columns_hold_every_card_and_share_no_width(
    standing: list[tuple[float, float, float, float]],
) -> None:
    boxes = np.array(sorted(standing), float).reshape(-1, 4)
    columns = _columns(boxes)
    assert sum(len(taken) for _, _, taken in columns) == len(boxes)
    assert all(one[1] <= other[0] for one, other in pairwise(columns))
    taken = np.concatenate([np.zeros((0, 2)), *(part for _, _, part in columns)])
    assert np.array_equal(taken[:, 0] + CLEAR, boxes[:, 1])
