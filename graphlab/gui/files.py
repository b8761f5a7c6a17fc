"""Opening, saving and leaving a document: the questions a window has to ask on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from graphlab.errors import FileError, GraphLabError
from graphlab.gui import dialogs
from graphlab.gui.canvas.figure import Figure
from graphlab.gui.session import Session

ENDING = ".graph.json"


class Files:
    """The file commands of one window."""

    def __init__(self, session: Session, window: QWidget) -> None:
        self._session, self._window = session, window

    def open_path(self, path: Path) -> None:
        """Open a file, or tell why that is not possible."""
        try:
            self._session.open(path)
        except GraphLabError as error:
            dialogs.tell(self._window, "The file cannot be opened", str(error))

    def ask_new(self) -> None:
        """An empty document, once the open one may go."""
        if self.may_leave():
            self._session.new()

    def ask_open(self) -> None:
        """Ask for a file and open it."""
        if self.may_leave():
            path = dialogs.ask_graph_to_open(self._window, self._session.path)
            if path is not None:
                self.open_path(path)

    def save(self) -> bool:
        """Save where it was saved, or ask where; False if it was not."""
        path = self._session.path
        return self.save_as() if path is None else self._save_to(path)

    def save_as(self) -> bool:
        """Ask where to save; False if it was not saved."""
        path = dialogs.ask_where_to_save(self._window, self._session.path)
        return path is not None and self._save_to(path)

    def export(self, figure: Figure) -> None:
        """Ask for a file and put the figure into it."""
        path = dialogs.ask_where_to_export(self._window, self._session.path)
        if path is not None:
            from graphlab.gui.canvas.export import export  # brings QtSvg, which starting need not

            self._try("The picture was not written", lambda: export(figure, path))

    def may_leave(self) -> bool:
        """Whether the open document may be left; asks if it was changed."""
        if self._session.is_saved:
            return True
        answer = dialogs.ask_to_save(self._window, self._session.path)
        return self.save() if answer == "save" else answer == "discard"

    def _save_to(self, path: Path) -> bool:
        return self._try("The file was not saved", lambda: self._session.save(path))

    def _try(self, title: str, do: Callable[[], None]) -> bool:
        try:
            do()
        except FileError as error:
            dialogs.tell(self._window, title, str(error))
            return False
        return True


def dropped(event: QDropEvent) -> Path | None:
    """The one graph file that is dragged here."""
    files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return Path(files[0]) if len(files) == 1 and files[0].endswith(ENDING) else None
