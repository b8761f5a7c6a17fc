"""Which builder draws which operator: one table, made of the families'."""

from __future__ import annotations

from graphlab.torch_backend.onnx_in import (
    constants,
    convolving,
    cutting,
    elementwise,
    indexing,
    linear,
    losses,
    normalising,
    pooling,
    recurrent,
    reducing,
    resizing,
    sampling,
    shaping,
)
from graphlab.torch_backend.onnx_in.nodes import Builder

TABLE: dict[str, Builder] = {
    **elementwise.BUILDERS,
    **shaping.BUILDERS,
    **cutting.BUILDERS,
    **constants.BUILDERS,
    **reducing.BUILDERS,
    **linear.BUILDERS,
    **convolving.BUILDERS,
    **normalising.BUILDERS,
    **pooling.BUILDERS,
    **recurrent.BUILDERS,
    **resizing.BUILDERS,
    **sampling.BUILDERS,
    **losses.BUILDERS,
    **indexing.BUILDERS,
}
