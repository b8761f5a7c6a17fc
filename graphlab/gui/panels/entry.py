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
_MOST_LINES = 3  # of a title, and of what is told with it
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
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._title_font = font(18, bold=True) if is_large else font(14)
        self._detail_font = font(14) if is_large else font(12)
        self._known: dict[tuple[int, str, str], list[tuple[str, QFont, bool]]] = {}

    def sizeHint(self) -> QSize:
        """A usual width, and the height that goes with it."""
        return QSize(30 * GRID, self.heightForWidth(30 * GRID))

    def heightForWidth(self, width: int) -> int:
        """Its lines with a little room around them."""
        lines = sum(QFontMetrics(face).height() for _, face, _ in self._lines(self._room(width)))
        return lines + self._around

    def _room(self, width: int) -> int:
        """How wide a line may be where the whole is this wide."""
        cross = 3 * GRID if self._can_go else 0
        return width - 2 * self._inset - cross - self.kept_at_end()

    @property
    def _inset(self) -> int:
        return 2 * GRID if self.is_large else GRID

    @property
    def _around(self) -> int:
        return 3 * GRID if self.is_large else GRID

    def _lines(self, room: int) -> list[tuple[str, QFont, bool]]:
        """What is written, line by line, its font, and whether it belongs to the title."""
        key = room, self.text(), self._detail  # a layout asks for the same a dozen times
        if key not in self._known:
            both = ((self.text(), self._title_font, True), (self._detail, self._detail_font, False))
            self._known[key] = [
                (line, face, is_title)
                for text, face, is_title in both
                for line in _wrapped(text, QFontMetrics(face), room)
            ]
        return self._known[key]

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
        cross = self.cross()
        faint, full = palette.color(roles.PlaceholderText), palette.color(roles.WindowText)
        if self.is_large:
            full = faint = palette.color(roles.HighlightedText)
        lines = self._lines(self._room(self.width()))
        top = (self.height() - sum(QFontMetrics(face).height() for _, face, _ in lines)) // 2
        for line, face, is_title in lines:
            metrics = QFontMetrics(face)
            painter.setFont(face)
            painter.setPen(full if is_title and not self._is_faint else faint)
            painter.drawText(self._inset, top + metrics.ascent(), line)
            top += metrics.height()
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


def _wrapped(text: str, metrics: QFontMetrics, room: int) -> list[str]:
    """The text in lines that fit; what is too long for a few ends in ….  None for no text."""
    lines: list[str] = []
    words = text.split(" ") if text else []
    while words:
        count = len(words) if len(lines) == _MOST_LINES - 1 else 1
        while count < len(words):
            if metrics.horizontalAdvance(" ".join(words[: count + 1])) > room:
                break
            count += 1
        line, words = " ".join(words[:count]), words[count:]
        lines.append(metrics.elidedText(line, Qt.TextElideMode.ElideRight, max(room, 0)))
    return lines


class NetworkEntry(Entry):
    """A network of the gallery on one line; what it is is told elsewhere while it is pointed at."""

    pointed = Signal(str)  # what the network is

    def __init__(self, title: str, about: str, parent: QWidget | None = None) -> None:
        self._note, self._note_font = "", font(12)
        super().__init__(title, parent=parent)
        self._about = about
        self.setToolTip(f"{title}\n{about}")
        self.setAccessibleName(f"{title}, {about}")

    @property
    def _around(self) -> int:
        """Closer than those of two lines."""
        return GRID // 2

    def set_note(self, note: str) -> None:
        """Say how many parameters it has."""
        self._note = note
        self.setAccessibleName(f"{self.text()}, {note} parameters, {self._about}")
        self.setToolTip(f"{self.text()}, {note} parameters\n{self._about}")
        self.updateGeometry()
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
