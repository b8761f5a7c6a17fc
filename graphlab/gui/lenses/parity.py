"""NumPy against PyTorch: how far the two are apart at every node, in value and in gradient."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from graphlab.api import parity
from graphlab.engine.numbers import show_number
from graphlab.errors import GraphLabError
from graphlab.graph.counting import count
from graphlab.gui.background import Background
from graphlab.gui.lenses.parts import LensNotice, NoticeRow
from graphlab.gui.lenses.rows import Rows, RowTable
from graphlab.gui.lenses.tag import Tag
from graphlab.gui.notes import sentence
from graphlab.gui.phrases import shape_text
from graphlab.gui.session import Session
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.writing import without_size
from graphlab.torch_backend.parity import Parity, ParityRow

HEAVY = 300_000_000
"""From so many multiply-adds for one example on, a comparison begins only when it is asked for."""

_GAP = "  "  # between numbers at the right of their column and the words after them
_HEADINGS = ("Verdict", "Node", "Op", "Value differs by", "Gradient differs by", _GAP + "Shape")
_FIGURES = (3, 4)
_STALE = "The graph has changed since: compare again."
_HEAVY = "This network is large: comparing it takes a while, so it begins when you press Compare."


class ParityLens(QWidget):
    """The comparison, worst first; ``chosen`` carries the node of a row that was chosen."""

    chosen = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.background = Background(self)
        self.report: Parity | None = None
        self._judged: Tag | None = None
        self.compare = QPushButton("Compare")
        self.stop = QPushButton("Stop")
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Comparing")
        self.summary = LensNotice()
        self.rows = Rows(_HEADINGS, _FIGURES)
        self.table = RowTable(self.rows, "Differences")
        self._arrange()
        self.compare.clicked.connect(self.judge)
        self.stop.clicked.connect(lambda: self._clear("Stopped before all was compared."))
        self.table.row_chosen.connect(self._choose)
        self.background.is_busy_changed.connect(self._on_busy)
        session.changed.connect(self._mark_stale)
        session.stepped.connect(self._mark_stale)
        self._on_busy(False)

    def _arrange(self) -> None:
        self.progress.setFixedWidth(12 * GRID)
        head = NoticeRow([self.compare, self.stop, self.progress], self.summary)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        rows.addWidget(head)
        rows.addWidget(self.table, 1)
        rows.addStretch()

    # --- opened, closed, coloured -------------------------------------------------------------
    def turn(self, *, is_open: bool) -> None:
        """On opening a network that is not large is compared, unless it has been already."""
        if not is_open:
            self.background.drop()
        elif self.report is None or self._is_stale():
            if count(self.session.graph).total.multiply_adds > HEAVY:
                self._clear(_HEAVY)
            else:
                self.judge()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.rows.set_theme(theme)

    # --- comparing ----------------------------------------------------------------------------
    def judge(self) -> None:
        """Compare the graph as it is now."""
        session = self.session
        if not session.graph.nodes:
            self._clear("There is nothing to compare yet: draw a graph first.")
            return
        if told := without_size(session.graph):
            self._clear(told + ".")
            return
        tag = Tag.of(session)
        sources = {n for n, node in tag.graph.nodes.items() if node.op.category == "Source"}
        fed = {name: value for name, value in tag.feeds.items() if name in sources}

        def work() -> Parity | str:
            from graphlab.torch_backend.loading import load_torch

            try:
                load_torch()
                return parity(tag.graph, fed, seed=session.run.seed, training=tag.training)
            except GraphLabError as error:
                return str(error)
            except (ImportError, OSError):  # OSError: one of its libraries is missing
                return "PyTorch cannot be loaded here, so there is nothing to compare"

        self._clear("NumPy and PyTorch compute every node…")
        self._judged = tag
        self.background.start(work, self._take)

    def _take(self, answer: Parity | str) -> None:
        if isinstance(answer, str):
            self._clear(sentence(answer), is_problem=True)
            return
        self.report = answer
        wrong = [i for i, row in enumerate(answer.rows) if row.worst > answer.tolerance]
        self.rows.show_cells([_cells(row, answer.tolerance) for row in answer.rows], wrong)
        self.table.fit_columns(32 * GRID)
        self.table.show()
        self._tell()

    def _tell(self) -> None:
        if self.report is None:
            return
        if self._is_stale():
            self.summary.say(_STALE, is_problem=True)
            return
        sign = "✓ " if self.report.agrees else ""
        self.summary.say(sign + self.report.summary, is_problem=not self.report.agrees)

    def _clear(self, told: str, *, is_problem: bool = False) -> None:
        self.background.drop()
        self.report = self._judged = None
        self.rows.show_cells([])
        self.table.hide()
        self.summary.say(told, is_problem=is_problem)

    def _choose(self, row: int) -> None:
        if self.report is not None and not self._is_stale():
            self.chosen.emit(self.session.graph.port(self.report.rows[row].node).node)

    # --- the session --------------------------------------------------------------------------
    def _is_stale(self) -> bool:
        """Whether another graph was compared, or other values set by hand."""
        return self._judged is not None and not self._judged.holds(self.session)

    def _mark_stale(self) -> None:
        if self.background.is_busy and self._is_stale():
            self._clear("The graph changed while it was compared: compare again.")
        self._tell()

    def _on_busy(self, is_busy: bool) -> None:
        self.progress.setVisible(is_busy)
        self.stop.setVisible(is_busy)
        self.compare.setVisible(not is_busy)


def _cells(row: ParityRow, tolerance: float) -> tuple[str, ...]:
    verdict = "✗ differs" if row.worst > tolerance else "✓ agrees"
    return (
        verdict,
        row.node,
        row.op,
        show_number(row.value),
        show_number(row.gradient),
        _GAP + (shape_text(row.shape) if row.shape else "number"),
    )
