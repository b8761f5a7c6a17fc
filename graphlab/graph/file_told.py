"""What msgspec finds wrong with a graph file, as a person reads it and can mend it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from graphlab.graph.misfits import lowered, misfit, value_at
from graphlab.graph.node import MAX_NAME


def told(error: msgspec.DecodeError, data: bytes = b"", kind: Any = None) -> str:
    """msgspec's finding as a person reads it: where, by node or line, and what.

    ``data`` was to be read as ``kind``.
    """
    if isinstance(error, msgspec.ValidationError):
        return _misfit(error, data, kind)
    found = str(error).replace("`", "")
    half = re.search(_HALF, data)
    is_whole = data.rstrip().endswith(b"}")  # not cut off: an escape wants a second half
    if half is not None and (re.search(_HALF_READ, found) or ("truncated" in found and is_whole)):
        line = data.count(b"\n", 0, half.start()) + 1
        return (
            f"line {line}: a text has half a character, a \\ud800 to \\udfff alone; remove it, or "
            "write both halves"
        )
    if "truncated" in found:
        return "the file ends too early: it was cut off, so take another copy of it"
    place = re.fullmatch(r"JSON is malformed: (.*) \(byte (\d+)\)", found)
    if place is None:
        return f"the file is not JSON: {lowered(found)}"
    at = int(place.group(2))
    line = data.count(b"\n", 0, at) + 1
    word = re.search(rb"[-+]?(NaN|Infinity)", data[max(at - 1, 0) : at + 9])
    if word is not None:
        return f"line {line}: {word.group().decode()} is not a finite number, and must be one"
    return f"the file is not JSON from line {line} on: {place.group(1)}"


_HALF_READ = r"surrogate|end of hex escape"
_HALF = rb"\\u[dD][89a-fA-F]"


def _misfit(error: msgspec.ValidationError, data: bytes, kind: Any) -> str:
    """Where a value is of the wrong kind, by the id of its node where it has one, and what."""
    try:
        plain = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        plain = None
    found = misfit(error, plain, kind)
    place = list(found.place)
    node = ""
    if place[:1] == ["nodes"] and len(place) > 1:
        name = value_at(plain, (*place[:2], "id"))
        if isinstance(name, str) and name:
            node, place = f"node {name[:MAX_NAME]}: ", place[2:]
    where = spelt(place)
    return f"{node}{where}: {found.sentence}" if where else node + found.sentence


def spelt(place: Iterable[str | int]) -> str:
    """A place in a file, as in ``nodes[0].inputs``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part:.60}" for part in place)
    return "".join(parts).removeprefix(".")
