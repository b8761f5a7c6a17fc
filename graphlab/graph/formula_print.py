"""A drawn graph as the formula text a person would write.

A node may stand inside the formula of the one node that uses it if nothing is lost: its name is
the one that reading the text would give it again, and it is in the same group.  Every other node
gets a line, after the lines of what it needs and otherwise in the graph's order.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct, field

from graphlab.graph.formula_build import refusal
from graphlab.graph.formula_groups import Calls, check_depth, find_calls, in_groups
from graphlab.graph.formula_write import (
    Written,
    expression,
    hole,
    joined,
    reference,
    template_call,
)
from graphlab.graph.graph import Graph
from graphlab.graph.node import OutPort

_MAX_NESTING = 30  # half of what the parser takes
_MAX_INLINE = 16  # numbers in an array that stands inside a formula
_PATIENCE = 4  # rounds in which single nodes are given up, before all nodes of their op are


def to_text(graph: Graph) -> str:
    """Print the graph so that ``parse`` gives an equal one back (see ``formula``).

    Raises ``GraphError`` where groups nest more than ``MAX_GROUP_DEPTH`` deep.
    """
    check_depth(graph)
    calls = find_calls(graph)
    lines = _arranged(graph, calls)
    text = [*in_groups(graph, calls, lines.text)]
    if graph.marked:
        listed = (joined(calls.refer(port).pieces) for port in graph.marked)
        text.append(f"outputs({', '.join(listed)})")
    if not _keeps_order(graph, lines.created):
        outputs = {port.partition(".")[0] for port in graph.outputs}
        ordered = {*graph.inputs, *graph.parameters, *outputs}
        text.append(f"order({', '.join(name for name in graph.nodes if name in ordered)})")
    return "\n".join(text)


def written_out(graph: Graph, name: str, inside: Collection[str]) -> str:
    """The formula of one node in terms of what is not ``inside``; all goes by its own name.

    What the nodes inside compute stands where it is used, if it is used once.
    """
    inline = {
        other
        for other in inside
        if other != name
        and not graph.nodes[other].op.starts
        and _fits_inline(graph, other)
        and _user(graph, other) in inside
    }
    calls = Calls({}, {})
    while True:
        too_deep = set[str]()
        line = _line(graph, calls, name, _tree(graph, calls, name, inline), too_deep)
        if not too_deep:
            return line.removeprefix(f"{name} = ")
        inline -= too_deep


class _Lines(Struct):
    """The text of each line by its node, in order, and every node in the order it is made."""

    text: dict[str, str] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)


Tree = list[str | OutPort | None]  # in postfix order: nodes to write out, references, holes


# --- which nodes get a line, and in which order --------------------------------------------------
def _arranged(graph: Graph, calls: Calls) -> _Lines:
    """Free inputs go without a line if they appear in the right order; else all sources lead."""
    inline = _candidates(graph, calls)
    free = {
        name
        for name in graph.inputs
        if (node := graph.nodes[name]).op.name == "input"
        and not node.attributes
        and node.group is None
        and graph.consumers[name]
        and not refusal(name)
    }
    lines = _settled(graph, calls, set(inline), free, list(graph.nodes))
    if _sources(graph, lines.created) == _sources(graph, list(graph.nodes)):
        return lines
    sources = {*graph.inputs, *graph.parameters}
    rest = (name for name in graph.nodes if name not in sources)
    order = [n for n in graph.nodes if n in sources] + [*rest]
    return _settled(graph, calls, inline, set(), order)


def _candidates(graph: Graph, calls: Calls) -> set[str]:
    """Nodes with an automatic name that one node of the same group uses, once."""
    marked = {port.node for port in graph.marked}
    return {
        name
        for name, node in graph.nodes.items()
        if _fits_inline(graph, name)
        and name not in marked
        and name not in calls.unit
        and graph.nodes[_user(graph, name)].group == node.group
        and automatic_number(name, node.op.name)
    }


def _fits_inline(graph: Graph, name: str) -> bool:
    """Whether one node uses it, once, and it takes little room there."""
    node = graph.nodes[name]
    if len(graph.consumers[name]) != 1 or node.op.name in ("input", "target", "parameter"):
        return False
    is_small = getattr(node.attributes.get("value"), "size", 1) <= _MAX_INLINE
    return is_small and len(node.op.output_names(**node.attributes)) == 1


def _user(graph: Graph, name: str) -> str:
    return graph.consumers[name][0].target.node


def automatic_number(name: str, stem: str) -> int:
    """The 3 of ``add3``; 0 for a name that is not automatic."""
    digits = name.removeprefix(stem)
    return int(digits) if re.fullmatch(r"[1-9][0-9]{0,8}", digits) and digits != name else 0


def _settled(
    graph: Graph, calls: Calls, inline: set[str], free: set[str], order: Sequence[str]
) -> _Lines:
    """Give lines to inline nodes until every other would get its own name back.

    A line more changes in which order the rest is computed, hence the rounds.
    """
    attempt = 0
    while True:  # ends, because each round takes inline nodes away
        attempt += 1
        trees = {
            name: _tree(graph, calls, name, inline)
            for name in dict.fromkeys(map(calls.line_of, order))
            if name not in inline and name not in free
        }
        lines, given_up = _Lines(), set[str]()
        made = set[str]()
        for name in _line_order(trees, calls):
            lines.text[name] = _line(graph, calls, name, trees[name], given_up)
            for item in trees[name]:
                node = item.node if isinstance(item, OutPort) else item
                if node is not None and node not in made and (node is item or node in free):
                    made.add(node)
                    reading = calls.readings.get(node)
                    lines.created += [node] if reading is None else reading.nodes
        given_up |= _misnamed(graph, inline, lines.created)
        if not given_up:
            return lines
        if attempt > _PATIENCE:
            ops = {graph.nodes[name].op for name in given_up}
            given_up = {name for name in inline if graph.nodes[name].op in ops}
        inline -= given_up


def _tree(graph: Graph, calls: Calls, root: str, inline: set[str]) -> Tree:
    """The formula of a line in postfix order; ``root`` itself is last."""
    if root in calls.readings:
        return [*calls.readings[root].sources, root]
    tree: Tree = []
    waiting: Tree = [root]
    while waiting:
        item = waiting.pop()
        tree.append(item)
        if isinstance(item, str):
            node = graph.nodes[item]
            for port in node.used_ports:
                source = node.inputs.get(port)
                waiting.append(source.node if source and source.node in inline else source)
    tree.reverse()
    return tree


def _line_order(trees: dict[str, Tree], calls: Calls) -> Iterator[str]:
    """Every line after the lines of what it refers to, otherwise as they come."""
    needs = {
        name: [
            line
            for item in tree
            if isinstance(item, OutPort) and (line := calls.line_of(item.node)) in trees
        ]
        for name, tree in trees.items()
    }
    done = set[str]()
    for name in trees:
        waiting = [name]
        while waiting:
            top = waiting[-1]
            missing = [need for need in needs[top] if need not in done]
            if missing:
                waiting.extend(reversed(missing))
                continue
            waiting.pop()
            if top not in done:
                done.add(top)
                yield top


def _misnamed(graph: Graph, inline: set[str], created: list[str]) -> set[str]:
    """Inline nodes that reading the text would call something else."""
    counts: dict[str, int] = {}
    wrong = set()
    for name in created:
        if name not in inline:
            continue
        stem = graph.nodes[name].op.name
        number = counts.get(stem, 0) + 1
        while (other := f"{stem}{number}") in wrong or (
            other not in inline and (other in graph.nodes or other in graph.groups)
        ):
            number += 1
        if other == name:
            counts[stem] = number
        else:
            wrong.add(name)
    return wrong


# --- text ----------------------------------------------------------------------------------------
def _line(graph: Graph, calls: Calls, root: str, tree: Tree, too_deep: set[str]) -> str:
    """``root = formula``; a node at which the formula nests too deep is named instead."""
    stack: list[Written] = []
    for item in tree[:-1]:
        if item is None:
            stack.append(hole())
        elif isinstance(item, OutPort):
            stack.append(calls.refer(item))
        else:
            written = _write(graph, item, stack)
            if written.depth > _MAX_NESTING:
                too_deep.add(item)
                written = reference(OutPort(item))
            stack.append(written)
    if root in calls.readings:
        template, settings = calls.readings[root].template, graph.groups[root].settings
        body = template_call(template.name, stack, settings, template.settings)
    elif graph.nodes[root].op.name == "identity" and isinstance(tree[-2], OutPort):
        body = stack[0]
    else:
        body = _write(graph, root, stack)
    return f"{root} = {joined(body.pieces)}"


def _write(graph: Graph, name: str, stack: list[Written]) -> Written:
    node = graph.nodes[name]
    first = len(stack) - len(node.used_ports)
    operands = stack[first:]
    del stack[first:]
    return expression(node, operands)


# --- order ---------------------------------------------------------------------------------------
def _sources(graph: Graph, names: Sequence[str]) -> tuple[list[str], list[str]]:
    kinds = [(name, graph.nodes[name].op.name) for name in names]
    return (
        [name for name, kind in kinds if kind in ("input", "target")],
        [name for name, kind in kinds if kind == "parameter"],
    )


def _keeps_order(graph: Graph, created: list[str]) -> bool:
    """Whether reading the text gives the inputs, parameters and outputs in the same order."""
    read = graph.with_(nodes={name: graph.nodes[name] for name in created})
    return (
        read.inputs == graph.inputs
        and read.parameters == graph.parameters
        and read.outputs == graph.outputs
    )
