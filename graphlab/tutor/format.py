"""The lesson format, declared once: reading, checking and the published schema follow.

A lesson is a Markdown file: front matter between ``---`` lines, pages that begin at ``## ``, prose,
and fenced blocks whose info string is ``yaml graph``, ``yaml show``, ``yaml do``, ``yaml question``
or ``yaml goal``.  What may stand in them is said here.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Line = Annotated[str, Meta(min_length=1, max_length=500)]
Text = Annotated[str, Meta(min_length=1, max_length=20_000)]
TEXTS = ("task", "ask", "text", "hints", "reveal")
"""The keys whose values are Markdown with LaTeX, in any block."""

Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Number = float | list[Any]
Tolerance = Annotated[float, Meta(gt=0, le=1)]
Formula = Annotated[
    str, Meta(min_length=1, max_length=20_000, description="In the formula language.")
]


class Spec(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What may stand in one YAML mapping."""


class Front(Spec, frozen=True):
    """The front matter of a lesson."""

    format: Literal[1]
    title: Line
    deck: Line | Annotated[list[Line], Meta(min_length=1, max_length=20)]
    authors: Annotated[list[Line], Meta(min_length=1, max_length=50)]
    language: Annotated[
        str,
        Meta(
            pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description="The code of a language, as en."
        ),
    ]
    number: Annotated[int, Meta(ge=1, le=9999)] | None = None
    summary: Line | None = None


class GraphSpec(Spec, frozen=True):
    """The graph that the window shows from here on; exactly one of formula, file and empty."""

    formula: Formula | None = None
    file: Annotated[Line | None, Meta(description="A .graph.json file beside the lesson.")] = None
    empty: Literal[True] | None = None
    values: Annotated[
        dict[Name, Number], Meta(description="What inputs and parameters hold, by name.")
    ] = {}
    groups: Annotated[
        dict[Name, list[Name]], Meta(description="Nodes (or groups above) by the group's name.")
    ] = {}
    fold: list[Name] = []
    solution: Annotated[
        bool, Meta(description="This graph solves the goal, and is never shown.")
    ] = False


class PathsSpec(Spec, frozen=True):
    """The path lens, from one node to another."""

    start: Name = field(name="from")
    end: Name = field(name="to")


class DescentSpec(Spec, frozen=True):
    """Gradient descent, ready to go."""

    rate: Annotated[float, Meta(gt=0)]
    steps: Annotated[
        int, Meta(ge=1, le=10_000, description="What the button for several steps takes.")
    ] = 1
    loss: Name | None = None
    move: Annotated[list[Name], Meta(description="Without it, the parameters.")] = []


class ShowSpec(Spec, frozen=True):
    """What the window does when the page is opened."""

    phase: Annotated[
        Literal["none", "forward", "backward"] | None,
        Meta(description="Run to the end of this phase; none takes every step back."),
    ] = None
    steps: Annotated[Count | None, Meta(description="So many steps from the beginning.")] = None
    until: Annotated[
        Name | None,
        Meta(description="Step on until this node has its value; with phase backward, its grad."),
    ] = None
    select: Name | None = None
    fold: list[Name] = []
    open: list[Name] = []
    paths: PathsSpec | None = None
    check: Annotated[bool, Meta(description="Open the gradient check.")] = False
    descent: DescentSpec | None = None


class BoundsSpec(Spec, frozen=True):
    """How many."""

    at_least: Count | None = None
    at_most: Count | None = None


class ReadingSpec(Spec, frozen=True):
    """A number of the graph, and what it must be."""

    of: Annotated[Name | None, Meta(description="Without it, the one output.")] = None
    to: Annotated[
        Name | None, Meta(description="Gradient: a node. Partial: an input port, or what feeds it.")
    ] = None
    at: dict[Name, Number] = {}
    is_: Annotated[
        Number | Formula | None,
        Meta(description="A number, an array, or a formula over the graph's own names."),
    ] = field(name="is", default=None)
    above: float | None = None
    below: float | None = None
    tolerance: Tolerance = 1e-3


class GroupCheckSpec(Spec, frozen=True):
    """A group the student must have made."""

    title: Annotated[Line | None, Meta(description="Its name or title.")] = None
    ops: Annotated[list[Name], Meta(description="It contains at least these ops.")] = []
    at_least: Annotated[int, Meta(ge=1, le=1000)] = 1
    folded: bool | None = None


