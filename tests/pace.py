"""How long something takes by the measure of this very machine, as busy as it is.

A limit in seconds fails where a machine is slow or busy, and holds back nothing where it is quick.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

_TURNS = 200_000  # of a loop, about 10 ms


def loops(action: Callable[[], object], rounds: int = 3) -> float:
    """The processor time of an action in loops of plain Python beside it, at its least.

    Without the garbage collector, which looks through whatever other tests have left.
    """
    gc.collect()
    gc.disable()
    try:
        return min(_spent(action) / _spent(_loop) for _ in range(rounds))
    finally:
        gc.enable()


def _spent(action: Callable[[], object]) -> float:
    begun = time.process_time()
    action()
    return time.process_time() - begun


def _loop() -> None:
    total = 0
    for i in range(_TURNS):
        total += i * i
