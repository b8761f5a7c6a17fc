"""A run as a picture in a file, without a window or a screen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec
from PySide6.QtGui import QGuiApplication

from graphlab.engine.run import Run
from graphlab.gui.canvas.export import export
from graphlab.gui.canvas.figure import Figure
from graphlab.gui.canvas.metrics import arranged
from graphlab.gui.figures import Sheet, problem_texts
from graphlab.gui.theme import DARK, LIGHT, typography

Show = Literal["all", "values", "bare"]


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
    links, cards = list(sheet.links.values()), list(sheet.cards.values())
    if show != "all":
        links = [
            msgspec.structs.replace(
                link,
                partial="",
                gradient="",
                total="",
                value="" if show == "bare" else link.value,
            )
            for link in links
        ]
        cards = [
            msgspec.structs.replace(
                card,
                gradient="",
                value="" if show == "bare" else card.value,
                picture=None if show == "bare" else card.picture,
            )
            for card in cards
        ]
    return arranged(cards, links, typography())


_kept: list[QGuiApplication] = []


def _ensure_application() -> None:
    """Qt measures and draws text only once there is an application; this one needs no screen."""
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _kept.append(QGuiApplication(["graphlab"]))
