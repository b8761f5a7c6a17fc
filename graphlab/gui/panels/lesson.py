"""The lesson at the left: one page of text and exercises, and the way to the next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
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
from graphlab.gui.panels.exercises import Exercise, GoalCard, QuestionCard, TaskCard
from graphlab.gui.panels.heading import Heading
from graphlab.gui.panels.prose import Prose as ProseView
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.typeset import Typesetter
from graphlab.tutor import Goal, Prose, Question, Task
from graphlab.tutor.lesson import Block


class LessonPanel(QWidget):
    """Shows the walk's page."""

    hand_in_asked = Signal()
    left = Signal()  # the last page is done with

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
        self.title = Heading()
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.back_to_lesson = QPushButton("Back to the lesson's graph")
        self.back_to_lesson.setToolTip("Show the graph that this page brought; undo brings yours")
        self.back_to_lesson.clicked.connect(lambda: walk.back_to_lesson())
        self.previous, self.next = QPushButton("Back"), QPushButton("Next")
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
        self._texts, self.exercises = [], []
        page, body = walk.page, QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(0, 0, GRID, 0)
        rows.setSpacing(2 * GRID)
        for block in page.blocks:
            widget = self._widget(block)
            if widget is not None:
                rows.addWidget(widget)
        rows.addStretch(1)
        self.area.setWidget(body)
        self.title.setText(page.title or walk.lesson.title)
        self.title.setVisible(bool(page.title))
        self.place.setText(f"{walk.progress.page + 1} of {walk.count}")
        self.bar.setRange(0, walk.count)
        self.bar.setValue(walk.progress.page + 1)
        self.previous.setEnabled(walk.progress.page > 0)
        is_last = walk.progress.page == walk.count - 1
        self.next.setText("Finish" if is_last else "Next")
        self._refresh()

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
            self.exercises.append(exercise)
        return exercise

    def _prose(self, markdown: str) -> ProseView:
        view = ProseView(self._typesetter, self._theme)
        view.show_text(markdown)
        self._texts.append(view)
        return view

    def _go_on(self) -> None:
        if self._walk.progress.page == self._walk.count - 1:
            self.left.emit()
        else:
            self._walk.turn(1)

    def _refresh(self) -> None:
        if self._walk.lesson is None:
            return
        for exercise in self.exercises:
            exercise.refresh()
        self.back_to_lesson.setVisible(self._walk.has_wandered)
