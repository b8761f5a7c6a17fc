"""The parser's place in the tokens, and the sentences for a token that does not belong there."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from contextlib import contextmanager

from graphlab.errors import FormulaError
from graphlab.graph.formula_callee import callee_named
from graphlab.graph.formula_tokens import Tokens

MAX_DEPTH = 60
"""Brackets, calls, signs and exponents may nest this deep; the parser recurses through them."""

ENDS = frozenset(["line", ";", "end"])
_VALUES = frozenset(["name", "number", "string", "(", "?"])
_OPERATORS = frozenset(["+", "-", "*", "/", "@", "**"])

JOIN = "to join several use stack(x, y) or concatenate(x, y)"
_CONDITION = "formulas have no conditions; relu, step, minimum and maximum switch between values"
_LOOP = "formulas have no loops; an op works on a whole array, as in sum(x**2)"
_FUNCTION = "formulas define no functions; write f = x**2, and x is an input"
_LOGIC = "formulas have no and, or, not; for numbers 0 and 1, x*y is their and"
_PYTHON = {
    "lambda": _FUNCTION,
    "def": _FUNCTION,
    "class": _FUNCTION,
    "return": _FUNCTION,
    "for": _LOOP,
    "while": _LOOP,
    "if": _CONDITION,
    "elif": _CONDITION,
    "else": _CONDITION,
    "and": _LOGIC,
    "or": _LOGIC,
    "not": _LOGIC,
    "is": "formulas have no comparisons; write = to name a value",
    "in": "formulas have no comparisons; write = to name a value",
    "import": "nothing is imported into a formula; every op is there by its name, as in exp(x)",
    "from": "nothing is imported into a formula; every op is there by its name, as in exp(x)",
    "with": 'with opens a group on a line of its own; write with group("name"):',
    "True": "True is no value of a formula; write 1",
    "False": "False is no value of a formula; write 0",
    "None": "None is no value of a formula; write ? for an input that is not connected",
}


def python_word(word: str) -> str:
    """What to say of a word that Python keeps for itself; empty for any other."""
    if word in _PYTHON:
        return _PYTHON[word]
    if keyword.iskeyword(word):
        return f"{word} is a word of Python that formulas do not have; choose another name"
    return ""


def has_superscript(name: str) -> bool:
    """Whether a name has digits that read as a power, as x² does."""
    return any(letter in "⁰¹²³⁴⁵⁶⁷⁸⁹" for letter in name)


class Cursor:
    """One token at a time: ``kind`` and ``word`` of the current one, errors that point at it."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self._kinds, self._words, self._starts = tokens.kinds, tokens.words, tokens.starts
        self.at = 0
        self._depth = 0

    @property
    def kind(self) -> str:
        """The current token's kind."""
        return self._kinds[self.at]

    @property
    def word(self) -> str:
        """The current token's text."""
        return self._words[self.at]

    @property
    def place(self) -> int:
        """Where the current token starts; the end of a line is where the last token on it ends."""
        if self.kind in ("line", "end") and self.at:
            return self._starts[self.at - 1] + len(self._words[self.at - 1])
        return self._starts[self.at]

    def kind_after(self, steps: int = 1) -> str:
        """The kind of a later token; ``end`` past the last."""
        return self._kinds[min(self.at + steps, len(self._kinds) - 1)]

    def error(self, message: str, place: int | None = None) -> FormulaError:
        """The error at the current token, or at a given place."""
        return self.tokens.error(message, self.place if place is None else place)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Count one more level of nesting; too many raise ``FormulaError``."""
        if self._depth >= MAX_DEPTH:
            raise self.error(
                f"this formula nests more than {MAX_DEPTH} deep; split it into several assignments"
            )
        self._depth += 1
        yield
        self._depth -= 1

    # --- complaints -----------------------------------------------------------------------------
    def unexpected(self) -> FormulaError:
        """For a token after a value that neither continues nor ends the formula."""
        kind, word, before = self.kind, self.word, self._words[self.at - 1]
        for at in (self.at, self.at - 1):
            if kind in _VALUES and (complaint := python_word(self._words[at])):
                return self.error(complaint, self._starts[at])
        if kind == "[":
            return self.error(
                "[…] picks an output of a named node, as in s[1]; name this value first, and to "
                "take part of an array use slice(x, axis=0, start=0, stop=1)"
            )
        if kind == "=":
            return self.error("one line names one value; put this = on a line of its own")
        if kind == ",":
            return self.error(f"one value is expected here, and the comma starts another; {JOIN}")
        if kind in _VALUES:
            return self.error(self._missing_operator(kind, word, before))
        return self.error(f"{word} does not belong here; remove it")

    def _missing_operator(self, kind: str, word: str, before: str) -> str:
        if kind == "string":
            return 'text in quotes is only for attributes, as in reduction="mean"'
        if kind == "name" and has_superscript(word[0]):
            return "a small raised digit is no power here; write **, as in x**2"
        if kind == "number" and word[0] == "." and word[1:].isdecimal():
            return f"an output is picked with brackets; write {before}[{word[1:]}]"
        if self._kinds[self.at - 1] == "number" and kind in ("name", "("):
            product = f"{before}*{word}{'…)' * (kind == '(')}"
            return f"an operator is missing; write {product} to multiply"
        if self._kinds[self.at - 1] == "name" and callee_named(before) is not None:
            return f"{before} is an op; put what it takes in brackets, as in {before}({word})"
        return f"an operator is missing between {before} and {word}; write * to multiply"

    def no_value(self) -> FormulaError:
        """For a token where a name, number, call or bracket should start."""
        kind, word, before = self.kind, self.word, self._words[self.at - 1]
        before_kind = self._kinds[self.at - 1] if self.at else "line"
        if kind == "string":
            return self.error('text in quotes is only for attributes, as in reduction="mean"')
        if kind in ("*", "**") and before_kind in ("(", ","):
            return self.error(f"{word} unpacks nothing here; name each input, as in add(x, y)")
        if kind in _OPERATORS:
            return self.error(f"a value is missing before {word}")
        if before_kind == "(" and kind == ")":
            return self.error("there is nothing between these brackets; write a value")
        if before_kind in _OPERATORS or before_kind in ("=", "(", ","):
            return self.error(f"a value is missing after {before}")
        return self.error(f"{word or 'the end'} does not belong here; a value is missing")
