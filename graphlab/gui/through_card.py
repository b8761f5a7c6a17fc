"""A backward step out of a folded group, told as the picture shows it: one edge, one partial."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graphlab.engine.explain import Explanation
from graphlab.engine.numbers import latex, show
from graphlab.engine.rules import bracketed, d, d_latex
from graphlab.engine.run import Run
from graphlab.engine.steps import Step
from graphlab.graph import InPort
from graphlab.graph.folding import outlook
from graphlab.gui.drawing import Drawing
from graphlab.gui.position import leading_to
from graphlab.gui.products import awaited


def told_step(run: Run, step: Step, drawing: Drawing) -> tuple[Explanation | None, int]:
    """The step as one of the group that hides its edge's end, and how many gradients meet there.

    None where no group does, or no single numbers tell it.  Ways that end in the same group are
    one edge on the picture, and do not count as several.
    """
    count, through = awaited(run, step), told_through(run, step, drawing)
    if through is None or step.edge is None:
        return None, count
    seen = outlook(run.graph)
    ways = _ways(run, step, seen.edges(seen.link_of[step.edge.target]))
    return through, 0 if ways == count else count


def told_through(run: Run, step: Step, drawing: Drawing) -> Explanation | None:
    """The step as one of the group; None where it is none, or no single numbers tell it.

    Where its source feeds the group at several places inside, each brings a part of the product.
    """
    seen = outlook(run.graph)
    if step.edge is None or step.contribution is None:
        return None
    group, source = drawing.group(seen.owner[step.edge.target.node]), step.edge.source
    link = seen.link_of.get(step.edge.target)
    output = None if group is None else group.output
    if group is None or output is None or link is None:
        return None
    found, upstream = dict(group.partials(source)), run.grad(str(output))
    partial = found.get(output)
    if partial is None or upstream is None or np.ndim(partial) or np.ndim(upstream):
        return None
    title, output_name = group.title, str(output)
    product = f"upstream {show(upstream)} × local {bracketed(show(partial))}"
    lines = [f"{product} = {show(upstream * partial)}"]
    ways, parts = _ways(run, step, seen.edges(link)), drawing.parts(link)
    if ways > 1:
        told = show(sum(parts)) if len(parts) < ways else " + ".join(_terms(parts))
        whole = f" = {show(sum(parts))}" if len(parts) == ways else " so far"
        lines.append(f"{told}{whole}, by {len(parts)} of {ways} ways inside")
    return Explanation(
        title=f"Backward: through {title} to {source}",
        rule=f"{d(output_name, str(source))} through {title}",
        numbers=f"= {show(partial)}",
        result="\n".join(lines),
        sentence=f"{title} is folded: the partial on this edge is the way back through all that is "
        "inside. Ctrl+Down steps into it.",
        rule_latex=d_latex(output_name, str(source)),
        numbers_latex=f"= {latex(partial)}",
    )


def _ways(run: Run, step: Step, edges: Sequence[InPort]) -> int:
    """How many of these edges bring something back from where the run began."""
    leading = leading_to(run, str(step.start))
    return sum(edge.node in leading for edge in edges)


def _terms(parts: Sequence[object]) -> list[str]:
    return [show(part) if i == 0 else bracketed(show(part)) for i, part in enumerate(parts)]
