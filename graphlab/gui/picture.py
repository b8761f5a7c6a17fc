"""A run as a picture in a file, without a window or a screen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from PySide6.QtGui import QGuiApplication

from graphlab.engine.run import Run
from graphlab.gui.canvas.export import Show, export, reduced
from graphlab.gui.canvas.figure import Figure
from graphlab.gui.canvas.metrics import arranged
from graphlab.gui.figures import Sheet
from graphlab.gui.notes import problem_texts
from graphlab.gui.theme import DARK, LIGHT, typography


def render(
    run: Run, path: str | Path, *, theme: Literal["light", "dark"] = "light", show: Show = "all"
) -> None:
    """Write the graph of ``run`` to an .svg, .png or .pdf file.

    ``show="all"`` shows all that the run has: values, local partials, contributions; ``"values"``
    leaves out what goes back, ``"bare"`` every number.  Raises ``FileError``.
    """
    _ensure_application()
    export(picture(run, show), path, theme=DARK if theme == "dark" else LIGHT)


def picture(run: Run, show: Show = "all") -> Figure:
    """The laid-out figure of a run; needs a QGuiApplication for the fonts' measures."""
    sheet = Sheet(run.graph)
    sheet.read(run, problem_texts(run.graph, run.problems(), with_unfed=show != "bare"))
    cards, links = reduced(sheet.cards.values(), sheet.links.values(), show)
    return arranged(cards, links, typography(), frames=sheet.frames)


_kept: list[QGuiApplication] = []


def _ensure_application() -> None:
    """Qt measures and draws text only once there is an application; this one needs no screen."""
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _kept.append(QGuiApplication(["graphlab"]))
