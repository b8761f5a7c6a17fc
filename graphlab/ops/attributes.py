"""The closed set of types an attribute may have, and how text, JSON and Python become them.

An annotation on an op's ``forward`` is the declaration: ``axis: int | None = None``,
``reduction: Literal["mean", "sum", "none"] = "mean"``, ``shape: OpenShape``.  Conversion is
msgspec's, strict; arrays are ours, because no general library bounds them before allocating.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import numpy as np
from numpy.typing import NDArray

from graphlab.errors import OpError

MAX_ELEMENTS = 2**30
"""No array of a graph may have more elements (8 GiB in float64); checked before allocating."""

MAX_AXES = 32
"""No array of a graph may have more axes; NumPy ends at 64, and a partial has twice as many."""

Value = float | NDArray[np.floating[Any]]
"""A number or an array, as given by the user."""

OpenShape = tuple[int | None, ...]
"""A shape whose None axes follow from what arrives."""

Axes = int | tuple[int, ...] | None
"""One axis, several, or None for all."""

Sizes = int | tuple[int, ...]
"""One length for all axes that a window slides along, or one for each."""

Sides = int | tuple[int | tuple[int, int], ...]
"""Padding: one number for all, or for each axis a number or a pair (before, after)."""

Padding = int | tuple[int | tuple[int, int], ...] | Literal["same", "valid"]
"""``Sides``, or the word for it."""

_LENGTHS = (OpenShape, OpenShape | None, tuple[int, ...], tuple[tuple[int, int], ...])
# What holds lengths, whose product is bounded; axes are ``Axes`` or may be None as a whole.

_PLAIN_WORDS: dict[Any, str] = {
    bool: "True or False",
    int: "a whole number",
    int | None: "a whole number or left out",
    float: "a number",
    Axes: "a whole number, several such as (0, 1), or left out",
    OpenShape: "lengths such as (2, 3), with None for an open one",
    OpenShape | None: "lengths such as (2, 3), with None for an open one, or left out",
    tuple[int, ...]: "whole numbers such as (2, 3)",
    tuple[int, ...] | None: "whole numbers such as (1, 0), or left out",
    Sizes: "a whole number, or one for each axis such as (2, 3)",
    Sides: "a whole number, or for each axis a number or a pair such as ((1, 2), (0, 1))",
    Padding: "a whole number, 'same', 'valid', or a number or a pair such as (1, 2) for each axis",
    tuple[tuple[int, int], ...]: "pairs of whole numbers such as ((1, 1), (0, 2))",
    float | Literal["inf"]: "a number or 'inf'",
    float | None: "a number or left out",
    float | tuple[float, ...] | None: "a number, several such as (2.0, 1.5), or left out",
    str: "a text",
    tuple[float, float, float, float]: "four numbers such as (10.0, 10.0, 5.0, 5.0)",
}


class AttributeType:
    """One attribute of one op: its type, its default, and how to read it.

    It is declared by a parameter of a function, whose type is read when it is first asked for.
    """

    def __init__(self, function: Callable[..., Any], parameter: str, default: Any) -> None:
        self._function, self._parameter = function, parameter
        self.is_required = default is inspect.Parameter.empty
        self.default = None if self.is_required else default

    @property
    def declared(self) -> Any:
        """The type as the parameter declares it."""
        return _declared(self._function)[self._parameter]

    @cached_property
    def annotation(self) -> Any:
        """The type."""
        return self.declared

    @cached_property
    def is_array(self) -> bool:
        """Whether it is a number or an array."""
        return self.annotation in (Value, Value | None)

    def convert(self, value: Any, what: str) -> Any:
        """Return ``value`` as this type; raises ``OpError`` naming ``what`` if it is not one."""
        if self.is_array:
            return None if value is None and not self.is_required else as_value(value, what)
        if self.is_default(value):
            return value  # an infinite bound means that there is none
        try:
            converted = msgspec.convert(_plain(value), self.annotation, strict=True)
        except msgspec.ValidationError:
            raise OpError(self._complaint(value, what)) from None
        for number in _numbers(converted):
            if not math.isfinite(number):
                raise OpError(f"{what} is {value!r}, and must be a finite number")
        self.check(converted, what)
        return converted

    def check(self, value: Any, what: str) -> None:
        """Raise ``OpError`` for a converted value out of bounds: lengths that no array can have."""
        if self.annotation in _LENGTHS and value is not None:
            _check_extent(value, what)

    def is_default(self, value: Any) -> bool:
        """Whether leaving the attribute out would mean the same."""
        return not self.is_required and same_value(value, self.default)

    def _complaint(self, value: Any, what: str) -> str:
        if self.choices:
            return f"{what} is {_shown(value)}: choose {self.in_words()}"
        return f"{what} must be {self.in_words()}, and is {_shown(value)}"

    @property
    def choices(self) -> tuple[str, ...]:
        """The words to choose from; none where it is no choice."""
        return get_args(self.annotation) if get_origin(self.annotation) is Literal else ()

    def in_words(self) -> str:
        """The type as a sentence tells it: ``a whole number``, ``mean, sum or none``."""
        if self.choices:
            *others, last = self.choices
            return f"{', '.join(others)} or {last}"
        if self.is_array:
            return "a number or an array"
        return _PLAIN_WORDS.get(self.annotation) or self.describe()

    def describe(self) -> str:
        """The type as a person writes it."""
        return inspect.formatannotation(self.annotation).replace("typing.", "")


@cache
def _declared(function: Callable[..., Any]) -> dict[str, Any]:
    """The types of a function's parameters; those of all ops would delay a start by a tenth."""
    return get_type_hints(function, include_extras=True)


