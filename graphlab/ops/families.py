"""The families of ops: each knows a structure of partials, and so asks less of its members."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from graphlab.ops.broadcasting import Shape, broadcast_shapes, unbroadcast
from graphlab.ops.contract import Op
from graphlab.ops.expression import Expression, Rule


class Pointwise(Op, abstract=True):
    """Ops whose local partial is one number per element of a joint shape.

    The inputs broadcast to the joint shape, an element is computed from the elements that meet
    there, and some axes may then be reduced.  Elementwise ops reduce none (a diagonal Jacobian),
    sums and averaged losses reduce some or all.  ``local`` gives the partials; vjp, jvp and the
    shape follow.
    """

    needs = ("samples", "forward", "local", "lower")

    local: ClassVar[Callable[..., tuple[Any, ...]]]
    """``local(out, *inputs, **attributes)``: per port, ∂out/∂input, over the joint shape.

    Where axes are reduced, the entry at a joint position is the partial of the output element it
    is reduced into.  None for a port without a gradient.
    """

    @classmethod
    def joint_shape(cls, *shapes: Any, **attributes: Any) -> Shape:
        """The shape all inputs broadcast to."""
        return broadcast_shapes(cls.port_names(len(shapes)), shapes)

    @classmethod
    def reduced_axes(cls, rank: int, /, **attributes: Any) -> tuple[int, ...]:
        """Which axes of the joint shape are reduced, counted from 0."""
        return ()

    @classmethod
    def shape(cls, *shapes: Any, **attributes: Any) -> Shape:
        joint = cls.joint_shape(*shapes, **attributes)
        axes = cls.reduced_axes(len(joint), **attributes)
        if attributes.get("keepdims", False):
            return tuple(1 if i in axes else size for i, size in enumerate(joint))
        return tuple(size for i, size in enumerate(joint) if i not in axes)

    @classmethod
    def open_shape(
        cls,
        port: str,
        known: Mapping[str, Shape | None],
        wanted: tuple[int | None, ...] | None,
        **attributes: Any,
    ) -> tuple[int | None, ...] | None:
        """A wholly open parameter is a scalar; an open axis is as long as what it meets."""
        if wanted is None:
            return ()
        others = [shape for name, shape in known.items() if name != port and shape is not None]
        joint = broadcast_shapes(["x"] * len(others), others)
        meets = (1,) * (len(wanted) - len(joint)) + joint[max(len(joint) - len(wanted), 0) :]
        return tuple(m if w is None and others else w for w, m in zip(wanted, meets, strict=True))

    @classmethod
    def vjp(cls, upstream: Any, out: Any, *inputs: Any, **attributes: Any) -> tuple[Any, ...]:
        local = cls.local(out, *inputs, **attributes)
        return cls.vjp_from_local(upstream, local, *inputs, **attributes)

    @classmethod
    def vjp_from_local(
        cls, upstream: Any, local: Sequence[Any], *inputs: Any, **attributes: Any
    ) -> tuple[Any, ...]:
        """``vjp`` for partials already computed in the forward pass."""
        shapes = [np.shape(x) for x in inputs]
        joint = cls.joint_shape(*shapes, **attributes)
        spread = cls._spread(upstream, joint, attributes)
        return tuple(
            None if partial is None else unbroadcast(spread * partial, joint, shape)
            for partial, shape in zip(local, shapes, strict=False)  # ports at the end may be empty
        )

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        joint = cls.joint_shape(*(np.shape(x) for x in inputs), **attributes)
        local = cls.local(out, *inputs, **attributes)
        total = np.zeros(joint, np.result_type(out))
        for tangent, partial in zip(tangents, local, strict=False):
            if tangent is not None and partial is not None:
                total = total + np.broadcast_to(tangent, joint) * partial
        axes = cls.reduced_axes(len(joint), **attributes)
        return total.sum(axis=axes, keepdims=attributes.get("keepdims", False)) if axes else total

    @classmethod
    def _spread(cls, upstream: Any, joint: Shape, attributes: Mapping[str, Any]) -> Any:
        """Give the upstream gradient the reduced axes back, with length 1."""
        axes = cls.reduced_axes(len(joint), **attributes)
        if len(axes) in (0, len(joint)) or attributes.get("keepdims", False):
            return upstream  # a scalar broadcasts as it is
        return np.expand_dims(upstream, axes)


class Elementwise(Pointwise, abstract=True):
    """out[i] depends on the inputs' elements at i alone; the formula is an ``Expression``."""

    structure = "diagonal"
    formula_kind = Expression


class Reducing(Pointwise, abstract=True):
    """Each joint element belongs to one output element: sums, means, norms, losses."""

    structure = "reduction"


class Rearranging(Op, abstract=True):
    """Every output element is a copy of one input element (or a filled-in constant).

    Give ``shape``, ``forward``, ``vjp`` and ``lower``.
    """

    structure = "selection"
    is_linear = True


class Source(Op, abstract=True):
    """A node without inputs whose value comes from outside: a feed, a number, an initialiser."""

    category = "Source"
    needs = ("forward",)
    samples = ()
    partials: ClassVar[Mapping[str, Rule]] = {}
