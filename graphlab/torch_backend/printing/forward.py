"""The statements of a ``forward``, from the fx graph that was recorded for it.

A value that is used once stands inside the expression that uses it, as long as that changes no
order and the line stays readable; a name is used again when what it held is used no more.
Imported only where torch is wanted.
"""

from __future__ import annotations

import builtins
import keyword
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from torch import fx

from graphlab.torch_backend.printing.calls import Term, argument, term_of
from graphlab.torch_backend.printing.layout import Bracket, Expression, call, flat
from graphlab.torch_backend.printing.lists import Chain, Growth, chains_of, growth_of, join_inputs

_LONGEST = 64  # letters of an expression that may stand inside another
_RETURNED = 72  # letters of one that is returned
_DEEPEST = 3  # calls within calls

Statement = tuple[str, Expression]


@dataclass
class Forward:
    """The inputs, the statements with ``return`` as the last, and how many tensors are returned."""

    inputs: tuple[str, ...]
    statements: list[Statement] = field(default_factory=list)
    returned: int = 1

    def text(self) -> str:
        """All of it, to tell whether two are the same."""
        return "\n".join([", ".join(self.inputs), *(p + flat(e) for p, e in self.statements)])


def forward_of(graph: fx.Graph, inputs: tuple[str, ...], held: Callable[[str], str]) -> Forward:
    """Tell ``graph``, its placeholders as ``inputs``; ``held`` says how a member is reached."""
    return _Writer(graph, inputs, held).written()


