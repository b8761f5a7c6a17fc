"""``--augment``: how training images are changed by chance, as words of the recipe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

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


def read_augment(context: object, option: object, words: str | None) -> Augment | None:
    """Words such as ``flips,turns,crop=128`` as settings; ``none`` takes back the recipe's.

    Raises ``click.BadParameter``, which names the word that is wrong.
    """
    if words is None:
        return None
    settings: dict[str, Any] = {}
    for word in [] if words.strip() == NONE else words.split(","):
        key, _, text = (part.strip() for part in word.partition("="))
        if key not in _READ:
            hint = did_you_mean(key, _READ) or f": choose {', '.join(_READ)}, or {NONE} alone"
            raise click.BadParameter(f"there is no {key!r:.40}{hint}")
        try:
            settings[key] = _READ[key](text)
        except (ValueError, KeyError):
            raise click.BadParameter(
                f"{word.strip():.40} cannot be read: write flips, flips=sideways, turns, crop=128, "
                "shift=2 or brightness=0.2"
            ) from None
    try:
        return Augment(**settings)
    except GraphError as error:
        raise click.BadParameter(str(error)) from None
