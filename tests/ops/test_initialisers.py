"""Starting values against torch.nn.init: the same fans, bounds and spreads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from graphlab.errors import OpError
from graphlab.ops.initialisers import INITIALISERS, fans
from graphlab.ops.sources import Parameter

SHAPES = [(300, 500), (40, 60, 5, 5), (120, 30, 9)]


def draw(shape: tuple[int, ...], run: int = 0, **attributes: Any) -> Any:
    return Parameter.initial(np.random.default_rng(run), shape, **attributes)


@pytest.mark.parametrize("shape", SHAPES)
def test_fans_are_counted_as_in_torch(shape: tuple[int, ...]) -> None:
    assert fans(shape) == torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("init", "in_torch"),
    [
        ("uniform", lambda w: torch.nn.init.uniform_(w, -0.3, 0.3)),
        ("normal", lambda w: torch.nn.init.normal_(w, 0.0, 0.3)),
        ("xavier", lambda w: torch.nn.init.xavier_uniform_(w, gain=0.3)),
        ("kaiming", lambda w: torch.nn.init.kaiming_uniform_(w, nonlinearity="relu").mul_(0.3)),
    ],
)
def test_draws_are_spread_as_in_torch(shape: tuple[int, ...], init: str, in_torch: Any) -> None:
    torch.manual_seed(0)
    theirs = in_torch(torch.empty(shape, dtype=torch.float64)).numpy().ravel()
    ours = draw(shape, init=init, scale=0.3).ravel()
    error = theirs.std() / math.sqrt(ours.size)
    assert abs(ours.mean()) < 4 * error
    assert ours.var() == pytest.approx(theirs.var(), rel=0.03)
    places = [0.02, 0.25, 0.5, 0.75, 0.98]
    np.testing.assert_allclose(
        np.quantile(ours, places), np.quantile(theirs, places), atol=12 * error
    )
    if init != "normal":  # a bounded draw comes close to its bound and never passes it
        assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=1e-3)


@pytest.mark.parametrize(("init", "value"), [("zeros", 0), ("ones", 1), ("constant", -2.5)])
def test_fixed_starts_hold_one_value(init: str, value: float) -> None:
    np.testing.assert_array_equal(draw((2, 3), init=init, scale=-2.5 if value < 0 else 1.0), value)


@pytest.mark.parametrize("init", INITIALISERS)
@pytest.mark.parametrize("shape", [(), (3,), (0, 4), (2, 3)])
def test_a_seed_fixes_the_draw_whatever_the_run(init: str, shape: tuple[int, ...]) -> None:
    first = draw(shape, run=1, init=init, seed=7)
    assert first.shape == shape
    np.testing.assert_array_equal(first, draw(shape, run=2, init=init, seed=7))


def test_without_a_seed_the_run_decides() -> None:
    np.testing.assert_array_equal(draw((4, 5), run=1), draw((4, 5), run=1))
    assert not np.array_equal(draw((4, 5), run=1), draw((4, 5), run=2))


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"init": "normal", "scale": -1.0}, "scale is -1"),
        ({"init": "uniform", "scale": 1e308}, "scale is 1e[+]308"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_an_impossible_draw_is_refused(attributes: dict[str, Any], says: str) -> None:
    with pytest.raises(OpError, match=says):
        draw((2, 2), **attributes)
