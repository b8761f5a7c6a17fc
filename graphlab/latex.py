"""LaTeX in Markdown: what a formula is and how it is set, alike for the window that shows a text
and for the check that proves it can be shown.  The libraries are loaded when first needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_STOP = re.compile(r"(?<![$\\])\$([^$\n]+)\$([.,;:?])(?=\s|$)")
"""A formula in a line and the stop after it, which would else begin a line of its own."""

_SIGN = re.compile(
    r"(?P<before>^|[=<>(\[,;&]|\\\\|\\(?:times|cdot|to|approx|leq?|geq?)(?![a-z]))(?P<room>\s*)-"
)
"""A minus that is the sign of what follows; the typesetter spaces each as one between two terms."""

_LONGEST = 1000  # letters of a formula; one of so many takes 2 s, and twice as many four times that

_UNKNOWN = re.compile(r">(\\[A-Za-z]+)</m")  # what the typesetter leaves of a command it has not


_ALONE = Lock()  # the typesetter reads its font at one place at a time, whoever asks

_WITHIN = ("strong_open", "strong_close", "em_open", "em_close", "link_open", "link_close")
"""Marks in a line, which divide no words."""


class Formula(NamedTuple):
    """LaTeX in a text, and the text's line, counted from 0, that it begins on."""

    latex: str
    line: int


def html(markdown: str, formula: Callable[[str, dict[str, bool]], str]) -> str:
    """A text as HTML; ``formula`` gives what stands for its LaTeX."""
    return str(_reader(formula).render(_STOP.sub(r"$\1\\text{\2}$", markdown)))


def formulas(markdown: str) -> Iterator[Formula]:
    """The LaTeX of a text, in order."""
    for token in _reader().parse(markdown):
        line = token.map[0] if token.map else 0
        if token.type.startswith("math_"):
            yield Formula(token.content.strip(), line)
        for child in token.children or ():
            if child.type.startswith("math_"):
                yield Formula(child.content.strip(), line)
            line += child.type in ("softbreak", "hardbreak") or child.content.count("\n")


def plain(markdown: str, formula: Callable[[str], str]) -> str:
    """A text without its marks on one line; ``formula`` gives what stands for its LaTeX."""
    return " ".join("".join(_plain(_reader().parse(markdown), formula)).split())


def _plain(tokens: Iterable[Any], formula: Callable[[str], str]) -> Iterator[str]:
    for token in tokens:
        if token.type.startswith("math_"):
            yield formula(token.content.strip())
        elif token.children is not None:
            yield from _plain(token.children, formula)
        else:
            yield token.content or ("" if token.type.endswith(_WITHIN) else " ")


def _reader(formula: Callable[[str, dict[str, bool]], str] | None = None) -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    dollarmath_plugin(reader, double_inline=True, renderer=formula)
    return reader


@cache
def load() -> Any:
    """The typesetter, ready to set."""
    import ziamath

    ziamath.config.svg2 = False  # QSvgRenderer garbles what svg2 writes
    with _ALONE:
        ziamath.Latex("x", size=12).svg()  # reads its font, so that the first formula need not
    return ziamath


def is_loaded() -> bool:
    """Whether the typesetter is there, so that nobody has to wait for it."""
    return load.cache_info().currsize > 0


def mathml(latex: str) -> str | None:
    """What a formula means, as MathML; None for LaTeX that cannot be read."""
    if len(latex) > _LONGEST:
        return None
    try:
        return str(load().zmath.tex2mml(latex))
    except Exception:  # as in svg
        return None


def svg(typesetter: Any, latex: str, size: float, colour: str) -> str | None:
    """A formula as a picture; None for LaTeX that cannot be set, or is too long for it."""
    if len(latex) > _LONGEST:
        return None
    try:
        latex = _SIGN.sub(r"\g<before>\g<room>{-}", latex)
        with _ALONE:
            return str(typesetter.Latex(latex, size=size, color=colour).svg())
    except Exception:  # the typesetter raises what it likes for LaTeX it does not know
        return None


def fault(latex: str) -> str:
    """Why a formula would be shown as it is typed; empty where it can be set."""
    if len(latex) > _LONGEST:
        return f"it has {len(latex):,} letters, and one may have {_LONGEST:,}; make several of it"
    typesetter = load()
    if svg(typesetter, latex, 12, "black") is None:
        return "look for a { without its }, and for a command or a ^ with nothing after it"
    with _ALONE:
        unknown = _UNKNOWN.search(typesetter.Latex(latex, size=12).mathmlstr())
    return f"the typesetter has no command {unknown[1]}" if unknown else ""
