"""What a model asks a tensor about itself, answered from the shapes that wires carry."""

from __future__ import annotations

import math
from typing import Any

from graphlab.torch_backend.importing.building import Wire
from graphlab.torch_backend.importing.calling import Call
from graphlab.torch_backend.importing.sizes import joined


def asked_of(call: Call, args: Any) -> Any:
    """Its shape, its rank, its type, a member of several; ``NotImplemented`` for any other call."""
    wire = args[0] if args else None
    if not isinstance(wire, Wire):
        if isinstance(wire, tuple | list) and call.name == "getitem":
            return wire[args[1]]
        if isinstance(wire, tuple) and call.name == "getattr" and args[1] in ("values", "indices"):
            return wire[0 if args[1] == "values" else 1]
        return NotImplemented
    sizes = wire.sizes
    match call.name, args[1:]:
        case ("getattr", ("shape",)) | ("size", ()):
            return sizes
        case ("size" | "sym_size", (int(axis),)):
            return sizes[axis]
        case ("getattr", ("ndim",)) | ("dim" | "ndimension", ()):
            return len(sizes)
        case ("numel" | "nelement" | "sym_numel", ()):
            return joined(math.prod(wire.shape), math.prod(wire.other))
        case ("len" | "__len__", ()):
            return sizes[0]
        case ("getattr", ("dtype",)) | ("getattr", ("device",)):
            return _told(wire, args[1])
        case ("is_floating_point", ()):
            return wire.kind == "float"
        case ("getattr", ("requires_grad" | "is_cuda" | "is_nested" | "is_sparse",)):
            return args[1] == "requires_grad"
        case ("dtype" | "device", ()):
            return _told(wire, call.name)
    return NotImplemented


def _told(wire: Wire, asked: str) -> Any:
    """The type or the device of a tensor, as the model's code compares or passes them on."""
    import torch

    if asked == "device":
        return torch.device("cpu")
    return {"float": torch.float32, "int": torch.int64, "bool": torch.bool}[wire.kind]
