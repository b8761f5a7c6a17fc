"""What is remembered of each lesson between starts: the page, the answers, the graph worked on."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths

from graphlab.errors import GraphLabError
from graphlab.graph import Graph
from graphlab.graph.file import load, save

_MOST_ANSWERS = 1000
_LONGEST = 10_000


@dataclass
class Progress:
    """How far one student is in one lesson; ``shown`` are the questions whose answer was told."""

    page: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    done: set[int] = field(default_factory=set)  # tasks, by their line in the file
    graphs: dict[int, Graph] = field(default_factory=dict, repr=False)  # worked on, by page
    is_finished: bool = False

    @property
    def last_worked(self) -> int | None:
        """The open page if its graph was worked on, or else the last one before it that was."""
        return max((page for page in self.graphs if page <= self.page), default=None)


class Memory:
    """Progress by the lesson's stem, in the person's settings; graphs are files of their own."""

    def __init__(self) -> None:
        self._settings = QSettings()

    def recall(self, stem: str) -> Progress:
        """What is known of a lesson; anything that is not as it was written counts as unknown."""
        try:
            told = json.loads(str(self._settings.value(f"lessons/{stem}", "{}")))
            progress = Progress(
                page=max(int(told.get("page", 0)), 0),
                answers={
                    str(k): str(v)[:_LONGEST]
                    for k, v in list(dict(told.get("answers", {})).items())[:_MOST_ANSWERS]
                },
                shown={str(name) for name in told.get("shown", ())},
                done={int(line) for line in told.get("done", ())},
                is_finished=told.get("finished") is True,
            )
            worked = told.get("worked")
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            return Progress()
        # a page whose graph is lost begins anew
        with contextlib.suppress(GraphLabError, OSError):
            if type(worked) is int and 0 <= worked <= progress.page:
                progress.graphs[worked] = load(self._path(stem))
        return progress

    def keep(self, stem: str, progress: Progress) -> None:
        """Remember the progress, and the graph that was last worked on up to its page."""
        worked = progress.last_worked
        told = {
            "page": progress.page,
            "answers": progress.answers,
            "shown": sorted(progress.shown),
            "done": sorted(progress.done),
            "finished": progress.is_finished,
            "worked": worked,
        }
        self._settings.setValue(f"lessons/{stem}", json.dumps(told))
        if worked is not None:
            with contextlib.suppress(GraphLabError, OSError):  # a full disk stops no lesson
                self._path(stem).parent.mkdir(parents=True, exist_ok=True)
                save(progress.graphs[worked], self._path(stem))

    def forget(self, stem: str) -> None:
        """Begin the lesson anew."""
        self._settings.remove(f"lessons/{stem}")
        with contextlib.suppress(OSError):
            self._path(stem).unlink(missing_ok=True)

    @staticmethod
    def _path(stem: str) -> Path:
        place = QStandardPaths.StandardLocation.AppDataLocation
        return Path(QStandardPaths.writableLocation(place)) / "lessons" / f"{stem}.graph.json"
