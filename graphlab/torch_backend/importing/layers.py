"""Builders of linear layers, convolutions and windows."""

from __future__ import annotations

from typing import Any

from graphlab.torch_backend.importing.building import Build, FixedBatchError, Wire
from graphlab.torch_backend.importing.shaping import transposed
from graphlab.torch_backend.importing.table import builds


@builds("linear")
def _linear(b: Build, input: Wire, weight: Wire, bias: Any = None) -> Wire:
    return b.add("affine", weight, input, bias)


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
    told = settings(kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride)
    return b.add("unfold", input, **told)


@builds("Tensor.unfold", "aten.unfold")
def _windows(b: Build, input: Wire, dimension: int, size: int, step: int) -> Wire:
    """A tensor's own unfold: the windows along one axis, each of them along a new last axis."""
    import torch

    axis, length = input.axis(dimension), len(input.shape)
    if input.shape[axis] != input.other[axis]:
        raise FixedBatchError
    starts = torch.arange(0, input.shape[axis] - size + 1, step)
    read = b.add("index", input, starts[:, None] + torch.arange(size), axis=axis)
    kept = [i for i in range(length + 1) if i != axis + 1]
    return transposed(b, read, [*kept, axis + 1])


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
