"""What a judgement says: right or not, why, and the step that shows it."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any, Literal, NamedTuple

import numpy as np

from graphlab.engine import Run


class Where(NamedTuple):
    """A step of the run: forward at ``node``, or backward along the edge into ``node``'s port."""

    phase: Literal["forward", "backward"]
    node: str
    port: str | None = None


class Verdict(NamedTuple):
    """``reason`` is one or two sentences for the student; empty where there is nothing to say.

    Where ``is_judged`` is False, what was given could not be read as an answer, or not be compared.
    """

    is_right: bool
    reason: str = ""
    where: Where | None = None
    is_judged: bool = True


def sentence(text: str, names: Container[str] = ()) -> str:
    """The text as a sentence; a node's name at its beginning keeps its small letter."""
    first = re.match(r"\w*", text)
    if first is None or first[0] not in names:
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?")) else text + "."


def is_near(given: Any, right: Any, tolerance: float) -> bool:
    """Whether two numbers or arrays of one shape agree, relative to the largest right element."""
    given, right = np.asarray(given, np.float64), np.asarray(right, np.float64)
    if given.shape != right.shape:
        return False
    if not (np.isfinite(given).all() and np.isfinite(right).all()):
        return bool(np.array_equal(given, right, equal_nan=True))
    size = np.abs(right) if right.ndim == 0 else np.abs(right).max(initial=0.0)
    return bool((np.abs(given - right) <= tolerance * (size if size > 0 else 1.0)).all())


def arrival(run: Run, node: str) -> Where:
    """The backward step after which the gradient of ``node`` is complete."""
    last = Where("backward", node)
    for step in run.steps():
        if step.phase == "backward" and step.edge is not None and step.edge.source.node == node:
            last = Where("backward", step.edge.target.node, step.edge.target.port)
    return last
