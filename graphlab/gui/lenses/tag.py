"""What an answer was found on, so that it is dropped or marked once that is no longer there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from graphlab.engine.run import Run
from graphlab.graph import Graph
from graphlab.graph.graph import difference
from graphlab.gui.session import Session


class Tag(NamedTuple):
    """A graph, what was set by hand and the mode; where cards lie does not matter."""

    graph: Graph
    feeds: Mapping[str, Any]
    training: bool

    @classmethod
    def of(cls, session: Session) -> Tag:
        """What is open now."""
        return cls(session.graph, session.run.feeds, session.run.training)

    def run(self) -> Run:
        """A run of its own on the same."""
        return Run(self.graph, self.feeds, training=self.training)

    def holds(self, session: Session) -> bool:
        """Whether an answer found on this is still right."""
        is_same_mode = self.training == session.run.training
        return (
            is_same_mode
            and self.is_fed_alike(session)
            and computes_alike(self.graph, session.graph)
        )

    def is_fed_alike(self, session: Session) -> bool:
        """Whether the same values are set by hand."""
        old, now = self.feeds, session.run.feeds
        return old.keys() == now.keys() and all(
            old[name] is now[name] or np.array_equal(old[name], now[name]) for name in now
        )


def computes_alike(one: Graph, other: Graph) -> bool:
    """Whether two graphs differ at most in where their cards lie and how they are grouped."""
    if one is other:
        return True
    change = difference(one, other)
    return not (change.added or change.removed or change.altered or change.is_remarked)
