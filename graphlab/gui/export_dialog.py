"""Asks how a picture is to be: its format, what is on it, its colours; shows it while asked."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from graphlab.gui.canvas.export import Show, dots_per_inch, with_margin
from graphlab.gui.canvas.figure import Figure
from graphlab.gui.canvas.painter import FigurePainter
from graphlab.gui.theme import DARK, GRID, LIGHT, Theme, Type

FORMATS = ((".svg", "SVG"), (".png", "PNG"), (".pdf", "PDF"))
CONTENTS: tuple[tuple[Show, str], ...] = (
    ("all", "Values and partials"),
    ("values", "Values only"),
    ("bare", "Bare"),
)
THEMES = ((LIGHT, "Light"), (DARK, "Dark"))


class ExportDialog(QDialog):
    """Three rows of choices and a preview; ``take`` gets ending, contents and theme."""

    def __init__(
        self,
        parent: QWidget,
        figure_of: Callable[[Show], Figure],
        fonts: Type,
        take: Callable[[str, Show, Theme], bool],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export the picture")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._take, self._figure_of = take, figure_of
        self._figures: dict[Show, Figure] = {}
        self.preview = _Preview(fonts)
        self.formats, self.contents, self.themes = (QButtonGroup(self) for _ in range(3))
        rows = QGridLayout()
        rows.setHorizontalSpacing(3 * GRID)
        rows.setVerticalSpacing(GRID)
        for row, (title, group, names) in enumerate(
            (
                ("Format", self.formats, [name for _, name in FORMATS]),
                ("Numbers", self.contents, [name for _, name in CONTENTS]),
                ("Colours", self.themes, [name for _, name in THEMES]),
            )
        ):
            label = QLabel(title)
            label.setObjectName("muted")
            rows.addWidget(label, row, 0)
            rows.addLayout(_choices(group, title, names), row, 1)
            group.idToggled.connect(self._show)
        rows.setColumnStretch(1, 1)
        buttons = QDialogButtonBox()
        self.save = buttons.addButton("Save…", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._go_on)
        buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        whole.setSpacing(2 * GRID)
        whole.addWidget(self.preview, 1)
        whole.addLayout(rows)
        whole.addWidget(buttons)
        self.save.setDefault(True)
        self._show()

    def choose(self, *, format_: int = 0, contents: int = 0, theme: int = 0) -> None:
        """Choose by the places in the three rows."""
        for group, place in zip(
            (self.formats, self.contents, self.themes), (format_, contents, theme), strict=True
        ):
            group.button(place).setChecked(True)

    @property
    def _choice(self) -> tuple[str, Show, Theme]:
        places = (group.checkedId() for group in (self.formats, self.contents, self.themes))
        format_, contents, theme = places
        return FORMATS[format_][0], CONTENTS[contents][0], THEMES[theme][0]

    def _show(self) -> None:
        _, show, theme = self._choice
        if show not in self._figures:
            self._figures[show] = self._figure_of(show)
        self.preview.show_figure(self._figures[show], theme)
        (png,) = (b for b in self.formats.buttons() if b.text().startswith("PNG"))
        png.setText(f"PNG, {self.preview.dots} dpi")

    def _go_on(self) -> None:
        if self._take(*self._choice):
            self.accept()


class _Preview(QWidget):
    """The figure as it will be, as large as there is room."""

    def __init__(self, fonts: Type) -> None:
        super().__init__()
        self.setAccessibleName("Preview")
        self.setMinimumSize(60 * GRID, 30 * GRID)
        self._fonts, self._theme = fonts, LIGHT
        self._painter = FigurePainter(Figure(), LIGHT, fonts)

    def sizeHint(self) -> QSize:
        return QSize(72 * GRID, 36 * GRID)

    def show_figure(self, figure: Figure, theme: Theme) -> None:
        """Show another figure, or the same in other colours."""
        self._theme, self._painter = theme, FigurePainter(figure, theme, self._fonts)
        self.update()

    @property
    def dots(self) -> int:
        """How many of them a PNG has an inch."""
        return dots_per_inch(with_margin(self._painter.geometry.bounds))

    def paintEvent(self, event: QPaintEvent) -> None:
        pen = QPainter(self)
        pen.fillRect(self.rect(), QColor(self._theme.ground))
        area = with_margin(self._painter.geometry.bounds)
        zoom = min(self.width() / area[2], self.height() / area[3], 1.0)
        pen.save()
        pen.translate((self.width() - area[2] * zoom) / 2, (self.height() - area[3] * zoom) / 2)
        pen.scale(zoom, zoom)
        pen.translate(-area[0], -area[1])
        self._painter.paint(pen, area, is_vector=True)  # as the file, whatever the zoom
        pen.restore()
        pen.setPen(self.palette().mid().color())
        pen.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))


def _choices(group: QButtonGroup, title: str, names: list[str]) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setSpacing(3 * GRID)
    for place, name in enumerate(names):
        button = QRadioButton(name)
        button.setAccessibleName(f"{title}: {name}")
        button.setChecked(place == 0)
        group.addButton(button, place)
        line.addWidget(button)
    line.addStretch(1)
    return line
