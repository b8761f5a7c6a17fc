"""Bringing cards into line: edits of positions only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Literal, get_args

from graphlab.errors import GraphError
from graphlab.graph.edits import move
from graphlab.graph.graph import Graph

Alignment = Literal["left", "right", "top", "bottom", "column", "row", "across", "down"]

ALIGNMENTS: tuple[Alignment, ...] = get_args(Alignment)

_Box = tuple[float, float, float, float]
_GAP = 24.0  # left between two cards that would lie on each other


def align(
    graph: Graph, names: Iterable[str], places: Mapping[str, Sequence[float]], how: str
) -> Graph:
    """Move cards, each at its (x, y) or (x, y, width, height) of ``places``, into line.

    ``left``, ``right``, ``top`` and ``bottom`` align sides; ``column`` puts the middles under each
    other and ``row`` beside each other; ``across`` and ``down`` leave the same room between them.
    None comes to lie on another.
    """
    if how not in ALIGNMENTS:
        raise GraphError(f"cards cannot be aligned {how!r:.40}; choose one of {_listed()}")
    boxes: dict[str, _Box] = {}
    for name in dict.fromkeys(names):
        if name not in places:
            raise GraphError(f"{name} has no place in the picture, so it cannot be aligned")
        x, y, width, height = (*places[name], 0.0, 0.0)[:4]
        boxes[name] = (x, y, width, height)
    if len(boxes) < 2:
        return graph
    spread = {"across": 0, "down": 1}.get(how)
    if spread is not None:
        return move(graph, _spread(boxes, spread))
    place = _LINES[how]
    left, top = min(b[0] for b in boxes.values()), min(b[1] for b in boxes.values())
    right = max(x + width for x, _, width, _ in boxes.values())
    bottom = max(y + height for _, y, _, height in boxes.values())
    around = (left, top, right - left, bottom - top)
    aligned = {name: (*place(box, around), *box[2:]) for name, box in boxes.items()}
    return move(graph, _apart(aligned, boxes, 0 if how in ("top", "bottom", "row") else 1))


_LINES: Mapping[str, Callable[[_Box, _Box], tuple[float, float]]] = {
    "left": lambda box, around: (around[0], box[1]),
    "right": lambda box, around: (around[0] + around[2] - box[2], box[1]),
    "top": lambda box, around: (box[0], around[1]),
    "bottom": lambda box, around: (box[0], around[1] + around[3] - box[3]),
    "column": lambda box, around: (around[0] + (around[2] - box[2]) / 2, box[1]),
    "row": lambda box, around: (box[0], around[1] + (around[3] - box[3]) / 2),
}


def _apart(
    aligned: Mapping[str, _Box], boxes: Mapping[str, _Box], axis: int
) -> dict[str, tuple[float, float]]:
    """Where aligned cards go, those that would lie on the one before moved on along the line.

    They follow each other as they stand in ``boxes``, of cards on one level the upper or left one
    first.
    """
    found, end = {}, -inf
    for name in sorted(boxes, key=lambda name: (boxes[name][axis], boxes[name][1 - axis])):
        x, y, *size = aligned[name]
        at = (x, y)[axis]
        if at < end:
            at = end + _GAP
        found[name] = (at, y) if axis == 0 else (x, at)
        end = at + size[axis]
    return found


def _spread(boxes: Mapping[str, _Box], axis: int) -> dict[str, tuple[float, float]]:
    """The same gap between neighbours; the first and the last stay where they are."""
    order = sorted(boxes, key=lambda name: boxes[name][axis])
    first, last = boxes[order[0]], boxes[order[-1]]
    room = last[axis] - first[axis] - sum(boxes[name][axis + 2] for name in order[:-1])
    gap = room / (len(order) - 1)
    found, at = {}, first[axis]
    for name in order:
        x, y, *size = boxes[name]
        found[name] = (at, y) if axis == 0 else (x, at)
        at += size[axis] + gap
    return found


def _listed() -> str:
    return ", ".join(ALIGNMENTS[:-1]) + f" or {ALIGNMENTS[-1]}"
