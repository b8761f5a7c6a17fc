"""An op's rule as a step shows it: with the nodes' names for the ports, and with the numbers.

Signs are set by one rule: a negative number is bracketed after + and − and under a power, and
stands bare after × and =, as in 1 × −4 = −4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from graphlab.engine.numbers import is_small, latex, show, small_table
from graphlab.engine.partial import Partial
from graphlab.engine.steps import Step
from graphlab.ops.expression import Expression, Latex, Rule
from graphlab.ops.families import Elementwise
from graphlab.ops.notation import latex_name
from graphlab.ops.plain import MINUS


class Names:
    """What stands for a port, the output and an attribute in a rule, as text and as LaTeX."""

    def __init__(self, step: Step) -> None:
        self.text: dict[str, str] = {}
        self.latex: dict[str, str] = {}
        for key, value in settings(step).items():
            is_text = isinstance(value, str)
            self.text[key] = value if is_text else show(value)
            self.latex[key] = rf"\text{{{value}}}" if is_text else latex(value)
        for port, (source, _) in step.arguments.items():
            self._put(port, source)
            if step.op.variadic is not None:
                self._put(f"{step.op.variadic}_{port[len(step.op.variadic) :]}", source)
        if defined := _left(step.op.formula):
            self._put(defined, step.node)
        if step.start is not None:
            self.latex[r"\bullet"] = d_latex(str(step.start), step.node)
            self.text[r"\bullet"] = f"({d(str(step.start), step.node)})"

    def _put(self, symbol: str, node: str) -> None:
        self.text[symbol], self.latex[symbol] = node, latex_name(node)


def settings(step: Step) -> dict[str, Any]:
    """The attributes that are numbers or words, those left at their default included."""
    settings = {key: step.attributes.get(key, a.default) for key, a in step.op.attributes.items()}
    return {
        key: value
        for key, value in settings.items()
        if isinstance(value, int | float | str) and not isinstance(value, bool)
    }


def _left(rule: Rule) -> str:
    """The symbol a rule defines; none where that is an element, or several."""
    if isinstance(rule, Expression):
        return rule.left
    left, equals, _ = rule.source.partition(" = ")
    return left if equals and re.fullmatch(r"\w+", left) else ""


def plugged(step: Step, rule: Rule, names: Names) -> tuple[str, str]:
    """The right side of an op's formula with the numbers in it, or else the inputs listed."""
    arguments = dict(step.arguments.values())
    if isinstance(rule, Expression) and is_spelled(step):
        return _numbers(rule, step, names)
    told = [f"{source} = {show(value)}" for source, value in arguments.items()]
    typeset = [f"{latex_name(source)} = {latex(value)}" for source, value in arguments.items()]
    return "with " + listed(told), r" ,\; ".join(typeset)


def plugged_partial(step: Step, rule: Rule, names: Names) -> tuple[str, str]:
    value = step.partial
    if not isinstance(value, Partial):
        if rule.text(names.text) == show(value):
            return "", ""
        told, typeset = f"= {show(value)}", f"= {latex(value)}"
        if isinstance(rule, Expression) and isinstance(value, np.generic) and is_spelled(step):
            plugged, plugged_latex = _numbers(rule, step, names)
            if plugged != told:
                return f"{plugged} {told}", f"{plugged_latex} {typeset}"
        return told, typeset
    if is_whole(rule):
        told, typeset = _multiplied(step, rule, names)
        return (told, typeset) if told else (f"local: {value}", rf"\text{{local: {value}}}")
    table = small_table(value)
    if table is not None and value.structure == "diagonal":
        return f"= {show(table)} (its diagonal)", rf"= {latex(table)} \text{{ (its diagonal)}}"
    return str(value), rf"\text{{{value}}}"


def _multiplied(step: Step, rule: Rule, names: Names) -> tuple[str, str]:
    """The arrays a contribution is the product of; empty where they are not two small matrices.

    A vector is written as a column, so the rule holds as it stands or is not shown with numbers.
    """
    values = {port: value for port, (_, value) in step.arguments.items()}
    values[r"\bullet"] = step.upstream
    factors = _FACTOR.findall(rule.source) if isinstance(rule, Latex) else []
    if len(factors) != 2 or not all(_is_matrix(values.get(name)) for name, _ in factors):
        return "", ""
    left, right = (_column(values[n]).T if top else _column(values[n]) for n, top in factors)
    product = left @ right if left.shape[1] == len(right) else np.empty(0)
    wanted = _column(step.contribution)
    if product.shape != wanted.shape or not np.allclose(product, wanted, equal_nan=True):
        return "", ""
    told = rule.text({**names.text, **{name: show(value) for name, value in values.items()}})
    typeset = {**names.latex, **{name: f"{{{latex(v)}}}" for name, v in values.items()}}
    return f"= {told}", f"= {rule.latex(typeset)}"


