"""Every command of the window, as data, a file per menu."""

from __future__ import annotations

from graphlab.gui.actions import Command
from graphlab.gui.commands.edit import edit_commands
from graphlab.gui.commands.file import file_commands
from graphlab.gui.commands.help import help_commands
from graphlab.gui.commands.lens import lens_commands
from graphlab.gui.commands.lesson import lesson_commands
from graphlab.gui.commands.shell import Shell
from graphlab.gui.commands.step import step_commands
from graphlab.gui.commands.train import train_commands
from graphlab.gui.commands.view import view_commands
from graphlab.gui.session import Session

BUTTONS = ("reset", "back", "next", "forward", "backward", "train")
"""The commands that have a button beside the formula, in order."""

SMALL_BUTTONS = ("check", "descent")
"""Those that have a button without words after them."""


def commands(session: Session, shell: Shell) -> list[Command]:
    """All of them, menu by menu."""
    return [
        *file_commands(session, shell),
        *edit_commands(session, shell),
        *step_commands(session, shell),
        *lens_commands(shell),
        *train_commands(shell),
        *lesson_commands(shell),
        *view_commands(shell),
        *help_commands(shell),
    ]
