"""Brings what others wrote into the window: models, weights for the open graph, handed-in work.

Reading either runs no code of its file.  A Python class is imported on the command line only,
because that does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtWidgets import QWidget

from graphlab.engine.run import Run
from graphlab.errors import GraphLabError
from graphlab.graph import Graph
from graphlab.gui.files import ANSWERS
from graphlab.gui.later import later
from graphlab.gui.notes import sentence
from graphlab.gui.opaque import opaque_words
from graphlab.gui.panels.notice import Notice
from graphlab.gui.session import Session

if TYPE_CHECKING:
    from graphlab.gui import dialogs, waiting
    from graphlab.tutor import Submission
else:
    dialogs = later("graphlab.gui.dialogs")
    waiting = later("graphlab.gui.waiting")


_Read = TypeVar("_Read")


class Importer:
    """What one window imports."""

    def __init__(
        self, session: Session, notice: Notice, window: QWidget, may_leave: Callable[[], bool]
    ) -> None:
        self._session, self._notice, self._window = session, notice, window
        self._may_leave = may_leave

    def take(self, path: Path) -> bool:
        """Import a file by its ending; False if nothing was."""
        if path.name.endswith(ANSWERS):
            return self.open_work(path)
        return self.open_model(path) if path.suffix == ".onnx" else self.load_weights(path)

    # --- models -------------------------------------------------------------------------------
    def ask_model(self) -> None:
        """Ask for an ONNX model and draw it, once the open graph may go."""
        if self._may_leave():
            path = dialogs.ask_what_to_import(self._window, self._session.path, ".onnx")
            if path is not None:
                self.open_model(path)

    def open_model(self, path: Path) -> bool:
        """Draw an ONNX model, with its groups folded; as it is, its file still has all of it."""
        training = self._session.run.training
        run = self._read(
            "The model cannot be imported", path, lambda file: Run(_model(file), training=training)
        )
        if run is None:
            return False
        graph, self._session.prepared = run.graph, run
        self._session.begin_with(graph)
        self._tell(path, opaque_words(graph))
        return True

    def _tell(self, path: Path, told: str) -> None:
        if told and self._notice.isHidden():
            self._notice.say(told, [("Close", lambda: None)])
        elif told:
            dialogs.tell(self._window, path.name, told)

    # --- handed-in work -----------------------------------------------------------------------
    def open_work(self, path: Path) -> bool:
        """Draw the graph that was handed in for a lesson, and tell what else is in the file."""
        work = self._read("The work cannot be opened", path, _handed_in)
        if work is None:
            return False
        self._session.begin_with(work.graph)
        who, count = work.student or "somebody", len(work.answers)
        answers = f"{count or 'no'} {'answer' if count == 1 else 'answers'}"
        self._tell(
            path,
            f"{path.name} is what {who} handed in for the lesson {work.lesson}, with {answers}: "
            "this is its graph, and graphlab grade judges all of it.",
        )
        return True

    # --- weights ------------------------------------------------------------------------------
    def ask_weights(self) -> None:
        """Ask for a safetensors file and load it into the open graph."""
        path = dialogs.ask_what_to_import(self._window, self._session.path, ".safetensors")
        if path is not None:
            self.load_weights(path)

    def load_weights(self, path: Path) -> bool:
        """Give parameters and buffers the values that a file has for them, as one edit."""
        before = self._session.graph
        graph = self._read(
            "The weights cannot be loaded", path, lambda file: _weighted(before, file)
        )
        if graph is None:
            return False
        is_new = self._session.edit(f"load {path.name}", graph)
        count = sum(graph.nodes[name] is not before.nodes[name] for name in graph.nodes)
        values = "value was" if count == 1 else "values were"
        told = (
            f"{count:,} {values} loaded from {path.name}."
            if is_new
            else (f"{path.name} has nothing that is not in the graph already.")
        )
        self._session.noted.emit(told)
        return True

    def _read(self, title: str, path: Path, read: Callable[[Path], _Read]) -> _Read | None:
        try:
            found: tuple[Any, bool] = waiting.wait_for(
                self._window, f"Reading {path.name}…", lambda: read(path)
            )
        except GraphLabError as error:
            dialogs.tell(self._window, title, sentence(str(error)))
            return None
        except (ImportError, OSError):  # OSError: a library is missing, or the file vanished
            dialogs.tell(
                self._window,
                title,
                f"{path.name} cannot be read: onnx or PyTorch cannot be loaded here.",
            )
            return None
        answer: _Read | None = found[0]
        return answer


def _model(path: Path) -> Graph:
    from graphlab.torch_backend.onnx_in import from_onnx

    graph = from_onnx(path)
    return graph.with_(view=replace(graph.view, folded=frozenset(graph.groups)))


def _handed_in(path: Path) -> Submission:
    from graphlab.tutor.submissions import read_submission

    return read_submission(path)


def _weighted(graph: Graph, path: Path) -> Graph:
    from graphlab.torch_backend.loading import load_torch
    from graphlab.torch_backend.weights import load_weights, with_weights

    load_torch()
    return with_weights(graph, load_weights(path))
