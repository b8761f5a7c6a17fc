"""A step in words and symbols: the rule, the rule with its numbers, the result, one sentence."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from graphlab.engine.kinks import is_at_kink
from graphlab.engine.numbers import latex, show, small_table
from graphlab.engine.partial import Partial
from graphlab.engine.rules import (
    Names,
    bracketed,
    d,
    d_latex,
    formula,
    is_whole,
    listed,
    partial_rule,
    plugged,
    plugged_partial,
    settings,
)
from graphlab.engine.steps import Step
from graphlab.ops import show_array
from graphlab.ops.plain import MINUS


class Explanation(Struct, frozen=True):
    """One step told for a student; all but the last two fields are plain text.

    ``numbers`` is the right side of ``rule`` with the numbers in place of the names, and empty
    where there is nothing to plug in.
    """

    title: str
    rule: str
    numbers: str
    result: str
    sentence: str
    rule_latex: str
    numbers_latex: str

    @property
    def line(self) -> str:
        """Rule, numbers and result in one line: ``∂f/∂q = z = −4, upstream 1, …``."""
        told = self.rule
        for part in (self.numbers, self.result):
            told += (" " if part.startswith("=") else ", ") + part if part else ""
        return told


def explain(step: Step) -> Explanation:
    """Tell what a step did; the step is all it needs."""
    if step.phase == "forward":
        return _forward(step)
    return _seed(step) if step.edge is None else _backward(step)


# --- the three kinds of step ------------------------------------------------------------------
def _forward(step: Step) -> Explanation:
    rule, names = formula(step), Names(step)
    numbers, numbers_latex = plugged(step, rule, names)
    repeats = numbers == f"= {show(step.value)}"
    given = listed([f"{source} = {show(v)}" for source, v in dict(step.arguments.values()).items()])
    recorded = listed(
        [
            f"{d(step.node, source)}{_through(step, port)} = {show(step.partials[port])}"
            for port, (source, _) in step.arguments.items()
            if step.partials.get(port) is not None
        ]
    )
    sentence = f"{step.node} ({step.op.name}) takes {given} and gives {show(step.value)}."
    if recorded:
        sentence += f" On each edge into it the local partial is recorded: {recorded}."
    return Explanation(
        title=f"Forward: compute {step.node}",
        rule=_gathered(step, rule.text(names.text)),
        numbers="" if repeats else numbers,
        result=("= " if numbers.startswith("=") else f"{step.node} = ") + show(step.value),
        sentence=sentence + _averaging(step) + _kink(step),
        rule_latex=_gathered(step, rule.latex(names.latex), r"\frac{1}{%d} \sum ", r"\sum "),
        numbers_latex="" if repeats else numbers_latex,
    )


def _seed(step: Step) -> Explanation:
    name = str(step.start)
    shape = np.shape(step.total)
    if shape:
        asked = "1 for each" if np.all(step.total == 1) else "those that were asked for"
        sentence = (
            f"{name} is {show_array(shape)} and not one number, so the way back starts from "
            f"numbers of its shape, {asked}: what follows is the gradient of their products' sum."
        )
    elif step.total == 1:
        sentence = f"{name} changes exactly as fast as itself: the way back starts from 1."
    else:
        sentence = f"The way back starts from {show(step.total)}, as was asked, in place of 1."
    return Explanation(
        title=f"Backward: start at {name}",
        rule=f"{d(name, name)} = {show(step.total)}",
        numbers="",
        result="",
        sentence=sentence,
        rule_latex=f"{d_latex(name, name)} = {latex(step.total)}",
        numbers_latex="",
    )


def _backward(step: Step) -> Explanation:
    source, port, start = _ends(step)
    title = f"Backward: from {step.node} to {source}{_through(step, port)}"
    if step.partial is None:
        sentence = f"{step.node} ({step.op.name}) passes no gradient to {source}."
        missing = f"{d(step.node, source)} is not defined"
        undefined = rf"{d_latex(step.node, source)} \text{{ is not defined}}"
        return Explanation(title, missing, "", "", sentence, undefined, "")
    rule, names = partial_rule(step, port), Names(step)
    left, left_latex = d(step.node, source), d_latex(step.node, source)
    if is_whole(rule):
        left, left_latex = d(start, source), d_latex(start, source)
    numbers, numbers_latex = plugged_partial(step, rule, names)
    return Explanation(
        title=title,
        rule=f"{left}{_through(step, port)} = {_share(step, rule.text(names.text))}",
        numbers=numbers,
        result=_result(step),
        sentence=_backward_sentence(step) + _averaging(step) + _kink(step),
        rule_latex=f"{left_latex} = {_share(step, rule.latex(names.latex), LATEX_SHARE)}",
        numbers_latex=numbers_latex,
    )


def _result(step: Step) -> str:
    """``upstream 1, contribution 1 × −4 = −4``, and the running sum where the value fans out."""
    told = f"upstream {show(step.upstream)}, contribution {_product(step)}"
    if step.arrivals > 1:
        before = show(step.total - step.contribution)
        told += f", total {before} + {bracketed(show(step.contribution))} = {show(step.total)}"
    return told


def _product(step: Step) -> str:
    factors, sign = step.partial, "×"
    if isinstance(factors, Partial):
        table, sign = small_table(factors), "⊙"
        if factors.structure != "diagonal" or table is None:
            return show(step.contribution)
        if not np.shape(step.upstream) == table.shape == factors.input_shape:
            return show(step.contribution)
        factors = table
    return f"{show(step.upstream)} {sign} {show(factors)} = {show(step.contribution)}"


def _backward_sentence(step: Step) -> str:
    source, port, start = _ends(step)
    wanted, alone = d(start, source), _through(step, port)
    way = f"by its input {port} alone, " if alone else ""
    if isinstance(step.partial, Partial):
        told = (
            f"The gradient at {step.node}, {d(start, step.node)}, goes back through the local "
            f"partial ({_structure(step.partial)}) and reaches {source} as "
            f"{show(step.contribution)}"
        )
    elif start == step.node and step.upstream == 1:
        told = f"{way}{start} changes {_times(step.partial)} as fast as {source}"
    else:
        told = (
            f"{way}{step.node} changes {_times(step.partial)} as fast as {source}, and {start} "
            f"{_times(step.upstream)} as fast as {step.node}, so by this edge {start} changes "
            f"{_times(step.contribution)} as fast as {source}"
        )
    if step.arrivals > 1:
        before = show(step.total - step.contribution)
        sum_so_far = f"{wanted} = {show(step.total)}" if step.is_last else show(step.total)
        told += f"; it adds to the {before} already there: {sum_so_far}"
        told += "" if step.is_last else " so far"
    elif step.is_last:
        told += f": {wanted} = {show(step.total)}"
    told += "." if step.is_last else f"; more will arrive at {source}."
    return told[0].upper() + told[1:] if way else told


def _times(rate: float) -> str:
    return "just" if rate == 1 else f"{show(rate)} times"


_STRUCTURES = {
    "diagonal": "diagonal: each element depends on its own element alone",
    "reduction": "each element reaches one element of the result",
    "selection": "a selection: each element of the result is a copy of one",
    "convolution": "a convolution: each element of the result depends on one window",
    "dense": "a matrix",
}


def _structure(partial: Partial) -> str:
    return _STRUCTURES.get(partial.structure, partial.structure)


# --- small pieces -----------------------------------------------------------------------------
def _ends(step: Step) -> tuple[str, str, str]:
    """The source at the tail, the port at the head, and what is differentiated."""
    if step.edge is None:
        raise ValueError("the step that starts the way back has no edge")
    return str(step.edge.source), step.edge.target.port, str(step.start)


def _through(step: Step, port: str) -> str:
    """Which of several edges between the same two nodes."""
    sources = [source for source, _ in step.arguments.values()]
    return f" (by {port})" if sources.count(step.arguments[port][0]) > 1 else ""


def _losses(step: Step) -> int:
    """How many losses an op with a ``reduction`` makes one number of; 1 where it makes none."""
    if settings(step).get("reduction") not in ("mean", "sum"):
        return 1
    shapes = [np.shape(value) for _, value in step.arguments.values()]
    return math.prod(step.op.shape(*shapes, **{**step.attributes, "reduction": "none"}))


def _gathered(step: Step, rule: str, mean: str = "1/%d Σ ", total: str = "Σ ") -> str:
    """A loss's rule, which is of one loss, with the mean or the sum over all of them."""
    count = _losses(step)
    left, equals, right = rule.partition(" = ")
    if count == 1 or not equals:
        return rule
    is_mean = settings(step)["reduction"] == "mean"
    return f"{left} = {mean % count if is_mean else total}{_grouped(right)}"


LATEX_SHARE = r"\frac{1}{%d} \cdot "


def _share(step: Step, rule: str, share: str = "1/%d · ") -> str:
    """The partial of one loss, times what it counts where the mean of several is taken."""
    count = _losses(step)
    is_mean = settings(step).get("reduction") == "mean"
    return share % count + _grouped(rule) if is_mean and count > 1 else rule


def _grouped(rule: str) -> str:
    """Brackets around what would otherwise be read apart after a factor."""
    if rule.startswith((MINUS, "-")) or any(sign in rule for sign in (f" {MINUS} ", " + ", " if ")):
        return f"({rule})"
    return rule


def _averaging(step: Step) -> str:
    count = _losses(step)
    if count == 1 or settings(step)["reduction"] != "mean":
        return ""
    return f" The mean of {count} losses is taken, so each counts 1/{count}."


def _kink(step: Step) -> str:
    ports = step.op.port_names(len(step.arguments))
    inputs = [step.arguments[port][1] for port in ports if port in step.arguments]
    if is_at_kink(step.op, step.attributes, inputs):
        return f" This is just where {step.op.name} has no derivative. {step.op.convention}"
    return ""
