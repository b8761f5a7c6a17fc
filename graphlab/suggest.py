"""One way to say "did you mean", used wherever a person types a name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_MANY, _LONGEST, _NEAR = 2000, 200, range(-1, 2)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``": did you mean X?"`` for the closest known name, or an empty string.

    Among very many names only some that begin alike are looked at, so that it stays quick.
    """
    names = list(known)
    if len(names) > _MANY:
        names = [name for name in names if name[:1] == word[:1] and len(name) - len(word) in _NEAR]
    close = get_close_matches(word[:_LONGEST], names[:_MANY], n=1, cutoff=0.6)
    return f": did you mean {close[0]}?" if close else ""
