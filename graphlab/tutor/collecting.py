"""What a class handed in, found: files as they are named, and whatever lies in their folders.

Learning platforms give a folder a student, browsers put a number into a name they have had before,
and some systems write names in capitals.  What is no submission is named, never dropped.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from graphlab.errors import FileError

MOST_ENTRIES = 20_000
"""A folder of more files and folders is no class's."""

_NAMED = re.compile(r"(?P<stem>.*)\.(?P<kind>answers|graph)(?: ?\(\d+\))?\.json", re.I | re.S)
_BESIDE = re.compile(r"\.[0-9a-f]{16}\.safetensors$")  # arrays of a graph file
_OF_THE_SYSTEM = frozenset({"__macosx", "thumbs.db", "desktop.ini"})

_MISNAMED = "named neither .answers.json nor .graph.json"
_LINK = "a link out of the folder"
_EMPTY = "an empty folder"
_NOTHING = "no such file or folder"
_CLOSED = "a folder that cannot be read"


class LeftOut(NamedTuple):
    """A file or folder that is no submission, and what it is."""

    path: Path
    why: str


class Collected(NamedTuple):
    """All submissions, in order, and what lay beside them."""

    files: list[Path]
    left_out: list[LeftOut]


def kind_of(name: str) -> str:
    """``answers`` or ``graph`` for what a submission is called; empty for any other name."""
    found = _NAMED.fullmatch(name)
    return found["kind"].lower() if found else ""


def collect(paths: Iterable[str | os.PathLike[str]]) -> Collected:
    """Files, and what is in folders and below them; links out of a folder are not followed.

    Raises ``FileError`` for a folder with far too much in it.
    """
    files: list[Path] = []
    left_out: list[LeftOut] = []
    for path in map(Path, paths):
        if not path.is_dir():
            if kind_of(path.name) or os.path.lexists(path):
                files.append(path)
            else:
                left_out.append(LeftOut(path, _NOTHING))
            continue
        found = sorted(_within(path))
        files += [one.path for one in found if not one.why]
        left_out += [one for one in found if one.why]
    return Collected(files, left_out)


def students(files: Sequence[Path]) -> list[str]:
    """Whose each file is by its name, or by its folder's where each folder has one of that name."""
    folders: dict[str, set[Path]] = {}
    for file in files:
        folders.setdefault(_stem(file), set()).add(file.absolute().parent)
    return [
        _printable(file.absolute().parent.name if len(folders[_stem(file)]) > 1 else _stem(file))
        for file in files
    ]


def _stem(file: Path) -> str:
    found = _NAMED.fullmatch(file.name)
    return found["stem"] if found else file.stem


def _printable(name: str) -> str:
    return "".join(c for c in name if c.isprintable())


def _within(root: Path) -> Iterator[LeftOut]:
    """Everything in a folder that somebody put there; nothing is told of a submission."""
    home, count = root.resolve(), 0
    unread: list[OSError] = []
    for place, folders, names in os.walk(root, onerror=unread.append):
        folders[:] = [name for name in folders if _is_own(name)]
        here = Path(place)
        count += len(folders) + len(names)
        if count > MOST_ENTRIES:
            raise FileError(
                f"{root} has more than {MOST_ENTRIES:,} files and folders in it: name the folder "
                "of one class"
            )
        if not folders and not names and here != root:
            yield LeftOut(here, _EMPTY)
        yield from (LeftOut(here / name, _LINK) for name in folders if (here / name).is_symlink())
        for name in filter(_is_own, names):
            is_out = not (here / name).resolve().is_relative_to(home)
            why = _LINK if is_out else "" if kind_of(name) else _MISNAMED
            yield LeftOut(here / name, why)
    yield from (LeftOut(Path(error.filename), _CLOSED) for error in unread)


def _is_own(name: str) -> bool:
    """Whether a person put it there, and not the system or a graph file beside it."""
    is_system = name.startswith(".") or name.lower() in _OF_THE_SYSTEM
    return not is_system and _BESIDE.search(name) is None
