"""One recorded call as Python source: which name it goes by, which arguments need not be said.

Imported only where torch is wanted.
"""

from __future__ import annotations

import ast
import inspect
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import fx, nn

from graphlab.errors import GraphError
from graphlab.torch_backend.printing.layout import Bracket, Expression, call, flat, literal

_INFIX: Mapping[Any, tuple[str, int]] = {
    operator.or_: ("|", 1),
    operator.xor: ("^", 2),
    operator.and_: ("&", 3),
    operator.lt: ("<", 0),
    operator.le: ("<=", 0),
    operator.gt: (">", 0),
    operator.ge: (">=", 0),
    operator.eq: ("==", 0),
    operator.ne: ("!=", 0),
    operator.add: ("+", 5),
    operator.sub: ("-", 5),
    operator.mul: ("*", 6),
    operator.truediv: ("/", 6),
    operator.floordiv: ("//", 6),
    operator.mod: ("%", 6),
    operator.matmul: ("@", 6),
}
_NAMESPACES = (
    ("F", nn.functional),
    ("torch", torch),
    ("torch.linalg", torch.linalg),
    ("torch.special", torch.special),
    ("torch.fft", torch.fft),
)
_ATOM = 9


@dataclass(frozen=True)
class Term:
    """An expression, and how tightly it binds."""

    expression: Expression
    binding: int = _ATOM

    def within(self, least: int) -> str:
        """On one line, in parentheses where it binds less than ``least``."""
        text = flat(self.expression)
        return text if self.binding >= least else f"({text})"


@dataclass(frozen=True)
class Named:
    """An argument that is a list kept under a name."""

    name: str


Resolve = Callable[[fx.Node], Term]


def term_of(node: fx.Node, resolve: Resolve) -> Term:
    """What a recorded call looks like, its arguments told by ``resolve``."""
    if node.op == "call_function":
        return _function(node, resolve)
    if node.op == "call_method":
        owner, *rest = node.args
        head = f"{argument(owner, resolve).within(_ATOM)}.{node.target}"
        return Term(_called(head, tuple(rest), node.kwargs, {}, resolve))
    raise TypeError(f"{node.op} is no call of a function")


def argument(value: Any, resolve: Resolve) -> Term:
    """An argument: another node, a plain value, or a list, tuple or dict of these."""
    if isinstance(value, fx.Node):
        return resolve(value)
    if isinstance(value, Named):
        return Term(value.name)
    if isinstance(value, tuple | list) and any(map(_holds_node, value)):
        items = tuple(("", argument(item, resolve).expression) for item in value)
        return Term(Bracket("[", items, "]") if isinstance(value, list) else Bracket("(", items))
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return Term(literal(value), 7)
    return Term(literal(value))


def _holds_node(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return any(map(_holds_node, value))
    return isinstance(value, fx.Node | slice)


def _function(node: fx.Node, resolve: Resolve) -> Term:
    target, args = node.target, node.args
    if target in _INFIX:
        sign, binding = _INFIX[target]
        left = argument(args[0], resolve).within(binding)
        right = argument(args[1], resolve).within(binding + 1)
        return Term(f"{left} {sign} {right}", binding)
    if target is operator.neg:
        return Term(f"-{argument(args[0], resolve).within(7)}", 7)
    if target is getattr:
        return Term(f"{argument(args[0], resolve).within(_ATOM)}.{args[1]}")
    if target is operator.getitem:
        owner = argument(args[0], resolve).within(_ATOM)
        return Term(f"{owner}[{_index(args[1], resolve)}]")
    name, function = function_name(target)
    return Term(_called(name, args, node.kwargs, _defaults(function), resolve))


def _called(
    head: str,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    defaults: Mapping[str, Any],
    resolve: Resolve,
) -> Bracket:
    """The call, without what its defaults say; settings are told by their names."""
    names = list(defaults)
    given = list(args)
    said: dict[str, Any] = {}
    if len(given) <= len(names):
        while (
            given and isinstance(given[-1], _PLAIN) and defaults[names[len(given) - 1]] is not ...
        ):
            name = names[len(given) - 1]
            said[name] = given.pop()
    said = dict(reversed(said.items())) | dict(kwargs)
    told = {
        name: argument(value, resolve).expression
        for name, value in said.items()
        if not _is_same(value, defaults.get(name, ...))
    }
    return call(head, *(argument(a, resolve).expression for a in given), **told)


_PLAIN = (bool, int, float, str, tuple, type(None))


def _is_same(value: Any, default: Any) -> bool:
    if type(value) is tuple and type(default) is int:
        return bool(value) and all(type(v) is int and v == default for v in value)
    return type(value) is type(default) and bool(value == default)


def _index(index: Any, resolve: Resolve) -> str:
    parts = index if isinstance(index, tuple) and index else (index,)
    return ", ".join(_position(part, resolve) for part in parts)


def _position(part: Any, resolve: Resolve) -> str:
    if part is Ellipsis:
        return "..."
    if not isinstance(part, slice):
        return flat(argument(part, resolve).expression)
    ends = [
        "" if end is None else flat(argument(end, resolve).expression)
        for end in (part.start, part.stop)
    ]
    step = "" if part.step in (None, 1) else f":{flat(argument(part.step, resolve).expression)}"
    return f"{ends[0]}:{ends[1]}{step}"


def function_name(target: Any) -> tuple[str, Any]:
    """How a function of torch is called in source; raises ``GraphError`` for any other."""
    short = getattr(target, "__name__", "")
    for prefix, space in _NAMESPACES:
        for name in (short, short.removeprefix(f"{prefix.rpartition('.')[2]}_")):
            if name and getattr(space, name, None) is target:
                return f"{prefix}.{name}", target
    whole = str(fx.node._get_qualified_name(target))
    if not whole.startswith("torch.") or not all(p.isidentifier() for p in whole.split(".")):
        raise GraphError(f"{short or whole} is no function of torch, so it cannot be printed")
    short = whole.removeprefix("torch.nn.functional.")
    return (whole if short == whole else f"F.{short}"), target


@cache
def _defaults(function: Any) -> Mapping[str, Any]:
    """The parameters of a function with their defaults, ``...`` for none.

    What is built in tells them in the first line of its documentation; nothing is known of one
    that does not.
    """
    own = getattr(nn.functional, f"_{getattr(function, '__name__', '')}", function)
    try:
        parameters = inspect.signature(own).parameters.values()
        return {p.name: ... if p.default is p.empty else p.default for p in parameters}
    except (TypeError, ValueError):
        line = (function.__doc__ or "").strip().partition("\n")[0]
    found = re.fullmatch(r"\w+\((.*?)\)(?: -> .*)?", line)
    try:
        told = ast.parse(f"lambda {found[1] if found else ''}: 0", mode="eval").body.args  # type: ignore[attr-defined]
        named = [*told.args, *told.kwonlyargs]
        values = [ast.literal_eval(d) if d else ... for d in (*told.defaults, *told.kw_defaults)]
    except (SyntaxError, ValueError):
        return {}
    missing = [...] * (len(named) - len(values))
    return dict(zip((a.arg for a in named), [*missing, *values], strict=True))
