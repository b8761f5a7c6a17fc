"""Where a function has no derivative, recognised by its slopes to the left and to the right.

For a smooth function the two differ by h·f″, which halves with the step h; across a kink they
differ by the same amount however small the step is, and across a jump by ever more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from graphlab.ops import Op
from graphlab.ops.families import Elementwise

EPS = float(np.finfo(np.float64).eps)

_HALVED = 0.75  # a difference of slopes that keeps more than this when h is halved is a jump
_EXACTLY = 1e-9  # how close to a kink is at it
_SEEN = 1e-6  # relative size below which a jump of the slope is not told from rounding


class Around(NamedTuple):
    """A value with its neighbours: the input at −h, −h/2, 0, h/2 and h from where it is."""

    far_left: Any
    left: Any
    here: Any
    right: Any
    far_right: Any


def has_kink(value: Around, step: float, noise: float = 0.0) -> bool:
    """Whether any element has two slopes, or a jump, within ``step`` of where it is.

    ``noise`` is what rounding before this value may have added to it.
    """
    with np.errstate(all="ignore"):
        far_left, left, here, right, far_right = (np.asarray(v, np.float64) for v in value)
        wide = np.abs(far_right - 2 * here + far_left) / step
        narrow = np.abs(right - 2 * here + left) / (step / 2)
        slope = np.abs(far_right - far_left) / (2 * step)
        size = np.maximum(np.maximum(np.abs(far_left), np.abs(here)), np.abs(far_right))
        rounding = (64 * EPS * size + 16 * noise) / step
        jumps = (narrow > _HALVED * wide) & (narrow > np.maximum(_SEEN * slope, rounding))
    return bool(np.any(jumps))


def is_at_kink(op: type[Op], attributes: Mapping[str, Any], inputs: Sequence[Any]) -> bool:
    """Whether an elementwise op that declares a convention is used where it needs it."""
    if not op.convention or not issubclass(op, Elementwise):
        return False
    values = [np.asarray(x, np.float64) for x in inputs]
    for index, x in enumerate(values):
        step = _EXACTLY * max(1.0, float(np.max(np.abs(x), initial=0.0)))
        moved = []
        with np.errstate(all="ignore"):
            for shift in (-step, -step / 2, 0.0, step / 2, step):
                rest = [*values[:index], x + shift, *values[index + 1 :]]
                moved.append(op.forward(*rest, **attributes))
        if has_kink(Around(*moved), step):
            return True
    return False
