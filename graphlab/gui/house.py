"""What surrounds a document: the welcome page, the command palette, recent files, recovery.

It belongs to one window and joins parts that know nothing of each other.  What is remembered
between starts is read and written only once ``begin`` was called: a window made for a picture or
a test leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from graphlab.engine.steps import Step
from graphlab.graph.graph import Change
from graphlab.gui.actions import Entry
from graphlab.gui.background import Background
from graphlab.gui.classroom import Classroom
from graphlab.gui.files import is_brought, is_lesson
from graphlab.gui.frame import Frame
from graphlab.gui.later import later
from graphlab.gui.lettering import set_text_size
from graphlab.gui.memory import WindowMemory
from graphlab.gui.offers import (
    Offer,
    examples,
    lessons,
    network_sizes,
    networks,
    recent_files,
    way_on,
)
from graphlab.gui.panels.welcome import Welcome
from graphlab.gui.recent import Recent
from graphlab.gui.rescue import Rescue
from graphlab.gui.theme import typography

if TYPE_CHECKING:
    from graphlab.graph import gallery
    from graphlab.gui import command_palette
else:
    command_palette = later("graphlab.gui.command_palette")
    gallery = later("graphlab.graph.gallery")

_PAUSE = 300  # milliseconds after which a page that is still shown gets its numbers


class House(QObject):
    """The surroundings of one window's document."""

    def __init__(
        self,
        frame: Frame,
        draw: Callable[[str], str],
        may_leave: Callable[[], bool],
        classroom: Classroom,
    ) -> None:
        """``draw`` makes the graph of a formula and returns what is wrong with it."""
        super().__init__(frame)
        self._frame, self._draw, self._may_leave = frame, draw, may_leave
        self._classroom = classroom
        self.recent = Recent(self)
        self.memory = WindowMemory()
        self.welcome = Welcome(frame.whole)
        self.rescue: Rescue | None = None
        self._counting = Background(self)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self._count_networks)
        session, page = frame.session, self.welcome
        session.named.connect(self._on_named)
        session.changed.connect(self._on_changed)
        session.stepped.connect(self._on_changed)
        frame.appearance.scaled.connect(self.apply_text_size)
        page.chosen.connect(self.take)
        page.formula_entered.connect(self._on_formula)
        page.forget_asked.connect(self._on_forget)
        page.empty_asked.connect(self.show_empty_canvas)
        page.open_asked.connect(lambda: frame.actions_["open"].trigger())
        frame.files.open_any = self.open_path
        page.leave_asked.connect(self.leave_welcome)
        classroom.opened.connect(self.recent.add)

    def begin(self, recovery_place: Path | None = None) -> None:
        """Stand as the last time, keep unsaved work from now on, offer what a crash left."""
        frame = self._frame
        self.memory.restore(frame, frame.actions_.commands)
        self.rescue = Rescue(
            frame.session, frame.notice, frame, self._may_leave, self._classroom, recovery_place
        )
        self.rescue.recovered.connect(self.leave_welcome)
        frame.actions_.refresh()

    def open_last(self) -> bool:
        """Open the last file at a start, where that is wanted and possible."""
        return self.memory.reopens and self.has_last() and self.open_path(self.recent.paths[0])

    def end(self) -> None:
        """The window closes with nothing to lose."""
        if self.rescue is not None:
            self.memory.keep(self._frame, self._frame.actions_.commands)
            self.rescue.finish()

    # --- the welcome page -----------------------------------------------------------------------
    def show_welcome(self) -> None:
        """Go to the page that offers what one may begin with."""
        has_graph = bool(self._frame.session.graph.nodes)
        found, files = lessons(), recent_files(self.recent.paths)
        is_first = self.memory.is_first_start and not files and not has_graph
        columns = [("Lessons", found)] if found else []
        columns += [("Examples", examples()), ("Gallery", networks()), ("Recent", files)]
        first = way_on(found) or (found[0] if found and is_first else None)
        self.welcome.show_page(columns, first=first, can_leave=has_graph)
        self._pause.start()

    def _count_networks(self) -> None:
        """Count the gallery's parameters, while the page that tells them is there."""
        if not self.welcome.isHidden():
            self._counting.start(network_sizes, self.welcome.show_notes)

    def leave_welcome(self) -> None:
        """Back to the canvas."""
        if not self.welcome.isHidden():
            self._frame.canvas.setFocus()  # a page that holds the focus would pass it round
            self.welcome.hide()

    def show_empty_canvas(self) -> None:
        """An empty document, and nothing over it."""
        if self._frame.session.graph.nodes:
            if not self._may_leave():
                return
            self._frame.session.new()
        self.leave_welcome()

    def take(self, offer: Offer) -> None:
        """Begin with what was chosen."""
        if offer.kind == "network":
            if self._may_leave():
                self._frame.session.begin_with(gallery.gallery(offer.text))
        elif offer.text:
            if self._may_leave():
                self._frame.session.new()
                self._on_formula(offer.text)
        elif offer.path is not None and self._may_leave():
            self.open_path(offer.path)

    def _on_formula(self, text: str) -> None:
        problem = self._draw(text)
        if problem and not self.welcome.isHidden():
            self.welcome.complain(problem)

    def _on_forget(self, offer: Offer) -> None:
        if offer.path is not None:
            self.recent.remove(offer.path)
        self.show_welcome()

    def _on_changed(self, _change: Change | Step | None) -> None:
        if self._frame.session.graph.nodes:
            self.leave_welcome()

    # --- files ----------------------------------------------------------------------------------
    def open_path(self, path: Path) -> bool:
        """Open a file or a lesson in place of what is open; False if it could not be opened."""
        if is_lesson(path):
            self.leave_welcome()
            return self._classroom.resume(path)
        open_file = self._frame.importer.take if is_brought(path) else self._frame.files.open_path
        if not open_file(path):
            return False
        self.leave_welcome()
        return True

    def has_last(self) -> bool:
        """Whether the file that was open last is still there."""
        return any(path.is_file() for path in self.recent.paths[:1])

    def reopen_last(self) -> None:
        """Open the file that was open last."""
        if self._may_leave():
            self.open_path(self.recent.paths[0])

    def recent_entries(self) -> list[Entry]:
        """The lines of the menu of recent files."""
        lines = [
            Entry(
                offer.title,
                lambda offer=offer: self.take(offer),  # type: ignore[misc]  # mypy cannot infer it
                offer.detail,
                not offer.is_missing,
            )
            for offer in recent_files(self.recent.paths)
        ]
        if not lines:
            return [Entry("No file yet", self.recent.clear, is_enabled=False)]
        return [*lines, Entry("Forget these files", self.recent.clear)]

    def gallery_entries(self) -> list[Entry]:
        """The lines of the menu of complete networks."""
        return [
            Entry(offer.title, lambda offer=offer: self.take(offer), offer.detail)  # type: ignore[misc]  # mypy cannot infer it
            for offer in networks()
        ]

    def is_reopening(self) -> bool:
        """Whether a start opens the last file."""
        return self.memory.reopens

    def toggle_reopening(self) -> None:
        """Let a start open the last file, or the welcome page."""
        self.memory.set_reopens(not self.memory.reopens)
        self._frame.actions_.refresh()

    def _on_named(self) -> None:
        path = self._frame.session.path
        if path is not None:
            self.recent.add(path)

    # --- the command palette --------------------------------------------------------------------
    @cached_property
    def palette(self) -> command_palette.CommandPalette:
        """The command palette, made when it is first asked for."""
        return command_palette.CommandPalette(self._frame)

    def show_palette(self) -> None:
        """Find anything that can be done."""
        self.palette.ask([*self._command_lines(), *self._offer_lines()])

    def show_recent(self) -> None:
        """Choose among the recent files."""
        offers = [line for line in self._offer_lines() if line.note == "recent file"]
        self.palette.ask(offers, with_extras=True)

    def show_gallery(self) -> None:
        """Choose among the complete networks."""
        offers = [line for line in self._offer_lines() if line.note == "gallery"]
        self.palette.ask(offers, with_extras=True)

    def _command_lines(self) -> list[command_palette.Line]:
        actions = self._frame.actions_
        actions.refresh()
        return [
            command_palette.Line(
                c.title,
                actions[c.id].trigger,
                c.menu,
                actions.keys(c).partition(" or ")[0],
                "" if actions[c.id].isEnabled() else (c.idle and c.idle()) or "not possible now",
                actions[c.id].isEnabled(),
                other_names=c.other_names,
            )
            for c in actions.commands
            if c.id != "palette"
        ]

    def _offer_lines(self) -> list[command_palette.Line]:
        kinds = {"lesson": "lesson", "recent": "recent file", "example": "example",
                 "network": "gallery"}  # fmt: skip
        return [
            command_palette.Line(
                offer.title,
                lambda offer=offer: self.take(offer),  # type: ignore[misc]  # mypy cannot infer it
                kinds[offer.kind],
                reason=offer.detail if offer.is_missing else "",
                is_enabled=not offer.is_missing,
                is_extra=True,
            )
            for offer in (*lessons(), *examples(), *networks(), *recent_files(self.recent.paths))
        ]

    # --- text -----------------------------------------------------------------------------------
    def apply_text_size(self) -> None:
        """Show everything in the size of text that was chosen."""
        frame = self._frame
        if set_text_size(frame.appearance.base, frame):
            frame.statusBar().clearMessage()
            frame.drawing.set_fonts(typography())
            frame.setStyleSheet(frame.styleSheet())  # each widget takes up the font with it
            frame.set_theme(frame.theme)
            if not self.welcome.isHidden():
                self.show_welcome()
        frame.actions_.refresh()
