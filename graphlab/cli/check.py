"""``graphlab check``: three judges of one gradient."""

from __future__ import annotations

import math
from typing import Any

import click

from graphlab.api import check_gradients
from graphlab.cli.options import as_json as json_flag
from graphlab.cli.options import in_training, read_graph, require_values, takes_graph
from graphlab.cli.records import dumps
from graphlab.cli.tables import print_table, print_text
from graphlab.engine.judges import Report, Row


def _number(_: click.Context, __: click.Parameter, value: float) -> float:
    if math.isnan(value):
        raise click.BadParameter("not a number; give one above 0 and at most 1, such as 1e-6.")
    return value


@click.command("check")
@takes_graph
@in_training
@click.option("--backward", "start", metavar="NODE", help="Judge the gradient of this node.")
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0, max=1, min_open=True),
    default=1e-6,
    callback=_number,
    show_default=True,
    help="The largest relative difference that counts as agreement.",
)
@json_flag
@click.pass_context
def command(
    context: click.Context,
    source: str,
    pairs: tuple[str, ...],
    archives: tuple[str, ...],
    seed: int,
    training: bool,
    start: str | None,
    tolerance: float,
    as_json: bool,
) -> None:
    """Let three judges compare the gradients of SOURCE, the worst first.

    They are the analytic way back, central differences and torch's autograd.  The exit status is 1
    where they disagree.
    """
    graph, feeds = read_graph(source, pairs, archives)
    require_values(graph, feeds, seed, training, start)
    report = check_gradients(
        graph, feeds, node=start, seed=seed, training=training, tolerance=tolerance
    )
    if as_json:
        print(dumps(_record(report)))
    else:
        heads = ["node", "verdict", "analytic", "differences", "torch", "relative error", "note"]
        print_table("Gradients", heads, map(_cells, report.rows))
        print_text(report.summary)
    context.exit(0 if report.agrees else 1)


def _cells(row: Row) -> tuple[Any, ...]:
    is_judged = row.analytic is not None and row.verdict != "not judged"
    place = f"[{', '.join(map(str, row.element))}]" if row.element else ""
    return (
        row.node + place,
        row.verdict,
        row.analytic,
        row.numeric,
        row.torch,
        row.relative_error if is_judged else None,
        row.note,
    )


def _record(report: Report) -> dict[str, Any]:
    return {
        "agrees": report.agrees,
        "start": report.start,
        "judges": report.judges,
        "rows": [vars(row) for row in report.rows],
        "summary": report.summary,
    }
