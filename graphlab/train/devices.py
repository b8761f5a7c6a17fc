"""Which device a person means.

Imported only where torch is wanted.
"""

from __future__ import annotations

import torch

from graphlab.errors import RunError


def likes_bfloat16(device: torch.device) -> bool:
    """Whether a device multiplies in bfloat16 itself; where it does not, that is many times slower.

    On a CPU these are the AMX and AVX512-BF16 instructions.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    told = torch.backends.cpu.get_cpu_capability()
    asked = (getattr(torch.cpu, name, None) for name in _INSTRUCTIONS)
    return "AVX512" in told and any(has() for has in asked if has is not None)


_INSTRUCTIONS = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")


def device_named(name: str) -> str:
    """``auto`` as cuda where there is a GPU, else cpu; raises ``RunError`` for an absent one."""
    has_gpu = torch.cuda.is_available()
    if name == "cuda" and not has_gpu:
        raise RunError("PyTorch finds no CUDA device here: leave --device out, or say auto or cpu")
    return ("cuda" if has_gpu else "cpu") if name == "auto" else name
