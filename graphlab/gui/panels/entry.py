"""What can be chosen on the welcome page: a title, and a quiet line or note with it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from graphlab.gui.theme import GRID, font

_ROUND = 6.0
_HOVER, _DOWN = 18, 36  # strength of the ground under the pointer, of 255


class Entry(QAbstractButton):
    """Return, Space or a click chooses it; the × at its end, or Delete, asks to forget it."""

    forget_asked = Signal()

    def __init__(
        self,
        title: str,
        detail: str = "",
        *,
        is_large: bool = False,
        is_faint: bool = False,
        can_go: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.is_large, self._is_faint, self._can_go = is_large, is_faint, can_go
        self._detail = detail
        self.setText(title)
        self.setAccessibleName(f"{title}, {detail}" if detail else title)
        self.setToolTip(f"{title}\n{detail}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._title_font = font(18, bold=True) if is_large else font(14)
        self._detail_font = font(14) if is_large else font(12)

    def sizeHint(self) -> QSize:
        """Two lines with a little room around them."""
        lines = QFontMetrics(self._title_font).height()
        if self._detail:
            lines += QFontMetrics(self._detail_font).height()
        return QSize(30 * GRID, lines + (3 * GRID if self.is_large else GRID))

    def cross(self) -> QRect:
        """Where the × is; empty while there is none."""
        is_near = self._is_faint or self.underMouse() or self.hasFocus()
        if not (self._can_go and is_near):
            return QRect()
        side = 3 * GRID
        return QRect(self.width() - side - GRID // 2, (self.height() - side) // 2, side, side)

    def kept_at_end(self) -> int:
        """The room that the title leaves free at its end."""
        return 0

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.cross().contains(event.position().toPoint()):
            self.setDown(False)
            self.forget_asked.emit()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif key == Qt.Key.Key_Delete and self._can_go:
            self.forget_asked.emit()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()  # the page's own; a button would go by where its neighbours stand
        else:
            super().keyPressEvent(event)

    # --- painting -------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, palette = QPalette.ColorRole, self.palette()
        self._paint_ground(painter, palette)
        inset = 2 * GRID if self.is_large else GRID
        cross = self.cross()
        room = self.rect().adjusted(inset, 0, -inset - cross.width() - self.kept_at_end(), 0)
        title = QFontMetrics(self._title_font)
        lines = title.height() + (QFontMetrics(self._detail_font).height() if self._detail else 0)
        top = (self.height() - lines) // 2
        faint, full = palette.color(roles.PlaceholderText), palette.color(roles.WindowText)
        if self.is_large:
            full = palette.color(roles.HighlightedText)
        self._line(
            painter, self.text(), self._title_font, faint if self._is_faint else full, room, top
        )
        self._line(
            painter,
            self._detail,
            self._detail_font,
            full if self.is_large else faint,
            room,
            top + title.height(),
        )
        if not cross.isEmpty():
            painter.setPen(faint)
            painter.setFont(font(16))
            painter.drawText(cross, Qt.AlignmentFlag.AlignCenter, "×")

    def _paint_ground(self, painter: QPainter, palette: QPalette) -> None:
        roles = QPalette.ColorRole
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        ground = palette.color(roles.Highlight) if self.is_large else QColor(0, 0, 0, 0)
        over = palette.color(roles.WindowText)
        over.setAlpha(_DOWN if self.isDown() else _HOVER if self.underMouse() else 0)
        painter.setPen(Qt.PenStyle.NoPen)
        for colour in (ground, over):
            painter.setBrush(colour)
            painter.drawRoundedRect(box, _ROUND, _ROUND)
        if self.hasFocus():
            ring = roles.WindowText if self.is_large else roles.Highlight
            painter.setPen(QPen(palette.color(ring), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, _ROUND, _ROUND)

    @staticmethod
    def _line(
        painter: QPainter, text: str, face: QFont, colour: QColor, room: QRect, top: int
    ) -> None:
        metrics = QFontMetrics(face)
        painter.setFont(face)
        painter.setPen(colour)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room.x(), top + metrics.ascent(), shown)


class NetworkEntry(Entry):
    """A network of the gallery on one line; what it is is told elsewhere while it is pointed at."""

    pointed = Signal(str)  # what the network is

    def __init__(self, title: str, about: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent=parent)
        self._about, self._note = about, ""
        self._note_font = font(12)
        self.setToolTip(f"{title}\n{about}")
        self.setAccessibleName(f"{title}, {about}")

    def sizeHint(self) -> QSize:
        """One line, closer than those of two."""
        return QSize(30 * GRID, QFontMetrics(self._title_font).height() + GRID // 2)

    def set_note(self, note: str) -> None:
        """Say how many parameters it has."""
        self._note = note
        self.setAccessibleName(f"{self.text()}, {note} parameters, {self._about}")
        self.setToolTip(f"{self.text()}, {note} parameters\n{self._about}")
        self.update()

    def kept_at_end(self) -> int:
        """Room for the note."""
        wide = QFontMetrics(self._note_font).horizontalAdvance(self._note)
        return wide + GRID if wide else 0

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.pointed.emit(self._about)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.pointed.emit(self._about)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setFont(self._note_font)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect().adjusted(GRID, 0, -GRID, 0), right, self._note)
