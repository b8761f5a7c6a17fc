"""Round numbers along an axis: few, in the picture, evenly apart, and told apart."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from graphlab.gui.plots.ticks import decades, round_numbers, told
from graphlab.gui.theme import LIGHT
from graphlab.gui.training.lines import Line, LinePlot


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e9), st.integers(1, 12))
def test_ticks_are_round_few_and_told_apart(off: float, span: float, most: int) -> None:
    low = off * span
    high = low + span
    ticks = round_numbers(low, high, most)
    assert len(ticks) <= most + 1
    assert all(low - 1e-6 * span <= tick <= high + 1e-6 * span for tick in ticks)
    apart = [b - a for a, b in pairwise(ticks)]
    assert apart == pytest.approx(apart[:1] * len(apart), rel=1e-3)
    for size in apart[:1]:
        assert round(size / 10 ** math.floor(math.log10(size) + 1e-6), 3) in (1, 2, 5)
        if max(map(abs, ticks)) < 1e6:
            texts = told(ticks)
            assert len(set(texts)) == len(texts)
            read = [float(text.replace(",", "").replace("−", "-")) for text in texts]
            assert read == pytest.approx(ticks, abs=1e-6 * size)


@pytest.mark.parametrize("is_log", [False, True])
@pytest.mark.parametrize("values", [[1e308, -1e308, 1.0], [math.inf, 2.0, math.nan], [5e-324, 0]])
def test_a_plot_of_extreme_numbers_is_painted(
    qtbot: QtBot, values: list[float], is_log: bool
) -> None:
    plot = LinePlot(LIGHT, "Extremes")
    qtbot.addWidget(plot)
    numbers = np.array(values)
    plot.show_lines(
        [Line(np.arange(1.0, len(numbers) + 1), numbers, "#000000", "x")], is_log=is_log
    )
    assert not plot.grab().isNull()


def test_decades_are_powers_of_ten_with_more_between_where_they_are_few() -> None:
    assert decades(-3.2, 0.1) == [(-3, "0.001"), (-2, "0.01"), (-1, "0.1"), (0, "1")]
    assert [text for _, text in decades(0.0, 1.0)] == ["1", "2", "5", "10"]
    assert [place for place, _ in decades(-12, 0)] == [-12, -9, -6, -3, 0]
