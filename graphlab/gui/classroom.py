"""Lessons in a window: the panel on the left shelf, and what a lesson may turn to in the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QSettings, Signal

from graphlab.errors import FileError, LessonError
from graphlab.graph import Graph
from graphlab.gui.frame import Frame
from graphlab.gui.later import later
from graphlab.gui.lenses.lenses import CHECK, DESCENT, PATHS
from graphlab.gui.offers import following
from graphlab.gui.theme import Theme

if TYPE_CHECKING:
    from graphlab.gui import dialogs
    from graphlab.gui.lesson import LessonWalk
    from graphlab.gui.panels.lesson import LessonPanel
    from graphlab.tutor.format import DescentSpec, PathsSpec
else:
    dialogs = later("graphlab.gui.dialogs")

LESSON = "lesson"
"""The key of the lesson on the left shelf."""

_STUDENT = "student"
"""The setting that holds the student's name."""

_WIDE = 1500
"""A window from this width on has room for a panel on both sides of the canvas."""


class _Desk(NamedTuple):
    walk: LessonWalk
    panel: LessonPanel


class Classroom(QObject):
    """Opens lessons beside the canvas; what reads them is loaded with the first one."""

    opened = Signal(object)  # the Path of a lesson
    turned = Signal()  # a lesson, or none, was opened; its page, or what is done on it, is another

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self._frame = frame
        self._made: _Desk | None = None
        self._lens = ""  # the one that the open page has opened

    @property
    def desk(self) -> _Desk:
        """The lesson's walk and its panel, made when first asked for."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def _make(self) -> _Desk:
        from graphlab.gui.lesson import LessonWalk  # reads YAML and Markdown: a start need not
        from graphlab.gui.panels.lesson import LessonPanel
        from graphlab.gui.performing import Performer

        frame = self._frame
        walk = LessonWalk(frame.session, Performer(frame.session, self), self)
        panel = LessonPanel(walk, frame.typesetter, frame.theme)
        frame.left.add(LESSON, "Lesson", lambda: panel)
        panel.hand_in_asked.connect(self.ask_hand_in)
        panel.left.connect(self.leave)
        panel.canvas_wanted.connect(frame.canvas.setFocus)
        panel.welcome_asked.connect(self._leave_for_welcome)
        panel.lesson_asked.connect(self.open)
        walk.opened.connect(self._on_opened)
        for signal in (walk.opened, walk.page_turned, walk.judged):
            signal.connect(frame.actions_.refresh)
            signal.connect(self.turned)
        return _Desk(walk, panel)

    @property
    def path(self) -> Path | None:
        """The file of the open lesson."""
        lesson = None if self._made is None else self._made.walk.lesson
        return None if lesson is None else lesson.path

    @property
    def drawing(self) -> Graph:
        """The person's own graph, also while a question's is shown."""
        return self._frame.session.graph if self._made is None else self._made.walk.drawing

    # --- opening and leaving ------------------------------------------------------------------
    def ask_open(self) -> None:
        """Ask for a lesson file and open it."""
        path = dialogs.ask_lesson_to_open(self._frame)
        if path is not None:
            self.open(path)

    def open(self, path: Path) -> None:
        """Open a lesson once the open document may go, or tell why it cannot be opened."""
        if self._frame.may_leave():
            self.resume(path)

    def resume(self, path: Path, work: Graph | None = None) -> bool:
        """Open a lesson where it was left, unsaved work on its page; False where that is told."""
        try:
            self.desk.walk.open(path)
        except LessonError as error:
            dialogs.tell(self._frame, "The lesson cannot be opened", str(error))
            return False
        if work is not None:
            self._frame.session.edit("recover", work)
        self._frame.editor.inside.forget()
        self._frame.canvas.begin()
        return True

    def _on_opened(self) -> None:
        lesson = self.desk.walk.lesson
        if lesson is not None:
            self.desk.panel.following = following(lesson.path)
            number = f"{lesson.number} · " if lesson.number else ""
            self._frame.left.set_title(LESSON, f"{number}{lesson.title}")
            self._frame.left.open(LESSON)
            if self._frame.width() < _WIDE:
                self._frame.side.hide()
            self.opened.emit(lesson.path)
        elif self._frame.left.current == LESSON:
            self._frame.left.close_panel()

    def leave(self) -> None:
        """Put the lesson away; its progress is kept."""
        if self._made is not None:
            self._made.walk.leave()

    def _leave_for_welcome(self) -> None:
        self.leave()
        self._frame.actions_["welcome"].trigger()

    def keep(self) -> None:
        """Write down how far the student is, before the window goes."""
        if self._made is not None:
            self._made.walk.keep()
            self._made.walk.finish_writing()

    def holds_work(self) -> bool:
        """Whether what is on the canvas is kept with the lesson, so that nobody needs asking."""
        return self._made is not None and self._made.walk.holds_work

    def ask_hand_in(self) -> None:
        """Ask where to write what is to be graded, and first for a name not known yet; write it."""
        lesson = self.desk.walk.lesson
        if lesson is None or not (self._name or self.ask_name()):
            return
        path = dialogs.ask_where_to_hand_in(self._frame, lesson.stem, self._name)
        if path is None:
            return
        try:
            self.desk.walk.hand_in(path, self._name)
        except FileError as error:
            dialogs.tell(self._frame, "The work was not written", str(error))
        else:
            told = f"Wrote {path.name}" + (f" for {self._name}" if self._name else "")
            self._frame.statusBar().showMessage(f"{told}: hand in this file", 8000)

    @property
    def _name(self) -> str:
        return str(QSettings().value(_STUDENT, ""))

    def ask_name(self) -> bool:
        """Ask for the name that stands in what is handed in, and keep it; False if left."""
        name = dialogs.ask_name(self._frame, self._name)
        if name is not None:
            QSettings().setValue(_STUDENT, name)
        return name is not None

    # --- what its commands do -------------------------------------------------------------------
    def is_open(self) -> bool:
        """Whether a lesson is open, seen or folded away."""
        return self._made is not None and self._made.walk.lesson is not None

    def is_shown(self) -> bool:
        """Whether its text is beside the canvas."""
        return self._made is not None and self._frame.left.current == LESSON

    def toggle(self) -> None:
        """Fold the lesson's text away, or bring it back."""
        if self.is_open():
            self._frame.left.toggle(LESSON)

    def pages_left(self) -> int:
        """How many pages come after the open one."""
        walk = self.desk.walk
        return walk.count - walk.progress.page - 1 if walk.lesson is not None else 0

    def pages_read(self) -> int:
        """How many pages come before the open one."""
        return self.desk.walk.progress.page

    def go_on(self) -> None:
        """Turn to the next page."""
        self.desk.walk.turn(1)

    def go_back(self) -> None:
        """Turn to the page before."""
        self.desk.walk.turn(-1)

    def back_to_lesson(self) -> None:
        """Show the graph that the page brought."""
        self.desk.walk.back_to_lesson()
        self._frame.left.open(LESSON)

    def has_wandered(self) -> bool:
        """Whether the canvas shows another graph than the page brought."""
        walk = self.desk.walk if self.is_open() else None
        return walk is not None and walk.has_wandered and not walk.is_away

    def back_to_drawing(self) -> None:
        """Show the student's own graph in place of a question's."""
        self.desk.walk.back_to_drawing()

    def is_away(self) -> bool:
        """Whether a question's graph is shown in place of the student's own."""
        return self.is_open() and self.desk.walk.is_away

    def restart(self) -> None:
        """Begin the lesson anew."""
        self.desk.walk.restart()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        if self._made is not None:
            self._made.panel.set_theme(theme)

    # --- what a lesson may turn to --------------------------------------------------------------
    def select(self, name: str) -> None:
        """Select a card as a click does."""
        self._frame.canvas.select(name)
        self._frame.canvas.card_clicked.emit(name)

    def _open_lens(self, key: str) -> None:
        if self._frame.below.current != key:  # one that the student has opened stays
            self._frame.below.open(key)
            self._lens = key

    def close_lens(self) -> None:
        """Close the lens that a page has opened."""
        if self._lens and self._frame.below.current == self._lens:
            self._frame.below.close_panel()
        self._lens = ""

    def look_at_paths(self, told: PathsSpec) -> None:
        """Open the path lens between two nodes."""
        self._open_lens(PATHS)
        self._frame.lenses.paths.look(told.start, told.end)

    def look_at_check(self) -> None:
        """Open the gradient check."""
        self._open_lens(CHECK)

    def look_at_descent(self, told: DescentSpec) -> None:
        """Open gradient descent with what the lesson says."""
        self._open_lens(DESCENT)
        self._frame.lenses.descent.prepare(told.rate, told.loss, told.move, told.steps)
