"""The list of complete networks, and how one is built from templates.

A network is a function that draws at the top of a draft and returns what is its output; its
docstring says what it is.  Nothing is allocated: parameters have shapes, open ones too, and no
values.  Published networks have torchvision's names, so that their weights fit.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from graphlab.errors import GraphLabError
from graphlab.graph.draft import Draft
from graphlab.graph.graph import Graph, Lineage
from graphlab.graph.node import OutPort, View
from graphlab.graph.templates import Site
from graphlab.suggest import did_you_mean

LEAD = "gallery:"
"""Begins a name where a file or a formula could stand as well."""

_SEEN_WHOLE = 12  # a network of so few nodes is shown with its groups opened


class Exhibit(NamedTuple):
    """One network of the gallery."""

    name: str
    title: str
    build: Callable[[Site], Any]
    data: str = ""  # the named set that it is meant for
    training: Mapping[str, Any] = {}  # settings of a recipe under which it learns that

    @property
    def page(self) -> str:
        """What the network is."""
        return inspect.cleandoc(self.build.__doc__ or "")


EXHIBITS: dict[str, Exhibit] = {}

_DRAWN: WeakKeyDictionary[Lineage, Exhibit] = WeakKeyDictionary()


def network(
    name: str, title: str, *, data: str = "", **training: Any
) -> Callable[[Callable[[Site], Any]], Callable[[Site], Any]]:
    """Put the function below into the gallery; it returns one output or a tuple of them.

    ``data`` is the name of the data set that it is meant for, and ``training`` what its recipe has
    then: fields of Recipe and of its objectives.
    """

    def register(build: Callable[[Site], Any]) -> Callable[[Site], Any]:
        EXHIBITS[name] = Exhibit(name, title, build, data, training)
        return build

    return register


def gallery_names() -> tuple[str, ...]:
    """The names of all networks, simple ones first."""
    return tuple(EXHIBITS)


def gallery(name: str) -> Graph:
    """Build a network, its groups folded; raises ``GraphLabError`` for a name that is none."""
    exhibit = EXHIBITS.get(name)
    if exhibit is None:
        hint = did_you_mean(name.lower(), EXHIBITS) or f": choose {', '.join(EXHIBITS)}"
        raise GraphLabError(f"the gallery has no network {name!r:.60}{hint}")
    draft = Draft()
    made = exhibit.build(Site(draft))
    draft.marked = (made,) if isinstance(made, OutPort) else tuple(made)
    if len(draft.nodes) > _SEEN_WHOLE:
        draft.view = View(folded=frozenset(draft.groups))
    graph = draft.graph()
    _DRAWN[graph.lineage] = exhibit
    return graph


def exhibit_of(graph: Graph) -> Exhibit | None:
    """The network that a graph began as, in this process, whatever was edited since."""
    return _DRAWN.get(graph.lineage)
