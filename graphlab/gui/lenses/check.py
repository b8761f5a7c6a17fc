"""The gradient check: the way back, central differences and torch look at every gradient."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from graphlab.api import check_gradients
from graphlab.engine.differences import relative_error
from graphlab.engine.judges import Report, Row
from graphlab.engine.numbers import show, show_number
from graphlab.errors import GraphLabError
from graphlab.gui.background import Background
from graphlab.gui.lenses.parts import Choice, LensNotice, NoticeRow, named
from graphlab.gui.lenses.rows import Rows, RowTable
from graphlab.gui.lenses.tag import Tag
from graphlab.gui.session import Session
from graphlab.gui.starts import starts
from graphlab.gui.theme import GRID, Theme

SIGNS: Mapping[str, str] = {
    "disagrees": "✗",
    "kink": "◇",
    "not judged": "–",
    "agrees": "✓",
    "no gradient": "·",
}
"""A verdict is told by a sign and its word, not by a colour alone."""

_GAP = "  "  # between numbers at the right of their column and the words after them
_HEADINGS = (
    "Verdict", "Node", "Analytic", "Differences", "relative error", "torch",
    "relative error", _GAP + "Why",
)  # fmt: skip
_FIGURES = (2, 3, 4, 5, 6)
_STALE = "The graph has changed since: check again."


class CheckLens(QWidget):
    """The judges' verdicts, worst first; ``chosen`` carries the node of a row that was chosen."""

    chosen = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.background = Background(self)
        self.report: Report | None = None
        self._judged: Tag | None = None
        self.start = Choice("Check the gradient of")
        self.check = QPushButton("Check")
        self.stop = QPushButton("Stop")
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Checking")
        self.summary = LensNotice()
        self.rows = Rows(_HEADINGS, _FIGURES)
        self.table = RowTable(self.rows, "Verdicts")
        self._arrange()
        self.check.clicked.connect(self.judge)
        self.stop.clicked.connect(self._give_up)
        self.start.activated.connect(self.judge)
        self.table.row_chosen.connect(self._choose)
        self.background.is_busy_changed.connect(self._on_busy)
        session.changed.connect(self._on_changed)
        session.stepped.connect(self._mark_stale)
        self._on_busy(False)

    def _arrange(self) -> None:
        self.progress.setFixedWidth(12 * GRID)
        buttons = (self.start, self.check, self.stop, self.progress)
        head = NoticeRow([named("Gradient of", self.start), *buttons], self.summary)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        rows.addWidget(head)
        rows.addWidget(self.table, 1)
        rows.addStretch()

    # --- opened, closed, coloured -------------------------------------------------------------
    def turn(self, *, is_open: bool) -> None:
        """On opening the judges begin at once, unless they have judged this graph already."""
        if not is_open:
            self.background.drop()
            return
        self._offer()
        if self.report is None or self._is_stale():
            self.judge()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.rows.set_theme(theme)

    # --- judging ------------------------------------------------------------------------------
    def judge(self) -> None:
        """Let the judges look at the graph as it is now."""
        session, start = self.session, self.start.currentText()
        if not start:
            self._clear("There is no gradient to check yet: draw a graph first.")
            return
        if told := session.complaint() if session.missing() else "":
            self._clear(told)
            return
        tag = Tag.of(session)

        def work() -> Report | str:
            try:
                return check_gradients(tag.graph, tag.feeds, node=start, training=tag.training)
            except GraphLabError as error:
                return str(error)

        self._clear(f"Three judges look at the gradient of {start}…")
        self._judged = tag
        self.background.start(work, self._take)

    def _take(self, answer: Report | str) -> None:
        if isinstance(answer, str):
            self._clear(answer + ".", is_problem=True)
            return
        self.report = answer
        wrong = [i for i, row in enumerate(answer.rows) if row.verdict == "disagrees"]
        self.rows.show_cells([_cells(row) for row in answer.rows], wrong)
        self.table.fit_columns(24 * GRID)
        self.table.show()
        self._tell()

    def _tell(self) -> None:
        if self.report is None:
            return
        if self._is_stale():
            self.summary.say(_STALE, is_problem=True)
            return
        sign = "✓ " if self.report.agrees and self.report.has_judged else ""
        self.summary.say(sign + self.report.summary, is_problem=not self.report.agrees)

    def _clear(self, told: str, *, is_problem: bool = False) -> None:
        self.background.drop()
        self.report = self._judged = None
        self.rows.show_cells([])
        self.table.hide()
        self.summary.say(told, is_problem=is_problem)

    def _give_up(self) -> None:
        self._clear("Stopped before the judges were done.")

    def _choose(self, row: int) -> None:
        if self.report is not None and not self._is_stale():
            port = self.session.graph.port(self.report.rows[row].node)
            self.chosen.emit(port.node)

    # --- the session --------------------------------------------------------------------------
    def _offer(self) -> None:
        self.start.offer(list(starts(self.session.graph)), self.session.start)

    def _is_stale(self) -> bool:
        """Whether the judges looked at another graph, or at other values set by hand."""
        return self._judged is not None and not self._judged.holds(self.session)

    def _on_changed(self) -> None:
        self._offer()
        self._mark_stale()

    def _mark_stale(self) -> None:
        if self.background.is_busy and self._is_stale():
            self._clear("The graph changed while it was checked: check again.")
        self._tell()

    def _on_busy(self, is_busy: bool) -> None:
        self.progress.setVisible(is_busy)
        self.stop.setVisible(is_busy)
        self.check.setVisible(not is_busy)


def _cells(row: Row) -> tuple[str, ...]:
    place = f"[{', '.join(map(str, row.element))}]" if row.element else ""
    note = row.note
    if row.checked < row.size and row.checked:
        note = f"{note + '; ' if note else ''}{row.checked} of {row.size} elements judged"
    return (
        f"{SIGNS[row.verdict]} {row.verdict}",
        row.node + place,
        show(row.analytic),
        show(row.numeric),
        _error(row.analytic, row.numeric),
        show(row.torch),
        _error(row.analytic, row.torch),
        _GAP + note,
    )


def _error(analytic: float | None, other: float | None) -> str:
    """The relative error between two judges."""
    if analytic is None or other is None:
        return show(None)
    return show_number(relative_error(analytic, other))