def same_value(a: Any, b: Any) -> bool:
    """Equality of attribute values, arrays included."""
    return type(a) is type(b) and _same(a, b)


def check_size(shape: tuple[int | None, ...], what: str) -> None:
    """Raise ``OpError`` for a negative length, too many axes or more than ``MAX_ELEMENTS``."""
    check_axes(len(shape), what)
    if any(s is not None and s < 0 for s in shape):
        raise OpError(f"{what} is {shape}, and no axis can have a negative length")
    _check_elements(math.prod(s for s in shape if s is not None), shape, what)


def check_axes(axes: int, what: str) -> None:
    """Raise ``OpError`` for more than ``MAX_AXES`` axes."""
    if axes > MAX_AXES:
        raise OpError(
            f"{what} has {axes:,} axes, and GraphLab holds at most {MAX_AXES}: use fewer axes"
        )


def depth(value: Any) -> int:
    """How many axes a nested list asks for, before NumPy is asked; beyond ``MAX_AXES`` by one."""
    axes = 0
    while isinstance(value, list | tuple) and axes <= MAX_AXES:
        axes += 1
        value = value[0] if value else None
    return axes


def as_value(value: Any, what: str) -> Value:
    """Return a finite float, or a read-only float array (float32 kept, all else float64)."""
    if isinstance(value, bool | int | float | np.integer | np.floating) and np.ndim(value) == 0:
        number = _as_float(value, what)
        if not math.isfinite(number):
            raise OpError(f"{what} is {number}, and must be a finite number")
        return number
    if depth(value) > MAX_AXES:
        raise OpError(f"{what} is nested more than {MAX_AXES} lists deep: use fewer brackets")
    try:
        array = np.array(value, dtype=None if isinstance(value, np.ndarray) else float)
    except OverflowError:
        raise OpError(f"{what} holds a number too large for 64 bits") from None
    except (TypeError, ValueError):
        raise OpError(f"{what} is not a number or a rectangular list of numbers") from None
    if array.dtype.kind not in "biuf":
        raise OpError(f"{what} holds {array.dtype.name}, and must hold real numbers")
    if array.dtype != np.float32:
        array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise OpError(f"{what} holds NaN or infinity, and must hold finite numbers")
    if array.ndim == 0 and array.dtype == np.float64:
        return float(array)
    check_axes(array.ndim, what)
    array.flags.writeable = False
    return array


def _check_extent(sizes: tuple[Any, ...], what: str) -> None:
    """Refuse lengths, or pairs of them, that no array can have; -1 and None are still open."""
    check_axes(len(sizes), what)
    totals = (sum(size) if isinstance(size, tuple) else size for size in sizes)
    _check_elements(math.prod(t for t in totals if t is not None and t > 0), sizes, what)


def _check_elements(elements: int, shape: tuple[Any, ...], what: str) -> None:
    if elements > MAX_ELEMENTS:
        many = f"{elements:.3g}" if elements < 10**300 else "far too many"
        raise OpError(
            f"{what} is {_shown(shape)}, which is {many} elements; GraphLab holds at most "
            f"{MAX_ELEMENTS:.3g} in one array, so make it smaller"
        )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _as_float(value: Any, what: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise OpError(f"{what} is too large for a number of 64 bits") from None


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())
    return bool(a == b)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, tuple | list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, float):
        yield value
