"""Boxes from anchors: what a detector adds to the boxes that it starts from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, broadcast_shapes, show_shape, unbroadcast
from graphlab.ops.contract import Array, Op, Tensor, sample
from graphlab.ops.expression import Latex

LARGEST_STEP = math.log(1000 / 16)  # beyond it a box would be far larger than any image
Four = tuple[float, float, float, float]
PLAIN = (1.0, 1.0, 1.0, 1.0)


class BoxDecode(Op):
    """Moves and stretches ``anchors`` (… × 4, corners) by ``deltas``, as Faster R-CNN does.

    Of the deltas the first two move the centre, in units of the anchor's width and height; the
    other two are logarithms of what stretches these, held below ``limit``. Each is divided by its
    number in ``weights`` first (Ren et al. 2015).
    """

    category = "Resizing"
    formula = Latex(r"c = c_a + d_c \, w_a, \quad w = w_a e^{d_w}")
    partials = {
        "deltas": Latex(r"\partial c = w_a \, \partial d_c, \quad \partial w = w \, \partial d_w"),
        "anchors": Latex(
            r"\partial c = \partial c_a + d_c \, \partial w_a, "
            r"\quad \partial w = e^{d_w} \, \partial w_a"
        ),
    }
    samples = (
        sample((3, 4), (3, 4)),
        sample((2, 3, 4), (3, 4), weights=(10.0, 10.0, 5.0, 5.0)),
        sample((2, 4), (2, 4), limit=0.5),
    )
    convention = "Exactly at the limit the partial is 1, as in PyTorch's clamp."

    @staticmethod
    def forward(
        deltas: Array,
        anchors: Array,
        *,
        weights: Four = PLAIN,
        limit: float = LARGEST_STEP,
    ) -> Any:
        scaled = deltas / np.asarray(weights, deltas.dtype)
        sizes = anchors[..., 2:] - anchors[..., :2]
        centres = anchors[..., :2] + sizes / 2 + scaled[..., :2] * sizes
        halves = np.exp(np.minimum(scaled[..., 2:], limit)) * sizes / 2
        return np.concatenate((centres - halves, centres + halves), axis=-1)

    @staticmethod
    def shape(
        deltas: Shape,
        anchors: Shape,
        *,
        weights: Four = PLAIN,
        limit: float = LARGEST_STEP,
    ) -> Shape:
        for port, given in (("deltas", deltas), ("anchors", anchors)):
            if not given or given[-1] != 4:
                raise OpError(
                    f"{port} is {show_shape(given)}, and box_decode takes … × 4; reshape it so "
                    f"that its last axis has 4"
                )
        if 0 in weights:
            raise OpError(f"weights is {weights}, and deltas are divided by them; give none of 0")
        return broadcast_shapes(("deltas", "anchors"), (deltas, anchors))

    @classmethod
    def vjp(
        cls,
        upstream: Array,
        out: Array,
        deltas: Array,
        anchors: Array,
        *,
        weights: Four = PLAIN,
        limit: float = LARGEST_STEP,
    ) -> tuple[Any, ...]:
        units = np.asarray(weights, deltas.dtype)
        scaled, sizes = deltas / units, anchors[..., 2:] - anchors[..., :2]
        stretch = np.exp(np.minimum(scaled[..., 2:], limit))
        first, last = upstream[..., :2], upstream[..., 2:]
        to_centre, to_size = first + last, (last - first) / 2
        kept = np.less_equal(scaled[..., 2:], limit)
        of_deltas = np.concatenate((to_centre * sizes, to_size * stretch * sizes * kept), axis=-1)
        across = to_centre * (scaled[..., :2] + 0.5) + to_size * stretch
        of_anchors = np.concatenate((to_centre - across, across), axis=-1)
        joint = np.shape(out)
        return (
            unbroadcast(of_deltas / units, joint, deltas.shape),
            unbroadcast(of_anchors, joint, anchors.shape),
        )

    @classmethod
    def jvp(
        cls,
        tangents: Sequence[Any],
        out: Any,
        *inputs: Any,
        weights: Four = PLAIN,
        limit: float = LARGEST_STEP,
        **rest: Any,
    ) -> Any:
        deltas, anchors = inputs
        units = np.asarray(weights, deltas.dtype)
        moved, shifted = (
            np.zeros_like(x) if t is None else t for t, x in zip(tangents, inputs, strict=True)
        )
        scaled, steps = deltas / units, moved / units
        sizes, grown = (x[..., 2:] - x[..., :2] for x in (anchors, shifted))
        stretch = np.exp(np.minimum(scaled[..., 2:], limit))
        kept = np.less_equal(scaled[..., 2:], limit)
        centres = shifted[..., :2] + (scaled[..., :2] + 0.5) * grown + steps[..., :2] * sizes
        halves = stretch * (grown + steps[..., 2:] * kept * sizes) / 2
        return np.concatenate((centres - halves, centres + halves), axis=-1)

    @staticmethod
    def lower(
        torch: Any,
        deltas: Tensor,
        anchors: Tensor,
        *,
        weights: Four = PLAIN,
        limit: float = LARGEST_STEP,
    ) -> Tensor:
        scaled = deltas / torch.tensor(weights, dtype=deltas.dtype, device=deltas.device)
        sizes = anchors[..., 2:] - anchors[..., :2]
        centres = anchors[..., :2] + sizes / 2 + scaled[..., :2] * sizes
        halves = torch.exp(torch.clamp(scaled[..., 2:], max=limit)) * sizes / 2
        return torch.cat((centres - halves, centres + halves), dim=-1)
