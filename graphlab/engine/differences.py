"""Central differences with a step that fits, and an honest estimate of their own error.

Differences are taken at h and h/2 to the left and to the right and combined by Richardson's rule
(4 D(h/2) − D(h)) / 3.  The steps h tried are relative to |x| and to 1, from large ones, against
rounding, to small ones, against curvature.  They are powers of two, so that x ± h is exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from graphlab.engine.kinks import EPS, Around, has_kink
from graphlab.engine.plan import Entry
from graphlab.engine.probe import Probe
from graphlab.graph import OutPort

LEAST = 1e-8
"""A gradient smaller than this is judged by its absolute error over this."""
SHARP = 1e-3
"""Relative error above which differences are not fit to judge."""

_EXPONENTS = (-17, -13, -21, -9, -25, -5, -2, -30, -35)  # of the steps; the first is about ∛eps
_AT_KINK = -30  # exponent of the step within which an input counts as being at a kink
_ROUNDINGS = 4  # times the rounding of every value on the way, as one op rounds several times


class Difference(NamedTuple):
    """A slope by differences, how wrong it may be itself, and a kink it was taken at."""

    slope: float
    error: float  # infinite where the differences tell nothing
    kink: Entry | None = None

    @property
    def blur(self) -> float:
        """The error relative to the slope, by which steps are compared.

        An absolute one would favour steps longer than a wave, where all slopes are near 0.
        """
        return self.error / max(LEAST, abs(self.slope)) if self.error < math.inf else math.inf

    def is_sharp(self, analytic: float) -> bool:
        """Whether the error is small next to the slopes that are compared."""
        return self.error <= SHARP * max(LEAST, abs(analytic), abs(self.slope))


def difference(
    probe: Probe,
    port: OutPort,
    element: tuple[int, ...],
    entries: Sequence[Entry],
    analytic: float,
    tolerance: float,
) -> Difference:
    """∂φ/∂(one element of an output): the first sharp estimate that agrees, else the sharpest.

    ``entries`` is ``probe.dependents(port)``.
    """
    best = Difference(math.nan, math.inf)
    for found in _differences(probe, port, element, entries):
        if found.is_sharp(analytic) and relative_error(analytic, found.slope) <= tolerance:
            return found
        if found.blur < best.blur or math.isnan(best.slope):
            best = found
    return best._replace(kink=_kink(probe, port, element, entries))


def relative_error(a: float, b: float) -> float:
    """|a − b| / max(1e-8, |a|, |b|); 0 where both are no numbers, infinite where one is."""
    if a == b or (math.isnan(a) and math.isnan(b)):
        return 0.0
    error = abs(a - b) / max(LEAST, abs(a), abs(b))
    return error if math.isfinite(error) else math.inf


def _differences(
    probe: Probe, port: OutPort, element: tuple[int, ...], entries: Sequence[Entry]
) -> Iterator[Difference]:
    slot = probe.plan.slot(port)
    here = float(np.asarray(probe.base[slot])[element])
    noise = _ROUNDINGS * EPS * probe.roundings(entries)
    for step in _steps(here):
        moved = probe.around(slot, element, step, entries)
        far_left, left, right, far_right = (probe.phi(values) for values in moved)
        wide, narrow = (far_right - far_left) / (2 * step), (right - left) / step
        slope, error = (4 * narrow - wide) / 3, max(abs(wide - narrow), noise / step)
        around = Around(far_left, left, 0.0, right, far_right)
        if not math.isfinite(slope) or has_kink(around, step, noise):
            error = math.inf
        yield Difference(slope, error)


def _steps(here: float) -> Iterator[float]:
    """The steps to try from here, none so small that it is lost in rounding."""
    if not math.isfinite(here):
        return
    size = abs(here)
    scales = sorted({_power_of_two(x) for x in (size, 1.0) if x > 0}, reverse=True)
    least = 2 * math.ulp(here)
    for exponent in _EXPONENTS:
        steps = (math.ldexp(scale, exponent) for scale in scales)
        yield from (step for step in steps if step >= least)


def _power_of_two(x: float) -> float:
    return math.ldexp(0.5, math.frexp(x)[1])


def _kink(
    probe: Probe, port: OutPort, element: tuple[int, ...], entries: Sequence[Entry]
) -> Entry | None:
    """The first node computed again that is at its kink, as far as rounding lets tell."""
    slot = probe.plan.slot(port)
    size = abs(float(np.asarray(probe.base[slot])[element]))
    step = math.ldexp(_power_of_two(size) if size > 0 else 1.0, _AT_KINK)
    if not math.isfinite(size) or step == 0:
        return None
    return probe.kinked(probe.around(slot, element, step, entries), step)
