"""A local partial as what it is: its structure in words, its picture, and one row of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QSpinBox, QWidget

from graphlab.engine.numbers import show, show_number
from graphlab.engine.partial import Partial
from graphlab.gui.background import Background
from graphlab.gui.panels.inspector_parts import breakable, stacked, table_button, words
from graphlab.gui.plots.heat_view import HeatView
from graphlab.gui.plots.jacobian import QUICK, Picture, picture, place, size, structure_words
from graphlab.gui.shrinking import plane
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.tooltips import shape_text
from graphlab.ops import show_shape

_MOST_NUMBERS = 12  # of a row, written out
_LIGHT = 200_000  # inputs' elements from which a row is computed in the background
_PER_LINE = 2  # spin boxes


class PartialView(QWidget):
    """Rows are outputs, columns inputs; a click or the spin boxes choose an output element."""

    table_asked = Signal(object)  # the Partial

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._partial: Partial | None = None
        self._picture: Picture | None = None
        self._upstream: Any = None
        self._names = ("", "")
        self._drawing, self._reading = Background(self), Background(self)
        self.sentence, self.sizes, self.note = words(), words("muted"), words("muted")
        self.heat = HeatView(theme, "The Jacobian as a picture")
        self.heat.row_chosen.connect(self._choose_shown)
        self.position: list[QSpinBox] = []
        self._boxes = QWidget()
        self._grid = QGridLayout(self._boxes)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GRID // 2)
        self.row_heading, self.row_numbers, self.product = words("muted"), words(), words()
        self.row_heat = HeatView(theme, "The chosen row in the input's shape")
        self.open = table_button()
        self.open.clicked.connect(lambda: self.table_asked.emit(self._partial))
        column = stacked(self)
        for widget in (self.heat, self.note, self.sentence, self.sizes, self._boxes,
                       self.row_heading, self.row_heat, self.row_numbers, self.product,
                       self.open):  # fmt: skip
            column.addWidget(widget)

    def show_partial(self, partial: Partial, upstream: Any, names: tuple[str, str]) -> None:
        """Show a partial of ``names[0]`` by ``names[1]``; ``upstream`` is None before it came."""
        is_known = self._partial is not None and _same(self._partial, partial)
        is_same_upstream = upstream is self._upstream
        shape = None if self._partial is None else self._partial.output_shape
        self._partial, self._upstream, self._names = partial, upstream, names
        if is_known and is_same_upstream:
            return
        if not is_known:
            self._picture = None
            rows, columns = size(partial)
            self.sentence.setText("")
            self.sizes.setText(
                f"Rows: {_counted(rows, 'output')} ({_shape(partial.output_shape)}). "
                f"Columns: {_counted(columns, 'input')} ({_shape(partial.input_shape)})."
            )
            if shape != partial.output_shape:
                self._make_boxes(partial.output_shape)
            self._show_note("Computing the picture…")
            self._draw(partial, rows * columns)
        self._read_row()

    def text(self) -> str:
        """Everything told, as text."""
        labels = (self.sentence, self.sizes, self.note, self.row_heading, self.row_numbers,
                  self.product)  # fmt: skip
        return "\n".join(label.text() for label in labels)

    def set_theme(self, theme: Theme) -> None:
        """Draw the pictures in the theme's colours."""
        self.heat.set_theme(theme)
        self.row_heat.set_theme(theme)

    @property
    def chosen(self) -> tuple[int, ...]:
        """The output element whose row is shown."""
        return tuple(box.value() for box in self.position)

    # --- the picture --------------------------------------------------------------------------
    def _draw(self, partial: Partial, entries: int) -> None:
        is_empty = not entries
        for widget in (self.heat, self._boxes, self.row_heading, self.open):
            widget.setVisible(not is_empty)
        if is_empty:
            self._drawing.drop()
            self._show_note("It has no entries.")
            return
        _work(
            self._drawing,
            entries <= QUICK,
            lambda: (picture(partial), structure_words(partial)),
            lambda found: self._take_picture(*found),
        )

    def _take_picture(self, found: Picture, words: str) -> None:
        self._picture = found
        self.sentence.setText(words)
        self._show_note(found.note)
        self.heat.show_matrix(found.cells)
        self._frame_row()

    def _frame_row(self) -> None:
        if self._picture is not None and self._partial is not None:
            at = int(np.ravel_multi_index(self.chosen, self._partial.output_shape or (1,))
                     if self.position else 0)  # fmt: skip
            self.heat.choose_row(self._picture.shown_at(at))

    def _show_note(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))

    # --- one row ------------------------------------------------------------------------------
    def _make_boxes(self, shape: tuple[int, ...]) -> None:
        for box in self._boxes.findChildren(QWidget):
            box.hide()
            box.deleteLater()
        self.position = []
        if 0 in shape:
            return
        for axis, length in enumerate(shape):
            box = QSpinBox()
            box.setRange(0, length - 1)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.setPrefix("output " if len(shape) == 1 else f"axis {axis}: ")
            box.setAccessibleName(f"Output element, axis {axis}")
            box.setToolTip(f"0 to {length - 1:,}")
            box.valueChanged.connect(self._read_row)
            self._grid.addWidget(box, axis // _PER_LINE, axis % _PER_LINE)
            self.position.append(box)

    def _choose_shown(self, shown: int) -> None:
        """A row of the picture was clicked."""
        if self._picture is None or self._partial is None:
            return
        found = place(self._picture.row_at(shown), self._partial.output_shape)
        for box, index in zip(self.position, found, strict=True):
            with QSignalBlocker(box):
                box.setValue(index)
        self._read_row()

    def _read_row(self) -> None:
        partial, chosen = self._partial, self.chosen
        if partial is None or 0 in partial.shape:
            return
        self._frame_row()
        weight = max(math.prod(partial.output_shape), math.prod(partial.input_shape))
        _work(self._reading, weight <= _LIGHT, lambda: partial.row(chosen), self._take_row)

    def _take_row(self, row: Any) -> None:
        out, source = self._names
        index = f"[{', '.join(map(str, self.chosen))}]" if self.position else ""
        self.row_heading.setText(
            breakable(f"Row of {out}{index}: its partial by every element of {source}")
        )
        array = np.asarray(row, dtype=float)
        self.row_heat.setVisible(array.size > 1)
        if array.size > 1:
            self.row_heat.show_matrix(plane(array.reshape(array.shape or (1,))))
        told = show_number(float(array)) if not array.ndim else _numbers(array)
        self.row_numbers.setText(told)
        self.product.setText(self._told_product(index))
        self.product.setVisible(bool(self.product.text()))

    def _told_product(self, index: str) -> str:
        if self._upstream is None:
            return ""
        number = float(np.asarray(self._upstream)[self.chosen])
        if not self.position:
            return f"Upstream {show_number(number)} × this row = the contribution."
        return (
            f"Upstream{index} = {show_number(number)}, times this row, is its share; all shares "
            "added up are the contribution."
        )


def _work(
    background: Background, is_light: bool, work: Callable[[], Any], then: Callable[[Any], None]
) -> None:
    """At once where that is not felt, else away from the window's thread."""
    if is_light:
        background.drop()
        then(work())
    else:
        background.start(work, then)


def _same(one: Partial, other: Partial) -> bool:
    """Whether two partials were made of the very same arrays."""
    return (
        one.op is other.op and one.index == other.index and one.out is other.out
        and one.attributes == other.attributes and len(one.inputs) == len(other.inputs)
        and all(a is b for a, b in zip(one.inputs, other.inputs, strict=True))
    )  # fmt: skip


def _numbers(array: Any) -> str:
    """A row written out where it is short, else what of it is not 0."""
    if array.size <= _MOST_NUMBERS:
        return f"[{', '.join(show_number(float(x)) for x in array.reshape(-1))}]"
    places = np.argwhere(array != 0)
    if len(places) > _MOST_NUMBERS // 2:
        return f"{len(places):,} of {array.size:,} entries differ from 0: {show(array)}"
    told = [f"{show_number(float(array[tuple(p)]))} at [{', '.join(map(str, p))}]" for p in places]
    return f"{'; '.join(told)}; 0 elsewhere" if told else "all 0"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _shape(shape: tuple[int, ...]) -> str:
    return shape_text(shape) if shape else show_shape(shape)
