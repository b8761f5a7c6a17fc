"""A lock on a file that the system opens when its process dies, whatever ended it."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def lock(file: Path) -> int | None:
    """Lock a file, made if it is not there; None while another holds it.

    Whoever has the number returned holds the lock until ``unlock``.  Raises ``OSError`` where the
    file cannot be opened.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def unlock(descriptor: int) -> None:
    """Let go of a lock."""
    os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
