"""What a run has told so far, in bounded memory: however many steps, so many points a curve."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 2048
"""Points of a curve; then neighbours are averaged, so that each stands for twice as many steps."""

_MOST_CURVES = 4000  # of one kind: more layers than these are not kept

Numbers = NDArray[np.float64]


class Curve:
    """Values by step, thinned as they grow: each point is the mean of ``stride`` values."""

    def __init__(self, most: int = MOST) -> None:
        self._steps, self._values = np.empty(most), np.empty(most)
        self._count, self.stride = 0, 1
        self._sum, self._held = 0.0, 0

    def __len__(self) -> int:
        return self._count

    def add(self, step: int, value: float) -> None:
        """One more value; steps come in ascending order."""
        self._sum, self._held = self._sum + value, self._held + 1
        if self._held < self.stride:
            return
        if self._count == len(self._steps):
            self._halve()
            if self._held < self.stride:
                return
        self._steps[self._count], self._values[self._count] = step, self._sum / self._held
        self._count += 1
        self._sum, self._held = 0.0, 0

    def cut(self, step: int) -> None:
        """Forget what came after a step."""
        self._count = int(np.searchsorted(self._steps[: self._count], step, side="right"))
        self._sum, self._held = 0.0, 0

    @property
    def points(self) -> tuple[Numbers, Numbers]:
        """Steps and values (points,), oldest first."""
        return self._steps[: self._count].copy(), self._values[: self._count].copy()

    @property
    def last(self) -> float:
        """The newest value; NaN where there is none."""
        return float(self._values[self._count - 1]) if self._count else math.nan

    def _halve(self) -> None:
        half = self._count // 2
        for kept, merged in (
            (self._steps, self._steps[1 : 2 * half : 2].copy()),
            (self._values, self._values[: 2 * half].reshape(half, 2).mean(1)),
        ):
            kept[:half] = merged
        self._count, self.stride = half, 2 * self.stride


class History:
    """The curves of a run by kind and name, taken from its events.

    Kinds are ``loss`` (by objective, every step), ``rate``, ``train`` and ``held_back`` (metrics,
    every epoch), ``mean`` (the losses' means over an epoch), and by parameter ``gradients``,
    ``weights`` and ``updates``.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything: another run begins."""
        self.curves: dict[str, dict[str, Curve]] = {}
        self.dead: Mapping[str, int] = {}
        self.units: Mapping[str, int] = {}
        self.penalties: Mapping[str, float] = {}
        self.split = "validation"
        self.step = 0

    def become(self, other: History) -> None:
        """Hold what another holds; that one is not to be used any more."""
        vars(self).update(vars(other))

    def of(self, kind: str) -> Mapping[str, Curve]:
        """The curves of a kind by name."""
        return self.curves.get(kind, {})

    def take(self, event: Mapping[str, Any]) -> bool:
        """Keep what an event tells; whether there is something new to be seen."""
        kind, step = event.get("event"), event.get("step", 0)
        if kind == "ready":
            self._cut(step)
        elif kind == "steps":
            self.penalties = event["penalties"]
            for name, losses in event["losses"].items():
                for at, loss in enumerate(losses, step - len(losses) + 1):
                    self._add("loss", name, at, loss)
            self._add_all("rate", step, event["rates"])
        elif kind == "epoch":
            self.split = event["split"]
            self._add_all("mean", step, event["losses"])
            self._add_all("held_back", step, dict(_plain(event["metrics"])))
            self._add_all("train", step, dict(_plain(event.get("train", {}))))
        elif kind == "health":
            for named in ("gradients", "weights", "updates"):
                self._add_all(named, step, event[named])
        elif kind == "units":
            self.dead, self.units = event["dead"], event["of"]
        else:
            return False
        self.step = step
        return True

    def _add_all(self, kind: str, step: int, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            self._add(kind, name, step, value)

    def _add(self, kind: str, name: str, step: int, value: Any) -> None:
        curves = self.curves.setdefault(kind, {})
        if name not in curves:
            if len(curves) >= _MOST_CURVES:
                return
            curves[name] = Curve(MOST if kind in ("loss", "rate") else MOST // 8)
        curves[name].add(step, float(value))  # "NaN" and "Infinity" are read as they are

    def _cut(self, step: int) -> None:
        """A run goes on from a checkpoint: what came after it is trained again."""
        for curves in self.curves.values():
            for curve in curves.values():
                curve.cut(step)


def smooth(values: Numbers, width: int) -> Numbers:
    """The running mean (points,) over so many points before and after; NaN where one is not."""
    if width < 2 or len(values) < 2 * width:
        return values
    kernel = np.ones(2 * width + 1)
    count = np.convolve(np.ones(len(values)), kernel, "same")
    found: Numbers = np.convolve(values, kernel, "same") / count
    return found


def _plain(metrics: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The metrics that are one number."""
    for name, value in metrics.items():
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            yield name, float(value)


def names_of(curves: Sequence[Mapping[str, Curve]]) -> list[str]:
    """The names that any of these has, in order."""
    return list(dict.fromkeys(name for each in curves for name in each))
