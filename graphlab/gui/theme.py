"""Colours by meaning, the shipped fonts in three sizes and two weights, and Qt's palette.

Forward is blue and backward orange, a pair colour-blind people can tell apart; the accent marks
what is selected or active and nothing else.  Text keeps a contrast of 4.5:1 in both themes.  The
categories' colours were found by moving them as little as keeps every two apart (ΔE ≥ 11 in CIELAB)
for people who see red, green or blue alike too, as Machado et al. 2009 model it.
"""

from __future__ import annotations

import math
from functools import cache

from msgspec import Struct
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QGuiApplication,
    QPalette,
)

from graphlab.ops.contract import CATEGORIES
from graphlab.paths import shipped

GRID = 8
"""All spacing is a multiple of this many pixels."""

USUAL = 13.0
"""The base size of text in pixels, until a person chooses another."""

FAMILIES = ("Inter", "GraphLab Symbols")
"""The shipped faces; the second has the signs the first lacks (ᵀ ∗ ⊙ ∇)."""

_REMEMBERED = 50_000  # widths of strings per font

FAR = 0.6
"""The strength of what steps back while something else is active."""


class Theme(Struct, frozen=True, eq=False):
    """Colours as ``#rrggbb``, named by what they mean."""

    name: str
    ground: str
    card: str
    line: str  # edges, on the ground
    border: str  # of cards and pills
    text: str
    muted: str
    forward: str
    backward: str
    accent: str
    problem: str
    pill: str
    on_accent: str
    categories: tuple[str, ...]

    @property
    def is_dark(self) -> bool:
        """Whether light text stands on a dark ground."""
        return QColor(self.ground).lightness() < 128

    def category(self, name: str) -> str:
        """The colour of a category's bar: one for each of the ops' categories, one for the rest."""
        return self.categories[CATEGORIES.index(name) if name in CATEGORIES else -1]

    def far(self, colour: str) -> str:
        """A colour on the ground, stepped back."""
        return blend(colour, self.ground, FAR)

    def palette(self) -> QPalette:
        """Qt's palette in these colours; Qt's own dark scheme does nothing on some platforms."""
        palette = QPalette()
        roles = QPalette.ColorRole
        for role, colour in (
            (roles.Window, self.ground),
            (roles.WindowText, self.text),
            (roles.Base, self.card),
            (roles.AlternateBase, self.ground),
            (roles.Text, self.text),
            (roles.PlaceholderText, self.muted),
            (roles.Button, self.card),
            (roles.ButtonText, self.text),
            (roles.BrightText, self.problem),
            (roles.ToolTipBase, self.card),
            (roles.ToolTipText, self.text),
            (roles.Highlight, self.accent),
            (roles.HighlightedText, self.on_accent),
            (roles.Link, self.accent),
            (roles.LinkVisited, self.accent),
            (roles.Light, self.card),
            (roles.Midlight, self.pill),
            (roles.Mid, self.border),
            (roles.Dark, self.border),
            (roles.Shadow, self.line),
        ):
            palette.setColor(role, QColor(colour))
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(self.muted))
        return palette


LIGHT = Theme(
    name="light",
    ground="#f8f8f6",
    card="#ffffff",
    line="#8b939e",
    border="#cfd4da",
    text="#1a212b",
    muted="#5a6472",
    forward="#1c5fb8",
    backward="#b04a00",
    accent="#0b7a6b",
    problem="#c0262d",
    pill="#ebecea",
    on_accent="#ffffff",
    categories=(
        "#a7a8a8", "#7e9bd3", "#4c5498", "#5e86dd", "#0c6178", "#789b51", "#5f9a72", "#8b8988",
        "#856a42", "#b06832", "#726d55", "#c781b1", "#8e659d", "#494f56", "#6a727e",
    ),
)  # fmt: skip

DARK = Theme(
    name="dark",
    ground="#15181d",
    card="#1f242b",
    line="#727c8a",
    border="#3b434e",
    text="#e9ecf1",
    muted="#a2acb9",
    forward="#86b6ff",
    backward="#ffab62",
    accent="#43cdb5",
    problem="#ff8c87",
    pill="#2a3038",
    on_accent="#0d1a18",
    categories=(
        "#9baec0", "#6daeea", "#8789c4", "#8c5e9e", "#8db8de", "#b2c787", "#79d1bb", "#2f9381",
        "#b3957b", "#dc8f65", "#ceb75e", "#cc859c", "#9e5b66", "#d5dbe4", "#8a7a9a",
    ),
)  # fmt: skip


@cache
def load_fonts() -> tuple[str, ...]:
    """Register the shipped faces with Qt, once, and return their families.

    Needs a QGuiApplication.
    """
    folder = shipped("resources") / "fonts"
    for file in ("Inter-Regular.otf", "Inter-SemiBold.otf", "GraphLabSymbols.ttf"):
        if QFontDatabase.addApplicationFont(str(folder / file)) < 0:
            raise RuntimeError(f"{folder / file} is not a font Qt can read")
    return FAMILIES


