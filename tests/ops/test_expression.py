"""A rule reads the same in all its spellings; the judge is Python's own reading of its source."""

from __future__ import annotations

import ast
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graphlab.ops.expression import FUNCTIONS, Expression, Latex
from graphlab.ops.notation import latex_name
from graphlab.ops.plain import SUPERSCRIPT

NAMES = st.sampled_from(["x", "y", "z"])
DIGITS = {chr(mark): chr(digit) for digit, mark in SUPERSCRIPT.items() if chr(digit).isdigit()}


def trees() -> st.SearchStrategy[str]:
    """Source text of random arithmetic on x, y, z, every node in brackets."""
    leaves = NAMES | st.integers(0, 9).map(str)

    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        two = st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner)
        return (
            two.map(lambda t: f"({t[0]} {t[1]} {t[2]})")
            | inner.map(lambda t: f"(-{t})")
            | inner.map(lambda t: f"abs({t})")
            | st.tuples(inner, st.integers(2, 3)).map(lambda t: f"({t[0]}) ** {t[1]}")
            | st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} > 1 else {t[2]})")
        )

    return st.recursive(leaves, grow, max_leaves=8)


def read_back(text: str) -> str:
    """Undo the signs of the one-line spelling, keeping its brackets."""
    text = text.replace("−", "-").replace("·", "*").replace("^", "**").replace(", else", " else")
    return "".join(f"**{DIGITS[c]}" if c in DIGITS else c for c in text)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(trees(), st.booleans())
@example("((x if y > 1 else z) if z > 1 else y)", False)
def test_text_keeps_the_meaning(source: str, plug: bool) -> None:
    numbers = {"x": -2.5, "y": 3.0, "z": -0.5}
    source = source.replace("abs(", "(3 + ")  # bars cannot be read back by Python
    shown = {name: f"{value:g}".replace("-", "−") for name, value in numbers.items()}
    text = Expression(source).text(shown if plug else None)
    try:
        expected = eval(source, {}, dict(numbers))
    except ZeroDivisionError:
        return
    assert eval(read_back(text), {}, dict(numbers)) == pytest.approx(expected, rel=1e-9)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(trees())
def test_python_keeps_the_meaning_and_floats(source: str) -> None:
    numbers = {"x": -2.5, "y": 3.0, "z": -0.5}
    kernel = Expression(f"s = {source}").python()
    try:
        expected = eval(source, {}, dict(numbers))
    except ZeroDivisionError:
        return
    value = eval(kernel, {"__builtins__": {}, **FUNCTIONS}, dict(numbers))
    assert isinstance(value, float)
    assert value == pytest.approx(expected, rel=1e-12)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(trees(), st.booleans())
def test_latex_is_balanced(source: str, plug: bool) -> None:
    latex = Expression(source).latex({"x": "-2.5", "y": "w_{1}"} if plug else None)
    depth = 0
    for mark in latex:
        depth += {"{": 1, "}": -1}.get(mark, 0)
        assert depth >= 0
    assert depth == 0
    assert latex.count(r"\left") == latex.count(r"\right")
    assert latex.count("(") == latex.count(")")
    assert "--" not in latex.replace(" ", "")
    assert "**" not in latex


@pytest.mark.parametrize(
    ("source", "text", "latex"),
    [
        ("s = x * y", "s = x·y", r"s = x \, y"),
        ("-(x / y ** 2)", "−x / y²", r"-\frac{x}{y^{2}}"),
        ("exp(-x)", "exp(−x)", "e^{-x}"),
        ("exp(x) ** 2", "exp(x)²", r"(e^{x})^{2}"),
        ("tanh(x) ** 2", "tanh(x)²", r"\tanh(x)^{2}"),
        ("-sin(x) + cos(x)", "−sin(x) + cos(x)", r"-\sin(x) + \cos(x)"),
        (
            "min(max(x, low), high)",
            "min(max(x, low), high)",
            r"\min(\max(x, \mathrm{low}), \mathrm{high})",
        ),
        ("erf(x / sqrt(2))", "erf(x / √(2))", r"\mathrm{erf}\left(\frac{x}{\sqrt{2}}\right)"),
        ("y * x ** (y - 1)", "y·x^(y − 1)", r"y \, x^{y - 1}"),
        ("2 * 3", "2·3", r"2 \cdot 3"),
        (
            "1 if low <= x <= high else 0",
            "1 if low ≤ x ≤ high, else 0",
            r"\begin{cases} 1 & \text{if } \mathrm{low} \leq x \leq \mathrm{high} \\ "
            r"0 & \text{otherwise} \end{cases}",
        ),
        (
            "1 if x > y else 0.5 if x == y else 0",
            "1 if x > y, else 0.5 if x = y, else 0",
            r"\begin{cases} 1 & \text{if } x > y \\ 0.5 & \text{if } x = y \\ "
            r"0 & \text{otherwise} \end{cases}",
        ),
        ("alpha * w12", "alpha·w12", r"\alpha \, w_{12}"),
    ],
)
def test_spellings(source: str, text: str, latex: str) -> None:
    rule = Expression(source)
    assert (rule.text(), rule.latex()) == (text, latex)


@pytest.mark.parametrize("name", ["w1", "w12", "alpha1", "foo_2"])
def test_a_lowered_digit_of_a_name_is_set_as_a_plain_one(name: str) -> None:
    lowered = "".join(chr(ord("₀") + int(c)) if c.isdecimal() else c for c in name)
    assert latex_name(lowered) == latex_name(name)


def test_names_are_replaced_where_they_are_names() -> None:
    rule = Latex(r"s = \frac{e^{x}}{\sum_j e^{x}} \text{ for x}, \max x")
    assert rule.latex({"x": "h_{1}"}) == (
        r"s = \frac{e^{h_{1}}}{\sum_j e^{h_{1}}} \text{ for x}, \max h_{1}"
    )
    assert rule.text({"x": "h1"}) == "s = e^(h1) / (Σ_j e^(h1)) for x, max h1"
    rule = Latex(r"s = \sum_i a_i b_i, \; x_i")
    assert rule.latex({"a": "w_{1}"}) == r"s = \sum_i {w_{1}}_i b_i, \; x_i"
    assert rule.text({"a": "w1", "b": "in_2"}) == "s = Σ_i w1_i in_2_i, x_i"
    assert Expression("s = x if kind == 'a' else 2 * x").decided({"kind": "b"}).text() == "s = 2·x"


def test_functions_refuse_what_has_no_finite_real_answer() -> None:
    scope = {"__builtins__": {}, **FUNCTIONS}
    for source in ("log(x)", "1 / x", "x ** (x - 1)", "(x - 2) ** 0.5", "exp(1000 + x)"):
        with pytest.raises((ArithmeticError, ValueError)):
            eval(Expression(source).python(), scope, {"x": 0.0})
    assert [FUNCTIONS["sign"](v) for v in (-3.0, 0.0, 2.0)] == [-1.0, 0.0, 1.0]
    assert FUNCTIONS["erf"](1.0) == math.erf(1.0)
    with pytest.raises(ValueError, match="no printed form"):
        Expression("x @ y").text()
    assert isinstance(Expression("x").tree, ast.Name)
