"""All steps of both phases in one row: where the run is, to be dragged elsewhere, and to be played.

Forward lies above the line in blue, backward below it, hatched in orange.  What is painted follows
from the width and not from the number of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QToolTip, QWidget

from graphlab.gui.lettering import hold
from graphlab.gui.position import Position
from graphlab.gui.theme import GRID, LIGHT, Theme, blend, typography

HEIGHT = 5 * GRID
_LANE = 7  # the height of one phase
_TICK = 6  # pixels that two ticks are apart at least
_END = 8  # pixels left at both ends of the track
_FEW = (1, 2, 5)


def tick_pitch(total: int, width: float) -> int:
    """Every how many steps there is a tick, so that they stay apart: 1, 2, 5, 10, 20, …"""
    scale = 1
    while True:
        for few in _FEW:
            if few * scale * width >= _TICK * total:
                return few * scale
        scale *= 10


class Track(QWidget):
    """The bar; a click or a drag asks for the step under it."""

    scrubbed = Signal(int)  # so many steps are to be taken

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place = Position(0, 0, False, False, False, False)
        self.stops: tuple[int, ...] = ()
        self.title_of: Callable[[int], str] = str
        self._theme = LIGHT
        self.setObjectName("track")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Timeline")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, HEIGHT - GRID)

    def set_theme(self, theme: Theme) -> None:
        """Paint in other colours."""
        self._theme = theme
        self.update()

    def show_position(self, place: Position, stops: Collection[int]) -> None:
        """Show how far a run is, and after which steps it stops."""
        self.place, self.stops = place, tuple(stops)
        self.setAccessibleDescription(
            f"forward {place.forward} of {place.forward_total}, "
            f"backward {place.backward} of {place.backward_total}"
        )
        self.update()

    # --- places -------------------------------------------------------------------------------
    def x_of(self, count: float) -> float:
        """Where the run is after so many steps."""
        return _END + self._room() * count / max(self.place.total, 1)

    def count_at(self, x: float) -> int:
        """After how many steps the run is there."""
        share = (x - _END) / self._room()
        return min(max(round(share * self.place.total), 0), self.place.total)

    # --- the hand -----------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._ask(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._ask(event)

    def _ask(self, event: QMouseEvent) -> None:
        count = self.count_at(event.position().x())
        if count != self.place.taken:
            self.scrubbed.emit(count)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """End goes to the last step; the other keys are the window's commands."""
        if event.key() == Qt.Key.Key_End and self.place.taken < self.place.total:
            self.scrubbed.emit(self.place.total)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """The step under the pointer is told."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            count = self.count_at(event.pos().x())
            QToolTip.showText(event.globalPos(), self.title_of(count) if count else "", self)
            return True
        return super().event(event)

    # --- painting -----------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, place = self._theme, self.place
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)  # and no fillRect, with which PySide loads all gradients
        middle = self.height() / 2
        left, right = self.x_of(0), self.x_of(max(place.total, 1))
        turn = self.x_of(place.forward_total) if place.total else right
        above, below = QRectF(left, middle - _LANE, turn - left, _LANE), QRectF()
        if place.backward_total:
            below = QRectF(turn, middle, right - turn, _LANE)
        for lane, colour in ((above, theme.forward), (below, theme.backward)):
            painter.setBrush(QColor(blend(colour, theme.ground, 0.16)))
            painter.drawRect(lane)
        ahead = self.x_of(place.forward)
        painter.setBrush(QColor(blend(theme.forward, theme.ground, 0.75)))
        painter.drawRect(QRectF(left, above.top(), ahead - left, _LANE))
        back = self.x_of(place.forward_total + place.backward) if place.backward else turn
        taken = QRectF(turn, middle, back - turn, _LANE)
        painter.setBrush(QColor(blend(theme.backward, theme.ground, 0.45)))
        painter.drawRect(taken)
        if place.backward:
            painter.setBrush(QBrush(QColor(theme.backward), Qt.BrushStyle.BDiagPattern))
            painter.drawRect(taken)
        self._paint_ticks(painter, middle)
        self._paint_stops(painter, middle)
        self._paint_now(painter, middle)

    def _room(self) -> int:
        """How wide the way of the steps is; in large text little may be left of the track."""
        return max(self.width() - 2 * _END, 1)

    def _paint_ticks(self, painter: QPainter, middle: float) -> None:
        total, split = self.place.total, self.place.forward_total
        if not total:
            return
        painter.setPen(QPen(QColor(self._theme.ground), 1))
        for count in range(0, total + 1, tick_pitch(total, self._room())):
            x = round(self.x_of(count)) + 0.5
            if 0 < count < split:
                painter.drawLine(QPointF(x, middle - _LANE), QPointF(x, middle - 1))
            elif split < count < total:
                painter.drawLine(QPointF(x, middle), QPointF(x, middle + _LANE - 1))

    def _paint_stops(self, painter: QPainter, middle: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.text))
        for x in sorted({round(self.x_of(count)) for count in self.stops}):
            painter.drawEllipse(QPointF(x, middle - _LANE - 4), 2.5, 2.5)

    def _paint_now(self, painter: QPainter, middle: float) -> None:
        place = self.place
        count = place.taken if not place.backward else place.forward_total + place.backward
        x = self.x_of(count)
        painter.setBrush(QColor(self._theme.accent))
        painter.setPen(QPen(QColor(self._theme.ground), 1.5))
        painter.drawRoundedRect(QRectF(x - 3, middle - 11, 6, 22), 3, 3)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self._theme.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)


class _OneOf(QLabel):
    """One of several texts, with room for the widest: nothing beside it moves.

    Where there is no such room, a brief text stands for it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._text = self._brief = self._widest = ""

    def show_one(self, text: str, widest: str, brief: str = "") -> None:
        self._text, self._widest, self._brief = text, widest, brief or text
        self.updateGeometry()
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(self._room(self._widest), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._room(self._brief), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        is_brief = self.width() < self.fontMetrics().horizontalAdvance(self._text)
        self.setText(self._brief if is_brief else self._text)
        if self._brief != self._text:
            self.setToolTip(self._text if is_brief else "")

    def _room(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text) + GRID


class Timeline(QWidget):
    """The row under the canvas: buttons to play, the track, and how far both phases are."""

    def __init__(self, buttons: Sequence[QToolButton], parent: QWidget | None = None) -> None:
        """``buttons`` are: play, slower, faster, and the one that changes the mode."""
        super().__init__(parent)
        self.setObjectName("timeline")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Timeline of all steps")
        hold(self, fixed_height=HEIGHT)
        self.track, self.pace = Track(), _OneOf()
        self.forward, self.backward = _OneOf(), _OneOf()
        play, slower, faster, mode = buttons
        self.play, self.mode = play, mode
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, 0, 2 * GRID, 0)
        row.setSpacing(GRID // 2)
        for button in (play, slower, faster):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        for widget in (play, slower, self.pace, faster):
            row.addWidget(widget)
        row.addSpacing(GRID)
        row.addWidget(self.track, 1)
        row.addSpacing(GRID)
        row.addWidget(mode)
        for label in (self.pace, self.forward, self.backward):
            label.setFont(typography().normal.font)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addWidget(self.forward)
        row.addSpacing(GRID)
        row.addWidget(self.backward)
        self.pace.setAccessibleName("Pace")
        self.show_pace(1.0)

    def set_theme(self, theme: Theme) -> None:
        """Show the same in other colours."""
        self.track.set_theme(theme)
        self.forward.setStyleSheet(f"color: {theme.forward}")
        self.backward.setStyleSheet(f"color: {theme.backward}")

    def show_position(self, place: Position, stops: Collection[int] = ()) -> None:
        """Show how far a run is."""
        self.track.show_position(place, stops)
        parts = (
            (self.forward, "forward", "→", place.forward, place.forward_total),
            (self.backward, "backward", "←", place.backward, place.backward_total),
        )
        for label, name, sign, count, total in parts:
            share = f"{count}/{total}"
            label.show_one(f"{name} {share}", f"{name} {total}/{total}", f"{sign} {share}")

    def show_mode(self, training: bool, is_told: bool) -> None:
        """Say in which mode the run is, where the graph depends on it."""
        # The action's own text: whenever it changes, the button takes its text from there again.
        self.mode.defaultAction().setIconText("Training mode" if training else "Evaluation mode")
        self.mode.setVisible(is_told)

    def show_pace(self, pace: float) -> None:
        """Show how many steps a second are played."""
        self.pace.show_one(f"{pace:g}/s", "0.25/s")
        self.pace.setToolTip(f"{pace:g} steps a second")
