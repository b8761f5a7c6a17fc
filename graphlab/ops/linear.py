"""Linear algebra: products of vectors and matrices, and the fully connected layer's W x + b."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.attributes import OpenShape
from graphlab.ops.broadcasting import Shape, broadcast_shapes, show_shape, unbroadcast
from graphlab.ops.contract import Array, Op, Tensor, sample
from graphlab.ops.expression import Expression, Latex
from graphlab.ops.families import Reducing


class Matmul(Op):
    """The matrix product: each output element is a row of ``a`` times a column of ``b``.

    The last two axes are the matrices (..., n, k) and (..., k, m) and give (..., n, m); the axes
    before them are batch axes, which broadcast. A vector on the left counts as one row, on the
    right as one column, and the axis this adds is dropped again.
    """

    category = "Linear algebra"
    symbol = "@"
    other_names = ("matrix product", "matrix multiplication", "mm")
    formula = Latex(r"C = a \, b")
    partials = {"a": Latex(r"\bullet \, b^\top"), "b": Latex(r"a^\top \bullet")}
    samples = (
        sample((2, 3), (3, 4)),
        sample((3,), (3,)),
        sample((3,), (3, 2)),
        sample((2, 3), (3,)),
        sample((5, 2, 3), (3, 4)),
        sample((2, 1, 2, 3), (4, 3, 2)),
        sample((3,), (2, 3, 2)),
        sample((2, 4, 3), (3,)),
    )
    is_linear = True

    @staticmethod
    def forward(a: Array, b: Array) -> Any:
        return np.matmul(a, b)

    @staticmethod
    def shape(a: Shape, b: Shape) -> Shape:
        for port, shape in (("a", a), ("b", b)):
            if not shape:
                raise OpError(
                    f"{port} is a scalar, and matmul multiplies vectors and matrices; give {port} "
                    f"an axis, or use multiply"
                )
        inner = b[-2] if len(b) > 1 else b[0]
        if a[-1] != inner:
            raise OpError(
                f"a is {show_shape(a)} and b is {show_shape(b)}: a row of a has {a[-1]} elements "
                f"but a column of b has {inner}; make them equal, or transpose one of the two"
            )
        try:
            batch = broadcast_shapes(("a", "b"), (a[:-2], b[:-2]))
        except OpError:
            raise OpError(
                f"a is {show_shape(a)} and b is {show_shape(b)}: their batch axes, those before "
                f"the last two, do not broadcast; make them equal or one of them 1"
            ) from None
        return batch + a[-2:-1] + (b[-1:] if len(b) > 1 else ())

    @classmethod
    def multiply_adds(cls, *shapes: Any, **attributes: Any) -> int:
        """Every element of the product adds up as many products as a row of ``a`` is long."""
        return math.prod(cls.shape(*shapes)) * int(shapes[0][-1])

    @classmethod
    def vjp(cls, upstream: Array, out: Array, a: Array, b: Array) -> tuple[Any, ...]:
        return cls.vjp_of((True, True), upstream, out, a, b)

    @classmethod
    def vjp_of(
        cls, wanted: Sequence[bool], upstream: Any, out: Any, *inputs: Any, **attributes: Any
    ) -> tuple[Any, ...]:
        a, b = inputs
        left = a[None, :] if a.ndim == 1 else a
        right = b[:, None] if b.ndim == 1 else b
        above = np.asarray(upstream)
        if b.ndim == 1:
            above = np.expand_dims(above, -1)
        if a.ndim == 1:
            above = np.expand_dims(above, -2)
        to_left = to_right = None
        if right.ndim == 2:  # one matrix for the whole batch: one product instead of one each
            rows = _rows(above)
            to_left = rows @ right.T if wanted[0] else None
            to_right = _rows(left).T @ rows if wanted[1] else None
        else:
            if wanted[0]:
                each = above @ right.swapaxes(-1, -2)
                to_left = unbroadcast(each, each.shape, left.shape)
            if wanted[1]:
                each = left.swapaxes(-1, -2) @ above
                to_right = unbroadcast(each, each.shape, right.shape)
        return (
            None if to_left is None else to_left.reshape(a.shape),
            None if to_right is None else to_right.reshape(b.shape),
        )

    @classmethod
    def open_shape(
        cls,
        port: str,
        known: Mapping[str, Shape | None],
        wanted: OpenShape | None,
        **attributes: Any,
    ) -> OpenShape | None:
        """The axis that is summed over follows from the other matrix."""
        other = known.get("b" if port == "a" else "a")
        if not wanted or not other:
            return wanted
        if port == "a":
            return _fill(wanted, -1, other[-2] if len(other) > 1 else other[0])
        return _fill(wanted, -2 if len(wanted) > 1 else -1, other[-1])

    @staticmethod
    def lower(torch: Any, a: Tensor, b: Tensor) -> Tensor:
        return torch.matmul(a, b)


class Dot(Reducing):
    """The dot product of two vectors, wᵀx: multiply element by element, then add up."""

    category = "Linear algebra"
    symbol = "·"
    other_names = ("inner product", "scalar product")
    formula = Latex(r"s = \sum_i a_i b_i = a^\top b")
    partials = {"a": Expression("b"), "b": Expression("a")}
    samples = (sample((3,), (3,)), sample((1,), (1,)))

    @staticmethod
    def forward(a: Array, b: Array) -> Any:
        return np.dot(a, b)

    @classmethod
    def joint_shape(cls, *shapes: Any, **attributes: Any) -> Shape:
        a, b = shapes
        for port, shape in (("a", a), ("b", b)):
            if len(shape) != 1:
                raise OpError(
                    f"{port} is {show_shape(shape)}, and dot takes two vectors; use matmul for "
                    f"matrices and multiply for numbers"
                )
        if a != b:
            raise OpError(
                f"a has {a[0]} elements and b has {b[0]}: a dot product pairs them up, so give "
                f"both the same length"
            )
        return tuple(a)

    @classmethod
    def multiply_adds(cls, *shapes: Any, **attributes: Any) -> int:
        """One for each pair of elements."""
        return math.prod(shapes[0])

    @classmethod
    def reduced_axes(cls, rank: int, /, **attributes: Any) -> tuple[int, ...]:
        return (0,)

    @staticmethod
    def local(out: Array, a: Array, b: Array) -> tuple[Any, ...]:
        return b, a

    @classmethod
    def open_shape(
        cls,
        port: str,
        known: Mapping[str, Shape | None],
        wanted: OpenShape | None,
        **attributes: Any,
    ) -> OpenShape | None:
        """Both vectors have the same length."""
        other = known.get("b" if port == "a" else "a")
        return other if other is not None and wanted in (None, (None,)) else wanted

    @staticmethod
    def lower(torch: Any, a: Tensor, b: Tensor) -> Tensor:
        return torch.dot(a, b)


class Affine(Op):
    """A fully connected layer before its activation: ``W x + b``.

    Each row of ``weight`` (outputs × inputs) holds one neuron's weights. ``x`` is one example
    (inputs,) and gives (outputs,), or a batch (..., inputs) and gives (..., outputs): then each
    row of ``x`` is an example, and the product is written ``x Wᵀ + b``.
    """

    category = "Linear algebra"
    symbol = "W x + b"
    other_names = ("weighted sum plus bias", "addmm")
    formula = Latex(r"y = weight \, x + bias")
    partials = {
        "weight": Latex(r"\bullet \, x^\top"),
        "x": Latex(r"weight^\top \bullet"),
        "bias": Expression("1"),
    }
    samples = (
        sample((2, 3), (3,), (2,)),
        sample((2, 3), (4, 3), (2,)),
        sample((1, 3), (2, 4, 3), (1,)),
        sample((2, 3), (4, 3)),
    )

    @staticmethod
    def forward(weight: Array, x: Array, bias: Array | None = None) -> Any:
        rows = x if x.ndim < 3 else _rows(x)
        product = rows @ weight.T
        if bias is not None:
            product = product + bias
        return product if x.ndim < 3 else product.reshape(*x.shape[:-1], weight.shape[0])

    @classmethod
    def structure_of(cls, port: str = "", /, **attributes: Any) -> str:
        """Each output is a copy of its bias, as far as the bias goes."""
        return "selection" if port == "bias" else cls.structure

    @staticmethod
    def shape(weight: Shape, x: Shape, bias: Shape | None = None) -> Shape:
        if len(weight) != 2:
            raise OpError(
                f"weight is {show_shape(weight)}, and affine needs a matrix, outputs × inputs; "
                f"give one neuron's weights as one row, or use dot"
            )
        outputs, inputs = weight
        if not x:
            raise OpError(
                f"x is a scalar but each row of weight expects {inputs} features; give x an axis "
                f"of length {inputs}"
            )
        if x[-1] != inputs:
            raise OpError(
                f"x has {x[-1]} features but each row of weight expects {inputs}: give weight "
                f"{x[-1]} columns, or leave its columns open"
            )
        if bias is not None and bias != (outputs,):
            raise OpError(
                f"bias is {show_shape(bias)} but weight has {outputs} rows: give bias shape "
                f"({outputs},), one number a row, or leave its shape open"
            )
        return (*x[:-1], outputs)

    @classmethod
    def multiply_adds(cls, *shapes: Any, **attributes: Any) -> int:
        """Every weight meets one element of every example."""
        weight, x = shapes[:2]
        return int(math.prod(weight) * math.prod(x[:-1]))

    @classmethod
    def vjp(
        cls, upstream: Array, out: Array, weight: Array, x: Array, bias: Array | None = None
    ) -> tuple[Any, ...]:
        return cls.vjp_of((True, True, True), upstream, out, weight, x, bias)

    @classmethod
    def vjp_of(
        cls, wanted: Sequence[bool], upstream: Any, out: Any, *inputs: Any, **attributes: Any
    ) -> tuple[Any, ...]:
        weight, x, bias = (*inputs, None)[:3]
        if x.ndim == 1:
            to_bias = None if bias is None else upstream
            return np.multiply.outer(upstream, x), upstream @ weight, to_bias
        above = upstream if x.ndim == 2 else _rows(upstream)
        rows = x if x.ndim == 2 else _rows(x)
        to_x = (above @ weight).reshape(x.shape) if wanted[1] else None
        to_bias = None if bias is None else above.sum(axis=0)
        return above.T @ rows if wanted[0] else None, to_x, to_bias

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        weight, x = inputs[:2]
        of_weight, of_x, of_bias = (*tangents, None)[:3]
        total = np.zeros_like(out)
        if of_weight is not None:
            total = total + x @ of_weight.T
        if of_x is not None:
            total = total + of_x @ weight.T
        return total if of_bias is None else total + of_bias

    @classmethod
    def open_shape(
        cls,
        port: str,
        known: Mapping[str, Shape | None],
        wanted: OpenShape | None,
        **attributes: Any,
    ) -> OpenShape | None:
        """Columns follow from x's features; rows and the bias's length from each other."""
        weight, x, bias = (known.get(name) for name in cls.ports)
        rows = weight[0] if weight is not None and len(weight) == 2 else None
        columns = weight[1] if weight is not None and len(weight) == 2 else None
        if port == "weight":
            filled = (None, None) if wanted is None else wanted
            if len(filled) != 2:
                return wanted
            filled = _fill(filled, 1, x[-1]) if x else filled
            return _fill(filled, 0, bias[0]) if bias is not None and len(bias) == 1 else filled
        length = rows if port == "bias" else columns
        if length is None:
            return wanted
        return (length,) if wanted is None else _fill(wanted, -1, length)

    @staticmethod
    def lower(torch: Any, weight: Tensor, x: Tensor, bias: Tensor | None = None) -> Tensor:
        return torch.nn.functional.linear(x, weight, bias)


def _rows(x: Array) -> Array:
    """Join all axes but the last."""
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def _fill(wanted: OpenShape, axis: int, size: int) -> OpenShape:
    """Set ``axis`` to ``size`` if it is still open."""
    if not wanted or wanted[axis] is not None:
        return wanted
    filled = list(wanted)
    filled[axis] = size
    return tuple(filled)
