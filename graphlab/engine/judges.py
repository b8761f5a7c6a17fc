"""Three judges of one gradient: the analytic way back, central differences, and a third engine.

At a kink no derivative exists: the ops follow a convention there, and the judges neither agree nor
disagree.  Nor do they where differences are blurred as much as they are off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from zlib import crc32

import numpy as np

from graphlab.engine.differences import Difference, difference, relative_error
from graphlab.engine.numbers import show_number
from graphlab.engine.plan import Entry
from graphlab.engine.probe import SHIFTS, Probe, fed_as_inputs
from graphlab.engine.run import Run
from graphlab.errors import GraphLabError
from graphlab.graph import Graph, OutPort
from graphlab.graph.circumstances import BY_DEFAULT, Circumstances
from graphlab.graph.graph import out_ports
from graphlab.listing import listed

Verdict = Literal["agrees", "disagrees", "kink", "not judged", "no gradient"]
Third = Callable[[Graph, Mapping[str, Any], str, Any, Circumstances], Mapping[str, Any]]
"""``third(graph, sources, start, upstream, circumstances)``: gradients by output (``split.1``).

``sources`` has the value of every source node by name, ``upstream`` the shape of ``start``.
"""

MAX_ELEMENTS = 20
"""Of a larger array so many elements are judged, drawn by the seed."""
MAX_WORK = 300_000
"""Nodes computed again in one check; where that is not enough, nodes are drawn by the seed."""


@dataclass(frozen=True)
class Row:
    """What the judges say of one value; the numbers are those of its worst element."""

    node: str  # ``split.1`` for a further output
    verdict: Verdict
    analytic: float | None = None
    numeric: float | None = None
    torch: float | None = None
    relative_error: float = 0.0
    element: tuple[int, ...] = ()
    checked: int = 0  # elements judged by differences
    size: int = 0  # elements there are
    note: str = ""  # why the verdict is what it is, where it is not plain


@dataclass(frozen=True)
class Report:
    """The judges' verdicts, worst first.

    A ``relative_error`` is |a − b| / max(1e-8, |a|, |b|), the larger of both comparisons with the
    analytic gradient.
    """

    start: str
    rows: tuple[Row, ...]
    judges: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether no judge contradicts another."""
        return all(row.verdict != "disagrees" for row in self.rows)

    @property
    def has_judged(self) -> bool:
        """Whether there was anything to agree or to disagree about."""
        return any(row.verdict in ("agrees", "disagrees") for row in self.rows)

    @property
    def summary(self) -> str:
        """One sentence, and one more for each thing worth knowing about the check."""
        wrong = [row.node for row in self.rows if row.verdict == "disagrees"]
        kinks = sum(row.verdict == "kink" for row in self.rows)
        blurred = sum(row.verdict == "not judged" for row in self.rows)
        same = [row.relative_error for row in self.rows if row.verdict == "agrees"]
        judges = " and ".join([", ".join(self.judges[:-1]), self.judges[-1]])
        if wrong:
            told = f"{judges} disagree about {listed(wrong, 5)}"
        elif not same:
            told = f"{judges} find nothing to agree about in the gradient of {self.start}"
        else:
            told = (
                f"{judges} agree about the gradient of {self.start} at {_nodes(len(same))}, with "
                f"a relative error of at most {show_number(max(same, default=0.0))}"
            )
        if kinks:
            told += f"; at {_nodes(kinks)} there is no derivative to agree about"
        if blurred:
            told += f"; at {_nodes(blurred)} differences cannot judge"
        return ". ".join([told, *self.notes]) + "."


