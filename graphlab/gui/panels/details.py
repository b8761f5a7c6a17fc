"""What is selected, in full: a node's rule, settings, value and gradient, or an edge's numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from graphlab.engine.numbers import show, show_number
from graphlab.engine.partial import Partial
from graphlab.engine.rules import (
    Names,
    d,
    d_latex,
    formula,
    is_whole,
    partial_rule,
    plugged,
)
from graphlab.engine.run import Run
from graphlab.graph import InPort
from graphlab.gui.notes import sources_known, step_at
from graphlab.gui.panels.heading import Heading
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.tooltips import shape_text
from graphlab.gui.typeset import Typesetter
from graphlab.ops import show_shape

_MOST_CELLS = 8  # rows and columns of a table
_SIZE = 15.0
_LONGEST_LABEL = 12


class DetailsPanel(QScrollArea):
    """One title, the rule typeset, then rows of name and value."""

    def __init__(self, typesetter: Typesetter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName("Details")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._typesetter, self._theme = typesetter, theme
        self._latex, self._plain = "", ""
        self.title, self.rule, self.rows = Heading(), QLabel(), QLabel()
        self.rows.setTextFormat(Qt.TextFormat.RichText)
        self.rows.setWordWrap(True)
        self.rows.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        for label in (self.title, self.rule, self.rows):
            layout.addWidget(label)
        layout.addStretch(1)
        self.setWidget(body)
        typesetter.ready.connect(self._set)

    def set_theme(self, theme: Theme) -> None:
        """Set the rule again in the theme's colours."""
        self._theme = theme
        self._set()

    def show_node(self, run: Run, name: str, problem: str) -> None:
        """A node's op, rule, settings, value and gradient."""
        node = run.graph.nodes[name]
        self.title.setText(f"{name} — {node.op.name}")
        is_source = node.op.category == "Source"
        self._plain, self._latex = ("", "") if is_source else _node_rule(run, name)
        settings = {key: value for key, value in node.attributes.items() if key != "value"}
        rows = [(key, escape(_setting(value))) for key, value in settings.items()]
        rows += _array_rows("value", run.value(name))
        if run.start is not None:
            rows += _array_rows(_short(f"∂{run.start}/∂{name}", "gradient"), run.grad(name))
        self._show(rows, problem)

    def show_edge(self, run: Run, target: InPort, contribution: Any, problem: str = "") -> None:
        """An edge's value, local partial and contribution."""
        source = run.graph.edges[target]
        self.title.setText(f"{source} → {target.node}")
        self._plain, self._latex = _edge_rule(run, target)
        rows = [("port", escape(target.port)), *_array_rows("value", run.value(str(source)))]
        partial = run.partial(str(source), target.node, target.port)
        rows += _partial_rows(_short(f"∂{target.node}/∂{source}", "local partial"), partial)
        if run.start is not None:
            rows += _contribution_rows(run, target, partial, contribution)
        self._show(rows, problem)

    def _show(self, rows: Iterable[tuple[str, str]], problem: str) -> None:
        told = f"<p style='color:{self._theme.problem}'>{escape(problem)}</p>" if problem else ""
        style = f"color:{self._theme.muted}; padding-right:{GRID}px; white-space:pre"
        cells = "".join(
            f"<tr><td style='{style}'>{escape(key)}</td><td>{value}</td></tr>"
            if key
            else f"<tr><td colspan='2'>{value}</td></tr>"
            for key, value in rows
        )
        self.rows.setText(f"{told}<table cellspacing='0' cellpadding='2'>{cells}</table>")
        self._set()

    def _set(self) -> None:
        self.rule.setVisible(bool(self._plain))
        if not self._plain:
            return
        ratio = self.devicePixelRatioF()
        pixmap = self._typesetter.pixmap(self._latex, _SIZE, self._theme.text, ratio)
        if pixmap is None or pixmap.deviceIndependentSize().width() > self.viewport().width():
            self.rule.setText(self._plain)
            self.rule.setWordWrap(True)
        else:
            self.rule.setPixmap(pixmap)


