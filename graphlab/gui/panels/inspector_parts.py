"""What the inspector is put together from: a typeset line, and a number or an array in full."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from graphlab.engine.numbers import show_all_digits, show_number
from graphlab.gui.later import later
from graphlab.gui.lettering import scaled
from graphlab.gui.shrinking import plane, plane_shape
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.tooltips import shape_text
from graphlab.gui.typeset import Typesetter
from graphlab.ops import show_shape
from graphlab.ops.broadcasting import Shape

if TYPE_CHECKING:
    from graphlab.gui.plots import heat_view
else:
    heat_view = later("graphlab.gui.plots.heat_view")

_SIZES = (16, 13)  # of typeset lines, the smaller where the larger does not fit
_LONGEST = 1.6  # times the width as text: no line so long fits when typeset, which takes its time
_LONGEST_LABEL = 22
_JOINT = r"_(?=[^\W_]{2})|/|[^\W_]{16}"
_SUBSCRIPT = r"_\([^()]*\)"
_ALL_DIGITS, _FEWEST_DIGITS = 17, 4
_WRITTEN_OUT = 12  # elements of an array


def words(name: str = "") -> QLabel:
    """A label that wraps, can be selected with the mouse, and never widens its panel."""
    label = QLabel()
    label.setObjectName(name)
    _quiet(label)
    return label


def _quiet(label: QLabel) -> None:
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)


def stacked(parent: QWidget, spacing: int = GRID // 2) -> QVBoxLayout:
    """A column without margins."""
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(spacing)
    return column


def breakable(text: str) -> str:
    """The same, with places in long names where a line may end, and none within a subscript."""
    whole = re.sub(_SUBSCRIPT, lambda found: found[0].replace(" ", "\u00a0"), text)
    return re.sub(_JOINT, "\\g<0>\u200b", whole)


class Formula(QLabel):
    """A line typeset where that is ready and fits, in plain text otherwise."""

    def __init__(self, typesetter: Typesetter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._typesetter, self._theme = typesetter, theme
        self.plain, self._latex = "", ""
        typesetter.made.connect(self._set)

    def show_rule(self, plain: str, latex: str) -> None:
        """Show a line; nothing where it is empty.  The one before stays until it is set."""
        self.plain, self._latex = plain, latex
        self.setVisible(bool(plain))
        setter = self._typesetter
        if not (setter.is_ready and not self._is_hopeless() and setter.awaits(latex)):
            self._set()

    def _is_hopeless(self) -> bool:
        return self.fontMetrics().horizontalAdvance(self.plain) > _LONGEST * self.width()

    def set_theme(self, theme: Theme) -> None:
        """Set it again in the theme's colours."""
        self._theme = theme
        self._set()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._set()

    def changeEvent(self, event: QEvent) -> None:
        """Symbols grow with the text around them."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._set()

    def _set(self) -> None:
        if not self.plain:
            return
        ratio = self.devicePixelRatioF()
        for size in () if self._is_hopeless() else map(scaled, _SIZES):
            pixmap = self._typesetter.pixmap(self._latex, size, self._theme.text, ratio)
            if pixmap is not None and pixmap.deviceIndependentSize().width() <= self.width():
                self.setWordWrap(False)
                self.setPixmap(pixmap)
                return
        self.setText(breakable(self.plain))
        self.setWordWrap(True)


class Number(QLabel):
    """A number in full; where there is no room for all digits, rounded, and in full in the tip."""

    def __init__(self) -> None:
        super().__init__()
        _quiet(self)
        self._value: float | None = None

    def show_number(self, value: float) -> None:
        """Show a number with as many digits as there is room for."""
        self._value = value
        self._fit()

    def show_words(self, text: str) -> None:
        """Show something else; it wraps."""
        self._value = None
        self.setText(text)
        self.setToolTip("")

    @property
    def full(self) -> str:
        """All that there is to tell."""
        return self.text() if self._value is None else show_all_digits(self._value)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """In larger text there is room for fewer digits."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        if self._value is None:
            return
        full = told = self.full
        for digits in range(_ALL_DIGITS, _FEWEST_DIGITS - 1, -1):
            if self.fontMetrics().horizontalAdvance(told) <= self.width():
                break
            told = show_all_digits(float(f"{self._value:.{digits}g}"))
        self.setText(told)
        self.setToolTip(full if told != full else "")


