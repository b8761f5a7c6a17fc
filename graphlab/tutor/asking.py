"""Checks and questions from their YAML: exactly one kind each, formulas parsed, names looked up."""

from __future__ import annotations

from typing import Any, cast, get_args

from graphlab.errors import GraphLabError, LessonError
from graphlab.graph import Graph
from graphlab.ops import op_named
from graphlab.tutor.format import CheckSpec, QuestionSpec, ReadingSpec
from graphlab.tutor.graphs import number_of, parsed, values_of
from graphlab.tutor.lesson import Check, CheckKind, Option, Question, QuestionKind
from graphlab.tutor.yaml_text import Marked


def check_of(spec: CheckSpec, marked: Marked, *path: str | int) -> Check:
    """One check, its formulas parsed; ``answers`` gets its questions when all are known."""
    kind = cast("CheckKind", _one_of(spec, get_args(CheckKind), "a check", marked, *path))
    found = getattr(spec, kind)
    line = marked.line(*path, kind)
    reference = None
    if kind == "computes":
        reference = parsed(found, marked, *path, kind)
    elif kind in ("value", "gradient", "partial"):
        found, reference = _reading(kind, found, marked, *path, kind)
    elif kind == "uses":
        _check_ops(found, marked, *path, kind)
    elif kind == "group":
        _check_ops(found.ops, marked, *path, kind, "ops")
    elif kind == "set":
        found = values_of(found, marked, *path, kind)
    entries = range(len(found)) if kind == "answers" and found != "all" else ()
    lines = tuple(marked.line(*path, kind, i) for i in entries)
    return Check(kind, found, line, spec.because or "", reference, lines=lines)


def question_of(spec: QuestionSpec, marked: Marked, page: Graph | None) -> Question:
    """A question on its own graph, or on the page's."""
    kind = cast("QuestionKind", _one_of(spec, get_args(QuestionKind), "a question", marked))
    if spec.number is not None:
        graph = parsed(spec.number.formula, marked, "number", "formula")
        if graph.inputs or graph.parameters or len(graph.outputs) != 1:
            names = ", ".join((*graph.inputs, *graph.parameters)[:6])
            why = f"this one needs {names}" if names else "this one has several results"
            line = marked.line("number", "formula")
            raise LessonError(f"the formula of a number has no inputs, and {why}", line)
    elif spec.graph is not None:
        graph = parsed(spec.graph, marked, "graph")
    elif page is not None:
        graph = page
    elif kind == "choice":
        graph = Graph()
    else:
        raise LessonError("there is no graph yet to ask about: state one above", marked.line())
    rate = spec.gradient or spec.partial
    return Question(
        id=spec.id,
        ask=spec.ask,
        kind=kind,
        graph=graph,
        line=marked.line("id"),
        of=rate.of if rate else spec.value or "",
        to=rate.to if rate else "",
        at=values_of(spec.at, marked, "at"),
        choices=_options(spec, marked),
        tolerance=spec.tolerance,
        expect=None if spec.expect is None else number_of(spec.expect, marked, "expect"),
        hints=tuple(spec.hints),
        reveal=spec.reveal or "",
        is_about_page=spec.graph is None and spec.number is None,
        lines=_lines(kind, spec, marked),
    )


def _lines(kind: str, spec: QuestionSpec, marked: Marked) -> dict[str, int]:
    """Where what can be found wrong stands, once it is known what there is to ask about."""
    found = {key: marked.line(kind, key) for key in ("of", "to")}
    found |= {key: marked.line(key) for key in ("expect", "choice")}
    return found | {f"at.{name}": marked.line("at", name) for name in spec.at}


def _options(spec: QuestionSpec, marked: Marked) -> tuple[Option, ...]:
    found = []
    for index, option in enumerate(spec.choice or ()):
        if option.when is not None and option.right is not None:
            raise LessonError(
                "an option has when or right, not both", marked.line("choice", index, "right")
            )
        when = None
        if option.when is not None:
            when = check_of(option.when, marked, "choice", index, "when")
            if when.kind == "answers":
                raise LessonError("an option cannot hang on answers", when.line)
        found.append(Option(option.text, when, bool(option.right)))
    texts = [option.text.strip() for option in found]
    for index, text in enumerate(texts):
        if text in texts[:index]:
            line = marked.line("choice", index, "text")
            raise LessonError("two options say the same; change one", line)
    if found and not any(option.when or option.right for option in found):
        raise LessonError("no option is right: give one right: true or when", marked.line("choice"))
    return tuple(found)


def _reading(
    kind: str, spec: ReadingSpec, marked: Marked, *path: str | int
) -> tuple[ReadingSpec, Graph | None]:
    """A reading with arrays in place of lists, and the graph of a formula at ``is``."""
    line = marked.line(*path)
    if kind != "value" and spec.to is None:
        raise LessonError(f"{kind}: say with to what it is differentiated by", line)
    if kind == "value" and spec.to is not None:
        raise LessonError("value: a value has no to; ask for a gradient or a partial", line)
    if kind == "partial" and spec.of is None:
        raise LessonError("partial: say with of which node's partial it is", line)
    if spec.is_ is None and spec.above is None and spec.below is None:
        raise LessonError(f"{kind}: say what it must be, with is, above or below", line)
    reference, wanted = None, spec.is_
    if isinstance(wanted, str):
        reference = parsed(wanted, marked, *path, "is")
    elif wanted is not None:
        wanted = number_of(wanted, marked, *path, "is")
    return ReadingSpec(
        of=spec.of,
        to=spec.to,
        at=values_of(spec.at, marked, *path, "at"),
        is_=wanted,
        above=spec.above,
        below=spec.below,
        tolerance=spec.tolerance,
    ), reference


def _check_ops(names: Any, marked: Marked, *path: str | int) -> None:
    for index, name in enumerate(names):
        try:
            op_named(name)
        except GraphLabError as error:
            place = name if isinstance(names, dict) else index
            raise LessonError(str(error), marked.line(*path, place)) from None


def _one_of(spec: Any, keys: tuple[str, ...], what: str, marked: Marked, *path: str | int) -> str:
    found = [key for key in keys if getattr(spec, key) is not None]
    if len(found) == 1:
        return found[0]
    told = f"and this one has {' and '.join(found)}" if found else "and this one has none"
    line = max([marked.line(*path), *(marked.line(*path, key) for key in found)])
    raise LessonError(f"{what} has exactly one of {', '.join(keys)}, {told}", line)
