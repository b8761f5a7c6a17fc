"""Icons of one weight, drawn from strokes in a square of 16 units, in whatever colour is asked."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPen, QPixmap, QPolygonF

from graphlab.gui.lettering import icon_size

_Strokes = tuple[tuple[tuple[float, float], ...], ...]

_STROKES: dict[str, _Strokes] = {
    "next": (((6, 3), (11, 8), (6, 13)),),
    "back": (((10, 3), (5, 8), (10, 13)),),
    "forward": (((3, 3), (8, 8), (3, 13)), ((8.5, 3), (13.5, 8), (8.5, 13))),
    "backward": (((13, 3), (8, 8), (13, 13)), ((7.5, 3), (2.5, 8), (7.5, 13))),
    "reset": (((4, 3), (4, 13)), ((12, 3), (7, 8), (12, 13))),
    "play": (((5, 3), (12, 8), (5, 13), (5, 3)),),
    "pause": (((5.5, 3), (5.5, 13)), ((10.5, 3), (10.5, 13))),
    "slower": (((4, 8), (12, 8)),),
    "faster": (((4, 8), (12, 8)), ((8, 4), (8, 12))),
    "check": (((2, 6.5), (4, 4.5), (6, 4.5), (10, 6.5), (12, 6.5), (14, 4.5)),
              ((2, 11.5), (4, 9.5), (6, 9.5), (10, 11.5), (12, 11.5), (14, 9.5))),
    "descent": (((2, 3), (4, 8), (6.5, 11), (9.5, 12.5), (14, 13)), ((10, 3), (10, 8.5)),
                ((8, 6.5), (10, 8.5), (12, 6.5))),
    "train": (((2, 2.5), (2.8, 6.5), (4.6, 10.2), (7.6, 12.6), (11, 13.4), (14, 13.5)),
              ((9.4, 2.4), (14, 5.3), (9.4, 8.2), (9.4, 2.4))),
}  # fmt: skip


def icon(name: str, colour: str, disabled: str) -> QIcon:
    """The icon called so, in one colour where it can be used and in another where it cannot."""
    made, size = QIcon(), icon_size().width()
    ratios = {screen.devicePixelRatio() for screen in QGuiApplication.screens()}
    for mode, shade in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, disabled)):
        for ratio in ratios:
            made.addPixmap(pixmap(name, shade, size, ratio), mode)
    return made


def pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    """The strokes on transparent ground; ``size`` in pixels of the screen's own unit."""
    image = QPixmap(round(size * ratio), round(size * ratio))
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / 16, size / 16)
    pen = QPen(QColor(colour), 1.6)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    for line in _lines(name):
        painter.drawPolyline(line)
    painter.end()
    return image


@cache
def _lines(name: str) -> tuple[QPolygonF, ...]:
    """The strokes of an icon."""
    return tuple(QPolygonF([QPointF(x, y) for x, y in stroke]) for stroke in _STROKES[name])
