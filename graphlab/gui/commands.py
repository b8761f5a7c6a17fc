"""Every command of the window, as data."""

from __future__ import annotations

from typing import Protocol

from graphlab.gui.actions import Command
from graphlab.gui.appearance import Appearance
from graphlab.gui.files import Files
from graphlab.gui.session import Session


class Shell(Protocol):
    """What the commands need a window to have and to do."""

    appearance: Appearance
    files: Files

    def export_picture(self) -> None: ...
    def quit(self) -> None: ...
    def focus_formula(self) -> None: ...
    def fill_inputs(self) -> None: ...
    def fit(self) -> None: ...
    def zoom_in(self) -> None: ...
    def zoom_out(self) -> None: ...
    def fold_side(self) -> None: ...
    def fold_words(self) -> None: ...
    def is_side_shown(self) -> bool: ...
    def is_words_shown(self) -> bool: ...
    def show_shortcuts(self) -> None: ...
    def show_about(self) -> None: ...


BUTTONS = ("reset", "back", "next", "forward", "backward")
"""The commands that have a button beside the formula, in order."""


def commands(session: Session, shell: Shell) -> list[Command]:
    """All of them, menu by menu."""
    return [
        *_file(session, shell),
        *_edit(session, shell),
        *_step(session),
        *_view(session, shell),
        *_help(shell),
    ]


def _file(session: Session, shell: Shell) -> list[Command]:
    def has_graph() -> bool:
        return bool(session.graph.nodes)

    return [
        Command("new", "New", "File", shell.files.ask_new, ("Ctrl+N",), "open"),
        Command("open", "Open…", "File", shell.files.ask_open, ("Ctrl+O",), "open"),
        Command("save", "Save", "File", shell.files.save, ("Ctrl+S",), "save",
                is_enabled=has_graph),
        Command("save-as", "Save as…", "File", shell.files.save_as, ("Ctrl+Shift+S",), "save",
                is_enabled=has_graph),
        Command("export", "Export picture…", "File", shell.export_picture, ("Ctrl+E",), "export",
                is_enabled=has_graph),
        Command("quit", "Quit", "File", shell.quit, ("Ctrl+Q",), "quit"),
    ]  # fmt: skip


def _edit(session: Session, shell: Shell) -> list[Command]:
    stack = session.undo_stack
    return [
        Command("undo", "Undo", "Edit", stack.undo, ("Ctrl+Z",), "undo", is_enabled=stack.canUndo),
        Command("redo", "Redo", "Edit", stack.redo, ("Ctrl+Shift+Z", "Ctrl+Y"), "undo",
                is_enabled=stack.canRedo),
        Command("formula", "Edit the formula", "Edit", shell.focus_formula, ("Ctrl+L",), "edit"),
        Command("fill", "Give all inputs a number", "Edit", shell.fill_inputs, ("Ctrl+G",), "edit",
                is_enabled=lambda: bool(session.missing())),
    ]  # fmt: skip


def _step(session: Session) -> list[Command]:
    def has_graph() -> bool:
        return bool(session.graph.nodes)

    def has_steps() -> bool:
        return session.position.taken > 0

    def is_open() -> bool:
        return has_graph() and not session.position.is_done

    return [
        Command("next", "Next step", "Step", session.next, ("Right",), "one",
                "Next step: forward while anything can be computed, then backward",
                "Next", "next", is_enabled=has_graph),
        Command("back", "Take the last step back", "Step", session.step_back, ("Left",), "one",
                label="Back", icon="back", is_enabled=has_steps),
        Command("end", "To the end of this phase", "Step", session.to_end, ("Shift+Right",), "one",
                is_enabled=is_open),
        Command("step-forward", "One node forward", "Step", session.step_forward, ("Ctrl+Right",),
                "phases", is_enabled=lambda: session.position.can_go_forward),
        Command("step-backward", "One edge backward", "Step", session.step_backward,
                ("Ctrl+Left",), "phases", is_enabled=lambda: session.position.can_go_backward),
        Command("forward", "Forward, all of it", "Step", session.forward, ("Ctrl+Shift+Right",),
                "whole", "Compute every value", "Forward", "forward", is_enabled=has_graph),
        Command("backward", "Backward, all of it", "Step", session.backward, ("Ctrl+Shift+Left",),
                "whole", "Compute every value and every gradient", "Backward", "backward",
                is_enabled=has_graph),
        Command("reset", "Take everything back", "Step", session.reset, ("Home", "R"), "reset",
                label="Reset", icon="reset", is_enabled=has_steps),
        Command("stop", "Stop waiting", "Step", session.background.drop, ("Ctrl+.",), "reset",
                "Let go of what is being computed",
                is_enabled=lambda: session.background.is_busy),
    ]  # fmt: skip


def _view(session: Session, shell: Shell) -> list[Command]:
    def theme(name: str, title: str) -> Command:
        return Command(
            f"theme-{name}",
            title,
            "View",
            lambda: shell.appearance.choose(name),
            (),
            "theme",
            is_checked=lambda: shell.appearance.chosen == name,
        )

    return [
        Command("fit", "Fit the graph", "View", shell.fit, ("F",), "zoom"),
        Command("zoom-in", "Zoom in", "View", shell.zoom_in, ("Ctrl++", "Ctrl+="), "zoom"),
        Command("zoom-out", "Zoom out", "View", shell.zoom_out, ("Ctrl+-",), "zoom"),
        Command("side", "Values and details", "View", shell.fold_side, ("F9",), "panels",
                is_checked=shell.is_side_shown),
        Command("words", "The step in words", "View", shell.fold_words, ("F8",), "panels",
                is_checked=shell.is_words_shown),
        theme("light", "Light"),
        theme("dark", "Dark"),
        theme("system", "As the system"),
    ]  # fmt: skip


def _help(shell: Shell) -> list[Command]:
    return [
        Command("shortcuts", "Keyboard shortcuts", "Help", shell.show_shortcuts, ("F1",), "keys"),
        Command("about", "About GraphLab", "Help", shell.show_about, (), "about"),
    ]
