"""The commands of the menu View."""

from __future__ import annotations

from graphlab.gui.actions import Command
from graphlab.gui.appearance import SCALES
from graphlab.gui.commands.shell import Shell


def view_commands(shell: Shell) -> list[Command]:
    """The commands of the menu View."""

    def theme(name: str, title: str, *other_names: str) -> Command:
        return Command(
            f"theme-{name}",
            title,
            "View",
            lambda: shell.appearance.choose(name),
            (),
            "theme",
            is_checked=lambda: shell.appearance.chosen == name,
            other_names=other_names,
        )

    return [
        Command("fit", "Fit the graph", "View", shell.fit, ("Ctrl+0",), "zoom",
                other_names=("zoom to fit", "show everything", "centre the graph")),
        Command("zoom-in", "Zoom in", "View", shell.zoom_in, ("Ctrl++", "Ctrl+="), "zoom",
                other_names=("magnify", "closer")),
        Command("zoom-out", "Zoom out", "View", shell.zoom_out, ("Ctrl+-",), "zoom",
                other_names=("further away",)),
        Command("side", "Values and details", "View", shell.fold_side, ("F9",), "panels",
                is_checked=shell.is_side_shown, is_kept=True,
                other_names=("inspector", "properties", "right panel", "sidebar")),
        Command("words", "The step in words", "View", shell.fold_words, ("F8",), "panels",
                is_checked=shell.is_words_shown, is_kept=True,
                other_names=("explanation", "step card")),
        Command("timeline", "Timeline", "View", shell.fold_timeline, ("F6",), "panels",
                is_checked=shell.is_timeline_shown, is_kept=True,
                other_names=("scrubber", "all the steps")),
        Command("minimap", "Map of a large graph", "View", shell.fold_minimap, ("F5",), "panels",
                is_checked=shell.is_minimap_shown, is_kept=True,
                other_names=("overview", "minimap")),
        *_text_commands(shell),
        Command("motion", "Motion", "View", shell.appearance.toggle_motion, (), "motion",
                "Let the view and the cards glide to where they go",
                is_checked=lambda: shell.appearance.has_motion,
                other_names=("animations", "transitions")),
        theme("light", "Light", "light mode", "light theme", "day mode", "white background"),
        theme("dark", "Dark", "dark mode", "dark theme", "night mode", "black background"),
        theme("system", "As the system", "automatic theme", "default theme"),
    ]  # fmt: skip


def _text_commands(shell: Shell) -> list[Command]:
    return [
        Command("larger", "Larger text", "View", lambda: shell.appearance.enlarge(1),
                ("Ctrl+Alt++", "Ctrl+Alt+="), "text", "For a lecture hall",
                is_enabled=lambda: shell.appearance.scale < SCALES[-1],
                other_names=("bigger font", "larger font", "increase font size", "presentation")),
        Command("smaller", "Smaller text", "View", lambda: shell.appearance.enlarge(-1),
                ("Ctrl+Alt+-",), "text", is_enabled=lambda: shell.appearance.scale > SCALES[0],
                other_names=("smaller font", "decrease font size")),
        Command("usual", "Usual text", "View", lambda: shell.appearance.enlarge(0),
                ("Ctrl+Alt+0",), "text", is_enabled=lambda: shell.appearance.scale > SCALES[0],
                other_names=("reset font size", "normal font")),
    ]  # fmt: skip
