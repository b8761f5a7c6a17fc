"""What layers with filters have in common: how their weights and biases must fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.attributes import OpenShape
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array


def check_filters(weight: Shape, rank: int, name: str, order: str) -> None:
    """Refuse a weight that is no bank of filters."""
    if len(weight) != rank + 2 or 0 in weight:
        raise OpError(
            f"weight is {show_shape(weight)}, and {name} takes {order}: {rank + 2} axes, none of "
            f"length 0"
        )


def check_groups(channels: int, port: str, groups: int) -> None:
    """Refuse groups that do not divide the channels."""
    if groups < 1 or channels % groups:
        raise OpError(
            f"{port} has {channels} channels, which groups {groups} does not divide into equal "
            f"parts: choose a divisor of {channels}"
        )


def check_bias(bias: Shape | None, filters: int) -> None:
    """Refuse a bias that has not one number a filter."""
    if bias is not None and bias != (filters,):
        raise OpError(
            f"bias is {show_shape(bias)} but weight makes {filters} channels: give bias shape "
            f"({filters},), one number a channel, or leave its shape open"
        )


def channels_of(x: Shape | None, rank: int, groups: int) -> int | None:
    """x's channels, if they are known and can be divided into groups."""
    if x is None or len(x) not in (rank + 1, rank + 2) or groups < 1:
        return None
    return None if x[-rank - 1] % groups else x[-rank - 1]


def vector_as_long_as(wanted: OpenShape | None, length: int | None) -> OpenShape | None:
    """(length,) where that is what is wanted and still open."""
    return (length,) if length is not None and wanted in (None, (None,)) else wanted


def filled(wanted: OpenShape, lengths: Sequence[int | None]) -> OpenShape:
    """Put lengths where the first axes are still open."""
    rest = wanted[len(lengths) :]
    return (*(w if w is not None else n for w, n in zip(wanted, lengths, strict=False)), *rest)


def moved_by_tangents(
    forward: Any, tangents: Sequence[Any], out: Array, *factors: Array, **attributes: Any
) -> Any:
    """The change of what is linear in x and in weight, where the bias adds to a channel each."""
    of_x, of_weight, of_bias = (*tangents, None)[:3]
    x, weight = factors
    total: Any = np.zeros_like(out)
    if of_x is not None:
        total = total + forward(of_x, weight, **attributes)
    if of_weight is not None:
        total = total + forward(x, of_weight, **attributes)
    if of_bias is not None:
        total = total + of_bias.reshape(-1, *(1,) * (weight.ndim - 2))
    return total
