"""Values as a person writes them in a field, and as they are shown there again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.engine.run import Run
from graphlab.errors import FormulaError, OpError
from graphlab.graph.formula import parse
from graphlab.graph.formula_write import array, number
from graphlab.ops.attributes import OpenShape, Value, as_value, check_size

LONGEST = 64
"""Arrays with more elements are described in a field, not written out."""

_HINT = "write a number such as −2.5, or an array such as [1, 2]"


def read_value(text: str) -> Value:
    """A number or an array from what was typed; ``1/3`` and ``sqrt(2)`` are worked out.

    Raises ``OpError`` with a sentence.
    """
    comma = re.fullmatch(r"\s*([-−]?\d+),(\d+)\s*", text)
    if comma is not None:
        raise OpError(f"{text.strip()} has a comma: write {comma[1]}.{comma[2]}, with a point")
    try:
        graph = parse("value = " + text.strip())
    except FormulaError as error:
        reason = str(error).split(": ", 1)[-1]
        raise OpError(f"{text.strip()[:40]} cannot be read ({reason}); {_HINT}") from None
    if graph.inputs or graph.parameters or graph.outputs != ("value",):
        raise OpError(f"{text.strip()[:40]} is not a value; {_HINT}")
    run = Run(graph).forward()
    value = run.value("value")
    if value is None:
        raise OpError(run.problems()[0].message)
    return as_value(value, "the value")


def write_value(value: Any) -> str:
    """The text of a value that ``read_value`` reads again; empty where it is too long to write."""
    if isinstance(value, np.ndarray):
        return array(value).replace("-", "−") if value.size <= LONGEST else ""
    return number(float(value)).replace("-", "−")


def starting_value(numbers: Sequence[float], first: int, shape: OpenShape | None) -> Value:
    """Small numbers in a shape; open axes get length 2."""
    if shape is None or shape == ():
        return numbers[first % len(numbers)]
    sizes = tuple(2 if size is None else size for size in shape)
    check_size(sizes, "the shape")
    return np.resize(np.roll(numbers, -first), sizes)
