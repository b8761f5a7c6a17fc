"""Dropout: values set to 0 by chance in training, so that no unit can rely on another.

The mask is drawn from the seed that the run gives each node, so forward, backward and every step
back and forth in between see the same one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import EVALUATION, NO_SEED, Array, Draw, Tensor, Training, sample
from graphlab.ops.expression import Latex
from graphlab.ops.families import Pointwise


class MaskedByChance(Pointwise, abstract=True):
    """An op that multiplies by a mask of 0 and 1 / (1 − p) in training, and by 1 otherwise."""

    category = "Normalisation"
    structure = "diagonal"
    formula = Latex(
        r"y = m \odot x, \quad m_i = 0 \text{ by chance } p\text{, else } \frac{1}{1 - p}"
    )
    by_mode = (
        "passes its input on unchanged",
        "sets elements to 0 by chance and divides the others by 1 − p",
    )
    partials = {"x": Latex(r"m, \quad \text{or 1 in evaluation}")}

    @classmethod
    def mask_shape(cls, x: Shape) -> Shape:
        """The shape of what is drawn, which broadcasts to that of ``x``."""
        return x

    @classmethod
    def mask(cls, x: Shape, dtype: Any, p: float, seed: int) -> Array:
        """What training multiplies by; the same for the same seed."""
        kept = np.random.default_rng(seed).random(cls.mask_shape(x)) >= p
        return np.asarray(kept / (1 - p if p < 1 else 1), dtype)

    @classmethod
    def forward(
        cls,
        x: Array,
        *,
        p: float = 0.5,
        training: Training = EVALUATION,
        seed: Draw = NO_SEED,
    ) -> Any:
        return x * cls.mask(np.shape(x), np.result_type(x), p, seed) if training else x

    @classmethod
    def shape(cls, *shapes: Any, p: float = 0.5, **attributes: Any) -> Shape:
        if not 0 <= p <= 1:
            raise OpError(f"p is {p:g}, and must be a probability; give a number from 0 to 1")
        return tuple(shapes[0])

    @classmethod
    def local(
        cls, out: Array, x: Array, *, p: float = 0.5, training: bool = False, seed: int = 0
    ) -> tuple[Any, ...]:
        return (cls.mask(np.shape(x), np.result_type(x), p, seed) if training else 1.0,)

    @classmethod
    def dropped(cls, torch: Any, x: Tensor, p: float, seed: int) -> Tensor:
        """What training does with the very mask that NumPy draws; ``x`` has to be concrete."""
        mask = cls.mask(tuple(x.shape), np.float64, p, seed)
        return x * torch.as_tensor(mask).to(x)


class Dropout(MaskedByChance):
    """Sets each element to 0 with probability ``p`` in training; evaluation changes nothing.

    What is kept is divided by 1 − p, so that the expected value stays the same. Going back, the
    same elements get 0 (Srivastava et al. 2014).
    """

    samples = (sample((2, 3)), sample((4,), p=0.25), sample((2, 3, 2), p=0.0), sample(()))

    @classmethod
    def lower(
        cls, torch: Any, x: Tensor, *, p: float = 0.5, training: Any = False, seed: Any = None
    ) -> Tensor:
        if seed is not None:
            return cls.dropped(torch, x, p, seed) if training else x
        return torch.nn.functional.dropout(x, p, training)


class DropoutChannels(MaskedByChance):
    """Sets whole channels to 0 with probability ``p`` in training; evaluation changes nothing.

    ``x`` is (N, C, ...). Neighbouring places of a channel say much the same, so dropping them one
    by one would hide little (Tompson et al. 2015).
    """

    other_names = ("spatial dropout",)
    samples = (sample((2, 3, 2)), sample((3, 4), p=0.25), sample((2, 2, 2, 2), p=0.75))

    @classmethod
    def mask_shape(cls, x: Shape) -> Shape:
        return (*x[:2], *(1 for _ in x[2:]))

    @classmethod
    def shape(cls, *shapes: Any, p: float = 0.5, **attributes: Any) -> Shape:
        (x,) = shapes
        if len(x) < 2:
            raise OpError(
                f"x is {show_shape(x)}, and dropout_channels needs examples × channels at least; "
                f"use dropout, or give it a batch axis first"
            )
        return super().shape(x, p=p)

    @classmethod
    def lower(
        cls, torch: Any, x: Tensor, *, p: float = 0.5, training: Any = False, seed: Any = None
    ) -> Tensor:
        if seed is not None:
            return cls.dropped(torch, x, p, seed) if training else x
        return torch.feature_dropout(x, p, training)
