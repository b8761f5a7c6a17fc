"""Every command of the window, as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from graphlab.gui.actions import Command
from graphlab.gui.appearance import Appearance
from graphlab.gui.files import Files
from graphlab.gui.idle import Idle
from graphlab.gui.session import Session


class Shell(Protocol):
    """What the commands need a window to have and to do."""

    appearance: Appearance
    files: Files

    def draw_formula(self) -> bool: ...
    def drop_formula(self) -> bool: ...
    def is_formula_pending(self) -> bool: ...
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
        *_step(session, shell),
        *_view(session, shell),
        *_help(shell),
    ]


def _file(session: Session, shell: Shell) -> list[Command]:
    def has_graph() -> bool:
        return bool(session.graph.nodes) or shell.is_formula_pending()

    def dropped(do: Callable[[], object]) -> Callable[[], object]:
        return lambda: shell.drop_formula() and do()

    def drawn(do: Callable[[], object]) -> Callable[[], object]:
        return lambda: shell.draw_formula() and do()

    return [
        Command("new", "New", "File", dropped(shell.files.ask_new), ("Ctrl+N",), "open"),
        Command("open", "Open…", "File", dropped(shell.files.ask_open), ("Ctrl+O",), "open"),
        Command("save", "Save", "File", drawn(shell.files.save), ("Ctrl+S",), "save",
                is_enabled=has_graph),
        Command("save-as", "Save as…", "File", drawn(shell.files.save_as),
                ("Ctrl+Shift+S",), "save", is_enabled=has_graph),
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


def _step(session: Session, shell: Shell) -> list[Command]:
    def drawn(step: Callable[[], object]) -> Callable[[], object]:
        return lambda: shell.draw_formula() and step()

    def may_go(is_left: Callable[[], bool]) -> Callable[[], bool]:
        return lambda: shell.is_formula_pending() or (bool(session.graph.nodes) and is_left())

    def has_steps() -> bool:
        return session.position.taken > 0

    is_left = may_go(lambda: not session.position.is_done or bool(session.missing()))
    is_forward_left = may_go(lambda: not session.position.is_complete)
    can_forward = may_go(lambda: session.position.can_go_forward)
    can_backward = may_go(lambda: session.position.can_go_backward)

    idle = Idle(session)
    return [
        Command("next", "Step", "Step", drawn(session.next), ("Right",), "one",
                "The next step: forward while anything can be computed, then backward",
                icon="next", is_enabled=is_left, idle=idle.at_end),
        Command("back", "Step back", "Step", session.step_back, ("Left",), "one",
                "Take the last step back", icon="back", is_enabled=has_steps, idle=idle.at_start),
        Command("end", "Run to the end of this phase", "Step", drawn(session.to_end),
                ("Shift+Right",), "one", is_enabled=is_left, idle=idle.at_end),
        Command("step-forward", "One node forward", "Step", drawn(session.step_forward),
                ("Ctrl+Right",), "phases", is_enabled=can_forward, idle=idle.no_forward),
        Command("step-backward", "One edge backward", "Step", drawn(session.step_backward),
                ("Ctrl+Left",), "phases", is_enabled=can_backward, idle=idle.no_backward),
        Command("forward", "Run forward", "Step", drawn(session.forward), ("Ctrl+Shift+Right",),
                "whole", "Compute every value", icon="forward", is_enabled=is_forward_left,
                idle=idle.no_forward),
        Command("backward", "Run backward", "Step", drawn(session.backward),
                ("Ctrl+Shift+Left",), "whole", "Compute every value and every gradient",
                icon="backward", is_enabled=is_left, idle=idle.at_end),
        Command("reset", "Reset", "Step", session.reset, ("Home", "R"), "reset",
                "Take every step back", icon="reset", is_enabled=has_steps, idle=idle.at_start),
        Command("stop", "Stop", "Step", session.background.drop, ("Ctrl+.",), "reset",
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
