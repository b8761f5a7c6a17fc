"""The cards of a lesson's page that ask for something: a task, a question, the goal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from graphlab.gui.flow import Flow
from graphlab.gui.lesson import LessonWalk
from graphlab.gui.panels.option import Option
from graphlab.gui.panels.prose import Prose
from graphlab.gui.theme import GRID
from graphlab.tutor import Goal, Question, Task, Verdict

_TRIES = 2
"""After so many wrong answers the right one may be seen."""

MakeProse = Callable[[str], Prose]


class Exercise(QWidget):
    """One card: a mark, what is asked, and room for what follows."""

    done_with = Signal()  # the student goes on with what comes next
    canvas_wanted = Signal()  # and that is on the canvas

    def __init__(self, text: str, make_prose: MakeProse, hints: Sequence[str]) -> None:
        super().__init__()
        self.setObjectName("exercise")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._make_prose, self._hints = make_prose, list(hints)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        self.rows.setSpacing(GRID)
        self.rows.addWidget(make_prose(text))
        self.buttons = Flow(GRID, GRID // 2)
        self.hint_button = _button("Hint", self._show_hint)
        self.hint_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _close_row(self) -> None:
        self.buttons.addWidget(self.hint_button)
        self.rows.addLayout(self.buttons)
        self.hint_button.setVisible(bool(self._hints))

    def _show_hint(self) -> None:
        is_by_key = self.hint_button.hasFocus()
        self.rows.addWidget(self._make_prose(f"*Hint:* {self._hints.pop(0)}"))
        self.hint_button.setVisible(bool(self._hints))
        self.hint_button.setText("Another hint")
        if not is_by_key and not self.take_focus():
            self.canvas_wanted.emit()

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do in it."""
        return False

    def take_focus(self) -> bool:
        """Let typing go to its field; False where there is none to fill in."""
        return False

    def refresh(self) -> None:
        """Show how it stands now."""


class TaskCard(Exercise):
    """Something to do on the canvas; it says by itself when it is done."""

    def __init__(self, task: Task, walk: LessonWalk, make_prose: MakeProse) -> None:
        super().__init__(task.task, make_prose, task.hints)
        self._task, self._walk = task, walk
        self.state = QLabel()
        self.state.setObjectName("verdict")
        self.buttons.addWidget(self.state)
        self._close_row()
        self.refresh()

    @property
    def is_open(self) -> bool:
        """Whether it is not done yet."""
        return self._task.key not in self._walk.progress.done

    def refresh(self) -> None:
        """Tick it when it is done."""
        is_done = not self.is_open
        self.state.setText("✓ Done" if is_done else "○ To do on the canvas")
        _mark(self.state, "right" if is_done else "open")
        if is_done:
            self.hint_button.hide()


