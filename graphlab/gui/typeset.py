"""LaTeX as pixmaps.  The typesetter is loaded when first needed and away from the window's thread;
until it is there the caller shows plain text."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap

from graphlab.gui.background import Background
from graphlab.latex import load, svg

_REMEMBERED = 500

_Key = tuple[str, float, str, float]


class Typeset(NamedTuple):
    """A formula as pixels, and how much of its height is below the line it stands on."""

    pixmap: QPixmap
    descent: float


class Typesetter(QObject):
    """Sets formulas and remembers them."""

    ready = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._module: Any = None
        self._background = Background(self)
        self._made: OrderedDict[_Key, Typeset | None] = OrderedDict()

    def pixmap(self, latex: str, size: float, colour: str, ratio: float) -> QPixmap | None:
        """The formula at a size in pixels; None while it cannot be set (``ready`` follows)."""
        found = self.typeset(latex, size, colour, ratio)
        return None if found is None else found.pixmap

    def typeset(self, latex: str, size: float, colour: str, ratio: float) -> Typeset | None:
        """The same with its depth, for a formula that stands in a line of text."""
        if self._module is None:
            if not self._background.is_busy:
                self._background.start(load, self._loaded)
            return None
        key = (latex, size, colour, ratio)
        if key not in self._made:
            if len(self._made) >= _REMEMBERED:
                self._made.popitem(last=False)
            self._made[key] = self._set(*key)
        return self._made[key]

    def _loaded(self, module: Any) -> None:
        self._module = module
        self.ready.emit()

    def _set(self, latex: str, size: float, colour: str, ratio: float) -> Typeset | None:
        from PySide6.QtSvg import QSvgRenderer

        picture = svg(self._module, latex, size, colour)
        if picture is None:
            return None
        renderer = QSvgRenderer(QByteArray(picture.encode()))
        box = renderer.viewBoxF()
        width, height = max(box.width(), 1), max(box.height(), 1)
        image = QPixmap(round(width * ratio), round(height * ratio))
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter, QRectF(0, 0, width, height))
        painter.end()
        return Typeset(image, max(box.bottom(), 0.0))
