"""Builders of linear layers, convolutions and products of matrices."""

from __future__ import annotations

from typing import Any

from graphlab.torch_backend.importing.building import Build, Wire
from graphlab.torch_backend.importing.shaping import transposed
from graphlab.torch_backend.importing.table import NoBuilderError, builds


@builds("linear")
def _linear(b: Build, input: Wire, weight: Wire, bias: Any = None) -> Wire:
    return b.add("affine", weight, input, bias)


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


@builds("einsum")
def _einsum(b: Build, equation: str, *operands: Any) -> Wire:
    """An einsum of two tensors that is one product of matrices, its axes put in order."""
    wires = [b.lift(x) for x in _listed(operands)]
    if len(wires) != 2 or "." in equation:
        raise NoBuilderError("GraphLab draws einsum of two tensors without dots")
    inputs, _, result = equation.replace(" ", "").partition("->")
    left, right = inputs.split(",")
    if len(set(left)) < len(left) or len(set(right)) < len(right) or not result:
        raise NoBuilderError("GraphLab draws einsum with every axis once and the result told")
    batch = [a for a in left if a in right and a in result]
    summed = [a for a in left if a in right and a not in result]
    rows = [a for a in left if a not in right]
    columns = [a for a in right if a not in left]
    if not (len(summed) == len(rows) == len(columns) == 1) or set(rows + columns) - set(result):
        raise NoBuilderError("GraphLab draws einsum that is one product of matrices")
    a = transposed(b, wires[0], [left.index(axis) for axis in (*batch, *rows, *summed)])
    c = transposed(b, wires[1], [right.index(axis) for axis in (*batch, *summed, *columns)])
    order = [*batch, *rows, *columns]
    return transposed(b, b.add("matmul", a, c), [order.index(axis) for axis in result])


def _listed(operands: tuple[Any, ...]) -> Any:
    return operands[0] if len(operands) == 1 and isinstance(operands[0], tuple | list) else operands


# --- convolutions -------------------------------------------------------------------------------
def settings(**told: Any) -> dict[str, Any]:
    """Settings of a window as ops take them: one number where all axes agree."""
    return {key: _one(value) for key, value in told.items()}


def _one(value: Any) -> Any:
    if isinstance(value, tuple | list):
        if len(value) > 0 and all(v == value[0] for v in value):
            return value[0]
        return tuple(value)
    return value


def _enter_convolution(axes: int) -> None:
    @builds(f"conv{axes}d")
    def build(
        b: Build,
        input: Wire,
        weight: Wire,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Wire:
        told = settings(stride=stride, padding=padding, dilation=dilation)
        return b.add(f"conv{axes}d", input, weight, bias, groups=groups, **told)

    @builds(f"conv_transpose{axes}d")
    def build_transposed(
        b: Build,
        input: Wire,
        weight: Wire,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Wire:
        told = settings(
            stride=stride, padding=padding, output_padding=output_padding, dilation=dilation
        )
        return b.add(f"conv_transpose{axes}d", input, weight, bias, groups=groups, **told)


for _axes in (1, 2, 3):
    _enter_convolution(_axes)


@builds("aten.convolution")
def _convolution(
    b: Build,
    input: Wire,
    weight: Wire,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
) -> Wire:
    axes = len(weight.shape) - 2
    told = settings(stride=stride, padding=padding, dilation=dilation)
    if transposed:
        told |= settings(output_padding=output_padding)
    name = f"conv_transpose{axes}d" if transposed else f"conv{axes}d"
    return b.add(name, input, weight, bias, groups=groups, **told)


@builds("unfold", "im2col")
def _unfold(
    b: Build,
    input: Wire,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Wire:
    if len(input.shape) < 3:
        raise NoBuilderError("GraphLab unfolds images; a tensor's own unfold has no op")
    told = settings(kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride)
    return b.add("unfold", input, **told)


@builds("fold", "col2im")
def _fold(
    b: Build,
    input: Wire,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Wire:
    told = settings(kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride)
    return b.add("fold", input, **settings(output_size=output_size), **told)
