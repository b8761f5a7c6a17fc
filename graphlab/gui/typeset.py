"""LaTeX as pixmaps.  The typesetter is loaded when first needed and away from the window's thread;
until it is there the caller shows plain text."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any, NamedTuple

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap

from graphlab.gui.background import Background

_REMEMBERED = 500

_SIGN = re.compile(
    r"(?P<before>^|[=<>(\[,;&]|\\\\|\\(?:times|cdot|to|approx|leq?|geq?)(?![a-z]))(?P<room>\s*)-"
)
"""A minus that is the sign of what follows; the typesetter spaces each as one between two terms."""

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
                self._background.start(_load, self._loaded)
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

        try:
            latex = _SIGN.sub(r"\g<before>\g<room>{-}", latex)
            svg = self._module.Latex(latex, size=size, color=colour).svg()
        except Exception:  # the typesetter raises what it likes for LaTeX it does not know
            return None
        renderer = QSvgRenderer(QByteArray(svg.encode()))
        box = renderer.viewBoxF()
        width, height = max(box.width(), 1), max(box.height(), 1)
        image = QPixmap(round(width * ratio), round(height * ratio))
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter, QRectF(0, 0, width, height))
        painter.end()
        return Typeset(image, max(box.bottom(), 0.0))


def _load() -> Any:
    import ziamath

    ziamath.config.svg2 = False  # QSvgRenderer garbles what svg2 writes
    ziamath.Latex("x", size=12).svg()  # reads its font, so that the first formula need not
    return ziamath
