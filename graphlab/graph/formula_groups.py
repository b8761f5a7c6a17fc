"""Groups in formula text: which stand as one call of their template, and the blocks of the others.

A group that is still what its template drew prints as ``h = conv_layer(x, filters=6)``; any other
as a block ``with group("h"):`` with the lines of what is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from graphlab.errors import GraphError
from graphlab.graph.formula_write import Written, quoted, reference, setting
from graphlab.graph.graph import Graph
from graphlab.graph.node import OutPort
from graphlab.graph.templates import TEMPLATES, Reading, read_group
from graphlab.graph.templates.holding import holdings

MAX_GROUP_DEPTH = 60
"""Groups nested deeper have no formula text: each level indents all lines in it further."""


class Calls(Struct, frozen=True):
    """The groups that print as a call, and for each of their members which it is in."""

    readings: Mapping[str, Reading]
    unit: Mapping[str, str]

    def line_of(self, node: str) -> str:
        """The line that makes a node: its own, or that of the group it is in."""
        return self.unit.get(node, node)

    def refer(self, port: OutPort) -> Written:
        """How a line refers to a value; an output of such a group by the group's name."""
        group = self.unit.get(port.node)
        if group is not None and port in self.readings[group].outputs:
            return reference(OutPort(group, self.readings[group].outputs.index(port)))
        return reference(port)


def find_calls(graph: Graph) -> Calls:
    """The outermost groups whose inside is exactly what their template draws."""
    readings = dict(_readings(graph))
    while True:
        calls = _calls(readings)
        circular = _circular(graph, calls)
        if not circular:
            return calls
        readings = {name: made for name, made in readings.items() if name not in circular}


def _readings(graph: Graph) -> Iterator[tuple[str, Reading]]:
    waiting = [name for name in reversed(tuple(graph.groups)) if not graph.groups[name].parent]
    while waiting:
        name = waiting.pop()
        group = graph.groups[name]
        if group.template and not group.title:
            reading = read_group(graph, name, with_values=False)
            if isinstance(reading, Reading):
                yield name, reading
                continue
        waiting += reversed(holdings(graph).groups[name])


def _calls(readings: Mapping[str, Reading]) -> Calls:
    return Calls(readings, {n: name for name, made in readings.items() for n in made.nodes})


def _circular(graph: Graph, calls: Calls) -> set[str]:
    """Groups that cannot be made at once: what they read is made from what they give."""
    if not calls.readings:
        return set()
    needs: dict[str, set[str]] = {}
    for name, node in graph.nodes.items():
        line = calls.line_of(name)
        found = needs.setdefault(line, set())
        found |= {calls.line_of(source.node) for source in node.inputs.values()} - {line}
    readers: dict[str, list[str]] = {line: [] for line in needs}
    for line, sources in needs.items():
        for source in sources:
            readers[source].append(line)
    open_needs = {line: len(sources) for line, sources in needs.items()}
    ready = [line for line, count in open_needs.items() if not count]
    while ready:
        line = ready.pop()
        del open_needs[line]
        for reader in readers[line]:
            open_needs[reader] -= 1
            if not open_needs[reader]:
                ready.append(reader)
    return open_needs.keys() & calls.readings.keys()


# --- blocks ---------------------------------------------------------------------------------------
def in_groups(graph: Graph, calls: Calls, lines: Mapping[str, str]) -> Iterator[str]:
    """The lines, indented under the groups their nodes are in; empty groups last."""
    path: list[str] = []
    opened: set[str] = set()
    for name, line in lines.items():
        home = graph.groups[name].parent if name in calls.readings else graph.nodes[name].group
        yield from _moved(graph, path, home, opened)
        yield "    " * len(path) + line
    parents = {group.parent for group in graph.groups.values()}
    called = graph.groups_within(calls.readings)
    for group in graph.groups:
        if group not in opened and group not in parents and group not in called:
            yield from _moved(graph, path, graph.groups[group].parent, opened)
            yield "    " * len(path) + _header(graph, group, opened)


def check_depth(graph: Graph) -> None:
    """Raise ``GraphError`` where groups nest more than ``MAX_GROUP_DEPTH`` deep."""
    for name in graph.groups:
        group: str | None = name
        for _ in range(MAX_GROUP_DEPTH):
            group = graph.groups[group].parent if group is not None else None
        if group is not None:
            raise GraphError(
                f"group {name} is more than {MAX_GROUP_DEPTH} groups deep, and formula text "
                "indents no further; move it outwards, or keep this graph as a file"
            )


def _moved(graph: Graph, path: list[str], group: str | None, opened: set[str]) -> Iterator[str]:
    """The lines that lead from inside one group to inside another; ``path`` follows."""
    wanted: list[str] = []
    while group is not None:
        wanted.append(group)
        group = graph.groups[group].parent
    wanted.reverse()
    while path != wanted[: len(path)]:
        path.pop()
    for name in wanted[len(path) :]:
        yield "    " * len(path) + f"with {_header(graph, name, opened)}:"
        path.append(name)


def _header(graph: Graph, group: str, opened: set[str]) -> str:
    return f"group({', '.join(_header_parts(graph, group, group not in opened, opened))})"


def _header_parts(graph: Graph, group: str, is_new: bool, opened: set[str]) -> Iterable[str]:
    opened.add(group)
    yield quoted(group)
    found = graph.groups[group]
    if is_new and found.title:
        yield f"title={quoted(found.title)}"
    if is_new and found.template:
        yield f"template={quoted(found.template)}"
        kinds = TEMPLATES[found.template].settings
        yield from (setting(key, value, kinds[key]) for key, value in found.settings.items())
