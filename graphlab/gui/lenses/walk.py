"""Gradient descent in stretches, and the trail it leaves in the document's history."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from graphlab.engine.descent import Point, descending
from graphlab.engine.numbers import show_number
from graphlab.graph import Graph
from graphlab.graph.edits import set_attributes
from graphlab.gui.lenses.tag import Tag, computes_alike

PLOTTED = 12
"""So many parameters are drawn; a trail keeps the numbers of no others."""

RISES = 3
"""A loss that rose so many times in a row is told as diverging."""

TO_START = "Back to start"
"""The button that leads back to where a trail began, as the sentences name it."""

_SAME = 1e-12  # relative; a loss that changed less has not changed
_STRETCH = 0.1  # seconds

State = Literal["going", "still", "diverged"]


@dataclass(frozen=True)
class Stretch:
    """What one stretch of a descent found.

    ``final`` are the last values that are finite, ``reached`` steps after the beginning;
    ``gradients`` the ones there, of what is a single number.
    """

    points: tuple[Point, ...]
    state: State
    is_done: bool
    reached: int
    final: Mapping[str, Any]
    gradients: Mapping[str, float]


class Walk:
    """A descent under way on a run of its own; one thread at a time takes it further."""

    def __init__(self, tag: Tag, loss: str, moved: Sequence[str], rate: float, steps: int) -> None:
        self.tag, self.loss, self.moved = tag, loss, tuple(moved)
        self.rate, self.steps = rate, steps
        self.reached = 0
        self._run = tag.run()
        self._points = descending(self._run, loss, self.moved, rate)
        self._final: dict[str, Any] = {}
        self._gradients: dict[str, float] = {}

    def go_on(self) -> Stretch:
        """A tenth of a second of steps, or to the end; raises ``RunError`` as descent does."""
        until, points, state = time.monotonic() + _STRETCH, list[Point](), "going"
        is_done = False
        while not is_done and (not points or time.monotonic() < until):
            point = next(self._points)
            state = self._judge(point)
            points.append(self._kept(point))
            is_done = point.step >= self.steps or state != "going"
        told: State = (
            "diverged"
            if state == "diverged"
            else "still"
            if is_done and state == "still"
            else "going"
        )
        return Stretch(
            tuple(points), told, is_done, self.reached, dict(self._final), dict(self._gradients)
        )

    def _judge(self, point: Point) -> str:
        """Keep the values of a point that can be kept, and tell whether to go on from there."""
        if math.isfinite(point.loss) and all(map(math.isfinite, point.values.values())):
            final = {name: self._run.value(name) for name in self.moved}
            grads = {name: self._run.grad(name) for name in self.moved}
            is_still = point.step > 0 and all(
                grad is None or not np.any(grad) for grad in grads.values()
            )
            self._final, self.reached = final, point.step
            self._gradients = {
                name: 0.0 if grad is None else float(grad)
                for name, grad in grads.items()
                if np.ndim(final[name]) == 0
            }
        else:
            is_still = False
        return "diverged" if point.state == "diverged" else "still" if is_still else "going"

    def _kept(self, point: Point) -> Point:
        return point._replace(values={name: point.values[name] for name in self.moved[:PLOTTED]})


@dataclass
class Trail:
    """The points a document went through, and which graph stood at which of them.

    ``at`` is the point the document is at now; after undo there are points beyond it, which the
    next step forgets.
    """

    points: list[Point] = field(default_factory=list)
    at: int = 0
    marks: list[tuple[Graph, int]] = field(default_factory=list)
    state: State = "going"

    def begin(self, graph: Graph, point: Point) -> None:
        """Begin anew, at the point a graph is at."""
        self.points, self.at, self.marks, self.state = [point], 0, [(graph, 0)], "going"

    def cut(self) -> None:
        """Forget what lies beyond the point the document is at."""
        del self.points[self.at + 1 :]
        self.marks = [mark for mark in self.marks if mark[1] <= self.at]
        self.state = "going"

    def extend(self, points: Sequence[Point]) -> None:
        """Add points that were reached; each gets its place as its number."""
        for point in points:
            self.points.append(point._replace(step=len(self.points)))

    def mark(self, graph: Graph, at: int) -> None:
        """Note that a graph, now the document, stands at a point."""
        self.at = at
        self.marks.append((graph, at))

    def return_to(self, graph: Graph) -> bool:
        """Go to the point where a graph stands; False if it stands at none."""
        for known, at in reversed(self.marks):
            if computes_alike(known, graph):
                self.at = at
                return True
        return False


def moved_graph(graph: Graph, values: Mapping[str, Any]) -> Graph:
    """The graph with these values in its sources."""
    for name, value in values.items():
        graph = set_attributes(graph, name, value=value)
    return graph


def verdict(trail: Trail, loss: str, rate: float) -> tuple[bool, str]:
    """Whether it goes wrong, and what happened so far, for a student."""
    points = trail.points[: trail.at + 1]
    is_end = trail.at + 1 >= len(trail.points) - 1
    if is_end and trail.state == "diverged":
        points = trail.points
    if points and not math.isfinite(points[0].loss):
        return True, f"{loss} is {show_number(points[0].loss)} here: change a value to begin."
    if len(points) < 2:
        return False, f"{loss} is {show_number(points[0].loss)} now." if points else ""
    first, last = points[0].loss, points[-1].loss
    steps = "1 step" if len(points) == 2 else f"{len(points) - 1:,} steps"
    told = f"After {steps} {loss} went from {show_number(first)} to {show_number(last)}"
    tail = [point.loss for point in points[-RISES - 1 :]]
    is_rising = len(tail) > RISES and all(a < b for a, b in pairwise(tail))
    if (is_end and trail.state == "diverged") or is_rising:
        advice = points[-1].way_out.format(rate=rate)
        return True, f"{told}: it diverges; {advice}, or press “{TO_START}”."
    if all(abs(a - b) <= _SAME * max(abs(a), abs(b)) for a, b in pairwise(tail)):
        if points[-1].values != points[-2].values:
            return False, (
                f"After {steps} {loss} stays at {show_number(last)} while it is stepped over to "
                f"and fro: try a step size below {rate:g}."
            )
        return False, f"{told} and no longer changes."
    return False, told + "."


def rule(name: str, value: float, gradient: float, rate: float) -> str:
    """``θ ← θ − η ∂θ`` with its numbers: ``θ ← 1 − 0.1 · 2 = 0.8``."""
    after = value - rate * gradient
    step, slope = show_number(rate), show_number(gradient)
    slope = f"({slope})" if gradient < 0 else slope
    return f"{name} ← {show_number(value)} − {step} · {slope} = {show_number(after)}"
