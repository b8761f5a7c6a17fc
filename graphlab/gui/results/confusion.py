"""The confusion matrix: what each class was taken for, and the images behind a cell."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from graphlab.gui.canvas.heat import heat_image
from graphlab.gui.lenses.keys import keep_key
from graphlab.gui.results.pictures import Pictures, Tile
from graphlab.gui.results.tab import ResultTab
from graphlab.gui.results.tiles import input_tiles
from graphlab.gui.results.watching import Arrays, lines, scope
from graphlab.gui.session import Session
from graphlab.gui.theme import GRID, LIGHT, Theme, font, readable
from graphlab.gui.training.session import TrainingSession

_NAMES = 8 * GRID  # the room for the names of true classes
_FOOT = 3 * GRID
_LARGEST = 6 * GRID
_LETTERED = 3 * GRID  # a cell of this width has room for a number
_LETTERS = 11


class ConfusionMatrix(QWidget):
    """True classes down, predicted ones across; a cell is chosen by a click or by arrows.

    What is right is blue and what is wrong orange, stronger the larger its share of the row.
    """

    chosen = Signal(int, int)  # true, predicted

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.matrix: NDArray[Any] = np.zeros((0, 0), np.int64)
        self.classes: list[str] = []
        self.cell: tuple[int, int] | None = None
        self.theme: Theme = LIGHT
        self.setAccessibleName("Confusion matrix")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Expanding)

    def show_matrix(self, matrix: NDArray[Any], classes: list[str], theme: Theme) -> None:
        """Show another matrix; the chosen cell stays."""
        is_resized = matrix.shape != self.matrix.shape
        self.matrix, self.classes, self.theme = matrix, classes, theme
        if is_resized:
            self.cell = None
            self.updateGeometry()
        self.update()

    def leave_cell(self) -> None:
        """Choose no cell."""
        self.cell = None
        self.update()

    def sizeHint(self) -> QSize:
        count = max(2, len(self.matrix))
        side = min(_LARGEST * count, max(12 * GRID, self.height() - _FOOT))
        return QSize(_NAMES + max(side, 14 * GRID), 12 * GRID + _FOOT)

    def minimumSizeHint(self) -> QSize:
        return QSize(_NAMES + 14 * GRID, 12 * GRID + _FOOT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            self.updateGeometry()

    # --- places ---------------------------------------------------------------------------------
    @property
    def _side(self) -> float:
        count = max(1, len(self.matrix))
        room = min(self.width() - _NAMES - 2, self.height() - _FOOT - 2)
        return min(_LARGEST, room / count)

    def rect_of(self, true: int, predicted: int) -> QRectF:
        """Where a cell is."""
        side = self._side
        return QRectF(_NAMES + predicted * side, 1 + true * side, side, side)

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """The cell at a point."""
        side, count = self._side, len(self.matrix)
        row, column = int((point.y() - 1) // side), int((point.x() - _NAMES) // side)
        return (row, column) if 0 <= row < count and 0 <= column < count else None

    # --- the hand -------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.cell_at(event.position())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(*found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go to the next cell."""
        steps = {
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
        }  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        if step is None or not len(self.matrix):
            super().keyPressEvent(event)
            return
        here, last = self.cell or (0, 0), len(self.matrix) - 1
        row, column = (min(max(a + b, 0), last) for a, b in zip(here, step, strict=True))
        self._choose(row, column)

    def _choose(self, true: int, predicted: int) -> None:
        self.cell = (true, predicted)
        self.update()
        self.chosen.emit(true, predicted)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.told(*found) if found else "", self)
            return True
        return keep_key(event, is_wide=True) or super().event(event)

    def told(self, true: int, predicted: int) -> str:
        """A cell in words."""
        count, row = int(self.matrix[true, predicted]), int(self.matrix[true].sum())
        what = "what they are" if true == predicted else self.classes[predicted]
        return f"{count:,} of {row:,} examples of {self.classes[true]} taken for {what}"

    # --- painting -------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        count, side, theme = len(self.matrix), self._side, self.theme
        if not count:
            return
        painter = QPainter(self)
        painter.setFont(font(_LETTERS))
        share = self.matrix / np.maximum(self.matrix.sum(1, keepdims=True), 1)
        signed = np.where(np.eye(count, dtype=bool), -share, share)
        framed = np.pad(signed, ((0, 0), (0, 1)), constant_values=1.0)  # all of a row is strongest
        image = heat_image(framed, "signed", theme.ground).copy(0, 0, count, count)
        whole = QRectF(_NAMES, 1, count * side, count * side)
        painter.drawImage(whole, image)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.drawRect(whole)
        self._paint_counts(painter, image)
        self._paint_names(painter)
        if self.cell is not None:
            painter.setPen(QPen(QColor(theme.accent), 3))
            painter.drawRect(self.rect_of(*self.cell))

    def _paint_counts(self, painter: QPainter, image: QImage) -> None:
        """The numbers that have room in their cells."""
        metrics = painter.fontMetrics()
        if metrics.ascent() > self._side:
            return
        for true, predicted in np.argwhere(self.matrix > 0).tolist():
            text = str(self.matrix[true, predicted])
            if metrics.horizontalAdvance(text) + 4 > self._side:
                continue
            painter.setPen(QColor(readable(image.pixelColor(predicted, true).name())))
            painter.drawText(self.rect_of(true, predicted), Qt.AlignmentFlag.AlignCenter, text)

    def _paint_names(self, painter: QPainter) -> None:
        """Names beside the rows and below the columns, as far as there is room."""
        side, metrics = self._side, painter.fontMetrics()
        every = max(1, -(-metrics.height() // max(1, int(side))))
        painter.setPen(QColor(self.theme.text))
        for i in range(0, len(self.matrix), every):
            beside = QRectF(0, 1 + i * side, _NAMES - 6, max(side, metrics.height()))
            shown = metrics.elidedText(self.classes[i], Qt.TextElideMode.ElideRight, _NAMES - 8)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(beside, right, shown)
        bottom = 1 + len(self.matrix) * side
        is_short = all(metrics.horizontalAdvance(c) < side * every for c in self.classes)
        if is_short:
            for i in range(0, len(self.matrix), every):
                below = QRectF(_NAMES + i * side, bottom + 1, side * every, 2 * GRID)
                painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, self.classes[i])
        painter.setPen(QColor(self.theme.muted))
        if not is_short:
            under = QRectF(0, bottom + 2, self.width(), 2 * GRID)
            painter.drawText(under, Qt.AlignmentFlag.AlignRight, "↓ true  → predicted")


class ConfusionTab(ResultTab):
    """The matrix on the left, and on the right the examples of the cell that was clicked."""

    view = "confusion"

    def __init__(
        self, session: Session, training: TrainingSession, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, training, parent)
        self.matrix = ConfusionMatrix()
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.pictures = Pictures("Examples of the cell")
        right = QVBoxLayout()
        right.setSpacing(GRID // 2)
        right.addWidget(self.told)
        right.addWidget(self.pictures, 1)
        row = QHBoxLayout()
        row.setSpacing(3 * GRID)
        row.addWidget(self.matrix)
        row.addLayout(right, 1)
        self.body.addLayout(row)
        self.matrix.chosen.connect(lambda i, j: self.watcher.change(true=i, predicted=j))
        self.watcher.emptied.connect(self.matrix.leave_cell)

    def words(self, arrays: Arrays) -> str:
        matrix = arrays["matrix"]
        right = int(np.trace(matrix)) / max(int(matrix.sum()), 1)
        legend = "↓ true, → predicted · blue right, orange wrong"
        return f"{scope(arrays)} · {100 * right:.1f} % right · {legend}"

    def show_arrays(self, arrays: Arrays) -> None:
        classes = lines(arrays["classes"])
        self.matrix.show_matrix(arrays["matrix"], classes, self.theme)
        cell = self.matrix.cell
        if cell is None:
            self.told.setText("Click a cell to see its examples.")
            self.pictures.show_tiles((), self.theme)
            return
        shown = len(arrays.get("rows", ()))
        count = int(arrays["matrix"][cell])
        few = f", {shown} of them here, the least sure first" if shown < count else ""
        self.told.setText(self.matrix.told(*cell) + few + ".")
        if tuple(arrays.get("cell", ())) == cell:
            tiles = input_tiles(arrays, self.theme)
            rows, chances = arrays["rows"].tolist(), arrays["chances"].tolist()
            self.pictures.show_tiles(
                [
                    self._tile(tile, row, chance)
                    for tile, row, chance in zip(tiles, rows, chances, strict=True)
                ],
                self.theme,
            )

    def _tile(self, tile: Tile, row: int, chance: float) -> Tile:
        caption = f"{100 * chance:.0f} %" if np.isfinite(chance) else f"row {row}"
        return tile._replace(caption=caption, tip=f"row {row} of the data")
