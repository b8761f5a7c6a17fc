"""``graphlab parity``: NumPy against PyTorch, node by node."""

from __future__ import annotations

from typing import Any

import click

from graphlab.api import parity
from graphlab.cli.options import as_json as json_flag
from graphlab.cli.options import read_graph, takes_graph
from graphlab.cli.records import dumps
from graphlab.cli.tables import print_table, print_text


@click.command("parity")
@takes_graph
@click.option("--training", is_flag=True, help="Compare in training mode.")
@json_flag
@click.pass_context
def command(
    context: click.Context,
    source: str,
    pairs: tuple[str, ...],
    archives: tuple[str, ...],
    seed: int,
    training: bool,
    as_json: bool,
) -> None:
    """Compare every value and gradient of SOURCE in NumPy with PyTorch's, the worst first.

    Differences are relative, in float64; the gradient is that of the sum of all outputs.  An input
    with a shape and no value is drawn from the seed.  The exit status is 1 where they differ.
    """
    graph, feeds = read_graph(source, pairs, archives)
    report = parity(graph, feeds, seed=seed, training=training)
    if as_json:
        record: dict[str, Any] = {
            "agrees": report.agrees,
            "tolerance": report.tolerance,
            "rows": [{**vars(row), "worst": row.worst} for row in report.rows],
            "summary": report.summary,
        }
        print(dumps(record))
    else:
        rows = [(row.node, row.op, str(row.shape), row.value, row.gradient) for row in report.rows]
        heads = ["node", "op", "shape", "value differs by", "gradient differs by"]
        print_table("NumPy against PyTorch", heads, rows)
        print_text(report.summary)
    context.exit(0 if report.agrees else 1)
