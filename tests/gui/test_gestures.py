"""Gestures on the canvas, driven by mouse and key events, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPainter
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graphlab.graph import InPort, OutPort
from graphlab.gui.canvas.figure import Card, Figure, Frame, Link
from graphlab.gui.canvas.geometry import Geometry
from graphlab.gui.canvas.metrics import arranged
from graphlab.gui.canvas.overlay import PortMarks
from graphlab.gui.canvas.view import CanvasView
from graphlab.gui.theme import GRID, LIGHT, typography

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, (
    Qt.MouseButton.RightButton
)  # fmt: skip
NONE, SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture
def view(qtbot: QtBot) -> CanvasView:
    pairs = [("x", "q", 0, 2), ("y", "q", 1, 2), ("q", "f", 0, 2), ("z", "f", 1, 2)]
    links = [Link((s, t, i), s, t, i, n, "", "1", "2", "∂ 3") for s, t, i, n in pairs]
    return shown(qtbot, arranged([Card(n, n, "×", "1") for n in "xyqzf"], links, typography()))


@pytest.fixture
def ported(qtbot: QtBot) -> CanvasView:
    """x → q.x; q.y, f.x and f.y are open; q may not feed itself, nor x what is named y."""
    cards = [
        Card("x", "x", "x", "1", outputs=(OutPort("x"),)),
        *(
            Card(n, n, "+", "1", inputs=tuple((InPort(n, p), "") for p in "xy"),
                 outputs=(OutPort(n),))
            for n in "qf"
        ),
    ]  # fmt: skip
    links = [
        Link(InPort("q", "x"), "x", "q", 0, 2, "", "1", "2", "∂ 3"),
    ]
    spots = {"x": (0.0, 96.0), "q": (320.0, 0.0), "f": (320.0, 240.0)}
    view = shown(qtbot, Figure(cards, links, spots))
    view.refusal = lambda source, target: (
        "x gives 2×3, y takes 3×2." if target.port == "y" and source.node == "x" else ""
    )
    return view


def port(view: CanvasView, which: InPort | OutPort) -> QPoint:
    inputs, outputs = view.ports_of(which.node)
    (found,) = (p for p in inputs + outputs if p.port == which)
    return view.mapFromScene(QPointF(*found.place))


@pytest.mark.parametrize("is_back", [False, True])
@pytest.mark.parametrize("aside", [QPoint(0, 0), QPoint(-9, 7)])
def test_an_edge_is_drawn_from_either_end(ported: CanvasView, is_back: bool, aside: QPoint) -> None:
    told = QSignalSpy(ported.wired)
    ends = [port(ported, OutPort("q")), port(ported, InPort("f", "x"))]
    start, end = reversed(ends) if is_back else ends
    drag(ported, start, end + aside)
    assert told.count() == 1
    assert told.at(0) == [OutPort("q"), InPort("f", "x")]


def test_ports_that_fit_are_lit_and_a_refusal_is_told_at_the_pointer(ported: CanvasView) -> None:
    told = [QSignalSpy(s) for s in (ported.wired, ported.dropped_in_void, ported.unplugged)]
    x, fit, misfit = (
        port(ported, which) for which in (OutPort("x"), InPort("f", "x"), InPort("f", "y"))
    )

    def accents(place: QPoint) -> int:
        image = ported.grab(QRect(place - QPoint(8, 8), QSize(16, 16))).toImage()
        seen = (image.pixelColor(a, b).name() for a in range(16) for b in range(16))
        return sum(name == ported.theme.accent for name in seen)

    drag(ported, x, QPoint(600, 700), lets_go=False)
    assert accents(fit) > 0
    assert accents(misfit) == 0
    assert ported.bubble.isHidden()
    QTest.mouseMove(ported.viewport(), misfit + QPoint(30, 0))
    assert accents(misfit) == 0
    QTest.mouseMove(ported.viewport(), misfit - QPoint(25, 0))
    assert ported.bubble.isHidden()
    ported.refusal = lambda source, target: "No."
    QTest.keyClick(ported, Qt.Key.Key_Escape)
    QTest.mouseRelease(ported.viewport(), LEFT, NONE, fit)
    drag(ported, x, misfit, lets_go=False)
    assert ported.bubble.isVisible()
    assert ported.bubble.text() == "No."
    QTest.mouseRelease(ported.viewport(), LEFT, NONE, misfit)
    assert ported.bubble.isHidden()
    assert [spy.count() for spy in told] == [0, 0, 0]


def test_the_head_of_an_edge_is_pulled_to_another_input_or_off(ported: CanvasView) -> None:
    told, off = QSignalSpy(ported.replugged), QSignalSpy(ported.unplugged)
    wired = QSignalSpy(ported.wired)
    head = port(ported, InPort("q", "x"))
    drag(ported, head, port(ported, InPort("f", "x")))
    assert told.at(0) == [InPort("q", "x"), OutPort("x"), InPort("f", "x")]
    drag(ported, head - QPoint(20, 0), QPoint(60, 700))
    assert off.at(0) == [InPort("q", "x")]
    drag(ported, head, QPoint(60, 700), lets_go=False)
    QTest.keyClick(ported, Qt.Key.Key_Escape)
    QTest.mouseRelease(ported.viewport(), LEFT, NONE, QPoint(60, 700))
    drag(ported, head, head + QPoint(0, 6))
    assert (told.count(), off.count(), wired.count()) == (1, 1, 0)


@pytest.mark.parametrize("which", [OutPort("q"), InPort("f", "y")])
def test_a_wire_let_go_on_the_ground_asks_for_an_op(
    ported: CanvasView, which: InPort | OutPort
) -> None:
    told, place = QSignalSpy(ported.dropped_in_void), QPoint(640, 760)
    drag(ported, port(ported, which), place)
    assert told.at(0) == [which, pytest.approx(ported.mapToScene(place).toTuple())]


def test_every_drop_on_a_card_connects_or_tells_why_not(ported: CanvasView) -> None:
    kinds = ported.wired, ported.replugged, ported.wire_refused
    told = [QSignalSpy(kind) for kind in kinds]
    void = [QSignalSpy(kind) for kind in (ported.dropped_in_void, ported.unplugged)]
    ports = [ported.ports[at] for at in range(len(ported.ports))]
    for start in ports:
        spots = [(card, middle(ported, card)) for card in ported.places.index]
        for card, spot in spots + [(p.card, port(ported, p.port)) for p in ports]:
            before = [spy.count() for spy in told]
            drag(ported, port(ported, start.port), spot, lets_go=False)
            words = ported.bubble.text() if ported.bubble.isVisible() else ""
            QTest.mouseRelease(ported.viewport(), LEFT, NONE, spot)
            after = [spy.count() for spy in told]
            is_back = card == start.card or start.link is not None
            assert after != before or is_back, (start.port, card)
            if after[2] > before[2]:
                assert words == told[2].at(after[2] - 1)[0], (start.port, card)
    assert [spy.count() for spy in void] == [0, 0]


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (
            OutPort("q"),
            OutPort("f"),
            "An edge cannot join two outputs, q and f: let go",
        ),
        (InPort("q", "y"), InPort("f", "x"), "An edge cannot join two inputs, q's y and f's x"),
        (OutPort("q"), OutPort("x"), "An edge cannot join two outputs, q and x"),
        (OutPort("f"), InPort("q", "x"), "x feeds q's x now: f would take its place."),
        (OutPort("x"), InPort("q", "x"), "x feeds q's x already."),
        (InPort("f", "x"), OutPort("q"), ""),
        (OutPort("q"), "x", "x has no input port"),
    ],
)
def test_the_pointer_tells_what_letting_go_would_do(
    ported: CanvasView, start: InPort | OutPort, end: InPort | OutPort | str, words: str
) -> None:
    place = middle(ported, end) if isinstance(end, str) else port(ported, end)
    drag(ported, port(ported, start), place, lets_go=False)
    assert ported.bubble.isVisible() == bool(words)
    assert not words or ported.bubble.text().startswith(words)
    QTest.mouseRelease(ported.viewport(), LEFT, NONE, place)
    assert ported.bubble.isHidden()


def test_an_edge_is_drawn_by_keys(ported: CanvasView) -> None:
    told, clicked = QSignalSpy(ported.wired), QSignalSpy(ported.card_clicked)
    ported.select("x")
    ported.begin_wiring()
    first = ported.bubble.text()
    QTest.keyClick(ported, Qt.Key.Key_Tab)
    assert ported.bubble.isVisible()
    assert ported.bubble.text() != first
    QTest.keyClick(ported, Qt.Key.Key_Right)
    assert ported.bubble.text() == first
    QTest.keyClick(ported, Qt.Key.Key_Return)
    assert told.at(0) == [OutPort("x"), InPort("f", "x")]
    fed = {p.port: p.link is not None for name in ("f", "q") for p in ported.ports_of(name)[0]}
    assert not fed[InPort("f", "x")]  # the one further left has an edge
    assert fed[InPort("q", "x")]
    ported.begin_wiring()
    QTest.keyClick(ported, Qt.Key.Key_Escape)
    assert ported.bubble.isHidden()
    assert (told.count(), clicked.count(), ported.selected) == (1, 0, "x")
    ported.refusal = lambda source, target: "No."
    ported.begin_wiring()
    assert "No input" in ported.bubble.text()
    QTest.keyClick(ported, Qt.Key.Key_Return)
    assert (told.count(), ported.bubble.isHidden()) == (1, True)


def test_a_hovered_card_shows_its_ports(ported: CanvasView) -> None:
    place = port(ported, OutPort("q"))
    before = ported.grab(QRect(place - QPoint(6, 6), QSize(12, 12))).toImage()
    QTest.mouseMove(ported.viewport(), middle(ported, "q"))
    assert ported.grab(QRect(place - QPoint(6, 6), QSize(12, 12))).toImage() != before
    QTest.mouseMove(ported.viewport(), QPoint(60, 700))
    assert ported.grab(QRect(place - QPoint(6, 6), QSize(12, 12))).toImage() == before
    QTest.mouseClick(ported.viewport(), LEFT, NONE, place)
    assert ported.selected == "q"


def shown(qtbot: QtBot, figure: Figure) -> CanvasView:
    view = CanvasView()
    qtbot.addWidget(view)
    view.resize(1280, 800)
    view.show_figure(figure)
    view.show()
    view.setFocus()
    QApplication.processEvents()
    return view


def middle(view: CanvasView, card: str) -> QPoint:
    x, y, width, height = view.places.cards[view.places.index[card]].tolist()
    return view.mapFromScene(QPointF(x + width / 2, y + height / 2))


def corner(view: CanvasView, card: str) -> tuple[float, float]:
    x, y = view.places.cards[view.places.index[card], :2].tolist()
    return (x, y)


def click(view: CanvasView, place: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(view.viewport(), LEFT, modifiers, place)


def drag(
    view: CanvasView,
    start: QPoint,
    end: QPoint,
    button: Qt.MouseButton = LEFT,
    modifiers: Qt.KeyboardModifier = NONE,
    *,
    lets_go: bool = True,
) -> None:
    port = view.viewport()
    QTest.mousePress(port, button, modifiers, start)
    for k in (1, 2, 3):
        QTest.mouseMove(port, start + (end - start) * k / 3)
    if lets_go:
        QTest.mouseRelease(port, button, modifiers, end)


GROUND = QPoint(620, 700)


def _drag_card(view: CanvasView, at: QPoint) -> None:
    drag(view, at, at + QPoint(40, 160))


def _drag_and_leave(view: CanvasView, at: QPoint) -> None:
    drag(view, at, at + QPoint(40, 160), lets_go=False)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view.viewport(), LEFT, NONE, at)


def _drag_wire_back(view: CanvasView, at: QPoint) -> None:
    start = port(view, OutPort("q"))
    drag(view, start, start + QPoint(60, 60), lets_go=False)
    QTest.mouseMove(view.viewport(), start)
    QTest.mouseRelease(view.viewport(), LEFT, NONE, start)


def _drag_wire_away(view: CanvasView, at: QPoint) -> None:
    drag(view, port(view, OutPort("q")), GROUND)


def _pull_head_off(view: CanvasView, at: QPoint) -> None:
    drag(view, port(view, InPort("q", "x")), GROUND)


def _pan(view: CanvasView, at: QPoint) -> None:
    drag(view, at, at + QPoint(90, 50), MIDDLE)


def _zoom(view: CanvasView, at: QPoint) -> None:
    view.zoom_by(0.1)


def _push_by_keys(view: CanvasView, at: QPoint) -> None:
    view.select("q")
    view.shift_selection(0.0, 96.0)


def _show_fewer(view: CanvasView, at: QPoint) -> None:
    view.show_figure(Figure([view.figure.cards[0]], [], {"x": (0.0, 96.0)}), keep_view=True)


@pytest.mark.parametrize("zoom", [1.0, 2.0])
@pytest.mark.parametrize(
    "act",
    [_drag_card, _drag_and_leave, _drag_wire_back, _drag_wire_away, _pull_head_off, _pan, _zoom,
     _push_by_keys, _show_fewer],
)  # fmt: skip
@pytest.mark.parametrize("is_on_port", [False, True])
def test_no_port_is_left_where_a_hand_was(
    qtbot: QtBot, ported: CanvasView, act: Callable[..., None], zoom: float, is_on_port: bool
) -> None:
    """The picture is the one of a canvas over which no pointer has ever been."""
    ported.zoom_by(zoom / ported.zoom)
    place = middle(ported, "q")
    QTest.mouseMove(ported.viewport(), port(ported, OutPort("q")) if is_on_port else place)
    act(ported, place)
    after = picture(ported)
    QApplication.sendEvent(ported.viewport(), QEvent(QEvent.Type.Leave))
    ported.viewport().update()
    assert picture(ported) == after
    fresh = shown(qtbot, ported.figure)
    fresh.look_at(ported.visible().center(), ported.zoom, at_once=True)
    fresh.select_cards(ported.selection)
    assert picture(fresh) == after


def test_ports_go_as_soon_as_their_card_is_dragged(ported: CanvasView) -> None:
    place, dot = middle(ported, "q"), port(ported, OutPort("q"))
    QTest.mouseMove(ported.viewport(), place)
    assert picture(ported).pixelColor(dot).name() == ported.theme.line
    drag(ported, place, place + QPoint(0, 200), lets_go=False)
    assert picture(ported).pixelColor(dot).name() == ported.theme.ground
    QTest.mouseRelease(ported.viewport(), LEFT, NONE, place + QPoint(0, 200))
    QTest.mouseMove(ported.viewport(), place + QPoint(4, 204))
    assert picture(ported).pixelColor(port(ported, OutPort("q"))).name() == ported.theme.line


def test_ports_are_painted_within_what_is_said_to_be_painted_anew() -> None:
    for pixel in (0.25, 1.0, 4.0):
        marks = PortMarks([(100.0, 100.0)], [(200.0, 100.0)], (200.0, 100.0))
        image = QImage(300, 200, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        marks.paint(painter, LIGHT, pixel)
        for box in marks.boxes(pixel):
            painter.eraseRect(QRectF(*box))
        painter.end()
        left = {image.pixelColor(x, y).name() for x in range(300) for y in range(200)}
        assert left == {"#000000", "#ffffff"}, pixel


def picture(view: CanvasView) -> QImage:
    """The viewport as it stands, painted as far as it was told to be."""
    QApplication.processEvents()
    return view.viewport().grab().toImage()


def test_clicks_select_add_and_take_away(view: CanvasView) -> None:
    told = QSignalSpy(view.selection_changed)
    for card, modifiers, expected in (
        ("x", NONE, {"x"}),
        ("y", NONE, {"y"}),
        ("q", SHIFT, {"y", "q"}),
        ("x", CONTROL, {"x", "y", "q"}),
        ("y", CONTROL, {"x", "q"}),
        ("x", NONE, {"x"}),
    ):
        click(view, middle(view, card), modifiers)
        assert view.selection == expected
        assert told.at(told.count() - 1) == [expected]
    assert view.selected == "x"
    QTest.keyClick(view, Qt.Key.Key_A, CONTROL)
    assert view.selection == set("xyqzf")
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.selection == set()
    assert view.selected is None


def test_a_clicked_link_is_marked_and_no_card_is(view: CanvasView) -> None:
    click(view, middle(view, "x"))
    link = view.places.link_index["q", "f", 0]
    unmarked = view.grab().toImage()
    click(view, view.mapFromScene(QPointF(*(view.places.tails[link] + (40, 0)).tolist())))
    assert (view.selected_link, view.selection) == (("q", "f", 0), frozenset())
    assert view.grab().toImage() != unmarked
    view.select_cards(["q", "f", "no such card"])
    assert (view.selected_link, view.selection) == (None, {"q", "f"})


@pytest.mark.parametrize(("modifiers", "expected"), [(NONE, {"x", "y"}), (SHIFT, {"f", "x", "y"})])
def test_a_rubber_band_selects_what_it_meets(
    view: CanvasView, modifiers: Qt.KeyboardModifier, expected: set[str]
) -> None:
    view.select("f")
    start = middle(view, "x") - QPoint(90, 90)
    drag(view, start, middle(view, "y"), LEFT, modifiers)
    assert view.selection == expected
    drag(view, start, middle(view, "q"), lets_go=False)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.selection == expected


@pytest.mark.parametrize("button", [MIDDLE, RIGHT, LEFT])
def test_the_view_is_moved_by_hand(view: CanvasView, button: Qt.MouseButton) -> None:
    asked = QSignalSpy(view.context_asked)
    before = view.mapToScene(QPoint(0, 0))
    if button == LEFT:
        QTest.keyPress(view, Qt.Key.Key_Space)
    drag(view, QPoint(300, 300), QPoint(380, 330), button)
    QTest.keyRelease(view, Qt.Key.Key_Space)
    moved = (before - view.mapToScene(QPoint(0, 0))) * view.zoom
    assert (moved.x(), moved.y()) == pytest.approx((80, 30), abs=2)
    assert asked.count() == 0
    assert not view.selection


def test_a_dragged_card_takes_its_links_along(view: CanvasView) -> None:
    told = QSignalSpy(view.cards_moved)
    at, others = corner(view, "q"), {c: corner(view, c) for c in "xyzf"}
    way = QPoint(70, -45)
    drag(view, middle(view, "q"), middle(view, "q") + way)
    assert told.count() == 1
    (moved,) = told.at(0)
    assert moved == {"q": corner(view, "q")} == {"q": view.figure.positions["q"]}
    assert all(length % GRID == 0 for length in moved["q"])
    dx, dy = moved["q"][0] - at[0], moved["q"][1] - at[1]
    assert (dx, dy) == pytest.approx((way.x() / view.zoom, way.y() / view.zoom), abs=GRID)
    assert {c: corner(view, c) for c in "xyzf"} == others
    anew, live = Geometry(view.figure, typography()), view.places
    for name in ("cards", "tails", "heads", "labels", "bounds"):
        assert np.array_equal(getattr(anew, name), getattr(live, name)), name
    for x, y, w, h in ((0, 0, 10, 10), (*moved["q"], 50, 50), (*at, 50, 50), anew.bounds):
        for find in ("cards_in", "tails_in", "heads_in"):
            assert np.array_equal(
                getattr(anew, find)((x, y, w, h)), getattr(live, find)((x, y, w, h))
            )
        met = live.owners[live.pieces_in((x, y, w, h))]
        assert set(met) == set(anew.owners[anew.pieces_in((x, y, w, h))])


def test_a_selection_is_dragged_together_and_escape_puts_it_back(view: CanvasView) -> None:
    told = QSignalSpy(view.cards_moved)
    before = {c: corner(view, c) for c in "xyqzf"}
    view.select_cards(["x", "y"])
    drag(view, middle(view, "x"), middle(view, "x") + QPoint(60, 60), lets_go=False)
    assert corner(view, "y") != before["y"]
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view.viewport(), LEFT, NONE, middle(view, "x"))
    assert {c: corner(view, c) for c in "xyqzf"} == before
    assert told.count() == 0
    drag(view, middle(view, "x"), middle(view, "x") + QPoint(60, 60))
    assert set(told.at(0)[0]) == {"x", "y"}
    assert view.selection == {"x", "y"}
    QTest.keyClick(view, Qt.Key.Key_Right, ALT)
    x, y = told.at(0)[0]["x"]
    assert told.at(1)[0]["x"] == (x + GRID, y) == corner(view, "x")


@pytest.mark.parametrize("is_left", [False, True])
def test_a_drag_that_leads_nowhere_leaves_everything_as_it_was(
    view: CanvasView, is_left: bool
) -> None:
    x, _ = view.figure.positions["z"]
    way = {("z", "f", 1): [(x + 200, 240.0), (x + 240, 240.0)]}
    spots = {**view.figure.positions, "z": (x, 144.0)}
    view.show_figure(msgspec.structs.replace(view.figure, positions=spots, routes=way))
    cards = [msgspec.structs.replace(card, value="−1.234e−10") for card in view.figure.cards]
    view.update_labels(msgspec.structs.replace(view.figure, cards=cards))
    before = [part.copy() for part in (view.places.cards, view.places.pieces, view.places.owners)]
    start = middle(view, "z")
    drag(view, start, start + QPoint(120, -80), lets_go=False)
    assert len(view.places.pieces) < len(before[1])
    if is_left:
        QTest.keyClick(view, Qt.Key.Key_Escape)
    else:
        QTest.mouseMove(view.viewport(), start)
    QTest.mouseRelease(view.viewport(), LEFT, NONE, start)
    after = view.places.cards, view.places.pieces, view.places.owners
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_told_at_a_card_is_painted_where_there_is_room_once_it_is_let_go(
    qtbot: QtBot,
) -> None:
    problem = "p (tanh): its input is empty: draw an edge to it"
    cards = [Card("p", "p", "tanh", "1", problem=problem), Card("o", "o", "tanh", "1")]
    view = shown(qtbot, Figure(cards, [], {"p": (0.0, 0.0), "o": (240.0, 96.0)}))
    start = middle(view, "p")
    end = start + QPoint(round(240 * view.zoom), 0)
    drag(view, start, end, lets_go=False)
    QApplication.processEvents()
    QTest.mouseRelease(view.viewport(), LEFT, NONE, end)
    assert corner(view, "p")[0] > 200
    QApplication.processEvents()

    def seen() -> QImage:
        return view.screen().grabWindow(view.winId()).toImage()

    found = seen()
    view.viewport().repaint()
    QApplication.processEvents()
    assert found == seen()


def test_a_drag_repaints_little(view: CanvasView) -> None:
    link = Link(0, "a", "b")
    cards = [Card(n, n, "+", "1") for n in "abcd"]
    view.show_figure(
        Figure(cards, [link], {"a": (0, 0), "b": (300, 0), "c": (0, 500), "d": (900, 500)})
    )
    QApplication.processEvents()
    rows: list[float] = []
    paint = view.paintEvent
    view.paintEvent = lambda event: (rows.append(event.rect().bottom()), paint(event))
    drag(view, middle(view, "b"), middle(view, "b") + QPoint(24, 0))
    QApplication.processEvents()
    assert rows
    assert max(rows) < view.mapFromScene(QPointF(0, 400)).y()


@pytest.mark.parametrize(
    ("key", "modifiers", "text"),
    [("s", NONE, "s"), ("+", SHIFT, "+"), ("R", SHIFT, "R"), ("σ", NONE, "σ"), ("2", NONE, "2")],
)
def test_letters_ask_for_an_op(
    view: CanvasView, key: str, modifiers: Qt.KeyboardModifier, text: str
) -> None:
    told, zoom = QSignalSpy(view.op_asked), view.zoom
    for kind in (QKeyEvent.Type.ShortcutOverride, QKeyEvent.Type.KeyPress):
        event = QKeyEvent(kind, ord(text.upper()), modifiers, text)
        event.ignore()
        QApplication.sendEvent(view, event)
        assert event.isAccepted()
    assert told.at(0)[0] == text
    assert told.at(0)[1] == pytest.approx(view.visible().center().toTuple())
    assert view.zoom == zoom


def test_a_double_click_on_the_ground_asks_for_any_op(view: CanvasView) -> None:
    told, place = QSignalSpy(view.op_asked), QPoint(60, 700)
    QTest.mouseDClick(view.viewport(), LEFT, NONE, place)
    assert told.count() == 1
    assert told.at(0) == ["", pytest.approx(view.mapToScene(place).toTuple())]
    QTest.mouseDClick(view.viewport(), LEFT, NONE, middle(view, "q"))
    assert told.count() == 1


def test_keys_that_are_the_windows_are_left_to_it(view: CanvasView) -> None:
    view.select("q")
    before = view.viewportTransform()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_F5):
        event = QKeyEvent(QKeyEvent.Type.KeyPress, key, NONE)
        QApplication.sendEvent(view, event)
        assert not event.isAccepted()
    assert (view.selected, view.viewportTransform()) == ("q", before)


def test_delete_and_the_menu(view: CanvasView) -> None:
    deleted, asked = QSignalSpy(view.delete_asked), QSignalSpy(view.context_asked)
    view.select("q")
    QTest.keyClick(view, Qt.Key.Key_Delete)
    QTest.keyClick(view, Qt.Key.Key_Backspace)
    assert deleted.count() == 2
    QTest.mouseClick(view.viewport(), RIGHT, NONE, middle(view, "x"))
    QTest.mouseClick(view.viewport(), RIGHT, NONE, QPoint(60, 700))
    assert [asked.at(i)[0] for i in range(2)] == ["x", None]
    view.select("q")
    QTest.keyClick(view, Qt.Key.Key_Menu)
    QTest.keyClick(view, Qt.Key.Key_F10, SHIFT)
    assert [asked.at(i)[0] for i in (2, 3)] == ["q", "q"]


def test_a_breakpoint_is_a_dot_on_the_card(view: CanvasView) -> None:
    before = view.grab().toImage()
    view.set_marks(frozenset({"q"}))
    x, y = (round(v) for v in view.mapFromScene(QPointF(*corner(view, "q"))).toTuple())
    marked = view.grab().toImage()
    assert marked.pixelColor(x + 1, y + 1).name() == view.theme.text
    view.set_marks(frozenset())
    assert view.grab().toImage() == before


def test_what_is_selected_is_not_under_the_map(qtbot: QtBot) -> None:
    cards = [Card(f"n{i}", f"n{i}", "+") for i in range(40)]
    spots = {f"n{i}": (i % 8 * 240.0, i // 8 * 200.0) for i in range(40)}
    view = shown(qtbot, Figure(cards, [], spots))
    view.zoom_by(2 / view.zoom)
    for card in view.places.index:
        view.select(card)
        box = view.pixels(QRectF(*view.places.cards[view.places.index[card]].tolist()))
        assert view.viewport().rect().contains(box)
        assert not (view.minimap.isVisible() and view.minimap.geometry().intersects(box))


def test_the_map_shows_where_the_view_is_and_moves_it(qtbot: QtBot) -> None:
    cards = [Card(f"n{i}", f"n{i}", "+") for i in range(40)]
    spots = {f"n{i}": (i % 8 * 240.0, i // 8 * 200.0) for i in range(40)}
    view = shown(qtbot, Figure(cards, [], spots))
    overview = view.minimap
    assert overview.isHidden()
    view.zoom_by(2 / view.zoom)
    assert overview.isVisible()
    assert overview.geometry().bottomRight().x() < view.width()
    for place, is_less in ((QPoint(20, 20), True), (QPoint(160, 100), False)):
        before = view.visible().center()
        QTest.mousePress(overview, LEFT, NONE, place)
        QTest.mouseMove(overview, place)
        QTest.mouseRelease(overview, LEFT, NONE, place)
        after = view.visible().center()
        assert (after.x() < before.x()) == is_less
        assert (after.y() < before.y()) == is_less
    view.look_at(view.mapToScene(QPoint(0, 0)), 4.0)
    view.show_figure(Figure([cards[0], cards[-1]], [], spots), keep_view=True)
    corner_card = view.places.cards[0, :2] + view.places.cards[0, 2:] / 2
    at_map = view.mapToScene(overview.geometry().center())
    view.look_at(view.visible().center() + QPointF(*corner_card) - at_map)
    assert overview.isHidden()
    view.pan_by(300, 300)
    assert overview.isVisible()
    overview.want(False)
    assert overview.isHidden()


def test_a_frame_follows_its_cards(qtbot: QtBot) -> None:
    cards = [Card(n, n, "+") for n in "abc"]
    spots = {"a": (0.0, 0.0), "b": (200.0, 0.0), "c": (520.0, 0.0)}
    frames = (Frame("g", "layer", ("a",)), Frame("h", "inner", ("b",), "g"))
    view = shown(qtbot, Figure(cards, [], spots, {}, frames))
    told = QSignalSpy(view.frame_activated)
    for name in "cb":
        drag(view, middle(view, name), middle(view, name) + QPoint(0, 80))
        for frame, held in (("g", "ab"), ("h", "b")):
            box = QRectF(*view.places.frames[[f.id for f in frames].index(frame)].tolist())
            for card in "abc":
                there = QRectF(*view.places.cards["abc".index(card)].tolist())
                assert box.contains(there) == (card in held)
                assert box.intersects(there) == (card in held)
        title = view.mapFromScene(box.topLeft() + QPointF(24, 12))
        QTest.mouseDClick(view.viewport(), LEFT, NONE, title)
    assert [told.at(i)[0] for i in range(2)] == ["h", "h"]
    assert view.places.bounds == Geometry(view.figure, typography()).bounds


def test_motion_ends_where_it_leads(qtbot: QtBot, view: CanvasView) -> None:
    assert not view.is_animated
    view.zoom_by(3)
    view.is_animated = True
    view.fit()
    assert view.zoom != view.coming_zoom
    fitted = view.coming_zoom
    qtbot.waitUntil(lambda: view.zoom == fitted)
    frame = view.viewportTransform()
    start = view.figure
    places = {card: (x + 80, y * 2) for card, (x, y) in start.positions.items()}
    view.select("q")
    view.show_figure(Figure(start.cards, start.links, places), keep_view=True)
    assert corner(view, "f") == start.positions["f"]
    on_its_way: list[float] = []

    def arrived() -> bool:
        on_its_way.append(corner(view, "f")[0])
        return corner(view, "f") == places["f"]

    qtbot.waitUntil(arrived)
    assert on_its_way == sorted(on_its_way)
    assert (view.selected, view.viewportTransform()) == ("q", frame)


@pytest.mark.parametrize("problem", ["", "f (multiply): its second input (y) is empty"])
def test_a_click_on_what_is_in_view_moves_nothing(view: CanvasView, problem: str) -> None:
    figure = view.figure
    cards = [msgspec.structs.replace(card, problem=problem) for card in figure.cards]
    view.update_labels(msgspec.structs.replace(figure, cards=cards))
    for card in view.places.index:
        for side in (Qt.Edge.LeftEdge, Qt.Edge.RightEdge, Qt.Edge.TopEdge, Qt.Edge.BottomEdge):
            touch(view, card, side)
            before = view.viewportTransform()
            click(view, middle(view, card))
            assert (view.selected, view.viewportTransform()) == (card, before)


def touch(view: CanvasView, card: str, side: Qt.Edge) -> None:
    """Move the view until a card touches one of its sides from within."""
    area = QRectF(*view.places.cards[view.places.index[card]].tolist())
    view.look_at(area.center(), at_once=True)
    box = view.mapFromScene(area).boundingRect()
    room = view.viewport().rect()
    ways = {
        Qt.Edge.LeftEdge: (box.left() - room.left() - 3, 0),
        Qt.Edge.RightEdge: (box.right() - room.right() + 3, 0),
        Qt.Edge.TopEdge: (0, box.top() - room.top() - 3),
        Qt.Edge.BottomEdge: (0, box.bottom() - room.bottom() + 3),
    }
    view.pan_by(*ways[side])
