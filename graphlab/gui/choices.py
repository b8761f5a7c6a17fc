"""What can be put onto the canvas, found by what a person types: every op, every template, and
named sources.

The lists are the registries'; nothing here knows a single op but by how formulas write it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from msgspec import Struct, field

from graphlab.graph.formula_expression import BINARY
from graphlab.graph.formula_symbols import CALLED
from graphlab.graph.templates import TEMPLATES, Template
from graphlab.graph.templates.template import CATEGORIES as TEMPLATE_CATEGORIES
from graphlab.gui.matching import begin_so, fit
from graphlab.gui.naming import customary_kind, is_possible
from graphlab.ops import CATEGORIES, REGISTRY, Op, op_named

OP_MIME = "application/x-graphlab-op"
"""What is dragged out of a list of choices: the name of an op or a template."""

_SOURCES = ("input", "parameter", "target")
_SIGNS = {sign: name for sign, (_, name) in BINARY.items()} | {"**": "power", "^": "power"}
_NUMBER = r"[-−+]?(\d+\.?\d*|\.\d+)([eE][-−+]?\d+)?"
_LARGEST = 1e300


class Choice(Struct, frozen=True):
    """One thing to add: a use of ``op``, called ``wish`` if that is free, or of a template."""

    op: type[Op] | Template
    title: str
    symbol: str
    tip: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    wish: str = ""


Fits = Callable[[Choice], bool]


@cache
def every_op() -> tuple[Choice, ...]:
    """A choice per op, category by category."""
    placed = (op for op in REGISTRY.values() if op.category != "Opaque")  # importers alone make it
    ops = sorted(placed, key=lambda op: CATEGORIES.index(op.category))
    return tuple(_of_op(op) for op in ops)


@cache
def every_template() -> tuple[Choice, ...]:
    """A choice per template: single layers, then what is made of them."""
    found = sorted(
        TEMPLATES.values(), key=lambda recipe: TEMPLATE_CATEGORIES.index(recipe.category)
    )
    return tuple(Choice(recipe, recipe.title, "", _tip(recipe)) for recipe in found)


def every_choice() -> tuple[Choice, ...]:
    """Everything that is not made up by what is typed."""
    return every_op() + every_template()


def choices(text: str, fits: Fits = lambda choice: True) -> list[Choice]:
    """What fits a text, best first; everything for none."""
    text = text.strip()
    if not text:
        return [choice for choice in every_choice() if fits(choice)]
    ranked = [(rank, c) for c in every_choice() if (rank := _rank(c, text)) is not None]
    ranked += _named(text)
    ranked.sort(key=lambda pair: pair[0])
    return [choice for _, choice in ranked if fits(choice)]


def _of_op(op: type[Op]) -> Choice:
    return Choice(op, op.name, op.symbol or op.name, _tip(op), required(op))


def _tip(op: type[Op] | Template) -> str:
    """The first line of a page, as plain text."""
    return op.page().split("\n", 1)[0].replace("``", "")


def required(op: type[Op]) -> dict[str, Any]:
    """Settings to begin with where an op cannot do without: those of its own example."""
    names = [name for name, kind in op.attributes.items() if kind.is_required]
    if not names:
        return {}
    examples = [sample.attributes for sample in op.samples] if op.category != "Source" else []
    found = next((e for e in examples if all(name in e for name in names)), None)
    return {name: 1.0 if found is None else found[name] for name in names}


def _named(text: str) -> Iterator[tuple[int, Choice]]:
    """A number as a constant, and a word as the name of a source."""
    if re.fullmatch(_NUMBER, text):
        value = float(text.replace("−", "-"))
        if abs(value) <= _LARGEST:
            tip = "A number that nothing changes."
            yield 0, Choice(op_named("constant"), text, text, tip, {"value": value})
        return
    kind, _, name = text.partition(" ")
    if kind in _SOURCES and is_possible(name.strip()):
        yield 0, _source(kind, name.strip())
    elif is_possible(text) and text not in REGISTRY:
        usual = customary_kind(text)
        for kind in _SOURCES:
            rank = (0 if kind == usual else 1) if usual else 11
            yield rank, _source(kind, text)


def _source(kind: str, name: str) -> Choice:
    op = op_named(kind)
    return Choice(op, f"{kind} {name}", name, _tip(op), wish=name)


def _rank(choice: Choice, text: str) -> int | None:
    """How well an op fits what is typed, 0 best; None where it does not."""
    name, word = choice.op.name, text.lower()
    is_sign = len(text) < 3 and not text.isalnum()
    is_source = choice.op.category == "Source"
    if text == name or _SIGNS.get(text) == name or CALLED.get(text) is choice.op:
        return 0
    if not is_source and text in (choice.symbol, choice.symbol.lower()):
        return 0 if is_sign else 1 if len(text) > 1 else 2
    if is_sign:
        return 2 if text in choice.symbol else None
    heads = (name, choice.symbol.lower(), choice.title.lower())
    if any(head.startswith(word) for head in heads):
        return 2
    parts = [*name.split("_")[1:], *choice.title.lower().split()[1:]]
    if name.startswith(word.replace(" ", "_")) or any(part.startswith(word) for part in parts):
        return 3
    return _rank_beside(choice, word)


def _rank_beside(choice: Choice, word: str) -> int | None:
    """How well what is typed fits what else is said of an op, 4 best; None where it does not."""
    name, category = choice.op.name, choice.op.category.lower()
    others = [other.lower() for other in choice.op.other_names]
    wanted = word.split()
    if word in others:
        return 4
    if any(begin_so(wanted, other.split()) for other in others):
        return 5
    said = " ".join((name.replace("_", " "), choice.title.lower(), category, *others)).split()
    if set(wanted) <= set(said):
        return 6 if name in wanted else 7
    if category.startswith(word) or word in name or begin_so(wanted, said):
        return 8
    if len(word) > 2 and re.search(rf"\b{re.escape(word)}", choice.tip.lower()):
        return 9
    return 10 if len(word) > 1 and fit(word, name) is not None else None
