"""The processes that train together: which one this is, its rows of a batch, what they agree on.

They all go through the same batches with the same generator, so each knows the whole batch and
takes its rows of it.  A process by itself is the same with nobody to ask.  Imported only where
torch is wanted.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from graphlab.errors import GraphLabError, RunError

T = TypeVar("T")
Sliced = TypeVar("Sliced", Any, Tensor)

_WAIT = timedelta(minutes=30)
"""So long a process waits for another one; a killed one is noticed at once."""


class LostWorkerError(RunError):
    """Another process of this training is gone, so this one cannot go on either."""


class SaidByFirstError(RunError):
    """What went wrong in one of the processes, as all others are stopped by it."""


class Rows(NamedTuple):
    """Which rows of a batch of ``whole`` are this process's; ``held`` may be 0."""

    whole: int
    start: int
    held: int

    def of(self, whole: Sliced) -> Sliced:
        """These rows, or one row that counts for nothing where there are none."""
        first = min(self.start, self.whole - 1)
        return whole[first : first + max(self.held, 1)]


class Ranks:
    """This process, ``rank`` of ``count``; what is called for all must be called by all."""

    def __init__(self, rank: int = 0, count: int = 1, *, is_sharded: bool = False) -> None:
        """``is_sharded`` spreads the weights over all instead of copying them to each."""
        self.rank, self.count, self.is_sharded = rank, count, is_sharded
        self.rows = Rows(1, 0, 1)

    @property
    def is_first(self) -> bool:
        """Whether this is the one that writes and prints."""
        return self.rank == 0

    @property
    def is_single(self) -> bool:
        """Whether nobody else computes along, at all or just now."""
        return self.count == 1

    # --- a batch ----------------------------------------------------------------------------------
    def share(self, feeds: Mapping[str, Sliced]) -> dict[str, Sliced]:
        """This process's rows of a batch; the next sums over the batch are of these."""
        whole = len(next(iter(feeds.values())))
        start, stop = (whole * rank // self.count for rank in (self.rank, self.rank + 1))
        self.rows = Rows(whole, start, stop - start)
        return {name: self.rows.of(x) for name, x in feeds.items()}

    def total(self, x: Tensor) -> Tensor:
        """The sum over all processes, through which no gradient goes."""
        found = x.detach().clone(memory_format=torch.contiguous_format)
        if not self.is_single:
            with noticing_loss():
                dist.all_reduce(found)
        return found

    def whole(self, x: Tensor) -> Tensor:
        """All rows of what each process has some rows of, through which no gradient goes."""
        return x if self.is_single else self.total(self.placed(x))

    def placed(self, x: Tensor) -> Tensor:
        """This process's rows at their places in a whole batch of zeros."""
        rows = self.rows
        after = rows.whole - rows.start - rows.held
        pads = [0, 0] * (x.ndim - 1) + [rows.start, after]
        return torch.nn.functional.pad(x[: rows.held], pads)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """For a while compute whole batches without the others."""
        was, self.count = (self.rank, self.count), 1
        self.rank = 0
        try:
            yield
        finally:
            self.rank, self.count = was

    # --- agreeing ---------------------------------------------------------------------------------
    def any(self, flag: bool) -> bool:
        """Whether it is so for one of the processes."""
        if self.is_single:
            return flag
        return bool(self.total(torch.tensor([float(flag)])) > 0)

    def told(self, value: T) -> T:
        """What the first process has."""
        if self.is_single:
            return value
        held: list[Any] = [value]
        with noticing_loss():
            dist.broadcast_object_list(held)
        found: T = held[0]
        return found

    def agreed(self, make: Callable[[], T]) -> T:
        """What each makes for itself; the first one's ``GraphLabError`` stops all alike."""
        made, error = _tried(make)
        if self.is_single:
            errors: list[Any] = [error]
        else:
            errors = [None] * self.count
            with noticing_loss():
                dist.all_gather_object(errors, error)
        for found in errors:
            if found is not None:
                raise found if self.is_first else SaidByFirstError(str(found))
        return made  # type: ignore[return-value]  # there was no error, so it was made

    def by_first(self, make: Callable[[], object]) -> None:
        """Have only the first process do it; its ``GraphLabError`` stops all alike."""
        self.agreed(make if self.is_first else _nothing)


ALONE = Ranks()

_HERE = [ALONE]


def here() -> Ranks:
    """The ranks of this process, which torch has once for all of it as well."""
    return _HERE[0]


@contextlib.contextmanager
def joined(device: str, *, is_sharded: bool = False) -> Iterator[Ranks]:
    """Be one of the processes that torchrun started, if it did, until the end of the block.

    Raises ``RunError`` where this machine has no GPU for it.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count < 2:
        yield ALONE
        return
    if device == "cuda":
        found, wanted = torch.cuda.device_count(), int(os.environ.get("LOCAL_WORLD_SIZE", count))
        if wanted > found:
            raise RunError(
                f"this machine has {found} CUDA devices for {wanted} processes: start as many as "
                "there are devices, or leave --device out"
            )
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    backend = "cpu:gloo,cuda:nccl" if device == "cuda" else "gloo"
    with noticing_loss():
        store, rank, _ = next(rendezvous("env://"))
        # torchrun's store still has the addresses of processes that were there before a restart.
        attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
        store = PrefixStore(f"attempt-{attempt}", store)
        told: dict[str, Any] = {"store": store, "rank": rank, "world_size": count}
        dist.init_process_group(backend, timeout=_WAIT, **told)
    _HERE[0] = Ranks(dist.get_rank(), count, is_sharded=is_sharded)
    try:
        yield _HERE[0]
    finally:
        _HERE[0] = ALONE
        dist.destroy_process_group()


@contextlib.contextmanager
def noticing_loss() -> Iterator[None]:
    """Tell the loss of another process as ``LostWorkerError``."""
    try:
        yield
    except RuntimeError as error:
        told = str(error).partition("\n")[0]
        # Gloo has no kind of error of its own for a connection that is gone.
        if not isinstance(error, dist.DistError) and "gloo" not in told.lower():
            raise
        raise LostWorkerError(
            f"another process of this training cannot be reached any more ({told:.200}): the last "
            "checkpoint stands, and --resume goes on"
        ) from None


def _tried(make: Callable[[], T]) -> tuple[T | None, GraphLabError | None]:
    try:
        return make(), None
    except LostWorkerError:
        raise
    except GraphLabError as error:
        return None, error


def _nothing() -> None:
    """What the others do meanwhile."""
