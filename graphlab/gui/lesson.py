"""Walks a lesson: which page is open, what the canvas shows for it, what has been answered.

No widgets: the panel reads this and asks for moves; the session shows the graphs.  The work on a
page is kept in its own graph, so a student may explore anything and come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from graphlab import tutor
from graphlab.graph import Graph
from graphlab.gui.progress import Content, LessonMemory, Place, Progress
from graphlab.gui.session import Session
from graphlab.tutor import Goal, Lesson, Page, Question, Show, Task, Verdict, Where

_PAUSE_MS = 150
"""Tasks are judged so long after the last change, not at each of many."""


class Stagehand(Protocol):
    """Who carries out what a page wants shown."""

    def clear(self) -> None: ...
    def perform(self, show: Show) -> None: ...
    def show_where(self, question: Question, where: Where, own: Graph) -> int | None: ...


class Detour(NamedTuple):
    """The student's own graph, and that of a question shown in its place."""

    own: Graph
    shown: Graph


class LessonWalk(QObject):
    """One lesson, open or none."""

    opened = Signal()  # another lesson, or none
    page_turned = Signal()
    judged = Signal()  # a task was done or undone, an answer given

    def __init__(self, session: Session, stage: Stagehand, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._stage = session, stage
        self._memory = LessonMemory()
        self.lesson: Lesson | None = None
        self.progress = Progress()
        self.verdicts: list[Verdict] = []  # on the goal, since it was asked for on this page
        self._is_turning = False
        self._is_touched = False  # whether the student has edited anything since it was opened
        self._detour: Detour | None = None
        self._is_away = False
        self._shown_at: int | None = None  # the steps of the run that were shown, not taken
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._judge_tasks)
        session.replaced.connect(self.leave)
        session.changed.connect(self._on_changed)
        session.stepped.connect(lambda _step: self._on_stepped())

    # --- opening and leaving ------------------------------------------------------------------
    def open(self, path: Path) -> None:
        """Open a lesson at the page it was left at; raises ``LessonError``, and nothing changes."""
        lesson = tutor.read_lesson(path)
        self._session.new()  # and with it the lesson before is left
        self.lesson = lesson
        self._is_touched = False
        self.progress = self._memory.recall(Place.of(lesson.path)).in_lesson(Content.of(lesson))
        self._show_page()
        self._session.undo_stack.clear()
        self.opened.emit()
        self.page_turned.emit()

    def leave(self) -> None:
        """Close the lesson, keeping its progress; the graph on the canvas stays."""
        if self.lesson is None:
            return
        self.keep()
        self._timer.stop()
        self._stage.clear()
        self.lesson = None
        self._mark_saved()
        self.opened.emit()

    def keep(self) -> None:
        """Write down how far the student is."""
        if self.lesson is not None:
            self._memory.keep(Place.of(self.lesson.path), self.progress)

    def finish_writing(self) -> None:
        """Return once everything that is kept is on the disk."""
        self._memory.finish()

    def restart(self) -> None:
        """Begin the lesson anew."""
        if self.lesson is not None:
            self._memory.forget(Place.of(self.lesson.path))
            self.progress = Progress(content=Content.of(self.lesson))
            self._show_page()
            self._session.forget_steps()
            self.page_turned.emit()

    @property
    def holds_work(self) -> bool:
        """Whether what is on the canvas is kept with the lesson, so that nobody needs asking."""
        return self.lesson is not None and self._session.path is None

    # --- pages --------------------------------------------------------------------------------
    @property
    def page(self) -> Page:
        """The page that is open."""
        if self.lesson is None:
            raise LookupError("no lesson is open")
        return self.lesson.pages[self.progress.page]

    @property
    def count(self) -> int:
        """How many pages there are."""
        return 0 if self.lesson is None else len(self.lesson.pages)

    def turn(self, by: int) -> None:
        """Go pages on or back."""
        target = self.progress.page + by
        if self.lesson is None or not 0 <= target < self.count:
            return
        self.progress.page = target
        self._show_page()
        self._session.forget_steps()  # they were of the page before, which keeps its own graph
        self.keep()
        self.page_turned.emit()

    def back_to_lesson(self) -> None:
        """Show the page's own graph again, as one step that can be undone."""
        if self.lesson is not None:
            self.progress.graphs.pop(self.progress.page, None)
            self._show_page()
            self.judged.emit()

    @property
    def has_wandered(self) -> bool:
        """Whether the canvas shows another graph than the page brought."""
        return self.lesson is not None and self._session.graph != self._brought()

    @property
    def is_away(self) -> bool:
        """Whether a question's graph is on the canvas, in place of the student's own drawing."""
        return self.lesson is not None and self._is_away

    @property
    def drawing(self) -> Graph:
        """The student's own graph, also while a question's is shown."""
        return self._detour.own if self._detour and self.is_away else self._session.graph

    def back_to_drawing(self) -> None:
        """Show the student's own graph again, as one step that can be undone."""
        if self._detour is not None and self.is_away:
            self._session.edit("back to your drawing", self._detour.own)

    def _brought(self) -> Graph:
        """The graph a page brings: its own, or what the pages before it led to."""
        if self.lesson is None:
            return Graph()
        now, pages = self.progress.page, self.lesson.pages
        brings = [i for i in range(now + 1) if pages[i].graph is not None]
        since = max((i for i in brings if _states_graph(pages[i])), default=0)
        for i in range(now - 1, since - 1, -1):
            if i in self.progress.graphs:
                return self.progress.graphs[i]
        return pages[now].graph or Graph()

    def _show_page(self) -> None:
        graph = self.progress.graphs.get(self.progress.page, self._brought())
        self._detour, self._is_away, self._shown_at, self.verdicts = None, False, None, []
        self._is_turning = True
        try:
            self._stage.clear()
            self._session.edit(f"page {self.progress.page + 1} of the lesson", graph)
            for block in self.page.blocks:
                if isinstance(block, Show):
                    self._stage.perform(block)
        finally:
            self._is_turning = False
        self._mark_saved()
        self._judge_soon()

    def _mark_saved(self) -> None:
        """Nothing is to be saved of a lesson that was only read."""
        if not self._is_touched and self._session.path is None:
            self._session.undo_stack.setClean()

    def _on_changed(self, _change: object) -> None:
        if self.lesson is None or self._is_turning:
            return
        now, detour = self._session.graph, self._detour
        if detour is not None and now in detour:
            self._is_away = now == detour.shown
        else:
            self._shown_at = None
        if not self._is_away:
            self._is_touched = True
            self.progress.graphs[self.progress.page] = now
        self._judge_soon()

    def _on_stepped(self) -> None:
        if self._shown_at is not None:
            taken = self._session.position.taken
            self._shown_at = None if taken > self._shown_at else taken
        self._judge_soon()

    # --- tasks --------------------------------------------------------------------------------
    def _judge_soon(self) -> None:
        if self.lesson is not None:
            self._timer.start()

    def _judge_tasks(self) -> None:
        if self.lesson is None:
            return
        graph, run, answers = self._session.graph, self._session.run, dict(self.progress.answers)
        met = {
            task.key
            for task in self._open_tasks()
            if all(v.is_right for v in tutor.is_met(task.until, graph, run, answers))
        }
        self.progress.done |= met
        if met:
            self.keep()
        self._judge_again()
        self.judged.emit()

    def _open_tasks(self) -> list[Task]:
        """What is still to be done on the page.

        Nothing is while a question's graph is shown, or the steps that lead to an answer: a task
        is done by the student's own.
        """
        if self.is_away or self._shown_at is not None:
            return []
        tasks = (block for block in self.page.blocks if isinstance(block, Task))
        return [task for task in tasks if task.key not in self.progress.done]

    # --- questions and the goal ---------------------------------------------------------------
    def answer(self, question: Question, given: str) -> Verdict:
        """Judge an answer and remember it."""
        verdict = tutor.judge_answer(question, None, given)
        self.progress.answers[question.id] = given
        if verdict.is_right:
            self.progress.shown.add(question.id)
        self.keep()
        self._judge_again()
        self.judged.emit()
        return verdict

    def reveal(self, question: Question) -> str:
        """The right answer as text; the question counts as shown from now on."""
        self.progress.shown.add(question.id)
        self.keep()
        self.judged.emit()
        return tutor.answer(question).text

    def show_where(self, question: Question, where: Where) -> None:
        """Go to the step that shows why; the student's own drawing can be brought back."""
        own = self.drawing
        self._is_turning = True
        try:
            self._shown_at = self._stage.show_where(question, where, own)
        finally:
            self._is_turning = False
        shown = self._session.graph
        self._is_away = shown is not own
        self._detour = Detour(own, shown) if self._is_away else None
        self._mark_saved()
        self._judge_soon()

    def judge_goal(self) -> list[Verdict]:
        """Judge the student's graph and the answers by the lesson's goal."""
        self.verdicts = self._judged_goal()
        self.judged.emit()
        return self.verdicts

    def finish(self) -> bool:
        """Whether the lesson is finished: its goal was reached, or is now, or there is none."""
        if self.lesson is not None and not self.progress.is_finished:
            self.judge_goal()
            if self.lesson.goal is None:
                self.progress.is_finished = True
                self.keep()
        return self.progress.is_finished

    def _judge_again(self) -> None:
        """What was said of the goal stands no longer than the graph and the answers."""
        if self.verdicts:
            self.verdicts = self._judged_goal()

    def _judged_goal(self) -> list[Verdict]:
        if self.lesson is None:
            return []
        verdicts = tutor.judge_goal(self.lesson, self.drawing, self._told_answers())
        if verdicts and all(v.is_right for v in verdicts) and not self.progress.is_finished:
            self.progress.is_finished = True
            self.keep()
        return verdicts

    def hand_in(self, path: Path, student: str) -> None:
        """Write what is to be graded; raises ``FileError``."""
        if self.lesson is not None:
            tutor.write_submission(path, self.lesson, self.drawing, self._told_answers(), student)

    def _told_answers(self) -> Mapping[str, str]:
        return dict(self.progress.answers)

    @property
    def goal(self) -> Goal | None:
        """What the lesson is judged by."""
        return None if self.lesson is None else self.lesson.goal


def _states_graph(page: Page) -> bool:
    return any(isinstance(block, tutor.GraphBlock) for block in page.blocks)
