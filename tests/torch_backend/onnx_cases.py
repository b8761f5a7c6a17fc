"""The standard's own test cases: one operator each, with what it must give."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from onnx import defs, numpy_helper
from onnx.backend.test.loader import load_model_tests

SETTINGS: dict[str, tuple[int, ...]] = {
    "AffineGrid": (1,),
    "BlackmanWindow": (0,),
    "CenterCropPad": (1,),
    "Col2Im": (1, 2),
    "Compress": (1,),
    "ConstantOfShape": (0,),
    "CumProd": (1,),
    "CumSum": (1,),
    "Dropout": (1, 2),
    "Expand": (1,),
    "HammingWindow": (0,),
    "HannWindow": (0,),
    "If": (0,),
    "MaxUnpool": (2,),
    "MelWeightMatrix": (0, 1, 2, 3, 4),
    "NonZero": (0,),
    "OneHot": (1,),
    "Pad": (1, 2, 3),
    "Range": (0, 1, 2),
    "Reshape": (1,),
    "Resize": (1, 2, 3),
    "ReverseSequence": (1,),
    "Slice": (1, 2, 3, 4),
    "Split": (1,),
    "Squeeze": (1,),
    "Tile": (1,),
    "TopK": (1,),
    "Trilu": (1,),
    "Unsqueeze": (1,),
    "Upsample": (1,),
    **{s.name: (1,) for s in defs.get_all_schemas() if s.name.startswith("Reduce")},
}
"""Inputs that say how an operator works.  Exporters write them as initializers; these cases feed
them, so they are made initializers first."""


class Case:
    """A model and, for each of its data sets, what is fed and what must come."""

    def __init__(self, case: Any, *, is_fixed: bool = True) -> None:
        self.name: str = case.name
        self.rtol, self.atol = max(case.rtol, 1e-3), max(case.atol, 1e-5)
        self.model = onnx.ModelProto.FromString(case.model.SerializeToString())
        self.sets = [([*map(plain, i)], [*map(plain, o)]) for i, o in case.data_sets]
        nodes = self.model.graph.node
        table = SETTINGS if is_fixed else {}
        fixed = {n.input[i] for n in nodes for i in table.get(n.op_type, ()) if i < len(n.input)}
        for value, array in zip(self.model.graph.input, self.sets[0][0], strict=False):
            if value.name in fixed and not isinstance(array, list):
                self.model.graph.initializer.append(numpy_helper.from_array(array, value.name))

    def fed(self) -> Iterator[tuple[list[Any], list[Any]]]:
        """Arrays for the inputs that are no initializers, and the arrays that must come."""
        held = {tensor.name for tensor in self.model.graph.initializer}
        for inputs, outputs in self.sets:
            given = zip(self.model.graph.input, inputs, strict=False)
            yield [array for value, array in given if value.name not in held], outputs


def plain(array: Any) -> Any:
    """The case's array in a type that NumPy itself has."""
    if isinstance(array, onnx.TensorProto):
        array = numpy_helper.to_array(array)
    if isinstance(array, list):
        return array
    array = np.asarray(array)
    is_held = array.dtype.kind in "biufOU" and array.dtype != np.float16
    return array if is_held else array.astype(np.float32)


@functools.cache
def cases_by_operator() -> dict[str, list[Any]]:
    """The cases of every operator; those of its function body are under ``expanded``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the standard's own generators divide by 0
        loaded = load_model_tests(kind="node")
    found: dict[str, list[Any]] = {}
    for case in loaded:
        word = " expanded" if "_expanded" in case.name else ""
        name = case.model.graph.node[0].op_type if not word else case.name
        found.setdefault(name if not word else "expanded", []).append(case)
    return found
