"""Text from elsewhere (names of files, titles, what files hold) made fit for a terminal's line."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """The text on one line; a sign that would steer a terminal is spelt, as ``\\x1b`` for ESC."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or _is_space(c) else repr(c)[1:-1] for c in text)


def _is_space(sign: str) -> bool:
    return unicodedata.category(sign) == "Zs"
