"""Round numbers along an axis."""

from __future__ import annotations

import math

import numpy as np

_LARGE, _SMALL = 1e6, 1e-4  # from here on, and below, with a power of ten


def round_numbers(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    """At most so many steps of 1, 2 or 5 times a power of ten, from ``low`` to ``high``."""
    least = (high - low) / max(most, 1)
    size = 10.0 ** math.floor(math.log10(max(least, 5e-324)))
    if whole:
        size = max(size, 1.0)
    size *= next((m for m in (1, 2, 5) if size * m >= least * (1 - 1e-9)), 10)
    first, last = math.ceil(low / size - 1e-9), math.floor(high / size + 1e-9)
    return [i * size for i in range(first, last + 1)]


def told(ticks: list[float]) -> list[str]:
    """Each with as many decimals as tells them apart."""
    largest = max((abs(tick) for tick in ticks), default=0.0)
    if largest >= _LARGE or 0 < largest < _SMALL:
        texts = [f"{tick:g}" for tick in ticks]
    else:
        size = min(np.diff(ticks), default=largest or 1.0)
        decimals = max(0, -math.floor(math.log10(size) + 1e-9))
        texts = [f"{tick:,.{decimals}f}" for tick in ticks]
    return [text.replace("-", "−") for text in texts]


def decades(low: float, high: float) -> list[tuple[float, str]]:
    """Ticks from 10 to ``low`` to 10 to ``high``: with what lies between where they are few."""
    between = (1, 2, 5) if high - low < 1.5 else (1,)
    every = max(1, math.ceil((high - low) / 5))
    powers = range(math.floor(low), math.ceil(high) + 1, every)
    ticks = [(p + math.log10(m), f"{m * 10.0**p:g}") for p in powers for m in between]
    return [(place, text.replace("-", "−")) for place, text in ticks if low <= place <= high]
