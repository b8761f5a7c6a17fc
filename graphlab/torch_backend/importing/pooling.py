"""Builders of pooling, resizing and what moves pixels between channels and the image."""

from __future__ import annotations

from typing import Any

from graphlab.torch_backend.importing.building import Build, Wire, as_kind
from graphlab.torch_backend.importing.layers import settings
from graphlab.torch_backend.importing.table import NoBuilderError, builds


def _given(**told: Any) -> dict[str, Any]:
    """What is told and not empty: torch.export writes a stride left out as []."""
    return {k: v for k, v in settings(**told).items() if v is not None and v != ()}


def _enter_max_pools(axes: int) -> None:
    @builds(f"max_pool{axes}d_with_indices")
    def with_indices(
        b: Build,
        input: Wire,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = True,
    ) -> Any:
        told = _given(kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation)
        op = f"max_pool{axes}d_with_indices"
        out, indices = b.add_several(op, input, ceil_mode=ceil_mode, **told)
        return out, as_kind(indices, "int")

    @builds(f"max_pool{axes}d")
    def max_pool(
        b: Build,
        input: Wire,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        if return_indices:
            return with_indices(b, input, kernel_size, stride, padding, dilation, ceil_mode)
        told = _given(kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation)
        return b.add(f"max_pool{axes}d", input, ceil_mode=ceil_mode, **told)


def _enter_avg_pool(axes: int) -> None:
    @builds(f"avg_pool{axes}d")
    def avg_pool(
        b: Build,
        input: Wire,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: Any = None,
    ) -> Wire:
        told = _given(kernel_size=kernel_size, stride=stride, padding=padding)
        if divisor_override is not None:
            told["divisor_override"] = divisor_override
        flags = {"ceil_mode": ceil_mode, "count_include_pad": count_include_pad}
        return b.add(f"avg_pool{axes}d", input, **flags, **told)


def _enter_lp_pool(axes: int) -> None:
    @builds(f"lp_pool{axes}d")
    def lp_pool(
        b: Build,
        input: Wire,
        norm_type: float,
        kernel_size: Any,
        stride: Any = None,
        ceil_mode: bool = False,
    ) -> Wire:
        told = _given(kernel_size=kernel_size, stride=stride)
        told |= {"norm_type": float(norm_type), "ceil_mode": ceil_mode}
        return b.add(f"lp_pool{axes}d", input, **told)


def _enter_adaptive_pools(axes: int) -> None:
    @builds(f"adaptive_avg_pool{axes}d")
    def adaptive_avg_pool(b: Build, input: Wire, output_size: Any) -> Wire:
        return b.add(f"adaptive_avg_pool{axes}d", input, **_adaptive(input, output_size, axes))

    @builds(f"adaptive_max_pool{axes}d")
    def adaptive_max_pool(
        b: Build, input: Wire, output_size: Any, return_indices: bool = False
    ) -> Wire:
        if return_indices:
            raise NoBuilderError("GraphLab's adaptive pooling gives no indices")
        return b.add(f"adaptive_max_pool{axes}d", input, **_adaptive(input, output_size, axes))


def _enter_max_unpool(axes: int) -> None:
    @builds(f"max_unpool{axes}d")
    def max_unpool(
        b: Build,
        input: Wire,
        indices: Wire,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        output_size: Any = None,
    ) -> Wire:
        told = _given(kernel_size=kernel_size, stride=stride, padding=padding)
        if output_size is not None:
            told["output_size"] = tuple(output_size)[-axes:]
        return b.add(f"max_unpool{axes}d", input, indices, **told)


for _axes in (1, 2, 3):
    _enter_max_pools(_axes)
    _enter_avg_pool(_axes)
    _enter_lp_pool(_axes)
    _enter_adaptive_pools(_axes)
    _enter_max_unpool(_axes)


def _adaptive(x: Wire, size: Any, axes: int) -> dict[str, Any]:
    """The size wanted; None keeps the axis as it is."""
    wanted = (size,) * axes if size is None or isinstance(size, int) else tuple(size)
    have = x.shape[-axes:]
    return settings(
        output_size=tuple(h if w is None else w for w, h in zip(wanted, have, strict=True))
    )


# --- resizing -----------------------------------------------------------------------------------
@builds("interpolate", "upsample")
def _interpolate(
    b: Build,
    input: Wire,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: Any = None,
    recompute_scale_factor: Any = None,
    antialias: bool = False,
) -> Wire:
    if antialias:
        raise NoBuilderError("GraphLab resizes without antialiasing")
    if mode == "area":
        axes = len(input.shape) - 2
        wanted = size or _scaled(input, scale_factor)
        return b.add(f"adaptive_avg_pool{axes}d", input, **_adaptive(input, wanted, axes))
    told: dict[str, Any] = {"mode": mode}
    if size is not None:
        told |= settings(size=size)
    elif recompute_scale_factor:
        told["size"] = _scaled(input, scale_factor)
    else:
        told |= settings(scale=_floats(scale_factor))
    if align_corners:
        told["align_corners"] = True
    return b.add("upsample", input, **told)


def _floats(scale: Any) -> Any:
    return tuple(map(float, scale)) if isinstance(scale, tuple | list) else float(scale)


def _scaled(x: Wire, scale: Any) -> tuple[int, ...]:
    have = x.shape[2:]
    scales = scale if isinstance(scale, tuple | list) else [scale] * len(have)
    return tuple(int(n * s) for n, s in zip(have, scales, strict=True))


def _enter_exported(name: str, mode: str) -> None:
    @builds(name)
    def build(b: Build, input: Wire, output_size: Any, *rest: Any) -> Wire:
        is_smooth = mode not in ("nearest", "nearest-exact")
        align, scales = (rest[0], rest[1:]) if is_smooth else (None, rest)
        scale = scales[0] if len(scales) == 1 else None
        size = tuple(output_size) if output_size else None
        if size is None and scale is None:
            raise NoBuilderError("it names neither a size nor a scale")
        return _interpolate(
            b, input, size, list(scale) if scale and not size else None, mode, align
        )


for _name, _mode in {
    "upsample_nearest1d": "nearest",
    "upsample_nearest2d": "nearest",
    "upsample_nearest3d": "nearest",
    "_upsample_nearest_exact2d": "nearest-exact",
    "upsample_linear1d": "linear",
    "upsample_bilinear2d": "bilinear",
    "upsample_trilinear3d": "trilinear",
    "upsample_bicubic2d": "bicubic",
}.items():
    _enter_exported(_name, _mode)


@builds("pixel_shuffle")
def _pixel_shuffle(b: Build, input: Wire, upscale_factor: int) -> Wire:
    return b.add("pixel_shuffle", input, factor=upscale_factor)


@builds("pixel_unshuffle")
def _pixel_unshuffle(b: Build, input: Wire, downscale_factor: int) -> Wire:
    return b.add("pixel_unshuffle", input, factor=downscale_factor)
