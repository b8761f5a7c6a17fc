"""The ways of links: past the cards, with every group opened, and round the turns of rows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from graphlab import parse
from graphlab.data import open_data
from graphlab.graph import Graph, View
from graphlab.graph.gallery import EXHIBITS, gallery
from graphlab.graph.rows import ROUNDING
from graphlab.gui.canvas.bends import bend, distances
from graphlab.gui.canvas.figure import Card, Figure, Link
from graphlab.gui.canvas.geometry import Geometry
from graphlab.gui.canvas.metrics import arranged
from graphlab.gui.canvas.plane_maps import beside, way
from graphlab.gui.theme import typography
from graphlab.gui.window import Window
from graphlab.train.losses import with_loss

_MOST = 90  # nodes of a network that is laid out here
_GROUPS = {
    "a value that is used on and goes out": """
with group("inside"):
    s = a * x
    t = sign(s)
l = s - y""",
    "the first of many goes out, and the last": """
with group("inside"):
    s = a * x
    t = tanh(s)
    u = t * t
    v = exp(s)
    w = v * u
l = s - y
m = l * w * v""",
    "out of two groups at once": """
with group("outer"):
    with group("inner"):
        s = a * x
        t = tanh(s)
    u = exp(t)
l = s - u""",
}


def _opened(window: Window, qtbot: QtBot, graph: Graph) -> None:
    window.session.recover(graph.with_(view=View()), None)
    window.house.leave_welcome()
    qtbot.waitUntil(lambda: len(window.canvas.figure.cards) == len(graph.nodes), timeout=20_000)


def _through(window: Window) -> list[str]:
    """Which link runs through which card that is none of its ends."""
    geometry, figure = window.canvas.places, window.canvas.figure
    low = geometry.cards[:, :2] + 1
    high = low + geometry.cards[:, 2:] - 2
    found = []
    for link, points in zip(geometry.owners.tolist(), bend(geometry.pieces, 32), strict=True):
        inside = ((points[:, None] > low) & (points[:, None] < high)).all(axis=2).any(axis=0)
        names = {figure.cards[i].id for i in np.flatnonzero(inside)}
        ends = figure.links[link]
        found += [f"{ends.id} through {n}" for n in names - {ends.source, ends.target}]
    return found


@pytest.mark.parametrize("text", _GROUPS.values(), ids=_GROUPS)
def test_what_leaves_a_group_passes_the_cards_in_it(
    window: Window, qtbot: QtBot, text: str
) -> None:
    _opened(window, qtbot, parse(text.strip()))
    assert _through(window) == []


@pytest.mark.parametrize("name", EXHIBITS)
def test_no_link_of_the_gallery_runs_through_a_card(
    window: Window, qtbot: QtBot, name: str
) -> None:
    graph = gallery(name)
    if len(graph.nodes) > _MOST:
        pytest.skip("large: nobody opens all of its groups at once")
    _opened(window, qtbot, graph)
    assert _through(window) == []


def test_the_sum_of_a_perceptron_that_is_trained_passes_its_sign(
    window: Window, qtbot: QtBot
) -> None:
    graph = with_loss(gallery("perceptron"), open_data("and"))
    _opened(window, qtbot, graph)
    assert _through(window) == []


# --- weights on links ----------------------------------------------------------------------------
def _rows(count: int = 9) -> Figure:
    cards = [Card(f"h{i}", f"h{i}", "tanh", "1") for i in range(count)]
    links = [
        Link((a, b), f"h{a}", f"h{b}", 0, 1, "", "", "", "")
        for a, b in [*pairwise(range(count)), (2, count - 1)]
    ]
    return arranged(cards, links, typography())


@pytest.mark.parametrize("shift", [-13.0, -6.0, 0.0, 6.0, 13.0])
def test_a_strand_goes_from_end_to_end_beside_its_link_round_every_turn(shift: float) -> None:
    """Judged by the pieces as they are painted without weights, and by its own length."""
    geometry = Geometry(_rows(), typography())
    assert (geometry.pieces[:, 0] == geometry.pieces[:, 2]).any()  # rows, so that links turn back
    for link in range(len(geometry.tails)):
        low, high = np.searchsorted(geometry.owners, [link, link + 1])
        pieces = geometry.pieces[low:high]
        points = way(pieces)
        assert points[0] == pytest.approx(geometry.tails[link])
        assert points[-1] == pytest.approx(geometry.heads[link])
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        drawn = np.linalg.norm(np.diff(bend(pieces, 16), axis=1), axis=2).sum()
        assert steps.sum() == pytest.approx(drawn)  # no piece is gone twice
        strand = beside(points, shift)
        assert strand[0] - points[0] == pytest.approx([0, shift])
        assert strand[-1] - points[-1] == pytest.approx([0, shift])
        away = distances(np.broadcast_to(points, (len(strand), *points.shape)), strand[:, None])
        assert away.min(axis=1) == pytest.approx(abs(shift), abs=6)
        along = (np.diff(strand, axis=0) * np.diff(points, axis=0)).sum(axis=1) / steps
        assert along.min() >= -ROUNDING  # it runs back into a corner at most
