"""Starts the application: its name, its font, its style, one window."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from graphlab.gui.theme import font
from graphlab.gui.window import Window


def application() -> QApplication:
    """The one QApplication, made and set up if there is none."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1] or ["graphlab"])
    app.setApplicationName("GraphLab")
    app.setApplicationDisplayName("")
    app.setOrganizationName("GraphLab")
    app.setDesktopFileName("graphlab")
    app.setStyle("Fusion")
    app.setFont(font(13))
    return app


def open_window(path: str | None = None, formula: str | None = None) -> int:
    """Show the window, with a file or a formula in it; returns the exit code once it is closed."""
    app = application()
    window = Window()
    window.show()
    if path is not None:
        window.open_path(Path(path))
    elif formula is not None:
        window.formula.setPlainText(formula)
        window.enter_formula(formula)
    return app.exec()
