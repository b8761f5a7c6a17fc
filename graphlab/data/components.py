"""Which pixels of a mask hang together, since one number may stand for several objects."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphlab.data.columns import Array


def components(mask: Array) -> NDArray[np.int32]:
    """(H, W): 1, 2, … on each region of equal, non-zero pixels that touch by a side; 0 elsewhere.

    Every pixel points at a neighbour of a smaller number until all of a region point at its
    first: label propagation with pointer jumping, in whole arrays.
    """
    height, width = mask.shape
    parent = np.arange(mask.size)
    flat = mask.ravel()
    at = parent.reshape(height, width)
    one = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    other = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    joins = (flat[one] == flat[other]) & (flat[one] != 0)
    one, other = one[joins], other[joins]
    while True:
        first, second = parent[one], parent[other]
        apart = first != second
        if not apart.any():
            break
        low, high = np.minimum(first, second)[apart], np.maximum(first, second)[apart]
        np.minimum.at(parent, high, low)
        while not np.array_equal(parent, parent[parent]):
            parent = parent[parent]
    roots = np.unique(parent[flat != 0])
    labels = np.searchsorted(roots, parent).astype(np.int32) + 1
    return np.where(flat != 0, labels, 0).reshape(height, width).astype(np.int32)


def centroids(labels: Array) -> NDArray[np.float64]:
    """(regions, 2): the mean y, x of the pixels of each label 1, 2, …."""
    ids = labels.ravel()
    sizes = np.bincount(ids)[1:]
    places = np.indices(labels.shape).reshape(2, -1)
    sums = [np.bincount(ids, along)[1:] for along in places]
    return np.stack(sums, 1) / np.maximum(sizes, 1)[:, None]
