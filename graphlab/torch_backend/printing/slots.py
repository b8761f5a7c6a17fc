"""What differs between the uses of one class, and so becomes an argument of its constructor.

A slot is a place in a class where a value stands: the ``out_channels`` of a convolution, the length
of a parameter.  Where all uses have the same value it is written down; slots that always agree are
one argument, and one that is always the same multiple of another is written as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphlab.torch_backend.printing.layout import literal

_FACTORS = range(2, 17)


@dataclass(frozen=True)
class Slot:
    """A value in one use of a class: whose it is, what it is called there, and its default."""

    owner: str
    name: str
    value: Any
    default: Any = ...  # for none


@dataclass
class Argument:
    """An argument of a constructor, with its value in each use."""

    name: str
    values: tuple[Any, ...]
    default: Any = ...

    @property
    def annotation(self) -> str:
        """Its type as a person writes it."""
        kinds = dict.fromkeys(_kind(value) for value in self.values)
        return " | ".join(kinds)

    def declared(self) -> str:
        """As it stands in the signature."""
        start = f"{self.name}: {self.annotation}"
        return start if self.default is ... else f"{start} = {literal(self.default)}"


def _kind(value: Any) -> str:
    if isinstance(value, tuple):
        return "tuple[int, ...]"
    return "None" if value is None else type(value).__name__


@dataclass
class Signature:
    """The arguments of a class, and what stands in each of its slots."""

    arguments: list[Argument]
    texts: list[str | None]  # by slot; None where the default need not be said


def signature_of(uses: Sequence[Sequence[Slot]]) -> Signature:
    """Settle the slots of a class from those of all its uses."""
    count = len(uses[0])
    columns = [tuple(use[i].value for use in uses) for i in range(count)]
    shared: dict[tuple[Any, ...], list[int]] = {}
    for i, column in enumerate(columns):
        if not _is_constant(column):
            shared.setdefault(_typed(column), []).append(i)
    arguments: dict[tuple[Any, ...], Argument] = {}
    texts: list[str | None] = []
    for i, column in enumerate(columns):
        slot = uses[0][i]
        if _is_constant(column):
            is_default = slot.default is not ... and _typed((column[0],)) == _typed((slot.default,))
            texts.append(None if is_default else literal(column[0]))
            continue
        key = _typed(column)
        if key not in arguments and (multiple := _multiple(column, arguments)) is not None:
            texts.append(multiple)
            continue
        if key not in arguments:
            slots = [uses[0][k] for k in shared[key]]
            arguments[key] = _argument(slots, column, list(arguments.values()))
        texts.append(arguments[key].name)
    ordered = sorted(arguments.values(), key=lambda a: a.default is not ...)
    return Signature(ordered, texts)


def _typed(column: tuple[Any, ...]) -> tuple[Any, ...]:
    """Told apart by type too: 1, 1.0 and True are not written alike."""
    return tuple((type(value).__name__, value) for value in column)


def _is_constant(column: tuple[Any, ...]) -> bool:
    return len(set(_typed(column))) == 1


def _multiple(column: tuple[Any, ...], arguments: dict[tuple[Any, ...], Argument]) -> str | None:
    if not all(type(value) is int for value in column):
        return None
    for other in arguments.values():
        for factor in _FACTORS:
            if all(
                type(b) is int and a == factor * b
                for a, b in zip(column, other.values, strict=True)
            ):
                return f"{factor} * {other.name}"
    return None


def _argument(
    slots: Sequence[Slot], column: tuple[Any, ...], others: Sequence[Argument]
) -> Argument:
    first, taken = slots[0], {other.name for other in others}
    names = {slot.name for slot in slots}
    name = first.name
    for stem in ("channels", "features"):
        if {f"in_{stem}", f"out_{stem}"} <= names:
            name = stem
    if name in taken:
        name = f"{first.owner.replace('.', '_')}_{name}".lstrip("_0123456789")
    number = 1
    while name in taken:
        number += 1
        name = f"{name.rstrip('0123456789')}{number}"
    known = first.default
    usual = sum(value == known and type(value) is type(known) for value in column)
    return Argument(name, column, known if 2 * usual > len(column) else ...)