class SteppedSpec(Spec, frozen=True):
    """What stepping must have shown."""

    value: Annotated[Name | None, Meta(description="This node has been computed.")] = None
    gradient: Annotated[Name | None, Meta(description="This node's gradient is complete.")] = None


class CheckSpec(Spec, frozen=True):
    """One thing a program judges: exactly one key, and ``because``, a sentence of your own."""

    computes: Annotated[
        Formula | None,
        Meta(description="The same values and gradients as this, on random inputs by name."),
    ] = None
    value: ReadingSpec | None = None
    gradient: ReadingSpec | None = None
    partial: ReadingSpec | None = None
    uses: Annotated[
        dict[Name, Count | BoundsSpec] | None, Meta(description="How many nodes of each op.")
    ] = None
    nodes: BoundsSpec | None = None
    group: GroupCheckSpec | None = None
    inputs: list[Name] | None = None
    set: Annotated[
        dict[Name, Number] | None, Meta(description="These nodes hold these values.")
    ] = None
    stepped: Literal["forward", "backward"] | SteppedSpec | None = None
    answers: Annotated[
        Literal["all"] | list[Name] | None, Meta(description="Questions answered right, by id.")
    ] = None
    because: Annotated[Line | None, Meta(description="Said when it is not met.")] = None


class TaskSpec(Spec, frozen=True):
    """Something to do on the canvas."""

    task: Text
    until: CheckSpec | list[CheckSpec]
    hints: list[Text] = []
    solution: Annotated[
        Formula | None, Meta(description="A graph that meets it, where the goal's does not.")
    ] = None


class RateSpec(Spec, frozen=True):
    """∂of/∂to."""

    of: Name
    to: Name


class NumberSpec(Spec, frozen=True):
    """A number that is no node's: a formula without inputs."""

    formula: Formula


class OptionSpec(Spec, frozen=True):
    """One of several answers: right where it says so, or where the engine finds it so."""

    text: Text
    when: CheckSpec | None = None
    right: bool | None = None


class QuestionSpec(Spec, frozen=True):
    """A question; exactly one of value, gradient, partial, number and choice."""

    id: Annotated[
        str,
        Meta(
            pattern="^[A-Za-z][A-Za-z0-9_-]{0,63}$",
            description="At most 64 letters, digits, - and _, beginning with a letter.",
        ),
    ]
    ask: Text
    value: Name | None = None
    gradient: RateSpec | None = None
    partial: RateSpec | None = None
    number: NumberSpec | None = None
    choice: Annotated[list[OptionSpec], Meta(min_length=2, max_length=12)] | None = None
    graph: Annotated[
        Formula | None, Meta(description="What is asked about, where it is not the page's graph.")
    ] = None
    at: dict[Name, Number] = {}
    tolerance: Tolerance = 1e-3
    expect: Annotated[
        Number | None, Meta(description="A printed number that the engine must confirm.")
    ] = None
    hints: list[Text] = []
    reveal: Text | None = None


class GoalSpec(Spec, frozen=True):
    """What a submission is judged by."""

    checks: Annotated[list[CheckSpec], Meta(min_length=1, max_length=50)]
    text: Annotated[Text | None, Meta(description="The goal in words.")] = None
    solution: Formula | None = None
    file: Annotated[Line | None, Meta(description="The solution as a .graph.json file.")] = None


BLOCKS: dict[str, type[Spec]] = {
    "graph": GraphSpec,
    "show": ShowSpec,
    "do": TaskSpec,
    "question": QuestionSpec,
    "goal": GoalSpec,
}
"""What may follow ``yaml`` in an info string."""


def json_schema() -> dict[str, Any]:
    """The format as a JSON Schema; ``resources/lesson.schema.json`` is this.

    The schema is of an object that has the front matter and one block of each kind; an editor
    points at one definition, as in ``lesson.schema.json#/$defs/QuestionSpec``.
    """
    kinds = {"front matter": Front, **{f"yaml {word}": kind for word, kind in BLOCKS.items()}}
    refs, definitions = msgspec.json.schema_components(
        list(kinds.values()), ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "GraphLab lesson",
        "description": "What may stand in the YAML parts of a lesson, by the part's name.",
        "type": "object",
        "properties": dict(zip(kinds, refs, strict=True)),
        "required": ["front matter"],
        "additionalProperties": False,
        "$defs": definitions,
    }
