"""From a lesson's file to a ``Lesson``, or to one sentence with the line that is wrong."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphlab.errors import GraphLabError, LessonError
from graphlab.graph import Graph
from graphlab.graph.file import check_regular
from graphlab.tutor.asking import check_of, question_of
from graphlab.tutor.format import (
    BLOCKS,
    TEXTS,
    CheckSpec,
    Front,
    GoalSpec,
    GraphSpec,
    QuestionSpec,
    ShowSpec,
    TaskSpec,
)
from graphlab.tutor.graphs import loaded, parsed, shaped_as, stated
from graphlab.tutor.lesson import Block as Content
from graphlab.tutor.lesson import (
    Check,
    Goal,
    GraphBlock,
    Lesson,
    Named,
    Page,
    Prose,
    Question,
    Show,
    Task,
)
from graphlab.tutor.markdown import Block, Heading, Passage, parts, split_front
from graphlab.tutor.yaml_text import Marked, convert, read_yaml

MAX_BYTES = 2**18
"""A lesson has at most so many bytes: ten times what a long one takes."""

MAX_PAGES = 200
MAX_BLOCKS = 400
"""YAML blocks of one lesson."""


def read_lesson(path: str | os.PathLike[str]) -> Lesson:
    """Read a lesson; raises ``LessonError`` with the file, the line and what to do."""
    file = Path(path)
    try:
        size = check_regular(file, MAX_BYTES)
        data = file.read_bytes()[: size + 1]
    except GraphLabError as error:
        raise LessonError(str(error)) from None
    except (OSError, ValueError) as error:
        raise LessonError(f"{file.name} cannot be read: {error}") from None
    try:
        return _Reader(file).read(_text(data))
    except LessonError as error:
        raise LessonError(error.message, error.line, file.name) from None
    except RecursionError:
        raise LessonError("it is nested too deeply for a lesson", 0, file.name) from None


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LessonError("the file is not UTF-8 text; save it as such", line) from None
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def _named(spec: ShowSpec, marked: Marked) -> Iterator[Named]:
    """The nodes and groups that a show names."""
    for key in ("fold", "open"):
        for index, name in enumerate(getattr(spec, key)):
            yield Named(name, marked.line(key, index), key)
    for key in ("until", "select"):
        if getattr(spec, key) is not None:
            yield Named(getattr(spec, key), marked.line(key), key)
    if spec.paths is not None:
        yield Named(spec.paths.start, marked.line("paths", "from"), "from")
        yield Named(spec.paths.end, marked.line("paths", "to"), "to")
    if spec.descent is not None:
        if spec.descent.loss is not None:
            yield Named(spec.descent.loss, marked.line("descent", "loss"), "loss")
        for index, name in enumerate(spec.descent.move):
            yield Named(name, marked.line("descent", "move", index), "move")


def _without(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    """A block's data but for what asks nothing."""
    return {key: value for key, value in data.items() if key not in keys}


