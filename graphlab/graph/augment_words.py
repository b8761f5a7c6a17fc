"""How augmentation is written in a line, at the command line and in the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphlab.errors import GraphError
from graphlab.graph.recipe import Augment
from graphlab.suggest import did_you_mean

NONE = "none"

_READ: dict[str, Callable[[str], object]] = {
    "flips": lambda text: text or "both",
    "turns": lambda text: {"": True, "yes": True, "no": False}[text],
    "crop": int,
    "shift": int,
    "brightness": float,
}


def read_augment(words: str) -> Augment | None:
    """Words such as ``flips,turns,crop=128`` as settings; None for ``none`` and for no word.

    Raises ``GraphError``, which names the word that is wrong.
    """
    settings: dict[str, Any] = {}
    for word in [] if words.strip() in (NONE, "") else words.split(","):
        key, _, text = (part.strip() for part in word.partition("="))
        if key not in _READ:
            hint = did_you_mean(key, _READ) or f": choose {', '.join(_READ)}, or {NONE} alone"
            raise GraphError(f"augmentation has no {key!r:.40}{hint}")
        try:
            settings[key] = _READ[key](text)
        except (ValueError, KeyError):
            raise GraphError(
                f"{word.strip():.40} cannot be read: write flips, flips=sideways, turns, crop=128, "
                "shift=2 or brightness=0.2"
            ) from None
    found = Augment(**settings)
    return None if found == Augment() else found


def augment_words(augment: Augment | None) -> str:
    """What ``read_augment`` reads as these settings."""
    if augment is None:
        return NONE
    written = {
        "flips": {"none": "", "both": "flips"}.get(augment.flips, f"flips={augment.flips}"),
        "turns": "turns" if augment.turns else "",
    }
    for key in ("crop", "shift", "brightness"):
        value = getattr(augment, key)
        written[key] = f"{key}={value:g}" if value else ""
    return ",".join(filter(None, written.values())) or NONE
