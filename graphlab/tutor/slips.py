"""What a student probably did when a number is wrong: the slips every teacher knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from graphlab.engine import Run, Step
from graphlab.engine.partial import Partial
from graphlab.tutor.lesson import Question
from graphlab.tutor.verdict import Where, is_near

MAX_STEPS = 300
"""In a larger graph only the neighbours of what was asked for are looked at."""


class Slip(NamedTuple):
    """A wrong answer that has a name, and the step where it shows."""

    reason: str
    where: Where | None = None


def slip(question: Question, run: Run, given: Any, right: Any) -> Slip | None:
    """The first slip that gives just this number, and not the right one."""
    given = np.asarray(given, np.float64)
    if not np.all(np.isfinite(given)):
        return None
    ways = {"gradient": _gradient, "partial": _partial, "value": _value}
    candidates = ways[question.kind](question, run) if question.kind in ways else iter(())
    for number, found in candidates:
        shaped = number.dense() if isinstance(number, Partial) else number
        if shaped is not None and is_near(given, shaped, 1e-3) and not is_near(given, right, 1e-3):
            return found
    return _general(given, np.asarray(right, np.float64))


def _general(given: Any, right: Any) -> Slip | None:
    if given.shape != right.shape:
        if given.ndim == 2 and given.T.shape == right.shape and is_near(given.T, right, 1e-3):
            return Slip("the numbers are right, but rows and columns are exchanged")
        return None
    if is_near(given, -right, 1e-3):
        return Slip("the size is right and the sign is not: count the minus signs")
    if (
        given.ndim == 0
        and given != right
        and is_near(given, right, 0.02)
        and _are_whole(given, right)
    ):
        return Slip("that is close, but not it: look for what was left out or counted twice")
    if is_near(given, right, 0.02):
        return Slip("that is close, but not close enough: keep at least four digits on the way")
    if given.ndim == 0 and given * right > 0:
        power = float(np.log10(given / right))
        if abs(power - round(power)) < 1e-3:
            return Slip("the digits are right, but it is a power of ten away")
        if is_near(given, 1 / right, 1e-3):
            return Slip("that is one divided by the answer")
    return None


def _are_whole(*numbers: Any) -> bool:
    return all(float(number).is_integer() for number in numbers)


def _gradient(question: Question, run: Run) -> Iterator[tuple[Any, Slip]]:
    of, to = question.of, question.to
    wanted = f"∂{of}/∂{to}"
    steps = _edges_from(run, to)
    if len(steps) > 1:
        yield from _not_added(steps, of, to)
    for step in steps:
        where = _at(step)
        if step.node != of:
            yield (
                _small(step.partial),
                Slip(
                    f"that is the local partial ∂{step.node}/∂{to} alone; {wanted} is this times "
                    f"what arrives at {step.node}, ∂{of}/∂{step.node}",
                    where,
                ),
            )
            yield (
                step.upstream,
                Slip(
                    f"that is what arrives at {step.node}; it is still to be multiplied with the "
                    f"local partial ∂{step.node}/∂{to}",
                    where,
                ),
            )
    yield run.value(to), Slip(f"that is the value of {to}, and its gradient is asked for")
    yield run.value(of), Slip(f"that is the value of {of}, and a gradient is asked for")
    yield -run.grad(to) if run.grad(to) is not None else None, _SIGN
    for name in list(run.graph.nodes)[:MAX_STEPS]:
        if name not in (to, of):
            yield run.grad(name), Slip(f"that is ∂{of}/∂{name}, and {wanted} is asked for")


_SIGN = Slip("the size is right and the sign is not: count the minus signs on the way")


def _not_added(steps: list[Step], of: str, to: str) -> Iterator[tuple[Any, Slip]]:
    count = len(steps)
    product: Any = 1.0
    for step in steps:
        told = (
            f"that is what comes back on the edge from {step.node} alone; {to} has {count} edges "
            f"out of it, and what comes back on them is added up"
        )
        yield step.contribution, Slip(told, _at(step))
        if step.contribution is not None:
            product = product * step.contribution
    told = f"what comes back on the {count} edges to {to} is added up, not multiplied"
    yield product, Slip(told, _at(steps[-1]))
    partials = [_small(step.partial) for step in steps]
    if all(p is not None and np.shape(p) == np.shape(partials[0]) for p in partials):
        told = f"those are the local partials of {to} added up; each is multiplied first with what "
        yield sum(partials), Slip(told + f"arrives at its edge's head, ∂{of}/∂ that node")


def _partial(question: Question, run: Run) -> Iterator[tuple[Any, Slip]]:
    of, to = question.of, question.to
    node = run.graph.node(of)
    source = str(node.inputs.get(to, to))
    for port, other in node.inputs.items():
        if port != to and str(other) != source:
            yield (
                _small(run.partial(str(other), of, port)),
                Slip(f"that is the local partial of {of} with respect to {other}", None),
            )
    yield run.value(of), Slip(f"that is the value of {of}, and a local partial is asked for")
    yield run.value(source), Slip(f"that is the value of {source}, and a partial is asked for")
    if len(run.graph.outputs) == 1 and run.value(run.graph.outputs[0]) is not None:
        run.backward()
        start = run.graph.outputs[0]
        told = (
            f"that is ∂{start}/∂{source}, the gradient; the local partial ∂{of}/∂{source} looks at "
            f"{of} alone, before anything is multiplied"
        )
        yield run.grad(source), Slip(told)
        yield run.grad(of), Slip(f"that is what arrives at {of} on the way back, not its partial")


def _value(question: Question, run: Run) -> Iterator[tuple[Any, Slip]]:
    of = run.graph.port(question.of).node
    for name in list(run.graph.nodes)[:MAX_STEPS]:
        if name != of:
            where = Where("forward", name)
            yield run.value(name), Slip(f"that is the value of {name}; {of} is asked for", where)


def _edges_from(run: Run, node: str) -> list[Step]:
    name = run.graph.port(node).node
    return [
        step
        for step in run.steps()
        if step.phase == "backward" and step.edge is not None and step.edge.source.node == name
    ]


def _at(step: Step) -> Where:
    return Where("backward", step.node, None if step.edge is None else step.edge.target.port)


def _small(partial: Any) -> Any:
    """A partial as an array a student could have typed, or None."""
    if not isinstance(partial, Partial):
        return partial
    if partial.structure == "diagonal":
        return partial.factors()
    return partial if np.prod(partial.shape) <= 1000 else None
