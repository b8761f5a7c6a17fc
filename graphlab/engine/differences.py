"""Central differences with a step that fits, and an eye for kinks.

Differences are taken at h and h/2, h = eps^(1/3) · max(1, |x|), from the left and from the right,
and combined by Richardson's rule (4 D(h/2) − D(h)) / 3.  Where that does not settle the matter the
step is made larger, against rounding, and smaller, away from a kink nearby; the sharpest counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from graphlab.engine.kinks import EPS, STEP, Around, has_kink
from graphlab.engine.plan import Entry
from graphlab.engine.probe import Probe
from graphlab.graph import OutPort

LEAST = 1e-8
"""A gradient smaller than this is judged by its absolute error over this."""

_TRIES = (1.0, 16.0, 1 / 16, 1 / 256)  # steps tried in turn, relative to the first
_ROUNDING = 64 * EPS  # times the size of φ and over h: what rounding may do to a difference


class Difference(NamedTuple):
    """A slope by differences, how far two steps differ, its rounding, and a kink met on the way."""

    slope: float
    doubt: float
    rounding: float
    kink: Entry | None

    def is_near(self, analytic: float, tolerance: float) -> bool:
        """Whether an analytic slope agrees as far as differences can tell."""
        gap = abs(analytic - self.slope)
        return gap <= self.rounding + tolerance * max(LEAST, abs(analytic), abs(self.slope))

    @property
    def blur(self) -> float:
        """How unsharp it is; infinite for what is no number."""
        blur = max(self.doubt, self.rounding)
        return blur if math.isfinite(blur) else math.inf


def difference(
    probe: Probe,
    port: OutPort,
    element: tuple[int, ...],
    entries: Sequence[Entry],
    analytic: float,
    tolerance: float,
) -> Difference:
    """∂φ/∂(one element of an output): the first estimate that agrees, else the sharpest.

    ``entries`` is ``probe.dependents(port)``.
    """
    best: Difference | None = None
    for found in _differences(probe, port, element, entries, analytic, tolerance):
        if found.kink is None and relative_error(analytic, found.slope) <= tolerance:
            return found
        if best is None or found.blur < best.blur:
            best = found
    if best is None:
        raise ValueError("no step was tried")
    return best


def relative_error(a: float, b: float) -> float:
    """|a − b| / max(1e-8, |a|, |b|); 0 where both are no numbers, infinite where one is."""
    if a == b or (math.isnan(a) and math.isnan(b)):
        return 0.0
    error = abs(a - b) / max(LEAST, abs(a), abs(b))
    return error if math.isfinite(error) else math.inf


def _differences(
    probe: Probe,
    port: OutPort,
    element: tuple[int, ...],
    entries: Sequence[Entry],
    analytic: float,
    tolerance: float,
) -> Iterator[Difference]:
    slot = probe.plan.slot(port)
    here = float(np.asarray(probe.base[slot])[element])
    for scale in _TRIES:
        step = STEP * max(1.0, abs(here)) * scale
        moved = probe.around(slot, element, step, entries)
        far_left, left, right, far_right = (probe.phi(values) for values in moved)
        wide, narrow = (far_right - far_left) / (2 * step), (right - left) / step
        rounding = _ROUNDING * probe.size() / step
        found = Difference((4 * narrow - wide) / 3, abs(wide - narrow), rounding, None)
        around = Around(far_left, left, 0.0, right, far_right)
        if has_kink(around, step) or not found.is_near(analytic, tolerance):
            found = found._replace(kink=probe.kinked(moved, step, entries))
        yield found
