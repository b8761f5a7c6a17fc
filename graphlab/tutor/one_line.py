"""Formulas as one line of text, for where none can be typeset: tables, names read aloud, files.

What a command of LaTeX means is known to the typesetter, which writes it as MathML; here that tree
is put into a line, with the brackets that a fraction bar or a root has no need of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from unicodedata import combining
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from graphlab.latex import mathml
from graphlab.ops.plain import SUPERSCRIPT, lowered

_SUM, _PRODUCT, _ATOM = range(3)  # binding strength, loosest first

_LOOSE = frozenset("+−±∓=≠<>≤≥≈≡∼∝∈∉⊂→←↔⇒⇔↦:")  # with room on both sides
_TIGHT = frozenset("·×∗⋅∘⊙⊗⊕")
_OPENING, _CLOSING = frozenset("([{⟨⌊⌈"), frozenset(")]}⟩⌋⌉,;.!")
_RAISED = frozenset(map(chr, SUPERSCRIPT.values()))
_APART = _LOOSE | _TIGHT
_DIFFERENTIALS = frozenset("∂d")
_ABOVE = dict(
    zip("^ˆ¯‾―~˜→˙¨", "\u0302\u0302\u0304\u0304\u0304\u0303\u0303\u20d7\u0307\u0308", strict=True)
)


class Piece(NamedTuple):
    """A part of a formula as text, and how strongly it holds together."""

    text: str
    strength: int = _ATOM
    is_upright: bool = False  # a letter of a word

    def held(self, at_least: int = _ATOM) -> str:
        """The text, in brackets where it holds together more loosely."""
        return self.text if self.strength >= at_least else f"({self.text})"


@lru_cache(maxsize=1024)
def one_line(latex: str) -> str:
    """A formula as one line of text: ``(a + b)/c`` for a fraction; as it is where it is wrong."""
    written = mathml(latex)
    try:
        return latex if written is None else " ".join(_piece(fromstring(written)).text.split())
    except (ParseError, RecursionError, TypeError):  # a fraction without its lower half
        return latex


def _piece(node: Element) -> Piece:
    kind = node.tag.rpartition("}")[2]
    if kind == "mfrac" and node.get("linethickness") == "0":
        return Piece(" choose ".join(_piece(child).held() for child in node), _SUM)
    if kind in _LAID_OUT:
        return _LAID_OUT[kind](*map(_piece, node))
    if len(node):
        return _row([_piece(child) for child in node])
    text = (node.text or "").replace("\N{NO-BREAK SPACE}", " ")
    return Piece(text.replace("⊤", "ᵀ"), is_upright=node.get("mathvariant") == "normal")


def _row(pieces: list[Piece]) -> Piece:
    """What stands side by side; a minus after nothing, or after another sign, is a sign itself."""
    pieces = [piece for piece in pieces if piece.text]
    if len(pieces) == 1:
        return pieces[0]._replace(is_upright=pieces[0].is_upright or pieces[0].text == ",")
    text, before = "", Piece("(")
    for piece, after in pairwise([*pieces, Piece(")")]):
        is_sign = piece.text in ("−", "+") and before.text in _OPENING | _APART | {","}
        if is_sign:
            piece = Piece(piece.text + "\u2060")  # what follows is joined to it
        elif piece.strength < _ATOM and (
            before.text not in _APART | _OPENING | {","} or after.text not in _APART | _CLOSING
        ):
            piece = Piece(piece.held())
        text += _room(before, piece) + piece.text
        before = piece
    return Piece(text.replace("\u2060", ""), _strength(pieces))


def _strength(pieces: list[Piece]) -> int:
    texts = [piece.text for piece in pieces]
    depth = 0
    found = _PRODUCT
    for place, text in enumerate(texts):
        depth += (text in _OPENING) - (text[:1] in {")", "]", "}", "⟩"})
        if depth == 0 and text in _LOOSE and place:
            found = _SUM
    is_call = len(texts) > 2 and texts[1] == "(" and texts[-1][:1] == ")" and "(" not in texts[2:]
    is_bracket = texts[0] == "(" and texts[-1] == ")" and texts.count("(") == 1
    is_word = all(piece.is_upright for piece in pieces)
    is_differential = len(pieces) == 2 and texts[0] == "∂"
    return _ATOM if is_call or is_bracket or is_word or is_differential else found


def _room(before: Piece, piece: Piece) -> str:
    """What stands between two pieces: room where they would else be read as one."""
    if before.text in _APART or piece.text in _APART:
        return " "
    if before.text in (",", ";") and not before.is_upright:
        return " "
    is_word = before.is_upright and piece.is_upright
    ends = before.text[-1:].isalnum() and not before.text.isdigit() and piece.text[:1].isalnum()
    return " " if ends and not is_word and before.text not in _DIFFERENTIALS else ""


def _fraction(top: Piece, bottom: Piece) -> Piece:
    is_rate = top.text[:1] == bottom.text[:1] == "d"  # dy/dx
    below = bottom.text if is_rate else bottom.held()
    return Piece(f"{top.held(_PRODUCT)}/{below}", _PRODUCT)


def _power(base: Piece, exponent: Piece) -> Piece:
    if set(exponent.text) <= {"′"}:
        return Piece(base.held() + exponent.text)
    if base.text[0] == "√" or _is_raised(base):
        base = Piece(f"({base.text})")
    digits = exponent.text.replace("−", "-")
    if re.fullmatch(r"-?\d+|ᵀ", digits):
        return Piece(base.held() + digits.translate(SUPERSCRIPT))
    return Piece(f"{base.held()}^{exponent.held()}")


def _is_raised(piece: Piece) -> bool:
    return "^" in piece.text or piece.text[-1] in _RAISED


def _root(*inner: Piece) -> Piece:
    under = _row(list(inner))
    return Piece("√" + (f"({under.text})" if _is_raised(under) else under.held()))


def _index(base: Piece, index: Piece) -> Piece:
    bare = index.text.replace(" ", "")
    set_below = lowered(f"_({bare})")
    if set_below.startswith("_"):
        set_below = f"_{bare}" if index.strength == _ATOM else f"_({bare})"
    return Piece(base.held() + set_below)


def _over(base: Piece, sign: Piece) -> Piece:
    mark = sign.text if combining(sign.text[0]) else _ABOVE.get(sign.text)
    return Piece(base.text + mark) if mark else _power(base, sign)


_LAID_OUT: Mapping[str, Callable[..., Piece]] = {
    "mfrac": _fraction,
    "msup": _power,
    "msub": _index,
    "msubsup": lambda base, low, high: _power(_index(base, low), high),
    "munder": _index,
    "mover": _over,
    "munderover": lambda base, low, high: _power(_index(base, low), high),
    "msqrt": _root,
    "mroot": lambda inner, index: Piece(index.text.translate(SUPERSCRIPT) + _root(inner).text),
    "mtable": lambda *rows: Piece("; ".join(row.text for row in rows)),
    "mtr": lambda *cells: Piece(", ".join(cell.text for cell in cells)),
    "mspace": lambda: Piece(" "),
}
"""How the elements that are no rows are put into a line."""
