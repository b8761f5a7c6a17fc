"""LaTeX as pixmaps.  The typesetter is loaded when first needed and away from the window's thread;
until it is there the caller shows plain text.  A formula is set once, whatever its size and colour:
a long one takes some 50 ms, so that those beside a step are set in a thread too."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPixmap

from graphlab.gui.background import Background
from graphlab.latex import load, svg

_REMEMBERED = 500
_SIZE, _INK = 20.0, "#010203"  # in which a formula is set

_Key = tuple[str, float, str, float]


class Typeset(NamedTuple):
    """A formula as pixels, and how much of its height is below the line it stands on."""

    pixmap: QPixmap
    descent: float


class Typesetter(QObject):
    """Sets formulas and remembers them."""

    ready = Signal()  # the typesetter is there
    made = Signal()  # what ``pixmap`` was asked for is set

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._module: Any = None
        self._loading, self._setting = Background(self), Background(self)
        self._begin = QTimer(self, singleShot=True, interval=0)  # when all is asked for
        self._begin.timeout.connect(self._set_wanted)
        self._wanted: dict[str, None] = {}
        self._set: OrderedDict[str, str | None] = OrderedDict()
        self._made: OrderedDict[_Key, Typeset] = OrderedDict()

    @property
    def is_ready(self) -> bool:
        """Whether the typesetter is there, so that no formula has to be awaited for long."""
        return self._module is not None

    def awaits(self, latex: str) -> bool:
        """Whether a formula is still to be set, for which it is then asked; ``made`` follows.

        Of what was asked for before, and is not begun, only that is set which is asked for again.
        """
        if latex in self._set:
            return False
        self._wanted[latex] = None
        if not self._setting.is_busy:
            self._begin.start()
        return True

    def pixmap(self, latex: str, size: float, colour: str, ratio: float) -> QPixmap | None:
        """The formula at a size in pixels; None while ``awaits`` it, and where it cannot be set."""
        found = None if self.awaits(latex) else self._drawn((latex, size, colour, ratio))
        return None if found is None else found.pixmap

    def typeset(self, latex: str, size: float, colour: str, ratio: float) -> Typeset | None:
        """The same at once with its depth, for a formula that stands in a line of text.

        None while the typesetter is not there; ``ready`` follows.
        """
        if self._module is None:
            if not self._loading.is_busy:
                self._loading.start(load, self._take)
            return None
        if latex not in self._set:
            self._keep({latex: svg(self._module, latex, _SIZE, _INK)})
        return self._drawn((latex, size, colour, ratio))

    def _take(self, module: Any) -> None:
        if self._module is None:
            self._module = module
            self.ready.emit()

    def _set_wanted(self) -> None:
        wanted, self._wanted = [*self._wanted], {}

        def work() -> tuple[Any, dict[str, str | None]]:
            module = load()
            return module, {latex: svg(module, latex, _SIZE, _INK) for latex in wanted}

        def then(found: tuple[Any, dict[str, str | None]]) -> None:
            self._wanted.clear()
            self._keep(found[1])
            self._take(found[0])
            self.made.emit()

        if wanted:
            self._setting.start(work, then)

    def _keep(self, found: dict[str, str | None]) -> None:
        self._set.update(found)
        while len(self._set) > _REMEMBERED:
            self._set.popitem(last=False)

    def _drawn(self, key: _Key) -> Typeset | None:
        latex, size, colour, ratio = key
        if key not in self._made:
            picture = self._set[latex]
            if picture is None:
                return None
            if len(self._made) >= _REMEMBERED:
                self._made.popitem(last=False)
            self._made[key] = _drawn(picture.replace(_INK, colour), size / _SIZE, ratio)
        return self._made[key]


def _drawn(picture: str, scale: float, ratio: float) -> Typeset:
    from PySide6.QtSvg import QSvgRenderer

    renderer = QSvgRenderer(QByteArray(picture.encode()))
    box = renderer.viewBoxF()
    width, height = max(box.width() * scale, 1), max(box.height() * scale, 1)
    image = QPixmap(round(width * ratio), round(height * ratio))
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, width, height))
    painter.end()
    return Typeset(image, max(box.bottom() * scale, 0.0))
