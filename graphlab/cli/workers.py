"""``graphlab train`` as one of several processes: started by torchrun, or starting it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from graphlab.cli.terminal import complain, remark
from graphlab.errors import GraphLabError
from graphlab.train.many.starting import Starter, check_batch, is_worker, start, was_restarted

WRONG_INPUT, LOST = 2, 1


def _by_itself(make: Callable[[], Any]) -> Any:
    return make()


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Company:
    """With whom a process trains; alone by default."""

    is_first: bool = True  # of all processes: the one that writes and prints
    agreed: Callable[[Callable[[], Any]], Any] = _by_itself  # an error of one stops all
    wants_pause: Callable[[], bool] = _never
    is_again: bool = False  # in the place of one that was lost


class TrainCommand(click.Command):
    """A command that can hand its arguments on as they were given."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        context.meta[__name__] = list(args)
        return super().parse_args(context, args)


def in_company(
    context: click.Context,
    train: Callable[[Company], int],
    batch_size: Callable[[], int],
    *,
    out: str,
    device: str,
    nproc: int | None,
    restarts: int,
    is_sharded: bool,
    is_served: bool,
) -> int:
    """Train alone, as one of torchrun's workers, or by starting torchrun; the exit status.

    The ``batch_size`` is asked for before many are started.
    Raises ``GraphLabError`` for options that do not go together.
    """
    starter = Starter() if is_worker() else None
    if is_served and (nproc is not None or starter is not None):
        raise GraphLabError(
            "the window trains in one process, and --serve was given with more: leave one out"
        )
    if nproc is not None and starter is not None and starter.folder is None:
        raise GraphLabError("torchrun has started the processes already: leave --nproc out")
    if starter is not None:
        return _work(train, starter, device, is_sharded)
    if nproc is not None and nproc > 1:
        check_batch(batch_size(), nproc)
        return start(["train", *context.meta[__name__]], nproc, restarts, Path(out))
    if is_sharded:
        raise GraphLabError(
            "--shard spreads the weights over several processes, and there is one: give --nproc 2 "
            "or more, or start it by torchrun"
        )
    return train(Company())


def _work(train: Callable[[Company], int], starter: Starter, device: str, is_sharded: bool) -> int:
    """Train as one of several; torchrun starts all again where this gives anything but 0."""
    if starter.is_content():
        return 0
    from graphlab.train.devices import device_named
    from graphlab.train.many.ranks import LostWorkerError, SaidByFirstError, joined, noticing_loss

    try:
        with contextlib.ExitStack() as stack:
            ranks = stack.enter_context(joined(device_named(device), is_sharded=is_sharded))
            if not ranks.is_first:
                nowhere = stack.enter_context(open(os.devnull, "w"))
                stack.enter_context(contextlib.redirect_stdout(nowhere))
            company = Company(ranks.is_first, ranks.agreed, starter.wants_pause, was_restarted())
            with noticing_loss():
                status = train(company)
    except LostWorkerError as error:
        if starter.is_content():
            return 0
        remark(str(error))
        return LOST
    except SaidByFirstError:
        status = WRONG_INPUT
    except GraphLabError as error:
        complain(str(error))
        status = WRONG_INPUT
    sys.stdout.flush()
    return starter.answer(status)
