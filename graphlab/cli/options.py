"""The arguments that several commands share, and the run they ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from graphlab.api import read_source
from graphlab.cli.archive import read_archive
from graphlab.cli.literals import read_pair
from graphlab.errors import GraphLabError
from graphlab.graph import Graph

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS = (
    click.argument("source"),
    click.option(
        "--set", "pairs", multiple=True, metavar="NAME=VALUE",
        help="Give a node a number or a list, as in --set x=-2 or --set 'W=[[1, 2], [3, 4]]'.",
    ),
    click.option(
        "--feed", "archives", multiple=True, metavar="FILE.npz",
        help="Give nodes the arrays of this file, by name; --set comes after it.",
    ),
    click.option(
        "--seed", type=click.IntRange(min=0, max=2**63 - 1), default=0, show_default=True,
        help="Decides how parameters without a value start.",
    ),
)

as_json = click.option(
    "--json", "as_json", is_flag=True,
    help='Print JSON with every digit; NaN and infinities are the strings "NaN", "Infinity" and '
    '"-Infinity", and null is what was not computed.',
)


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
