"""The reach lens: which pixels and weights made a cell, and where its gradient comes from."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from graphlab.engine.numbers import show_number
from graphlab.engine.reach import Arrival, Origin, goes_into, made_of
from graphlab.graph import OutPort
from graphlab.gui.background import Background
from graphlab.gui.lenses.parts import LensNotice
from graphlab.gui.notes import listed
from graphlab.gui.plots.planes import MOST, PlanesView, Tile, tiles_of
from graphlab.gui.session import Session
from graphlab.gui.theme import GRID, LIGHT, Theme

_LIGHT_WORK = 200_000  # elements from which a row or a column is found in the background
_FEW = "Select a card whose value is an array: this shows what each of its cells is made of."


class ReachLens(QWidget):
    """One chosen cell of one node, and what it is made of or goes into."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.background = Background(self)
        self.node: str | None = None
        self.position: tuple[int, ...] = ()
        self._theme, self._is_open = LIGHT, False
        self.back = QPushButton("What it is made of")
        self.ahead = QPushButton("What it goes into")
        for button in (self.back, self.ahead):
            button.setCheckable(True)
            button.setAutoExclusive(True)
        self.back.setChecked(True)
        self.boxes: list[QSpinBox] = []
        self.notice = LensNotice()
        self.views: list[PlanesView] = []
        self._pictures = QWidget()
        self._row = QHBoxLayout(self._pictures)
        self._arrange()
        self.back.toggled.connect(self._look)
        session.changed.connect(self._renew)
        session.stepped.connect(self._renew)

    def _arrange(self) -> None:
        self._head = QHBoxLayout()
        self._head.setSpacing(GRID)
        self._cell = QLabel()
        self._head.addWidget(self._cell)
        self._indices = QHBoxLayout()
        self._indices.setSpacing(GRID // 2)
        self._head.addLayout(self._indices)
        self._head.addSpacing(GRID)
        self._head.addWidget(self.back)
        self._head.addWidget(self.ahead)
        self._head.addStretch(1)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(3 * GRID)
        scroll = self._scroll = QScrollArea()
        scroll.setWidget(self._pictures)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(self._head)
        column.addWidget(self.notice)
        column.addWidget(scroll, 1)

    # --- opened, closed, coloured, followed ---------------------------------------------------
    def turn(self, *, is_open: bool) -> None:
        """On opening it looks at the card last chosen."""
        self._is_open = is_open
        self._room()
        self._renew()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        for view in self.views:
            view.set_theme(theme)

    def follow(self, node: str | None) -> None:
        """Look at another node, at the middle of its value."""
        if node is not None and node != self.node:
            self.node, self.position = node, ()
            self._renew()

    def choose(self, node: str, position: tuple[int, ...]) -> None:
        """Look at a cell: of the node's own picture, or of one that it is made of or goes into."""
        is_own = node == self.node
        self.node, self.position = node, position
        if is_own:
            self._show_position()
        self._look() if is_own else self._renew()

    # --- inner workings -----------------------------------------------------------------------
    def _renew(self) -> None:
        """Take the node's value as it is now."""
        self.background.drop()
        if not self._is_open:
            return
        value = self._value()
        is_there = value is not None and bool(np.size(value)) and np.ndim(value) > 0
        for widget in (self.back, self.ahead, self._cell):
            widget.setVisible(is_there)
        if not is_there:
            self._clear()
            return
        shape = np.shape(value)
        if len(self.position) != len(shape) or any(
            i >= n for i, n in zip(self.position, shape, strict=True)
        ):
            self.position = (*(0 for _ in shape[:-2]), *(n // 2 for n in shape[-2:]))
        self._show_boxes(shape)
        self._look()

    def _value(self) -> Any:
        if self.node is None or self.node not in self.session.graph.nodes:
            return None
        return self.session.run.value(self.node)

    def _clear(self) -> None:
        told = _FEW
        if self.node in self.session.graph.nodes:
            value = self._value()
            what = "has not been computed yet" if value is None else "is a single number"
            told = f"{self.node} {what}. {_FEW}"
        self._show_boxes(())
        self._show_pictures([])
        self.notice.say(told)

    def _look(self, _checked: bool = False) -> None:
        """Find what the chosen cell is made of, or goes into."""
        value = self._value()
        if value is None or not np.ndim(value):
            return
        node, position, run = str(self.node), self.position, self.session.run.copy()
        neighbours = self.session.graph.nodes[node].inputs.values()
        sizes = [np.size(value), *(np.size(run.value(str(s))) for s in neighbours)]
        is_back = self.back.isChecked()
        find: Callable[..., Any] = made_of if is_back else goes_into
        take: Callable[[Any], None] = self._take_origins if is_back else self._take_arrivals

        def work() -> Any:
            return find(run, node, position)

        if math.fsum(sizes) <= _LIGHT_WORK:
            self.background.drop()
            take(work())
        else:
            self.background.start(work, take)

    def _take_origins(self, origins: list[Origin]) -> None:
        here = self._own_tiles()
        pictures = [
            (_title(origin), str(origin.source), origin.value.ndim,
             tiles_of(origin.value, origin.mask, ()))
            for origin in origins
        ]  # fmt: skip
        self._show_pictures([*pictures, here])
        self.notice.say(self._told_origins(origins))

    def _take_arrivals(self, arrivals: list[Arrival]) -> None:
        pictures = [
            (str(arrival.target.node), arrival.target.node, arrival.mask.ndim,
             tiles_of(np.asarray(self.session.run.value(arrival.target.node)), arrival.mask, ()))
            for arrival in arrivals
        ]  # fmt: skip
        self._show_pictures([self._own_tiles(), *pictures])
        self.notice.say(self._told_arrivals(arrivals))

    def _own_tiles(self) -> tuple[str, str, int, tuple[list[Tile], int]]:
        value = np.asarray(self._value())
        blank = np.zeros(value.shape, dtype=bool)
        found = tiles_of(value, blank, self.position)
        return str(self.node), str(self.node), value.ndim, found

    # --- words --------------------------------------------------------------------------------
    @property
    def _name(self) -> str:
        return f"{self.node}[{', '.join(map(str, self.position))}]"

    def _told_origins(self, origins: list[Origin]) -> str:
        number = float(np.asarray(self._value())[self.position])
        told = f"{self._name} = {show_number(number)}"
        if not origins:
            return f"{told} was given, not computed."
        counts = [
            f"{int(o.mask.sum()):,} element{'s' * (int(o.mask.sum()) != 1)} of {o.source}"
            for o in origins
        ]
        told += f" is made of {listed(counts)}."
        first = next((o for o in origins if o.value.ndim and o.port == "x"), None)
        rest = [float(np.sum(o.partial * o.value)) for o in origins if o.port == "bias"]
        if first is not None:
            total = float(np.sum(first.partial * first.value))
            whole = math.fsum([total, *rest])
            if math.isclose(whole, number, rel_tol=1e-5, abs_tol=1e-9) and len(origins) > 1:
                told += f" Σ {first.source} × its partial = {show_number(total)}"
                told += f", + bias {show_number(rest[0])}." if rest else "."
        return told

    def _told_arrivals(self, arrivals: list[Arrival]) -> str:
        if not arrivals:
            return f"{self._name} goes into nothing, so no gradient comes back to it from ahead."
        counts = [
            f"{int(a.mask.sum()):,} cell{'s' * (int(a.mask.sum()) != 1)} of {a.target.node}"
            for a in arrivals
        ]
        told = f"{self._name} goes into {listed(counts)}."
        gradient = self.session.run.grad(str(self.node))
        shares = [a.share for a in arrivals]
        if gradient is None or None in shares:
            return f"{told} Its gradient has not come back yet."
        parts = " + ".join(show_number(float(share or 0.0)) for share in shares)
        total = show_number(float(np.asarray(gradient)[self.position]))
        sums = f"{parts} = {total}" if len(shares) > 1 else total
        return f"{told} Its gradient: Σ upstream × partial = {sums}."

    # --- widgets ------------------------------------------------------------------------------
    def _show_boxes(self, shape: Sequence[int]) -> None:
        if [box.maximum() + 1 for box in self.boxes] != list(shape):
            for old in self.boxes:
                self._indices.removeWidget(old)
                old.deleteLater()
            self.boxes = []
            for axis, length in enumerate(shape):
                box = QSpinBox()
                box.setRange(0, length - 1)
                box.setAccessibleName(f"Cell, axis {axis}")
                box.setToolTip(f"Axis {axis}: 0 to {length - 1:,}")
                box.valueChanged.connect(self._on_box)
                self._indices.addWidget(box)
                self.boxes.append(box)
        self._show_position()

    def _show_position(self) -> None:
        self._cell.setText(f"Cell of {self.node}")
        # while the value is void there are no boxes, and the place is kept for its return
        for box, index in zip(self.boxes, self.position, strict=False):
            with QSignalBlocker(box):
                box.setValue(index)

    def _on_box(self) -> None:
        self.position = tuple(box.value() for box in self.boxes)
        self._look()

    def _show_pictures(
        self, pictures: Sequence[tuple[str, str, int, tuple[list[Tile], int]]]
    ) -> None:
        while self._row.count():
            item = self._row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.views = []
        for title, node, rank, (tiles, count) in pictures:
            box, view = QWidget(), PlanesView(self._theme, title)
            own = self.position if node == self.node else None
            view.show_tiles(tiles, rank, own)
            view.chosen.connect(lambda at, name=node: self.choose(OutPort(name).node, at))
            column = QVBoxLayout(box)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(GRID // 2)
            more = f", {MOST} of {count} planes" if count > MOST else ""
            heading = QLabel(title + more)
            heading.setObjectName("muted")
            column.addWidget(heading)
            column.addWidget(view, 1)
            self._row.addWidget(box)
            self.views.append(view)
        self._row.addStretch(1)
        self._room()

    def _room(self) -> None:
        """While it is open the panel is as high as whole pictures need it to be."""
        high = max((view.minimumSizeHint().height() for view in self.views), default=0)
        over = self.fontMetrics().height() + GRID  # the heading of each
        self._scroll.setMinimumHeight(over + high if self._is_open else 0)


def _title(origin: Origin) -> str:
    """The source, and the port where that is called otherwise."""
    source = str(origin.source)
    return source if source == origin.port else f"{source} ({origin.port})"
