"""What one step showed: the record behind the canvas, the timeline and the explanation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

from graphlab.graph import Edge, OutPort
from graphlab.ops import Op


class Step(Struct, frozen=True, eq=False):
    """One forward step (a node) or one backward step (an edge), as deck 000 takes them.

    ``index`` counts from 0 through both phases.  Every step has the node's ``value`` and what
    arrived at its ports; a forward step also the local ``partials`` recorded per port.  A
    backward step has ``edge``, ``upstream`` (the gradient at the edge's head), ``partial``, their
    product ``contribution``, and ``total``, the sum that has arrived at the edge's tail so far.
    Where gradients arrived at several outputs of the head, they are laid end to end, and the
    partial with them.  The first backward step has no edge: it gives the start its gradient,
    ∂f/∂f = 1 or what was asked for.
    """

    index: int
    phase: Literal["forward", "backward"]
    node: str  # forward: the node computed; backward: the node at the edge's head
    op: type[Op]  # of the node
    attributes: Mapping[str, Any] = field(default_factory=dict)
    arguments: Mapping[str, tuple[str, Any]] = field(default_factory=dict)  # port: (source, value)
    start: OutPort | None = None  # backward: what is differentiated
    edge: Edge | None = None
    value: Any = None  # of the node; a tuple for several outputs
    partials: Mapping[str, Any] = field(default_factory=dict)
    upstream: Any = None
    partial: Any = None
    contribution: Any = None
    total: Any = None
    arrivals: int = 0  # how many contributions the total holds
    is_last: bool = True  # no further contribution will arrive at the edge's tail
