"""Formula text as tokens: what the signs are, where each stands, and what cannot be read at all.

Signs students paste (− × · ÷) are read as - * /.  Line ends inside brackets do not count, and
brackets are matched here, so that a forgotten one is told at the place where it was opened.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from msgspec import Struct, field

from graphlab.errors import FormulaError
from graphlab.graph.formula_symbols import CALLED, OWN

MAX_TEXT = 4_000_000
"""No formula text may have more characters."""

_PREFIXES = re.escape("".join(symbol for symbol in CALLED if not symbol.isidentifier()))
_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_TOKEN = re.compile(
    rf"""
      (?P<space>(?:[^\S\r\n]|\\[^\S\r\n]*(?:\r\n?|\n))+)
    | (?P<comment>\#[^\r\n]*)
    | (?P<line>\r\n?|\n)
    | (?P<number>(?:{_DIGITS}\.?(?:{_DIGITS})?|\.{_DIGITS})(?:[eE][-+−–]?{_DIGITS})?)
    | (?P<name>[^\W\d]\w*|[{_PREFIXES}](?=[^\S\r\n]*\())
    | (?P<string>"(?:[^"\\\r\n]|\\[^\r\n])*"|'(?:[^'\\\r\n]|\\[^\r\n])*')
    | (?P<sign>\*\*=|\.\.\.|\*\*|//|==|!=|<=|>=|<<|>>|:=|->|[-+*/@%&|^]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)

_SIGNS = frozenset(["+", "-", "*", "/", "@", "**", "(", ")", "[", "]", ",", "=", ";", ":", "?"])
_PASTED = {
    "−": "-",
    "–": "-",
    "×": "*",
    "·": "*",
    "⋅": "*",
    "∙": "*",
    "∗": "*",
    "÷": "/",
    "∕": "/",
    "⁄": "/",
}
_CLOSES = {")": "(", "]": "["}

_NOT_SIGNS = {
    "^": "^ is not a power here; write ** for powers, as in x**2",
    "==": "== compares; write = to name a value",
    ":=": "write = to name a value, on a line of its own",
    "//": "// is not an operator here; write / to divide",
    "%": "% is not an operator here; write out what it stands for, such as x/100 for a percentage",
    ".": "a dot reaches into a Python object, which formulas do not have; call the op by its own "
    "name, as in exp(x) or transpose(x)",
    "...": "... stands for nothing here; write the whole formula, or ? for an open input",
    "{": "{ } are not used in formulas; group with ( ) and write arrays with [ ]",
    "}": "{ } are not used in formulas; group with ( ) and write arrays with [ ]",
    "∑": "∑ is written sum(x)",
    "\\": "a \\ continues a formula only at the very end of a line; remove it",
    "->": "-> is not used in formulas; an edge follows from using a name, as in f = 2*x",
    "!": "! is not an operator here; remove it, or multiply the numbers out",
    "`": "` is not used in formulas; names stand without quotes",
}
_COMPARISONS = ("<", ">", "<=", ">=", "!=")
_LOGIC = ("&", "|", "~", "<<", ">>")
_QUOTES = {'"': '"', "'": "'", "“": '"', "”": '"', "‘": "'", "’": "'"}


class _Scan(Struct):
    """What has been read so far."""

    kinds: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    open_brackets: list[tuple[str, int]] = field(default_factory=list)

    def add(self, kind: str, word: str, start: int) -> None:
        self.kinds.append(kind)
        self.words.append(word)
        self.starts.append(start)


class Tokens(Struct, frozen=True, dict=True):
    """The tokens of a text: their kinds, words and starts, with an ``end`` token last.

    A kind is ``name``, ``number``, ``string``, ``line`` (the start of a line; its word is the
    indentation), ``end``, or the sign itself.
    """

    text: str
    kinds: list[str]
    words: list[str]
    starts: list[int]

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer(r"\r\n?|\n", self.text))]

    def line_of(self, start: int) -> int:
        """The line of a place, counted from 1."""
        return bisect_right(self._line_starts, start)

    def error(self, message: str, start: int) -> FormulaError:
        """The error that points at a place."""
        line = self.line_of(start)
        return FormulaError(message, line, start - self._line_starts[line - 1] + 1)

    @cached_property
    def assigned(self) -> dict[str, int]:
        """Every name that stands left of a ``=``, and where it first does."""
        found: dict[str, int] = {}
        for i in range(1, len(self.kinds) - 1):
            if self.kinds[i] == "name" and self.kinds[i + 1] == "=" and self._starts_statement(i):
                found.setdefault(self.words[i], self.starts[i])
        return found

    @cached_property
    def taken(self) -> frozenset[str]:
        """Every name that stands for a node or group; automatic names keep clear of them."""
        kinds, words = self.kinds, self.words
        pairs = zip(kinds, words, kinds[1:], strict=False)
        nodes = {word for kind, word, after in pairs if kind == "name" and after not in ("(", "=")}
        groups = {
            words[i + 2][1:-1]
            for i, word in enumerate(words)
            if word == "group" and kinds[i + 1 : i + 3] == ["(", "string"]
        }
        return frozenset(nodes | groups | self.assigned.keys())

    def _starts_statement(self, i: int) -> bool:
        return self.kinds[i - 1] in ("line", ";", ":")


