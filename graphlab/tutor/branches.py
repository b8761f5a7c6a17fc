"""Which branches of its ops a run has taken: a rectifier shut or open, a number clipped or not.

An op whose slope jumps says where in its formula or its partials: at a comparison, at the argument
of an abs or a sign, and where the two that max or min choose from are alike.  Two graphs that agree
on one side of such a place need not agree on the other.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, pairwise
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from graphlab.engine import Run
from graphlab.graph import Graph, Node, dag_of
from graphlab.ops import op_named
from graphlab.ops.expression import FUNCTIONS, Expression

_MOST = 1_000  # elements of an array that are looked at

_SWAPPED = {ast.Lt: True, ast.LtE: True, ast.Gt: False, ast.GtE: False}
"""The comparisons by which a branch is chosen, and whether they ask if the right is larger."""


class Branch(NamedTuple):
    """Whether ``test``, such as ``x > 0`` in the names of the op's ports, holds at a node."""

    node: str
    test: str
    holds: bool


def branches_of(graph: Graph) -> set[Branch]:
    """Those that the nodes have whose value hangs on what the graph is fed."""
    dag = dag_of(graph)
    moved = dag.descendants(*graph.inputs, *graph.parameters)
    return {
        Branch(name, test, holds)
        for name in moved
        for test, code in _tests(graph.nodes[name].op.name, _words(graph, name)).items()
        for holds in (True, False)
        if not any(map(_is_endless, _attributes(graph.nodes[name], code.co_names).values()))
    }


def branches_taken(run: Run) -> set[Branch]:
    """Those that a run has taken, each in one element at least."""
    found = set()
    for name, node in run.graph.nodes.items():
        for test, code in _tests(node.op.name, _words(run.graph, name)).items():
            elements = islice(_elements(run, name, code.co_names), _MOST)
            holds = {_holds(code, element) for element in elements}
            found |= {Branch(name, test, held) for held in holds if held is not None}
    return found


def _words(graph: Graph, name: str) -> frozenset[tuple[str, str]]:
    attributes = graph.nodes[name].attributes.items()
    return frozenset((key, value) for key, value in attributes if isinstance(value, str))


@lru_cache(maxsize=256)  # words come from files
def _tests(name: str, words: frozenset[tuple[str, str]]) -> dict[str, CodeType]:
    """What an op with these words as attributes compares, each test once."""
    op = op_named(name)
    rules = (op.formula, *op.partials.values())
    trees = (rule.decided(dict(words)).tree for rule in rules if isinstance(rule, Expression))
    found = {}
    for left, right in (pair for tree in trees for pair in _compared(tree)):
        if f"{right} > {left}" not in found:
            test = f"{left} > {right}"
            found[test] = compile(Expression(test).python(), name, "eval")
    return found


def _compared(tree: ast.expr) -> Iterator[tuple[str, str]]:
    """Each pair of which a rule asks whether the first is larger."""
    for part in ast.walk(tree):
        match part:
            case ast.Compare(left=first, ops=signs, comparators=others):
                pairs = pairwise(map(ast.unparse, (first, *others)))
                for (left, right), sign in zip(pairs, signs, strict=True):
                    if type(sign) in _SWAPPED:
                        yield (right, left) if _SWAPPED[type(sign)] else (left, right)
            case ast.Call(func=ast.Name(id="abs" | "sign"), args=[argument]):
                yield ast.unparse(argument), "0"
            case ast.Call(func=ast.Name(id="max" | "min"), args=arguments):
                yield from pairwise(map(ast.unparse, arguments))


def _elements(run: Run, name: str, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """What the names in a test are, for one element after the other."""
    node = run.graph.nodes[name]
    told = {**FUNCTIONS, **_attributes(node, names)}
    ports = {port: run.value(str(source)) for port, source in node.inputs.items() if port in names}
    if any(value is None for value in ports.values()):
        return
    for elements in zip(*map(np.ravel, np.broadcast_arrays(*ports.values())), strict=True):
        yield told | dict(zip(ports, map(float, elements), strict=True))


def _attributes(node: Node, names: tuple[str, ...]) -> dict[str, Any]:
    """Those of a node that are named, also where they are the op's defaults."""
    kinds = {name: kind for name, kind in node.op.attributes.items() if name in names}
    return {name: node.attributes.get(name, kind.default) for name, kind in kinds.items()}


def _is_endless(attribute: Any) -> bool:
    """A bound that nothing exceeds divides no branches."""
    return isinstance(attribute, float) and math.isinf(attribute)


def _holds(code: CodeType, names: dict[str, Any]) -> bool | None:
    """None where a test cannot be told: it hangs on something that this node has not."""
    try:
        return bool(eval(code, {"__builtins__": {}}, names))  # noqa: S307  # an op's own formula
    except (NameError, TypeError, ValueError, ArithmeticError):
        return None
