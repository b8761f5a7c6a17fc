"""Writing to whatever stdout is: a terminal of any encoding, a file, a pipe that closes early."""

from __future__ import annotations

import codecs
import io
import os
import sys

from graphlab.printable import printable

# What a terminal without these signs shows instead; any other sign becomes its escape.
_PLAIN = {
    "−": "-",
    "×": "x",
    "·": "*",
    "∂": "d",
    "→": "->",
    "…": "...",
    "–": "-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "²": "^2",
    "³": "^3",
    "√": "sqrt",
    "Σ": "sum",
    "∞": "inf",
    "Δ": "delta",
}


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    spelt = (_PLAIN.get(s) or s.encode("ascii", "backslashreplace").decode() for s in signs)
    return "".join(spelt), error.end


codecs.register_error("graphlab", _spell)


def make_printable() -> None:
    """Let stdout and stderr take every sign, whatever the encoding."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="graphlab")


def complain(sentence: str) -> None:
    """Say on stderr what went wrong."""
    _tell("graphlab", sentence)


def remark(sentence: str) -> None:
    """Say on stderr what one should know of what is done."""
    _tell("note", sentence)


def _tell(lead: str, sentence: str) -> None:
    print(f"{lead}: {printable(' '.join(sentence.split()))}", file=sys.stderr)


def abandon_unwritten() -> None:
    """Drop what stdout does not take, so that the interpreter does not complain of it at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def is_terminal() -> bool:
    """Whether a person is looking."""
    return sys.stdout.isatty()
