"""Mistakes in painting."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reported() -> Iterator[None]:
    """Report an exception and go on: one that left a paint event would end the process."""
    try:
        yield
    except Exception:  # whatever it was, the rest of the window and the work in it live on
        sys.excepthook(*sys.exc_info())
