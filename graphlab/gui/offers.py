"""What one may begin with, as data: lessons, examples, networks and the files of last time.

The welcome page and the command palette show the same offers.  A start must stay quick, so of a
lesson only the first lines are looked at; whether it is sound is the tutor's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from graphlab.graph.counting import count
from graphlab.gui.later import later
from graphlab.paths import shipped

if TYPE_CHECKING:
    from graphlab.graph import gallery
    from graphlab.gui import progress
else:
    gallery = later("graphlab.graph.gallery")
    progress = later("graphlab.gui.progress")

ENDING = ".graph.json"
LESSON_ENDING = ".md"

FORMULAS = (
    ("f = (x + y) * z", "three inputs, two operations"),
    ("f = sigmoid(w1*x + w2*y + b)", "a neuron"),
    ("x = [1, -2, 3]; W = parameter(2, 3); f = sum(sigmoid(W @ x))", "a layer, on arrays"),
)

_FINISHED = "✓ finished"
_HEAD = 2_000  # characters of a lesson that are looked at
_LARGEST = 200_000  # bytes of an example whose nodes are counted
_TITLE = r"(?m)^title:[ \t]*(.+?)[ \t]*$"
_NUMBER = r"(?m)^number:[ \t]*(\d{1,3})[ \t]*$"
_HYPHEN = r"-(?=[a-z])|(?<=[a-z])-"
_NODE = '"op":'


class Offer(Struct, frozen=True):
    """One thing to begin with: a file at ``path``, a formula ``text``, a network of the gallery."""

    kind: Literal["lesson", "example", "recent", "network"]
    title: str
    detail: str = ""
    path: Path | None = None
    text: str = ""
    is_missing: bool = False
    progress: str = ""


def lessons(folder: Path | None = None) -> list[Offer]:
    """The lessons in a folder, by the names of their files; the shipped ones if it is None."""
    found: list[Offer] = []
    memory = progress.LessonMemory()
    for path in sorted((folder or shipped("lessons")).glob("*" + LESSON_ENDING)):
        title, number = _front(path)
        if title:
            detail = f"Lesson {number or len(found) + 1}"
            found.append(Offer("lesson", title, detail, path, progress=_progress(memory, path)))
    return found


def _progress(memory: progress.LessonMemory, path: Path) -> str:
    """How far a lesson is; empty where it was not begun."""
    if memory.is_empty:
        return ""
    known = memory.glance(progress.Place.of(path))
    if known.is_finished:
        return _FINISHED
    return f"page {known.page + 1} of {known.count}" if known.is_begun and known.count else ""


def way_on(found: Sequence[Offer]) -> Offer | None:
    """The lesson to go on with: one that was begun, or the first one after those finished."""
    begun = [i for i, offer in enumerate(found) if offer.progress]
    open_ = [i for i in begun if found[i].progress != _FINISHED]
    place = open_[0] if open_ else begun[-1] + 1 if begun else len(found)
    return found[place] if place < len(found) else None


def following(path: Path) -> Offer | None:
    """The lesson after the one in a file, among those beside it."""
    beside = lessons(path.parent)
    places = [i for i, offer in enumerate(beside, 1) if offer.path and offer.path.samefile(path)]
    return next((beside[i] for i in places if i < len(beside)), None)


def _front(path: Path) -> tuple[str, str]:
    """The title and number of a lesson by its front matter; empty where it is no lesson."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            head = file.read(_HEAD)
    except OSError:
        return "", ""
    if not head.startswith("---"):
        return "", ""
    head = head.split("\n---", 1)[0]
    title, number = re.search(_TITLE, head), re.search(_NUMBER, head)
    return title[1].strip("\"'") if title else "", number[1] if number else ""


def examples() -> list[Offer]:
    """The formulas, then the shipped graphs."""
    found = [Offer("example", text, about, text=text) for text, about in FORMULAS]
    for path in sorted((shipped("resources") / "examples").glob("*" + ENDING)):
        name = re.sub(_HYPHEN, " ", path.name.removesuffix(ENDING))
        found.append(Offer("example", name, _size(path), path))
    return found


def networks() -> list[Offer]:
    """The networks of the gallery, simple ones first; ``text`` is the name of each."""
    return [
        Offer("network", e.title, _line(e.page), text=e.name) for e in gallery.EXHIBITS.values()
    ]


@cache
def network_sizes() -> dict[str, str]:
    """How many parameters each network has, by title; it takes most of a second the first time."""
    return {
        exhibit.title: f"{count(gallery.gallery(name)).total.parameters:,}"
        for name, exhibit in gallery.EXHIBITS.items()
    }


def _line(page: str) -> str:
    """The first line of a page without the count that stands beside it."""
    return re.sub(r":? *[\d,]+ parameters.*$", ".", page.split("\n", 1)[0]).replace("..", ".")


def recent_files(paths: Iterable[Path]) -> list[Offer]:
    """Files of last time, each with its folder; those that are gone are marked."""
    found = []
    for path in paths:
        is_missing = not path.is_file()
        folder = home_relative(path.parent)
        detail = f"missing: it was in {folder}" if is_missing else folder
        found.append(Offer("recent", path.name, detail, path, is_missing=is_missing))
    return found


def is_shipped(path: Path) -> bool:
    """Whether a file is GraphLab's own, which nobody saves into."""
    folders = (shipped("resources").resolve(), shipped("lessons").resolve())
    return any(path.resolve().is_relative_to(folder) for folder in folders)


def home_relative(folder: Path) -> str:
    """A folder as a person writes it, with ~ for the home."""
    home = Path.home()
    if folder == home:
        return "~"
    return (
        f"~/{folder.relative_to(home).as_posix()}" if folder.is_relative_to(home) else str(folder)
    )


def _size(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            return "a large graph"
        nodes = path.read_text(encoding="utf-8", errors="replace").count(_NODE)
    except OSError:
        return ""
    return f"{nodes} nodes"
