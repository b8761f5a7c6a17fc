"""Which lines of printed PyTorch tell of a node or a group.

The source is read, never run.  A path of names as in a state dict is followed from the last class,
which is the whole network, through what each class assigns to ``self``; what has no name of its own
there, such as an op, is computed in the ``forward`` of the class that the path has led to.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

Lines = tuple[int, int]
"""The first and the last line, counted from 1."""


def places(text: str, names: Mapping[str, str]) -> dict[str, Lines]:
    """The lines of each node and group; ``names`` has their dotted paths in the source."""
    source = _Source(text)
    return {name: source.lines(tuple(path.split("."))) for name, path in names.items()}


class _Source:
    def __init__(self, text: str) -> None:
        body = ast.parse(text).body
        self._classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
        self._root = list(self._classes.values())[-1]
        self._made = {name: tuple(_assigned(node)) for name, node in self._classes.items()}

    def lines(self, path: tuple[str, ...]) -> Lines:
        """Where a path leads: a class, the line that makes something, or a ``forward``."""
        home, rest = self._root, list(path)
        while rest:
            found = next((f for f in self._made[home.name] if f.name.fullmatch(rest[0])), None)
            if found is None:
                return _span(_forward(home))
            whole, made = found.whole, found.made
            rest.pop(0)
            while rest and (inside := _element(made, rest[0])) is not None:
                whole = made = inside
                rest.pop(0)
            own = self._class_of(made)
            if own is None:
                return _span(whole)
            home = own
        return _span(home)

    def _class_of(self, made: ast.AST) -> ast.ClassDef | None:
        """The class in this source that a call makes an instance of."""
        if isinstance(made, ast.Call) and isinstance(made.func, ast.Name):
            return self._classes.get(made.func.id)
        return None


class _Assigned(NamedTuple):
    """Something that ``__init__`` gives to ``self``."""

    name: re.Pattern[str]
    whole: ast.AST
    made: ast.AST


def _assigned(home: ast.ClassDef) -> Iterator[_Assigned]:
    for method in home.body:
        if isinstance(method, ast.FunctionDef) and method.name == "__init__":
            for statement in ast.walk(method):
                match statement:
                    case ast.Assign(targets=[ast.Attribute(attr=name)], value=value):
                        yield _Assigned(re.compile(re.escape(name)), statement, value)
                    case ast.Call(func=ast.Attribute(attr=call), args=[name, *rest]) if (
                        call in _GIVING and (pattern := _pattern(name)) is not None
                    ):
                        yield _Assigned(pattern, statement, rest[0] if rest else statement)


_GIVING = ("add_module", "register_module", "register_buffer", "register_parameter")


def _pattern(name: ast.AST) -> re.Pattern[str] | None:
    """The names that a text, or a text with numbers of a loop in it, stands for."""
    match name:
        case ast.Constant(value=str(text)):
            return re.compile(re.escape(text))
        case ast.JoinedStr(values=parts):
            told = (
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\d+"
                for part in parts
            )
            return re.compile("".join(told))
    return None


def _forward(home: ast.ClassDef) -> ast.AST:
    methods = (node for node in home.body if isinstance(node, ast.FunctionDef))
    return next((node for node in methods if node.name == "forward"), home)


def _element(made: ast.AST, part: str) -> ast.AST | None:
    """The element of a sequence or list of modules that has this number."""
    if not part.isdecimal() or not isinstance(made, ast.Call):
        return None
    match made.args:
        case [ast.List(elts=items)]:
            args = items
        case [ast.ListComp(elt=one)]:
            return one
        case _:
            args = made.args
    number = int(part)
    for arg in args:
        item, count = _repeated(arg)
        if number < count:
            return item
        number -= count
    return None


def _repeated(arg: ast.expr) -> tuple[ast.expr, int]:
    """An element, and how often it is there: once, or as often as a loop makes it."""
    match arg:
        case ast.Starred(value=ast.GeneratorExp(elt=item, generators=[loop])):
            return item, _count(loop.iter)
        case ast.Starred(value=ast.ListComp(elt=item, generators=[loop])):
            return item, _count(loop.iter)
    return arg, 1


def _count(over: ast.expr) -> int:
    match over:
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=int(count))]):
            return count
        case ast.Call(
            func=ast.Name(id="range"),
            args=[ast.Constant(value=int(first)), ast.Constant(value=int(end))],
        ):
            return end - first
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return len(items)
    return 1


def _span(node: ast.AST) -> Lines:
    return getattr(node, "lineno", 1), getattr(node, "end_lineno", 1)
