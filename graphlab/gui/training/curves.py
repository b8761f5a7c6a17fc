"""Losses and metrics while they are made: those of training, and those of what was held back."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from graphlab.gui.lenses.parts import Choice, named
from graphlab.gui.theme import GRID, LIGHT, Theme, blend
from graphlab.gui.training.history import Curve, History, names_of, smooth
from graphlab.gui.training.lines import Line, LinePlot

_SMOOTH = 40  # a curve's points are averaged over one such part of them to either side
_FAINT = 0.35
_PREFERRED = ("accuracy", "iou", "count_mae", "box_iou", "r2")


class CurvesTab(QWidget):
    """The loss at the left, a metric at the right; nothing is drawn while it is hidden."""

    def __init__(self, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.history = history
        self._theme = LIGHT
        self.loss = LinePlot(LIGHT, "Loss over the steps")
        self.score = LinePlot(LIGHT, "A metric over the steps")
        self.log = QCheckBox("Log scale")
        self.log.setToolTip("Show the loss on a logarithmic scale")
        self.which = Choice("Metric")
        self.empty = QLabel("Curves appear here once training has begun.")
        self.empty.setObjectName("muted")
        self.empty.setWordWrap(True)
        self.log.toggled.connect(self.refresh)
        self.which.activated.connect(self.refresh)
        left, right = QHBoxLayout(), QHBoxLayout()
        self.heading = QLabel("Loss")
        self.heading.setObjectName("muted")
        self.heading.setFixedHeight(self.which.height())
        left.addWidget(self.heading)
        left.addStretch()
        left.addWidget(self.log)
        right.addWidget(named("Metric", self.which))
        right.addWidget(self.which)
        right.addStretch()
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, GRID // 2, 0, 0)
        whole.setSpacing(2 * GRID)
        for head, plot in ((left, self.loss), (right, self.score)):
            column = QVBoxLayout()
            head.setSpacing(GRID)
            column.setSpacing(0)
            column.addLayout(head)
            if plot is self.loss:
                column.addWidget(self.empty)
            column.addWidget(plot, 1)
            column.addStretch()
            whole.addLayout(column, 1)

    def mark(self, change: str) -> None:
        """Say what has changed in the document since, if something has."""
        self.heading.setText(f"Loss, of an earlier {change}" if change else "Loss")

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        for plot in (self.loss, self.score):
            plot.set_theme(theme)
        self.refresh()

    # --- drawing --------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Draw what is known by now."""
        if not self.isVisible():
            return
        history = self.history
        self.empty.setVisible(not history.curves)
        self.loss.setVisible(bool(history.curves))
        metrics = names_of([history.of("held_back"), history.of("train")])
        offered = [name for name in metrics if name not in ("loss", *history.of("loss"))]
        best = next((name for name in _PREFERRED if name in offered), None)
        self.which.offer(offered, best)
        self.which.setEnabled(bool(offered))
        self.score.setVisible(bool(offered))
        self.loss.show_lines(self._losses(), is_log=self.log.isChecked())
        chosen = self.which.currentText()
        kinds = ("train",) if history.split == "train" else ("train", "held_back")
        self.score.show_lines([line for kind in kinds for line in self._metric(kind, chosen)])

    def _losses(self) -> list[Line]:
        """Every step's loss faintly, its running mean, and the loss of what was held back."""
        history, theme = self.history, self._theme
        curves = history.of("loss")
        colours = [theme.forward] if len(curves) == 1 else list(theme.categories[1:])
        lines: list[Line] = []
        for i, (name, curve) in enumerate(curves.items()):
            colour = colours[i % len(colours)]
            steps, values = curve.points
            told = "train" if len(curves) == 1 else name
            faint = blend(colour, theme.ground, _FAINT)
            lines.insert(0, Line(steps, values, faint, width=1))
            lines.append(Line(steps, smooth(values, len(values) // _SMOOTH), colour, told))
        held = history.of("held_back").get("loss")
        if held is not None and len(curves) == 1 and history.split != "train":
            lines.append(_held_back(held, history.split, theme))
        return lines

    def _metric(self, kind: str, name: str) -> list[Line]:
        curve = self.history.of(kind).get(name)
        if curve is None:
            return []
        if kind == "held_back" and self.history.split != "train":
            return [_held_back(curve, self.history.split, self._theme)]
        return [Line(*curve.points, self._theme.forward, "train")]


def _held_back(curve: Curve, split: str, theme: Theme) -> Line:
    return Line(*curve.points, theme.text, split, is_dashed=True)