class _Reader:
    """What has been read so far: pages, and the graph in effect."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.pages: list[Page] = []
        self.title, self.blocks = "", list[Content]()
        self.graph: Graph | None = None
        self.start: Graph | None = None
        self.solution: Graph | None = None
        self.questions: dict[str, Question] = {}
        self.texts: list[Prose] = []
        self.has_goal = self.is_headed = False
        self.stated: Any = None  # what the graph in effect is made of
        self.keys = Counter[str]()

    def read(self, text: str) -> Lesson:
        """The whole file."""
        front, before, body = split_front(text)
        about = convert(read_yaml(front, 2), Front)
        self.title = about.title
        count = 0
        for part in parts(body, before):
            match part:
                case Heading():
                    self._turn(*part)
                case Passage():
                    self.blocks.append(Prose(*part))
                    self.texts.append(Prose(*part))
                case Block():
                    count += 1
                    if count > MAX_BLOCKS:
                        raise LessonError(f"a lesson has at most {MAX_BLOCKS} blocks", part.line)
                    self._block(part)
        self._turn("")
        if self.start is None:
            raise LessonError("the lesson has no yaml graph block: state the graph it starts from")
        return Lesson(
            title=about.title,
            deck=(about.deck,) if isinstance(about.deck, str) else tuple(about.deck),
            authors=tuple(about.authors),
            language=about.language,
            pages=tuple(self._asked(page) for page in self.pages),
            start=self.start,
            solution=self.solution,
            path=self.file,
            number=about.number,
            summary=about.summary or "",
            texts=tuple(self.texts),
        )

    def _turn(self, title: str, line: int = 0) -> None:
        """Close a page; what stands before the first heading is one if it says anything."""
        if len(self.pages) == MAX_PAGES:
            raise LessonError(
                f"a lesson has at most {MAX_PAGES} pages; split it into several", line
            )
        if self.blocks or self.is_headed:
            key = self._key("page", self.title, self.stated)
            self.pages.append(Page(self.title, tuple(self.blocks), self.graph, key))
        self.title, self.blocks, self.is_headed = title, [], True

    def _key(self, *content: Any) -> str:
        """The key of what has this content, the same wherever it stands; of two alike the second
        has another."""
        whole = json.dumps(content, sort_keys=True).encode("utf-8", "surrogatepass")
        key = hashlib.sha256(whole).hexdigest()[:16]
        self.keys[key] += 1
        return f"{key}-{self.keys[key]}"

    @property
    def page(self) -> int:
        """The number that the page being read will have."""
        return len(self.pages) + 1

    def _block(self, block: Block) -> None:
        marked = read_yaml(block.yaml, block.line)
        self.texts += [Prose(*text) for text in marked.texts(TEXTS)]
        match convert(marked, BLOCKS[block.word]):
            case GraphSpec() as spec:
                self._graph(spec, marked)
            case ShowSpec() as spec:
                given = {f: getattr(spec, f) for f in ShowSpec.__struct_fields__}
                names = tuple(_named(spec, marked))
                self.blocks.append(Show(**given, line=block.line, names=names))
            case TaskSpec() as spec:
                self.blocks.append(self._task(spec, marked))
            case QuestionSpec() as spec:
                question = question_of(spec, marked, self.graph)
                if spec.id in self.questions:
                    line = self.questions[spec.id].line
                    raise LessonError(
                        f"the id {spec.id} is taken by the question of line {line}; choose another",
                        question.line,
                    )
                asked_before = sum(isinstance(b, Question) for b in self.blocks)
                asked = _without(marked.data, "hints", "reveal", "expect")
                key = self._key(asked, self.stated if question.is_about_page else None)
                question = replace(question, page=self.page, place=asked_before + 1, key=key)
                self.questions[spec.id] = question
                self.blocks.append(question)
            case GoalSpec() as spec:
                self.blocks.append(self._goal(spec, marked))

    def _graph(self, spec: GraphSpec, marked: Marked) -> None:
        graph, values = stated(spec, marked, self.file.parent)
        if spec.solution:
            self._solve(graph, marked.line("solution"))
            return
        self.graph = graph
        beside = b"" if spec.file is None else (self.file.parent / spec.file).read_bytes()
        self.stated = [marked.data, hashlib.sha256(beside).hexdigest()]
        self.start = graph if self.start is None else self.start
        self.blocks.append(GraphBlock(graph, values, marked.line()))

    def _task(self, spec: TaskSpec, marked: Marked) -> Task:
        if isinstance(spec.until, CheckSpec):
            until = [self._check(spec.until, marked, "until")]
        else:
            until = [self._check(c, marked, "until", i) for i, c in enumerate(spec.until)]
        if not until:
            raise LessonError("until is empty: say when the task is done", marked.line("until"))
        solution = None if spec.solution is None else parsed(spec.solution, marked, "solution")
        key = self._key(self.title, _without(marked.data, "hints", "solution"))
        return Task(spec.task, tuple(until), tuple(spec.hints), marked.line(), solution, key)

    def _check(self, spec: CheckSpec, marked: Marked, *path: str | int) -> Check:
        """A check; arrays in its formula are as large as in the graph in effect."""
        check = check_of(spec, marked, *path)
        if check.kind != "computes" or check.reference is None:
            return check
        return replace(check, reference=shaped_as(check.reference, self.graph))

    def _goal(self, spec: GoalSpec, marked: Marked) -> Goal:
        if self.has_goal:
            raise LessonError("a lesson has one goal; join the two", marked.line())
        self.has_goal = True
        if spec.solution is not None:
            line = marked.line("solution")
            self._solve(parsed(spec.solution, marked, "solution"), line)
        if spec.file is not None:
            line = marked.line("file")
            self._solve(loaded(spec.file, self.file.parent, line), line)
        checks = [self._check(check, marked, "checks", i) for i, check in enumerate(spec.checks)]
        key = self._key(_without(marked.data, "text", "solution", "file"))
        return Goal(tuple(checks), spec.text or "", marked.line(), key)

    def _solve(self, graph: Graph, line: int) -> None:
        if self.solution is not None:
            raise LessonError("the lesson has a solution already; keep one of them", line)
        self.solution = graph

    # --- once every question is known ---------------------------------------------------------
    def _asked(self, page: Page) -> Page:
        blocks: list[Content] = []
        for block in page.blocks:
            match block:
                case Goal():
                    blocks.append(replace(block, checks=self._with_questions(block.checks)))
                case Task():
                    blocks.append(replace(block, until=self._with_questions(block.until)))
                case _:
                    blocks.append(block)
        return replace(page, blocks=tuple(blocks))

    def _with_questions(self, checks: tuple[Check, ...]) -> tuple[Check, ...]:
        return tuple(self._with_question(c) if c.kind == "answers" else c for c in checks)

    def _with_question(self, check: Check) -> Check:
        names = list(self.questions) if check.spec == "all" else check.spec
        for index, name in enumerate(names):
            if name not in self.questions:
                known = ", ".join(self.questions) or "none"
                line = check.lines[index]
                raise LessonError(f"there is no question {name[:60]}; there are {known}", line)
        if not names:
            raise LessonError("answers: the lesson has no questions", check.line)
        return replace(check, questions=tuple(self.questions[name] for name in names))
