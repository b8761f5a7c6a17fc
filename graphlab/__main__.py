"""Where the command line and the window meet: neither imports the other."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from graphlab.cli.app import main as command_line
from graphlab.cli.desktop import HEADLESS, Desktop, Show, Theme, check_display
from graphlab.errors import GraphLabError

if TYPE_CHECKING:
    from graphlab.engine import Run


def main() -> NoReturn:
    """The console script ``graphlab``, and ``python -m graphlab``."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # they speak to whoever writes the program
    sys.exit(command_line(sys.argv[1:], Desktop(open_window, draw)))


def open_window(path: str | None) -> int:
    """Show the window and return its exit status."""
    # Two BLAS threads beside torch's own slow both down many times over.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with _qt_for("the window"):
        from graphlab.gui import app

        app.load_qt()
    check_display(app.platforms)
    return app.open_window(path=path, formula=None)


def draw(run: Run, path: str, theme: Theme, show: Show) -> None:
    """Write a picture of a run, without any screen."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with _qt_for("a picture"):
        from graphlab.gui import picture
    picture.render(run, path, theme=theme, show=show)


@contextmanager
def _qt_for(what: str) -> Iterator[None]:
    """Tell in one sentence that Qt, or a library it needs, is missing."""
    try:
        yield
    except ImportError as error:
        raise GraphLabError(
            f"{what} needs Qt, which cannot be loaded here ({error}): install PySide6-Essentials "
            f"and the system packages in README; {HEADLESS}"
        ) from None


if __name__ == "__main__":
    main()
