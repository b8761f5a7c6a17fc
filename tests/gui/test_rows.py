"""Long drawings open in rows at a readable size, and stepping through them moves nothing."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graphlab.graph import Graph
from graphlab.graph.edits import move
from graphlab.graph.formula import parse
from graphlab.graph.gallery import gallery
from graphlab.gui.canvas.bends import bend
from graphlab.gui.canvas.painter import NUMBERS
from graphlab.gui.lettering import set_text_size
from graphlab.gui.theme import USUAL, typography
from graphlab.gui.window import Window


def chain(count: int) -> Graph:
    return parse("x0 = 0.5\n" + "".join(f"x{i + 1} = tanh(x{i})\n" for i in range(count)))


def opened(window: Window, qtbot: QtBot, graph: Graph) -> None:
    window.resize(1280, 800)
    window.session.recover(graph, None)
    window.house.leave_welcome()
    qtbot.waitUntil(lambda: bool(window.canvas.places.index), timeout=20_000)


@pytest.mark.parametrize("name", ["lenet-5", "resnet-18", "u-net", "chain"])
def test_a_long_drawing_opens_large_enough(window: Window, qtbot: QtBot, name: str) -> None:
    opened(window, qtbot, chain(60) if name == "chain" else gallery(name))
    canvas = window.canvas
    assert canvas.zoom >= 0.45
    x, y, width, height = canvas.bounds
    assert canvas.visible().contains(x, y)
    assert canvas.visible().contains(x + width, y + height)
    places = canvas.places
    assert places.is_in_rows
    points = bend(places.pieces, 20).reshape(-1, 2)
    assert (points >= (x - 1, y - 1)).all()
    assert (points <= (x + width + 1, y + height + 1)).all()


NEURON = 'with group("neuron"):\n    z = {}\n    s = sigmoid(z)\nL = (s - t)**2'
ONE_ROW = {
    "neuron": NEURON.format("w*x + b"),
    "wide neuron": NEURON.format("w1*x1 + w2*x2 + w3*x3 + b"),
    "line": "L = tanh(tanh(sin(x)))",
}


@pytest.mark.parametrize("formula", ONE_ROW.values(), ids=ONE_ROW)
@pytest.mark.parametrize("scale", [1.0, 1.3])
@pytest.mark.parametrize("width", [1280, 1080])
def test_a_row_opens_where_it_begins_and_its_numbers_are_read(
    window: Window, qtbot: QtBot, formula: str, scale: float, width: int
) -> None:
    """Whole where its numbers are then read, and so too when a panel takes some of the room."""
    set_text_size(USUAL * scale, window)
    window.drawing.set_fonts(typography())
    opened(window, qtbot, parse(formula))
    canvas = window.canvas
    window.resize(width, 800)
    qtbot.waitUntil(lambda: window.width() == width)
    x, y, wide, high = canvas.bounds
    assert not canvas.places.is_in_rows
    assert canvas.zoom * typography().base / USUAL >= NUMBERS
    seen = canvas.visible()
    assert seen.left() <= x
    assert seen.top() <= y
    assert seen.bottom() >= y + high
    is_read = canvas.viewport().width() / wide * typography().base / USUAL > NUMBERS * 1.02
    assert not is_read or seen.right() >= x + wide
    assert seen.right() >= x + wide / 2


def test_stepping_moves_nothing(window: Window, qtbot: QtBot) -> None:
    opened(window, qtbot, chain(30))
    cards, pieces = window.canvas.places.cards.copy(), window.canvas.places.pieces.copy()
    for _ in range(20):
        QTest.keyClick(window.canvas.viewport(), Qt.Key.Key_Right)
    assert window.session.position.taken == 20
    assert np.array_equal(window.canvas.places.cards, cards)
    assert np.array_equal(window.canvas.places.pieces, pieces)


def test_a_frame_holds_the_turns_inside(window: Window, qtbot: QtBot) -> None:
    opened(window, qtbot, gallery("resnet-152"))
    window.editor.cards.select_all()
    before = len(window.canvas.places.index)
    window.actions_["fold"].trigger()
    canvas = window.canvas
    qtbot.waitUntil(lambda: len(canvas.places.index) > before, timeout=20_000)
    places = canvas.places
    turns = places.turns
    inside = [k for k in range(len(places.frames)) if turns.within(k)]
    assert inside
    for k in inside:
        x, y, width, height = places.frames[k].tolist()
        for left, top, wide, high in turns.within(k):
            assert x < left < left + wide < x + width
            assert y < top < top + high < y + height


def test_a_link_back_turns_between_cards_put_by_hand(window: Window, qtbot: QtBot) -> None:
    corners = {"a": (400.0, 0.0), "b": (0.0, 200.0)}
    opened(window, qtbot, move(parse("a = 1.0\nb = tanh(a)"), corners))
    places = window.canvas.places
    (_, _, _, a_height), (_, b_top, _, _) = places.cards[[places.index["a"], places.index["b"]]]
    back = places.pieces[places.pieces[:, 2] < places.pieces[:, 0]]
    assert len(back) == 1
    assert (a_height < back[0, [1, 3]]).all()
    assert (back[0, [1, 3]] < b_top).all()


def test_a_name_stands_above_a_picture_from_afar(window: Window, qtbot: QtBot) -> None:
    opened(window, qtbot, gallery("mlp-3-4-2"))
    canvas = window.canvas
    at = canvas.places.index["fc1_weight"]
    assert canvas.figure.cards[at].picture is not None
    x, y, width, height = canvas.places.cards[at].tolist()
    canvas.look_at(QPointF(x + width / 2, y + height / 2), 0.45, at_once=True)
    assert canvas.zoom < NUMBERS
    seen, text = canvas.grab().toImage(), QColor(canvas.theme.text)
    box = canvas.mapFromScene(QRectF(x, y, width, height)).boundingRect()
    dark = [
        row
        for row in range(box.top(), box.bottom())
        for column in range(box.left() + 4, box.right() - 4)
        if abs(seen.pixelColor(column, row).lightness() - text.lightness()) < 60
        and seen.pixelColor(column, row).hsvSaturation() < 80
    ]
    assert dark
    assert max(dark) < box.center().y()


def test_a_row_ends_where_one_line_goes_on_though_it_parts_later(
    window: Window, qtbot: QtBot
) -> None:
    neuron = 'with group("neuron"):\n    z = w*x + b\n    s = sigmoid(z)\n'
    opened(window, qtbot, parse(f"{neuron}q = s*s + s\nL = q - t"))
    figure = window.canvas.figure
    turned = {
        link.source
        for link in figure.links
        for (x, y), (x2, y2) in pairwise(figure.routes.get(link.id, ()))
        if x == x2 and y != y2
    }
    assert turned == {"s"}
