"""What libtiff has to say while Pillow unpacks a TIFF: told here, and not to the terminal.

libtiff hands errors and warnings to functions that a program may set (TIFFSetErrorHandler(3)), and
by default prints them.  Its errors are reasons, also where it goes on with pixels that are wrong.
Pillow sets no such functions, so they are set in the libtiff that it is linked with, when the first
page is unpacked here.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import threading
from collections.abc import Iterator

from PIL import _imaging

_LONGEST = 300

_Handler = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)


class _Heard(threading.local):
    """The errors told in this thread since it began to listen; None while it does not."""

    words: list[str] | None = None


_heard = _Heard()


def _hear(_module: bytes | None, template: bytes | None, arguments: int | None) -> None:
    if _heard.words is None:
        return
    words = ctypes.create_string_buffer(_LONGEST)
    size = ctypes.c_size_t(_LONGEST)
    ctypes.pythonapi.PyOS_vsnprintf(words, size, template, ctypes.c_void_p(arguments))
    _heard.words.append(words.value.decode(errors="replace").strip().rstrip("."))


_hearing = _Handler(_hear)


@functools.cache
def _listen() -> None:
    """Have errors told to ``_hear``, and warnings, as of tags that are not known, to nobody."""
    try:
        library = ctypes.CDLL(_imaging.__file__)  # symbols are looked up in what it is linked with
        library.TIFFSetErrorHandler(_hearing)
        library.TIFFSetWarningHandler(None)
    except (OSError, AttributeError):
        return  # Pillow has libtiff inside, or none: nothing of it can be reached


@contextlib.contextmanager
def heeding() -> Iterator[None]:
    """Raise ``ValueError`` with the first of libtiff's errors in the block, if it had any."""
    _listen()
    _heard.words = words = list[str]()
    try:
        yield
    except Exception:
        if not words:
            raise
    finally:
        _heard.words = None
    if words:
        raise ValueError(words[0])
