"""Mini-batches: every training row once an epoch, in an order that seed and epoch decide."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from graphlab.data.augmenting import Augmenting
from graphlab.data.columns import Array, Rows, is_resident
from graphlab.data.data_set import DataSet
from graphlab.errors import DataError


class Position(NamedTuple):
    """The batch that comes next: all there is to save, since the order follows from the seed."""

    epoch: int = 0
    batch: int = 0


class Batches:
    """The batches of one split: ⌈n / size⌉ an epoch, drawn without replacement.

    The order of epoch k is a function of the seed and k alone, so a run that is resumed at a
    ``Position`` sees the very bytes that an unbroken one sees.  Data in memory are indexed once a
    batch; of a streamed column the next batch is read while this one is used.
    """

    def __init__(
        self,
        data: DataSet,
        split: str = "train",
        size: int = 32,
        seed: int = 0,
        *,
        names: Iterable[str] | None = None,
        shuffled: bool = True,
        augmenting: Augmenting | None = None,
    ) -> None:
        """``names`` limits the fields; ``shuffled=False`` keeps the order of the rows;
        ``augmenting`` has its own fields, and changes every batch.

        Raises ``DataError`` for an empty split, an unknown field, or a size below 1.
        """
        if size < 1:
            raise DataError(f"a batch has at least 1 example, and {size} were asked for")
        self.names = tuple(data.fields) if names is None else tuple(names)
        self._augmenting = augmenting
        if augmenting is not None:
            self.names = augmenting.reads
        missing = [name for name in self.names if name not in data.fields]
        if missing:
            raise DataError(
                f"{data.name} has no field {missing[0]!r:.40}: it has {', '.join(data.fields)}"
            )
        self.data, self.split, self.size, self.seed = data, split, size, seed
        self.shuffled = shuffled
        self.rows = data.rows(split)
        if not len(self.rows):
            raise DataError(
                f"the {split} split of {data.name} is empty: give it a share of the examples"
            )
        self.position = Position()

    def __len__(self) -> int:
        return -(-len(self.rows) // self.size)

    def examples(self, index: int) -> int:
        """How many examples an epoch's batch has: the last may have fewer than the others."""
        return min(self.size, len(self.rows) - index * self.size)

    def order(self, epoch: int) -> Rows:
        """The rows in the order in which an epoch goes through them."""
        if not self.shuffled:
            return self.rows
        shuffled: Rows = np.random.default_rng((self.seed, epoch)).permutation(self.rows)
        return shuffled

    def epoch(self, number: int, start: int = 0) -> Iterator[dict[str, Array]]:
        """The batches of an epoch from ``start`` on: each field, (at most size, …), float32.

        ``position`` names the batch after the one that was handed out last.
        """
        self.position = Position(number, start)
        order, augmenting = self.order(number), self._augmenting
        chosen = [order[i : i + self.size] for i in range(start * self.size, len(order), self.size)]
        for index, batch in enumerate(self._read(chosen), start + 1):
            at_end = index == len(self)
            self.position = Position(number + 1, 0) if at_end else Position(number, index)
            yield batch if augmenting is None else augmenting(batch, number, index - 1)

    def resume(self, position: tuple[int, int]) -> Iterator[dict[str, Array]]:
        """The rest of the epoch at a saved position."""
        return self.epoch(*position)

    def _read(self, chosen: list[Rows]) -> Iterator[dict[str, Array]]:
        if all(is_resident(self.data.fields[name]) for name in self.names):
            for rows in chosen:
                yield {name: self._at(name, rows) for name in self.names}
            return
        with ThreadPoolExecutor(1, "graphlab-batches") as ahead:
            coming: deque[Future[dict[str, Array]]] = deque()
            for rows in chosen:
                coming.append(ahead.submit(self.data.take, rows, self.names))
                if len(coming) > 1:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()

    def _at(self, name: str, rows: Rows) -> Array:
        taken: Array = np.take(np.asarray(self.data.fields[name]), rows, axis=0)
        return taken
