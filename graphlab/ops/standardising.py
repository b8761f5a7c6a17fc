"""What all normalisations share: groups of elements brought to mean 0 and variance 1.

A group's elements depend on each other through their mean μ and variance v.  With
x̂ = (x − μ) / √(v + ε) the Jacobian of a group of m is (I − (1 + x̂ x̂ᵀ) / m) / √(v + ε), which is
symmetric, so that one function serves the backward and the forward derivative (Ioffe & Szegedy
2015, https://arxiv.org/abs/1502.03167).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from msgspec import Struct

from graphlab.errors import OpError
from graphlab.ops.attributes import OpenShape
from graphlab.ops.broadcasting import Shape, show_shape, unbroadcast
from graphlab.ops.contract import Array, Op
from graphlab.ops.expression import Latex

FORMULA = Latex(r"y = weight \, \frac{x - \mu}{\sqrt{v + \epsilon}} + bias")
PARTIALS = {
    "x": Latex(
        r"\frac{weight}{\sqrt{v + \epsilon}} \left([i = j] - \frac{1 + h_i h_j}{m}\right), "
        r"\quad h = \frac{x - \mu}{\sqrt{v + \epsilon}}"
    ),
    "weight": Latex(r"\frac{x - \mu}{\sqrt{v + \epsilon}}"),
    "bias": Latex("1"),
}


class View(Struct, frozen=True):
    """How an array falls into groups that share one mean and one variance."""

    split: Shape  # the array's axes, some of them cut in two
    axes: tuple[int, ...]  # of ``split``: those a group extends over
    scale: Shape  # of weight and bias
    placed: Shape  # the same, beside the array's axes

    @property
    def members(self) -> int:
        """How many elements a group has."""
        return math.prod(self.split[axis] for axis in self.axes)


class Standardised(Struct, frozen=True):
    """x̂ in the array's shape, and what its derivative needs."""

    hat: Array
    inverse: Array  # 1 / √(v + ε), beside ``view.split``
    view: View
    depends: bool  # whether the mean and the variance are those of ``x`` itself
    centred: bool  # whether the mean is taken off

    def pushed(self, change: Array) -> Array:
        """The Jacobian of x̂ times ``change``; it is symmetric, so this goes both ways."""
        part = np.reshape(change, self.view.split)
        if self.depends:
            hat, axes = self.hat.reshape(self.view.split), self.view.axes
            part = part - hat * np.mean(part * hat, axis=axes, keepdims=True)
            if self.centred:
                part = part - np.mean(np.reshape(change, part.shape), axis=axes, keepdims=True)
        return np.reshape(part * self.inverse, self.hat.shape)


class Normalisation(Op, abstract=True):
    """An op that standardises groups of elements, then scales and shifts them.

    Its ports are x, ``weight``, ``bias`` and perhaps running statistics, all but x optional. A
    subclass gives ``forward`` (by ``normalised``), ``lower`` and ``view``.
    """

    category = "Normalisation"
    formula = FORMULA
    partials = PARTIALS
    needs = ("samples", "forward", "lower")
    centred: ClassVar[bool] = True

    @classmethod
    def view(cls, x: Shape, **attributes: Any) -> View:
        """How ``x`` falls into groups; raises ``OpError`` where it cannot."""
        raise NotImplementedError

    @classmethod
    def standardised(cls, x: Array, rest: Sequence[Any], **attributes: Any) -> Standardised:
        """x̂ with the groups' own statistics."""
        view = cls.view(x.shape, **attributes)
        part = x.reshape(view.split)
        if cls.centred:
            part = part - np.mean(part, axis=view.axes, keepdims=True)
        variance = np.mean(part * part, axis=view.axes, keepdims=True)
        inverse = 1 / np.sqrt(variance + cls.least(x, **attributes))
        hat = np.reshape(part * inverse, x.shape)
        return Standardised(hat, inverse, view, True, cls.centred)

    @classmethod
    def least(cls, x: Array, *, eps: float | None = 1e-5, **attributes: Any) -> Any:
        """ε, which keeps the division defined where a group does not vary."""
        return x.dtype.type(np.finfo(x.dtype).eps if eps is None else eps)

    @classmethod
    def normalised(cls, x: Array, *rest: Any, **attributes: Any) -> Array:
        """What ``forward`` returns: x̂ · weight + bias."""
        weight, bias = (*rest, None)[:2]
        found = cls.standardised(x, rest, **attributes)
        out = found.hat
        if weight is not None:
            out = out * weight.reshape(found.view.placed)
        return out if bias is None else out + bias.reshape(found.view.placed)

    @classmethod
    def shape(cls, x: Shape, *rest: Any, **attributes: Any) -> Shape:
        view = cls.view(x, **attributes)
        if not view.members:
            raise OpError(
                f"x is {show_shape(x)}, with no elements to take a mean of; feed at least one"
            )
        for port, given in zip(cls.ports[1:], rest, strict=False):
            if given is not None and tuple(given) != view.scale:
                raise OpError(
                    f"x is {show_shape(x)} and {port} is {show_shape(given)}, and {cls.name} takes "
                    f"{port} of shape {show_shape(view.scale)}; give it that, or leave it open"
                )
        return x

    @classmethod
    def vjp(
        cls, upstream: Array, out: Array, x: Array, *rest: Any, **attributes: Any
    ) -> tuple[Any, ...]:
        weight, bias = (*rest, None, None)[:2]
        found = cls.standardised(x, rest, **attributes)
        view, above = found.view, np.asarray(upstream)
        to_weight = to_bias = None
        if bias is not None:
            to_bias = unbroadcast(above, x.shape, view.placed).reshape(view.scale)
        if weight is not None:
            products = unbroadcast(above * found.hat, x.shape, view.placed)
            to_weight = products.reshape(view.scale)
            above = above * weight.reshape(view.placed)
        gradients = (found.pushed(above), to_weight, to_bias)
        return (*gradients, None, None)[: len(cls.ports)]

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        x, *rest = inputs
        weight = (*rest, None)[0]
        of_x, of_weight, of_bias = (*tangents, None, None)[:3]
        found = cls.standardised(x, rest, **attributes)
        placed = found.view.placed
        total = np.zeros_like(x)
        if of_x is not None:
            moved = found.pushed(of_x)
            total = total + (moved if weight is None else moved * weight.reshape(placed))
        if of_weight is not None:
            total = total + found.hat * of_weight.reshape(placed)
        return total if of_bias is None else total + of_bias.reshape(placed)

    @classmethod
    def structure_of(cls, port: str = "", /, **attributes: Any) -> str:
        """Each output is a copy of its place's bias, as far as the bias goes."""
        return "selection" if port == "bias" else cls.structure

    @classmethod
    def open_shape(
        cls,
        port: str,
        known: Mapping[str, Shape | None],
        wanted: OpenShape | None,
        **attributes: Any,
    ) -> OpenShape | None:
        """Everything but x has one shape, which follows from x, or from one that is known."""
        if port == "x":
            return wanted
        x = known.get("x")
        siblings = [known.get(name) for name in cls.ports[1:] if name != port]
        found = next((shape for shape in siblings if shape is not None), None)
        if x is not None:
            try:
                found = cls.view(tuple(x), **attributes).scale
            except OpError:
                return wanted
        if found is None or (wanted is not None and len(wanted) != len(found)):
            return wanted
        given = (None,) * len(found) if wanted is None else wanted
        return tuple(f if w is None else w for w, f in zip(given, found, strict=True))