def check_gradients(
    graph: Graph,
    feeds: Mapping[str, Any],
    *,
    node: str | None = None,
    circumstances: Circumstances = BY_DEFAULT,
    tolerance: float = 1e-6,
    third: Third | None = None,
) -> Report:
    """Judge the gradient of ``node`` at every input, target, parameter and inner node.

    All is computed in float64.  A start that is no single number is summed over.  An inner node
    that is fed is judged as an input.  Constants are left out.

    Raises ``RunError`` where ``node`` has no value with these feeds, and ``GraphLabError`` for a
    tolerance that is not a positive finite number.
    """
    if not (math.isfinite(tolerance) and tolerance > 0):
        raise GraphLabError(
            f"the tolerance is {tolerance:g}, and it has to be a positive finite number"
        )
    with np.errstate(all="ignore"):
        return _check(graph, feeds, node, circumstances, tolerance, third)


def _check(
    graph: Graph,
    feeds: Mapping[str, Any],
    node: str | None,
    circumstances: Circumstances,
    tolerance: float,
    third: Third | None,
) -> Report:
    if node is None and len(graph.outputs) == 1:
        node = graph.outputs[0]
    graph = fed_as_inputs(graph, feeds)
    single = {n: v for n, v in feeds.items() if getattr(v, "dtype", None) == np.float32}
    exact = {name: np.asarray(value, dtype=np.float64) for name, value in single.items()}
    seed = circumstances.seed
    run = Run(graph, {**feeds, **exact}, seed=seed, training=circumstances.training)
    run.forward().backward(node)
    start = graph.port(run.start or "")
    upstream = np.ones(np.shape(run.value(str(start))))
    other = None
    if third is not None:
        sources = {n: run.value(n) for n, x in graph.nodes.items() if x.op.category == "Source"}
        leading = {n: v for n, v in sources.items() if v is not None}
        other = third(graph, leading, str(start), upstream, circumstances)
    court = _Court(Probe(run, start, upstream), run, other, tolerance, seed)
    rows, notes = court.judge_all()
    if single:
        notes.append("What was fed as float32 was judged in float64")
    judges = ("The analytic gradient", "central differences", *(["torch"] if third else []))
    return Report(str(start), tuple(sorted(rows, key=_badness)), judges, tuple(notes))


class _Finding(NamedTuple):
    """One element judged."""

    verdict: Verdict
    analytic: float
    numeric: float
    torch: float | None
    error: float
    element: tuple[int, ...]
    note: str


