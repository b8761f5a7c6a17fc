"""Keeps the session's unsaved work aside, and offers what a crash left, in the bar for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from graphlab.gui.background import Background
from graphlab.gui.classroom import Classroom
from graphlab.gui.panels.notice import Notice
from graphlab.gui.recovery import Lost, Recovery, usual_place
from graphlab.gui.session import Session


class Rescue(QObject):
    """One session's recovery and the questions about it."""

    recovered = Signal()

    def __init__(
        self,
        session: Session,
        notice: Notice,
        parent: QObject,
        may_leave: Callable[[], bool],
        classroom: Classroom,
        place: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._classroom = classroom
        self._session, self._notice, self._may_leave = session, notice, may_leave
        self.recovery = Recovery(usual_place() if place is None else place, self)
        self.recovery.failed.connect(self._on_failed)
        self._left: list[Lost] = []
        self._taken: Lost | None = None
        self.recovery.written.connect(self._on_written)
        session.changed.connect(lambda _change: self._on_edited())
        session.named.connect(self._on_edited)
        classroom.turned.connect(self._on_edited)
        self._looking = Background(self)
        self._looking.start(self.recovery.lost, self._on_found)

    @property
    def is_looking(self) -> bool:
        """Whether what a crash may have left is still being read."""
        return self._looking.is_busy

    def finish(self) -> None:
        """The window closes with nothing to lose."""
        self._looking.drop()
        self.recovery.finish()

    def _on_edited(self) -> None:
        if self._session.is_saved:
            self.recovery.forget()
        else:
            drawing, lesson = self._classroom.drawing, self._classroom.path
            self.recovery.keep(drawing, self._session.path or lesson)

    def _on_failed(self, problem: str) -> None:
        self._notice.say(
            f"Unsaved work is not kept aside for a crash, because {problem}. Save it yourself.",
            [("Close", lambda: None)],
        )

    # --- what a crash left ----------------------------------------------------------------------
    def _on_found(self, found: list[Lost]) -> None:
        self._left = found
        self._offer()

    def _offer(self) -> None:
        if not self._left:
            return
        lost = self._left.pop(0)
        if lost.graph is None:
            aside = self.recovery.set_aside(lost)
            self._notice.say(
                "GraphLab was closed with unsaved changes, and what it kept of them cannot be "
                f"read: {lost.problem}. It was put into {aside}.",
                [("Close", self._offer)],
            )
            return
        self._notice.say(
            f"GraphLab was closed with unsaved changes to {lost.name}, {ago(lost.when)}.",
            [("Recover", lambda: self._recover(lost)), ("Discard", lambda: self._discard(lost))],
        )

    def _recover(self, lost: Lost) -> None:
        if lost.graph is None or not self._may_leave():
            self._left.insert(0, lost)
            self._offer()
            return
        self._taken = lost
        if not lost.is_of_lesson:
            self._session.recover(lost.graph, lost.path)
        elif lost.path is None or not self._classroom.resume(lost.path, lost.graph):
            self._session.recover(lost.graph, None)
        self.recovery.keep(lost.graph, lost.path, at_once=True)
        self.recovered.emit()
        self._offer()

    def _on_written(self) -> None:
        """What was recovered is kept here by now, so that its old place may go."""
        if self._taken is not None:
            self.recovery.discard(self._taken)
            self._taken = None

    def _discard(self, lost: Lost) -> None:
        self.recovery.discard(lost)
        self._offer()


def ago(when: float) -> str:
    """How long ago something was, as a person says it."""
    seconds = max(0.0, time.time() - when)
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = int(seconds // size)
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
