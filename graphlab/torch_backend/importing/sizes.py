"""Sizes that a model computes with, and which of them follow the batch.

A model is walked with the shapes of its example and, beside them, with the shapes of a batch of
another size.  A number that differs between the two depends on the batch; one that does not is a
constant.  So ``x.view(x.size(0), -1)`` stays open in the batch, without symbols.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphlab.ops.broadcasting import Shape


@dataclass(frozen=True, slots=True)
class Size:
    """A number that depends on the batch: with the example's, and with the other one."""

    example: Any
    other: Any


def joined(example: Any, other: Any) -> Any:
    """One value where both agree, and a ``Size`` in each place where they do not."""
    if isinstance(example, tuple | list) and isinstance(other, tuple | list):
        if len(example) == len(other):
            pairs = (joined(a, b) for a, b in zip(example, other, strict=True))
            return tuple(pairs) if isinstance(example, tuple) else list(pairs)
        return Size(example, other)
    return example if type(example) is type(other) and example == other else Size(example, other)


def sizes_of(example: Shape, other: Shape) -> tuple[Any, ...]:
    """A shape as the model sees it, the batch's part of it open."""
    return tuple(joined(a, b) for a, b in zip(example, other, strict=True))


def with_example(value: Any) -> Any:
    """The value with the example's numbers in it."""
    return mapped(value, lambda leaf: leaf.example if isinstance(leaf, Size) else leaf)


def with_other(value: Any) -> Any:
    """The value with the other batch's numbers in it."""
    return mapped(value, lambda leaf: leaf.other if isinstance(leaf, Size) else leaf)


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Nested tuples, lists, dicts and slices with every leaf changed."""
    kind = type(value)
    if kind is tuple or kind is list:
        return kind([mapped(item, change) for item in value])
    if isinstance(value, dict):
        return {key: mapped(item, change) for key, item in value.items()}
    if kind is slice:
        return slice(*(mapped(end, change) for end in (value.start, value.stop, value.step)))
    if isinstance(value, tuple | list):  # fx's immutable lists, named tuples, torch.Size
        items = [mapped(item, change) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return change(value)


def leaves(value: Any) -> list[Any]:
    """All leaves of nested tuples, lists, dicts and slices."""
    found: list[Any] = []
    mapped(value, found.append)
    return found
