"""``graphlab open``: the window, with a file in it."""

from __future__ import annotations

import os

import click

from graphlab.cli.desktop import Desktop
from graphlab.errors import FileError


@click.command("open")
@click.argument("file", required=False)
@click.pass_context
def command(context: click.Context, file: str | None) -> None:
    """Open the window, with the graph of FILE if one is given."""
    if file is not None and not os.path.isfile(file):
        raise FileError(f"there is no file {file}")
    desktop: Desktop = context.obj
    context.exit(desktop.open_window(file))
