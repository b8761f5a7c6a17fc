"""Expressions: operators, names, calls, as a program in postfix order.

Precedence climbing; the operators bind as in Python.  Because the program is flat, a sum of 20,000
terms is no deeper than one of two.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec import Struct, field

from graphlab.errors import OpError
from graphlab.graph.formula_callee import (
    callee_named,
    is_source,
    one_too_many,
    too_few,
    unknown_callee,
    unknown_keyword,
)
from graphlab.graph.formula_literal import LiteralParser
from graphlab.graph.node import MAX_INPUTS
from graphlab.graph.templates import Template
from graphlab.ops import REGISTRY, Op


class Number(NamedTuple):
    """A constant: a number, or an array as nested lists."""

    value: Any
    place: int


class Name(NamedTuple):
    """A node, and which of its outputs is meant; None where none is picked: the first."""

    name: str
    output: int | None
    place: int


class Hole(NamedTuple):
    """An input port that nothing is connected to."""

    place: int


class Call(NamedTuple):
    """Apply an op to the last operands, which go to ``ports`` in turn."""

    op: type[Op]
    ports: tuple[str, ...]
    attributes: dict[str, Any]
    place: int


class Place(NamedTuple):
    """Draw a template fed by the last operands; its first output is the value."""

    template: Template
    ports: tuple[str, ...]
    settings: dict[str, Any]
    place: int


Step = Number | Name | Hole | Call | Place


class _Arguments(Struct):
    """What the call being read was given so far."""

    op: type[Op] | Template
    place: int
    ports: list[str] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    has_keywords: bool = False


SUM, PRODUCT = 1, 2
BINARY = {
    "+": (SUM, "add"),
    "-": (SUM, "subtract"),
    "*": (PRODUCT, "multiply"),
    "/": (PRODUCT, "divide"),
    "@": (PRODUCT, "matmul"),
}


class ExpressionParser(LiteralParser):
    """Reads one expression at a time."""

    def program(self) -> list[Step]:
        """The program of the expression that starts here."""
        out: list[Step] = []
        self._expression(out, 0)
        return out

    def name(self) -> Name:
        """``s`` or ``s[1]``."""
        name, place = self.word, self.place
        self.at += 1
        if self.kind != "[":
            return Name(name, None, place)
        index = self._words[self.at + 1]
        if self.kind_after(2) != "]" or not index.isdecimal() or len(index) > 9:
            raise self.error(
                f"{name}[…] picks one output of an op with several, counted from 0 as in "
                f"{name}[1]; to take part of an array use slice({name}, axis=0, start=0, stop=1)"
            )
        self.at += 3
        return Name(name, int(index), place)

    # --- operators ------------------------------------------------------------------------------
    def _expression(self, out: list[Step], above: int) -> None:
        """Append the program of what binds tighter than ``above``."""
        self._operand(out)
        while True:
            level, name = BINARY.get(self.kind, (0, ""))
            if level <= above:
                return
            place = self.place
            self.at += 1
            self._expression(out, level)
            out.append(_apply(name, place))

    def _operand(self, out: list[Step]) -> None:
        """A power, a sign before one, or a negative number; a plus sign says nothing."""
        place = self.place
        if self.kind == "+":
            self.at += 1
            with self.deeper():
                self._operand(out)
            return
        if self.kind == "-":
            self.at += 1
            if self.kind == "number" and self.kind_after() != "**":
                out.append(Number(-float(self.number()), place))
                return
            with self.deeper():
                self._operand(out)
            out.append(_apply("negate", place))
            return
        self._atom(out)
        if self.kind == "**":
            place, start = self.place, len(out)
            self.at += 1
            with self.deeper():
                self._operand(out)
            exponent = out[start]
            if isinstance(exponent, Number) and exponent.value == 2 and len(out) == start + 1:
                out[start] = _apply("square", place)
            else:
                out.append(_apply("power", place))

    def _atom(self, out: list[Step]) -> None:
        kind, place = self.kind, self.place
        if kind == "name":
            if self.kind_after() == "(":
                self._call(out)
            else:
                out.append(self.name())
        elif kind == "number":
            out.append(Number(float(self.number()), place))
        elif kind == "(":
            with self.deeper():
                self.at += 1
                self._expression(out, 0)
                if self.kind != ")":
                    raise self.unexpected()
                self.at += 1
        elif kind == "[":
            out.append(Number(self.numbers(), place))
        elif kind == "?":
            out.append(Hole(place))
            self.at += 1
        else:
            raise self.no_value()

    # --- calls ----------------------------------------------------------------------------------
    def _call(self, out: list[Step]) -> None:
        place, op = self.place, self._op()
        self.at += 2
        given = _Arguments(op, place)
        with self.deeper():
            if is_source(op):
                self._written_arguments(given)
            while self.kind != ")":
                self._argument(given, out)
                self._comma()
            self.at += 1
        self._check_ports(given)
        ports = tuple(given.ports)
        if isinstance(op, Template):
            out.append(Place(op, ports, given.attributes, place))
        else:
            out.append(Call(op, ports, given.attributes, place))

    def _comma(self) -> None:
        if self.kind == ",":
            self.at += 1
        elif self.kind != ")":
            raise self.unexpected()

    def _argument(self, given: _Arguments, out: list[Step]) -> None:
        op, place = given.op, self.place
        if self.kind == "name" and self.kind_after() == "=":
            key = self.word
            if key in given.attributes or key in given.ports:
                raise self.error(f"{op.name}'s {key} is given twice; give it once")
            self.at += 2
            given.has_keywords = True
            if key in op.attributes:
                given.attributes[key] = self.attribute(op, key)
            elif key in op.ports:
                given.ports.append(key)
                self._expression(out, 0)
            else:
                raise self.error(unknown_keyword(op, key), place)
        elif given.has_keywords:
            raise self.error(f"inputs of {op.name} without a name come first; move this forward")
        elif op.variadic is not None and len(given.ports) < MAX_INPUTS:
            given.ports.append(f"{op.variadic}{len(given.ports) + 1}")
            self._expression(out, 0)
        elif len(given.ports) < len(op.ports):
            given.ports.append(op.ports[len(given.ports)])
            self._expression(out, 0)
        elif op.variadic is not None:
            raise self.error(f"{op.name} takes at most {MAX_INPUTS:,} inputs; join them in steps")
        else:
            raise self.error(one_too_many(op))

    def _written_arguments(self, given: _Arguments) -> None:
        """Positional arguments of a source: the axes of its shape, or else its one value."""
        op, place = given.op, self.place
        key = "shape" if "shape" in op.attributes else "value"
        complaint = (
            f"{op.name}(…) takes the sizes of its shape, whole numbers or None, as in "
            f"{op.name}(3, None)"
            if key == "shape"
            else f"write a value, as in {op.name}(3)"
        )
        written: list[Any] = []
        while self.kind != ")" and self.kind_after() != "=":
            written.append(self.literal(complaint, numbers_only=key == "value"))
            self._comma()
        if not written:
            return
        alone = len(written) == 1 and (key == "value" or isinstance(written[0], tuple | list))
        if key == "value" and not alone:
            raise self.error(f"{op.name} takes one value; write an array with [ ]", place)
        value = written[0] if alone else tuple(written)
        try:
            given.attributes[key] = op.attributes[key].convert(value, f"{op.name}'s {key}")
        except OpError as error:
            raise self.error(str(error), place) from None

    def _check_ports(self, given: _Arguments) -> None:
        op, ports = given.op, given.ports
        if any(port not in ports and port not in op.optional for port in op.ports):
            got = ", ".join(ports) if given.has_keywords and ports else str(len(ports) or "none")
            raise self.error(too_few(op, got), given.place)
        if op.variadic is not None and not ports:
            raise self.error(
                f"{op.name} needs one input or more, and got none; write ? for an input that is "
                "not connected yet",
                given.place,
            )

    def _op(self) -> type[Op] | Template:
        name = self.word
        found, is_value = callee_named(name), name in self.tokens.assigned
        if found is None or (is_value and found.name != name):  # a symbol may name a value
            raise self.error(unknown_callee(name, is_value=is_value))
        return found


def _apply(name: str, place: int) -> Call:
    op = REGISTRY[name]
    return Call(op, op.ports, {}, place)
