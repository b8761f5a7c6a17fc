"""Products that name their axes: the outer product, and any sum of products as einsum writes it."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape, unbroadcast
from graphlab.ops.contract import Array, Op, Tensor, sample
from graphlab.ops.expression import Latex

MAX_WORK, MAX_LETTERS = 2**36, 52
"""An einsum over more combinations of indices would never end; NumPy tells 52 letters apart."""


class Outer(Op):
    """Every element of one vector times every element of the other: a matrix of rank 1."""

    category = "Linear algebra"
    symbol = "⊗"
    other_names = ("outer product", "tensor product")
    formula = Latex(r"s_{ij} = a_i b_j")
    partials = {"a": Latex(r"\bullet \, b"), "b": Latex(r"\bullet^\top a")}
    samples = (sample((3,), (2,)), sample((1,), (4,)))
    is_linear = True

    @staticmethod
    def forward(a: Array, b: Array) -> Any:
        return np.multiply.outer(a, b)

    @staticmethod
    def shape(a: Shape, b: Shape) -> Shape:
        for port, shape in (("a", a), ("b", b)):
            if len(shape) != 1:
                raise OpError(
                    f"{port} is {show_shape(shape)}, and outer takes two vectors; flatten it, or "
                    f"multiply with axes of length 1"
                )
        return (*a, *b)

    @staticmethod
    def vjp(upstream: Array, out: Array, a: Array, b: Array) -> tuple[Any, ...]:
        return upstream @ b, upstream.T @ a

    @staticmethod
    def lower(torch: Any, a: Tensor, b: Tensor) -> Tensor:
        return torch.outer(a, b)


class Einsum(Op):
    """Einstein's notation: multiply along axes with the same letter, sum over those left out.

    ``equation`` names the axes of each input and of the result: ``ij,jk->ik`` is a matrix product,
    ``ii->`` a trace, ``bij->bji`` a transpose. Dots stand for batch axes, which broadcast. Without
    an arrow the result has the letters that occur once, in alphabetical order.
    """

    category = "Linear algebra"
    other_names = ("Einstein summation",)
    formula = Latex(r"y_{out} = \sum x_1 \, x_2 \, \cdots")
    partials = {"xi": Latex(r"\sum \bullet \; \text{all other inputs}")}
    samples = (
        sample((2, 3), (3, 4), equation="ij,jk->ik"),
        sample((2, 3), equation="ij->j"),
        sample((3, 3), equation="ii->i"),
        sample((2, 3), (2, 3), (3,), equation="bi,bj,k->ik"),
        sample((2, 2, 3), (1, 3, 2), equation="...ij,...jk->...ik"),
        sample((2, 3), (3, 2), equation="ab,bc"),
    )
    is_linear = True

    @staticmethod
    def forward(*xs: Array, equation: str) -> Any:
        inputs, output, _ = _read(equation, [np.shape(x) for x in xs])
        return np.asarray(_sum(inputs, output, xs))

    @staticmethod
    def shape(*xs: Shape, equation: str) -> Shape:
        _, output, sizes = _read(equation, xs)
        return tuple(sizes[letter] for letter in output)

    @classmethod
    def vjp(cls, upstream: Array, out: Array, *xs: Array, equation: str) -> tuple[Any, ...]:
        inputs, output, sizes = _read(equation, [np.shape(x) for x in xs])
        gradients = []
        for i, x in enumerate(xs):
            own = "".join(dict.fromkeys(inputs[i]))  # each letter once
            others = [*inputs[:i], *inputs[i + 1 :], output]
            fed = [*xs[:i], *xs[i + 1 :], np.asarray(upstream)]
            reached = "".join(letter for letter in own if any(letter in o for o in others))
            found = _sum(others, reached, fed)
            places = tuple(k for k, letter in enumerate(own) if letter not in reached)
            joint = tuple(sizes[letter] for letter in own)
            diagonal = dict(zip(inputs[i], x.shape, strict=True))
            whole = np.broadcast_to(np.expand_dims(found, places), joint)
            part = unbroadcast(whole, joint, tuple(diagonal[letter] for letter in own))
            gradient = np.array(part) if part.ndim == 0 else np.zeros_like(x)
            if part.ndim:  # a view, of the diagonal where letters repeat
                _sum([inputs[i]], own, [gradient])[...] = part
            gradients.append(gradient)
        return tuple(gradients)

    @staticmethod
    def lower(torch: Any, *xs: Tensor, equation: str) -> Tensor:
        return torch.einsum(equation, *xs)


def _sum(inputs: Sequence[str], output: str, xs: Sequence[Any]) -> Any:
    """NumPy's einsum, told axes by number."""
    number = {letter: i for i, letter in enumerate(dict.fromkeys("".join(inputs) + output))}
    told: list[Any] = []
    for x, letters in zip(xs, inputs, strict=True):
        told += [x, [number[letter] for letter in letters]]
    return np.einsum(*told, [number[letter] for letter in output], optimize=len(xs) > 2)


