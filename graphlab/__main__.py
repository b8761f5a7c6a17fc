"""Where the command line and the window meet: neither imports the other."""

from __future__ import annotations

import os
import sys
import warnings
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
    check_display()
    # Two BLAS threads beside torch's own slow both down many times over.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from graphlab.gui import app
    except ImportError as error:
        raise _missing("the window", error) from None
    return app.open_window(path=path, formula=None)


def draw(run: Run, path: str, theme: Theme, show: Show) -> None:
    """Write a picture of a run, without any screen."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        from graphlab.gui import picture
    except ImportError as error:
        raise _missing("a picture", error) from None
    picture.render(run, path, theme=theme, show=show)


def _missing(what: str, error: ImportError) -> GraphLabError:
    return GraphLabError(
        f"{what} needs Qt, which cannot be loaded here ({error}): install PySide6-Essentials and "
        f"the system packages in README; {HEADLESS}"
    )


if __name__ == "__main__":
    main()
