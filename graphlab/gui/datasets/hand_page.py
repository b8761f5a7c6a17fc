"""The page on which points are drawn: the plane, the classes beside it, and the set's name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from graphlab.data import DataSet
from graphlab.data.drawn import drawn_folder, keep_points
from graphlab.gui.datasets.hand import CLASSES, Points, PointsCanvas
from graphlab.gui.datasets.marks import COLOUR_NAMES, SHAPE_NAMES, draw_mark
from graphlab.gui.lenses.parts import Choice, LensNotice, named
from graphlab.gui.panels.inspector_parts import quiet_scroll
from graphlab.gui.theme import GRID, Theme

_KINDS = ("Classes", "A curve")
_ICON = 14
_HELP = (
    "Click or drag to draw points of the chosen class; the right button takes points away. "
    "By keys: arrows move the cross, Space adds, Delete takes away, 1 to 6 choose the class."
)


class HandPage(QWidget):
    """``changed`` comes with every point; ``keeper`` makes what writes them to ``path``."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.canvas = PointsCanvas()
        self.purpose = Choice("What the points are for")
        self.purpose.offer(_KINDS)
        self.classes = QButtonGroup(self)
        self.undo, self.clear = QPushButton("Undo"), QPushButton("Clear")
        self.name = QLineEdit()
        self.elsewhere = QPushButton("Elsewhere…")
        self.notice = LensNotice()
        self._folder = drawn_folder()
        self._own: Path | None = None  # the file that the points came from
        self._arrange()
        self.canvas.changed.connect(self._on_changed)
        self.canvas.class_chosen.connect(lambda kind: self.classes.button(kind).setChecked(True))
        self.classes.idToggled.connect(self._choose)
        self.purpose.activated.connect(self._turn)
        self.undo.clicked.connect(self.canvas.undo)
        self.clear.clicked.connect(self.canvas.clear)
        self.elsewhere.clicked.connect(self._ask_where)
        self.name.textEdited.connect(self._on_changed)
        self._on_changed()

    def _arrange(self) -> None:
        self._class_column = QWidget()
        column = QVBoxLayout(self._class_column)
        column.setContentsMargins(0, 0, 0, 0)
        for kind in range(CLASSES):
            button = QRadioButton(f"{kind + 1}  {COLOUR_NAMES[kind]} {SHAPE_NAMES[kind]}")
            button.setIcon(_icon(kind))
            button.setChecked(kind == 0)
            button.setAccessibleName(f"Class {kind + 1}, {COLOUR_NAMES[kind]} {SHAPE_NAMES[kind]}")
            self.classes.addButton(button, kind)
            column.addWidget(button)
        self.name.setAccessibleName("Name of the points")
        self.elsewhere.setToolTip("Keep the points in a file that you choose")
        tools = QWidget()
        beside = QVBoxLayout(tools)
        beside.setContentsMargins(0, 0, GRID, 0)
        beside.setSpacing(GRID)
        beside.addWidget(self.purpose)
        beside.addWidget(self._class_column)
        line = QHBoxLayout()
        line.addWidget(self.undo)
        line.addWidget(self.clear)
        beside.addLayout(line)
        beside.addSpacing(GRID)
        beside.addWidget(named("Keep as", self.name))
        beside.addWidget(self.name)
        beside.addWidget(self.elsewhere)
        beside.addStretch(1)
        scroll = quiet_scroll()  # for a low screen and large text
        scroll.setWidget(tools)
        scroll.setFixedWidth(
            tools.minimumSizeHint().width() + scroll.verticalScrollBar().sizeHint().width()
        )
        whole = QHBoxLayout()
        whole.setSpacing(2 * GRID)
        whole.addWidget(self.canvas, 1)
        whole.addWidget(scroll)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addLayout(whole, 1)
        rows.addWidget(self.notice)

    # --- what is drawn ------------------------------------------------------------------------
    def begin(self, path: Path | None = None, data: DataSet | None = None) -> None:
        """Begin with no points, or with those that a file holds."""
        self._folder = drawn_folder() if path is None else path.parent
        self._own = path
        self.name.setText(_free_name(self._folder) if path is None else path.stem)
        is_curve = data is not None and data.task == "regression"
        self.purpose.choose(_KINDS[is_curve])
        self.canvas.set_points(Points() if data is None else _read(data), is_curve=is_curve)
        self._class_column.setEnabled(not is_curve)

    @property
    def path(self) -> Path:
        """The file that the points are kept in."""
        stem = re.sub(r"[^\w .()-]", "_", self.name.text().strip()) or "points"
        return self._folder / f"{stem}.npz"

    @property
    def can_keep(self) -> bool:
        """Whether there is anything to keep."""
        return len(self.canvas.points) > 0

    def keeper(self) -> Callable[[], None]:
        """What writes the points, as they are now, to ``path``; it raises ``DataError``."""
        path, is_curve = self.path, self.canvas.is_curve
        places, classes = self.canvas.points.as_arrays()

        def keep() -> None:
            if is_curve:
                keep_points(path, places[:, :1], places[:, 1], task="regression")
            else:
                count = max(2, int(classes.max()) + 1)
                keep_points(path, places, classes, classes=COLOUR_NAMES[:count])

        return keep

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.canvas.set_theme(theme)

    # --- answers ------------------------------------------------------------------------------
    def _choose(self, kind: int, is_on: bool) -> None:
        if is_on:
            self.canvas.choose(kind)

    def _turn(self) -> None:
        """Points are what they are: only what they are for changes."""
        is_curve = self.purpose.currentText() == _KINDS[1]
        self.canvas.is_curve = is_curve
        self._class_column.setEnabled(not is_curve)
        self.canvas.update()
        self._on_changed()

    def _on_changed(self) -> None:
        points = self.canvas.points
        self.undo.setEnabled(self.canvas.can_undo)
        self.clear.setEnabled(len(points) > 0)
        counts = np.bincount(np.array(points.classes, int), minlength=1)
        told = ", ".join(f"{n} {COLOUR_NAMES[i]}" for i, n in enumerate(counts) if n)
        if not len(points) or self.canvas.is_curve:
            told = f"{len(points)} points" if len(points) else _HELP
        if self.path != self._own and self.path.exists():
            told += f". {self.path.name} is there already: these points will take its place"
        self.notice.say(told)
        self.changed.emit()

    def _ask_where(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Keep the points", str(self.path), "Data (*.npz)"
        )
        if chosen:
            path = Path(chosen)
            self._folder, self._own = path.parent, None
            self.name.setText(path.name.removesuffix(".npz"))
            self._own = self.path  # as it will be called; the dialog has asked whether it may
            self._on_changed()


def _read(data: DataSet) -> Points:
    """The points of a data set of the plane."""
    every = data.take(np.arange(len(data)), ("x", "y"))
    x, y = every["x"], every["y"].reshape(len(data), -1)
    if data.task == "regression":
        x, kinds = np.stack([x[:, 0], y[:, 0]], 1), np.zeros(len(x))
    else:
        kinds = y[:, 0]
    places = tuple((round(float(a), 4), round(float(b), 4)) for a, b in x[:, :2])
    return Points(places, tuple(int(kind) % CLASSES for kind in kinds))


def _free_name(folder: Path) -> str:
    """A name that no file has yet."""
    names = ("points", *(f"points {i}" for i in range(2, 1000)))
    return next((name for name in names if not (folder / f"{name}.npz").exists()), "points")


def _icon(kind: int) -> QIcon:
    picture = QPixmap(2 * _ICON, 2 * _ICON)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    pen = QPainter(picture)
    pen.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_mark(pen, QPointF(_ICON / 2, _ICON / 2), kind, 5, QColor(Qt.GlobalColor.transparent))
    pen.end()
    return QIcon(picture)
