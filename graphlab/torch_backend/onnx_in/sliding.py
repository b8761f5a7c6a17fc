"""The settings that convolutions and poolings share: kernel, strides, dilations and padding."""

from __future__ import annotations

from dataclasses import dataclass

from graphlab.errors import FileError
from graphlab.torch_backend.onnx_in.nodes import OnnxNode
from graphlab.torch_backend.onnx_in.values import OutsideError, Value

Pair = tuple[int, int]


@dataclass(frozen=True)
class Sliding:
    """One entry for each axis that the window slides along."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pads: tuple[Pair, ...]

    @property
    def extent(self) -> tuple[int, ...]:
        """From a window's first element to its last, both counted."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))


def sliding(node: OnnxNode, kernel: tuple[int, ...]) -> Sliding:
    """The settings of one use; raises ``FileError`` where they do not fit the kernel."""
    axes = len(kernel)
    stride = _each(node, "strides", axes, 1)
    dilation = _each(node, "dilations", axes, 1)
    bare = Sliding(kernel, stride, dilation, ((0, 0),) * axes)
    return Sliding(kernel, stride, dilation, _pads(node, bare))


def _each(node: OnnxNode, name: str, axes: int, default: int) -> tuple[int, ...]:
    given = node.wholes(name)
    if not given:
        return (default,) * axes
    if len(given) != axes:
        raise FileError(f"it has {len(given)} {name} for {axes} axes: the model is damaged")
    return given


def _pads(node: OnnxNode, bare: Sliding) -> tuple[Pair, ...]:
    axes, auto = len(bare.kernel), node.text("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        return _same(node.x, bare, is_upper=auto == "SAME_UPPER")
    if auto not in ("NOTSET", "VALID", ""):
        raise FileError(f"its auto_pad is {auto[:40]!r}, which the standard does not have")
    given = node.wholes("pads")
    if auto == "VALID" or not given:
        return ((0, 0),) * axes
    if len(given) != 2 * axes:
        raise FileError(f"it has {len(given)} pads for {axes} axes: the model is damaged")
    return tuple((given[i], given[i + axes]) for i in range(axes))


def _same(x: Value, bare: Sliding, *, is_upper: bool) -> tuple[Pair, ...]:
    """As much padding as gives ⌈size / stride⌉ windows; the odd one goes after, or before."""
    pads = []
    sizes = x.shape[2:] if x.shape is not None else (None,) * len(bare.kernel)
    for size, extent, stride in zip(sizes, bare.extent, bare.stride, strict=True):
        if stride == 1:
            total = extent - 1
        elif size is None:
            raise OutsideError(
                "its padding depends on the length of an axis that is open: import the model with "
                "fixed lengths"
            )
        else:
            total = max((-(-size // stride) - 1) * stride + extent - size, 0)
        small, large = total // 2, total - total // 2
        pads.append((small, large) if is_upper else (large, small))
    return tuple(pads)


def few(numbers: tuple[int, ...]) -> int | tuple[int, ...]:
    """One number where all are the same."""
    return numbers[0] if len(set(numbers)) == 1 else numbers


def few_pads(pads: tuple[Pair, ...]) -> int | tuple[int | Pair, ...]:
    """Padding as short as it can be written."""
    sides = tuple(a if a == b else (a, b) for a, b in pads)
    first = sides[0]
    return first if isinstance(first, int) and len(set(sides)) == 1 else sides


def spatial(x: Value, least: int = 3) -> int:
    """How many axes there are behind batch and channels; raises where no op takes so many."""
    axes = x.rank - 2
    if not 1 <= axes <= least:
        raise OutsideError(f"it slides along {axes} axes, and GraphLab's windows along 1 to 3")
    return axes
