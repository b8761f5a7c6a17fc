"""Markdown with LaTeX as text on the screen.

Nothing in a text is followed or loaded by itself: no HTML, no picture from elsewhere; a link is
shown with its address and opens only when it is clicked.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontMetricsF, QImage, QPainter, QTextDocument
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from graphlab.gui.theme import GRID, Theme
from graphlab.gui.typeset import Typeset, Typesetter

_INLINE, _DISPLAYED = 1.12, 1.3  # sizes of formulas, in those of the text
_STOP = re.compile(r"(?<![$\\])\$([^$\n]+)\$([.,;:?])(?=\s|$)")
"""A formula in a line and the stop after it, which would else begin a line of its own."""

_SAFE_LINKS = ("https", "http")


class Prose(QTextBrowser):
    """One text, as high as it is; what holds it scrolls."""

    def __init__(self, typesetter: Typesetter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._typesetter, self._theme = typesetter, theme
        self._markdown = ""
        self._formulas: list[tuple[str, bool]] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.document().setIndentWidth(2 * GRID)
        self.anchorClicked.connect(_follow)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        typesetter.ready.connect(self._set)

    def show_text(self, markdown: str) -> None:
        """Show another text."""
        self._markdown = markdown
        self._set()

    def set_theme(self, theme: Theme) -> None:
        """Show the same in other colours."""
        self._theme = theme
        self._set()

    def sizeHint(self) -> QSize:
        """As high as the text at this width."""
        return QSize(200, round(self.document().size().height()))

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """The formulas of this text and nothing else."""
        url = QUrl(name) if isinstance(name, str) else name
        number = url.path()
        if kind != QTextDocument.ResourceType.ImageResource.value or url.scheme() != "formula":
            return None
        if not number.isdecimal() or int(number) >= len(self._formulas):
            return None
        return self._image(*self._formulas[int(number)])

    def changeEvent(self, event: Any) -> None:
        """Formulas follow the size of the text."""
        super().changeEvent(event)
        if event.type() == event.Type.FontChange and self._markdown:
            self._set()

    def _fit(self) -> None:
        self.setFixedHeight(max(round(self.document().size().height()), 1))

    def _set(self) -> None:
        self._formulas = []
        self.document().setDefaultStyleSheet(_style(self._theme))
        self.document().clear()  # and with it the pictures of formulas in other colours
        self.setHtml(self._html(self._markdown))

    def _html(self, markdown: str) -> str:
        from markdown_it import MarkdownIt
        from mdit_py_plugins.dollarmath import dollarmath_plugin

        def formula(latex: str, told: dict[str, bool]) -> str:
            return self._formula(latex, is_block=told["display_mode"])

        reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
        dollarmath_plugin(reader, double_inline=True, renderer=formula)
        return str(reader.render(_STOP.sub(r"$\1\\text{\2}$", markdown)))

    def _formula(self, latex: str, *, is_block: bool) -> str:
        latex = latex.strip()
        found = self._typeset(latex, is_block=is_block)
        if found is None:
            text = f"<i>{escape(latex)}</i>"
            return f"<p align='center'>{text}</p>" if is_block else text
        self._formulas.append((latex, is_block))
        where = f"formula:{len(self._formulas) - 1}"
        if is_block:
            return f"<p align='center' style='margin: {GRID}px 0'><img src='{where}'></p>"
        align = "baseline" if found.descent < 1 else "middle"
        return f"<img src='{where}' style='vertical-align: {align}'>"

    def _typeset(self, latex: str, *, is_block: bool) -> Typeset | None:
        scale = _DISPLAYED if is_block else _INLINE
        size = self.font().pixelSize() * scale
        return self._typesetter.typeset(latex, size, self._theme.text, self.devicePixelRatioF())

    def _image(self, latex: str, is_block: bool) -> QImage | None:
        """A formula; in a line padded so that its own line meets that of the text.

        Qt stands a picture on the line, or puts its middle a quarter of an x above it.
        """
        found = self._typeset(latex, is_block=is_block)
        if found is None:
            return None
        picture, ratio = found.pixmap, found.pixmap.devicePixelRatio()
        if is_block:
            return picture.toImage()
        extent = picture.deviceIndependentSize()
        above, below = extent.height() - found.descent, found.descent
        if below < 1:
            return picture.toImage()
        lift = QFontMetricsF(self.font()).xHeight() / 2
        baseline = max(above, below + lift)
        height = 2 * baseline - lift
        image = QImage(
            picture.width(), round(height * ratio), QImage.Format.Format_ARGB32_Premultiplied
        )
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.drawPixmap(0, round(baseline - above), picture)
        painter.end()
        return image


def _style(theme: Theme) -> str:
    return (
        f"body {{ color: {theme.text}; }} p, li {{ line-height: 140%; }}"
        f"p {{ margin: 0 0 {GRID}px 0; }} ul, ol {{ margin: 0 0 {GRID}px 0; }}"
        f"code {{ background: {theme.pill}; }} a {{ color: {theme.accent}; }}"
        f"h2 {{ font-size: 16px; margin: 0 0 {GRID}px 0; }}"
        f"h3 {{ font-size: 14px; margin: {GRID}px 0 {GRID // 2}px 0; }}"
        f"th {{ text-align: left; }} td, th {{ padding: 2px {2 * GRID}px 2px 0; }}"
    )


def _follow(url: QUrl) -> None:
    if url.scheme() in _SAFE_LINKS:
        QDesktopServices.openUrl(url)