class Quantity(QWidget):
    """A name, and the number in full; of an array its shape, range and picture."""

    table_asked = Signal(str, object)  # what it is called, the array

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: Any = None
        self._shown: Any = ()
        self.heading, self.number, self.range = words("muted"), Number(), words("muted")
        self.part = words("muted")
        self.heat = heat_view.HeatView(theme, f"{name} as a picture")
        self.open = table_button()
        self.open.clicked.connect(lambda: self.table_asked.emit(self.heading.text(), self._value))
        column = stacked(self)
        for widget in (self.heading, self.number, self.range, self.part, self.heat, self.open):
            column.addWidget(widget)

    def show_value(self, symbol: str, word: str, value: Any) -> None:
        """Show a number, an array or, for None, that it is not computed."""
        self.heading.setText(symbol if len(symbol) <= _LONGEST_LABEL else word)
        self.heading.setToolTip(symbol)
        if value is self._shown:
            return
        self._value = self._shown = value
        array = None if value is None else np.asarray(value)
        is_array = array is not None and array.ndim > 0
        has_cells = is_array and array is not None and array.size > 0
        for widget in (self.range, self.heat, self.open):
            widget.setVisible(has_cells)
        told = pictured(array.shape) if has_cells and array is not None else ""
        self.part.setText(told)
        self.part.setVisible(bool(told))
        if array is None:
            self.number.show_words("not computed")
        elif not is_array:
            self.number.show_number(float(array))
        else:
            told = shape_text(array.shape)
            is_short = 0 < array.size <= _WRITTEN_OUT
            self.number.show_words(f"{told}: {rows(array)}" if is_short else told)
            if has_cells:
                self.range.setText(_range(array))
                self.heat.show_matrix(plane(array))

    def text(self) -> str:
        """Everything told, as text."""
        lines = [self.heading.text(), self.number.full]
        return "\n".join([*lines, self.range.text()] if self.heat.isVisibleTo(self) else lines)

    def set_theme(self, theme: Theme) -> None:
        """Draw the picture in the theme's colours."""
        self.heat.set_theme(theme)


def rows(array: Any) -> str:
    """A small array written out; all its digits are in its table."""
    if array.ndim == 0:
        return show_number(float(array))
    return f"[{', '.join(map(rows, array))}]"


def pictured(shape: Shape) -> str:
    """``pictured: first of 6 planes``: what of an array the picture shows; empty for all of it."""
    planes, whole = math.prod(shape[:-2]), (1, 1, *shape)[-2:]
    told = [f"first of {planes:,} planes"] if planes > 1 else []
    if plane_shape(shape) != whole:
        told.append(f"{show_shape(plane_shape(shape))} of {show_shape(whole)} cells")
    return f"pictured: {', '.join(told)}" if told else ""


def _range(array: Any) -> str:
    finite = array[np.isfinite(array)]
    if not finite.size:
        return "no finite numbers"
    told = " · ".join(
        f"{name} {show_number(float(number))}"
        for name, number in (
            ("min", finite.min()), ("mean", finite.mean()), ("max", finite.max())
        )
    )  # fmt: skip
    lost = array.size - finite.size
    return f"{told} · {lost:,} not finite" if lost else told


def table_button() -> QPushButton:
    """What opens a table."""
    button = QPushButton("Open as table…")
    button.setAutoDefault(False)
    button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return button


def quiet_scroll() -> QScrollArea:
    """A place that scrolls up and down, without a frame and without a stop for the Tab key."""
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return scroll
