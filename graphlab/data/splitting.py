"""Which rows are for training, validation and test: decided by a seed, balanced by class."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from graphlab.data.columns import Array, Rows
from graphlab.data.data_set import SPLITS
from graphlab.errors import DataError

DEFAULT = (0.8, 0.1, 0.1)
"""Shares of training, validation and test."""


def split_rows(
    count: int,
    shares: Sequence[float],
    seed: int,
    *,
    classes: Array | None = None,
    given: Mapping[str, Rows] | None = None,
) -> dict[str, Rows]:
    """Disjoint, complete, ascending rows of train, validation and test.

    A split that the publisher made stands; where only its validation rows are missing they are
    taken from the training rows, in the proportion of the shares.  With ``classes`` every split
    has each class in the proportion of the whole, to within two examples.
    """
    train, validation, test = checked(shares)
    published = {name: np.sort(rows) for name, rows in (given or {}).items() if len(rows)}
    everything = np.arange(count)
    if not published.keys() - {"train"}:
        parts = _cut(everything, (train, validation, test), seed, classes)
        return dict(zip(SPLITS, parts, strict=True))
    rest = published.get("train", everything[:0])
    if "validation" not in published and len(rest) and train + validation > 0:
        share = validation / (train + validation)
        kept, held, _ = _cut(rest, (1 - share, share, 0.0), seed, classes)
        published.update(train=kept, validation=held)
    return {name: published.get(name, everything[:0]) for name in SPLITS}


def checked(shares: Sequence[float]) -> tuple[float, float, float]:
    """Three shares that add up to 1; ``DataError`` for anything else."""
    total = sum(shares)
    if len(shares) != 3 or not math.isfinite(total) or min(shares) < 0 or shares[0] <= 0:
        raise DataError(
            "a split is three shares for training, validation and test, the first of them more "
            f"than 0, such as 80/10/10; got {'/'.join(f'{share:g}' for share in shares)}"
        )
    return shares[0] / total, shares[1] / total, shares[2] / total


def _cut(
    rows: Rows, shares: tuple[float, float, float], seed: int, classes: Array | None
) -> list[Rows]:
    order = rows[_spread(len(rows), seed, None if classes is None else classes[rows])]
    tested, validated = (_rounded(len(rows) * share) for share in (shares[2], shares[1]))
    ends = np.cumsum([tested, min(validated, len(rows) - tested)])
    test, validation, train = np.split(order, ends)
    return [np.sort(train), np.sort(validation), np.sort(test)]


def _rounded(count: float) -> int:
    return math.floor(count + 0.5)


def _spread(count: int, seed: int, classes: Array | None) -> Rows:
    """A random order in which every stretch has the classes in proportion: the r-th of the m
    members of a class stands at (r + u)/m, with one u a class."""
    generator = np.random.default_rng((seed, 1))
    order: Rows = generator.permutation(count)
    if classes is None:
        return order
    _, ids = np.unique(classes[order], return_inverse=True)
    sizes = np.bincount(ids)
    by_class = np.argsort(ids, kind="stable")
    starts = np.cumsum(sizes) - sizes
    rank = np.empty(count)
    rank[by_class] = np.arange(count) - np.repeat(starts, sizes)
    place = (rank + generator.random(len(sizes))[ids]) / sizes[ids]
    return order[np.argsort(place, kind="stable")]
