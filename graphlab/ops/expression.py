"""A rule written once, read four ways.

An elementwise op states its formula and its partials as plain text such as ``s = x * y``.  From
that text come the typeset rule, the sentence with the numbers plugged in, the kernel that steps
scalars, and the test that the symbolic partial equals the computed one.  An op whose rule is not a
formula of single elements (a matrix product, a sum) states it in LaTeX instead, and only has it
shown.

The texts are GraphLab's own source code; nothing a person types is ever read here.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping

from graphlab.ops.plain import MINUS, SUPERSCRIPT, plain_text

_GREEK = frozenset(
    (
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "rho",
        "sigma",
        "tau",
        "phi",
        "chi",
        "psi",
        "omega",
    )
)

FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "pow": math.pow,
    "sin": math.sin,
    "cos": math.cos,
    "tanh": math.tanh,
    "erf": math.erf,
    "abs": abs,
    "sign": lambda x: float((x > 0) - (x < 0)),
    "max": max,
    "min": min,
}
"""What ``Expression.python`` may call.  Where ``math`` has no finite answer (``log(0)``, ``1 / 0``,
``exp(1000)``) these raise ``ArithmeticError`` or ``ValueError``; the op's ``forward`` knows the
answer then."""

# Binding strength, loosest first; a child that binds looser than its parent gets brackets.
_CONDITION, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(6)


class Expression:
    """``left = right`` in elements: the op's output on the left, ports and attributes on the right.

    ``Expression("s * (1 - s)")`` without a left side is a partial.
    """

    def __init__(self, source: str) -> None:
        left, separator, right = source.partition(" = ")
        self.left = left.strip() if separator else ""
        self.right = (right if separator else source).strip()
        self.tree = ast.parse(self.right, mode="eval").body
        self.names = {n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name)}

    def latex(self, names: Mapping[str, str] | None = None) -> str:
        """Typeset it, with each name replaced by ``names[name]`` (LaTeX) where given."""
        right, _ = _print(self.tree, _Latex(names or {}))
        return f"{_Latex(names or {}).name(self.left)} = {right}" if self.left else right

    def text(self, names: Mapping[str, str] | None = None) -> str:
        """The same as one line of Unicode text."""
        right, _ = _print(self.tree, _Text(names or {}))
        return f"{_Text(names or {}).name(self.left)} = {right}" if self.left else right

    def python(self) -> str:
        """The right side as Python source on floats, calling ``FUNCTIONS`` and nothing else."""
        return ast.unparse(_ToPython().visit(ast.parse(self.right, mode="eval")))

    def decided(self, words: Mapping[str, str]) -> Expression:
        """The branches that hold for attributes with these words, such as ``approximate``."""
        tree = _Decided(words).visit(ast.parse(self.right, mode="eval"))
        right = ast.unparse(tree)
        return Expression(f"{self.left} = {right}" if self.left else right)


class Latex:
    """A rule that is only shown: ``Latex(r"C = A B")``, ports written as bare words.

    ``a_i`` and ``a_j`` are elements of what ``a`` names.
    """

    left = ""

    def __init__(self, source: str) -> None:
        self.source = source
        self.names = set(re.findall(r"(?<![\\A-Za-z])[A-Za-z_]\w*", source))

    def latex(self, names: Mapping[str, str] | None = None) -> str:
        """The source with port names replaced by ``names[name]`` (LaTeX)."""
        return self._renamed(names or {}, "{%s}_%s")

    def text(self, names: Mapping[str, str] | None = None) -> str:
        """A one-line Unicode reading of the LaTeX."""
        return plain_text(self._renamed(names or {}, "%s_%s"))

    def _renamed(self, names: Mapping[str, str], element: str) -> str:
        def word(match: re.Match[str]) -> str:
            found = match.group()
            whole, _, index = found.rpartition("_")
            if found not in names and index in ("i", "j") and whole in names:
                return element % (names[whole], index)
            return names.get(found, found)

        return _LATEX_WORD.sub(word, self.source)


Rule = Expression | Latex

# Upright text and commands are matched whole, so that no name is found inside them.
_LATEX_WORD = re.compile(
    r"\\(?:mathrm|text|mathbf|operatorname|mathit)\{[^{}]*\}|\\[A-Za-z]+|[A-Za-z]\w*"
)


class _Decided(ast.NodeTransformer):
    """Where an attribute is compared with a word, keep the branch that applies."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words = words

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        match node.test:
            case ast.Compare(
                left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant(value=str(word))]
            ) if name in self.words:
                chosen: ast.AST = self.visit(node.body if self.words[name] == word else node.orelse)
                return chosen
        return self.generic_visit(node)


