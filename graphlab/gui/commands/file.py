"""The commands of the menu File."""

from __future__ import annotations

from collections.abc import Callable

from graphlab.gui.actions import Command
from graphlab.gui.commands.shell import Shell
from graphlab.gui.session import Session

_Ask = Callable[[], bool]
_Wrap = Callable[[Callable[[], object]], Callable[[], object]]


def file_commands(session: Session, shell: Shell) -> list[Command]:
    """The commands of the menu File."""

    def has_graph() -> bool:
        return bool(session.graph.nodes) or shell.is_formula_pending()

    def dropped(do: Callable[[], object]) -> Callable[[], object]:
        return lambda: shell.drop_formula() and do()

    def drawn(do: Callable[[], object]) -> Callable[[], object]:
        return lambda: shell.draw_formula() and do()

    return [
        *_opening(shell, dropped),
        Command("save", "Save", "File", drawn(shell.files.save), ("Ctrl+S",), "save",
                is_enabled=has_graph,
                other_names=("write to disk",)),
        Command("save-as", "Save as…", "File", drawn(shell.files.save_as),
                ("Ctrl+Shift+S",), "save", is_enabled=has_graph,
                other_names=("save a copy", "save under another name")),
        *_torch_commands(shell, has_graph, drawn, dropped),
        *_picture_commands(shell, has_graph, drawn),
        Command("reopening", "Start with the last file", "File",
                lambda: shell.house.toggle_reopening(), (), "start",
                "Open the last file at the start, not the welcome page",
                is_checked=lambda: shell.house.is_reopening(),
                other_names=("restore the session",)),
        Command("quit", "Quit", "File", shell.quit, ("Ctrl+Q",), "quit",
                other_names=("exit", "close the window")),
    ]  # fmt: skip


def _opening(shell: Shell, dropped: _Wrap) -> list[Command]:
    """What brings another drawing, or none."""

    def new() -> None:
        if shell.files.ask_new():
            shell.house.leave_welcome()

    return [
        Command("new", "New", "File", dropped(new), ("Ctrl+N",), "open", "An empty canvas",
                other_names=("new graph", "clear the canvas", "start over")),
        Command("open", "Open…", "File", dropped(shell.files.ask_open), ("Ctrl+O",), "open",
                "A graph or a lesson",
                other_names=("load a file",)),
        Command("recent", "Open recent", "File", lambda: shell.house.show_recent(), (), "open",
                "The files that were open last",
                entries=lambda: shell.house.recent_entries(),
                other_names=("last files",)),
        Command("gallery", "Open from the gallery", "File", lambda: shell.house.show_gallery(),
                ("Ctrl+Shift+N",), "open", "Complete networks, from a perceptron to ResNet-152",
                entries=lambda: shell.house.gallery_entries(),
                other_names=("model zoo", "ready-made networks")),
        Command("reopen", "Reopen the last file", "File", lambda: shell.house.reopen_last(),
                ("Ctrl+Shift+R",), "open", is_enabled=lambda: shell.house.has_last(),
                other_names=("previous file",)),
        Command("welcome", "Welcome page", "File", lambda: shell.house.show_welcome(),
                ("Ctrl+Shift+H",), "open", "Lessons, examples and recent files",
                other_names=("home", "start page")),
    ]  # fmt: skip


def _torch_commands(shell: Shell, has_graph: _Ask, drawn: _Wrap, dropped: _Wrap) -> list[Command]:
    """What goes to PyTorch and ONNX, and what comes from there."""

    def compiled(write: Callable[[], object]) -> Callable[[], object]:
        def do() -> None:
            if shell.draw_formula():
                shell.below.open("compile")
                write()

        return do

    return [
        Command("import", "Import ONNX model…", "File", dropped(lambda: shell.importer.ask_model()),
                ("Ctrl+I",), "torch", "Draw the network of an .onnx file. A Python class is "
                "imported on the command line: graphlab import",
                other_names=("load a model",)),
        Command("load-weights", "Load weights…", "File",
                drawn(lambda: shell.importer.ask_weights()), ("Ctrl+Shift+W",), "torch",
                "Fill the parameters from a .safetensors file",
                is_enabled=has_graph,
                other_names=("read the weights", "open weights")),
        Command("write-python", "Compile to Python…", "File",
                compiled(lambda: shell.lenses.compile.write_python()), (), "torch",
                "A file that needs nothing but PyTorch", is_enabled=has_graph,
                other_names=("export to Python", "generate code")),
        Command("write-onnx", "Compile to ONNX…", "File",
                compiled(lambda: shell.lenses.compile.write_onnx()), (), "torch",
                "A model with its weights, for other runtimes", is_enabled=has_graph,
                other_names=("export to ONNX",)),
        Command("write-weights", "Save weights…", "File",
                compiled(lambda: shell.lenses.compile.write_weights()), (), "torch",
                "Every parameter by its name, as a .safetensors file", is_enabled=has_graph,
                other_names=("export weights",)),
    ]  # fmt: skip


def _picture_commands(shell: Shell, has_graph: _Ask, drawn: _Wrap) -> list[Command]:
    """The drawing as a picture or as text."""
    return [
        Command("export", "Export picture…", "File", drawn(shell.export_picture), ("Ctrl+E",),
                "export", "SVG, PDF, or PNG at 300 dpi", is_enabled=has_graph,
                other_names=("save image", "save picture", "screenshot", "export SVG",
                             "export PDF", "export PNG", "print")),
        Command("copy-picture", "Copy as picture", "File", drawn(shell.copy_picture),
                ("Ctrl+Shift+C",), "export", "For a document or a drawing program",
                is_enabled=has_graph,
                other_names=("copy image",)),
        Command("copy-formula", "Copy as formula", "File", drawn(shell.files.copy_formula),
                ("Ctrl+Alt+C",), "export", is_enabled=has_graph,
                other_names=("copy as text",)),
    ]  # fmt: skip
