"""Examples as they are shown: images in bytes and not too large, signals and short rows of numbers.

Imported only where torch is wanted.
"""

from __future__ import annotations

import numpy as np
import torch

from graphlab.data.columns import Array, Rows
from graphlab.data.data_set import DataSet

SMALL, LARGE = 64, 256
"""The longest side of an image in a grid of many, and of one with something drawn over it."""

_SAMPLES = 256  # of a signal
_CHANNELS, _FEATURES = 3, 16


def examples(data: DataSet, rows: Rows, side: int = SMALL) -> dict[str, Array]:
    """How rows of ``x`` are shown, under the name of their kind.

    ``images`` (N, H, W) or (N, H, W, 3) in bytes, of volumes the middle plane; ``signals``
    (N, channels, length); ``numbers`` (N, features), the first few of many.
    """
    x = data.take(rows, ("x",))["x"]
    return shown(unscaled(data, x), side)


def shown(x: Array, side: int = SMALL, like: Array | None = None) -> dict[str, Array]:
    """Values shaped as examples are, as in ``examples``, with pixels on the scale of ``like``."""
    if x.ndim >= 4:
        return {"images": in_bytes(smaller(x, side), like)}
    if x.ndim == 3:
        step = -(-x.shape[2] // _SAMPLES)
        return {"signals": np.ascontiguousarray(x[:, :_CHANNELS, ::step], np.float32)}
    return {"numbers": np.ascontiguousarray(x.reshape(len(x), -1)[:, :_FEATURES], np.float32)}


def unscaled(data: DataSet, x: Array) -> Array:
    """Values as they were before they were standardised."""
    if data.standard is None:
        return x
    return np.asarray(x * data.standard.deviation + data.standard.mean, np.float32)


def smaller(x: Array, side: int) -> Array:
    """(N, C, H, W) with sides of at most ``side``, each pixel the mean of those it stands for.

    Of a volume (N, C, D, H, W) it is the middle plane.
    """
    if x.ndim == 5:
        x = x[:, :, x.shape[2] // 2]
    step = -(-max(x.shape[-2:]) // side)
    if step <= 1:
        return x
    height, width = (max(1, size // step) for size in x.shape[-2:])
    kept = torch.from_numpy(np.ascontiguousarray(x, np.float32))
    return np.asarray(torch.nn.functional.adaptive_avg_pool2d(kept, (height, width)).numpy())


def in_bytes(x: Array, like: Array | None = None) -> Array:
    """Pixels (N, C, H, W) as bytes: 0…1 as they are, else each image from its least to its most.

    With ``like``, other images, all are on the one scale of those.
    """
    x = x[:, [0, 0, 0] if x.shape[1] == 2 else slice(0, 3)]
    axes = (1, 2, 3) if like is None else None
    scale = x if like is None else like
    low, high = scale.min(axes, keepdims=like is None), scale.max(axes, keepdims=like is None)
    is_usual = (low >= -1e-4) & (high <= 1 + 1e-4)
    low, high = np.where(is_usual, 0, low), np.where(is_usual, 1, high)
    scaled = ((x - low) / np.maximum(high - low, 1e-12)).clip(0, 1)
    pixels = np.rint(np.nan_to_num(scaled) * 255).astype(np.uint8).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(pixels[..., 0] if pixels.shape[3] == 1 else pixels)
