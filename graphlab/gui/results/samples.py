"""What a generator makes beside what is real, and the curve of a network of one number."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from graphlab.gui.canvas.heat import BLUE, ORANGE
from graphlab.gui.lenses.parts import named
from graphlab.gui.plots.style import forward_pen, load_plotting, recolour, styled_plot
from graphlab.gui.results.pictures import Pictures
from graphlab.gui.results.plane import Dots, PlaneView
from graphlab.gui.results.tab import ResultTab
from graphlab.gui.results.tiles import input_tiles
from graphlab.gui.results.watching import Arrays, scope
from graphlab.gui.session import Session
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.training.session import TrainingSession


class SamplesTab(ResultTab):
    """Samples of a generator: dots among the real ones on the plane, else pictures beside them."""

    view = "samples"

    def __init__(
        self, session: Session, training: TrainingSession, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, training, parent)
        self.real, self.made = PlaneView("Real points"), PlaneView("Points made and real")
        self.real_pictures, self.made_pictures = Pictures("Real"), Pictures("Made")
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        for title, plane, pictures in (
            ("Made by the generator", self.made, self.made_pictures),
            ("Real", self.real, self.real_pictures),
        ):
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(named(title, plane))
            column.addWidget(plane, 1)
            column.addWidget(pictures, 1)
            row.addLayout(column)
        row.addStretch()
        self.body.addLayout(row)

    def words(self, arrays: Arrays) -> str:
        return (
            f"as many made as {scope(arrays)} · grey behind what is made: the real ones"
            if ("made" in arrays)
            else f"as many made as {scope(arrays)}"
        )

    def show_arrays(self, arrays: Arrays) -> None:
        is_plane = "made" in arrays
        for widget in (self.real, self.made):
            widget.setVisible(is_plane)
        for pictures in (self.real_pictures, self.made_pictures):
            pictures.setVisible(not is_plane)
        if not is_plane:
            self.real_pictures.show_tiles(input_tiles(arrays, self.theme, "real/"), self.theme)
            self.made_pictures.show_tiles(input_tiles(arrays, self.theme, "made/"), self.theme)
            return
        real, made = arrays["real"], arrays["made"]
        margin = 0.25 * np.ptp(real, axis=0)
        across, up = (np.array([real[:, i].min() - margin[i], real[:, i].max() + margin[i]])
                      for i in (0, 1))  # fmt: skip
        pale = Dots(real, [self.theme.border] * len(real))
        self.made.dots = [pale, Dots(made, [ORANGE] * len(made))]
        self.real.dots = [Dots(real, [BLUE] * len(real))]
        for widget in (self.real, self.made):
            widget.show_plane(self.theme, None, across, up)


class CurveTab(ResultTab):
    """The data as dots, and the network's function of one number as a line."""

    view = "curve"
    pace = 0.15

    def __init__(
        self, session: Session, training: TrainingSession, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, training, parent)
        self.plot: Any = None
        load_plotting(self, self._make_plot)

    def words(self, arrays: Arrays) -> str:
        return f"dots: {scope(arrays)} · line: the network"

    def set_theme(self, theme: Theme) -> None:
        if self.plot is not None:
            recolour(self.plot, theme)
        super().set_theme(theme)

    def _make_plot(self) -> None:
        self.plot = styled_plot(self.theme)
        self.plot.setAccessibleName("The network's function over the data")
        self.body.addWidget(self.plot, 1)
        if self.watcher.arrays is not None and self.isVisible():
            self.show_arrays(self.watcher.arrays)

    def show_arrays(self, arrays: Arrays) -> None:
        if self.plot is None:
            return
        self.plot.clear()
        for k, targets in enumerate(arrays["targets"]):
            self.plot.plot(
                arrays["points"], targets, pen=None, symbol="oxst"[k % 4], symbolSize=6,
                symbolPen=None, symbolBrush=self.theme.muted,
            )  # fmt: skip
        for values in arrays["y"]:
            self.plot.plot(arrays["x"], values, pen=forward_pen(self.theme))
