"""A run that was begun elsewhere, read so far that the window can go on with it.

Made in a thread: a run of a day has told many events, and its data may have to be fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graphlab.data import open_data
from graphlab.data.samples import sampled
from graphlab.engine.run import Run
from graphlab.errors import FileError, GraphLabError
from graphlab.gui.datasets.opening import Opened
from graphlab.gui.training.history import History
from graphlab.train.events import newest_events

_MOST = 2**25  # bytes of events, the newest: a few million losses


@dataclass(frozen=True)
class FoundRun:
    """What a folder holds; ``run`` is the drawing that was trained, ready to be shown."""

    folder: Path
    run: Run
    opened: Opened
    history: History
    is_fast: bool


def read_run(folder: Path, *, training: bool) -> FoundRun:
    """The run of a folder with its data; ``training`` is the mode its drawing is computed in.

    Raises ``GraphLabError``: there is none, it is damaged, or its data cannot be opened or is other
    than it was.
    """
    from graphlab.train.folder import RunFolder  # brings safetensors

    if not (folder / "run.json").is_file():
        raise FileError(
            f"{folder.name} holds no run: choose the folder that training wrote run.json into"
        )
    kept = RunFolder(folder)
    record, graph = kept.record(), kept.graph()
    kept.checkpoint("last")
    source = kept.source()
    try:
        data = open_data(source, seed=record.seed)
        opened = Opened(source, record.seed, data, sampled(data))
    except GraphLabError as error:
        raise GraphLabError(
            f"{folder.name} was trained on {record.data:.80}, which cannot be opened: {error}"
        ) from None
    kept.check_own(data, source)
    return FoundRun(folder, Run(graph, training=training), opened, _history(folder), record.is_fast)


def _history(folder: Path) -> History:
    """The curves as far as the events tell them; the network does not depend on any."""
    history = History()
    try:
        for event in newest_events(folder / "events.jsonl", _MOST):
            try:
                history.take(event)
            except (LookupError, TypeError, ValueError, AttributeError):
                continue
    except FileError:
        return history
    return history
