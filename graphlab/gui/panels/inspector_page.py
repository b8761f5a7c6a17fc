"""The page of an op: its description, formula, partials, shapes, inputs and attributes, all read
from its class."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolButton, QWidget

from graphlab.gui.panels.inspector_parts import Formula, stacked, words
from graphlab.gui.theme import GRID, Theme, font
from graphlab.gui.typeset import Typesetter
from graphlab.ops import Op, show_shape
from graphlab.ops.expression import Rule

_EXAMPLES = 3  # of an op's shapes


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
    lines: list[str | tuple[str | None, str]] = [" ".join(p.replace("``", "").split()) for p in
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
