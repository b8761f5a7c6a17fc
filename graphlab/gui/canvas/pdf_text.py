"""The text of a written PDF, so that its figures can be copied, searched and read aloud.

Qt names a glyph by the first character that leads to it in the font.  To figures of one width only
private characters lead, which mean nothing outside the font, and to the space a tab does.
"""

from __future__ import annotations

import re
import string
from functools import cache

from PySide6.QtGui import QFont, QRawFont, QTextLayout

from graphlab.gui.theme import USUAL, exact_font

_PRIVATE = "".join(map(chr, range(0xE000, 0xF900)))
_CHARACTERS = string.digits + string.punctuation + "−±×÷·"

_NAMES = re.compile(rb"begincmap.*?endcmap", re.DOTALL)
_RANGE = re.compile(rb"(<(\w{4})> <(\w{4})> )(?:<(\w{4})>|\[([^]]*)\])")
"""Glyphs from a first to a last one: the first's character, or in brackets each one's."""
_CODE = re.compile(rb"\w{4}")


def readable(content: bytes) -> bytes:
    """A PDF of Qt's with each glyph named by the character it was written for.

    Its length and all places in it stay the same, as its index needs.
    """
    return _NAMES.sub(lambda names: _RANGE.sub(_renamed, names[0]), content)


def _renamed(found: re.Match[bytes]) -> bytes:
    lead, first, last, start, each = found.groups()
    if start is None:
        return b"%s[%s]" % (lead, _CODE.sub(lambda code: b"%04X" % _meant(int(code[0], 16)), each))
    code = int(start, 16)
    shifts = {_meant(code + i) - i for i in range(int(last, 16) - int(first, 16) + 1)}
    return b"%s<%04X>" % (lead, shifts.pop() if len(shifts) == 1 else code)


def _meant(code: int) -> int:
    """The character that is written with the glyph Qt names by this one."""
    return _variants().get(code, code)


@cache
def _variants() -> dict[int, int]:
    """For each private character of the shipped faces, and the tab, what its glyph stands for."""
    found = {ord("\t"): ord(" ")}
    for face in (exact_font(USUAL), exact_font(USUAL, bold=True)):
        glyphs = QRawFont.fromFont(face).glyphIndexesForString(_PRIVATE)
        private = {glyph: ord(code) for glyph, code in zip(glyphs, _PRIVATE, strict=True)}
        for character in _CHARACTERS:
            code = private.get(_glyph(character, face))
            if code is not None:
                found[code] = ord(character)
    return found


def _glyph(character: str, face: QFont) -> int:
    """The glyph that a character is written with."""
    layout = QTextLayout(character, face)
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return layout.glyphRuns()[0].glyphIndexes()[0]
