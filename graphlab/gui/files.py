"""Opening, saving and leaving a document: the questions a window has to ask on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from graphlab.engine.run import Run
from graphlab.errors import FileError, GraphLabError
from graphlab.graph import Graph
from graphlab.gui.canvas.figure import Figure
from graphlab.gui.canvas.metrics import arranged
from graphlab.gui.canvas.view import CanvasView
from graphlab.gui.later import later
from graphlab.gui.notes import sentence
from graphlab.gui.offers import ENDING, LESSON_ENDING, is_shipped
from graphlab.gui.session import Session, file_state
from graphlab.gui.theme import Theme, Type, typography

if TYPE_CHECKING:
    from graphlab.graph import file as graph_file
    from graphlab.gui import dialogs, waiting
    from graphlab.gui.canvas.export import Show
    from graphlab.gui.training import places, reopening
    from graphlab.gui.training.reopening import FoundRun
else:
    reopening = later("graphlab.gui.training.reopening")
    dialogs = later("graphlab.gui.dialogs")
    graph_file = later("graphlab.graph.file")
    places = later("graphlab.gui.training.places")
    waiting = later("graphlab.gui.waiting")


class Files:
    """The file commands of one window."""

    def __init__(self, session: Session, window: QWidget) -> None:
        self._session, self._window = session, window
        self.open_any: Callable[[Path], object] = self.open_path
        """What a chosen file is opened by, whether it is a graph or a lesson."""
        self.is_kept: Callable[[], bool] = lambda: False
        """Whether what is open is kept elsewhere, so that nobody needs asking."""
        self.ending: Callable[[], str] = lambda: ""
        """What ends with the open document, in a sentence; empty where nothing does."""

    def open_path(self, path: Path) -> bool:
        """Open a graph file, or tell why that is not possible and return False."""
        training, state = self._session.run.training, file_state(path)

        def read() -> Run:
            return Run(graph_file.load(path), training=training)

        try:
            run, is_read = waiting.wait_for(self._window, f"Opening {path.name}…", read)
        except GraphLabError as error:
            dialogs.tell(self._window, "The file cannot be opened", str(error))
            return False
        if is_read:
            self._session.prepared = run
            self._session.adopt(run.graph, path, state)
        return is_read

    def ask_new(self) -> bool:
        """An empty document, once the open one may go; False if it may not."""
        may_go = self.may_leave()
        if may_go:
            self._session.new()
        return may_go

    def ask_open(self) -> None:
        """Ask for a file and open it."""
        if self.may_leave():
            path = dialogs.ask_what_to_open(self._window, self._own_path)
            if path is not None:
                self.open_any(path)

    def ask_run(self) -> Path | None:
        """Ask for the folder of a training run, once the open document may go."""
        return (
            dialogs.ask_which_run(self._window, places.usual_place()) if self.may_leave() else None
        )

    def open_run(self, folder: Path) -> FoundRun | None:
        """Draw what was trained in a folder, or tell why that is not possible."""
        training = self._session.run.training

        def read() -> FoundRun:
            return reopening.read_run(folder, training=training)

        try:
            answer = waiting.wait_for(self._window, f"Opening {folder.name}…", read)
        except (GraphLabError, ImportError, OSError) as error:
            is_known = isinstance(error, GraphLabError)
            told = str(error) if is_known else f"{folder.name} cannot be read: {error}"
            dialogs.tell(self._window, "The run cannot be opened", sentence(told))
            return None
        found: FoundRun | None = answer[0]
        if found is not None:
            self._session.prepared = found.run
            self._session.begin_with(found.run.graph)
        return found

    def save(self) -> bool:
        """Save where it was saved, or ask where; False if it was not."""
        path = self._own_path
        if path is None:
            return self.save_as()
        if self._session.is_overtaken:
            answer = dialogs.ask_to_overwrite(self._window, path)
            if answer != "overwrite":
                return answer == "save as" and self.save_as()
        return self._save_to(path)

    def save_as(self) -> bool:
        """Ask where to save; False if it was not saved."""
        path = dialogs.ask_where_to_save(self._window, self._own_path, self._name)
        return path is not None and self._save_to(path)

    @property
    def _own_path(self) -> Path | None:
        """Where the document is the person's own; an example or a lesson is never saved into."""
        path = self._session.path
        return None if path is None or is_shipped(path) else path

    @property
    def _name(self) -> str:
        """What the document's file is called, or would be."""
        path = self._session.path
        return path.name if path is not None else "untitled" + ENDING

    # --- pictures -------------------------------------------------------------------------------
    def ask_export(self, canvas: CanvasView) -> None:
        """Ask how the picture is to be and where, and write it."""
        from graphlab.gui.export_dialog import ExportDialog  # brings QtSvg, which starting need not

        fonts = typography()

        def figure_of(show: Show) -> Figure:
            return _figure(canvas.figure, show, fonts, self._session.graph)

        def take(ending: str, show: Show, theme: Theme) -> bool:
            path = dialogs.ask_where_to_export(self._window, self._own_path, self._name, ending)
            return path is not None and self._export(figure_of(show), path, theme, fonts)

        ExportDialog(self._window, figure_of, fonts, take).open()

    def _export(self, figure: Figure, path: Path, theme: Theme, fonts: Type) -> bool:
        from graphlab.gui.canvas.export import drawn, write

        def export() -> None:
            picture = drawn(figure, path.name, theme=theme, fonts=fonts)
            waiting.wait_for(
                self._window,
                f"Writing {path.name}…",
                lambda: write(path, picture()),
                can_stop=False,
            )

        return self._try("The picture was not written", export)

    def copy_picture(self, canvas: CanvasView, theme: Theme) -> None:
        """Put the figure on the clipboard: pixels for a document, strokes for a drawing program."""
        from graphlab.gui.canvas.export import drawn

        data, fonts = QMimeData(), typography()
        for kind, ending in (("image/png", ".png"), ("image/svg+xml", ".svg")):
            picture = drawn(canvas.figure, "picture" + ending, theme=theme, fonts=fonts)
            content, is_done = waiting.wait_for(self._window, "Copying the picture…", picture)
            if not is_done:
                return
            data.setData(kind, content)
            if ending == ".png":
                data.setImageData(QImage.fromData(content))
        QGuiApplication.clipboard().setMimeData(data)

    def copy_formula(self) -> None:
        """Put the graph's formula on the clipboard."""
        QGuiApplication.clipboard().setText(self._session.formula)

    def may_leave(self) -> bool:
        """Whether the open document may be left; asks if it was changed or is being trained."""
        ending = self.ending()
        if self._session.is_saved or self.is_kept():
            return not ending or dialogs.ask_to_end(self._window, ending)
        answer = dialogs.ask_to_save(self._window, self._session.path, ending)
        return self.save() if answer == "save" else answer == "discard"

    def _save_to(self, path: Path) -> bool:
        graph = self._session.graph

        def write() -> None:
            waiting.wait_for(
                self._window,
                f"Saving {path.name}…",
                lambda: graph_file.save(graph, path),
                can_stop=False,
            )
            self._session.mark_saved(path)

        return self._try("The file was not saved", write)

    def _try(self, title: str, do: Callable[[], None]) -> bool:
        try:
            do()
        except FileError as error:
            dialogs.tell(self._window, title, str(error))
            return False
        return True


