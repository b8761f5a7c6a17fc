"""Loads PyTorch without making other threads wait.

Importing torch maps a library of some hundred megabytes while Python's lock is held, for most of a
second; a window would stand still for it.  Mapped beforehand by the system's own call, which lets
the lock go, the library is there by the time the import asks for it.
"""

from __future__ import annotations

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path

_LIBRARY = "libtorch_cpu.dylib" if sys.platform == "darwin" else "libtorch_cpu.so"


def load_torch() -> None:
    """Import torch; raises ``ImportError`` where it is not installed."""
    if "torch" not in sys.modules and sys.platform != "win32":
        _map_library()
    import torch  # noqa: F401  loading it is all that is wanted


def _map_library() -> None:
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return
    library = Path(spec.origin).parent / "lib" / _LIBRARY
    if not library.is_file():
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype, dlopen.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
    dlopen(os.fsencode(library), os.RTLD_LAZY)
