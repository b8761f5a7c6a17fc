"""Points drawn with the mouse or the keys: classes on the plane, or a curve to be estimated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from graphlab.data.columns import Array
from graphlab.gui.datasets.marks import Stamps, class_colour
from graphlab.gui.datasets.plane import Plane, inside_of
from graphlab.gui.theme import GRID, LIGHT, Theme, font

CLASSES = 6
_REACH = 1.0  # the plane goes from −1 to 1
_MARK = 4.5
_SPRAY = 10.0  # pixels between two points of one stroke
_NEAR = 9.0  # pixels within which a point is taken away
_STEP, _LEAP = 0.02, 0.1
_MOST = 5000


@dataclass(frozen=True)
class Points:
    """Points of the plane, each with the place of its class; a curve has one class."""

    places: tuple[tuple[float, float], ...] = ()
    classes: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.places)

    def with_one(self, place: tuple[float, float], kind: int, index: int) -> Points:
        """One more, before the one at ``index``."""
        return Points(
            (*self.places[:index], place, *self.places[index:]),
            (*self.classes[:index], kind, *self.classes[index:]),
        )

    def without(self, index: int) -> Points:
        """One less."""
        return Points(
            self.places[:index] + self.places[index + 1 :],
            self.classes[:index] + self.classes[index + 1 :],
        )

    def as_arrays(self) -> tuple[Array, Array]:
        """The places (N, 2) and the classes (N)."""
        return np.array(self.places, float).reshape(-1, 2), np.array(self.classes, float)


@dataclass(frozen=True)
class _State:
    points: Points = field(default_factory=Points)
    kind: int = 0


class PointsCanvas(QWidget):
    """Click or drag to add points of the current class; the right button takes them away.

    By keys: the arrows move the cross, Space adds a point, Delete takes the nearest away, a digit
    chooses the class and Ctrl+Z takes the last change back.
    """

    changed = Signal()
    class_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT
        self.is_curve = False
        self._state = _State()
        self._past: list[Callable[[Points], Points]] = []  # what takes each change back
        self._cross = (0.0, 0.0)
        self._last: QPointF | None = None  # where the stroke added its last point
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(32 * GRID, 28 * GRID)
        self.setAccessibleName("Plane to draw points on")
        self._describe()

    # --- what is drawn ------------------------------------------------------------------------
    @property
    def points(self) -> Points:
        """All points that are there."""
        return self._state.points

    def set_points(self, points: Points, *, is_curve: bool = False) -> None:
        """Show points that were kept, with nothing to take back."""
        self.is_curve = is_curve
        self._past.clear()
        self._show(points)

    @property
    def kind(self) -> int:
        """The class that the next point is of."""
        return self._state.kind

    def choose(self, kind: int) -> None:
        """Draw points of another class from now on."""
        self._state = replace(self._state, kind=kind)
        self.update()

    def clear(self) -> None:
        """Take all points away, which can be taken back."""
        before = self.points
        self._edit(Points(), lambda _none: before)

    def undo(self) -> None:
        """Take the last change back."""
        if self._past:
            self._show(self._past.pop()(self.points))

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.theme = theme
        self.update()

    def _edit(self, points: Points, back: Callable[[Points], Points]) -> None:
        if points != self.points and len(points) <= _MOST:
            self._past.append(back)
            self._show(points)

    def _show(self, points: Points) -> None:
        self._state = replace(self._state, points=points)
        self._describe()
        self.update()
        self.changed.emit()

    def _describe(self) -> None:
        self.setAccessibleDescription(
            f"{len(self.points)} points; the cross is at {self._cross[0]:.2f}, "
            f"{self._cross[1]:.2f}; arrows move it, Space adds a point, Delete takes one away, "
            "digits choose the class"
        )

    # --- places -------------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        return QSize(52 * GRID, 44 * GRID)

    @property
    def plane(self) -> Plane:
        """Where points lie on this widget."""
        ends = (-_REACH, -_REACH), (_REACH, _REACH)
        return Plane(inside_of(QRectF(self.rect()), is_square=True), *ends)

    def _nearest(self, at: QPointF, within: float) -> int | None:
        plane = self.plane
        away = [(plane.place(*place) - at).manhattanLength() for place in self.points.places]
        best = min(range(len(away)), key=away.__getitem__, default=None)
        return best if best is not None and away[best] <= within else None

    def _add(self, at: QPointF) -> None:
        if self.plane.inside.contains(at):
            x, y = self.plane.point(at)
            kind = 0 if self.is_curve else self.kind
            self._last = at
            last = len(self.points)
            added = self.points.with_one((round(x, 4), round(y, 4)), kind, last)
            self._edit(added, lambda now: now.without(last))

    def _take_away(self, at: QPointF) -> None:
        near = self._nearest(at, _NEAR)
        if near is not None:
            place, kind = self.points.places[near], self.points.classes[near]
            self._edit(self.points.without(near), lambda now: now.with_one(place, kind, near))

    # --- mouse and keys -----------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Add a point, or take one away with the right button."""
        at = event.position()
        if event.button() == Qt.MouseButton.RightButton:
            self._take_away(at)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._add(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A stroke leaves points behind it, or takes them away."""
        at = event.position()
        if event.buttons() & Qt.MouseButton.RightButton:
            self._take_away(at)
        elif event.buttons() & Qt.MouseButton.LeftButton and self._is_far(at):
            self._add(at)

    def _is_far(self, at: QPointF) -> bool:
        return self._last is None or (at - self._last).manhattanLength() >= _SPRAY

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Draw without a mouse."""
        key, keys = event.key(), Qt.Key
        moves = {
            keys.Key_Left: (-1, 0),
            keys.Key_Right: (1, 0),
            keys.Key_Up: (0, 1),
            keys.Key_Down: (0, -1),
        }
        at = self.plane.place(*self._cross)
        if key in moves:
            step = _LEAP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
            across, up = (
                min(max(a + step * b, -_REACH), _REACH)
                for a, b in zip(self._cross, moves[keys(key)], strict=True)
            )
            self._cross = (round(across, 4), round(up, 4))
            self._describe()
            self.update()
        elif key == keys.Key_Space:
            self._add(at)
        elif key in (keys.Key_Delete, keys.Key_Backspace):
            self._take_away(at)
        elif key == keys.Key_Z and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.undo()
        elif keys.Key_1 <= key < keys.Key_1 + CLASSES and not self.is_curve:
            self.class_chosen.emit(key - keys.Key_1)
        else:
            super().keyPressEvent(event)

    # --- painting -----------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        pen = QPainter(self)
        pen.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen.setFont(font(11))
        plane = self.plane
        plane.draw_axes(pen, self.theme, ("x", "y") if self.is_curve else ("x1", "x2"))
        stamps = Stamps(_MARK, QColor(self.theme.card), self.devicePixelRatioF())
        for place, kind in zip(self.points.places, self.points.classes, strict=True):
            stamps.draw(pen, plane.place(*place), kind)
        if self.hasFocus():
            self._draw_cross(pen, plane)

    def _draw_cross(self, pen: QPainter, plane: Plane) -> None:
        pen.setPen(QPen(QColor(self.theme.accent), 2))
        pen.setBrush(Qt.BrushStyle.NoBrush)
        pen.drawRect(plane.inside)
        at = plane.place(*self._cross)
        pen.setPen(QPen(class_colour(0 if self.is_curve else self.kind), 1.5))
        for way in (QPointF(7, 0), QPointF(0, 7)):
            pen.drawLine(at - way, at + way)