class _Writer:
    def __init__(
        self, graph: fx.Graph, inputs: tuple[str, ...], held: Callable[[str], str]
    ) -> None:
        self.held = held
        self.nodes = list(graph.nodes)
        self.place = {node: i for i, node in enumerate(self.nodes)}
        self.last = {n: max((self.place[u] for u in n.users), default=-1) for n in self.nodes}
        self.names: dict[fx.Node, str] = {}
        self.pending: dict[fx.Node, Term] = {}
        self.depths: dict[fx.Node, int] = {}
        self.leaves: dict[fx.Node, list[fx.Node]] = {}  # what an expression reads by name
        placeholders = [node for node in self.nodes if node.op == "placeholder"]
        self.grown: dict[fx.Node, Growth] = {}
        if join_inputs(graph):
            inputs = ("*xs",)
        else:
            self.names.update(zip(placeholders, inputs, strict=True))
            growth = growth_of(graph, inputs)
            self.grown = {} if growth is None else dict.fromkeys(growth.calls, growth)
        self.chains = {node: chain for chain in chains_of(graph) for node in chain.calls}
        self.made = Forward(inputs)

    def written(self) -> Forward:
        for node in self.nodes:
            if node in self.grown:
                self._grow(node, self.grown[node])
            elif node in self.chains:
                self._chain(node, self.chains[node])
            elif node.op == "output":
                self._return(node)
            elif node.op not in ("placeholder", "get_attr") and node not in self.names:
                self._statement(node)
        return self.made

    def _grow(self, node: fx.Node, growth: Growth) -> None:
        """The loop that calls the modules of a growth, where the first of them stands."""
        if node is not growth.calls[0]:
            return
        self._flush()
        base = ", ".join(flat(self._resolve(value).expression) for value in growth.base)
        name, numbers = growth.name, growth.numbers
        module = f'self.get_submodule(f"{growth.stem}{{i}}")'
        self.made.statements += [
            (f"{name} = ", f"[{base}]"),
            (f"for i in range({numbers.start}, {numbers.stop}):", ""),
            (f"    {name}.append({module}(*{name}))", ""),
        ]

    def _chain(self, node: fx.Node, chain: Chain) -> None:
        """The loop that hands on what each module gives, where the first of them stands."""
        if node is not chain.calls[0]:
            return
        self._flush()
        source: Any = node.args[0]
        name = self.names.get(source, "")
        if not name or not self._is_free(name, node):
            given = flat(self._resolve(source).expression)
            name = self._fresh("y", node)
            self.made.statements.append((f"{name} = ", given))
        module = f'self.get_submodule(f"{chain.stem}{{i}}")'
        self.made.statements += [
            (f"for i in range({chain.numbers.start}, {chain.numbers.stop}):", ""),
            (f"    {name} = {module}({name})", ""),
        ]
        self.names[chain.calls[-1]] = name

    # --- one call -------------------------------------------------------------------------------
    def _statement(self, node: fx.Node) -> None:
        self._settle(node)
        term = self._term(node)
        self._fold(node)
        if self._uses(node) == 1 and self._is_short(node, term) and not _is_unpacked(node):
            self.pending[node] = term
            return
        self._flush()
        self._assign(node, term)

    def _term(self, node: fx.Node) -> Term:
        if node.op == "call_module":
            items = [argument(a, self._resolve).expression for a in node.args]
            return Term(call(self.held(str(node.target)), *items))
        return term_of(node, self._resolve)

    def _resolve(self, node: fx.Node) -> Term:
        if node.op == "get_attr":
            return Term(self.held(str(node.target)))
        return self.pending[node] if node in self.pending else Term(self.names[node])

    def _settle(self, node: fx.Node) -> None:
        """Give names to what is pending, unless ``node`` reads just the last of it, in order."""
        read = [n for n in _reads(node) if n in self.pending]
        if read != list(self.pending)[len(self.pending) - len(read) :]:
            self._flush()
            return
        letters = sum(len(flat(self.pending[n].expression)) for n in read)
        if letters > _LONGEST and node.op != "output":
            self._flush()

    def _fold(self, node: fx.Node) -> None:
        """Take into account that the expression of ``node`` holds those that it reads."""
        read = list(_reads(node))
        inside = [n for n in read if n in self.pending]
        self.depths[node] = 1 + max((self.depths[n] for n in inside), default=0)
        self.leaves[node] = [
            leaf for n in read for leaf in (self.leaves[n] if n in self.pending else [n])
        ]
        for n in inside:
            del self.pending[n]

    def _is_short(self, node: fx.Node, term: Term) -> bool:
        is_returned = all(user.op == "output" for user in node.users)
        is_bracket = not isinstance(term.expression, str)
        if is_returned and (len(flat(term.expression)) <= _RETURNED or is_bracket):
            return True
        return self.depths[node] <= _DEEPEST and len(flat(term.expression)) <= _LONGEST

    def _uses(self, node: fx.Node) -> int:
        return sum(list(_reads(user)).count(node) for user in node.users)

    def _flush(self) -> None:
        while self.pending:
            node = next(iter(self.pending))
            self._assign(node, self.pending.pop(node))

    # --- names ----------------------------------------------------------------------------------
    def _assign(self, node: fx.Node, term: Term) -> None:
        if _is_unpacked(node):
            parts = sorted(node.users, key=lambda user: int(user.args[1]))  # type: ignore[arg-type]
            for part in parts:
                self.names[part] = self._fresh(_stem(node), node)
            self.made.statements.append(
                (f"{', '.join(self.names[p] for p in parts)} = ", term.expression)
            )
            return
        self.names[node] = self._name(node)
        self.made.statements.append((f"{self.names[node]} = ", term.expression))

    def _name(self, node: fx.Node) -> str:
        for leaf in self.leaves[node]:
            name = self.names.get(leaf)
            if name is not None and self._is_free(name, node):
                return name
        return self._fresh(_stem(node), node)

    def _is_free(self, name: str, node: fx.Node) -> bool:
        """Whether nothing that bears the name is read once ``node`` is computed."""
        held = {leaf for waiting in self.pending for leaf in self.leaves[waiting]}
        return all(
            self.last[other] <= self.place[node] and other not in held
            for other, its in self.names.items()
            if its == name and other is not node
        )

    def _fresh(self, stem: str, node: fx.Node) -> str:
        name, number = stem, 1
        while name in self.names.values() and not self._is_free(name, node):
            number += 1
            name = f"{stem}{number}"
        return name

    def _return(self, node: fx.Node) -> None:
        result = node.args[0]
        self.made.returned = len(result) if isinstance(result, tuple) else 1
        self._settle(node)
        if isinstance(result, tuple):
            items = [argument(item, self._resolve).expression for item in result]
            listed = ", ".join(map(flat, items))
            is_long = len(listed) > _RETURNED
            told = Bracket("(", tuple(("", item) for item in items)) if is_long else listed
            self.made.statements.append(("return ", told))
        else:
            self.made.statements.append(("return ", argument(result, self._resolve).expression))


def _reads(node: fx.Node) -> Iterator[fx.Node]:
    """The computed values among a call's arguments, as often and in the order they are read."""
    yield from _nodes((node.args, node.kwargs))


def _nodes(value: Any) -> Iterator[fx.Node]:
    if isinstance(value, fx.Node):
        if value.op != "get_attr":
            yield value
    elif isinstance(value, dict):
        yield from _nodes(tuple(value.values()))
    elif isinstance(value, slice):
        yield from _nodes((value.start, value.stop, value.step))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _nodes(item)


def _is_unpacked(node: fx.Node) -> bool:
    """Whether a call gives several tensors, each of which is taken once by its number."""
    if node.op != "call_module" or len(node.users) < 2:
        return False
    if not all(u.op == "call_function" and u.target is operator.getitem for u in node.users):
        return False
    return sorted(str(u.args[1]) for u in node.users) == [str(i) for i in range(len(node.users))]


def _stem(node: fx.Node) -> str:
    """What a new value is called: after the module or the function that gives it."""
    short = str(node.target) if node.op != "call_function" else node.target.__name__  # type: ignore[union-attr]
    short = short.rpartition(".")[2].strip("_")
    is_plain = short.isidentifier() and short.isascii() and not short.endswith(tuple("0123456789"))
    if not is_plain or keyword.iskeyword(short) or hasattr(builtins, short):
        return "y"
    return "y" if short in ("self", "torch", "nn", "F", "getitem", "Tensor") else short
