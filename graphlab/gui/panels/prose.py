"""Markdown with LaTeX as text on the screen.

Nothing in a text is followed or loaded by itself: no HTML, no picture from elsewhere; a link is
shown with its address and opens only when it is clicked.
"""

from __future__ import annotations

from html import escape
from typing import Any

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import (
    QDesktopServices,
    QFontMetrics,
    QFontMetricsF,
    QImage,
    QPainter,
    QResizeEvent,
    QTextDocument,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from graphlab.gui.theme import GRID, Theme
from graphlab.gui.typeset import Typeset, Typesetter
from graphlab.latex import html

_INLINE, _DISPLAYED = 1.12, 1.3  # sizes of formulas, in those of the text
_LINE = 1.35  # height of a line, in that of its letters
_SMALLEST = 0.7
"""A displayed formula is made no smaller than this, in its own size, to fit the panel."""

_LARGEST = 400  # pixels; of a font that nothing is written in
_SAFE_LINKS = ("https", "http")


class Prose(QTextBrowser):
    """One text, as high as it is; what holds it scrolls."""

    def __init__(self, typesetter: Typesetter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._typesetter, self._theme = typesetter, theme
        self._markdown = ""
        self._formulas: list[tuple[str, bool]] = []
        self._is_too_wide = False  # whether a formula had to be made smaller
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

    def middle_of_first_line(self) -> float:
        """How far below the top of the text the middle of the first small letter is."""
        block = self.document().begin()
        self.document().documentLayout().blockBoundingRect(block)  # lays it out
        line, letters = block.layout().lineAt(0), QFontMetricsF(self.font())
        above = line.y() + line.ascent() if line.isValid() else letters.ascent()
        return above - letters.xHeight() / 2

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Formulas that were made smaller, or must be, follow the width."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width() and (
            self._is_too_wide or self._widest() > self._room()
        ):
            self._set()

    def _room(self) -> int:
        return self.viewport().width()

    def _widest(self) -> float:
        found = (
            self._typeset(latex, is_block=True) for latex, is_block in self._formulas if is_block
        )
        return max((f.pixmap.deviceIndependentSize().width() for f in found if f), default=0.0)

    def _fit(self) -> None:
        self.setFixedHeight(max(round(self.document().size().height()), 1))

    def _set(self) -> None:
        self._formulas = []
        self.document().setDefaultStyleSheet(
            _style(self._theme, round(_LINE * self.fontMetrics().height()))
        )
        self.document().clear()  # and with it the pictures of formulas in other colours
        self.setHtml(self._html(self._markdown))
        self._is_too_wide = self._widest() > self._room()

    def _html(self, markdown: str) -> str:
        def formula(latex: str, told: dict[str, bool]) -> str:
            return self._formula(latex, is_block=told["display_mode"])

        return html(markdown, formula)

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
        if found.descent < 1:
            return f"<img src='{where}'>"
        size = self._middle(found)[0]
        return f"<img src='{where}' style='vertical-align: middle; font-size: {size}px'>"

    def _middle(self, found: Typeset) -> tuple[int, float]:
        """The font size by which Qt puts a picture's own line nearly on that of the text.

        It puts the middle of the picture a quarter of the letter x of that font above the line;
        how much the line of the picture is below its middle is the second number, doubled.
        """
        font = self.font()
        above = found.pixmap.deviceIndependentSize().height() - found.descent
        wanted = 2 * (above - found.descent) * font.pixelSize() / QFontMetricsF(font).xHeight()
        font.setPixelSize(min(max(round(wanted), 1), _LARGEST))
        return font.pixelSize(), QFontMetrics(font).xHeight() / 2

    def _typeset(self, latex: str, *, is_block: bool) -> Typeset | None:
        scale = _DISPLAYED if is_block else _INLINE
        size = self.font().pixelSize() * scale
        return self._typesetter.typeset(latex, size, self._theme.text, self.devicePixelRatioF())

    def _image(self, latex: str, is_block: bool) -> QImage | None:
        """A formula; in a line padded so that its own line meets that of the text."""
        found = self._typeset(latex, is_block=is_block)
        if found is None:
            return None
        picture, ratio = found.pixmap, found.pixmap.devicePixelRatio()
        if is_block:
            return self._narrowed(picture.toImage())
        if found.descent < 1:
            return picture.toImage()
        above = picture.deviceIndependentSize().height() - found.descent
        lift = self._middle(found)[1]
        height = max(2 * above - lift, 2 * found.descent + lift)
        image = QImage(
            picture.width(), round(height * ratio), QImage.Format.Format_ARGB32_Premultiplied
        )
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.drawPixmap(0, round((height + lift) / 2 - above), picture)
        painter.end()
        return image

    def _narrowed(self, image: QImage) -> QImage:
        """A formula wider than the panel, as small as it must be and can still be read."""
        width, ratio = image.deviceIndependentSize().width(), image.devicePixelRatio()
        scale = max(self._room() / width, _SMALLEST)
        if scale >= 1:
            return image
        smooth = Qt.TransformationMode.SmoothTransformation
        small = image.scaledToWidth(int(width * scale * ratio), smooth)
        small.setDevicePixelRatio(ratio)
        return small


def _style(theme: Theme, line: int) -> str:
    height = f"line-height: {line}px; -qt-line-height-type: minimum;"
    return (
        f"body {{ color: {theme.text}; }} p, li {{ {height} }}"
        f"p {{ margin: 0 0 {GRID}px 0; }} ul, ol {{ margin: 0 0 {GRID}px 0; }}"
        "strong { font-weight: 600; }"
        f"code {{ background: {theme.pill}; }} a {{ color: {theme.accent}; }}"
        f"h2 {{ font-size: 16px; margin: 0 0 {GRID}px 0; }}"
        f"h3 {{ font-size: 14px; margin: {GRID}px 0 {GRID // 2}px 0; }}"
        f"th {{ text-align: left; }} td, th {{ padding: 2px {2 * GRID}px 2px 0; }}"
    )


def _follow(url: QUrl) -> None:
    if url.scheme() in _SAFE_LINKS:
        QDesktopServices.openUrl(url)
