"""From where a figure is seen: zoom, pan and fit, gliding there where motion is wanted."""

from __future__ import annotations

import os
from collections.abc import Iterable
from math import ceil, floor

from PySide6.QtCore import (
    QEasingCurve,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    Qt,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from graphlab.gui.canvas.boxes import Rect
from graphlab.gui.canvas.painter import NUMBERS, SYMBOLS
from graphlab.gui.theme import USUAL, base_size

CLOSEST, FARTHEST = 4.0, 0.005
"""The limits of the zoom."""

MARGIN = 32
"""Pixels left around a figure that is fitted."""

GLIDE = 180
"""Milliseconds that a movement takes."""

_SMALLEST = 1 / 3  # of the view, to which a figure can be zoomed out
_LARGEST_FIT = 1.25  # a small figure is not blown up beyond this
_OUT = 2  # pixels by which what is painted again is wider than what looks different
_EDGE = 6  # pixels left and right of a figure that is just read so
_MOST = 0.5  # so much of a row has to be seen where it is shown from its beginning


class Camera(QGraphicsView):
    """A view without items or scroll bars over a figure with known bounds."""

    zoomed = Signal(float)
    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # PySide loads every kind of widget there is, to tell what one is that Qt itself has made
        self.setViewport(QWidget())
        self.is_animated = wants_motion()
        self._is_fitted, self._is_begun = True, False
        # the point of the figure under a point of the view that zooming keeps, so that rounding
        # to whole pixels does not add up over many notches
        self._anchor: tuple[QPointF, QPointF] | None = None
        self._glide = QVariantAnimation(self)
        self._glide.setDuration(GLIDE)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._on_glide)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.viewport().setAutoFillBackground(False)
        self.setScene(QGraphicsScene(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)

    @property
    def bounds(self) -> Rect:
        """The rectangle around everything there is to see."""
        return (0.0, 0.0, 0.0, 0.0)

    @property
    def beginning(self) -> float:
        """The height at which a figure begins that is read from left to right."""
        return 0.0

    @property
    def is_in_rows(self) -> bool:
        """Whether it is read like a page, row after row."""
        return False

    @property
    def zoom(self) -> float:
        """Pixels per unit of the figure."""
        return self.transform().m11()

    @property
    def coming_zoom(self) -> float:
        """The zoom there will be when the view stands still."""
        if self._glide.state() == QVariantAnimation.State.Running:
            return float(self._glide.endValue().width())
        return self.zoom

    def visible(self) -> QRectF:
        """The part of the figure's plane that the view shows."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    @property
    def is_fitted(self) -> bool:
        """Whether nobody has chosen what is in view, and from how near."""
        return self._is_fitted

    def under(self, place: QRect) -> QRectF:
        """The part of the figure's plane in a rectangle of the view."""
        return self.mapToScene(place).boundingRect()

    def pixels(self, area: QRectF) -> QRect:
        """Where a rectangle of the figure is in the view, rounded outwards."""
        return self.mapFromScene(area).boundingRect().adjusted(-_OUT, -_OUT, _OUT, _OUT)

    def pixels_of(self, areas: Iterable[Rect], reach: float = 0.0) -> list[QRect]:
        """Where rectangles of the figure, made wider by ``reach``, are; only those in the view."""
        world, port = self.viewportTransform(), self.viewport()
        zoom, across, down = world.m11(), world.dx() - _OUT, world.dy() - _OUT
        most, lowest, out = port.width(), port.height(), 2 * (reach * zoom + _OUT)
        found = list[QRect]()
        for x, y, width, height in areas:
            left, top = floor(zoom * (x - reach) + across), floor(zoom * (y - reach) + down)
            wide, high = ceil(zoom * width + out) + 1, ceil(zoom * height + out) + 1
            if left < most and top < lowest and left + wide > 0 and top + high > 0:
                found.append(QRect(left, top, wide, high))
        return found

    def fit(self, *, at_once: bool = False) -> None:
        """Bring the whole figure into view, small ones not larger than they read well."""
        x, y, width, height = self.bounds
        zoom = self._fitting_zoom()
        if zoom:
            self.look_at(QPointF(x + width / 2, y + height / 2), zoom, at_once=at_once)
        self._is_fitted, self._is_begun, self._anchor = True, False, None

    def begin(self, *, at_once: bool = False) -> None:
        """Show a figure so that it can be read: whole if that can be, else where it begins.

        Of rows that cannot be read together all are shown, while their symbols can be told.
        """
        fitting, near = self._fitting_zoom(), NUMBERS * USUAL / base_size()
        (x, y, width, height), view = self.bounds, self.viewport()
        is_low = height * near <= view.height() - 2 * MARGIN
        if fitting < near and is_low and width * near <= view.width() - 2 * _EDGE:
            self.look_at(QPointF(x + width / 2, y + height / 2), near, at_once=at_once)
        elif 0 < fitting < SYMBOLS or (
            _MOST * near <= fitting < near and is_low and not self.is_in_rows
        ):
            across = x + (view.width() / 2 - MARGIN) / near
            down = y + height / 2 if is_low else self.beginning
            self.look_at(QPointF(across, down), near, at_once=at_once)
        else:
            self.fit(at_once=at_once)
        self._is_fitted, self._is_begun = True, True

    def _fitting_zoom(self) -> float:
        """The zoom at which the whole figure is in view; 0 where there is none."""
        _, _, width, height = self.bounds
        room = self.viewport().rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        if width <= 0 or room.width() <= 0 or room.height() <= 0:
            return 0.0
        return min(room.width() / width, room.height() / height, _LARGEST_FIT)

    def look_at(self, middle: QPointF, zoom: float | None = None, *, at_once: bool = False) -> None:
        """Bring a point to the middle of the view, at a zoom or the present one."""
        zoom = min(max(zoom or self.coming_zoom, FARTHEST), CLOSEST)
        self._is_fitted, self._anchor = False, None
        self._glide.stop()
        if not self.is_animated or at_once or not self.isVisible():
            self._look(middle, zoom)
            return
        now = self.visible().center()
        self._glide.setStartValue(QRectF(now.x(), now.y(), self.zoom, 0.0))
        self._glide.setEndValue(QRectF(middle.x(), middle.y(), zoom, 0.0))
        self._glide.start()

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Zoom, keeping the point of the viewport ``around`` (its middle if None) where it is."""
        self._glide.stop()
        if not any(self.bounds[2:]):
            return  # nothing would show that it is done
        place = QPointF(self.viewport().rect().center()) if around is None else around
        if self._anchor is None or self._anchor[0] != place:
            self._anchor = (place, self.mapToScene(place.toPoint()))
        fixed = self._anchor[1]
        lowest = min(max(self._fitting_zoom() * _SMALLEST, FARTHEST), self.zoom)
        zoom = min(max(self.zoom * factor, lowest), CLOSEST)
        if zoom == self.zoom:
            return
        middle = QPointF(self.viewport().rect().center())
        self._look(fixed + (middle - place) / zoom, zoom)
        self._is_fitted = False

    def pan_by(self, x: int, y: int) -> None:
        """Move the view over the figure by pixels."""
        self._glide.stop()
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() + x)
        down.setValue(down.value() + y)
        self._is_fitted, self._anchor = False, None

    def bring_into_view(self, area: QRectF) -> None:
        """Move the view no further than it takes to show a rectangle."""
        if not self.visible().contains(area):
            self._glide.stop()
            self.ensureVisible(area, MARGIN, MARGIN)

    def _on_glide(self, value: QRectF) -> None:
        if value is not None:
            self._look(value.topLeft(), value.width())

    def _look(self, middle: QPointF, zoom: float) -> None:
        if zoom != self.zoom:
            self.resetTransform()
            self.scale(zoom, zoom)
            self._update_limits()
            self.centerOn(middle)
            self.zoomed.emit(zoom)
        else:
            self.centerOn(middle)
        self.view_changed.emit()

    def _update_limits(self) -> None:
        """Let every part of the figure be moved to the middle of the view."""
        x, y, width, height = self.bounds
        zoom = self.zoom or 1.0
        across, down = self.viewport().width() / zoom, self.viewport().height() / zoom
        self.setSceneRect(x - across, y - down, width + 2 * across, height + 2 * down)

    def scrollContentsBy(self, x: int, y: int) -> None:
        super().scrollContentsBy(x, y)
        self.view_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        before = QRect(QPoint(0, 0), event.oldSize())
        middle, whole = self.mapToScene(before.center()), QRectF(*self.bounds)
        was_whole = whole.isValid() and self.under(before).contains(whole)
        super().resizeEvent(event)
        self._glide.stop()
        self._update_limits()
        if not self._is_fitted and was_whole:
            self.centerOn(middle)
            self._is_fitted = not self.visible().contains(whole)  # else it would be cut off
            self._is_begun = False
        if self._is_fitted:
            (self.begin if self._is_begun else self.fit)(at_once=True)
        else:
            self.centerOn(middle)
        self.view_changed.emit()


def wants_motion() -> bool:
    """Whether things may glide: not where nobody looks, and not where it is asked not to."""
    return QGuiApplication.platformName() != "offscreen" and not os.environ.get(
        "GRAPHLAB_REDUCED_MOTION"
    )


def sides(rect: QRectF) -> Rect:
    """A rectangle as numbers."""
    return (rect.x(), rect.y(), rect.width(), rect.height())
