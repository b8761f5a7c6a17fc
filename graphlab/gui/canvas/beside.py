"""Where a card of words fits beside what it explains, in pixels of the view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt

from graphlab.gui.canvas.boxes import Floats, Rect
from graphlab.gui.canvas.figure import Emphasis, Point
from graphlab.gui.canvas.minimap import Minimap
from graphlab.gui.canvas.stage import Stage

_PITCH = 12  # pixels between two places that are tried
_GAP = 8  # pixels left around
_STAY = 120.0  # so much worse a place may be, in pixels of distance, for words to stay there
_COVERED = 0.1  # pixels of distance that one covered square pixel of the rest counts as
_NEVER = 1e9  # the same for covering what is explained


class Scene(NamedTuple):
    """What is in the view: rectangles x, y, width, height."""

    width: float
    height: float
    kept: Floats  # what must stay free: what is lit, and what it stands between
    rest: Floats  # what is better left free
    taken: Floats  # where something else lies over the figure, such as the map


def scene_of(stage: Stage, emphasis: Emphasis) -> Scene:
    """Everything that is seen, parted by whether it is explained."""
    places, links = stage.places, emphasis.links
    lit = [places.link_index[key] for key in links if key in places.link_index]
    cards = {places.index[card] for card in emphasis.cards if card in places.index}
    for i in lit:
        cards |= {int(places.sources[i]), int(places.targets[i])}
    near = [places.link_index[k] for k in emphasis.near_links if k in places.link_index]
    if len(near) == len(places.link_index):  # the last step keeps all in full strength
        near = []
    labels = [places.labels[:, i] for i in {*lit, *near}]
    boxes = [places.cards[sorted(cards)], *labels]
    boxes += [np.array(places.link_boxes(i)) for i in lit]
    kept = np.concatenate([box.reshape(-1, 4) for box in boxes])
    rest = np.concatenate([places.cards, places.labels.reshape(-1, 4)])
    view = stage.viewport()
    width, height = float(view.width()), float(view.height())
    return Scene(
        width,
        height,
        _seen(stage, kept, width, height),
        _seen(stage, rest, width, height),
        _rows(_maps(stage)),
    )


class Spot(NamedTuple):
    """A place for the corner of a card of words, and what that covers."""

    place: Point
    is_free: bool  # of what it explains
    covered: float  # square pixels of the rest


def place_beside(size: Point, scene: Scene, now: Point | None) -> Spot:
    """The place for a card of this size that leaves free what it explains: near, on little else.

    If there is none it is the place that covers least.  Where the card is ``now`` it stays unless
    another place is much better.
    """
    width, height = size
    right, bottom = scene.width - width - _GAP, scene.height - height - _GAP
    if right < _GAP or bottom < _GAP or not len(scene.kept):
        return Spot((_GAP, max(bottom, 0.0)), right >= _GAP and bottom >= _GAP, 0.0)
    across = np.append(np.arange(_GAP, right, _PITCH), right)
    down = np.append(np.arange(_GAP, bottom, _PITCH), bottom)
    corners = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
    kept = scene.kept + np.array([-_GAP, -_GAP, 2 * _GAP, 2 * _GAP])
    kept = np.concatenate([kept, scene.taken])
    in_way, beneath = (_covered(across, down, size, boxes) for boxes in (kept, scene.rest))
    if now is not None:
        here = np.clip(now, _GAP, (right, bottom))
        corners = np.concatenate([corners, [here]])
        in_way = np.append(in_way, _covered(here[:1], here[1:], size, kept))
        beneath = np.append(beneath, _covered(here[:1], here[1:], size, scene.rest))
    cost = _distance(corners, size, scene.kept) + _COVERED * beneath
    if now is not None:
        cost[-1] -= _STAY
    best = int((np.where(in_way > 0, in_way * 1e3 + _NEVER, 0.0) + cost).argmin())
    x, y = corners[best].tolist()
    return Spot((x, y), bool(in_way[best] == 0), float(beneath[best]))


class Margin(NamedTuple):
    """A place at a side of the view, and what a line of words there would lie on."""

    place: QPoint
    cards: int
    links: int  # pieces of them, and their labels


def places_at_side(stage: Stage, size: QSize, gap: int = _GAP) -> list[Margin]:
    """The middle of the bottom first, then the other sides, off the map and what is selected.

    If none of them is, all.  ``gap`` is how far from the side they are.
    """
    places, width, height = stage.places, stage.viewport().width(), stage.viewport().height()
    low, right = height - size.height() - gap, width - size.width() - _GAP
    across, down = ((width - size.width()) // 2, _GAP, right), (low, gap)
    selected = [places.card_box(places.index[card]) for card in stage.selection]
    kept = np.concatenate([_seen(stage, _rows(selected), width, height), _rows(_maps(stage))])
    covered = _covered(np.array(across), np.array(down), size.toTuple(), kept).tolist()
    spots = [QPoint(x, y) for y in down for x in across]
    free = [spot for spot, area in zip(spots, covered, strict=True) if not area]
    return [_margin(stage, QRect(spot, size)) for spot in free or spots]


def _margin(stage: Stage, room: QRect) -> Margin:
    area, places = stage.mapToScene(room).boundingRect(), stage.places
    box = (area.x(), area.y(), area.width(), area.height())
    links = (places.piece_boxes, places.tail_boxes, places.head_boxes)
    count = sum(len(boxes.meeting(box, 0.0)) for boxes in links)
    return Margin(room.topLeft(), len(places.card_boxes.meeting(box, 0.0)), count)


def _maps(stage: Stage) -> list[Rect]:
    """Where the map lies over the figure."""
    nearest = Qt.FindChildOption.FindDirectChildrenOnly
    maps = stage.findChildren(Minimap, options=nearest)
    shown = [one.geometry() for one in maps if one.isVisible()]
    return [(r.x(), r.y(), r.width(), r.height()) for r in shown]


def _rows(boxes: Sequence[Rect]) -> Floats:
    return np.array(boxes, dtype=float).reshape(-1, 4)


def _seen(stage: Stage, boxes: Floats, width: float, height: float) -> Floats:
    """Rectangles of the figure as they are in the view; only those that are in it."""
    boxes = boxes[boxes[:, 2] > 0]
    turn = stage.viewportTransform()
    zoom = turn.m11()
    seen = np.asarray(boxes * zoom + np.array([turn.dx(), turn.dy(), 0.0, 0.0]))
    low, high = seen[:, :2], seen[:, :2] + seen[:, 2:]
    is_seen = (low < (width, height)).all(axis=1) & (high > 0).all(axis=1)
    return np.asarray(seen[is_seen])


def _covered(across: Floats, down: Floats, size: Point, boxes: Floats) -> Floats:
    """How much of the rectangles a card with its corner in each row and column would cover.

    What it covers of one is a width by column times a height by row, so all is one product.
    """
    sides = []
    for axis, places in enumerate((across, down)):
        low = np.maximum(places[:, None], boxes[None, :, axis])
        high = np.minimum(
            places[:, None] + size[axis], boxes[None, :, axis] + boxes[None, :, axis + 2]
        )
        sides.append(np.maximum(high - low, 0.0))
    return np.asarray(sides[1] @ sides[0].T).ravel()


def _distance(corners: Floats, size: Point, kept: Floats) -> Floats:
    """From the card's middle to the middle of what it explains, the way across counting more."""
    low = kept[:, :2].min(axis=0)
    high = (kept[:, :2] + kept[:, 2:]).max(axis=0)
    gap = np.maximum(np.maximum(low - corners - size, corners - high), 0.0)
    away = corners + np.array(size) / 2 - (low + high) / 2
    return np.asarray(np.linalg.norm(gap, axis=1) + 0.35 * np.linalg.norm(away, axis=1))
