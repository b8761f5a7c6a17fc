"""Plain gradient descent, θ ← θ − η ∇L, on the run that is being looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from graphlab.engine.numbers import show_number
from graphlab.engine.run import Run
from graphlab.errors import RunError
from graphlab.ops import show_array

EXPLODED = 1e12
"""A loss this many times as large as at the start (or as 1) counts as diverged."""


class Point(NamedTuple):
    """Where the descent is after ``step`` steps: the loss, and every number that is moved.

    Of an array ``values`` has the Euclidean norm.  ``is_led`` is whether the gradient that led here
    was finite.
    """

    step: int
    loss: float
    values: Mapping[str, float]
    state: Literal["going", "diverged"] = "going"
    is_led: bool = True

    @property
    def way_out(self) -> str:
        """What may help where it has diverged; ``{rate}`` is the step size it was taken with."""
        if self.is_led:
            return "try a step size below {rate:g}"
        return "the gradient before it is not finite, so that no step size helps: begin elsewhere"


@dataclass(frozen=True)
class Descent:
    """The way that was gone, from where it started to where it stopped."""

    loss: str  # which node was made smaller
    parameters: tuple[str, ...]
    rate: float
    points: tuple[Point, ...]

    @property
    def losses(self) -> tuple[float, ...]:
        """The loss at the start and after every step."""
        return tuple(point.loss for point in self.points)

    @property
    def state(self) -> Literal["going", "diverged"]:
        """Whether the loss is still a reasonable number."""
        return self.points[-1].state

    @property
    def sentence(self) -> str:
        """What happened, for a student."""
        first, last = self.points[0], self.points[-1]
        steps = "1 step" if last.step == 1 else f"{last.step} steps"
        told = f"{self.loss} went from {show_number(first.loss)} to {show_number(last.loss)}"
        if last.state == "diverged":
            advice = last.way_out.format(rate=self.rate)
            return f"After {steps} {told}: it diverges; {advice}."
        return f"In {steps} of rate {self.rate:g} {told}."


def descend(
    run: Run,
    loss: str | None = None,
    parameters: Sequence[str] | None = None,
    rate: float = 0.1,
    steps: int = 1,
) -> Descent:
    """Take ``steps`` steps down ``loss`` and leave the run where they end.

    ``parameters`` names the parameters or inputs that move; without it, all parameters of the
    graph.  ``loss`` is as in ``Run.backward``.  It stops early when the loss diverges, at the
    step that showed it.  Raises ``RunError`` as ``descending`` does.
    """
    moved = _moved(run, parameters)
    points = []
    for point in descending(run, loss, moved, rate):
        points.append(point)
        if point.step >= steps:
            break
    return Descent(run.start or "", moved, rate, tuple(points))


def descending(
    run: Run,
    loss: str | None = None,
    parameters: Sequence[str] | None = None,
    rate: float = 0.1,
) -> Iterator[Point]:
    """The same one step at a time: first where it starts, then the point after each step.

    It ends only when the loss diverges.  After each point the run stands there with its values
    and gradients, so that they can be shown.  Raises ``RunError`` for a loss that is no single
    number, where there is nothing to move, and for a rate that is not finite.
    """
    if not np.isfinite(rate):
        raise RunError(f"the rate is {rate:g}, and descent needs a finite number, such as 0.1")
    moved, step, start, is_led = _moved(run, parameters), 0, 1.0, True
    while True:
        run.forward().backward(loss)
        value = run.value(run.start or "")
        if np.ndim(value):
            raise RunError(
                f"{run.start} is {show_array(np.shape(value))}, and descent needs "
                "one number to make smaller: take its mean or its sum"
            )
        number = float(value)
        if step == 0:
            start = max(1.0, abs(number))
        is_lost = not np.isfinite(number) or abs(number) > EXPLODED * start
        values = {name: _size(run.value(name)) for name in moved}
        yield Point(step, number, values, "diverged" if is_lost else "going", is_led)
        if is_lost:
            return
        gradients = {name: run.grad(name) for name in moved}
        is_led = all(bool(np.all(np.isfinite(g))) for g in gradients.values() if g is not None)
        with np.errstate(all="ignore"):
            for name, gradient in gradients.items():
                if gradient is not None:
                    run.set(name, _stepped(run.value(name), rate, gradient))
        step += 1


def _stepped(value: Any, rate: float, gradient: Any) -> Any:
    return (value - rate * gradient).astype(np.result_type(value), copy=False)


def _size(value: Any) -> float:
    return float(value) if np.ndim(value) == 0 else float(np.linalg.norm(np.ravel(value)))


def _moved(run: Run, parameters: Sequence[str] | None) -> tuple[str, ...]:
    if parameters is None:
        if not run.graph.parameters:
            raise RunError("the graph has no parameters to learn: say which inputs to move")
        return run.graph.parameters
    for name in parameters:
        node = run.graph.node(name)
        if node.op.category != "Source" or node.op.name == "constant":
            raise RunError(
                f"{name} ({node.op.name}) cannot be moved by descent: name parameters or inputs"
            )
    if not parameters:
        raise RunError("descent was given nothing to move: name parameters or inputs")
    return tuple(parameters)
