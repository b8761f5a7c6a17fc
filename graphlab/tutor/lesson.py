"""What a lesson is once it is read: frozen values, their graphs built, their checks ready.

The ``key`` of a page, a task, a question or the goal follows from what it asks, wherever in the
file it stands: by it a student's progress is told from that in an earlier version of the lesson.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from graphlab.graph import Graph
from graphlab.tutor.format import ShowSpec

QuestionKind = Literal["value", "gradient", "partial", "number", "choice"]
CheckKind = Literal[
    "computes",
    "value",
    "gradient",
    "partial",
    "uses",
    "nodes",
    "group",
    "inputs",
    "set",
    "stepped",
    "answers",
]


@dataclass(frozen=True)
class Prose:
    """Markdown with LaTeX, as it stands in the file."""

    markdown: str
    line: int


@dataclass(frozen=True)
class GraphBlock:
    """From here on the window shows ``graph``, whose sources hold ``values`` already."""

    graph: Graph
    values: Mapping[str, Any]
    line: int


class Named(NamedTuple):
    """A name in a lesson, the line it stands on, and the key of the show that it stands at."""

    name: str
    line: int
    key: str


class Show(ShowSpec, frozen=True):
    """What the window does on the page; the keys are the format's (``paths.start`` is ``from``).

    ``names`` are those of nodes and groups that it names, each with its line.
    """

    line: int = 0
    names: tuple[Named, ...] = ()


@dataclass(frozen=True, eq=False)
class Check:
    """One thing a program judges.  ``spec`` is what stands at the key ``kind``.

    ``reference`` is the graph of ``computes``, or of a formula at ``is``; ``questions`` are those
    that ``answers`` names, each on its line of ``lines``.
    """

    kind: CheckKind
    spec: Any
    line: int
    because: str = ""
    reference: Graph | None = None
    questions: tuple[Question, ...] = ()
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Task:
    """Something to do on the canvas, done when every check of ``until`` is met."""

    task: str
    until: tuple[Check, ...]
    hints: tuple[str, ...]
    line: int
    solution: Graph | None = None
    key: str = ""


@dataclass(frozen=True, eq=False)
class Option:
    """One answer to choose; its text is Markdown."""

    text: str
    when: Check | None = None
    right: bool = False


@dataclass(frozen=True, eq=False)
class Question:
    """A question whose answer the engine computes on ``graph``, the page's own or one it states.

    ``of`` and ``to`` name what is asked for; for ``number`` the graph is that of the formula.
    ``lines`` has those of its keys.
    """

    id: str
    ask: str
    kind: QuestionKind
    graph: Graph
    line: int
    of: str = ""
    to: str = ""
    at: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[Option, ...] = ()
    tolerance: float = 1e-3
    expect: Any = None
    hints: tuple[str, ...] = ()
    reveal: str = ""
    is_about_page: bool = True  # False: it states a graph of its own
    page: int = 1
    place: int = 1  # among the questions of its page
    lines: Mapping[str, int] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, eq=False)
class Goal:
    """What a submission is judged by; ``text`` says it to the student."""

    checks: tuple[Check, ...]
    text: str
    line: int
    key: str = ""


Block = Prose | GraphBlock | Show | Task | Question | Goal


@dataclass(frozen=True, eq=False)
class Page:
    """One page; ``graph`` is what the window shows on it, None before the lesson's first graph."""

    title: str
    blocks: tuple[Block, ...]
    graph: Graph | None = None
    key: str = ""


@dataclass(frozen=True, eq=False)
class Lesson:
    """A lesson; ``start`` is its first graph, ``solution`` one that passes the goal, ``texts`` all
    Markdown that a student is shown, that of tasks and questions too."""

    title: str
    deck: tuple[str, ...]
    authors: tuple[str, ...]
    language: str
    pages: tuple[Page, ...]
    start: Graph
    solution: Graph | None
    path: Path
    number: int | None = None
    summary: str = ""
    texts: tuple[Prose, ...] = ()

    @property
    def stem(self) -> str:
        """How submissions name it: the file's name without ``.md``."""
        return self.path.stem

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions, in order."""
        return tuple(b for page in self.pages for b in page.blocks if isinstance(b, Question))

    @property
    def goal(self) -> Goal | None:
        """What is judged, if the lesson says it."""
        found = (b for page in self.pages for b in page.blocks if isinstance(b, Goal))
        return next(found, None)
