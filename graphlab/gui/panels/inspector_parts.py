"""What the inspector is put together from: a typeset line, a number or an array in full, and the
page of an op."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from graphlab.engine.numbers import show_number
from graphlab.gui.figures import plane
from graphlab.gui.panels.table import plain
from graphlab.gui.plots.heat_view import HeatView
from graphlab.gui.theme import GRID, Theme, font
from graphlab.gui.tooltips import shape_text
from graphlab.gui.typeset import Typesetter
from graphlab.ops import Op, show_shape
from graphlab.ops.expression import Rule

_SIZES = (16.0, 13.0)  # of typeset lines, the smaller where the larger does not fit
_EXAMPLES = 3  # of an op's shapes
_LONGEST_LABEL = 22
_WRITTEN_OUT = 12  # elements of an array


def words(name: str = "") -> QLabel:
    """A label that wraps, can be selected with the mouse, and never widens its panel."""
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def stacked(parent: QWidget, spacing: int = GRID // 2) -> QVBoxLayout:
    """A column without margins."""
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(spacing)
    return column


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
        typesetter.ready.connect(self._set)

    def show_rule(self, plain: str, latex: str) -> None:
        """Show a line; nothing where it is empty."""
        self.plain, self._latex = plain, latex
        self.setVisible(bool(plain))
        self._set()

    def set_theme(self, theme: Theme) -> None:
        """Set it again in the theme's colours."""
        self._theme = theme
        self._set()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._set()

    def _set(self) -> None:
        if not self.plain:
            return
        ratio = self.devicePixelRatioF()
        for size in _SIZES:
            pixmap = self._typesetter.pixmap(self._latex, size, self._theme.text, ratio)
            if pixmap is not None and pixmap.deviceIndependentSize().width() <= self.width():
                self.setWordWrap(False)
                self.setPixmap(pixmap)
                return
        self.setText(self.plain)
        self.setWordWrap(True)


class Quantity(QWidget):
    """A name, and the number in full; of an array its shape, range and picture."""

    table_asked = Signal(str, object)  # what it is called, the array

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: Any = None
        self._shown: Any = ()
        self.heading, self.number, self.range = words("muted"), words(), words("muted")
        self.heat = HeatView(theme, f"{name} as a picture")
        self.open = table_button()
        self.open.clicked.connect(lambda: self.table_asked.emit(self.heading.text(), self._value))
        column = stacked(self)
        for widget in (self.heading, self.number, self.range, self.heat, self.open):
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
        if array is None:
            self.number.setText("not computed")
        elif not is_array:
            self.number.setText(plain(float(array)))
        else:
            told = shape_text(array.shape)
            is_short = 0 < array.size <= _WRITTEN_OUT
            self.number.setText(f"{told}: {rows(array)}" if is_short else told)
            if has_cells:
                self.range.setText(_range(array))
                self.heat.show_matrix(plane(array))

    def text(self) -> str:
        """Everything told, as text."""
        lines = [self.heading.text(), self.number.text()]
        return "\n".join([*lines, self.range.text()] if self.heat.isVisibleTo(self) else lines)

    def set_theme(self, theme: Theme) -> None:
        """Draw the picture in the theme's colours."""
        self.heat.set_theme(theme)


