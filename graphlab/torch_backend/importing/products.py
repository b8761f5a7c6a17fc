"""Builders of products of matrices and of tensors."""

from __future__ import annotations

import string
from typing import Any

from graphlab.torch_backend.importing.building import Build, Wire
from graphlab.torch_backend.importing.shaping import transposed
from graphlab.torch_backend.importing.table import NoBuilderError, builds


@builds("matmul", "mm", "bmm", "mv")
def _matmul(b: Build, input: Any, other: Any) -> Wire:
    return b.add("matmul", input, other)


@builds("dot", "vdot", "inner")
def _dot(b: Build, input: Wire, tensor: Wire) -> Wire:
    return b.add("dot", input, tensor)


@builds("baddbmm", "addmm", "addmv", "addbmm")
def _added_product(
    b: Build, input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1
) -> Wire:
    product = b.add("matmul", batch1, batch2)
    if alpha != 1:
        product = b.add("multiply", product, float(alpha))
    if beta == 0:
        return product
    return b.add("add", input if beta == 1 else b.add("multiply", input, float(beta)), product)


@builds("addcmul")
def _addcmul(b: Build, input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Wire:
    product = b.add("multiply", tensor1, tensor2)
    return b.add("add", input, product if value == 1 else b.add("multiply", product, float(value)))


@builds("lerp")
def _lerp(b: Build, input: Any, end: Any, weight: Any) -> Wire:
    return b.add("add", input, b.add("multiply", weight, b.add("subtract", end, input)))


@builds("cosine_similarity")
def _cosine_similarity(b: Build, x1: Wire, x2: Wire, dim: int = 1, eps: float = 1e-8) -> Wire:
    return b.add("cosine_similarity", x1, x2, axis=dim, eps=float(eps))


# --- by letters ---------------------------------------------------------------------------------
@builds("outer", "ger")
def _outer(b: Build, input: Any, vec2: Any) -> Wire:
    return b.add("outer", input, vec2)


@builds("bilinear")
def _bilinear(b: Build, input1: Wire, input2: Wire, weight: Wire, bias: Any = None) -> Wire:
    product = b.add("einsum", input1, weight, input2, equation="...i,oij,...j->...o")
    return product if bias is None else b.add("add", product, bias)


@builds("tensordot")
def _tensordot(b: Build, a: Any, other: Any, dims: Any = 2, out: Any = None) -> Wire:
    left, right = b.lift(a), b.lift(other)
    if isinstance(dims, int):
        dims = list(range(len(left.shape) - dims, len(left.shape))), list(range(dims))
    summed = [(left.axis(i), right.axis(j)) for i, j in zip(*dims, strict=True)]
    letters = iter(string.ascii_letters)
    first = [next(letters) for _ in left.shape]
    partner = {j: first[i] for i, j in summed}
    second = [partner.get(j) or next(letters) for j in range(len(right.shape))]
    kept = [x for x in (*first, *second) if x not in partner.values()]
    equation = f"{''.join(first)},{''.join(second)}->{''.join(kept)}"
    return _einsum(b, equation, left, right)


@builds("diagonal", is_view=True)
def _diagonal(b: Build, input: Wire, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Wire:
    if offset or input.shape[dim1] != input.shape[dim2]:
        raise NoBuilderError("GraphLab takes the main diagonal of a square alone")
    letters = list(string.ascii_letters[: len(input.shape)])
    letters[input.axis(dim2)] = letters[input.axis(dim1)]
    twice = letters[input.axis(dim1)]
    kept = [x for x in letters if x != twice]
    return b.add("einsum", input, equation=f"{''.join(letters)}->{''.join(kept)}{twice}")


@builds("einsum")
def _einsum(b: Build, equation: str, *operands: Any) -> Wire:
    """One product of matrices with its axes put in order, where it is that, or else an einsum."""
    wires = [b.lift(x) for x in _listed(operands)]
    equation = equation.replace(" ", "")
    return _as_matmul(b, equation, wires) or b.add("einsum", *wires, equation=equation)


def _as_matmul(b: Build, equation: str, wires: list[Wire]) -> Wire | None:
    if len(wires) != 2 or "." in equation:
        return None
    inputs, _, result = equation.partition("->")
    left, right = inputs.split(",")
    if len(set(left)) < len(left) or len(set(right)) < len(right) or not result:
        return None
    batch = [a for a in left if a in right and a in result]
    summed = [a for a in left if a in right and a not in result]
    rows = [a for a in left if a not in right]
    columns = [a for a in right if a not in left]
    if not (len(summed) == len(rows) == len(columns) == 1) or set(rows + columns) - set(result):
        return None
    a = transposed(b, wires[0], [left.index(axis) for axis in (*batch, *rows, *summed)])
    c = transposed(b, wires[1], [right.index(axis) for axis in (*batch, *summed, *columns)])
    order = [*batch, *rows, *columns]
    return transposed(b, b.add("matmul", a, c), [order.index(axis) for axis in result])


def _listed(operands: tuple[Any, ...]) -> Any:
    return operands[0] if len(operands) == 1 and isinstance(operands[0], tuple | list) else operands
