"""Lines of Python as a formatter leaves them: what is too long is broken at its brackets.

Broken brackets end with a comma, which tells every formatter, whatever its width, that they are
to stay broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDTH = 88


@dataclass(frozen=True)
class Bracket:
    """``head``, which ends in a bracket, the items with what stands before each, and ``close``."""

    head: str
    items: tuple[tuple[str, Expression], ...]
    close: str = ")"


@dataclass(frozen=True)
class Repeated:
    """The same expression several times among the items of a bracket."""

    body: Expression
    times: int


Expression = str | Bracket | Repeated


def call(head: str, *items: Expression, **named: Expression) -> Bracket:
    """``head(items, name=item)``."""
    pairs = [("", item) for item in items] + [(f"{name}=", item) for name, item in named.items()]
    return Bracket(f"{head}(", tuple(pairs))


def flat(expression: Expression) -> str:
    """An expression on one line."""
    if isinstance(expression, str):
        return expression
    if isinstance(expression, Repeated):
        return f"*({flat(expression.body)} for _ in range({expression.times}))"
    inside = ", ".join(prefix + flat(item) for prefix, item in expression.items)
    if expression.head == "(" and len(expression.items) == 1:
        inside += ","
    return f"{expression.head}{inside}{expression.close}"


def lines(prefix: str, expression: Expression, suffix: str = "", indent: int = 0) -> list[str]:
    """``prefix expression suffix`` in as few lines as ``WIDTH`` allows."""
    space = " " * indent
    line = f"{space}{prefix}{flat(expression)}{suffix}"
    if len(line) <= WIDTH or isinstance(expression, str):
        return [line]
    if isinstance(expression, Repeated):
        return [
            f"{space}{prefix}*(",
            *lines("", expression.body, "", indent + 4),
            f"{space}    for _ in range({expression.times})",
            f"{space}){suffix}",
        ]
    if not expression.items:
        return [line]
    return [
        f"{space}{prefix}{expression.head}",
        *_items(expression.items, indent + 4),
        f"{space}{expression.close}{suffix}",
    ]


def _items(items: Sequence[tuple[str, Expression]], indent: int) -> Iterator[str]:
    for prefix, item in items:
        yield from lines(prefix, item, ",", indent)


def literal(value: object) -> str:
    """A plain value as Python writes it; raises ``TypeError`` for what has no such form."""
    if isinstance(value, bool | int) or value is None:
        return repr(value)
    if isinstance(value, float):
        text = repr(value)
        return f'float("{text}")' if text in ("inf", "-inf", "nan") else text
    if isinstance(value, str):
        escaped = value.encode("unicode_escape").decode("ascii").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, tuple):
        inside = ", ".join(map(literal, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    text = repr(value)
    if text.startswith("torch.") and text.replace(".", "_").isidentifier():
        return text
    raise TypeError(f"{type(value).__name__} has no form in Python source")
