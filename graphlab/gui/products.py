"""The result of a step, a line each: the product of a backward step, and the sum it goes into."""

from __future__ import annotations

from graphlab.engine.explain import Explanation
from graphlab.engine.numbers import show
from graphlab.engine.partial import Partial
from graphlab.engine.rules import bracketed, d, is_whole, partial_rule
from graphlab.engine.run import Run
from graphlab.engine.steps import Step
from graphlab.gui.position import leading_to

_SIGNS = {"diagonal": "⊙"}  # element by element; any other Jacobian is multiplied as a matrix


def product_lines(step: Step, told: Explanation, awaited: int) -> tuple[str, ...]:
    """``upstream −4 × local 1 = −4``, and ``gradient ∂f/∂x: 3 + (−4) = −1, all 2 edges``.

    A forward step whose result stands behind its numbers has no further line.
    """
    if step.edge is None:
        return () if told.result.startswith("=") or not told.result else (told.result,)
    sign = _SIGNS.get(step.partial.structure, "·") if isinstance(step.partial, Partial) else "×"
    local = bracketed(show(step.partial))
    product = f"upstream {show(step.upstream)} {sign} local {local} = {show(step.contribution)}"
    if awaited < 2:
        return (product,)
    total = show(step.total)
    if step.arrivals > 1 and step.contribution is not None:
        before = show(step.total - step.contribution)
        total = f"{before} + {bracketed(show(step.contribution))} = {total}"
    how_far = f"all {awaited} edges" if step.is_last else f"{step.arrivals} of {awaited} edges"
    so_far = "" if step.is_last else " so far"
    gradient = f"gradient {d(str(step.start), str(step.edge.source))}"
    return (product, f"{gradient}: {total}{so_far}, {how_far}")


def what_rule_gives(step: Step) -> str:
    """``local: ``, or ``contribution: `` where an op's rule has the upstream gradient in it."""
    if step.edge is None or step.partial is None:
        return ""
    return "contribution: " if is_whole(partial_rule(step, step.edge.target.port)) else "local: "


def awaited(run: Run, step: Step) -> int:
    """How many gradients meet where a backward step arrives."""
    if step.edge is None or step.start is None:
        return 0
    leading = leading_to(run, str(step.start))
    source = step.edge.source
    edges = [e for e in run.graph.consumers[source.node] if e.source == source]
    return sum(e.target.node in leading for e in edges) + (source == step.start)
