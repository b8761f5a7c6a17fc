"""What is remembered of each lesson between starts: the page, the answers, the graph worked on."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, ValidationError, convert, field, to_builtins
from PySide6.QtCore import QSettings, QStandardPaths

from graphlab.errors import GraphLabError
from graphlab.graph import Graph
from graphlab.gui.background import Background
from graphlab.gui.later import later

if TYPE_CHECKING:
    import hashlib

    from graphlab.graph import file as graph_file
    from graphlab.tutor import Lesson
else:
    hashlib = later("hashlib")
    graph_file = later("graphlab.graph.file")

_MOST_ANSWERS = 1000
_LONGEST = 10_000
_MOST_PAGES = 1000
_DIGITS = 10


class Content(Struct, frozen=True):
    """What a lesson asks, by keys: another where a teacher has changed what is asked."""

    pages: tuple[str, ...] = ()
    questions: dict[str, str] = field(default_factory=dict)  # by id
    goal: str = ""

    @classmethod
    def of(cls, lesson: Lesson) -> Content:
        """The content of a lesson that was read."""
        return cls(
            tuple(page.key for page in lesson.pages),
            {question.id: question.key for question in lesson.questions},
            lesson.goal.key if lesson.goal else "",
        )


class Progress(Struct):
    """How far one student is in one lesson; ``shown`` are the questions whose answer was told."""

    page: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)  # tasks, by their keys
    graphs: dict[int, Graph] = field(default_factory=dict)  # worked on, by page
    is_finished: bool = False
    content: Content = Content()  # of the lesson as it was then

    @property
    def count(self) -> int:
        """How many pages the lesson has."""
        return len(self.content.pages)

    def in_lesson(self, now: Content) -> Progress:
        """The same in the lesson as it is now; what it asks no longer, or asks anew, is left out.

        A page that is there no longer is followed by the one in its place.
        """
        then = self.content
        moved = {i: now.pages.index(key) for i, key in enumerate(then.pages) if key in now.pages}
        same = {name for name, key in then.questions.items() if now.questions.get(name) == key}
        return Progress(
            moved.get(self.page, min(self.page, max(len(now.pages) - 1, 0))),
            {name: given for name, given in self.answers.items() if name in same},
            self.shown & same,
            self.done,
            {moved[page]: graph for page, graph in self.graphs.items() if page in moved},
            self.is_finished and then.goal == now.goal,
            now,
        )

    @property
    def is_begun(self) -> bool:
        """Whether anything was done in it."""
        return bool(self.page or self.answers or self.shown or self.done or self.is_finished)


class Place(Struct, frozen=True):
    """Where a lesson's progress is kept; two files of one name are two lessons."""

    key: str

    @classmethod
    def of(cls, path: Path) -> Place:
        """The place of the lesson in a file."""
        whole = os.path.normcase(path.resolve())
        short = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
        return cls(f"{path.stem}-{short}")

    def graph_of(self, page: int) -> Path:
        """The file of the graph that was worked on at a page, counted from 0."""
        where = QStandardPaths.StandardLocation.AppDataLocation
        folder = Path(QStandardPaths.writableLocation(where)) / "lessons" / self.key
        return folder / f"page-{page + 1}.graph.json"


class LessonMemory:
    """Progress in the person's settings; the graphs are files, a page's each, in a folder."""

    def __init__(self) -> None:
        self._settings = QSettings()
        self._jobs = Background()
        self._written: dict[Path, Graph] = {}
        self._waiting: dict[Path, Graph] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no lesson was ever begun."""
        return "lessons" not in self._settings.childGroups()

    def recall(self, place: Place) -> Progress:
        """What is known of a lesson; anything that is not as it was written counts as unknown."""
        self.finish()
        progress, worked = self._told(place)
        for page in worked:
            path = place.graph_of(page)
            # a page whose graph is lost begins anew
            with contextlib.suppress(GraphLabError, OSError):
                progress.graphs[page] = self._written[path] = graph_file.load(path)
        return progress

    def glance(self, place: Place) -> Progress:
        """The same without the graphs: how far a lesson is."""
        return self._told(place)[0]

    def _told(self, place: Place) -> tuple[Progress, list[int]]:
        try:
            told = json.loads(str(self._settings.value(f"lessons/{place.key}", "{}")))
            progress = Progress(
                page=max(int(told.get("page", 0)), 0),
                answers={
                    str(k): str(v)[:_LONGEST]
                    for k, v in list(dict(told.get("answers", {})).items())[:_MOST_ANSWERS]
                },
                shown={str(name) for name in told.get("shown", ())},
                done={key for key in told.get("done", ()) if isinstance(key, str)},
                is_finished=told.get("finished") is True,
                content=convert(told.get("content", {}), Content),
            )
            worked = [page for page in told.get("worked", ()) if type(page) is int]
        except (
            ValueError, TypeError, AttributeError, OverflowError, RecursionError, ValidationError,
        ):  # fmt: skip
            return Progress(), []
        return progress, [page for page in worked if 0 <= page < _MOST_PAGES]

    def keep(self, place: Place, progress: Progress) -> None:
        """Remember the progress; graphs that are not written yet are, away from the window."""
        told = {
            "page": progress.page,
            "answers": progress.answers,
            "shown": sorted(progress.shown),
            "done": sorted(progress.done),
            "finished": progress.is_finished,
            "content": to_builtins(progress.content),
            "worked": sorted(progress.graphs),
        }
        self._settings.setValue(f"lessons/{place.key}", json.dumps(told))
        for page, graph in progress.graphs.items():
            path = place.graph_of(page)
            if self._written.get(path) is not graph:
                self._waiting[path] = self._written[path] = graph
        self._write_soon()

    def _write_soon(self) -> None:
        if self._waiting and not self._jobs.is_busy:
            now, self._waiting = self._waiting, {}
            self._jobs.start(lambda: _write(now), lambda _done: self._write_soon())

    def finish(self) -> None:
        """Write what is not written yet, before the window goes or a file is read."""
        while self._jobs.is_busy:
            self._jobs.finish()

    def forget(self, place: Place) -> None:
        """Begin the lesson anew."""
        self.finish()
        self._settings.remove(f"lessons/{place.key}")
        folder = place.graph_of(0).parent
        self._written = {p: g for p, g in self._written.items() if p.parent != folder}
        with contextlib.suppress(OSError):
            for path in folder.glob("page-*.graph.json"):
                path.unlink(missing_ok=True)


def _write(graphs: dict[Path, Graph]) -> None:
    for path, graph in graphs.items():
        with contextlib.suppress(GraphLabError, OSError):  # a full disk stops no lesson
            path.parent.mkdir(parents=True, exist_ok=True)
            graph_file.save(graph, path)
