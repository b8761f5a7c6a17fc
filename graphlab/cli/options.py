"""The arguments that several commands share, and the run they ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from graphlab.api import read_source
from graphlab.cli.archive import read_archive
from graphlab.cli.literals import read_pair
from graphlab.engine import Run
from graphlab.errors import GraphLabError, RunError
from graphlab.graph import Graph, dag_of
from graphlab.ops import show_shape

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS = (
    click.argument("source"),
    click.option(
        "--set",
        "pairs",
        multiple=True,
        metavar="NAME=VALUE",
        help="Give a node a number or a list, as in --set x=-2 or --set 'W=[[1, 2], [3, 4]]'.",
    ),
    click.option(
        "--feed",
        "archives",
        multiple=True,
        metavar="FILE.npz",
        help="Give nodes the arrays of this file, by name; --set comes after it.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(min=0, max=2**63 - 1),
        default=0,
        show_default=True,
        help="Decides how parameters without a value start, and what dropout drops.",
    ),
)

as_json = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help='Print JSON with every digit; NaN and infinities are the strings "NaN", "Infinity" and '
    '"-Infinity", and null is what was not computed.',
)


in_training = click.option(
    "--train",
    "training",
    is_flag=True,
    help="Run in training mode: dropout drops, and batch normalisation looks at the batch.",
)


def reads_graph(function: Function) -> Function:
    """Add SOURCE, ``--set`` and ``--feed``."""
    for option in reversed(_OPTIONS[:3]):
        function = option(function)
    return function


def takes_graph(function: Function) -> Function:
    """Add SOURCE, ``--set``, ``--feed`` and ``--seed``."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def read_graph(
    source: str, pairs: tuple[str, ...], archives: tuple[str, ...]
) -> tuple[Graph, dict[str, Any]]:
    """The graph a person named, and what they feed it by node name.

    Raises ``GraphLabError`` for a name that is no node of it.
    """
    graph = read_source(source)
    if not graph.nodes:
        raise GraphLabError(
            'the graph is empty: give a formula such as "f = (x + y) * z", or a .graph.json file'
        )
    feeds: dict[str, Any] = {}
    for path in archives:
        feeds.update(read_archive(path))
    given = [read_pair(pair, "--set") for pair in pairs]
    names = [name for name, _ in given]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise GraphLabError(f"{twice} is set twice: say --set {twice}=… once")
    feeds.update(given)
    for name in feeds:
        graph.node(name)
    return graph, feeds


def lacking(run: Run, wanted: Iterable[str]) -> list[str]:
    """Those of the wanted nodes that could not be computed."""
    return [name for name in wanted if run.value(name) is None]


def why(run: Run, name: str) -> str:
    """Why a node could not be computed: the first problem on the way to it, and how many more."""
    needed = dag_of(run.graph).ancestors(run.graph.port(name).node)
    found = [p for p in run.problems() if p.node in needed and p.kind != "unreachable"]
    if not found:
        return f"{name} could not be computed"
    first, more = found[0], len(found) - 1
    hint = _hint(run.graph, first.node) if first.message.endswith("give it one") else ""
    rest = f" (and {more} more problem{'s' if more > 1 else ''})" if more else ""
    return f"{first.message}{hint}{rest}"


def require_values(
    graph: Graph, feeds: dict[str, Any], seed: int, training: bool, start: str | None
) -> None:
    """Raise ``RunError`` where the start, or the one output, cannot be computed."""
    if start is None and len(graph.outputs) > 1:
        raise RunError(
            f"the graph has {len(graph.outputs)} outputs ({', '.join(graph.outputs[:6])}): choose "
            "one with --backward"
        )
    run = Run(graph, feeds, seed=seed, training=training).forward()
    missing = lacking(run, graph.outputs if start is None else (start,))
    if missing:
        raise RunError(why(run, missing[0]))


def _hint(graph: Graph, name: str) -> str:
    shape = graph.nodes[name].attributes.get("shape")
    return (
        f", an array of {show_shape(shape)}, as in --feed FILE.npz"
        if shape
        else f", as in --set {name}=1"
    )
