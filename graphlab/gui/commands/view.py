"""The commands of the menu View."""

from __future__ import annotations

from graphlab.gui.actions import Command
from graphlab.gui.commands.shell import Shell


def view_commands(shell: Shell) -> list[Command]:
    """The commands of the menu View."""

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
        Command("fit", "Fit the graph", "View", shell.fit, ("Ctrl+0", "0"), "zoom"),
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
