"""The commands of the menu File."""

from __future__ import annotations

from collections.abc import Callable

from graphlab.gui.actions import Command
from graphlab.gui.commands.shell import Shell
from graphlab.gui.session import Session


def file_commands(session: Session, shell: Shell) -> list[Command]:
    """The commands of the menu File."""

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
