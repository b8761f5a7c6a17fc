"""A run as TensorBoard shows it: its events as scalars in event files.

Imported only where torch is wanted; the ``tensorboard`` package is an extra.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphlab.errors import FileError, RunError
from graphlab.train.events import Epoch, Event, Health, Steps, Units

FOLDER = "tensorboard"


class TensorBoard:
    """Listens to a trainer, and writes what it hears below ``out``."""

    def __init__(self, out: Path) -> None:
        """Raises ``RunError`` where the package is not there."""
        self.folder = out / FOLDER
        self._kind = _writer()
        self._stream: Any = None

    def __call__(self, event: Event) -> None:
        """Write one event; raises ``FileError`` where the disk takes no more."""
        try:
            for name, value, step in scalars(event):
                self._writer(step).add_scalar(name, value, step)
            if self._stream is not None and event.kind in ("epoch", "stopped"):
                self._stream.flush()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise FileError(
                f"{self.folder} cannot be written: {reason}; the last checkpoint stands"
            ) from None

    def close(self) -> None:
        """End the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _writer(self, step: int) -> Any:
        """Opened by the first number; what a killed run wrote from there on is not shown."""
        if self._stream is None:
            self._stream = self._kind(str(self.folder), purge_step=step)
        return self._stream


def scalars(event: Event) -> Iterator[tuple[str, float, int]]:
    """What TensorBoard is told of an event: a name, a number and the step it belongs to."""
    if isinstance(event, Steps):
        for name, losses in event.losses.items():
            for step, loss in enumerate(losses, event.step - len(losses) + 1):
                yield f"loss/{name}", loss, step
        tables = {"penalty": event.penalties, "learning rate": event.rates}
    elif isinstance(event, Health):
        norms = {"gradient norm": event.gradients, "weight norm": event.weights}
        tables = {**norms, "update to weight": event.updates}
    elif isinstance(event, Units):
        shares = {name: dead / max(event.of[name], 1) for name, dead in event.dead.items()}
        tables = {"dead units": shares}
    elif isinstance(event, Epoch):
        found = {n: x for n, x in event.metrics.items() if isinstance(x, int | float)}
        tables = {event.split: found, "epoch": {"seconds": event.seconds}}
    else:
        tables = {}
    for title, table in tables.items():
        for name, value in table.items():
            yield f"{title}/{name}", float(value), event.step


def _writer() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # TensorBoard's own imports
            from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise RunError(
            "TensorBoard's event files need the package tensorboard, which is not installed: pip "
            "install 'graphlab[tensorboard]', or leave --tensorboard out"
        ) from None
    return SummaryWriter
