"""Copies in another order: pixels traded for channels, tiling, turning round, rolling."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.attributes import Sizes
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Reach, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.families import Rearranging
from graphlab.ops.joining import axis_of
from graphlab.ops.shape import COPIED


class PixelShuffle(Rearranging):
    """Lays ``factor``² channels out as squares of ``factor`` × ``factor`` pixels of one channel.

    (..., C·r², H, W) becomes (..., C, H·r, W·r): a network that works on a small image writes a
    large one without inventing pixels (Shi et al. 2016).
    """

    category = "Resizing"
    formula = Latex(r"y = \mathrm{shuffle}\left(x\right)")
    partials = {"x": COPIED}
    samples = (
        sample((1, 4, 2, 3), factor=2),
        sample((2, 9, 1, 1), factor=3),
        sample((8, 2, 2), factor=2),
    )

    @staticmethod
    def forward(x: Array, *, factor: int) -> Any:
        *batch, channels, height, width = x.shape
        split = x.reshape(*batch, channels // factor**2, factor, factor, height, width)
        mixed = np.moveaxis(split, (-4, -3), (-3, -1))
        return mixed.reshape(PixelShuffle.shape(x.shape, factor=factor))

    @staticmethod
    def shape(x: Shape, *, factor: int) -> Shape:
        _check_image("pixel_shuffle", x, factor)
        *batch, channels, height, width = x
        if channels % factor**2:
            raise OpError(
                f"x is {show_shape(x)}, and its {channels} channels do not divide into squares of "
                f"{factor}×{factor}; give it a multiple of {factor**2} channels"
            )
        return (*batch, channels // factor**2, height * factor, width * factor)

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, *, factor: int) -> tuple[Any, ...]:
        return (PixelUnshuffle.forward(upstream, factor=factor),)

    @classmethod
    def reach(cls, *shapes: Any, factor: int) -> Reach:
        """One element, which lies ``factor`` times as close to the next as before."""
        return ((1.0, 1 / factor),) * 2

    @staticmethod
    def lower(torch: Any, x: Tensor, *, factor: int) -> Tensor:
        return torch.nn.functional.pixel_shuffle(x, factor)


class PixelUnshuffle(Rearranging):
    """Gathers each square of ``factor`` × ``factor`` pixels into as many channels.

    (..., C, H·r, W·r) becomes (..., C·r², H, W), which ``pixel_shuffle`` undoes.
    """

    category = "Resizing"
    formula = Latex(r"y = \mathrm{unshuffle}\left(x\right)")
    partials = {"x": COPIED}
    samples = (sample((1, 1, 4, 6), factor=2), sample((2, 2, 3, 3), factor=3))

    @staticmethod
    def forward(x: Array, *, factor: int) -> Any:
        *batch, channels, height, width = x.shape
        split = x.reshape(*batch, channels, height // factor, factor, width // factor, factor)
        mixed = np.moveaxis(split, (-3, -1), (-4, -3))
        return mixed.reshape(PixelUnshuffle.shape(x.shape, factor=factor))

    @staticmethod
    def shape(x: Shape, *, factor: int) -> Shape:
        _check_image("pixel_unshuffle", x, factor)
        *batch, channels, height, width = x
        if height % factor or width % factor:
            raise OpError(
                f"x is {show_shape(x)}, and its {height}×{width} pixels do not divide into squares "
                f"of {factor}×{factor}; make both sides multiples of {factor}"
            )
        return (*batch, channels * factor**2, height // factor, width // factor)

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, *, factor: int) -> tuple[Any, ...]:
        return (PixelShuffle.forward(upstream, factor=factor),)

    @classmethod
    def reach(cls, *shapes: Any, factor: int) -> Reach:
        """One element, ``factor`` times as far from the next as before."""
        return ((1.0, float(factor)),) * 2

    @staticmethod
    def lower(torch: Any, x: Tensor, *, factor: int) -> Tensor:
        return torch.nn.functional.pixel_unshuffle(x, factor)


class Tile(Rearranging):
    """Puts ``repeats`` copies of ``x`` side by side along each axis, counted from the last.

    Going back, the gradients of all copies of an element add up.
    """

    category = "Shape"
    other_names = ("repeat",)
    formula = Latex(r"y = \mathrm{tile}\left(x\right)")
    partials = {"x": COPIED}
    samples = (
        sample((2, 3), repeats=(2,)),
        sample((2, 3), repeats=(3, 1)),
        sample((3,), repeats=(2, 2)),
        sample((), repeats=(2,)),
    )

    @staticmethod
    def forward(x: Array, *, repeats: tuple[int, ...]) -> Any:
        return np.tile(x, repeats)

    @staticmethod
    def shape(x: Shape, *, repeats: tuple[int, ...]) -> Shape:
        if not repeats or any(count < 1 for count in repeats):
            raise OpError(f"repeats is {repeats}: give 1 or more for each axis")
        have, times = _aligned(x, repeats)
        return tuple(size * count for size, count in zip(have, times, strict=True))

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, *, repeats: tuple[int, ...]) -> tuple[Any, ...]:
        have, times = _aligned(np.shape(x), repeats)
        split = [length for pair in zip(times, have, strict=True) for length in pair]
        copies = np.reshape(upstream, split)
        return (copies.sum(axis=tuple(range(0, len(split), 2))).reshape(np.shape(x)),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, repeats: tuple[int, ...]) -> Tensor:
        return torch.tile(x, repeats)


class Flip(Rearranging):
    """Turns ``x`` round along the axes named: the last element comes first."""

    category = "Shape"
    other_names = ("mirror", "reverse")
    formula = Latex(r"y = \mathrm{flip}\left(x\right)")
    partials = {"x": COPIED}
    samples = (sample((2, 3), axes=(1,)), sample((3, 2, 2), axes=(0, -1)))

    @staticmethod
    def forward(x: Array, *, axes: tuple[int, ...]) -> Any:
        return np.flip(x, axes)

    @staticmethod
    def shape(x: Shape, *, axes: tuple[int, ...]) -> Shape:
        named = [axis_of(axis, x, "x") for axis in axes]
        if len(set(named)) < len(named) or not named:
            raise OpError(f"axes is {axes}: name each axis to turn round exactly once")
        return x

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, *, axes: tuple[int, ...]) -> tuple[Any, ...]:
        return (np.flip(upstream, axes),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, axes: tuple[int, ...]) -> Tensor:
        return torch.flip(x, axes)


class Roll(Rearranging):
    """Moves every element ``shift`` places along ``axis``; what leaves at one end comes back."""

    category = "Shape"
    other_names = ("shift",)
    formula = Latex(r"y = \mathrm{roll}\left(x\right)")
    partials = {"x": COPIED}
    samples = (
        sample((5,), shift=2),
        sample((2, 3), shift=-1, axis=1),
        sample((2, 3), shift=4, axis=-1),
    )

    @staticmethod
    def forward(x: Array, *, shift: int, axis: int = 0) -> Any:
        return np.roll(x, shift, axis)

    @staticmethod
    def shape(x: Shape, *, shift: int, axis: int = 0) -> Shape:
        axis_of(axis, x, "x")
        return x

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, *, shift: int, axis: int = 0) -> tuple[Any, ...]:
        return (np.roll(upstream, -shift, axis),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, shift: int, axis: int = 0) -> Tensor:
        return torch.roll(x, shift, axis)


class Unsqueeze(Rearranging):
    """Gives ``x`` a new axis of length 1, which becomes axis ``axis``."""

    category = "Shape"
    other_names = ("expand dims", "add an axis")
    formula = Latex(r"y = \mathrm{unsqueeze}\left(x\right)")
    partials = {"x": COPIED}
    samples = (sample((2, 3), axis=1), sample((2, 3), axis=-1), sample((), axis=0))

    @staticmethod
    def forward(x: Array, *, axis: int) -> Any:
        return np.expand_dims(x, axis)

    @staticmethod
    def shape(x: Shape, *, axis: int) -> Shape:
        rank = len(x) + 1
        if not -rank <= axis < rank:
            raise OpError(
                f"axis is {axis}, and with one more axis x has 0 to {rank - 1}; choose one of "
                f"them, or {-rank} to -1 to count from the last"
            )
        at = axis % rank
        return (*x[:at], 1, *x[at:])

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, *, axis: int) -> tuple[Any, ...]:
        return (np.reshape(upstream, np.shape(x)),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, axis: int) -> Tensor:
        return torch.unsqueeze(x, axis)


class Squeeze(Rearranging):
    """Drops the axes of length 1 that are named by ``axis``: one, or several."""

    category = "Shape"
    other_names = ("remove an axis", "drop an axis")
    formula = Latex(r"y = \mathrm{squeeze}\left(x\right)")
    partials = {"x": COPIED}
    samples = (sample((2, 1, 3), axis=1), sample((1, 3, 1), axis=(0, -1)))

    @staticmethod
    def forward(x: Array, *, axis: Sizes) -> Any:
        return np.squeeze(x, axis)

    @staticmethod
    def shape(x: Shape, *, axis: Sizes) -> Shape:
        named = [axis_of(a, x, "x") for a in ((axis,) if isinstance(axis, int) else axis)]
        if len(set(named)) < len(named) or any(x[a] != 1 for a in named):
            raise OpError(
                f"axis is {axis} and x is {show_shape(x)}: name axes of length 1, each once"
            )
        return tuple(size for i, size in enumerate(x) if i not in named)

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, *, axis: Sizes) -> tuple[Any, ...]:
        return (np.reshape(upstream, np.shape(x)),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, axis: Sizes) -> Tensor:
        return torch.squeeze(x, axis)


def _aligned(x: Shape, repeats: tuple[int, ...]) -> tuple[Shape, Shape]:
    """Both with as many axes as the longer one has, filled with 1 in front."""
    rank = max(len(x), len(repeats))
    return (1,) * (rank - len(x)) + x, (1,) * (rank - len(repeats)) + repeats


def _check_image(name: str, x: Shape, factor: int) -> None:
    if len(x) < 3 or factor < 1:
        raise OpError(
            f"x is {show_shape(x)} and factor is {factor}: {name} needs channels × height × width "
            f"and a factor of 1 or more"
        )
