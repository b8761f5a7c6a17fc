"""Running entries of plain numbers: the loop, and the op's own code where the loop cannot go."""

from __future__ import annotations

from operator import length_hint
from typing import Any

import numpy as np

from graphlab.engine.kernels import GENERIC, forward_loop
from graphlab.engine.plan import Plan


class Scalars:
    """Computes entries of a number run into its tables ``v``, ``pa`` and ``pb``."""

    def __init__(self, plan: Plan, v: list[Any], pa: list[Any], pb: list[Any]) -> None:
        self.plan, self.v, self.pa, self.pb = plan, v, pa, pb

    def compute(self, indices: list[int] | None) -> None:
        """Compute these entries in order; None stands for all of them."""
        instructions = self.plan.instructions
        if indices is not None:
            instructions = [instructions[index] for index in indices]
        loop, rest = forward_loop(), iter(instructions)
        while True:
            try:
                loop(rest, self.v, self.pa, self.pb, self._generic)
                return
            except (ArithmeticError, ValueError):  # the written form cannot take this number
                failed = len(instructions) - length_hint(rest) - 1
                self._generic(instructions[failed][1])

    def _generic(self, slot: int) -> None:
        """One entry by the op's own code, which knows infinities."""
        entry = self.plan.at_slot[slot]
        inputs = [np.float64(self.v[slot]) for slot in entry.inputs]
        out = entry.op.forward(*inputs, **entry.attributes)
        local = entry.op.local(out, *inputs, **entry.attributes)  # type: ignore[attr-defined]  # Pointwise: plan.takes_numbers
        numbers = tuple(None if p is None else float(p) for p in local)
        if entry.kernel == GENERIC:
            self.pa[slot] = numbers
        else:
            self.pa[slot], self.pb[slot] = (*numbers, None)[:2]
        self.v[slot] = float(out)
