"""The closed list of checks: what each looks at, and what it says when it is not met."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphlab.engine import Run
from graphlab.engine.numbers import show
from graphlab.errors import GraphLabError, RunError
from graphlab.graph import Graph, dag_of
from graphlab.tutor.format import BoundsSpec, GroupCheckSpec, ReadingSpec
from graphlab.tutor.lesson import Check, CheckKind
from graphlab.tutor.matching import mismatch
from graphlab.tutor.running import forward, gradient_of, partials_of, value_of
from graphlab.tutor.verdict import Verdict, Where, is_near, sentence
from graphlab.tutor.wording import called, listed


@dataclass
class Scene:
    """What a check is judged on.  ``faults`` collects why something could not be computed."""

    graph: Graph
    run: Run | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    at: Mapping[str, Any] = field(default_factory=dict)
    judge_question: Callable[[Any, Any], Verdict] | None = None
    faults: list[str] = field(default_factory=list)


def judge(check: Check, scene: Scene) -> Verdict:
    """Judge one check; raises nothing for a graph at fault, which is told in the reason.

    An empty graph meets nothing but a check that asks for it.
    """
    if not scene.graph.nodes and check.kind != "answers" and not _asks_for_nothing(check):
        scene.faults.append("the graph is empty")
        return Verdict(False, "Your graph is empty.")
    try:
        told = _JUDGES[check.kind](check, scene)
    except GraphLabError as error:
        scene.faults.append(str(error))
        told = str(error)
    if not told:
        return Verdict(True)
    told = f"{check.because} {sentence(told, scene.graph.nodes)}".strip()
    return Verdict(False, told, place_of(check, scene.graph))


def _asks_for_nothing(check: Check) -> bool:
    return check.kind == "nodes" and check.spec.at_most == 0


def place_of(check: Check, graph: Graph) -> Where | None:
    """The step that shows what a check looks at, if one does."""
    if check.kind in ("value", "partial") and check.spec.of in graph.nodes:
        return Where("forward", check.spec.of)
    if check.kind == "gradient" and check.spec.to in graph.nodes:
        edges = graph.consumers[check.spec.to]
        return Where("backward", edges[-1].target.node, edges[-1].target.port) if edges else None
    return None


# --- the checks -----------------------------------------------------------------------------------
def _computes(check: Check, scene: Scene) -> str:
    if check.reference is None:
        raise ValueError("a check of computes has its reference from when it was read")
    return mismatch(scene.graph, check.reference)


def _reading(check: Check, scene: Scene) -> str:
    """A value, a gradient or a local partial, against a number or a formula over the graph."""
    spec: ReadingSpec = check.spec
    run = _run(spec, scene)
    of = spec.of or _result(scene.graph)
    match check.kind:
        case "value":
            ways, name = [value_of(run, of)], of
        case "gradient":
            ways, name = [gradient_of(run, of, spec.to or "")], f"∂{of}/∂{spec.to}"
        case _:
            ways, name = partials_of(run, of, spec.to or ""), f"the local partial ∂{of}/∂{spec.to}"
    found, wanted = ways[0], _wanted(check, run)
    if wanted is not None and not any(is_near(way, wanted, spec.tolerance) for way in ways):
        return f"{name} is {show(found)}{_when(spec)}, and should be {show(wanted)}"
    if spec.above is not None and not np.all(found > spec.above):
        return f"{name} is {show(found)}{_when(spec)}, and should be above {show(spec.above)}"
    if spec.below is not None and not np.all(found < spec.below):
        return f"{name} is {show(found)}{_when(spec)}, and should be below {show(spec.below)}"
    return ""


def _run(spec: ReadingSpec, scene: Scene) -> Run:
    feeds = {**scene.at, **spec.at}
    if scene.run is not None:
        feeds = {**scene.run.feeds, **feeds}
    return forward(scene.graph, feeds)


def _result(graph: Graph) -> str:
    if len(graph.outputs) == 1:
        return graph.outputs[0]
    raise RunError(f"your graph has {len(graph.outputs)} ends, and should have one result")


def _wanted(check: Check, run: Run) -> Any:
    """The number it must be; a formula is computed from the graph's own values."""
    if check.reference is None:
        return check.spec.is_
    formula = check.reference
    names = (*formula.inputs, *formula.parameters)
    return value_of(
        forward(formula, {name: value_of(run, name) for name in names}), formula.outputs[0]
    )


def _when(spec: ReadingSpec) -> str:
    if not spec.at:
        return ""
    return " at " + ", ".join(f"{name} = {show(value)}" for name, value in spec.at.items())


def _uses(check: Check, scene: Scene) -> str:
    for op, wanted in check.spec.items():
        count = sum(node.op.name == op for node in scene.graph.nodes.values())
        told = _outside(count, wanted)
        if told:
            return f"your graph has {_many(count, f'{op} node')}, and should have {told}"
    return ""


