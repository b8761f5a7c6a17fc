"""Which parameters and buffers of a run wait for their first value, and how they get it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from graphlab.engine.plan import Plan
from graphlab.graph.parameters import draw_parameters, elements
from graphlab.ops.contract import Array

FEW = 1_000_000
"""So many numbers are drawn as soon as one is read; more of them only when something runs."""


class Starting:
    """What is drawn when a run begins; ``v`` are the values by slot, ``fed`` what was fed."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.is_awaited = False
        self.known: dict[str, Any] = {}  # what an earlier run of the same nodes had drawn
        self._plan, self._seed = plan, seed
        self._drawn_open: set[str] = set()  # those whose shape followed from what arrived
        self._are_few: bool | None = None

    def await_what_lacks(self, v: list[Any]) -> None:
        """From now on whatever has no value waits for one."""
        self.is_awaited, self._are_few = bool(self._waiting(v)), None

    def are_few(self, v: list[Any], fed: Mapping[str, Any]) -> bool:
        """Whether what waits may be drawn for one who only reads."""
        if self._are_few is None:
            shapes = {name: np.shape(value) for name, value in fed.items()}
            self._are_few = elements(self._plan.graph, self._waiting(v), shapes) <= FEW
        return self._are_few

    def draw(self, v: list[Any], fed: Mapping[str, Any]) -> tuple[dict[str, Array], dict[str, str]]:
        """A first value for what no feed gave, and why the others have none ("" where they do)."""
        self.is_awaited = False
        nodes, waiting = self._plan.graph.nodes, self._waiting(v)
        shapes = {name: np.shape(value) for name, value in fed.items()}
        drawn, problems = draw_parameters(self._plan.graph, waiting, shapes, self._seed, self.known)
        wanted = {name: nodes[name].attributes.get("shape", (None,)) for name in waiting}
        self._drawn_open = {name for name, shape in wanted.items() if None in shape}
        return drawn, {name: problems.get(name, "") for name in waiting}

    def take_open(self, fed: Mapping[str, Any]) -> set[str]:
        """Those that followed what arrived, which is something else now; they wait again."""
        found = {name for name in self._drawn_open if name not in fed}
        self._drawn_open = set()
        return found

    def _waiting(self, v: list[Any]) -> list[str]:
        slots, nodes = self._plan.slots, self._plan.graph.nodes
        return [n for n in self._plan.undeclared if nodes[n].op.starts and v[slots[n]] is None]
