"""How strongly each card and each link is drawn: active, in full, or stepped back."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Key = TypeVar("_Key", bound=Hashable)


def found(names: Iterable[_Key], index: Mapping[_Key, int], state: int) -> dict[int, int]:
    """A state for the indices of the names that are there."""
    return {index[name]: state for name in names if name in index}


def renewed(
    states: NDArray[np.int8],
    before: Mapping[int, int],
    told: Mapping[int, int],
    rest: int,
    *,
    is_rest_same: bool,
) -> list[int]:
    """Give what is told its state and all else ``rest``; returns which have another one now."""
    if is_rest_same:  # few, most of the time
        changed = [i for i in sorted({*before, *told}) if states[i] != told.get(i, rest)]
        for i in changed:
            states[i] = told.get(i, rest)
        return changed
    was = states.copy()
    states[:] = rest
    states[list(told)] = list(told.values())
    return list((was != states).nonzero()[0].tolist())
