"""A model's own functions, put in the place of their uses before anything else is done."""

from __future__ import annotations

from typing import Any

from graphlab.errors import FileError
from graphlab.torch_backend.onnx_in.drawing import MAX_DRAWN

_Key = tuple[str, str]


def inlined(model: Any) -> Any:
    """The model without functions of its own; raises ``FileError`` where they never end.

    How many operators it will have is counted first: a few lines of functions that call each
    other twice can stand for more than any machine holds.
    """
    if not model.functions:
        return model
    from onnx import inliner

    bodies = {(f.domain, f.name): f for f in model.functions}
    sizes: dict[_Key, int] = {}
    total = sum(_size((n.domain, n.op_type), bodies, sizes, ()) for n in model.graph.node)
    if total > MAX_DRAWN:
        raise FileError(
            f"its functions stand for {total:.3g} operators, and {MAX_DRAWN:,} is the most"
        )
    try:
        return inliner.inline_local_functions(model)
    except Exception:  # whatever the library finds wrong with them
        raise FileError("its functions do not fit their uses: the model is damaged") from None


def _size(
    key: _Key, bodies: dict[_Key, Any], sizes: dict[_Key, int], inside: tuple[_Key, ...]
) -> int:
    """How many operators one use stands for."""
    if key not in bodies:
        return 1
    if key in inside or len(inside) > 100:
        raise FileError(f"its function {key[1][:80]} stands in itself: the model is damaged")
    if key not in sizes:
        parts = bodies[key].node
        sizes[key] = sum(
            _size((part.domain, part.op_type), bodies, sizes, (*inside, key)) for part in parts
        )
    return sizes[key]