def base_size() -> float:
    """The size of the application's own font, which every other size follows."""
    current = QGuiApplication.font()
    is_ours = current.families()[:1] == list(FAMILIES[:1])
    return current.pixelSize() if is_ours and current.pixelSize() > 0 else USUAL


def font(pixels: float, *, bold: bool = False) -> QFont:
    """The shipped face for text that usually has this size in pixels; larger in larger text."""
    return exact_font(pixels * base_size() / USUAL, bold=bold)


def exact_font(pixels: float, *, bold: bool = False) -> QFont:
    """The shipped face at a size in pixels, with figures of one width."""
    face = QFont()
    face.setFamilies(list(load_fonts()))
    face.setPixelSize(round(pixels))
    face.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    face.setFeature(QFont.Tag("tnum"), 1)
    face.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return face


_FIGURES = str.maketrans("123456789", "000000000")


class _Advances(dict[str, float]):
    """The width of each character, measured when it is first asked for."""

    def __init__(self, metrics: QFontMetricsF) -> None:
        super().__init__()
        self._metrics = metrics

    def __missing__(self, character: str) -> float:
        found = self[character] = self._metrics.horizontalAdvance(character)
        return found


class _Widths(dict[str, float]):
    """The width of each line in pixels; kerning, which only narrows it, is left out."""

    def __init__(self, advances: _Advances) -> None:
        super().__init__()
        self._advances = advances

    def __missing__(self, text: str) -> float:
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[text] = sum(map(self._advances.__getitem__, text))
        return found


class Face:
    """One font with its measures; widths are summed from single characters and remembered."""

    def __init__(self, pixels: float, *, bold: bool = False) -> None:
        self.font = exact_font(pixels, bold=bold)
        self._metrics = QFontMetricsF(self.font)
        self.width = _Widths(_Advances(self._metrics)).__getitem__
        self.ascent = self._metrics.ascent()
        self.capital = self._metrics.capHeight()
        self.height = self.ascent + self._metrics.descent()
        self.line = math.ceil(self.height)

    def measured(self, text: str) -> float:
        """The width of one of many lines, most of them numbers: as all figures have one width,
        those that look alike are remembered as one.
        """
        return self.width(text.translate(_FIGURES))

    def elided(self, text: str, width: float) -> str:
        """The text, or its beginning and an ellipsis where it is wider than ``width``.

        Of a name the end is kept as well: names that begin alike are told apart by it.
        """
        if self.width(text) <= width:
            return text
        room = width - self.width("…")
        if not (text.isidentifier() or _is_dotted(text)):
            return text[: self._fitting(text, room)].rstrip() + "…"
        end = self._fitting(text[::-1], room / 2)
        ending = text[len(text) - end :]
        return text[: self._fitting(text, room - self.width(ending))] + "…" + ending

    def _fitting(self, text: str, room: float) -> int:
        """How many letters from its beginning there is room for."""
        for kept, letter in enumerate(text):
            room -= self.width(letter)
            if room < 0:
                return kept
        return len(text)


def _is_dotted(text: str) -> bool:
    """Whether a text is a name as in a state dict, ``layer1.0.conv1.weight``."""
    *groups, last = text.split(".")
    return (
        bool(groups) and last.isidentifier() and all(g.replace("_", "x").isalnum() for g in groups)
    )


class Type:
    """Three sizes from a base size in pixels, two weights."""

    def __init__(self, base: float = USUAL) -> None:
        self.base = base
        self.small = Face(base * 0.85)
        self.normal = Face(base)
        self.strong = Face(base, bold=True)
        self.large = Face(base * 1.75)
        self.distant = Face(base * 3)  # a symbol seen from so far that nothing else is drawn
        self.dense = Face(base * 2.25)  # the same where that is a name


def typography(base: float | None = None) -> Type:
    """The measured fonts for a base size, the application's if none is told; made once."""
    return _typography(base_size() if base is None else base)


@cache
def _typography(base: float) -> Type:
    return Type(base)


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio of two colours, from 1 to 21."""
    dim, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dim + 0.05)


@cache
def readable(ground: str) -> str:
    """The ink, dark or light, that is read best on a colour."""
    return max((LIGHT.text, LIGHT.card), key=lambda ink: contrast(ink, ground))


@cache
def blend(front: str, back: str, strength: float) -> str:
    """The colour seen where ``front`` covers ``back`` with that strength."""
    over, under = QColor(front), QColor(back)
    mixed = (
        round(a * strength + b * (1 - strength))
        for a, b in (
            (over.red(), under.red()),
            (over.green(), under.green()),
            (over.blue(), under.blue()),
        )
    )
    return QColor(*mixed).name()


def _luminance(colour: str) -> float:
    parts = (QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
