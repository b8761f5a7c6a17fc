"""Unsaved work, kept aside while it is unsaved, and offered again after a crash.

Each process has a folder of its own below the person's data folder: a lock that the system opens
when the process dies, whatever ended it; the graph as it was last written; and which file, or
lesson, it belongs to.  What lies in a folder of a dead process was unsaved when it died.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QObject, QStandardPaths, QTimer, Signal

from graphlab.errors import FileError, GraphLabError
from graphlab.graph.graph import Graph
from graphlab.gui.background import Background
from graphlab.gui.later import later
from graphlab.gui.locks import lock, unlock
from graphlab.gui.offers import ENDING, LESSON_ENDING

if TYPE_CHECKING:
    from graphlab.graph import file as graph_file
else:
    graph_file = later("graphlab.graph.file")

DELAY = 2_000
"""Milliseconds from an edit to its being kept aside."""

_GRAPH, _ABOUT, _LOCK, _BROKEN = "kept" + ENDING, "about.json", "lock", "broken"
_MOST_ABOUT = 65_536
_MOST_FOUND = 20
_YOUNG = 60  # seconds in which a process may still be filling its folder


class Lost(Struct, frozen=True):
    """What a dead process left: the graph, or why it cannot be read."""

    folder: Path
    path: Path | None
    when: float
    graph: Graph | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        """What the person calls it."""
        if self.path is None:
            return "a graph without a name"
        return f"your work in the lesson {self.path.stem}" if self.is_of_lesson else self.path.name

    @property
    def is_of_lesson(self) -> bool:
        """Whether it was drawn for a lesson, whose file ``path`` is then."""
        return self.path is not None and self.path.name.endswith(LESSON_ENDING)


def usual_place() -> Path:
    """The folder for all processes, in the person's data folder."""
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(data) / "recovery"


class Recovery(QObject):
    """Keeps the unsaved graph of this process; asked again and again, it writes the last one."""

    written = Signal()
    failed = Signal(str)

    def __init__(self, place: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._place = place
        self._folder = place / f"{os.getpid()}-{os.urandom(4).hex()}"
        self._lock: int | None = None
        self._background = Background(self)
        self._wanted: tuple[Graph, Path | None] | None = None
        self._done: tuple[Graph, Path | None] | None = None
        self._writing = threading.Lock()
        self._is_over = self._has_failed = False
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self._go)

    @property
    def graph_file(self) -> Path:
        """Where this process keeps its graph."""
        return self._folder / _GRAPH

    def keep(self, graph: Graph, path: Path | None, *, at_once: bool = False) -> None:
        """Have this graph kept, at the latest ``DELAY`` from now."""
        self._wanted = (graph, path)
        if at_once:
            self._go()
        elif not self._timer.isActive():
            self._timer.start()

    def forget(self) -> None:
        """Nothing is unsaved any more."""
        self._wanted = None
        self._timer.stop()
        if self._done is not None or self._background.is_busy:
            self._go()

    def finish(self) -> None:
        """The window closes with nothing to lose: leave nothing behind."""
        self._is_over = True
        self._timer.stop()
        self._background.drop()
        with self._writing:
            self._remove()

    def _go(self) -> None:
        if self._background.is_busy or self._is_over:
            return  # what is wanted then is looked at when the answer comes
        wanted = self._wanted
        self._background.start(lambda: (wanted, self._settle(wanted)), self._on_settled)

    def _settle(self, wanted: tuple[Graph, Path | None] | None) -> str:
        """Make the folder hold what is wanted; returns what is wrong, if anything."""
        with self._writing:
            if self._is_over:
                return ""
            if wanted is None:
                self._remove()
                return ""
            try:
                self._claim()
                about = {"path": None if wanted[1] is None else str(wanted[1])}
                graph_file.replace_file(self._folder / _ABOUT, json.dumps(about).encode())
                graph_file.save(wanted[0], self.graph_file)
            except (OSError, GraphLabError) as error:
                return str(error)
            return ""

    def _on_settled(self, answer: tuple[tuple[Graph, Path | None] | None, str]) -> None:
        self._done, problem = answer
        if problem and not self._has_failed:
            self._has_failed = True
            self.failed.emit(problem)
        if not problem:
            self.written.emit()
        if self._wanted is not self._done and (self._wanted is None or not self._timer.isActive()):
            self._go()

    def _claim(self) -> None:
        if self._lock is None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = lock(self._folder / _LOCK)

    def _remove(self) -> None:
        if self._lock is not None:
            unlock(self._lock)
            self._lock = None
        shutil.rmtree(self._folder, ignore_errors=True)

    # --- what others left -----------------------------------------------------------------------
    def lost(self) -> list[Lost]:
        """What dead processes left, the newest first; reads files, so not for the window's thread.

        A folder whose process runs is not touched.
        """
        if not self._place.is_dir():
            return []
        folders = [f for f in self._place.iterdir() if f.is_dir() and not f.is_symlink()]
        others = [f for f in folders if f.name not in (_BROKEN, self._folder.name)]
        found = [_look(folder) for folder in others[:_MOST_FOUND] if _is_dead(folder)]
        return sorted((f for f in found if f is not None), key=lambda f: f.when, reverse=True)

    def discard(self, lost: Lost) -> None:
        """Let go of what was left."""
        shutil.rmtree(lost.folder, ignore_errors=True)

    def set_aside(self, lost: Lost) -> Path:
        """Put what cannot be read where it is not found again, and return where that is."""
        aside = self._place / _BROKEN / lost.folder.name
        with contextlib.suppress(OSError):
            aside.parent.mkdir(exist_ok=True)
            os.replace(lost.folder, aside)
        return aside


def _is_dead(folder: Path) -> bool:
    """Whether the process that owned a folder is gone."""
    try:
        held = lock(folder / _LOCK)
    except OSError:
        return False
    if held is None:
        return False
    unlock(held)
    return True


def _look(folder: Path) -> Lost | None:
    """What is in a folder; a folder that its process had not filled yet is removed."""
    kept = folder / _GRAPH
    try:
        when = kept.lstat().st_mtime
    except OSError:
        if time.time() - folder.stat().st_mtime > _YOUNG:
            shutil.rmtree(folder, ignore_errors=True)
        return None
    try:
        path = _origin(folder / _ABOUT)
        if kept.is_symlink():
            raise FileError(f"{kept.name} is a link, and no file of GraphLab's")
        return Lost(folder, path, when, graph_file.load(kept))
    except GraphLabError as error:
        return Lost(folder, None, when, problem=str(error))


def _origin(about: Path) -> Path | None:
    """Which file or lesson the graph belongs to; raises ``FileError``."""
    graph_file.check_regular(about, _MOST_ABOUT)
    try:
        told = json.loads(about.read_text(encoding="utf-8"))["path"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise FileError(f"{about.name} does not say which file this was") from None
    if not isinstance(told, str) or "\0" in told:
        return None
    path = Path(told)
    # saving goes to a graph's path without asking, so it has to be one that saving could have made
    return path if path.is_absolute() and path.name.endswith((ENDING, LESSON_ENDING)) else None
