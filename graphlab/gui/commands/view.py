"""The commands of the menu View."""

from __future__ import annotations

from graphlab.gui.actions import Command
from graphlab.gui.appearance import SCALES
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
        Command("fit", "Fit the graph", "View", shell.fit, ("Ctrl+0",), "zoom"),
        Command("zoom-in", "Zoom in", "View", shell.zoom_in, ("Ctrl++", "Ctrl+="), "zoom"),
        Command("zoom-out", "Zoom out", "View", shell.zoom_out, ("Ctrl+-",), "zoom"),
        Command("side", "Values and details", "View", shell.fold_side, ("F9",), "panels",
                is_checked=shell.is_side_shown),
        Command("words", "The step in words", "View", shell.fold_words, ("F8",), "panels",
                is_checked=shell.is_words_shown),
        Command("timeline", "Timeline", "View", shell.fold_timeline, ("F6",), "panels",
                is_checked=shell.is_timeline_shown),
        Command("minimap", "Map of a large graph", "View", shell.fold_minimap, ("F5",), "panels",
                is_checked=shell.is_minimap_shown),
        Command("larger", "Larger text", "View", lambda: shell.appearance.enlarge(1),
                ("Ctrl+Alt++", "Ctrl+Alt+="), "text", "For a lecture hall",
                is_enabled=lambda: shell.appearance.scale < SCALES[-1]),
        Command("smaller", "Smaller text", "View", lambda: shell.appearance.enlarge(-1),
                ("Ctrl+Alt+-",), "text", is_enabled=lambda: shell.appearance.scale > SCALES[0]),
        Command("usual", "Usual text", "View", lambda: shell.appearance.enlarge(0),
                ("Ctrl+Alt+0",), "text", is_enabled=lambda: shell.appearance.scale > SCALES[0]),
        Command("motion", "Motion", "View", shell.appearance.toggle_motion, (), "motion",
                "Let the view and the cards glide to where they go",
                is_checked=lambda: shell.appearance.has_motion),
        theme("light", "Light"),
        theme("dark", "Dark"),
        theme("system", "As the system"),
    ]  # fmt: skip
