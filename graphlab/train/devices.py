"""Which device a person means.

Imported only where torch is wanted.
"""

from __future__ import annotations

import torch

from graphlab.errors import RunError


def device_named(name: str) -> str:
    """``auto`` as cuda where there is a GPU, else cpu; raises ``RunError`` for an absent one."""
    has_gpu = torch.cuda.is_available()
    if name == "cuda" and not has_gpu:
        raise RunError("PyTorch finds no CUDA device here: leave --device out, or say auto or cpu")
    return ("cuda" if has_gpu else "cpu") if name == "auto" else name
