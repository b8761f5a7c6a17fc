"""``graphlab render``: a picture of a graph with its numbers, fit for a slide."""

from __future__ import annotations

import os

import click

from graphlab.cli.desktop import Desktop, Show
from graphlab.cli.options import in_training, read_graph, takes_graph
from graphlab.engine import Run
from graphlab.errors import FileError

KINDS = (".svg", ".png", ".pdf")


@click.command("render")
@takes_graph
@in_training
@click.argument("out")
@click.option("--backward", "start", metavar="NODE", help="Show the gradients of this node.")
@click.option("--forward-only", is_flag=True, help="Show values, and nothing that goes back.")
@click.option("--bare", is_flag=True, help="Show no numbers.")
@click.option("--dark", is_flag=True, help="Draw on a dark ground.")
@click.pass_context
def command(
    context: click.Context,
    source: str,
    out: str,
    pairs: tuple[str, ...],
    archives: tuple[str, ...],
    seed: int,
    training: bool,
    start: str | None,
    forward_only: bool,
    bare: bool,
    dark: bool,
) -> None:
    """Draw SOURCE with its values, partials and gradients to OUT, an .svg, .png or .pdf file.

    What cannot be computed is drawn as not computed.
    """
    if os.path.splitext(out)[1].lower() not in KINDS:
        raise FileError(f"{out} must end in {', '.join(KINDS[:-1])} or {KINDS[-1]}")
    graph, feeds = read_graph(source, pairs, archives)
    run = Run(graph, feeds, seed=seed, training=training).forward()
    wanted = (start,) if start is not None else graph.outputs
    if start is not None or (len(wanted) == 1 and run.value(wanted[0]) is not None):
        run.backward(start)
    desktop: Desktop = context.obj
    show: Show = "bare" if bare else "values" if forward_only else "all"
    desktop.draw(run, out, "dark" if dark else "light", show)
