"""The lesson at the left: one page of text and exercises, and the way to the next."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from graphlab.gui.lesson import LessonWalk
from graphlab.gui.offers import Offer
from graphlab.gui.panels.ending import Ending
from graphlab.gui.panels.exercises import Exercise, GoalCard, QuestionCard, TaskCard
from graphlab.gui.panels.heading import Heading
from graphlab.gui.panels.prose import Prose as ProseView
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.typeset import Typesetter
from graphlab.tutor import Goal, Prose, Question, Task
from graphlab.tutor.lesson import Block

_GROWING = 300  # milliseconds in which the page takes its new height
_FINISHED = "Well done: you have finished this lesson."
_MISSING = "Not finished yet: the goal says what is missing."


class LessonPanel(QWidget):
    """Shows the walk's page."""

    hand_in_asked = Signal()
    left = Signal()  # the last page is done with
    lesson_asked = Signal(object)  # the Path of the lesson to go on with
    welcome_asked = Signal()
    canvas_wanted = Signal()  # the next thing to do is on the canvas

    def __init__(
        self,
        walk: LessonWalk,
        typesetter: Typesetter,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName("Lesson")
        self._walk, self._typesetter, self._theme = walk, typesetter, theme
        self.exercises: list[Exercise] = []
        self._texts: list[ProseView] = []
        self.following: Offer | None = None
        self.ending: Ending | None = None
        self._growing = QTimer(self, interval=_GROWING, singleShot=True)
        self._is_ending = False  # whether Finish was pressed on this page
        self._rows = QVBoxLayout()
        self.title = Heading()
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.verticalScrollBar().rangeChanged.connect(lambda _low, _high: self._on_grown())
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.back_to_lesson = QPushButton("Back to the lesson's graph")
        self.back_to_lesson.setToolTip(
            "Show the graph that this page came with, in place of yours; undo brings yours back"
        )
        self.back_to_lesson.clicked.connect(lambda: walk.back_to_lesson())
        self.back_to_drawing = QPushButton("Back to your drawing")
        self.back_to_drawing.setToolTip("The canvas shows the graph of a question, with its step")
        self.back_to_drawing.clicked.connect(lambda: walk.back_to_drawing())
        self.previous, self.next = QPushButton("Back"), QPushButton("Next")
        for button in (self.back_to_lesson, self.back_to_drawing, self.previous, self.next):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves typing where it was
        self.previous.clicked.connect(lambda: walk.turn(-1))
        self.next.clicked.connect(self._go_on)
        self.place, self.bar = QLabel(), QProgressBar()
        self.place.setObjectName("muted")
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Pages read")
        self._arrange()
        walk.page_turned.connect(self._show_page)
        walk.judged.connect(self._refresh)

    def _arrange(self) -> None:
        turning = QHBoxLayout()
        turning.addWidget(self.previous)
        turning.addStretch(1)
        turning.addWidget(self.place)
        turning.addStretch(1)
        turning.addWidget(self.next)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        rows.addWidget(self.title)
        rows.addWidget(self.area, 1)
        rows.addWidget(self.back_to_drawing)
        rows.addWidget(self.back_to_lesson)
        rows.addWidget(self.bar)
        rows.addLayout(turning)

    def set_theme(self, theme: Theme) -> None:
        """Set the formulas again in the theme's colours."""
        self._theme = theme
        for text in self._texts:
            text.set_theme(theme)

    def _show_page(self) -> None:
        walk = self._walk
        if walk.lesson is None:
            return
        self._texts, self.exercises, self.ending = [], [], None
        self._is_ending = False
        page, body = walk.page, QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(0, 0, GRID, 0)
        rows.setSpacing(2 * GRID)
        for block in page.blocks:
            widget = self._widget(block)
            if widget is not None:
                rows.addWidget(widget)
        rows.addStretch(1)
        self._rows = rows
        self.area.setWidget(body)
        self.title.setText(page.title)
        self.title.setVisible(page.title not in ("", walk.lesson.title))  # the shelf has that one
        self.place.setText(f"{walk.progress.page + 1} of {walk.count}")
        self.bar.setRange(0, walk.count)
        self.bar.setValue(walk.progress.page + 1)
        self.previous.setEnabled(walk.progress.page > 0)
        is_last = walk.progress.page == walk.count - 1
        self.next.setText("Finish" if is_last else "Next")
        self._refresh()
        self._focus_next()

    def _focus_next(self) -> None:
        """Let typing go to what comes next: an open question's field, or else the canvas.

        Who works with the keys alone stays on the button that was pressed.
        """
        if not (self.previous.hasFocus() or self.next.hasFocus()):
            first = next((e for e in self.exercises if e.is_open), None)
            if first is None or not first.take_focus():
                self.canvas_wanted.emit()

    def _widget(self, block: Block) -> QWidget | None:
        walk = self._walk
        if isinstance(block, Prose):
            return self._prose(block.markdown)
        exercise: Exercise | None = None
        if isinstance(block, Task):
            exercise = TaskCard(block, walk, self._prose)
        elif isinstance(block, Question):
            exercise = QuestionCard(block, walk, self._prose)
        elif isinstance(block, Goal):
            exercise = GoalCard(block, walk, self._prose, self.hand_in_asked.emit)
        if exercise is not None:
            exercise.done_with.connect(self._focus_next)
            exercise.canvas_wanted.connect(self.canvas_wanted)
            self.exercises.append(exercise)
        return exercise

    def _prose(self, markdown: str) -> ProseView:
        view = ProseView(self._typesetter, self._theme)
        view.show_text(markdown)
        self._texts.append(view)
        return view

    def _go_on(self) -> None:
        if self._walk.progress.page < self._walk.count - 1:
            self._walk.turn(1)
        else:
            self._finish()

    # --- the end ------------------------------------------------------------------------------
    def _finish(self) -> None:
        """Judge the answers and the goal, and say what is missing or where to go on."""
        for exercise in self.exercises:
            if isinstance(exercise, QuestionCard):
                exercise.settle()
        self._walk.finish()
        self._is_ending = True
        self._show_ending()
        self._growing.start()

    def _on_grown(self) -> None:
        """What was said makes the page longer: its end is what was asked for."""
        if self._growing.isActive():
            self.area.verticalScrollBar().setValue(self.area.verticalScrollBar().maximum())

    def _show_ending(self) -> None:
        is_finished = self._walk.progress.is_finished
        words = _FINISHED if is_finished else self._missing()
        if self.ending is not None and self.ending.words.text() == words:
            return
        if self.ending is not None:
            self.ending.hide()
            self.ending.deleteLater()
        self.ending = Ending(words, self._ways_on() if is_finished else self._ways_back())
        self._rows.insertWidget(self._rows.count() - 1, self.ending)

    def _missing(self) -> str:
        if any(isinstance(exercise, GoalCard) for exercise in self.exercises):
            return _MISSING
        reasons = (verdict.reason for verdict in self._walk.verdicts if not verdict.is_right)
        return "\n".join([_MISSING, *(f"✗ {reason}" for reason in reasons)])

    def _ways_back(self) -> list[tuple[str, Callable[[], object]]]:
        """To the first question that has no answer yet; or out all the same."""
        lesson, given = self._walk.lesson, self._walk.progress.answers
        questions = () if lesson is None else lesson.questions
        leave: tuple[str, Callable[[], object]] = ("Leave anyway", self.left.emit)
        first = next((q for q in questions if not given.get(q.id)), None)
        if first is None:
            return [leave]
        title = f"Go to question {first.place} on page {first.page}"

        def go() -> None:  # later, for the button goes with its page
            QTimer.singleShot(0, self, lambda: self.show_question(first))

        return [(title, go), leave]

    def show_question(self, question: Question) -> None:
        """Turn to a question's page, and to its card on it."""
        by = question.page - 1 - self._walk.progress.page
        if by:
            self._walk.turn(by)
        cards = (e for e in self.exercises if isinstance(e, QuestionCard))
        card = next(card for card in cards if card.is_about(question))
        QTimer.singleShot(0, card, lambda: self._reach(card))  # once the page is laid out

    def _reach(self, card: QuestionCard) -> None:
        self._growing.stop()
        self.area.ensureWidgetVisible(card)
        card.take_focus()

    def _ways_on(self) -> list[tuple[str, Callable[[], object]]]:
        ways: list[tuple[str, Callable[[], object]]] = []
        offer = self.following
        if offer is not None:
            number = offer.detail.removeprefix("Lesson ")
            title = f"Next lesson: {number} · {offer.title}"
            ways.append((title, lambda: self.lesson_asked.emit(offer.path)))
        ways.append(("Back to the welcome page", self.welcome_asked.emit))
        return ways

    def _refresh(self) -> None:
        if self._walk.lesson is None:
            return
        for exercise in self.exercises:
            exercise.refresh()
        self.back_to_drawing.setVisible(self._walk.is_away)
        self.back_to_lesson.setVisible(self._walk.has_wandered and not self._walk.is_away)
        is_met = bool(self._walk.verdicts) and all(v.is_right for v in self._walk.verdicts)
        if self._is_ending or is_met:
            self._show_ending()