def dropped(event: QDropEvent) -> Path | None:
    """The one graph file, lesson, model, file of weights or handed-in work that is dragged here."""
    files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    is_ours = len(files) == 1 and files[0].endswith((ENDING, LESSON_ENDING, *BROUGHT))
    return Path(files[0]) if is_ours else None


ANSWERS = ".answers.json"

BROUGHT = (".onnx", ".safetensors", ANSWERS)
"""The endings of files that others wrote: models to draw, weights to fill a drawing with, and work
that was handed in."""


def keeps_graph(path: Path) -> bool:
    """Whether opening a file changes the open graph and puts none in its place."""
    return path.name.endswith(BROUGHT[1])


def is_brought(path: Path) -> bool:
    """Whether a file is imported: what is in it is no document of its own."""
    return path.name.endswith(BROUGHT)


def is_lesson(path: Path) -> bool:
    """Whether a file is opened as a lesson."""
    return path.name.endswith(LESSON_ENDING)


def _figure(shown: Figure, show: Show, fonts: Type, graph: Graph) -> Figure:
    """What is shown with less on it; cards that a hand has placed stay where they are."""
    from graphlab.gui.canvas.export import reduced

    if show == "all":
        return shown
    cards, links = reduced(shown.cards, shown.links, show)
    is_placed = bool(graph.view.positions)
    return arranged(cards, links, fonts, dict(shown.positions) if is_placed else None)
