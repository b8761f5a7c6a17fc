"""What all tabs of results share: a line of what is seen, the split, and a sentence for nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from graphlab.gui.lenses.parts import Choice
from graphlab.gui.results.watching import IDLE, Arrays, lines, scope, watcher
from graphlab.gui.session import Session
from graphlab.gui.theme import GRID, LIGHT, Theme
from graphlab.gui.training.session import TrainingSession

_STALE = "Of an earlier {}: "


class ResultTab(QWidget):
    """One view, asked for while the tab is seen; subclasses show its arrays.

    ``has_order`` offers to see the worst examples first or as they come.
    """

    view = ""
    pace = 1.0
    has_order = False

    def __init__(
        self, session: Session, training: TrainingSession, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.session, self.training = session, training
        self.theme: Theme = LIGHT
        self.watcher = watcher(training, self.view, self.pace)
        self.scope = QLabel()
        self.scope.setObjectName("muted")
        self.scope.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.scope.setWordWrap(True)
        self.sentence = QLabel()
        self.sentence.setObjectName("muted")
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.split = Choice("Split")
        self.worst = QCheckBox("Worst first")
        self.worst.setChecked(True)
        if not self.has_order:  # shown before it has a place it would be a window
            self.worst.hide()
        self.head = QHBoxLayout()
        self.head.setSpacing(2 * GRID)
        self.head.addWidget(self.split)
        self.head.addWidget(self.worst)
        self.head.addWidget(self.scope, 1)
        self._arrange()
        self.split.activated.connect(lambda _i: self.watcher.change(split=self.split.currentText()))
        self.worst.toggled.connect(lambda is_on: self.watcher.change(worst=is_on))
        self.watcher.came.connect(self._take)
        self.watcher.refused.connect(self._say)
        # no lambdas: those would still be called when this tab has gone
        self.watcher.emptied.connect(self._say_idle)
        training.stale_changed.connect(self._tell_scope)
        training.state_changed.connect(self._tell_scope)

    def _arrange(self) -> None:
        whole = QWidget()
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID // 2)
        rows.addLayout(self.head)
        self.body = QVBoxLayout()
        rows.addLayout(self.body, 1)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.sentence)
        self.pages.addWidget(whole)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, GRID // 2, 0, 0)
        outer.addWidget(self.pages)

    # --- what is shown --------------------------------------------------------------------------
    def show_arrays(self, arrays: Arrays) -> None:
        """Show what came of the view."""
        raise NotImplementedError

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.theme = theme
        if self.watcher.arrays is not None and self.isVisible():
            self._take(self.watcher.arrays)

    def words(self, arrays: Arrays) -> str:
        """What is said of the examples that were looked at."""
        return scope(arrays)

    def _take(self, arrays: Arrays) -> None:
        if not self.isVisible():
            return
        names = [line.split("\t") for line in lines(arrays["splits"])]
        filled = [name for name, size in names if size != "0"]
        self.split.offer(filled, lines(arrays["split"])[0])
        self.split.choose(lines(arrays["split"])[0])
        self.show_arrays(arrays)
        self._tell_scope()
        self.pages.setCurrentIndex(1)

    def _tell_scope(self) -> None:
        arrays = self.watcher.arrays
        if arrays is not None:
            stale = (
                _STALE.format(self.training.change) * self.training.is_stale
            )  # first, as it bears on all the rest
            self.scope.setText(stale + self.words(arrays))
            self.scope.setToolTip(self.scope.text())

    def _say_idle(self) -> None:
        self._say(IDLE)

    def _say(self, sentence: str) -> None:
        self.sentence.setText(sentence)
        self.pages.setCurrentIndex(0)

    # --- seen or not ----------------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.watcher.arrays is not None:
            self._take(self.watcher.arrays)
        self.watcher.want(self, is_wanted=True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.watcher.want(self, is_wanted=False)