class _ToPython(ast.NodeTransformer):
    """Keep all numbers floats; square by multiplying, which is faster than any power."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Constant(float(node.value)) if isinstance(node.value, int) else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        match node.op, left, right:
            case ast.Pow(), ast.Name(), ast.Constant(value=2.0):
                return ast.BinOp(left, ast.Mult(), left)
            case ast.Pow(), _, _:
                return ast.Call(ast.Name("pow"), [left, right], [])
        return ast.BinOp(left, node.op, right)


def latex_name(name: str) -> str:
    """``w1`` as ``w_{1}``, ``alpha`` as the letter, a longer word upright."""
    match = re.fullmatch(r"([^\W\d_]+)_?(\d*)", name)
    if match is None:
        return r"\mathrm{" + name.replace("_", r"\_") + "}"
    word, index = match.groups()
    if word in _GREEK:
        word = "\\" + word
    elif len(word) > 1:
        word = r"\mathrm{" + word + "}"
    return f"{word}_{{{index}}}" if index else word


class _Latex:
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
        known = {"log": r"\ln", "erf": r"\mathrm{erf}", "sign": r"\mathrm{sign}"}
        return known.get(function, "\\" + function) + self.bracket(joined), _ATOM

    def string(self, value: str) -> str:
        return rf"\text{{{value}}}"

    def cases(self, cases: list[tuple[str, str]], otherwise: str) -> tuple[str, int]:
        rows = [rf"{value} & \text{{if }} {condition}" for value, condition in cases]
        body = r" \\ ".join([*rows, rf"{otherwise} & \text{{otherwise}}"])
        return rf"\begin{{cases}} {body} \end{{cases}}", _ATOM

    def comparison(self, operator: str) -> str:
        return {"<=": r" \leq ", ">=": r" \geq "}.get(operator, f" {operator} ")


class _Text(_Latex):
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
        known = {"log": "ln", "sqrt": "√"}
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


def _print(tree: ast.expr, style: _Latex) -> tuple[str, int]:
    """Return the printed tree and how tightly its outermost construct binds."""

    def inner(child: ast.expr, at_least: int, follows: bool = False) -> str:
        text, level = _print(child, style)
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
            return style.fraction(_print(left, style), _print(right, style))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return style.power(inner(left, _ATOM), _print(right, style)), _POWER
        case ast.Compare(left=left, ops=operators, comparators=rest):
            text = inner(left, _SUM)
            for operator, right in zip(operators, rest, strict=True):
                text += style.comparison(_COMPARISONS[type(operator)]) + inner(right, _SUM)
            return text, _CONDITION
        case ast.IfExp():
            return style.cases(*_cases(tree, style))
        case ast.Call(func=ast.Name(id=function), args=arguments):
            return style.call(function, [_print(a, style)[0] for a in arguments])
    raise ValueError(f"an op's rule uses {ast.dump(tree)}, which has no printed form")


def _cases(tree: ast.IfExp, style: _Latex) -> tuple[list[tuple[str, str]], str]:
    """Flatten ``a if p else b if q else c`` into its (value, condition) rows and the last value."""
    rows: list[tuple[str, str]] = []
    last: ast.expr = tree
    while isinstance(last, ast.IfExp):
        rows.append((_print(last.body, style)[0], _print(last.test, style)[0]))
        last = last.orelse
    return rows, _print(last, style)[0]


def _product(left: str, right: str, style: _Latex) -> str:
    """Two numbers side by side would read as one, so those get a visible sign."""
    typeset_numbers = style.times != "·" and left[-1:].isdigit() and right[:1].isdigit()
    return left + (r" \cdot " if typeset_numbers else style.times) + right
