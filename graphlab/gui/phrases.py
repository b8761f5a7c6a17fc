"""What is written on cards and links: one short text per value, gradient or local partial."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from graphlab.engine.numbers import SPELLED_OUT, show
from graphlab.engine.partial import Partial
from graphlab.graph.counting import Field
from graphlab.gui.canvas.figure import DASH
from graphlab.ops import show_shape
from graphlab.ops.broadcasting import Shape

WIDEST = "−0.00000"
"""Room for most numbers; one that needs more is written with fewer digits on the picture."""

_USUAL = "−0.00"  # room for each of several numbers
_LONG = r"[^\W\d]\w{23,}"  # a name that takes half a line
_KEPT = 9  # letters at both ends of it


def shape_text(shape: Shape) -> str:
    """``3-vector``, ``2×3``: a single length alone would read as a number."""
    return f"{shape[0]}-vector" if len(shape) == 1 else show_shape(shape)


def is_spelled(shape: Shape) -> bool:
    """Whether an array of this shape is written out on its card, number by number."""
    return 0 < int(np.prod(shape)) <= SPELLED_OUT


def widest_value(shape: Shape) -> str:
    """What the value of a card may need room for; empty where its shape is written instead."""
    if not shape:
        return WIDEST
    return show_like(shape) if is_spelled(shape) else ""


def show_like(shape: Shape) -> str:
    """An array of usual numbers, written out."""
    return show(np.zeros(shape)).replace("0", _USUAL)


def value_text(value: Any) -> str:
    """A number, or a small array number by number; empty for a larger one."""
    if value is None:
        return DASH
    return show(value) if np.ndim(value) == 0 or is_spelled(np.shape(value)) else ""


def brief(value: Any) -> str:
    """A number, or the shape of an array."""
    return show(value) if np.ndim(value) == 0 else shape_text(np.shape(value))


def gradient_text(value: Any) -> str:
    """``∂ 0.25``, ``∂ 3-vector``; empty for none."""
    return "" if value is None else "∂ " + brief(value)


def partial_text(partial: Any) -> str:
    """A number, or what a Jacobian is and its size: ``diagonal 6×6``."""
    return str(partial) if isinstance(partial, Partial) else show(partial)


def brief_names(text: str) -> str:
    """The text with the middle of every long name left out; what differs is mostly at the end."""
    return re.sub(_LONG, lambda found: f"{found[0][:_KEPT]}…{found[0][-_KEPT:]}", text)


def told_bytes(count: int) -> str:
    """``812 bytes``, ``3.2 MB``: memory as a person reads it, in powers of ten."""
    for size, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:,} bytes"


def told_field(field: Field) -> str:
    """``11×11``, ``whole 224×224``: how much of the input's picture an element sees."""
    size = "×".join(f"{length:g}" for length in field.size)
    return f"whole {size}" if field.is_whole else size
