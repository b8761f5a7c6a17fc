"""Written values: what may stand right of an attribute's ``=``, and arrays of numbers."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.graph.formula_callee import Callee
from graphlab.graph.formula_cursor import JOIN, Cursor
from graphlab.graph.templates import Template
from graphlab.ops.attributes import as_value

_MAX_DIGITS = 400  # no number of 64 bits has more
_WORDS = {"True": True, "False": False, "None": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
_ESCAPE = r"\\(u[0-9a-fA-F]{4}|.)"
_BRACKETS_CLOSE = (")", "]")


class LiteralParser(Cursor):
    """Reads numbers, texts, True, False, None, lists and tuples of them, and ``array(…)``."""

    def attribute(self, op: Callee, key: str) -> Any:
        """The value of an attribute, converted; raises ``FormulaError`` where it stands."""
        kind, place = op.attributes[key], self.place
        what = "a setting" if isinstance(op, Template) else "an attribute"
        value = self.literal(
            f"{key} is {what} of {op.name}, so its value is written out: a number, a text "
            "in quotes, True, False, None, or a list of these",
            numbers_only=kind.is_array,
        )
        try:
            return kind.convert(value, f"{op.name}'s {key}")
        except OpError as error:
            raise self.error(str(error), place) from None

    def literal(self, complaint: str, *, numbers_only: bool = False) -> Any:
        """A written value up to the next comma or bracket; ``complaint`` refuses anything else."""
        value = self._literal(complaint, numbers_only, is_inside=False)
        if self.kind not in (",", *_BRACKETS_CLOSE):
            raise self.error(complaint)
        return value

    def numbers(self) -> Any:
        """An array as nested lists, with the cursor on its ``[``."""
        return self._literal(f"an array in [ ] holds written numbers only; {JOIN}", True, True)

    def number(self) -> int | float:
        """The number under the cursor; a whole one is an int."""
        word = self.word
        is_whole = word.replace("_", "").isdecimal()
        if len(word) <= _MAX_DIGITS:
            try:
                number = int(word) if is_whole else float(word)
                if math.isfinite(float(number)):
                    self.at += 1
                    return number
            except OverflowError:
                pass
        shown = word if len(word) <= 20 else f"this number of {len(word)} digits"
        raise self.error(f"{shown} is too large; the largest number of 64 bits is about 1.8e308")

    def string(self) -> str:
        """The text in quotes under the cursor."""
        word, place = self.word[1:-1], self.place + 1
        self.at += 1

        def escaped(match: re.Match[str]) -> str:
            code = match[1]
            if len(code) == 5:
                return chr(int(code[1:], 16))
            if code not in _ESCAPES:
                raise self.error(
                    f"\\{code} stands for nothing; a backslash itself is \\\\",
                    place + match.start(),
                )
            return _ESCAPES[code]

        return re.sub(_ESCAPE, escaped, word)

    def _literal(self, complaint: str, numbers_only: bool, is_inside: bool) -> Any:
        kind, after = self.kind, self.kind_after()
        if kind == "number":
            return self.number()
        if kind in ("+", "-") and after == "number":
            self.at += 1
            return self.number() if kind == "+" else -self.number()
        if kind in ("(", "["):
            return self._items(complaint, numbers_only)
        if kind == "name" and self.word == "array" and after == "(" and not is_inside:
            return self._array()
        is_word = kind == "name" and self.word in _WORDS and after in (",", *_BRACKETS_CLOSE)
        if is_word and not (numbers_only and is_inside):
            self.at += 1
            return _WORDS[self._words[self.at - 1]]
        if kind == "string" and not numbers_only:
            return self.string()
        raise self.error(complaint)

    def _items(self, complaint: str, numbers_only: bool) -> Any:
        is_list = self.kind == "["
        items: list[Any] = []
        has_comma = False
        with self.deeper():
            self.at += 1
            while self.kind not in _BRACKETS_CLOSE:
                items.append(self._literal(complaint, numbers_only, is_inside=True))
                if self.kind == ",":
                    has_comma = True
                    self.at += 1
                elif self.kind not in _BRACKETS_CLOSE:
                    raise self.error(complaint)
            self.at += 1
        if is_list:
            return items
        return tuple(items) if has_comma or not items else items[0]

    def _array(self) -> Any:
        """``array([…], dtype="float32", shape=(0, 3))``: what a list alone cannot say."""
        complaint = 'an array is array([1, 2]), with dtype="float32" or shape=(0, 3) where needed'
        place = self.place
        self.at += 2
        value = self.literal(complaint, numbers_only=True)
        settings: dict[str, Any] = {}
        while self.kind == "," and self.kind_after() == "name" and self.kind_after(2) == "=":
            self.at += 1
            key = self.word
            self.at += 2
            settings[key] = self.literal(complaint)
        dtype, shape = settings.pop("dtype", "float64"), settings.pop("shape", None)
        if self.kind != ")" or settings or dtype not in ("float32", "float64"):
            raise self.error(complaint, place)
        self.at += 1
        try:
            array = np.asarray(as_value(value, "this array"))
            if shape is not None:
                array = _reshaped(array, shape)
            with np.errstate(over="ignore"):
                return as_value(array.astype(dtype), "this array")
        except OpError as error:
            raise self.error(str(error), place) from None


def _reshaped(array: np.ndarray[Any, Any], shape: Any) -> np.ndarray[Any, Any]:
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    try:
        if all(type(size) is int and size >= 0 for size in sizes):
            return array.reshape(tuple(sizes))
    except (ValueError, OverflowError):
        pass
    raise OpError(f"this array has {array.size} numbers, which its shape does not hold")
