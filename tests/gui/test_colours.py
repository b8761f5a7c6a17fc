"""The colours of categories, judged by a model of what colour-blind people see.

G. M. Machado et al., A Physiologically-based Model for Simulation of Color Vision Deficiency, 2009,
Table 1 at severity 1.0, on linear RGB; distances in CIELAB.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from graphlab.gui.theme import DARK, LIGHT, Theme, contrast
from graphlab.ops.contract import CATEGORIES

_SIGHTS = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "without red cones": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "without green cones": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "without blue cones": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175],
     [0.0193339, 0.119192, 0.9503041]]
)  # fmt: skip
_WHITE = np.array([0.95047, 1.0, 1.08883])


def lab(colour: str, sight: str) -> np.ndarray:
    shades = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(shades <= 0.04045, shades / 12.92, ((shades + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(_SIGHTS[sight]) @ linear, 0, 1)
    t = _XYZ @ seen / _WHITE
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", _SIGHTS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_categories_stay_apart(theme: Theme, sight: str) -> None:
    found = {name: lab(theme.category(name), sight) for name in (*CATEGORIES, "Group")}
    for (one, a), (other, b) in itertools.combinations(found.items(), 2):
        assert float(np.linalg.norm(a - b)) >= 11, (one, other)
    assert all(contrast(theme.category(name), theme.card) >= 2 for name in found)
