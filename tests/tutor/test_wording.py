"""A text without its Markdown and LaTeX says what the typeset one says."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from graphlab import tutor
from graphlab.tutor.wording import plain
from tests.tutor.lessons import WHOLE, read

READ = {
    r"\frac{a+b}{c}": "(a + b)/c",
    r"\frac{a}{b+c}": "a/(b + c)",
    r"\frac{1}{2x}": "1/(2x)",
    r"\frac{1}{2}x": "(1/2)x",
    r"\frac{a+b}{c}(d+e)": "((a + b)/c)(d + e)",
    r"\frac{\partial L}{\partial w_1}": "∂L/∂w₁",
    r"\frac{\partial L}{\partial y}\cdot\frac{\partial y}{\partial x}": "∂L/∂y · ∂y/∂x",
    r"\frac{dy}{dx}": "dy/dx",
    r"\partial f / \partial x": "∂f/∂x",
    r"\alpha": "α",
    r"\Omega \leq \varepsilon": "Ω ≤ ε",
    r"\sqrt{2}": "√2",
    r"\sqrt{a+b}": "√(a + b)",
    r"\sqrt{x^2}": "√(x²)",
    r"{\sqrt{x}}^2": "(√x)²",
    r"{x^2}^3": "(x²)³",
    r"\sqrt[3]{x}": "³√x",
    r"e^{-x/2}": "e^(−x/2)",
    r"2^{10}": "2¹⁰",
    r"\left(a+b\right)^2": "(a + b)²",
    r"\frac{1}{1+e^{-x}}": "1/(1 + e^(−x))",
    r"\sum_{i=1}^{n} x_i^2": "∑_(i=1)^n xᵢ²",
    r"a \cdot (-4)": "a · (−4)",
    r"\hat{y}": "y\N{COMBINING CIRCUMFLEX ACCENT}",
    r"\mathrm{ReLU}(x)": "ReLU(x)",
    r"W^\top x": "Wᵀ x",
    r"f'(x)": "f′(x)",
    r"|x|": "|x|",
    r"\binom{n}{k}": "(n choose k)",
    r"\begin{pmatrix}1&2\\3&4\end{pmatrix}": "(1, 2; 3, 4)",
    r"\frac{a": r"\frac{a",  # wrong, so as it was typed
}


@pytest.mark.parametrize(("latex", "text"), READ.items())
def test_a_formula_is_read_as_one_line(latex: str, text: str) -> None:
    assert plain(f"so ${latex}$ is") == f"so {text} is"


def test_markdown_loses_its_marks_and_nothing_else() -> None:
    assert plain("**What** is $x$ in `x = 3`,\nand *why*?\n\n- One\n- two") == (
        "What is x in x = 3, and why? One two"
    )


WHOLES = {
    r"P+Q": "P + Q",
    r"P-Q": "P - (Q)",
    r"P\cdot Q": "(P) * (Q)",
    r"\frac{P}{Q}": "(P) / (Q)",
    r"\frac{P}{Q} \cdot P": "(P) / (Q) * (P)",
    r"\sqrt{P}-Q^2": "(P) ** 0.5 - (Q) ** 2",
}
PARTS = {
    "a": "a",
    "2": "2",
    "(a-b)": "(a - b)",
    r"\frac{a}{b}": "(a / b)",
    r"\frac{a+1}{b-2}": "((a + 1) / (b - 2))",
    r"\sqrt{a+b}": "(a + b) ** 0.5",
    "(a+b)^{2}": "(a + b) ** 2",
}


@pytest.mark.parametrize(("first", "second"), list(itertools.product(PARTS, PARTS)))
def test_a_line_computes_what_the_formula_does(first: str, second: str) -> None:
    for latex, meant in WHOLES.items():
        line = plain("$" + latex.replace("P", first).replace("Q", "{" + second + "}") + "$")
        python = meant.replace("P", PARTS[first]).replace("Q", PARTS[second])
        assert _computed(line) == pytest.approx(eval(python, {"a": 5.0, "b": 3.0})), line


def _computed(line: str) -> float:
    """The line's signs are Python's but for a few; a root has brackets or one sign under it."""
    for sign, python in {"−": "-", "·": "*", "²": "**2"}.items():
        line = line.replace(sign, python)
    line = re.sub(r"√(\w|√\([^()]*\))", r"√(\1)", line).replace("√", "root")
    return float(eval(line, {"a": 5.0, "b": 3.0, "root": lambda x: x**0.5}))


def test_a_reason_names_a_question_by_what_it_says(tmp_path: Path) -> None:
    text = WHOLE.replace("How much?", r"What is $\frac{\partial f}{\partial x}$?")
    lesson = read(tmp_path, text)
    assert lesson.solution is not None
    told = " ".join(v.reason for v in tutor.judge_goal(lesson, lesson.solution, {}))
    assert "question 1 on page 2 (‘What is ∂f/∂x?’)" in told


def test_the_right_option_is_told_as_text(tmp_path: Path) -> None:
    lesson = read(tmp_path, WHOLE.replace("- text: down", r"- text: $\frac{1}{2}$ of it"))
    (question,) = (q for q in lesson.questions if q.id == "way")
    assert tutor.answer(question).text == "1/2 of it"
