"""The commands of the menu Help."""

from __future__ import annotations

from graphlab.gui.actions import Command
from graphlab.gui.commands.shell import Shell


def help_commands(shell: Shell) -> list[Command]:
    """The commands of the menu Help."""
    return [
        Command(
            "palette",
            "Command palette…",
            "Help",
            lambda: shell.house.show_palette(),
            ("Ctrl+Shift+P",),
            "keys",
            "Find any command by a few letters",
        ),
        Command(
            "shortcuts",
            "Keyboard shortcuts",
            "Help",
            shell.show_shortcuts,
            ("F1",),
            "keys",
            other_names=("hotkeys", "key bindings", "help"),
        ),
        Command(
            "about",
            "About GraphLab",
            "Help",
            shell.show_about,
            (),
            "about",
            other_names=("version", "licence"),
        ),
    ]