class QuestionCard(Exercise):
    """Predict first: the explanation is shown once an answer was given and judged."""

    def __init__(self, question: Question, walk: LessonWalk, make_prose: MakeProse) -> None:
        super().__init__(question.ask, make_prose, question.hints)
        self._question, self._walk = question, walk
        self._tries = 0
        self._is_closed = False
        self._verdict: Verdict | None = None
        self.field = QLineEdit()
        self.options = QButtonGroup(self)
        self._add_field()
        self.verdict = _verdict()
        self.rows.addWidget(self.verdict)
        self.check_button = _button("Check", self.check)
        self.show_button = _button("Show the step", self._show_step)
        self.answer_button = _button("Show the answer", self._show_answer)
        for button in (self.check_button, self.show_button, self.answer_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.buttons.addWidget(button)
        self.show_button.hide()
        self.answer_button.hide()
        self._close_row()
        self._recall()

    def is_about(self, question: Question) -> bool:
        """Whether this card asks that question."""
        return question.id == self._question.id

    def _add_field(self) -> None:
        if self._question.kind == "choice":
            for i, option in enumerate(self._question.choices):
                row = Option(option.text, self._make_prose)
                self.options.addButton(row.button, i)
                self.rows.addWidget(row)
            return
        self.field.setPlaceholderText("your answer")
        self.field.setAccessibleName("Your answer")
        self.field.setMaxLength(500)
        self.field.returnPressed.connect(self.check)
        self.rows.addWidget(self.field)

    @property
    def is_open(self) -> bool:
        """Whether it is not settled yet."""
        return not self._is_closed

    def take_focus(self) -> bool:
        """Let typing go to the answer's field, with what is there chosen."""
        is_typed = self._question.kind != "choice" and not self._is_closed
        if is_typed:
            self.field.setFocus()
            self.field.selectAll()
        return is_typed

    @property
    def given(self) -> str:
        """What was typed or chosen."""
        if self._question.kind != "choice":
            return self.field.text()
        i = self.options.checkedId()
        return self._question.choices[i].text if i >= 0 else ""

    def _recall(self) -> None:
        """What was answered when the lesson was open before."""
        given = self._recorded
        if not given:
            return
        self.field.setText(given)
        for i, option in enumerate(self._question.choices):
            if option.text == given:
                self.options.button(i).setChecked(True)
        if self._question.id in self._walk.progress.shown:
            verdict = self._walk.answer(self._question, given)
            self._close(verdict if verdict.is_right else self._told(verdict))

    def check(self) -> None:
        """Judge the answer; a question that is settled stays as it is."""
        if self._is_closed:
            return
        if not self.given.strip():
            self._say("Give an answer first: a guess is welcome.", "open")
            return
        verdict = self._walk.answer(self._question, self.given)
        if not verdict.is_judged:
            self.take_focus()
            self._say(verdict.reason, "open")
            return
        self._tries, self._verdict = self._tries + 1, verdict
        if verdict.is_right:
            self._close(verdict)
            self.done_with.emit()
            return
        self.take_focus()
        self._say(f"✗ {verdict.reason}", "wrong")
        self.show_button.setVisible(verdict.where is not None)
        self.answer_button.setVisible(self._tries >= _TRIES)

    def settle(self) -> None:
        """Judge what was given since it was judged last, if anything was."""
        if self.is_open and self.given.strip() and self.given != self._recorded:
            self.check()

    @property
    def _recorded(self) -> str:
        return self._walk.progress.answers.get(self._question.id, "")

    def _close(self, verdict: Verdict) -> None:
        """The question is settled: say how, and give the explanation."""
        self._is_closed = True
        self._say("✓ Right." if verdict.is_right else f"✗ {verdict.reason}", _word(verdict))
        self._verdict = verdict
        self.check_button.hide()
        self.hint_button.hide()
        self.answer_button.hide()
        self.field.setReadOnly(True)
        for button in self.options.buttons():
            button.setEnabled(False)
        self.show_button.setVisible(verdict.where is not None)
        if self._question.reveal:
            self.rows.addWidget(self._make_prose(self._question.reveal))

    def _show_answer(self) -> None:
        self._close(self._told(self._verdict or Verdict(False)))
        self.done_with.emit()

    def _told(self, verdict: Verdict) -> Verdict:
        """A wrong answer's verdict, with the right one said in it."""
        return verdict._replace(reason=f"The answer is {self._walk.reveal(self._question)}.")

    def _show_step(self) -> None:
        if self._verdict is not None and self._verdict.where is not None:
            self._walk.show_where(self._question, self._verdict.where)

    def _say(self, text: str, state: str) -> None:
        self.verdict.setText(text)
        _mark(self.verdict, state)
        self.verdict.show()


class GoalCard(Exercise):
    """What the lesson is judged by, and the work handed in."""

    def __init__(
        self, goal: Goal, walk: LessonWalk, make_prose: MakeProse, hand_in: Callable[[], None]
    ) -> None:
        super().__init__(goal.text or "**The goal.** Check your work, then hand it in.",
                         make_prose, ())  # fmt: skip
        self._walk = walk
        self.verdict = _verdict()
        self.rows.addWidget(self.verdict)
        self.check_button = _button("Check my work", self.check)
        self.hand_in_button = _button("Hand in…", hand_in)
        self.hand_in_button.setToolTip("Write a file that your teacher's program can grade")
        self.buttons.addWidget(self.check_button)
        self.buttons.addWidget(self.hand_in_button)
        self._close_row()

    def check(self) -> None:
        """Judge the graph and the answers, and say all that is still missing."""
        self._walk.judge_goal()

    def refresh(self) -> None:
        """Say how it stands, once it was asked for."""
        verdicts = self._walk.verdicts
        wrong = [v.reason for v in verdicts if not v.is_right]
        if wrong:
            self.verdict.setText("\n".join(f"✗ {reason}" for reason in wrong))
        else:
            self.verdict.setText("✓ All of it is right.")
        _mark(self.verdict, "wrong" if wrong else "right")
        self.verdict.setVisible(bool(verdicts))


def _verdict() -> QLabel:
    """Where it is said how an answer or the goal stands, once that was asked."""
    label = QLabel()
    label.setObjectName("verdict")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.hide()
    return label


def _button(text: str, do: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.clicked.connect(lambda _checked=False: do())
    return button


def _word(verdict: Verdict) -> str:
    return "right" if verdict.is_right else "wrong"


def _mark(label: QLabel, state: str) -> None:
    """Let the style sheet colour a label by its state; a sign in its text says it as well."""
    label.setProperty("state", state)
    label.style().unpolish(label)
    label.style().polish(label)
