"""``graphlab open``: the window, with a file in it."""

from __future__ import annotations

import click

from graphlab.cli.desktop import Desktop
from graphlab.graph.file import check_regular, load
from graphlab.graph.file_format import MAX_BYTES
from graphlab.graph.gallery import LEAD


@click.command("open")
@click.argument("file", required=False)
@click.pass_context
def command(context: click.Context, file: str | None) -> None:
    """Open the window, with the graph or lesson of FILE, or gallery:NAME, if one is given.

    Of a file that was handed in for a lesson, the graph is shown.
    """
    if file is not None and file.startswith(LEAD):
        load(file)  # a name that is none is told before any window
    elif file is not None and file.endswith(".md"):
        from graphlab.tutor import read_lesson  # a graph need not wait for YAML and Markdown

        read_lesson(file)  # what is wrong with a lesson is told before any window too
    elif file is not None and file.endswith(".answers.json"):
        from graphlab.tutor.submissions import read_submission

        read_submission(file)
    elif file is not None:
        check_regular(file, MAX_BYTES)
    desktop: Desktop = context.obj
    context.exit(desktop.open_window(file))
