"""Where contributions meet: the running sum at every value that feeds more than one input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class Arrivals:
    """Per slot, the visits that bring it a contribution, in order, and their sum so far.

    ``sources`` has the slot each visit arrives at, ``done`` says which visits were made, and
    ``contribution`` gives what a visit brings.  Sums are taken up where they were left, so that
    reading a long row of visits costs as much as one of each.
    """

    def __init__(
        self, sources: Sequence[int], done: bytearray, contribution: Callable[[int], Any]
    ) -> None:
        self._sources, self._done, self._contribution = sources, done, contribution
        self._at: dict[int, list[int]] = {}
        self._rank: list[int] = []  # by visit: how many come to its slot before it
        for visit, slot in enumerate(sources):
            row = self._at.setdefault(slot, [])
            self._rank.append(len(row))
            row.append(visit)
        self._begun: dict[int, tuple[int, int, Any]] = {}  # by slot: taken, how many done, sum

    def awaited(self, slot: int) -> int:
        """How many contributions a slot gets in all."""
        return len(self._at.get(slot, ()))

    def until(self, visit: int, first: Any) -> tuple[int, Any]:
        """How many contributions have come to the visit's slot with it, and their sum."""
        return self._sum(self._sources[visit], self._rank[visit] + 1, first)

    def total(self, slot: int, first: Any) -> Any:
        """The sum of all done contributions to a slot, added to ``first`` (None: nothing)."""
        return self._sum(slot, self.awaited(slot), first)[1]

    def _sum(self, slot: int, count: int, first: Any) -> tuple[int, Any]:
        taken, done, total = self._begun.get(slot, (0, 0, first))
        if taken > count:
            taken, done, total = 0, 0, first
        for visit in self._at.get(slot, ())[taken:count]:
            if self._done[visit]:
                done += 1
                brought = self._contribution(visit)
                if brought is not None:
                    total = brought if total is None else total + brought
        self._begun[slot] = (count, done, total)
        return done, total

    def changed(self, visit: int) -> None:
        """A visit was made or taken back: sums that went past it begin anew."""
        slot = self._sources[visit]
        if self._begun.get(slot, (0,))[0] > self._rank[visit]:
            del self._begun[slot]
