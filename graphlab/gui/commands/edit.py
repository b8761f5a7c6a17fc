"""The commands of the menu Edit."""

from __future__ import annotations

from graphlab.gui.actions import Command
from graphlab.gui.commands.shell import Shell
from graphlab.gui.session import Session


def edit_commands(session: Session, shell: Shell) -> list[Command]:
    """The commands of the menu Edit."""
    stack = session.undo_stack
    return [
        Command("undo", "Undo", "Edit", stack.undo, ("Ctrl+Z",), "undo", is_enabled=stack.canUndo),
        Command("redo", "Redo", "Edit", stack.redo, ("Ctrl+Shift+Z", "Ctrl+Y"), "undo",
                is_enabled=stack.canRedo),
        Command("formula", "Edit the formula", "Edit", shell.focus_formula, ("Ctrl+L",), "edit"),
        Command("fill", "Give all inputs a number", "Edit", shell.fill_inputs, ("Ctrl+G",), "edit",
                is_enabled=lambda: bool(session.missing())),
    ]  # fmt: skip