class OpPage(QWidget):
    """All about an op, read from its class; folded until it is asked for."""

    def __init__(self, typesetter: Typesetter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._typesetter, self._theme = typesetter, theme
        self._op: type[Op] | None = None
        self._rules: list[Formula] = []
        self.button = QToolButton()
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.button.toggled.connect(self._fold)
        self._column = stacked(self)
        self._column.addWidget(self.button)
        self._body: QWidget | None = None
        self._fold(False)

    def show_op(self, op: type[Op]) -> None:
        """Be the page of an op."""
        if op is self._op:
            return
        self._op = op
        self.button.setText(f"About {op.name}")
        self._drop()
        self._fold(self.button.isChecked())

    def set_theme(self, theme: Theme) -> None:
        """Set the formulas in the theme's colours."""
        self._theme = theme
        for rule in self._rules:
            rule.set_theme(theme)

    def text(self) -> str:
        """Everything told, as text."""
        labels = [] if self._body is None else self._body.findChildren(QLabel)
        return "\n".join(x.plain if isinstance(x, Formula) else x.text() for x in labels)

    def _drop(self) -> None:
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self._body, self._rules = None, []

    def _fold(self, is_open: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow
        self.button.setArrowType(arrow)
        if is_open and self._body is None and self._op is not None:
            self._body = self._made(self._op)
            self._column.addWidget(self._body)
        if self._body is not None:
            self._body.setVisible(is_open)

    def _made(self, op: type[Op]) -> QWidget:
        body = QWidget()
        column = stacked(body, GRID)
        for told in page_lines(op):
            label: QLabel
            if isinstance(told, str):
                label = words()
                label.setText(told)
            elif told[0] is None:
                label = words("heading")
                label.setFont(font(12, bold=True))
                label.setText(told[1])
            else:
                label = Formula(self._typesetter, self._theme)
                label.show_rule(told[0], told[1])
                self._rules.append(label)
            column.addWidget(label)
        return body


def page_lines(op: type[Op]) -> list[str | tuple[str | None, str]]:
    """An op's page: sentences, headings ``(None, text)`` and rules ``(plain, latex)``."""
    lines: list[str | tuple[str | None, str]] = [" ".join(p.split()) for p in
                                                 op.page().split("\n\n")]  # fmt: skip
    lines.append(f"Category: {op.category}.")
    lines += [(None, "Formula"), _rule(op.formula)]
    out = op.formula.left or op.outputs[0]
    if op.partials:
        lines.append((None, "Local partials"))
    for port, rule in op.partials.items():
        left = rf"\frac{{\partial {out}}}{{\partial {_subscript(port)}}} = "
        lines.append((f"∂{out}/∂{port} = {rule.text()}", left + rule.latex()))
    lines += [op.convention] if op.convention else []
    lines += [(None, "Shapes"), *_shapes(op)] if op.samples else []
    lines += [(None, "Inputs"), _ports(op)]
    if op.attributes:
        lines.append((None, "Attributes"))
    for key, kind in op.attributes.items():
        default = "left out" if kind.default is None else str(kind.default).replace("-", "−")
        usual = "must be given" if kind.is_required else f"{default} unless set"
        lines.append(f"{key}: {kind.in_words()}; {usual}.")
    return lines


def _rule(rule: Rule) -> tuple[str, str]:
    return rule.text(), rule.latex()


def _subscript(port: str) -> str:
    return port if len(port) == 1 else rf"\mathrm{{{port}}}".replace("_", r"\_")


def _shapes(op: type[Op]) -> list[str]:
    """Examples of the shape rule, worked out by the op itself."""
    told = []
    for sample in op.samples:
        shape = op.shape(*sample.shapes, **sample.attributes)
        outs = shape if op.several else (shape,)
        given = ", ".join(f"{k}={v}" for k, v in sample.attributes.items())
        line = f"{_listed(sample.shapes)} → {_listed(outs)}" + (f"  ({given})" if given else "")
        if line not in told:
            told.append(line)
    return told[-_EXAMPLES:]


def _listed(shapes: Any) -> str:
    return ", ".join(show_shape(shape) for shape in shapes)


def _ports(op: type[Op]) -> str:
    ports = op.ports if op.variadic is None else (*op.port_names(2), "and more")
    told = ", ".join(f"{p} (no gradient)" if p in op.undifferentiated else p for p in ports)
    outputs = f" Outputs: {', '.join(op.outputs)}." if op.several else ""
    return f"{told or 'none: its value comes from outside'}.{outputs}"


def rows(array: Any) -> str:
    """An array written out, in full."""
    if array.ndim == 0:
        return plain(float(array))
    return f"[{', '.join(map(rows, array))}]"


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
