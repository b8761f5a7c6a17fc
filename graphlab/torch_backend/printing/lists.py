"""Values that a person would keep in a list, found in an fx graph that is to be printed.

Three things are looked for: inputs that are only ever joined, all of them at once, which become
``*xs``; modules of which each takes all that those before it gave, which become a loop; and modules
in a long row, which become one too.  Imported only where torch is wanted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from torch import fx

from graphlab.torch_backend.printing.calls import Named

_FEWEST = 3
"""So many modules that keep a list are written as a loop."""

_CHAIN = 6
"""So many calls within calls are hard to read, and become one."""


@dataclass(frozen=True)
class Growth:
    """Modules ``stem`` + a number, each called with the list so far and adding to it."""

    name: str
    stem: str
    numbers: range
    calls: tuple[fx.Node, ...]
    base: tuple[fx.Node, ...]


def join_inputs(graph: fx.Graph) -> bool:
    """Let the one call that takes all inputs take ``xs``; False where there is none such."""
    inputs = tuple(node for node in graph.nodes if node.op == "placeholder")
    users = {user for node in inputs for user in node.users}
    if len(inputs) < 2 or len(users) != 1:
        return False
    return _take(users.pop(), inputs, "xs")


def growth_of(graph: fx.Graph, taken: tuple[str, ...]) -> Growth | None:
    """The first run of modules that grow a list; what takes the whole list takes it by name."""
    calls = [node for node in graph.nodes if node.op == "call_module"]
    for i, first in enumerate(calls):
        base, run = first.args, [first]
        found = re.fullmatch(r"([^\W\d][\w]*?)([0-9]{1,6})", str(first.target))
        if not found or not all(isinstance(a, fx.Node) for a in base):
            continue
        stem, start = found[1], int(found[2])
        for node in calls[i + 1 :]:
            is_next = str(node.target) == f"{stem}{start + len(run)}"
            if not is_next or node.args != (*base, *run):
                break
            run.append(node)
        others = {user for node in run for user in node.users if user not in run}
        whole = (*base, *run)
        if len(run) < _FEWEST or len(others) != 1 or {"xs", stem} & set(taken):
            continue
        if _take(others.pop(), whole, "xs"):
            return Growth("xs", stem, range(start, start + len(run)), tuple(run), base)
    return None


def _take(node: fx.Node, values: tuple[fx.Node, ...], name: str) -> bool:
    """Replace the first argument of a call, if it is just these values, by a name."""
    given: Any = node.args[0] if node.args else None
    if node.op != "call_function" or not isinstance(given, tuple | list):
        return False
    rest = set(node.all_input_nodes) - set(values)
    if tuple(given) != values or rest:
        return False
    node.args = (Named(name), *node.args[1:])  # type: ignore[arg-type]
    return True


@dataclass(frozen=True)
class Chain:
    """Members ``stem1``, ``stem2`` …, each called with nothing but what the last one gave."""

    stem: str
    numbers: range
    calls: tuple[fx.Node, ...]


def chains_of(graph: fx.Graph) -> list[Chain]:
    """The chains of a ``forward`` that are long enough to be a loop, each without a gap."""
    found: list[Chain] = []
    run: list[fx.Node] = []
    for node in [*graph.nodes, None]:
        if run and node is not None and _follows(node, run[-1]):
            run.append(node)
            continue
        if len(run) >= _CHAIN:
            stem, number = _numbered(run[0])
            found.append(Chain(stem, range(number, number + len(run)), tuple(run)))
        run = [node] if node is not None and _is_plain(node) else []
    return found


def _is_plain(node: fx.Node) -> bool:
    is_call = node.op == "call_module" and len(node.args) == 1 and not node.kwargs
    return is_call and isinstance(node.args[0], fx.Node) and _numbered(node)[1] >= 0


def _follows(node: fx.Node, before: fx.Node) -> bool:
    if not _is_plain(node) or node.args[0] is not before or len(before.users) != 1:
        return False
    stem, number = _numbered(before)
    return _numbered(node) == (stem, number + 1)


def _numbered(node: fx.Node) -> tuple[str, int]:
    stem = str(node.target).rstrip("0123456789")
    number = str(node.target)[len(stem) :]
    return stem, int(number) if number and str(int(number)) == number else -1
