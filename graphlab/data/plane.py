"""Generated sets of points: on a line, on the plane, and distributions for a generator to learn.

The circles, XOR, two-cloud and spiral sets and both regression surfaces are those of TensorFlow
Playground (playground.tensorflow.org, ``dataset.ts``), most of them drawn at a scale of 1.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from graphlab.data.columns import Array
from graphlab.data.generated import Made, generated

Random = np.random.Generator
_XY = ("x1", "x2")
_TWO = ("blue", "orange")


@generated("line", "A line and noise", "regression", examples=200, noise=0.1, features=("x",))
def line(random: Random, n: int, noise: float) -> Made:
    """y = 2x − 1 with x between −1 and 1, and normal noise on y."""
    x = random.uniform(-1, 1, (n, 1))
    return {"x": x, "y": 2 * x - 1 + noise * random.standard_normal((n, 1))}


@generated(
    "clouds", "Two Gaussian clouds", "classes", examples=400, noise=0.7, classes=_TWO, features=_XY
)
def clouds(random: Random, n: int, noise: float) -> Made:
    """Normal clouds around (−2, −2) and (2, 2); noise is their deviation."""
    y = _balanced(random, n)
    return {"x": (4 * y - 2)[:, None] + _normal(random, n, noise), "y": y}


@generated(
    "circles", "A disc in a ring", "classes", examples=400, noise=0.03, classes=_TWO, features=_XY
)
def circles(random: Random, n: int, noise: float) -> Made:
    """Radius 0 to 0.5 inside and 0.7 to 1 outside, and normal noise on both coordinates."""
    y = _balanced(random, n)
    radius = np.where(y == 0, random.uniform(0, 0.5, n), random.uniform(0.7, 1, n))
    return {
        "x": _polar(radius, random.uniform(0, 2 * np.pi, n)) + _normal(random, n, noise),
        "y": y,
    }


@generated(
    "xor",
    "Exclusive or on the plane",
    "classes",
    examples=400,
    noise=0.03,
    classes=("signs differ", "signs agree"),
    features=_XY,
)
def xor(random: Random, n: int, noise: float) -> Made:
    """Coordinates of 0.1 to 1 in size, the class their signs agree or not, and normal noise on
    both afterwards."""
    y = _balanced(random, n)
    first = random.choice((-1, 1), n)
    signs = np.stack([first, first * (2 * y - 1)], 1)
    return {"x": signs * random.uniform(0.1, 1, (n, 2)) + _normal(random, n, noise), "y": y}


@generated(
    "moons", "Two half moons", "classes", examples=400, noise=0.1, classes=_TWO, features=_XY
)
def moons(random: Random, n: int, noise: float) -> Made:
    """Two half circles of radius 1 that reach into each other, and normal noise on both
    coordinates."""
    y = _balanced(random, n)
    angle = random.uniform(0, np.pi, n)
    upper = np.stack([np.cos(angle), np.sin(angle)], 1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], 1)
    return {"x": np.where(y[:, None] == 0, upper, lower) + _normal(random, n, noise), "y": y}


@generated("spiral", "Two spirals", "classes", examples=400, noise=0.02, classes=_TWO, features=_XY)
def spiral(random: Random, n: int, noise: float) -> Made:
    """Two arms of one and three quarter turns, radius 0 to 1, and noise uniform between ± itself
    on both coordinates."""
    order = random.permutation(n)
    y, radius = (order % 2).astype(float), (order // 2) / max(1, (n + 1) // 2)
    angle = 1.75 * 2 * np.pi * radius + np.pi * y
    x = np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1)
    return {"x": x + noise * random.uniform(-1, 1, (n, 2)), "y": y}


@generated("plane", "A slanted plane", "regression", examples=600, noise=0.0, features=_XY)
def plane(random: Random, n: int, noise: float) -> Made:
    """(x1 + x2)/10 on the square between −6 and 6, and normal noise on the height."""
    x = random.uniform(-6, 6, (n, 2))
    return {"x": x, "y": x.sum(1, keepdims=True) / 10 + _heights(random, n, noise)}


_HILLS = np.array(
    [(-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1)]
)


@generated("gaussians", "Hills and hollows", "regression", examples=600, noise=0.0, features=_XY)
def gaussians(random: Random, n: int, noise: float) -> Made:
    """Three hills and three hollows of radius 2 on the square between −6 and 6, falling linearly
    from ±1 to 0, and normal noise on the height."""
    x = random.uniform(-6, 6, (n, 2))
    distance = np.linalg.norm(x[:, None] - _HILLS[:, :2], axis=2)
    heights = _HILLS[:, 2] * (1 - distance / 2).clip(0)
    highest = np.abs(heights).argmax(1)[:, None]
    return {"x": x, "y": np.take_along_axis(heights, highest, 1) + _heights(random, n, noise)}


# --- truth tables -------------------------------------------------------------------------------
_TRUTH = ("false", "true")


@generated("and", "And", "classes", examples=4, noise=0.0, classes=_TRUTH, features=_XY)
def truth_and(random: Random, n: int, noise: float) -> Made:
    """The corners of the unit square in turn, true where both are 1, and normal noise on both."""
    x = _corners(n)
    return {"x": x + _normal(random, n, noise), "y": x.min(1)}


@generated("or", "Or", "classes", examples=4, noise=0.0, classes=_TRUTH, features=_XY)
def truth_or(random: Random, n: int, noise: float) -> Made:
    """The corners of the unit square in turn, true where either is 1, and normal noise on both."""
    x = _corners(n)
    return {"x": x + _normal(random, n, noise), "y": x.max(1)}


@generated(
    "xor-gate",
    "Exclusive or of two bits",
    "classes",
    examples=4,
    noise=0.0,
    classes=_TRUTH,
    features=_XY,
)
def truth_xor(random: Random, n: int, noise: float) -> Made:
    """The corners of the unit square in turn, true where one alone is 1, and normal noise on
    both."""
    x = _corners(n)
    return {"x": x + _normal(random, n, noise), "y": x.sum(1) % 2}


# --- distributions ------------------------------------------------------------------------------
@generated("eight-gaussians", "Eight Gaussians on a circle", "plain", examples=4000, noise=0.05,
           features=_XY)  # fmt: skip
def eight_gaussians(random: Random, n: int, noise: float) -> Made:
    """Normal clouds around eight places on the circle of radius 1, the ``mode`` of each point
    beside it; noise is their deviation."""
    mode = _balanced(random, n, 8)
    return {"x": _polar(np.ones(n), mode * np.pi / 4) + _normal(random, n, noise), "mode": mode}


@generated("ring", "A ring", "plain", examples=4000, noise=0.05, features=_XY)
def ring(random: Random, n: int, noise: float) -> Made:
    """Points on the circle of radius 1, and normal noise on both coordinates."""
    around = _polar(np.ones(n), random.uniform(0, 2 * np.pi, n))
    return {"x": around + _normal(random, n, noise)}


@generated("grid", "Gaussians on a grid", "plain", examples=4000, noise=0.03, features=_XY)
def grid(random: Random, n: int, noise: float) -> Made:
    """Normal clouds around 5×5 places between −1 and 1, the ``mode`` of each point beside it;
    noise is their deviation."""
    mode = _balanced(random, n, 25)
    centres = np.stack([mode // 5, mode % 5], 1) / 2 - 1
    return {"x": centres + _normal(random, n, noise), "mode": mode}


def _balanced(random: Random, n: int, kinds: int = 2) -> Array:
    """Each kind as often as any other, to within one, in random order."""
    return (random.permutation(n) % kinds).astype(float)


def _normal(random: Random, n: int, noise: float) -> Array:
    return noise * random.standard_normal((n, 2))


def _heights(random: Random, n: int, noise: float) -> Array:
    return noise * random.standard_normal((n, 1))


def _polar(radius: Array, angle: Array) -> Array:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)


def _corners(n: int) -> Array:
    return np.array(list(product((0.0, 1.0), repeat=2)))[np.arange(n) % 4]
