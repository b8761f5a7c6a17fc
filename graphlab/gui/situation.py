"""Where a person stands, in words: below the canvas when no step is shown, in the status line."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from graphlab.gui.notes import unfit_gradient, unfit_values
from graphlab.gui.session import Session

_MOST_TOLD = 8  # problems in a tip


def situation(session: Session, feeding: str = "") -> tuple[str, str]:
    """A heading and a sentence for when no single step is shown.

    ``feeding`` says where inputs without a value get theirs from, if not from a hand.
    """
    if not session.graph.nodes:
        return "", ""
    place, complaint = session.position, session.complaint()
    if place.is_done and (wrong := _unfit(session)):
        return "Done, but not every number is finite", wrong
    if place.is_done and place.is_complete:
        return "Done: every value and every gradient is there", (
            "Click a card or an edge to see all about it at the right (F9), double-click an input "
            "to change its value, or press Home to begin anew."
        )
    if place.is_done:
        return "Done as far as it can be computed", complaint
    if place.taken == 0 and session.missing():
        if feeding:
            return "Training feeds the inputs", feeding
        return "Give the inputs a value", complaint
    if place.taken == 0 and not place.can_go_forward and not place.is_complete:
        return "Nothing can be computed yet", complaint
    if place.taken == 0 and place.can_go_forward:
        return "Ready", "Press → to compute the first node; ← then takes it back."
    if not place.backward and not place.can_go_forward and place.is_complete:
        return "Forward is done: every value is there", (
            f"Press → to send the gradient of {session.start} back, edge by edge."
        )
    return f"{_count(place.taken, 'step')} taken", complaint or "Press → to go on."


def _unfit(session: Session) -> str:
    """Where a number first went wrong, and what to do; empty if all are finite."""
    found = unfit_values(session.run)
    told = next(iter(found.values()), "") or unfit_gradient(session.run)
    return f"{told}. Double-click an input or a parameter to change its value." if told else ""


def counts(session: Session, problems: Collection[str], *, is_fed: bool = False) -> str:
    """How large the graph is, how far the run is, and what is wrong; ``problems`` by node.

    ``is_fed``: what has no value yet gets one from elsewhere.
    """
    graph = session.graph
    if not graph.nodes:
        return "No graph yet"
    place, missing = session.position, session.missing()
    parts = [_count(len(graph.nodes), "node"), _count(len(graph.edges), "edge")]
    parts.append(
        f"step {place.taken} of {place.total}" if place.taken else _count(place.total, "step")
    )
    if missing and not is_fed:
        parts.append(_count(len(missing), "value") + " missing")
    if others := set(problems).difference(missing):
        parts.append(_count(len(others), "problem"))
    return "  ·  ".join(parts)


def told_problems(problems: Mapping[str, str]) -> str:
    """What is wrong with which node, a line each; the first few of many.  ``problems`` by node."""
    lines = list(dict.fromkeys(problems.values()))
    more = [f"and {len(lines) - _MOST_TOLD:,} more"] if len(lines) > _MOST_TOLD else []
    return "\n".join([*lines[:_MOST_TOLD], *more])


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
