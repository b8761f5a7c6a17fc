"""``graphlab paths``: how many ways lead from one node to another, and which carry the gradient."""

from __future__ import annotations

import click
import numpy as np

from graphlab.cli.options import as_json as json_flag
from graphlab.cli.options import in_training, read_graph, takes_graph
from graphlab.cli.records import dumps
from graphlab.cli.tables import print_table, shown
from graphlab.engine import Run
from graphlab.engine.numbers import show_count
from graphlab.engine.paths import count_paths, sum_of_paths, top_paths
from graphlab.graph import dag_of

_LONGEST = 4000
"""A count of more digits is rounded in JSON too: Python writes no longer number."""


@click.command("paths")
@takes_graph
@in_training
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@click.option(
    "--top",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="How many paths to list, the largest products first.",
)
@json_flag
def command(
    source: str,
    start: str,
    end: str,
    pairs: tuple[str, ...],
    archives: tuple[str, ...],
    seed: int,
    training: bool,
    top: int,
    as_json: bool,
) -> None:
    """Count the paths of SOURCE that lead FROM one node TO another.

    Where every value is one number, the largest products of local partials are listed, and the sum
    of all of them, which is the gradient.
    """
    graph, feeds = read_graph(source, pairs, archives)
    count = count_paths(graph, start, end)
    run = Run(graph, feeds, seed=seed, training=training).forward()
    is_known = count > 0 and _is_numbers(run, start, end)
    total = sum_of_paths(run, start, end) if is_known else None
    best = top_paths(run, start, end, top) if is_known else []
    if as_json:
        found = [{"nodes": path.nodes, "product": path.product} for path in best]
        told = count if count < 10**_LONGEST else show_count(count)
        print(dumps({"count": told, "sum": total, "paths": found}))
        return
    ways = "1 path leads" if count == 1 else f"{show_count(count)} paths lead"
    print(f"{ways} from {start} to {end}.")
    if is_known:
        rows = [(" → ".join(path.nodes), path.product) for path in best]
        print_table(f"The largest of {show_count(count)}", ["path", "product of partials"], rows)
        print(f"All of them add up to ∂{end}/∂{start} = {shown(total)}.")
    elif count:
        print("Their products are shown once every value on them is one number.")


def _is_numbers(run: Run, start: str, end: str) -> bool:
    """Whether every node between the two has a value, and it is a single number."""
    dag = dag_of(run.graph)
    ends = run.graph.port(start).node, run.graph.port(end).node
    between = dag.descendants(ends[0]) & dag.ancestors(ends[1])
    values = [run.value(name) for name in (*between, start, end)]
    return all(value is not None and np.ndim(value) == 0 for value in values)