def _nodes(check: Check, scene: Scene) -> str:
    told = _outside(len(scene.graph.nodes), check.spec)
    return f"your graph has {_many(len(scene.graph.nodes), 'node')}, and should have {told}" * bool(
        told
    )


def _outside(count: int, wanted: int | BoundsSpec) -> str:
    if isinstance(wanted, int):
        return "" if count == wanted else f"just {wanted}" if wanted else "none"
    if wanted.at_least is not None and count < wanted.at_least:
        return f"at least {wanted.at_least}"
    if wanted.at_most is not None and count > wanted.at_most:
        return f"at most {wanted.at_most}"
    return ""


def _group(check: Check, scene: Scene) -> str:
    spec: GroupCheckSpec = check.spec
    graph, found = scene.graph, 0
    for name, group in graph.groups.items():
        ops = {graph.nodes[member].op.name for member in graph.members(name)}
        is_named = spec.title is None or spec.title in (name, group.title)
        is_shown = spec.folded is None or (name in graph.view.folded) == spec.folded
        found += is_named and is_shown and ops.issuperset(spec.ops)
    if found >= spec.at_least:
        return ""
    state = {None: "", True: "folded ", False: "opened "}[spec.folded]
    called = f" called {spec.title}" if spec.title else ""
    holding = f" with {', '.join(spec.ops)} in it" if spec.ops else ""
    return f"there should be {_many(spec.at_least, f'{state}group')}{called}{holding}" + (
        f", and there {'is' if found == 1 else 'are'} {found}" if spec.at_least > 1 else ""
    )


def _inputs(check: Check, scene: Scene) -> str:
    graph = scene.graph
    own = {*graph.inputs, *graph.parameters}
    missing = [name for name in check.spec if name not in own]
    more = [name for name in (*graph.inputs, *graph.parameters) if name not in check.spec]
    if missing and more:
        return f"your graph has no input {missing[0]}, but one called {more[0]}: rename it"
    if missing:
        return f"your graph has no input {missing[0]}"
    return f"your graph has an input {more[0]} that is not needed" if more else ""


def _set(check: Check, scene: Scene) -> str:
    for name, wanted in check.spec.items():
        node = scene.graph.node(name)
        value = scene.run.value(name) if scene.run is not None else node.attributes.get("value")
        if value is None or not is_near(value, wanted, 1e-9):
            return f"{name} is {show(value)}, and should be {show(wanted)}"
    return ""


def _stepped(check: Check, scene: Scene) -> str:
    run = scene.run
    if check.spec == "forward":
        outputs = scene.graph.outputs
        is_done = run is not None and all(run.value(out) is not None for out in outputs)
        return "" if is_done else "step forward until everything is computed"
    if check.spec == "backward":
        is_done = run is not None and run.start is not None and _is_complete(run, None)
        return "" if is_done else "step backward until every gradient has arrived"
    value, gradient = check.spec.value, check.spec.gradient
    if value is not None and (run is None or run.value(value) is None):
        return f"step forward until {value} is computed"
    if gradient is not None and (run is None or not _is_complete(run, gradient)):
        return f"step backward until the gradient of {gradient} is complete"
    return ""


def _is_complete(run: Run, name: str | None) -> bool:
    """Whether every edge that will bring a gradient back, to ``name`` or to all, has done so."""
    if run.start is None or (name is not None and run.grad(name) is None):
        return False
    graph, done = run.graph, run.contributions()
    start = graph.port(run.start).node
    leading = dag_of(graph).ancestors(start)
    if name is not None:
        edges = graph.consumers[graph.port(name).node]
        return all(e.target in done for e in edges if e.target.node in leading)
    whole = Run(graph, run.feeds).forward().backward(run.start).contributions()
    return len(done) >= len(whole)


def _answers(check: Check, scene: Scene) -> str:
    if scene.judge_question is None:
        raise ValueError("answers are judged where there are some")
    missing = [one for one in check.questions if one.id not in scene.answers]
    told = [f"not answered yet: {listed(missing)}"] if missing else []
    for question in check.questions:
        if question.id in scene.answers:
            verdict = scene.judge_question(question, scene.answers[question.id])
            if not verdict.is_right:
                told.append(f"the answer to {called(question)} is not right: {verdict.reason}")
    return " ".join(sentence(one) for one in told)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


_JUDGES: Mapping[CheckKind, Callable[[Check, Scene], str]] = {
    "computes": _computes,
    "value": _reading,
    "gradient": _reading,
    "partial": _reading,
    "uses": _uses,
    "nodes": _nodes,
    "group": _group,
    "inputs": _inputs,
    "set": _set,
    "stepped": _stepped,
    "answers": _answers,
}


def judge_all(checks: Sequence[Check], scene: Scene) -> list[Verdict]:
    """Judge several checks, in order."""
    return [judge(check, scene) for check in checks]