_LETTERS = string.ascii_letters + "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘ"  # Greek for the dots


def _read(equation: str, shapes: Sequence[Shape]) -> tuple[list[str], str, dict[str, int]]:
    """The letters of each input and of the output, dots spelled out, and each letter's length.

    Raises ``OpError`` for an equation that is none, and for lengths that differ.
    """
    text = equation.replace(" ", "")
    side = r"[A-Za-z]*(?:\.\.\.)?[A-Za-z]*"
    if len(text) > 200 or not re.fullmatch(rf"{side}(?:,{side})*(?:->{side})?", text):
        raise OpError(
            f"equation is {equation[:80]!r}; write the axes of each input as letters, such as "
            f"ij,jk->ik"
        )
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise OpError(
            f"equation {text} has {len(terms)} inputs and {len(shapes)} are connected; write one "
            f"group of letters for each"
        )
    pairs = list(zip(terms, shapes, strict=True))
    spare = [len(x) - len(t.replace("...", "")) for t, x in pairs if "..." in t]
    greek = _LETTERS[52 : 52 + max(0, *spare, 0)]
    inputs: list[str] = []
    sizes: dict[str, int] = {}
    for i, (term, shape) in enumerate(pairs, start=1):
        rest = len(shape) - len(term.replace("...", ""))
        if rest < 0 or (rest and "..." not in term):
            raise OpError(
                f"x{i} is {show_shape(shape)} and equation {text} names {term or 'no axis'} for "
                f"it: write as many letters as it has axes"
            )
        letters = term.replace("...", greek[len(greek) - rest :])
        inputs.append(letters)
        _measure(f"x{i}", letters, shape, sizes)
    output = right.replace("...", greek) if arrow else _unsaid(inputs, greek)
    if len(set(output)) < len(output) or not set(output) <= sizes.keys():
        raise OpError(
            f"equation {text} gives a result with the axes {right}: name each once, among those "
            f"of the inputs"
        )
    return inputs, output, sizes


def _unsaid(inputs: Sequence[str], greek: str) -> str:
    """The output's axes where no arrow says them."""
    every = "".join(inputs)
    return greek + "".join(sorted(x for x in set(every) - set(greek) if every.count(x) == 1))


def _measure(port: str, letters: str, shape: Shape, sizes: dict[str, int]) -> None:
    """Note the length of each letter; raises ``OpError`` where it had another."""
    own: dict[str, int] = {}
    for letter, size in zip(letters, shape, strict=True):
        if own.setdefault(letter, size) != size:
            raise OpError(
                f"{port} is {show_shape(shape)}, and both its axes {letter} must be equal"
            )
    for letter, size in own.items():
        have = sizes.setdefault(letter, size)
        if have == 1:
            sizes[letter] = size
        elif size not in (1, have):
            raise OpError(
                f"{port} is {show_shape(shape)}, so {letter} has length {size} there and {have} "
                f"before; make them equal"
            )
    if len(sizes) > MAX_LETTERS or math.prod(sizes.values()) > MAX_WORK:
        raise OpError(
            f"the equation names {len(sizes)} axes, and its sum would go over far too many "
            f"products; name fewer axes in one equation"
        )
