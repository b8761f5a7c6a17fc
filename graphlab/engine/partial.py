"""The local partial of one edge: ∂(a node's output) / ∂(one of its inputs), kept structured.

For plain numbers it is a number.  For arrays it is a linear map, applied as vjp (going back) and
jvp (going forward), and written out as a matrix only on demand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graphlab.errors import RunError
from graphlab.ops import Op, show_shape
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array
from graphlab.ops.families import Pointwise

MAX_ENTRIES = 1_000_000
"""A Jacobian with more entries is not written out (8 MB in float64)."""


class Partial(Struct, frozen=True, eq=False):
    """∂out/∂input of one use of an op at the values it was computed with.

    ``structure`` says what it is: ``diagonal`` (elementwise), ``reduction`` (each input element
    reaches one output element), ``selection`` (each output element copies one input element),
    ``convolution`` (a window of elements is met at each place) or ``dense`` for any other matrix.
    """

    op: type[Op]
    attributes: Mapping[str, Any]
    inputs: Sequence[Any]
    out: Any  # a tuple for an op with several outputs
    index: int  # which input
    output: int | None = 0  # which output; None: all of several, laid end to end

    @property
    def structure(self) -> str:
        """What kind of map it is."""
        port = self.op.port_names(len(self.inputs))[self.index]
        return self.op.structure_of(port, **self.attributes)

    @property
    def input_shape(self) -> Shape:
        """The shape of the input it differentiates with respect to."""
        return np.shape(self.inputs[self.index])

    @property
    def output_shape(self) -> Shape:
        """The shape of the output it differentiates."""
        return np.shape(self._output)

    @property
    def shape(self) -> Shape:
        """The shape of ``dense()``: the output's axes, then the input's."""
        return self.output_shape + self.input_shape

    @property
    def is_differentiable(self) -> bool:
        """Whether this input gets a gradient at all (class ids do not)."""
        return self._vjp(np.zeros(self.output_shape)) is not None

    def vjp(self, upstream: Any) -> Array | None:
        """Upstream gradient (output's shape) → contribution (input's shape)."""
        upstream = np.asarray(upstream, dtype=self._dtype)
        self._check("an upstream gradient", upstream.shape, self.output_shape)
        found = self._vjp(upstream)
        return None if found is None else np.asarray(found)

    def jvp(self, tangent: Any) -> Array:
        """Change of the input (input's shape) → change of the output it causes."""
        tangent = np.asarray(tangent, dtype=self._dtype)
        self._check("a tangent", tangent.shape, self.input_shape)
        tangents: list[Any] = [None] * len(self.inputs)
        tangents[self.index] = tangent
        with np.errstate(all="ignore"):
            moved = self.op.jvp(tangents, self.out, *self.inputs, **self.attributes)
        return np.asarray(self._pick(moved))

    def row(self, position: Sequence[int]) -> Array:
        """∂out[position] / ∂input, in the input's shape."""
        if self._is_batch:
            number = position[0] % len(self.inputs[0])
            row = self._example(number).row((0, *position[1:]))
            return row if self.index else self._among_others(row, number, self.input_shape)
        basis = np.zeros(self.output_shape, self._dtype)
        basis[tuple(position)] = 1
        found = self._vjp(basis)
        return np.zeros(self.input_shape, self._dtype) if found is None else np.asarray(found)

    def column(self, position: Sequence[int]) -> Array:
        """∂out / ∂input[position], in the output's shape."""
        if self._is_batch and self.index == 0:
            number = position[0] % len(self.inputs[0])
            column = self._example(number).column((0, *position[1:]))
            return self._among_others(column, number, self.output_shape)
        basis = np.zeros(self.input_shape, self._dtype)
        basis[tuple(position)] = 1
        return self.jvp(basis)

    def dense(self, limit: int = MAX_ENTRIES) -> NDArray[Any]:
        """The whole Jacobian, of ``shape``; raises ``RunError`` beyond ``limit`` entries."""
        rows, columns = int(np.prod(self.output_shape)), int(np.prod(self.input_shape))
        if rows * columns > limit:
            raise RunError(
                f"this partial of {self.op.name} is a {rows}×{columns} matrix, more than the "
                f"{limit} entries that are written out; use its rows, vjp or jvp"
            )
        table = np.empty((rows, columns), self._dtype)
        for i, position in enumerate(np.ndindex(self.output_shape)):
            table[i] = self.row(position).reshape(-1)
        return table.reshape(self.shape)

    def factors(self) -> Array | None:
        """The partials themselves for elementwise and reducing ops, in the joint shape.

        For an elementwise op whose input was not broadcast this is the Jacobian's diagonal.
        """
        if not issubclass(self.op, Pointwise):
            return None
        with np.errstate(all="ignore"):
            local = self.op.local(self.out, *self.inputs, **self.attributes)[self.index]
        if local is None:
            return None
        joint = self.op.joint_shape(*(np.shape(x) for x in self.inputs), **self.attributes)
        return np.broadcast_to(local, joint)

    def index_map(self) -> NDArray[np.intp] | None:
        """For a selection: per output element the flat index of the input element it copies.

        -1 where it copies none (padding, another input's element).
        """
        if self.structure != "selection":
            return None
        names = self.op.port_names(len(self.inputs))
        if names[self.index] in self.op.undifferentiated:
            return np.full(self.output_shape, -1)
        size = np.size(self.inputs[self.index])
        numbers = np.arange(1.0, size + 1).reshape(self.input_shape)
        if not self.op.is_linear:  # what is copied depends on the values, as in a max pool
            tangents: list[Any] = [None] * len(self.inputs)
            tangents[self.index] = numbers
            moved = self.op.jvp(tangents, self.out, *self.inputs, **self.attributes)
            return np.asarray(self._pick(moved)).round().astype(np.intp) - 1
        counters = [  # ids say what is copied, so they stay
            x if x is None or port in self.op.undifferentiated else np.zeros(np.shape(x))
            for port, x in zip(names, self.inputs, strict=True)
        ]
        blank = self._pick(self.op.forward(*counters, **self.attributes))
        counters[self.index] = numbers
        counted = self._pick(self.op.forward(*counters, **self.attributes))
        return np.asarray(counted - blank).round().astype(np.intp) - 1

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """NumPy sees the dense Jacobian."""
        return self.dense().astype(dtype or self._dtype, copy=False)

    @property
    def word(self) -> str:
        """What it is called where it is shown."""
        return _word(self.structure)

    def __str__(self) -> str:
        return jacobian_name(self.structure, self.output_shape, self.input_shape)

    @property
    def _is_batch(self) -> bool:
        """Whether one example can be looked at by itself, which costs so much less."""
        x = np.shape(self.inputs[0])
        return self.output is not None and self.op.is_batch(x) and x[0] > 1

    def _example(self, number: int) -> Partial:
        """The same partial of one example of a batch."""
        one = slice(number, number + 1)
        is_tuple = isinstance(self.out, tuple)
        out = tuple(o[one] for o in self.out) if is_tuple else self.out[one]
        inputs = [self.inputs[0][one], *self.inputs[1:]]
        return Partial(self.op, self.attributes, inputs, out, self.index, self.output)

    def _among_others(self, part: Array, number: int, shape: Shape) -> Array:
        """One example's part of an array that is 0 for all others."""
        whole = np.zeros(shape, part.dtype)
        whole[number] = part[0]
        return whole

    @property
    def _dtype(self) -> Any:
        return np.result_type(self._output)

    @property
    def _output(self) -> Any:
        return self._pick(self.out)

    def _pick(self, out: Any) -> Any:
        if not isinstance(out, tuple):
            return out
        return end_to_end(out, out) if self.output is None else out[self.output]

    def _per_output(self, upstream: Any) -> tuple[Any, ...]:
        if self.output is not None:
            return tuple(upstream if i == self.output else None for i in range(len(self.out)))
        ends = np.cumsum([np.size(o) for o in self.out])
        pieces = np.split(upstream, ends[:-1])
        return tuple(p.reshape(np.shape(o)) for p, o in zip(pieces, self.out, strict=True))

    def _vjp(self, upstream: Any) -> Any:
        if isinstance(self.out, tuple):
            upstream = self._per_output(upstream)
        with np.errstate(all="ignore"):
            return self.op.vjp(upstream, self.out, *self.inputs, **self.attributes)[self.index]

    def _check(self, what: str, found: Shape, wanted: Shape) -> None:
        if found != wanted:
            raise RunError(
                f"{what} of {show_shape(found)} was given where the partial of "
                f"{self.op.name} takes {show_shape(wanted)}"
            )


def jacobian_name(structure: str, output: Shape, input_: Shape) -> str:
    """``matrix 2×4``: a word for the structure, then rows and columns."""
    return f"{_word(structure)} {math.prod(output)}×{math.prod(input_)}"


def _word(structure: str) -> str:
    return "matrix" if structure == "dense" else structure


def end_to_end(parts: Sequence[Any], like: Sequence[Any]) -> Array:
    """Several outputs' arrays as one vector; None stands for zeros of the shape in ``like``."""
    filled = [np.zeros_like(o) if p is None else p for p, o in zip(parts, like, strict=True)]
    return np.concatenate([np.ravel(part) for part in filled])
