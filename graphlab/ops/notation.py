"""How an expression looks: typeset, or as one line of Unicode text."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from graphlab.ops.plain import MINUS, SUPERSCRIPT

_GREEK = frozenset(
    re.findall(
        r"\w+",
        "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi "
        "chi psi omega",
    )
)

_BARE = frozenset({"sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min"})  # LaTeX's own
_FULL = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arsinh",
    "acosh": "arcosh",
    "atanh": "artanh",
}

_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")

# Binding strength, loosest first; a child that binds looser than its parent gets brackets.
_CONDITION, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(6)


def latex_name(name: str) -> str:
    """``w1`` and ``w₁`` as ``w_{1}``, ``alpha`` as the letter, a longer word upright."""
    match = re.fullmatch(r"([^\W\d_]+?)_?(\d*)", name.translate(_LOWERED))
    if match is None:
        return r"\mathrm{" + name.replace("_", r"\_") + "}"
    word, index = match.groups()
    if word in _GREEK:
        word = "\\" + word
    elif len(word) > 1:
        word = r"\mathrm{" + word + "}"
    return f"{word}_{{{index}}}" if index else word


class LatexStyle:
    """How each construct looks typeset."""

    times, minus, plus = r" \, ", " - ", " + "

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def name(self, name: str) -> str:
        return self.names.get(name, latex_name(name))

    def number(self, value: float) -> str:
        return f"{value:g}"

    def bracket(self, inner: str) -> str:
        # Only what is tall needs stretched brackets: typesetting them doubles with each depth.
        is_tall = any(command in inner for command in (r"\frac", r"\begin", r"\sqrt"))
        return rf"\left({inner}\right)" if is_tall else f"({inner})"

    def fraction(self, top: tuple[str, int], bottom: tuple[str, int]) -> tuple[str, int]:
        return rf"\frac{{{top[0]}}}{{{bottom[0]}}}", _POWER

    def power(self, base: str, exponent: tuple[str, int]) -> str:
        return f"{base}^{{{exponent[0]}}}"

    def call(self, function: str, arguments: list[str]) -> tuple[str, int]:
        joined = ", ".join(arguments)
        if function == "exp":
            return f"e^{{{joined}}}", _POWER
        if function == "sqrt":
            return rf"\sqrt{{{joined}}}", _ATOM
        if function == "abs":
            return rf"\left|{joined}\right|", _ATOM
        if function in ("floor", "ceil"):
            return rf"\l{function} {joined} \r{function}", _ATOM
        known = {"log": r"\ln", "log2": r"\log_2", "log10": r"\log_{10}"}
        if function in _BARE:
            return f"\\{function}{self.bracket(joined)}", _ATOM
        upright = r"\mathrm{" + _FULL.get(function, function).replace("_", r"\_") + "}"
        return known.get(function, upright) + self.bracket(joined), _ATOM

    def string(self, value: str) -> str:
        return rf"\text{{{value}}}"

    def cases(self, cases: list[tuple[str, str]], otherwise: str) -> tuple[str, int]:
        rows = [rf"{value} & \text{{if }} {condition}" for value, condition in cases]
        body = r" \\ ".join([*rows, rf"{otherwise} & \text{{otherwise}}"])
        return rf"\begin{{cases}} {body} \end{{cases}}", _ATOM

    def comparison(self, operator: str) -> str:
        return {"<=": r" \leq ", ">=": r" \geq "}.get(operator, f" {operator} ")


class TextStyle(LatexStyle):
    """How each construct reads in one line of text."""

    times, minus = "·", f" {MINUS} "

    def name(self, name: str) -> str:
        return self.names.get(name, name)

    def number(self, value: float) -> str:
        return f"{value:g}".replace("-", MINUS)

    def bracket(self, inner: str) -> str:
        return f"({inner})"

    def fraction(self, top: tuple[str, int], bottom: tuple[str, int]) -> tuple[str, int]:
        upper = top[0] if top[1] >= _PRODUCT else f"({top[0]})"
        lower = bottom[0] if bottom[1] >= _POWER else f"({bottom[0]})"
        return f"{upper} / {lower}", _PRODUCT

    def power(self, base: str, exponent: tuple[str, int]) -> str:
        text, level = exponent
        digits = text.replace(MINUS, "-")
        if re.fullmatch(r"-?\d+", digits):
            return base + digits.translate(SUPERSCRIPT)
        return f"{base}^{text}" if level == _ATOM else f"{base}^({text})"

    def call(self, function: str, arguments: list[str]) -> tuple[str, int]:
        joined = ", ".join(arguments)
        if function == "abs":
            return f"|{joined}|", _ATOM
        if function in ("floor", "ceil"):
            return f"⌊{joined}⌋" if function == "floor" else f"⌈{joined}⌉", _ATOM
        known = {"log": "ln", "sqrt": "√", **_FULL}
        return f"{known.get(function, function)}({joined})", _ATOM

    def string(self, value: str) -> str:
        return value

    def cases(self, cases: list[tuple[str, str]], otherwise: str) -> tuple[str, int]:
        parts = [f"{value} if {condition}" for value, condition in cases]
        return ", else ".join([*parts, otherwise]), _CONDITION

    def comparison(self, operator: str) -> str:
        shown = {"<=": "≤", ">=": "≥"}
        return f" {shown.get(operator, operator)} "


_COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "="}


def print_tree(tree: ast.expr, style: LatexStyle) -> tuple[str, int]:
    """Return the printed tree and how tightly its outermost construct binds."""

    def inner(child: ast.expr, at_least: int, follows: bool = False) -> str:
        text, level = print_tree(child, style)
        clash = text.startswith(("-", MINUS)) and (follows or at_least > _SUM)
        return style.bracket(text) if level < at_least or clash else text

    match tree:
        case ast.Name(id=name):
            return style.name(name), _ATOM
        case ast.Constant(value=int() | float() as value):
            return style.number(float(value)), _ATOM
        case ast.Constant(value=str() as value):
            return style.string(value), _ATOM
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return style.minus.strip() + inner(operand, _PRODUCT), _SIGN
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return inner(left, _SUM) + style.plus + inner(right, _SUM, True), _SUM
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return inner(left, _SUM) + style.minus + inner(right, _PRODUCT), _SUM
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _product(inner(left, _PRODUCT), inner(right, _PRODUCT), style), _PRODUCT
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return style.fraction(print_tree(left, style), print_tree(right, style))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return style.power(inner(left, _ATOM), print_tree(right, style)), _POWER
        case ast.Compare(left=left, ops=operators, comparators=rest):
            text = inner(left, _SUM)
            for operator, right in zip(operators, rest, strict=True):
                text += style.comparison(_COMPARISONS[type(operator)]) + inner(right, _SUM)
            return text, _CONDITION
        case ast.IfExp():
            return style.cases(*_cases(tree, style))
        case ast.Call(func=ast.Name(id=function), args=arguments):
            return style.call(function, [print_tree(a, style)[0] for a in arguments])
    raise ValueError(f"an op's rule uses {ast.dump(tree)}, which has no printed form")


def _cases(tree: ast.IfExp, style: LatexStyle) -> tuple[list[tuple[str, str]], str]:
    """Flatten ``a if p else b if q else c`` into its (value, condition) rows and the last value."""
    rows: list[tuple[str, str]] = []
    last: ast.expr = tree
    while isinstance(last, ast.IfExp):
        value, level = print_tree(last.body, style)
        value = style.bracket(value) if level == _CONDITION else value
        rows.append((value, print_tree(last.test, style)[0]))
        last = last.orelse
    return rows, print_tree(last, style)[0]


def _product(left: str, right: str, style: LatexStyle) -> str:
    """Two numbers side by side would read as one, so those get a visible sign."""
    typeset_numbers = style.times != "·" and left[-1:].isdigit() and right[:1].isdigit()
    return left + (r" \cdot " if typeset_numbers else style.times) + right
