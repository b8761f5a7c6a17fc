"""The drawing as PyTorch: its printed source beside it, and the files it can be written to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from graphlab.errors import GraphLabError
from graphlab.graph import Graph
from graphlab.graph.graph import difference
from graphlab.gui import writing
from graphlab.gui.background import Background, Report
from graphlab.gui.later import later
from graphlab.gui.lenses.parts import LensNotice, NoticeRow
from graphlab.gui.lenses.places import Lines, places
from graphlab.gui.notes import sentence
from graphlab.gui.panels.source_view import SourceView
from graphlab.gui.session import Session
from graphlab.gui.theme import GRID, Theme

if TYPE_CHECKING:
    from graphlab.gui import dialogs
else:
    dialogs = later("graphlab.gui.dialogs")

_PAUSE = 300
"""Milliseconds from an edit to the next printing, so that a drag is followed once."""

_EMPTY = "There is nothing to compile yet: draw a graph first."
_STALE = "The drawing has changed: it is printed anew…"


class Printed(NamedTuple):
    """The source of a graph, and the lines in it that tell of each node and group."""

    graph: Graph
    text: str
    places: Mapping[str, Lines]


def printed(graph: Graph, name: str) -> Printed:
    """Print a graph; raises ``GraphLabError`` where it cannot be."""
    from graphlab.torch_backend.loading import load_torch

    try:
        load_torch()
    except (ImportError, OSError):  # OSError: one of its libraries is missing
        raise GraphLabError("PyTorch cannot be loaded here, so nothing can be compiled") from None
    from graphlab.torch_backend.naming import torch_names
    from graphlab.torch_backend.printing import print_torch

    text = print_torch(graph, name=name)
    return Printed(graph, text, places(text, torch_names(graph)))


class CompileLens(QWidget):
    """The source, printed anew when the graph is another; ``chosen`` carries the node of a line."""

    chosen = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.background, self.writing = Background(self), Background(self)
        self.printed: Printed | None = None
        self._tried: Graph | None = None  # the graph that was printed last, or could not be
        self._card: str | None = None
        self._is_open = False
        self.notice = LensNotice()
        self.progress = QProgressBar()
        self.stop = QPushButton("Stop")
        self.copy = QPushButton("Copy")
        self.save_python = QPushButton("Save as Python…")
        self.save_onnx = QPushButton("Save as ONNX…")
        self.save_weights = QPushButton("Save weights…")
        self.view = SourceView("PyTorch source")
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._arrange()
        self._connect()
        self._on_busy()

    def _arrange(self) -> None:
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Compiling")
        self.progress.setFixedWidth(12 * GRID)
        self.copy.setToolTip("Put the source on the clipboard")
        self.save_python.setToolTip("A file that needs nothing but PyTorch")
        self.save_onnx.setToolTip("A model with its weights, for other runtimes")
        self.save_weights.setToolTip("Every parameter by its name, as a safetensors file")
        buttons = (self.copy, self.save_python, self.save_onnx, self.save_weights)
        head = NoticeRow([*buttons, self.stop, self.progress], self.notice)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        rows.addWidget(head)
        rows.addWidget(self.view, 1)

    def _connect(self) -> None:
        self.stop.clicked.connect(self._give_up)
        self.copy.clicked.connect(self._copy)
        self.save_python.clicked.connect(self.write_python)
        self.save_onnx.clicked.connect(self.write_onnx)
        self.save_weights.clicked.connect(self.write_weights)
        self.view.line_chosen.connect(self._choose)
        self._pause.timeout.connect(self.compile)
        for background in (self.background, self.writing):
            background.is_busy_changed.connect(self._on_busy)
        self.session.changed.connect(self._on_changed)

    # --- opened, closed, coloured, followed ---------------------------------------------------
    def turn(self, *, is_open: bool) -> None:
        """On opening the graph is printed, unless it has been; closing drops what is at work."""
        self._is_open = is_open
        if not is_open:
            self._pause.stop()
            self.background.drop()
            return
        if self._is_stale():
            self.compile()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.view.set_theme(theme)

    def follow(self, card: str | None) -> None:
        """Mark the lines that tell of a card."""
        self._card = card
        self._mark()

    # --- printing -----------------------------------------------------------------------------
    def compile(self) -> None:
        """Print the graph as it is now."""
        graph, name = self.session.graph, self._name
        self._tried = graph
        if not graph.nodes:
            self._fail(_EMPTY, is_problem=False)
            return

        def work() -> Printed | str:
            try:
                return printed(graph, name)
            except GraphLabError as error:
                return _told(graph, error)

        self.notice.say("Compiling to PyTorch…" if self.printed is None else _STALE)
        self.background.start(work, self._take)

    def _take(self, answer: Printed | str) -> None:
        if isinstance(answer, str):
            self._fail(answer)
            return
        self.printed = answer
        self.view.show_source(answer.text)
        lines = answer.text.count("\n")
        self.notice.say(f"{lines:,} lines that need nothing but PyTorch. Select a card to find it.")
        self._mark()
        self._on_busy()

    def _fail(self, told: str, *, is_problem: bool = True) -> None:
        self.background.drop()
        self.printed = None
        self.view.show_source("")
        self.notice.say(told, is_problem=is_problem)
        self._on_busy()

    def _is_stale(self) -> bool:
        tried = self._tried
        return tried is None or not _prints_alike(tried, self.session.graph)

    def _is_current(self) -> bool:
        """Whether what is shown is the source of the graph as it is now."""
        return self.printed is not None and _prints_alike(self.printed.graph, self.session.graph)

    def _on_changed(self) -> None:
        if not self._is_open or not self._is_stale():
            return
        self.background.drop()
        self.view.mark(None)
        if self.printed is not None:
            self.notice.say(_STALE)
        self._on_busy()
        self._pause.start()

    def _give_up(self) -> None:
        if self.writing.is_busy:
            self.writing.drop()
            self.notice.say("Stopped: no file was written.")
        elif self.background.is_busy:
            self._tried = None
            self._fail("Stopped before it was compiled.", is_problem=False)

    def _on_busy(self) -> None:
        is_busy = self.background.is_busy or self.writing.is_busy
        self.progress.setVisible(is_busy)
        self.stop.setVisible(is_busy)
        has_text, has_graph = self._is_current(), bool(self.session.graph.nodes)
        for button in (self.copy, self.save_python):
            button.setEnabled(has_text and not self.writing.is_busy)
        for button in (self.save_onnx, self.save_weights):
            button.setEnabled(has_graph and not self.writing.is_busy)

    # --- lines and cards ----------------------------------------------------------------------
    def _mark(self) -> None:
        if self.printed is None or not self._is_current():
            return
        self.view.mark(None if self._card is None else self.printed.places.get(self._card))

    def _choose(self, line: int) -> None:
        """Tell the node that the fewest lines around this one tell of."""
        if self.printed is None or not self._is_current():
            return
        found = [
            (last - first, name)
            for name, (first, last) in self.printed.places.items()
            if first <= line <= last and name in self.session.graph.nodes
        ]
        if found:
            self.chosen.emit(min(found, key=lambda pair: pair[0])[1])

    # --- files --------------------------------------------------------------------------------
    @property
    def _name(self) -> str:
        path = self.session.path
        return "Net" if path is None else path.name.partition(".")[0]

    def _copy(self) -> None:
        if self.printed is not None:
            QGuiApplication.clipboard().setText(self.printed.text)
            self.notice.say("The source is on the clipboard.")

    def write_python(self) -> None:
        """Ask where to write the source, and write it."""
        name = self._name

        def write(graph: Graph, path: Path, _seed: int, report: Report) -> None:
            from graphlab.torch_backend.weights import write_whole

            text = printed(graph, name).text
            report(1)
            write_whole(path, text.encode())

        self._save(".py", write)

    def write_onnx(self) -> None:
        """Ask where to write the model, and write it."""
        self._save(".onnx", writing.write_onnx)

    def write_weights(self) -> None:
        """Ask where to write the weights, and write them."""
        self._save(".safetensors", writing.write_weights)

    def _save(self, ending: str, write: writing.Write) -> None:
        if self.writing.is_busy:
            return  # the buttons are off meanwhile, and so are the keys
        path = dialogs.ask_where_to_compile(self.window(), self.session.path, self._name, ending)
        if path is None:
            return
        graph, seed = self.session.graph, self.session.run.seed

        def work(report: Report) -> str:
            try:
                write(graph, path, seed, report)
            except GraphLabError as error:
                return _told(graph, error)
            return ""

        def tell(problem: str) -> None:
            if problem:
                self.notice.say(problem, is_problem=True)
            else:
                self.notice.say(f"{path} is written, {path.stat().st_size:,} bytes.")

        self.notice.say(f"Writing {path.name}…")
        self.writing.start_reporting(work, tell)


def _told(graph: Graph, error: GraphLabError) -> str:
    """An error as a window tells it: the way out is not an argument of a program."""
    text = str(error)
    return sentence((writing.without_size(graph) if "shape" in text else "") or text)


def _prints_alike(one: Graph, other: Graph) -> bool:
    """Whether two graphs differ at most in where their cards lie and what is folded."""
    return one is other or not any(difference(one, other)._replace(is_moved=False))
