"""Builders of attention, taken apart into products of matrices and a softmax."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphlab.torch_backend.importing.building import LARGEST, Build, Wire
from graphlab.torch_backend.importing.shaping import transposed
from graphlab.torch_backend.importing.table import NoBuilderError, builds


@builds("scaled_dot_product_attention")
def _attention(
    b: Build,
    query: Wire,
    key: Wire,
    value: Wire,
    attn_mask: Any = None,
    dropout_p: Any = 0.0,
    is_causal: bool = False,
    scale: Any = None,
    enable_gqa: bool = False,
) -> Wire:
    """softmax(scale · q kᵀ + mask) v (Vaswani et al. 2017), scale 1/√d unless told."""
    if enable_gqa:
        raise NoBuilderError("GraphLab's attention has as many keys as queries")
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else float(scale)
    axes = list(range(len(key.shape)))
    axes[-2:] = reversed(axes[-2:])
    scores = b.add("multiply", b.add("matmul", query, transposed(b, key, axes)), factor)
    if is_causal:
        shape = scores.shape[-2:]
        scores = b.add("add", scores, _hidden(b, np.triu(np.ones(shape, bool), 1)))
    elif attn_mask is not None:
        mask = b.lift(attn_mask)
        if mask.kind == "bool":
            scores = b.add("where", mask, scores, -LARGEST)
        else:
            scores = b.add("add", scores, mask)
    weights = b.add("softmax", scores, axis=-1)
    if dropout_p:  # the caller gives 0 where the model is evaluated
        weights = b.add("dropout", weights, p=float(dropout_p))
    return b.add("matmul", weights, value)


def _hidden(b: Build, hidden: Any) -> Wire:
    """What is added to the scores of what must not be seen."""
    value = np.where(hidden, np.float32(-LARGEST), np.float32(0))
    shapes = (value.shape, value.shape)
    return b.source("constant", shapes, "float", b.scope, value=value)