def _node_rule(run: Run, name: str) -> tuple[str, str]:
    """A node's formula with its own and its inputs' names, and the numbers where they are known."""
    step = step_at(run, name)
    rule, names = formula(step), Names(step)
    plain, typeset = rule.text(names.text), rule.latex(names.latex)
    if step.value is None or not sources_known(step):
        return plain, typeset
    numbers, numbers_latex = plugged(step, rule, names)
    is_equation = numbers.startswith("=")
    return (f"{plain} {numbers}", f"{typeset} {numbers_latex}") if is_equation else (plain, typeset)


def _edge_rule(run: Run, target: InPort) -> tuple[str, str]:
    """An edge's local partial in the nodes' own names; empty where there is none yet."""
    source = run.graph.edges[target]
    partial = run.partial(str(source), target.node, target.port)
    if partial is None:
        return "", ""
    start = None if run.start is None else run.graph.port(run.start)
    step = replace(step_at(run, target.node), start=start, partial=partial)
    rule, names = partial_rule(step, target.port), Names(step)
    if is_whole(rule):
        return "", ""
    plain = f"{d(target.node, str(source))} = {rule.text(names.text)}"
    typeset = f"{d_latex(target.node, str(source))} = {rule.latex(names.latex)}"
    return plain, typeset


def _contribution_rows(
    run: Run, target: InPort, partial: Any, contribution: Any
) -> list[tuple[str, str]]:
    """Upstream × local partial = contribution; arrays have their product shown alone."""
    node = run.graph.nodes[target.node]
    has_one_output = len(node.op.output_names(**node.attributes)) == 1
    upstream = run.grad(target.node) if has_one_output else None
    rows = [] if upstream is None else _array_rows("upstream", upstream)
    found = _array_rows("contribution", contribution)
    factors = (upstream, partial, contribution)
    if all(x is not None and not isinstance(x, Partial) and np.ndim(x) == 0 for x in factors):
        found = [("contribution", f"{show(upstream)} × {show(partial)} = {found[0][1]}")]
    return rows + found


def _array_rows(label: str, value: Any) -> list[tuple[str, str]]:
    """A number; an array's shape, a summary, and a table where it is small."""
    if value is None:
        return [(label, "not computed")]
    array = np.asarray(value)
    if array.ndim == 0:
        return [(label, show_number(float(array)))]
    rows = [(label, shape_text(array.shape))]
    if array.size:
        named: Mapping[str, Any] = {"min": array.min(), "mean": array.mean(), "max": array.max()}
        rows += [(key, show_number(float(number))) for key, number in named.items()]
    table = _table(array)
    return [*rows, ("", table)] if table else rows


def _partial_rows(label: str, partial: Any) -> list[tuple[str, str]]:
    if partial is None:
        return [(label, "not computed")]
    if not isinstance(partial, Partial):
        return [(label, show(partial))]
    rows = [(label, escape(str(partial)))]
    sizes = [int(np.prod(s)) for s in (partial.output_shape, partial.input_shape)]
    if 0 < max(sizes) <= _MOST_CELLS:
        rows.append(("", _table(partial.dense().reshape(sizes))))
    return rows


def _table(array: Any) -> str:
    """A small vector or matrix, one cell a number; empty for anything larger."""
    if array.ndim > 2 or not array.size or max(array.shape) > _MOST_CELLS:
        return ""
    lines = array.reshape(-1, 1) if array.ndim == 1 else array
    body = "".join(
        "<tr>" + "".join(f"<td align='right'>{show(x)}</td>" for x in line) + "</tr>"
        for line in lines
    )
    return f"<table cellspacing='0' cellpadding='3'>{body}</table>"


def _short(symbol: str, word: str) -> str:
    return symbol if len(symbol) <= _LONGEST_LABEL else word


def _setting(value: Any) -> str:
    if isinstance(value, tuple):
        return show_shape(value) if value else "()"
    return show(value) if isinstance(value, float | int) and value is not True else str(value)
