"""A backward step out of a folded group, told as the picture shows it: one edge, one partial."""

from __future__ import annotations

import numpy as np

from graphlab.engine.explain import Explanation
from graphlab.engine.numbers import latex, show
from graphlab.engine.rules import bracketed, d, d_latex
from graphlab.engine.run import Run
from graphlab.engine.steps import Step
from graphlab.engine.through import partials_through
from graphlab.graph.folding import outlook
from graphlab.gui.folded import LARGE


def told_through(run: Run, step: Step) -> Explanation | None:
    """The step as one of the group; None where it is none, or no single numbers tell it.

    That is so where its source feeds the group at several places inside: each brings a part.
    """
    seen = outlook(run.graph)
    if step.edge is None or seen.owner[step.edge.target.node] == step.edge.target.node:
        return None
    card, source = seen.owner[step.edge.target.node], step.edge.source
    link, outputs = seen.link_of.get(step.edge.target), seen.outputs[card]
    if link is None or len(seen.edges(link)) != 1 or len(outputs) != 1:
        return None
    if len(seen.members[card]) > LARGE:
        return None
    output = str(outputs[0])
    partial = partials_through(run, seen.members[card], outputs[0]).get(source)
    upstream = run.grad(output)
    if partial is None or upstream is None or np.ndim(partial) or np.ndim(upstream):
        return None
    title = run.graph.groups[card].title or card
    product = f"upstream {show(upstream)} × local {bracketed(show(partial))}"
    return Explanation(
        title=f"Backward: through {title} to {source}",
        rule=f"{d(output, str(source))} through {title}",
        numbers=f"= {show(partial)}",
        result=f"{product} = {show(step.contribution)}",
        sentence=f"{title} is folded: the partial on this edge is the way back through all that is "
        "inside. Ctrl+Down steps into it.",
        rule_latex=d_latex(output, str(source)),
        numbers_latex=f"= {latex(partial)}",
    )
