"""What the rule card writes in symbols, and the card as it was while they are being set."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from graphlab.gui.lettering import scaled
from graphlab.gui.phrases import brief_names
from graphlab.gui.theme import GRID
from graphlab.gui.typeset import Typesetter

_SIZES = (17, 14)  # of the symbols, the smaller where the larger does not fit


class Symbols(QLabel):
    """A formula, typeset where that is ready and fits, in plain text otherwise."""

    def __init__(self, typesetter: Typesetter) -> None:
        super().__init__()
        self._typesetter = typesetter
        self._formula = self._plain = ""

    def tell(self, formula: str, plain: str) -> None:
        """Take another formula, which ``fit`` shows; a name too long for a card keeps it plain."""
        is_brief = brief_names(plain) == plain
        self._formula, self._plain = formula if is_brief else "", plain
        self.setAccessibleName(plain)

    @property
    def is_awaited(self) -> bool:
        """Whether the formula is still to be set."""
        return bool(self._formula) and self._typesetter.awaits(self._formula)

    def fit(self, room: int, colour: str) -> None:
        """Show it in this width."""
        self.setVisible(bool(self._plain or self._formula))
        ratio = self.devicePixelRatioF()
        for size in map(scaled, _SIZES) if self._formula else ():
            pixmap = self._typesetter.pixmap(self._formula, size, colour, ratio)
            extent = None if pixmap is None else pixmap.deviceIndependentSize()
            if pixmap is None or extent is None:
                break
            if extent.width() <= room and extent.height() <= scaled(6 * GRID):
                self.setWordWrap(False)
                self.setPixmap(pixmap)
                return
        self.setWordWrap(True)
        self.setText(brief_names(self._plain))


class Held(QLabel):
    """A picture of a widget over that widget, which so looks as it was."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def hold(self) -> None:
        """Keep the look there is; the one kept already stays."""
        if self.isHidden() and self._over.isVisible():
            self.setPixmap(self._over.grab())
            self.setGeometry(self._over.rect())
            self.show()
            self.raise_()
