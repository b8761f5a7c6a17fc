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
from functools import cached_property

from graphlab.ops.notation import LatexStyle, TextStyle, print_tree
from graphlab.ops.plain import plain_text

FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "pow": math.pow,
    "log2": math.log2,
    "log10": math.log10,
    "log1p": math.log1p,
    "expm1": math.expm1,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "atan2": math.atan2,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "asinh": math.asinh,
    "acosh": math.acosh,
    "atanh": math.atanh,
    "erf": math.erf,
    "abs": abs,
    "sign": lambda x: float((x > 0) - (x < 0)),
    "floor": lambda x: float(math.floor(x)),
    "ceil": lambda x: float(math.ceil(x)),
    "trunc": lambda x: float(math.trunc(x)),
    "round": lambda x: float(round(x)),
    "is_nan": lambda x: float(math.isnan(x)),
    "is_inf": lambda x: float(math.isinf(x)),
    "max": max,
    "min": min,
}
"""What ``Expression.python`` may call.  Where ``math`` has no finite answer (``log(0)``, ``1 / 0``,
``exp(1000)``) these raise ``ArithmeticError`` or ``ValueError``; the op's ``forward`` knows the
answer then."""


class Expression:
    """``left = right`` in elements: the op's output on the left, ports and attributes on the right.

    ``Expression("s * (1 - s)")`` without a left side is a partial.
    """

    def __init__(self, source: str) -> None:
        left, separator, right = source.partition(" = ")
        self.left = left.strip() if separator else ""
        self.right = (right if separator else source).strip()

    @cached_property
    def tree(self) -> ast.expr:
        """The right side parsed."""
        return ast.parse(self.right, mode="eval").body

    @cached_property
    def names(self) -> set[str]:
        """The ports and attributes on the right, and the functions called there."""
        return {n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name)}

    def latex(self, names: Mapping[str, str] | None = None) -> str:
        """Typeset it, with each name replaced by ``names[name]`` (LaTeX) where given."""
        right, _ = print_tree(self.tree, LatexStyle(names or {}))
        return f"{LatexStyle(names or {}).name(self.left)} = {right}" if self.left else right

    def text(self, names: Mapping[str, str] | None = None) -> str:
        """The same as one line of Unicode text."""
        right, _ = print_tree(self.tree, TextStyle(names or {}))
        return f"{TextStyle(names or {}).name(self.left)} = {right}" if self.left else right

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

    ``a_i`` and ``a_{i + j}`` are elements of what ``a`` names.
    """

    left = ""

    def __init__(self, source: str) -> None:
        self.source = source

    @cached_property
    def names(self) -> set[str]:
        """The bare words: the ports and attributes among them."""
        return set(re.findall(r"(?<![\\A-Za-z])[A-Za-z_]\w*", self.source))

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
            if found not in names and len(index) < 2 and whole in names:
                return element % (names[whole], index)
            return names.get(found, found)

        return re.sub(_LATEX_WORD, word, self.source)


Rule = Expression | Latex

# Upright text and commands are matched whole, so that no name is found inside them.
_LATEX_WORD = r"\\(?:mathrm|text|mathbf|operatorname|mathit)\{[^{}]*\}|\\[A-Za-z]+|[A-Za-z]\w*"


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
