"""``graphlab run``: values, gradients and, per edge, local partial and contribution."""

from __future__ import annotations

import click

from graphlab.cli.literals import read_value
from graphlab.cli.options import as_json as json_flag
from graphlab.cli.options import in_training, lacking, read_graph, takes_graph, why
from graphlab.cli.records import dumps, edge_records, node_records, run_document
from graphlab.cli.tables import print_table, print_text
from graphlab.cli.terminal import remark
from graphlab.engine import Run
from graphlab.engine.explain import explain
from graphlab.errors import RunError


@click.command("run")
@takes_graph
@in_training
@click.option("--backward", "start", metavar="NODE", help="Take the gradient of this node.")
@click.option("--upstream", metavar="VALUE", help="What its gradient starts from; ones if absent.")
@click.option("--steps", "with_steps", is_flag=True, help="Explain every step in words.")
@json_flag
def command(
    source: str,
    pairs: tuple[str, ...],
    archives: tuple[str, ...],
    seed: int,
    training: bool,
    start: str | None,
    upstream: str | None,
    with_steps: bool,
    as_json: bool,
) -> None:
    """Run SOURCE forward and backward and print every number.

    The gradient is that of the one output, or of the node that --backward names.  Arrays of more
    than 16 elements are told by shape and range; --json has them whole.
    """
    graph, feeds = read_graph(source, pairs, archives)
    run = Run(graph, feeds, seed=seed, training=training).forward()
    wanted = (start,) if start is not None else graph.outputs
    missing = lacking(run, wanted)
    if upstream is not None and len(wanted) != 1:
        raise RunError("--upstream needs --backward, to say which node's gradient it is")
    if not missing and len(wanted) == 1:
        run.backward(start, None if upstream is None else read_value(upstream, "--upstream"))
    if as_json:
        print(dumps(run_document(run, with_steps=with_steps)))
    else:
        _print(run, with_steps)
    if missing:
        raise RunError(why(run, missing[0]))
    if len(wanted) > 1:
        remark(
            f"{len(wanted)} outputs ({', '.join(wanted)}), so no gradient was taken; choose "
            "one with --backward"
        )


def _print(run: Run, with_steps: bool) -> None:
    of = run.start
    nodes = [(r.node, r.op, r.value, *([r.grad] if of else [])) for r in node_records(run)]
    heads = ["node", "op", "value", *([f"∂{of}/∂node"] if of else [])]
    print_table("Nodes", heads, nodes)
    edges = [
        (r.source, r.target, r.port, r.partial, r.upstream, r.contribution)
        for r in edge_records(run)
    ]
    if edges:
        heads = ["from", "to", "port", "local partial", "upstream", "contribution"]
        width = None if of else 4
        print_table("Edges", heads[:width], [edge[:width] for edge in edges])
    if with_steps:
        for step in run.steps():
            explanation = explain(step)
            print_text(f"{step.index + 1}. {explanation.title}: {explanation.line}")
            print_text(f"   {explanation.sentence}\n")
    found = [(problem.node, problem.message) for problem in run.problems()]
    if found:
        print_table("Problems", ["node", "problem"], found)
