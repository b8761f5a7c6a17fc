"""A backward step out of a folded group, told as the picture shows it: one edge, one partial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from graphlab.engine.explain import Explanation
from graphlab.engine.numbers import latex, show
from graphlab.engine.rules import bracketed, d, d_latex
from graphlab.engine.run import Run
from graphlab.engine.steps import Step
from graphlab.graph import InPort, OutPort
from graphlab.graph.folding import outlook
from graphlab.gui.drawing import Drawing
from graphlab.gui.folded import Folded
from graphlab.gui.forward_card import told_forward
from graphlab.gui.position import leading_to
from graphlab.gui.products import awaited


def told_step(run: Run, step: Step, drawing: Drawing) -> tuple[Explanation | None, int]:
    """The step as one of the group that hides it, and how many gradients meet where it arrives.

    None where no group does.  Ways that end in the same group are one edge on the picture, and do
    not count as several.
    """
    if step.phase == "forward":
        return told_forward(run, step, drawing), 0
    count, through = awaited(run, step), told_through(run, step, drawing)
    if through is None or step.edge is None:
        return None, count
    seen = outlook(run.graph)
    ways = _ways(run, step, seen.edges(seen.link_of[step.edge.target]))
    return through, 0 if ways == count else count


def told_through(run: Run, step: Step, drawing: Drawing) -> Explanation | None:
    """The step as one of the group; None where it is none.

    Where its source feeds the group at several places inside, each brings a part of the product.
    """
    seen = outlook(run.graph)
    if step.edge is None or step.contribution is None:
        return None
    group, source = drawing.group(seen.owner[step.edge.target.node]), step.edge.source
    link = seen.link_of.get(step.edge.target)
    if group is None or link is None:
        return None
    terms = _through(run, group, source, drawing)
    title, only = group.title, terms[0] if len(terms) == 1 else None
    ends = None if only is None else (str(only.output), str(source))
    parts, ways = drawing.parts(link), _ways(run, step, seen.edges(link))
    lines = [term.told(with_output=len(terms) > 1) for term in terms]
    products = [term.product for term in terms]
    if len(parts) == ways and len(terms) > 1 and np.allclose(sum(products), sum(parts)):
        lines += [f"{' + '.join(_terms(products))} = {show(sum(parts))}, by {len(terms)} outputs"]
    elif ways > 1 or not terms:
        lines += [_sum(parts, ways)]
    what = "the partial on this edge is the way back through all that is inside"
    if len(terms) > 1:
        what = "what comes back has a partial for each of its outputs"
    elif not terms:
        what = "too much is inside to write its partial out, and this is what comes back through it"
    return Explanation(
        title=f"Backward: through {title} to {source}",
        rule=f"{d(*ends)} through {title}" if ends else "",
        numbers=f"= {show(only.partial)}" if only else "",
        result="\n".join(lines),
        sentence=f"{title} is folded: {what}. Ctrl+Down steps into it.",
        rule_latex=d_latex(*ends) if ends else "",
        numbers_latex=f"= {latex(only.partial)}" if only else "",
    )


class _Term(NamedTuple):
    """What one output of a group sends back: what came to it times the partial through the group.

    The partials of the other outputs hold what goes from it to them inside the group.
    """

    output: OutPort
    upstream: Any  # of the output's shape, by the edges that leave the group alone
    partial: Any  # of the output's axes, then the source's

    @property
    def product(self) -> Any:
        """Arrays are multiplied as matrices."""
        return np.tensordot(self.upstream, self.partial, np.ndim(self.upstream))[()]

    def told(self, *, with_output: bool) -> str:
        """``upstream 2 × local 3 = 6``."""
        sign = "·" if np.ndim(self.partial) else "×"
        local = bracketed(show(self.partial))
        told = f"upstream {show(self.upstream)} {sign} local {local} = {show(self.product)}"
        return f"by {self.output}: {told}" if with_output else told


def _through(run: Run, group: Folded, source: OutPort, drawing: Drawing) -> list[_Term]:
    """By the group's outputs to which gradients came, what goes back through it."""
    found = [
        (port, _arrived(run, port, drawing), partial) for port, partial in group.partials(source)
    ]
    return [_Term(*term) for term in found if term[1] is not None]


def _arrived(run: Run, port: OutPort, drawing: Drawing) -> Any:
    """What came back to an output from outside its group; None where nothing did."""
    if run.start == str(port):
        return run.grad(run.start)  # it leads to nothing that gradients come from
    seen, edges = outlook(run.graph), run.graph.consumers[port.node]
    links = {seen.link_of[e.target] for e in edges if e.source == port and e.target in seen.link_of}
    came = [part for part in map(drawing.contribution, links) if part is not None]
    return sum(came[1:], start=came[0]) if came else None


def _sum(parts: Sequence[Any], ways: int) -> str:
    """``2 + (−1) = 1, by 2 of 2 ways inside``; the terms once all are there."""
    told = show(sum(parts))
    if ways < 2:
        return f"{told}, by the one way inside"
    is_whole = len(parts) == ways
    told = f"{' + '.join(_terms(parts))} = {told}" if is_whole else f"{told} so far"
    return f"{told}, by {len(parts)} of {ways} ways inside"


def _ways(run: Run, step: Step, edges: Sequence[InPort]) -> int:
    """How many of these edges bring something back from where the run began."""
    leading = leading_to(run, str(step.start))
    return sum(edge.node in leading for edge in edges)


def _terms(parts: Sequence[object]) -> list[str]:
    return [show(part) if i == 0 else bracketed(show(part)) for i, part in enumerate(parts)]
