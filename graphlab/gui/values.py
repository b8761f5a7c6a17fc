"""Values as a person writes them in a field, and as they are shown there again."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.engine.run import Run
from graphlab.errors import FormulaError, OpError
from graphlab.graph.formula import parse
from graphlab.graph.formula_write import nested, number
from graphlab.graph.offering import offered_sizes
from graphlab.ops.attributes import OpenShape, Value, as_value, check_size

_SMALLEST = 8  # a picture has so many pixels along each side
_BLOBS = 6
_PICTURES = {3: "a signal", 4: "a picture", 5: "a volume"}

LONGEST = 64
"""Arrays with more elements are described in a field, not written out."""

_COMMA = re.compile(r"([-−]?\d*),(\d+)")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+")
_HINT = "write a number such as −2.5, or an array such as [1, 2]"


def read_value(text: str) -> Value:
    """A number or an array from what was typed; ``1/3`` and ``sqrt(2)`` are worked out.

    Raises ``OpError`` with a sentence.
    """
    comma = comma_told(text)
    if comma:
        raise OpError(comma)
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


def number_of(text: str, *, is_integer: bool = False) -> float | None:
    """The finite number that was typed, None where it is none; commas part thousands only."""
    plain = text.strip().replace("−", "-")
    if is_integer and _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    try:
        number = int(plain) if is_integer else float(plain)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def comma_told(text: str) -> str:
    """What is said of a number with a comma for its point; empty of any other text."""
    comma = _COMMA.fullmatch(text.strip())
    if comma is None:
        return ""
    return f"{text.strip()[:40]} has a comma: write {comma[1][:20]}.{comma[2][:20]}, with a point"


def write_value(value: Any) -> str:
    """The text of a value that ``read_value`` reads again; empty where it is too long to write."""
    if isinstance(value, np.ndarray):
        return nested(value).replace("-", "−") if value.size <= LONGEST else ""
    return number(float(value)).replace("-", "−")


def starting_value(numbers: Sequence[float], first: int, shape: OpenShape | None) -> Value:
    """Small numbers in a shape, or a picture: one example, and other open axes get length 2."""
    if shape is None or shape == ():
        return numbers[first % len(numbers)]
    sizes = offered_sizes(shape)
    check_size(sizes, "the shape")
    if is_picture(shape):
        return picture(sizes, first)
    if math.prod(sizes) > LONGEST:
        return as_value(np.random.default_rng(first).standard_normal(sizes), "the value")
    return np.resize(np.roll(numbers, -first), sizes)


def in_words(shape: OpenShape | None) -> str:
    """What an array of a shape is called."""
    if shape is None or shape == ():
        return "a number"
    if is_picture(shape):
        return _PICTURES[len(shape)]
    is_batch = len(shape) == 2 and shape[0] is None
    if is_batch or len(shape) == 1:
        return "a vector"
    return "a matrix" if len(shape) == 2 else "an array"


def is_picture(shape: OpenShape | None) -> bool:
    """Whether a shape is that of signals, pictures or volumes: (batch, channels, …spatial).

    Where it leaves these lengths open, they will be those of a picture.
    """
    if shape is None or not 3 <= len(shape) <= 5:
        return False
    return all(size is None or size >= _SMALLEST for size in shape[2:])


def picture(sizes: tuple[int, ...], seed: int) -> Value:
    """Smooth blobs between 0 and 1, the same for the same seed; channels weigh them differently."""
    random, (batch, channels, *axes) = np.random.default_rng(seed), sizes
    found = np.zeros(sizes)
    for example in range(batch):
        for _ in range(_BLOBS):
            centres, widths = random.random(len(axes)), random.uniform(0.08, 0.25, len(axes))
            blob = np.ones(())
            for length, centre, width in zip(axes, centres, widths, strict=True):
                place = (np.linspace(0, 1, length) - centre) / width
                blob = np.multiply.outer(blob, np.exp(-(place**2) / 2))
            found[example] += np.multiply.outer(random.random(channels), blob)
    return as_value(found / max(found.max(), 1e-12), "the picture")