class _Court:
    def __init__(
        self, probe: Probe, run: Run, third: Mapping[str, Any] | None, tolerance: float, seed: int
    ) -> None:
        self.probe, self.run, self.third = probe, run, third
        self.tolerance, self.seed = tolerance, seed

    def judge_all(self) -> tuple[list[Row], list[str]]:
        """A row for every value that is judged, and notes about those that are not."""
        graph = self.run.graph
        ports = [
            port
            for name, node in graph.nodes.items()
            if node.op.name != "constant"
            for port in out_ports(name, node)
        ]
        order = np.random.default_rng(self.seed).permutation(len(ports))
        rows: dict[OutPort, Row] = {}
        work, sampled = 0, False
        for index in order:
            port = ports[index]
            if work > MAX_WORK:
                break
            entries = self.probe.dependents(port)
            row = rows[port] = self._row(port, entries)
            work += len(SHIFTS) * len(entries) * max(row.checked, 1)
            sampled |= 0 < row.checked < row.size
        notes = []
        if sampled:
            notes.append(f"Of larger arrays {MAX_ELEMENTS} elements each were drawn")
        if len(rows) < len(ports):
            notes.append(f"Of {len(ports)} values {len(rows)} were drawn, as the graph is large")
        return [rows[port] for port in ports if port in rows], notes

    def _row(self, port: OutPort, entries: list[Entry]) -> Row:
        name = str(port)
        gradient, value = self.run.grad(name), self.run.value(name)
        size = int(np.size(value)) if value is not None else 0
        if gradient is None and self.third is not None and np.any(self.third.get(name, 0)):
            return Row(name, "disagrees", size=size, note="only torch finds a gradient")
        if gradient is None:
            why = "it does not lead to " + str(self.probe.start)
            if value is None:
                why = "it has no value"
            elif entries or self.probe.is_read(port):
                why = "what it feeds takes no gradient"
            return Row(name, "no gradient", size=size, note=why)
        elements = self._elements(name, np.asarray(gradient))
        findings = [self._judge(port, element, entries) for element in elements]
        if not findings:
            return Row(name, "agrees", note="it has no elements")
        worst = min(findings, key=lambda f: (_ORDER.index(f.verdict), -f.error))
        return Row(
            name,
            worst.verdict,
            worst.analytic,
            worst.numeric,
            worst.torch,
            worst.error,
            worst.element,
            len(findings),
            size,
            worst.note,
        )

    def _elements(self, name: str, gradient: Any) -> list[tuple[int, ...]]:
        """All of a small array; of others a sample and where the third judge is furthest off."""
        size = gradient.size
        if size <= MAX_ELEMENTS:
            flat = list(range(size))
        else:
            random = np.random.default_rng([self.seed, crc32(name.encode())])
            flat = sorted(int(i) for i in random.choice(size, MAX_ELEMENTS, replace=False))
            if self.third is not None and self.third.get(name) is not None:
                gaps = np.abs(np.asarray(self.third[name]) - gradient)
                worst = int(np.argmax(np.nan_to_num(gaps, nan=0.0)))
                flat = sorted({*flat, worst}) if gaps.flat[worst] > 0 else flat
        return [tuple(int(i) for i in np.unravel_index(i, gradient.shape)) for i in flat]

    def _judge(self, port: OutPort, element: tuple[int, ...], entries: list[Entry]) -> _Finding:
        name = str(port)
        analytic = float(np.asarray(self.run.grad(name))[element])
        torch = None
        if self.third is not None:
            found = self.third.get(name)
            torch = 0.0 if found is None else float(np.asarray(found)[element])
        found = difference(self.probe, port, element, entries, analytic, self.tolerance)
        gap = 0.0 if torch is None else relative_error(analytic, torch)
        verdict, note = self._verdict(found, analytic, torch, gap)
        error = max(gap, relative_error(analytic, found.slope))
        return _Finding(verdict, analytic, found.slope, torch, error, element, note)

    def _verdict(
        self, found: Difference, analytic: float, torch: float | None, gap: float
    ) -> tuple[Verdict, str]:
        """The verdict and why; ``gap`` is the relative error between analytic and torch."""
        if found.kink is not None:
            return "kink", _at_kink(found.kink)
        if gap > self.tolerance:
            is_finite = math.isfinite(gap) and math.isfinite(analytic)
            return "disagrees", "" if is_finite else "not every judge finds a finite number"
        if not math.isfinite(self.probe.size()):
            return "not judged", f"{self.probe.start} is not a finite number here"
        is_sharp, error = found.is_sharp(analytic), relative_error(analytic, found.slope)
        if not math.isfinite(found.error):
            return "not judged", "no step gives usable differences here"
        if not math.isfinite(analytic):
            if torch is None:
                return "disagrees", "not every judge finds a finite number"
            return "not judged", "the gradient is not a finite number here"
        if is_sharp and error <= self.tolerance:
            return "agrees", ""
        if abs(analytic - found.slope) <= found.error:
            return ("agrees", "") if is_sharp else ("not judged", _blurred(found))
        if torch is not None and not is_sharp:
            return "not judged", _blurred(found)
        return "disagrees", ""


_ORDER = ("disagrees", "kink", "not judged", "agrees", "no gradient")


def _blurred(found: Difference) -> str:
    return f"differences are uncertain by {show_number(found.error)} here"


def _at_kink(entry: Entry) -> str:
    return f"{entry.name} ({entry.op.name}) has no derivative here. {entry.op.convention}".strip()


def _nodes(count: int) -> str:
    return "1 node" if count == 1 else f"{count} nodes"


def _badness(row: Row) -> tuple[int, float]:
    return _ORDER.index(row.verdict), -row.relative_error
