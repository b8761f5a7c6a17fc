"""Other numbers of pixels: upsampling, cropping, and pixels traded for channels."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.attributes import Axes
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Op, Reach, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.families import Rearranging
from graphlab.ops.resampling import Mode, Taps, resized, taps
from graphlab.ops.shape import COPIED
from graphlab.ops.windows import one_each

Scale = float | tuple[float, ...] | None
_RANKS = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}


class Upsample(Op):
    """Resizes the axes behind (N, C) by copying or mixing neighbours; it makes smaller, too.

    Give ``size``, the new lengths, or ``scale``, what to multiply them by. "nearest" copies the
    nearest place before, "nearest-exact" the nearest one; "linear" (signals), "bilinear" (images)
    and "trilinear" (volumes) mix the 2, 4 or 8 places around, "bicubic" 16. With ``align_corners``
    the first and the last place stay where they are; without, the outer edges do.
    """

    category = "Resizing"
    other_names = ("enlarge", "interpolate", "resize")
    formula = Latex(r"y = A x, \quad A_{ij} \text{: the weight of } x_j \text{ in } y_i")
    partials = {"x": Latex(r"A_{ij}")}
    samples = (
        sample((1, 2, 3), scale=2.0),
        sample((2, 1, 2, 3), size=(5, 4)),
        sample((1, 2, 2, 2, 1), scale=(1.0, 2.0, 3.0)),
        sample((1, 1, 3, 4), size=(4, 2), mode="nearest-exact"),
        sample((1, 2, 3), size=7, mode="linear"),
        sample((2, 1, 2, 3), scale=2.0, mode="bilinear"),
        sample((1, 2, 3, 3), size=(5, 2), mode="bilinear", align_corners=True),
        sample((1, 1, 2, 3, 2), scale=1.5, mode="trilinear"),
        sample((1, 1, 3, 4), scale=2.0, mode="bicubic"),
    )
    is_linear = True

    @classmethod
    def structure_of(cls, port: str = "", /, **attributes: Any) -> str:
        """Nearest neighbours are copies."""
        is_copy = attributes.get("mode", "nearest") in ("nearest", "nearest-exact")
        return "selection" if is_copy else "dense"

    @classmethod
    def forward(
        cls,
        x: Array,
        *,
        size: Axes = None,
        scale: Scale = None,
        mode: Mode = "nearest",
        align_corners: bool = False,
    ) -> Any:
        for i, matrix in enumerate(cls.matrices(x.shape, size, scale, mode, align_corners)):
            x = matrix.apply(x, i + 2)
        return x

    @classmethod
    def shape(
        cls,
        x: Shape,
        *,
        size: Axes = None,
        scale: Scale = None,
        mode: Mode = "nearest",
        align_corners: bool = False,
    ) -> Shape:
        if len(x) < 3 or 0 in x[2:]:
            raise OpError(
                f"x is {show_shape(x)}, and upsample needs examples × channels × places; reshape "
                f"it so that it has at least one place"
            )
        rank = _RANKS.get(mode)
        if rank is not None and len(x) != rank + 2:
            raise OpError(
                f"x is {show_shape(x)} with {len(x) - 2} axes behind examples and channels, and "
                f"mode {mode} mixes along {rank}; choose another mode or reshape x"
            )
        if len(x) > 5:
            raise OpError(
                f"x is {show_shape(x)}, and upsample resizes 1 to 3 axes behind examples and "
                f"channels; reshape it to at most 5 axes"
            )
        lengths = tuple(length for length, _ in _asked(x, size, scale))
        if any(length < 1 for length in lengths):
            raise OpError(
                f"x is {show_shape(x)} and would become {show_shape(x[:2] + lengths)}, which is "
                f"nothing; give a larger size or scale"
            )
        return x[:2] + lengths

    @classmethod
    def vjp(
        cls,
        upstream: Array,
        out: Array,
        x: Array,
        *,
        size: Axes = None,
        scale: Scale = None,
        mode: Mode = "nearest",
        align_corners: bool = False,
    ) -> tuple[Any, ...]:
        gradient = np.asarray(upstream)
        for i, matrix in enumerate(cls.matrices(x.shape, size, scale, mode, align_corners)):
            gradient = matrix.transpose(gradient, i + 2)
        return (gradient,)

    @classmethod
    def reach(cls, *shapes: Any, mode: Mode = "nearest", **attributes: Any) -> Reach:
        """One neighbour, two or four along each axis, by the mode."""
        x, y = shapes[0], cls.shape(*shapes, mode=mode, **attributes)
        taps = {"nearest": 1.0, "nearest-exact": 1.0, "bicubic": 4.0}.get(mode, 2.0)
        return tuple((taps, have / want) for have, want in zip(x[2:], y[2:], strict=True))

    @staticmethod
    def matrices(x: Shape, size: Axes, scale: Scale, mode: Mode, align_corners: bool) -> list[Taps]:
        """What each axis behind (N, C) is multiplied by."""
        asked = zip(x[2:], _asked(x, size, scale), strict=True)
        return [taps(mode, have, want, factor, align_corners) for have, (want, factor) in asked]

    @staticmethod
    def lower(
        torch: Any,
        x: Tensor,
        *,
        size: Axes = None,
        scale: Scale = None,
        mode: Mode = "nearest",
        align_corners: bool = False,
    ) -> Tensor:
        corners = align_corners if mode in _RANKS else None
        return torch.nn.functional.interpolate(
            x, size=size, scale_factor=scale, mode=mode, align_corners=corners
        )


class Crop(Rearranging):
    """Cuts a piece of lengths ``size`` out of the last axes, beginning at ``offset``.

    ``size`` and ``offset`` have a number for each axis they cover: an image batch (N, C, H, W) is
    cropped by ``size=(h, w), offset=(top, left)``. What was cut away gets the gradient 0.
    """

    category = "Resizing"
    formula = Latex(r"y = \mathrm{crop}\left(x\right)")
    partials = {"x": COPIED}
    samples = (
        sample((2, 5, 4), size=(2, 3), offset=(1, 0)),
        sample((6,), size=(3,), offset=(2,)),
        sample((1, 2, 4, 4), size=(2, 2), offset=(0, 2)),
    )

    @staticmethod
    def forward(x: Array, *, size: tuple[int, ...], offset: tuple[int, ...]) -> Any:
        return x[_window(size, offset)]

    @staticmethod
    def shape(x: Shape, *, size: tuple[int, ...], offset: tuple[int, ...]) -> Shape:
        if len(size) != len(offset) or not 1 <= len(size) <= len(x):
            raise OpError(
                f"size is {size}, offset is {offset} and x is {show_shape(x)}: give both as many "
                f"numbers as axes to crop, the last ones of x"
            )
        tail = x[len(x) - len(size) :]
        for have, length, start in zip(tail, size, offset, strict=True):
            if length < 1 or start < 0 or start + length > have:
                raise OpError(
                    f"x is {show_shape(x)}, and size {size} at offset {offset} does not lie in its "
                    f"last axes {show_shape(tail)}; make it smaller, or move it inside"
                )
        return x[: len(x) - len(size)] + size

    @staticmethod
    def vjp(
        upstream: Array, out: Array, x: Array, *, size: tuple[int, ...], offset: tuple[int, ...]
    ) -> tuple[Any, ...]:
        gradient = np.zeros_like(x)
        gradient[_window(size, offset)] = upstream
        return (gradient,)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, size: tuple[int, ...], offset: tuple[int, ...]) -> Tensor:
        return x[_window(size, offset)]


class CenterCrop(Rearranging):
    """Cuts the middle out of the axes behind (N, C): to the lengths of ``like``, or to ``size``.

    The U-Net crops what its left side hands over to what its right side has (Ronneberger et al.
    2015). Of ``like`` only the shape matters, so it gets no gradient. An odd rest leaves one place
    more behind than in front.
    """

    category = "Resizing"
    formula = Latex(r"y = \mathrm{middle}\left(x\right)")
    partials = {"x": COPIED}
    undifferentiated = frozenset({"like"})
    samples = (
        sample((1, 2, 5, 4), size=(2, 2)),
        sample((2, 1, 6), size=3),
        sample((1, 2, 4, 5), (1, 3, 2, 2)),
        sample((1, 1, 3, 4, 5), size=(2, 2, 3)),
    )

    @staticmethod
    def forward(x: Array, like: Array | None = None, *, size: Axes = None) -> Any:
        return x[_middle(x.shape, None if like is None else like.shape, size)]

    @staticmethod
    def shape(x: Shape, like: Shape | None = None, *, size: Axes = None) -> Shape:
        return x[:2] + tuple(s.stop - s.start for s in _middle(x, like, size)[1:])

    @staticmethod
    def vjp(
        upstream: Array, out: Array, x: Array, like: Array | None = None, *, size: Axes = None
    ) -> tuple[Any, ...]:
        gradient = np.zeros_like(x)
        gradient[_middle(x.shape, None if like is None else like.shape, size)] = upstream
        return gradient, None

    @staticmethod
    def lower(torch: Any, x: Tensor, like: Tensor | None = None, *, size: Axes = None) -> Tensor:
        return x[_middle(tuple(x.shape), None if like is None else tuple(like.shape), size)]


def _window(size: tuple[int, ...], offset: tuple[int, ...]) -> tuple[Any, ...]:
    kept = (slice(start, start + length) for start, length in zip(offset, size, strict=True))
    return (Ellipsis, *kept)


def _middle(x: Shape, like: Shape | None, size: Axes) -> tuple[Any, ...]:
    """The index of the middle; raises ``OpError`` where there is none of that size."""
    if len(x) < 3:
        raise OpError(
            f"x is {show_shape(x)}, and center_crop needs examples × channels × places; reshape it"
        )
    if like is not None and size is None:
        wanted = like[2:]
    elif like is None and size is not None:
        wanted = one_each(size, len(x) - 2, "size")
    else:
        raise OpError("center_crop needs a size or something like it: give exactly one of the two")
    if len(wanted) != len(x) - 2 or any(
        not 0 < w <= have for w, have in zip(wanted, x[2:], strict=False)
    ):
        raise OpError(
            f"x is {show_shape(x)}, and {show_shape(wanted)} is no middle of its places "
            f"{show_shape(x[2:])}; give as many lengths, none longer than x's"
        )
    starts = [(have - w) // 2 for w, have in zip(wanted, x[2:], strict=True)]
    return (Ellipsis, *(slice(at, at + w) for at, w in zip(starts, wanted, strict=True)))


def _asked(x: Shape, size: Axes, scale: Scale) -> list[tuple[int, float | None]]:
    """Per axis the new length, and the factor if that is how it was asked for."""
    if size is not None and scale is None:
        return [(length, None) for length in one_each(size, len(x) - 2, "size")]
    if scale is None or size is not None:
        raise OpError("upsample needs a size or a scale: give exactly one of the two")
    factors = one_each(scale, len(x) - 2, "scale")
    if any(not 0 < factor < 1e6 for factor in factors):
        raise OpError(
            f"scale is {scale}, and must be above 0 and below 1e6; give a factor such as 2.0"
        )
    return [(resized(have, f), float(f)) for have, f in zip(x[2:], factors, strict=True)]
