"""Statements become a graph: each step of a program adds a node, or finds the one it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphlab.errors import FormulaError, GraphError, OpError
from graphlab.graph.draft import Draft
from graphlab.graph.file_format import MAX_NODES
from graphlab.graph.formula_cursor import has_superscript, python_word
from graphlab.graph.formula_expression import Call, Hole, Name, Number, Place, Step
from graphlab.graph.formula_parse import Assign, Enter, Leave, Listing, Parser
from graphlab.graph.formula_tokens import Tokens, tokenise
from graphlab.graph.graph import Graph
from graphlab.graph.node import Group, Node, OutPort, View, check_free
from graphlab.graph.templates.site import draw
from graphlab.ops import REGISTRY, Op, op_named
from graphlab.suggest import did_you_mean


def parse(text: str, *, unwritten: frozenset[str] = frozenset()) -> Graph:
    """The graph that formula text describes; raises ``FormulaError`` where it is wrong.

    ``unwritten`` are names that the text may use for what it has not named: the parser names such
    a node as it does without the use (``multiply2``).
    """
    tokens = tokenise(text)
    builder = _Builder(tokens, unwritten)
    for statement in Parser(tokens).statements():
        match statement:
            case Assign():
                builder.assign(statement)
            case Enter():
                builder.enter(statement)
            case Leave():
                builder.groups.pop()
            case Listing():
                builder.listing(statement)
    return builder.graph()


def refusal(name: str) -> str:
    """Why a free name does not become an input by itself; empty if it does.

    ``x² = input()`` says that it is meant.
    """
    if name in REGISTRY:
        return (
            f"{name} is an op; write {name}(…) to use it, or {name} = input() if it is meant as a "
            "name"
        )
    if has_superscript(name):
        return f"{name} would be a name; write ** for a power, as in x**2"
    if name == "lambda":  # λ of a penalty, which only a function's head would make Python's
        return ""
    return python_word(name)


class _Builder:
    """The draft, and what the names in the text have come to mean so far."""

    def __init__(self, tokens: Tokens, unwritten: frozenset[str]) -> None:
        self.tokens = tokens
        self._taken = tokens.taken - unwritten
        self.draft = Draft()
        self.groups: list[str | None] = [None]
        self.lists: dict[str, Listing] = {}
        self.placed: dict[str, tuple[OutPort, ...]] = {}  # what a template's group gives

    # --- statements -------------------------------------------------------------------------------
    def assign(self, statement: Assign) -> None:
        """Add the nodes of one line; the last of them gets the line's name."""
        name, program, place = statement
        if name is not None and (name in self.draft.nodes or name in self.placed):
            line = self.tokens.line_of(self.tokens.assigned[name])
            raise self.error(
                f"{name} already has a value from line {line}, and a name is given once; choose "
                "another name",
                place,
            )
        stack: list[OutPort | None] = []
        for step in program[:-1]:
            self._run(step, stack, None, name)
        last = program[-1]
        if isinstance(last, Hole):
            raise self.error("? is an input that is not connected; write a value", last.place)
        if (
            name is None
            and isinstance(last, Call | Number | Place)
            and "f" not in self.tokens.taken
        ):
            name = "f"
        if isinstance(last, Name):
            source = self._find(last, name)
            if name is not None:
                self._add(op_named("identity"), {"x": source}, {}, name, place)
        else:
            self._run(last, stack, name, name)

    def enter(self, statement: Enter) -> None:
        """Open a group, new or already there."""
        name, title, place = statement.group, statement.title, statement.place
        parent = self.groups[-1]
        known = self.draft.groups.get(name)
        if known is None:
            try:
                check_free(name, self.draft.nodes, ())
                made = Group(title or "", parent, statement.template, statement.settings)
                self.draft.groups[name] = made
            except GraphError as error:
                raise self.error(str(error), place) from None
        elif known.parent != parent:
            where = f"inside group {known.parent}" if known.parent else "outside all groups"
            raise self.error(f"group {name} is {where}; continue it there", place)
        elif title is not None and title != known.title:
            raise self.error(f"group {name} has another title already; give it once", place)
        elif name in self.placed or (statement.template and statement.template != known.template):
            raise self.error(
                f"group {name} is there already; only where it begins can it have a template", place
            )
        self.groups.append(name)

    def listing(self, statement: Listing) -> None:
        """Keep what ``outputs(…)`` and ``order(…)`` say for the end."""
        word, names, place = statement
        if word in self.lists:
            line = self.tokens.line_of(self.lists[word].place)
            raise self.error(f"{word}(…) is already on line {line}; write it once", place)
        self.lists[word] = statement
        seen: set[OutPort | str] = set()
        for name in names:
            is_group = word == "outputs" and name.name in self.placed
            if name.name not in self.draft.nodes and not is_group:
                hint = did_you_mean(name.name, self.draft.nodes)
                raise self.error(
                    f"no line above has {name.name}{hint or '; name it first'}", name.place
                )
            port = self._find(name, None)
            key = port if word == "outputs" else name.name
            if key in seen:
                raise self.error(f"{key} is listed twice in {word}(…); name it once", name.place)
            seen.add(key)

    def graph(self) -> Graph:
        """Freeze the draft."""
        if "outputs" in self.lists:
            names = self.lists["outputs"].names
            self.draft.marked = tuple(self._find(name, None) for name in names)
        self.draft.view = View(folded=frozenset(self._drawn()))
        if "order" in self.lists:
            listed = [name.name for name in self.lists["order"].names]
            self.draft.nodes = reordered(self.draft.nodes, listed)
        return self.draft.graph()

    def _drawn(self) -> Iterator[str]:
        """The groups that calls drew, each with those inside it; they are shown folded."""
        drawn = set(self.placed)
        for name, group in self.draft.groups.items():  # a group stands before those inside it
            if name in drawn or group.parent in drawn:
                drawn.add(name)
                yield name

    # --- steps ------------------------------------------------------------------------------------
    def _run(
        self, step: Step, stack: list[OutPort | None], name: str | None, line_name: str | None
    ) -> None:
        match step:
            case Name():
                stack.append(self._find(step, line_name))
            case Hole():
                stack.append(None)
            case Number(value, place):
                constant = op_named("constant")
                stack.append(self._add(constant, {}, {"value": value}, name, place))
            case Call(op, ports, attributes, place):
                first = len(stack) - len(ports)
                given = dict(zip(ports, stack[first:], strict=True))
                del stack[first:]
                ordered = ports if op.variadic is not None else op.ports
                fed = {p: source for p in ordered if (source := given.get(p)) is not None}
                stack.append(self._add(op, fed, attributes, name, place))
            case Place():
                first = len(stack) - len(step.ports)
                sources = dict(zip(step.ports, stack[first:], strict=True))
                del stack[first:]
                stack.append(self._place(step, sources, name))

    def _add(
        self,
        op: type[Op],
        inputs: Mapping[str, OutPort],
        attributes: Mapping[str, Any],
        name: str | None,
        place: int,
    ) -> OutPort:
        if name is None:
            name = self.draft.free_name(op.name)
            while name in self._taken:
                name = self.draft.free_name(op.name)
        try:
            return self.draft.add(op, inputs, attributes, name=name, group=self.groups[-1])
        except (GraphError, OpError) as error:
            raise self.error(str(error).removeprefix(f"{name}: "), place) from None

    def _place(self, step: Place, given: Mapping[str, OutPort | None], name: str | None) -> OutPort:
        """Draw a template; the group gets the name of the line, or ``conv_layer1``."""
        template, parent = step.template, self.groups[-1]
        if name is None:
            name = self.draft.free_name(template.name)
            while name in self._taken:
                name = self.draft.free_name(template.name)
        if len(self.draft.nodes) > MAX_NODES:
            raise self.error(
                f"the templates above draw more than {MAX_NODES:,} nodes; take fewer", step.place
            )
        sources = [given[port] for port in template.ports]
        try:
            made = draw(self.draft, template, name, sources, step.settings, parent=parent)
        except (GraphError, OpError) as error:
            raise self.error(str(error).removeprefix(f"{name}: "), step.place) from None
        self.placed[name] = made
        return made[0]

    def _find(self, step: Name, line_name: str | None) -> OutPort:
        """The node a name stands for; a free name becomes an input."""
        name, output, place = step
        if name in self.placed:
            return self._output(name, output, place)
        if name not in self.draft.nodes:
            self._add_input(name, place, line_name)
        if output is not None:
            node = self.draft.nodes[name]
            count = len(node.op.output_names(**node.attributes))
            if output >= count or not node.op.several:
                has = "one output" if count == 1 else f"{count} outputs, counted from 0"
                raise self.error(
                    f"{name} ({node.op.name}) has {has}; to take part of an array use "
                    f"slice({name}, axis=0, start={output}, stop={output + 1})",
                    place,
                )
        return OutPort(name, output or 0)

    def _output(self, group: str, output: int | None, place: int) -> OutPort:
        """An output of a group that a template drew."""
        made = self.placed[group]
        if output is not None and (output >= len(made) or len(made) == 1):
            has = "one output" if len(made) == 1 else f"{len(made)} outputs, counted from 0"
            raise self.error(f"{group} ({self.draft.groups[group].template}) has {has}", place)
        return made[output or 0]

    def _add_input(self, name: str, place: int, line_name: str | None) -> None:
        if name == line_name:
            raise self.error(
                f"{name} cannot be made from itself, because a graph has no cycles; give the "
                "result a new name",
                place,
            )
        if name in self.tokens.assigned:
            line = self.tokens.line_of(self.tokens.assigned[name])
            raise self.error(
                f"{name} is used here and only gets its value on line {line}; move that line up",
                place,
            )
        if refused := refusal(name):
            raise self.error(refused, place)
        try:
            self.draft.add(op_named("input"), name=name)
        except GraphError as error:
            raise self.error(str(error), place) from None

    def error(self, message: str, place: int) -> FormulaError:
        """The error that points at a place."""
        return self.tokens.error(message, place)


def reordered(nodes: Mapping[str, Node], listed: Sequence[str]) -> dict[str, Node]:
    """Put the listed nodes in their order, into the places they had among the others."""
    waiting, moved = iter(listed), frozenset(listed)
    names = (next(waiting) if name in moved else name for name in nodes)
    return {name: nodes[name] for name in names}