def tokenise(text: str) -> Tokens:
    """Split formula text into tokens; raises ``FormulaError`` at the first thing that is none."""
    text = text.removeprefix("\ufeff")
    tokens = Tokens(text, [], [], [])
    if len(text) > MAX_TEXT:
        raise tokens.error(
            f"this text has {len(text):,} characters and the most is {MAX_TEXT:,}; split it into "
            "several graphs, or keep large arrays in a graph file",
            0,
        )
    scan = _Scan(tokens.kinds, tokens.words, tokens.starts)
    indent: str | None = ""  # None once the line has begun
    for match in _TOKEN.finditer(text):
        kind, word, start = match.lastgroup or "", match.group(), match.start()
        if kind == "space":
            indent = word if indent is not None else None
        elif kind == "line":
            indent = "" if not scan.open_brackets else indent
        elif kind != "comment":
            if indent is not None:
                scan.add("line", indent, start)
                indent = None
            if kind == "sign":
                kind = word = _sign(tokens, scan, word, start)
            elif kind == "number" and not word.isascii():
                word = word.replace("−", "-").replace("–", "-")  # a pasted exponent
            scan.add(kind, word, start)
    if scan.open_brackets:
        bracket, start = scan.open_brackets[0]
        raise tokens.error(f"this {bracket} is never closed; add its {_partner(bracket)}", start)
    scan.add("end", "", len(text))
    return tokens


def _sign(tokens: Tokens, scan: _Scan, word: str, start: int) -> str:
    """Return the sign meant by ``word`` and keep the brackets matched."""
    sign = _PASTED.get(word, word)
    if sign not in _SIGNS:
        raise tokens.error(_complaint(tokens, scan, sign, start), start)
    if sign in "([":
        scan.open_brackets.append((sign, start))
    elif sign in _CLOSES:
        opened = scan.open_brackets.pop()[0] if scan.open_brackets else ""
        if not opened:
            raise tokens.error(f"this {sign} closes nothing; remove it or open one before", start)
        if opened != _CLOSES[sign]:
            raise tokens.error(
                f"this {sign} closes a {opened}; write {_partner(opened)} instead", start
            )
    return sign


def _complaint(tokens: Tokens, scan: _Scan, sign: str, start: int) -> str:
    if sign in _NOT_SIGNS:
        return _NOT_SIGNS[sign]
    if sign in _QUOTES:
        quote = _QUOTES[sign]
        if sign != quote:
            return f"{sign} is a typographic quote; write {quote}"
        return f"this text in quotes is never closed; add {quote} on the same line"
    if sign in _COMPARISONS:
        return (
            f"{sign} compares two values, which a formula cannot; relu(x), step(x), minimum(x, y) "
            "and maximum(x, y) switch between values"
        )
    if sign in _LOGIC:
        return f"{sign} is not an operator here; + - * / @ and ** are"
    if sign in OWN:
        return f"{sign} is written {OWN[sign].name}({', '.join(OWN[sign].ports)})"
    if len(sign) == 2:  # += and its kin
        return f"{sign} changes a value, and a name is given once; write g = f {sign[0]} … instead"
    if sign == "\0":
        return "there is a NUL character here, which no text has; remove it"
    shown = repr(sign) if not sign.isprintable() else sign
    return f"{shown} is not a sign that formulas use; + - * / @ ** ( ) [ ] and = are"


def _partner(opened: str) -> str:
    return next(closing for closing, opening in _CLOSES.items() if opening == opened)
