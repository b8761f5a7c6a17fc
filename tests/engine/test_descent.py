"""Gradient descent against closed forms."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from graphlab.engine import Run
from graphlab.engine.descent import descend, descending
from graphlab.errors import RunError
from graphlab.graph.formula import parse

PARABOLA = "theta = parameter(); L = theta ** 2"


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.4, 0.5, 0.9, 0.999])
def test_a_parabola_converges_below_a_rate_of_one(rate: float) -> None:
    descent = descend(Run(parse(PARABOLA), {"theta": 3.0}), rate=rate, steps=25)
    theta = [point.values["theta"] for point in descent.points]
    np.testing.assert_allclose(theta, 3.0 * (1 - 2 * rate) ** np.arange(26), atol=1e-12)
    assert descent.state == "going"
    assert descent.losses[-1] < descent.losses[0]


def test_a_parabola_oscillates_at_a_rate_of_one() -> None:
    descent = descend(Run(parse(PARABOLA), {"theta": 3.0}), rate=1.0, steps=6)
    assert [point.values["theta"] for point in descent.points] == [3, -3, 3, -3, 3, -3, 3]


@pytest.mark.parametrize("rate", [1.1, 2.0, 1e200])
def test_a_parabola_diverges_above_a_rate_of_one(rate: float) -> None:
    descent = descend(Run(parse(PARABOLA), {"theta": 3.0}), rate=rate, steps=10_000)
    assert descent.state == "diverged"
    assert len(descent.points) < 200
    assert "step size below" in descent.sentence


def test_linear_regression_reaches_the_least_squares_solution() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(40, 3))
    t = x @ [1.5, -2.0, 0.5] + 0.3 + 0.1 * random.normal(size=40)
    run = Run(parse("L = squared_error(x @ w + b, t)"), {"x": x, "t": t, "w": np.zeros(3), "b": 0})
    descend(run, parameters=("w", "b"), rate=0.2, steps=400)
    wanted = np.linalg.lstsq(np.column_stack([x, np.ones(40)]), t, rcond=None)[0]
    np.testing.assert_allclose([*run.value("w"), run.value("b")], wanted, atol=1e-9)
    np.testing.assert_allclose(run.grad("w"), 0, atol=1e-9)


def test_one_step_at_a_time_is_the_same_way() -> None:
    text = "w = parameter(2, 3); L = mean((w @ x) ** 2)"
    feeds = {"x": np.arange(3.0)}
    whole = descend(Run(parse(text), feeds, seed=4), steps=5)
    again = islice(descending(Run(parse(text), feeds, seed=4)), 6)
    assert list(again) == list(whole.points)


def test_float32_stays_float32() -> None:
    run = Run(parse("L = sum(w ** 2)"), {"w": np.ones(3, np.float32)})
    descend(run, parameters=["w"])
    assert run.value("w").dtype == np.float32


@pytest.mark.parametrize(
    ("text", "feeds", "moved", "said"),
    [
        ("L = x ** 2", {"x": 1}, None, "no parameters"),
        ("L = x ** 2", {"x": 1}, [], "nothing to move"),
        ("L = (x + 1) ** 2", {"x": 1}, ["add1"], "cannot be moved"),
        ("L = x ** 2", {"x": [1, 2]}, ["x"], "mean or its sum"),
        ("L = x ** 2", {}, ["x"], "no value"),
    ],
)
def test_what_cannot_descend_is_told(text: str, feeds: dict, moved: list | None, said: str) -> None:
    with pytest.raises(RunError, match=said):
        descend(Run(parse(text), feeds), parameters=moved)


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), -float("inf")])
def test_a_rate_that_is_no_number_is_refused(rate: float) -> None:
    run = Run(parse(PARABOLA), {"theta": 3.0})
    with pytest.raises(RunError, match="finite number"):
        descend(run, rate=rate)
    assert run.value("theta") in (None, 3.0)


@pytest.mark.parametrize(
    ("formula", "at", "is_steep"),
    [
        ("L = sqrt(p)", 0.0, True),
        ("L = p**4", 3.0, False),
        (PARABOLA.replace("theta", "p"), 3.0, False),
    ],
)
def test_a_smaller_step_is_advised_only_where_it_helps(
    formula: str, at: float, is_steep: bool
) -> None:
    descent = descend(Run(parse(formula), {"p": at}), parameters=["p"], rate=5.0, steps=2000)
    assert descent.state == "diverged"
    assert ("no step size helps" in descent.sentence) == is_steep