_FACTOR = re.compile(r"(\\bullet|(?<![\\\w])\w+)(\^\\top)?")


def _is_matrix(value: Any) -> bool:
    return np.ndim(value) in (1, 2) and is_small(value)


def _column(array: Any) -> Any:
    return np.reshape(array, (-1, 1)) if np.ndim(array) == 1 else np.asarray(array)


def is_spelled(step: Step) -> bool:
    """Whether the op's formula holds for its inputs as they are, and they are short to write."""
    values = [value for _, value in step.arguments.values()]
    if all(np.ndim(value) == 0 for value in values):
        return True
    return issubclass(step.op, Elementwise) and all(is_small(value) for value in values)


def _numbers(rule: Expression, step: Step, names: Names) -> tuple[str, str]:
    """``= 3 × −4`` for the right side of a rule, as text and as LaTeX."""
    values = {port: value for port, (_, value) in step.arguments.items()}
    values[_left(step.op.formula)] = step.value
    text = {**names.text, **{name: _atom(show(value)) for name, value in values.items()}}
    typeset = {**names.latex, **{name: latex(value) for name, value in values.items()}}
    right = Expression(rule.right)
    return "= " + _signs(right.text(text)), "= " + _signs_latex(right.latex(typeset))


def _atom(number: str) -> str:
    """A number with a power of ten gets brackets, so that nothing binds to its 10 alone."""
    return f"({number})" if "×10" in number and not number.startswith("[") else number


_AFTER_TIMES = rf"× \(({MINUS}[\d.∞]+)\)(?![⁰¹²³⁴⁵⁶⁷⁸⁹⁻^])"
_AFTER_TIMES_LATEX = r"\\times \\left\((-[\d.]+)\\right\)(?!\^)"


_NEEDLESS = r"(?<!/ )\(([\d.]+×10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)\)(?![⁰¹²³⁴⁵⁶⁷⁸⁹⁻^])"


def _signs(text: str) -> str:
    multiplied = re.sub(_AFTER_TIMES, r"× \1", text.replace("·", " × "))
    return re.sub(_NEEDLESS, r"\1", multiplied)


def _signs_latex(text: str) -> str:
    signed = text.replace(r" \, ", r" \times ")
    signed = re.sub(r"(?<=\d) \\cdot (?!10\^)", lambda _: r" \times ", signed)
    return re.sub(_AFTER_TIMES_LATEX, r"\\times \1", signed)


def bracketed(number: str) -> str:
    return f"({number})" if number.startswith(MINUS) else number


def formula(step: Step) -> Rule:
    return _decided(step.op.formula, step)


def partial_rule(step: Step, port: str) -> Rule:
    name = port if step.op.variadic is None else f"{step.op.variadic}i"
    rule = _decided(step.op.partials[name], step)
    if isinstance(rule, Latex) and r"\bullet" in rule.source:
        typeset = d_latex(str(step.start), step.node)
        return _Whole(rule.source, f"{d(str(step.start), step.node)}", typeset)
    return rule


def _decided(rule: Rule, step: Step) -> Rule:
    words = {key: value for key, value in settings(step).items() if isinstance(value, str)}
    return rule.decided(words) if words and isinstance(rule, Expression) else rule


class _Whole(Latex):
    """A rule for the whole contribution, in which • stands for the upstream gradient."""

    def __init__(self, source: str, upstream: str, upstream_latex: str) -> None:
        super().__init__(source)
        self._upstream, self._upstream_latex = upstream, upstream_latex

    def text(self, names: Mapping[str, str] | None = None) -> str:
        return super().text(names).replace("•", f"({self._upstream})")

    def latex(self, names: Mapping[str, str] | None = None) -> str:
        return super().latex(names).replace(r"\bullet", self._upstream_latex)


def is_whole(rule: Rule) -> bool:
    return isinstance(rule, _Whole)


def d(of: str, by: str) -> str:
    return f"∂{of}/∂{by}"


def d_latex(of: str, by: str) -> str:
    return rf"\frac{{\partial {latex_name(of)}}}{{\partial {latex_name(by)}}}"


def listed(items: list[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
