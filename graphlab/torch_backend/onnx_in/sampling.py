"""GridSample: reading an image at places that a grid names."""

from __future__ import annotations

from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.values import OutsideError, Value

_MODES = {
    "linear": "bilinear",
    "bilinear": "bilinear",
    "nearest": "nearest",
    "cubic": "bicubic",
    "bicubic": "bicubic",
}


def grid_sample(node: OnnxNode) -> Value:
    """Opset 16 has the modes' names for images, 20 those for any number of axes."""
    mode = _MODES.get(node.text("mode", "linear"))
    rank = node.x.rank
    if mode is None or not 4 <= rank <= (4 if mode == "bicubic" else 5):
        raise OutsideError(f"GraphLab reads no array of {rank} axes in that mode")
    return node.draw(
        "grid_sample",
        node.x,
        node.required(1),
        mode=mode,
        padding_mode=node.text("padding_mode", "zeros"),
        align_corners=bool(node.whole("align_corners")),
    )


BUILDERS: dict[str, Builder] = {"GridSample": grid_sample}
