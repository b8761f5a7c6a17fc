"""The commands of the menu Look: the panels that look at the whole gradient."""

from __future__ import annotations

from collections.abc import Callable

from graphlab.gui.actions import Command
from graphlab.gui.commands.shell import Shell


def lens_commands(shell: Shell) -> list[Command]:
    """The commands of the menu Look."""

    def turn(key: str) -> Callable[[], object]:
        def toggle() -> None:
            if shell.draw_formula():
                shell.below.toggle(key)

        return toggle

    def is_open(key: str) -> Callable[[], bool]:
        return lambda: shell.below.current == key

    return [
        Command("paths", "Path lens", "Look", turn("paths"), ("Ctrl+P",), "lenses",
                "Every path from a parameter to the loss, and what they add up to",
                is_checked=is_open("paths"),
                other_names=("chain rule", "sum over paths")),
        Command("check", "Gradient check", "Look", turn("check"), ("Ctrl+K",), "lenses",
                "Let three judges look at every gradient", icon="check",
                is_checked=is_open("check"),
                other_names=("verify the gradients", "finite differences", "numerical gradient")),
        Command("descent", "Gradient descent", "Look", turn("descent"), ("Ctrl+Shift+D",), "lenses",
                "Step down the loss, and see the way it goes", icon="descent",
                is_checked=is_open("descent"),
                other_names=("minimise the loss", "optimise", "SGD")),
        Command("reach", "Reach of a cell", "Look", turn("reach"), ("Ctrl+R",), "lenses",
                "What a cell of an array is made of, and where its gradient comes from",
                is_checked=is_open("reach"),
                other_names=("receptive field",)),
        Command("counts", "Counts", "Look", turn("counts"), ("Ctrl+Shift+U",), "lenses",
                "Parameters, multiply-adds, memory and receptive field of every part",
                is_checked=is_open("counts"),
                other_names=("number of parameters", "FLOPs", "model summary")),
        Command("compile", "Compile to PyTorch", "Look", turn("compile"), ("Ctrl+Shift+E",),
                "torch", "This drawing as PyTorch source, and the files it can be written to",
                is_checked=is_open("compile"),
                other_names=("show the code", "source code", "PyTorch code")),
        Command("parity", "Parity with PyTorch", "Look", turn("parity"), ("Ctrl+Shift+Y",),
                "torch", "How far NumPy and PyTorch are apart at every node",
                is_checked=is_open("parity"),
                other_names=("compare with PyTorch", "compare with torch")),
    ]  # fmt: skip
