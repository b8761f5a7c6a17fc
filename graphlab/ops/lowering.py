"""How padding is told to torch: its layers pad both sides of an axis alike, all else is a pad."""

from __future__ import annotations

from typing import Any

from graphlab.ops.attributes import Padding
from graphlab.ops.windows import Windows


def symmetric(padding: Padding) -> Any:
    """The padding as torch's layers take it; None where an axis has two different sides."""
    if isinstance(padding, int | str):
        return padding
    pairs = [(side, side) if isinstance(side, int) else side for side in padding]
    if any(before != after for before, after in pairs):
        return None
    return tuple(before for before, _ in pairs)


def flat_pads(pairs: Any) -> list[int]:
    """Pairs by axis as ``torch.nn.functional.pad`` takes them: from the last axis, in one row."""
    both = [(side, side) if isinstance(side, int) else side for side in pairs]
    return [length for pair in reversed(both) for length in pair]


def covering(windows: Windows) -> list[int]:
    """The padding, negative to cut, after which the windows need neither padding nor ceil mode."""
    return flat_pads(windows.reach)
