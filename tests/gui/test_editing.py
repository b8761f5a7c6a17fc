"""Drawing a graph by hand: real mouse and key events, one undo step each, judged by formulas.

A graph that was drawn is compared with the one its formula parses to; an edit with the pure edits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QDropEvent, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest

from graphlab.engine.run import Run
from graphlab.errors import GraphError
from graphlab.graph import Draft, Graph, InPort, OutPort, View
from graphlab.graph.aligning import align
from graphlab.graph.edits import add_group, add_node, connect, disconnect, fold
from graphlab.graph.folding import outlook
from graphlab.graph.formula import parse
from graphlab.gui.canvas.boxes import Rect
from graphlab.gui.canvas.ports import Port
from graphlab.gui.choices import choices, every_choice
from graphlab.gui.commands.edit import CARD_MENU, GROUND_MENU, LINK_MENU, edit_commands
from graphlab.gui.context import context_menu, rows_for
from graphlab.gui.panels.choice_list import OP_MIME
from graphlab.gui.placement import CARD, beside, clear
from graphlab.gui.window import Window
from graphlab.gui.wiring import Wiring
from graphlab.ops import REGISTRY
from tests.pace import loops

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
NEURON = "f = sigmoid(w1*x + w2*y + b)"
FEEDS = {"w1": 0.5, "x": -2.0, "w2": 3.0, "y": 1.5, "b": -0.25}


@pytest.fixture
def window(window: Window) -> Window:
    """A window with an empty canvas."""
    window.house.show_empty_canvas()
    return window


# --- what a hand does -----------------------------------------------------------------------------
def middle(window: Window, card: str) -> QPoint:
    x, y, width, height = window.editor.hand.box(card)
    return window.canvas.mapFromScene(QPointF(x + width / 2, y + height / 2))


def click(window: Window, card: str, modifiers: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(window.canvas.viewport(), LEFT, modifiers, middle(window, card))


def drag(window: Window, start: QPoint, end: QPoint, *, lets_go: bool = True) -> None:
    view = window.canvas.viewport()
    QTest.mousePress(view, LEFT, NONE, start)
    for k in (1, 2, 3):
        QTest.mouseMove(view, start + (end - start) * k / 3)
    if lets_go:
        QTest.mouseRelease(view, LEFT, NONE, end)


def at(window: Window, port: Port) -> QPoint:
    return window.canvas.mapFromScene(QPointF(*port.place))


def output(window: Window, card: str) -> QPoint:
    return at(window, window.canvas.ports_of(card)[1][0])


def input_(window: Window, card: str, index: int) -> QPoint:
    return at(window, window.canvas.ports_of(card)[0][index])


def type_op(window: Window, text: str) -> None:
    """Type on the canvas, and take the first that is offered."""
    window.canvas.setFocus()
    QTest.keyClicks(window.canvas, text[0])
    palette = window.editor.palette
    QTest.keyClicks(palette.search, text[1:])
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert not palette.isVisible()


def put(window: Window, text: str, place: tuple[int, int]) -> None:
    """Double click on the ground, and choose by mouse what was searched for."""
    QTest.mouseDClick(window.canvas.viewport(), LEFT, NONE, QPoint(*place))
    palette = window.editor.palette
    QTest.keyClicks(palette.search, text)
    row = palette.list.visualRect(palette.list.currentIndex())
    QTest.mouseClick(palette.list.viewport(), LEFT, NONE, row.center())


def keys(window: Window, text: str) -> None:
    window.canvas.setFocus()
    QTest.keySequence(window.canvas, QKeySequence(text))


def draw(window: Window, formula: str) -> None:
    window.session.set_formula(formula)
    window.canvas.setFocus()


def state(window: Window) -> tuple[Graph, View]:
    return window.session.graph, window.session.graph.view


def steps(window: Window) -> int:
    return window.session.undo_stack.count()


# --- a graph by hand alone ------------------------------------------------------------------------
def test_a_neuron_is_drawn_by_mouse_and_palette_and_undone_to_nothing(window: Window) -> None:
    seen, texts = [state(window)], []
    stack = window.session.undo_stack

    def is_one_step() -> None:
        seen.append(state(window))
        texts.append(stack.undoText())
        assert stack.count() == len(seen) - 1

    for i, name in enumerate(("w1", "x", "w2", "y", "b")):
        put(window, name, (100, 60 + 110 * i))
        is_one_step()
    for one, other, sign in (("w1", "x", "*"), ("w2", "y", "*"), ("multiply1", "multiply2", "+")):
        click(window, one)
        click(window, other, CONTROL)
        type_op(window, sign)
        is_one_step()
    put(window, "add", (620, 520))
    is_one_step()
    drag(window, output(window, "add1"), input_(window, "add2", 0))
    is_one_step()
    drag(window, output(window, "b"), input_(window, "add2", 1))
    is_one_step()
    drag(window, output(window, "add2"), QPoint(860, 600))
    assert all(choice.op.ports or choice.op.variadic for choice in window.editor.palette.list.shown)
    QTest.keyClicks(window.editor.palette.search, "sigm")
    QTest.keyClick(window.editor.palette.search, Qt.Key.Key_Return)
    is_one_step()

    assert texts[5] == "add multiply"
    assert texts[9] == "wire add1 to add2"
    graph = window.session.graph
    assert graph.outputs == ("sigmoid1",)
    assert set(graph.parameters) == {"w1", "w2", "b"}
    run, judge = Run(graph, FEEDS).forward(), Run(parse(NEURON), FEEDS).forward()
    assert run.backward("sigmoid1").value("sigmoid1") == judge.backward("f").value("f")
    assert {name: run.grad(name) for name in FEEDS} == {name: judge.grad(name) for name in FEEDS}
    assert window.formula.toPlainText() == window.session.formula != ""
    for i in reversed(range(len(seen) - 1)):
        keys(window, "Ctrl+Z")
        assert state(window) == seen[i]
    assert not window.session.graph.nodes
    for kept in seen[1:]:
        keys(window, "Ctrl+Y")
        assert state(window) == kept


def test_edges_are_moved_pulled_off_and_refused_by_hand(window: Window) -> None:
    draw(window, "q = x*y\nf = q + z")
    before = window.session.graph
    places = dict(window.canvas.figure.positions)

    drag(window, output(window, "z"), input_(window, "q", 1))  # onto a fed port: in its place
    assert window.session.graph == connect(disconnect(before, "q", "y"), "z", "q", "y")
    assert dict(window.canvas.figure.positions) == places
    window.session.undo_stack.undo()

    drag(window, input_(window, "f", 0), input_(window, "q", 0))  # q cannot feed itself
    assert window.session.graph == before
    drag(window, input_(window, "f", 1), input_(window, "q", 1))  # pulled off f, put on q
    moved = connect(disconnect(disconnect(before, "f", "y"), "q", "y"), "z", "q", "y")
    assert window.session.graph == moved
    assert steps(window) == 2
    told = "f (add): its second input (y) is empty: draw an edge to it"
    assert window.drawing.problems["f"] == told
    assert window.counts.toolTip() == told
    click(window, "f")
    assert window.details.rule.plain == "f = q + ?"
    window.session.undo_stack.undo()

    drag(window, output(window, "f"), input_(window, "q", 0), lets_go=False)
    assert window.canvas.bubble.isVisible()
    assert "circle" in window.canvas.bubble.text()
    QTest.mouseRelease(window.canvas.viewport(), LEFT, NONE, input_(window, "q", 0))
    assert window.session.graph == before

    drag(window, input_(window, "f", 1), QPoint(20, 20))  # let go on the ground
    assert window.session.graph == disconnect(before, "f", "y")
    window.session.undo_stack.undo()
    window.canvas.select_link(InPort("f", "y"))
    keys(window, "Del")
    assert window.session.graph == disconnect(before, "f", "y")
    assert window.session.undo_stack.undoText() == "unplug f's y"


def test_what_a_deletion_took_is_in_view_again_when_it_is_undone(window: Window) -> None:
    draw(window, "f = exp(tanh(sigmoid(relu(exp(tanh(x))))))")
    canvas = window.canvas
    for card in ("f", "sigmoid1", "relu1"):
        click(window, card)
        keys(window, "Del")
    window.fit()
    for _ in range(3):
        keys(window, "Ctrl+Z")
        assert canvas.visible().contains(QRectF(*canvas.bounds))


def test_what_is_there_stays_when_a_card_is_added_or_dragged(window: Window) -> None:
    draw(window, NEURON)
    places = dict(window.canvas.figure.positions)
    put(window, "tanh", (500, 500))
    kept = dict(window.canvas.figure.positions)
    assert {name: kept[name] for name in places} == places
    told = "tanh1 (tanh): its input is empty: draw an edge to it"
    assert window.drawing.problems == {"tanh1": told}
    window.session.set_values(dict.fromkeys(window.session.graph.inputs, 1.0))
    window.session.forward()
    assert window.session.run.value("f") is not None  # what can be computed is
    count = steps(window)
    start = middle(window, "b")
    drag(window, start, start + QPoint(80, 96))
    assert steps(window) == count + 1
    assert window.session.undo_stack.undoText() == "move b"
    after = dict(window.canvas.figure.positions)
    assert after["b"] != kept["b"]
    assert {**after, "b": kept["b"]} == kept
    keys(window, "Ctrl+Shift+L")
    assert not window.session.graph.view.positions


# --- every command --------------------------------------------------------------------------------
class Case(NamedTuple):
    """A command: what is selected, and whether the graph is then as it should be."""

    selected: tuple[str, ...] = ()
    is_done: Callable[[Window, Graph], bool] = lambda window, before: True
    prepare: Callable[[Window], None] = lambda window: None
    edits: bool = True
    is_always: bool = False  # it makes sense at any time


def _graph(window: Window) -> Graph:
    return window.session.graph


def _grouped(window: Window) -> None:
    graph = add_group(_graph(window), "neuron", ["multiply1", "multiply2", "add1"])
    window.session.edit("group", graph)


def _folded(window: Window) -> None:
    _grouped(window)
    window.session.edit("fold", fold(_graph(window), "neuron", True))


def _copied(window: Window) -> None:
    window.canvas.select_cards(["x", "multiply1"])
    window.editor.clipboard.copy()


def _pinned(window: Window) -> None:
    window.canvas.select_cards(["x"])
    window.canvas.shift_selection(8, 8)


def _aligned(how: str) -> Case:
    names = ("x", "y", "add1")

    def is_done(window: Window, before: Graph) -> bool:
        boxes = {name: window.editor.hand.box(name) for name in names}
        return align(_graph(window), names, boxes, how).view == _graph(window).view

    return Case(names, is_done)


def _learned(window: Window) -> None:
    graph = add_node(_graph(window), "p", "parameter", shape=(), init="ones")
    window.session.edit("learn", add_node(graph, "q", "multiply", "p", "x"))


def _learned_copied(window: Window) -> None:
    _learned(window)
    window.canvas.select_cards(["p", "q"])
    window.editor.clipboard.copy()


def _shares(window: Window, before: Graph, *read: str) -> bool:
    """One copy, of the product alone, that reads the same parameter."""
    (new,) = set(_graph(window).nodes) - set(before.nodes)
    return [port.node for port in _graph(window).nodes[new].inputs.values()] == [*read]


def _has_copy(window: Window, before: Graph) -> bool:
    new = set(_graph(window).nodes) - set(before.nodes)
    return new == {"x1", "multiply3"} and window.canvas.selection == new


CASES = {
    "undo": Case((), lambda w, g: not _graph(w).nodes, edits=False),
    "redo": Case((), lambda w, g: bool(_graph(w).nodes),
                 lambda w: w.session.undo_stack.undo(), edits=False),
    "cut": Case(("b",), lambda w, g: "b" not in _graph(w).nodes
                and '"b"' in QGuiApplication.clipboard().text()),
    "copy": Case(("b",), lambda w, g: '"b"' in QGuiApplication.clipboard().text(), edits=False),
    "paste": Case((), lambda w, g: (
        set(_graph(w).nodes) - set(g.nodes) == {"x2", "multiply3"}
        or _has_copy(w, g)), _copied),
    "duplicate": Case(("x", "multiply1"), lambda w, g: (
        len(_graph(w).nodes) == len(g.nodes) + 2
        and OutPort("w1") in _graph(w).nodes["multiply3"].inputs.values())),
    "paste-shared": Case((), lambda w, g: _shares(w, g, "p"), _learned_copied),
    "duplicate-shared": Case(("p", "q"), lambda w, g: _shares(w, g, "p", "x"), _learned),
    "delete": Case(("w1", "x"), lambda w, g: set(g.nodes) - set(_graph(w).nodes) == {"w1", "x"}),
    "select-all": Case((), lambda w, g: w.canvas.selection == frozenset(g.nodes), edits=False),
    "formula": Case((), lambda w, g: w.formula.hasFocus(), edits=False, is_always=True),
    "fill": Case((), lambda w, g: not w.session.missing()),
    "add": Case((), lambda w, g: w.editor.palette.isVisible(), edits=False, is_always=True),
    "ops": Case((), lambda w, g: w.left.current == "ops", edits=False, is_always=True),
    "wire": Case(("f",), lambda w, g: w.canvas.bubble.isVisible(), edits=False),
    "connect": Case(("x", "tanh1"), lambda w, g: _graph(w).nodes["tanh1"].inputs["x"].node == "x",
                    lambda w: put(w, "tanh", (500, 500))),
    "rename": Case(("x",), lambda w, g: w.editor.rename_field.isVisible(), edits=False),
    "mark": Case(("add1",), lambda w, g: _graph(w).outputs == ("f", "add1")),
    "group": Case(("multiply1", "add1"), lambda w, g: set(_graph(w).members("group1"))
                  == {"multiply1", "add1"}),
    "ungroup": Case(("add1",), lambda w, g: not _graph(w).groups, _grouped),
    "fold": Case(("add1",), lambda w, g: _graph(w).view.folded == {"neuron"}, _grouped),
    "enter": Case(("neuron",), lambda w, g: not _graph(w).view.folded, _folded),
    "leave": Case(("add1",), lambda w, g: _graph(w).view.folded == {"neuron"}, _grouped),
    **{f"align-{how}": _aligned(how)
       for how in ("left", "right", "top", "bottom", "column", "row", "across", "down")},
    "arrange": Case((), lambda w, g: not _graph(w).view.positions, _pinned),
}  # fmt: skip


def test_every_command_has_a_case_and_keys_of_its_own(window: Window) -> None:
    assert {c.id for c in edit_commands(window.session, window)} == CASES.keys()
    used = Counter(
        QKeySequence(k).toString() for c in window.actions_.commands for k in c.shortcuts
    )
    assert not [k for k, count in used.items() if count > 1]


@pytest.mark.parametrize("is_begun", [False, True])
@pytest.mark.parametrize("text", ["relu", "resid", "w1", "bWxyz", "acdefghijkmnopqst", "0.5"])
def test_what_is_typed_on_the_canvas_is_no_shortcut(
    window: Window, text: str, is_begun: bool
) -> None:
    window.enter_formula("f = 2 * 3")
    if is_begun:
        window.session.next()
    window.canvas.setFocus()
    window.canvas.select("f")
    taken = window.session.position.taken
    for letter in text:
        QTest.keyClick(window.windowHandle(), letter)
    assert window.editor.palette.search.text() == text
    assert window.editor.palette.isVisible()
    assert window.session.position.taken == taken


@pytest.mark.parametrize("key", CASES)
def test_a_command_does_its_thing_as_one_step_that_can_be_undone(window: Window, key: str) -> None:
    case, action = CASES[key], window.actions_[key]
    QGuiApplication.clipboard().clear()
    window.canvas.select_cards(())
    window.actions_.refresh()
    assert action.isEnabled() == case.is_always, "there is nothing it could be done to"

    draw(window, NEURON)
    case.prepare(window)
    window.canvas.select_cards(case.selected)
    before, count = state(window), steps(window)
    assert action.isEnabled()
    if action.shortcut().isEmpty():
        action.trigger()
    else:
        keys(window, action.shortcut().toString())
    assert case.is_done(window, before[0])
    assert steps(window) - count == int(case.edits)
    if not case.edits:
        return
    after = state(window)
    assert after != before
    keys(window, "Ctrl+Z")
    assert state(window) == before
    keys(window, "Ctrl+Shift+Z")
    assert state(window) == after


# --- names ----------------------------------------------------------------------------------------
def _type_name(window: Window, text: str) -> None:
    keys(window, "F2")
    QTest.keyClicks(window.editor.rename_field, text)
    QTest.keyClick(window.editor.rename_field, Qt.Key.Key_Return)


@pytest.mark.parametrize("wrong", ["x", "2x", "a b", ""])
def test_a_name_is_changed_in_place_and_a_wrong_one_told(window: Window, wrong: str) -> None:
    draw(window, "q = x*y\nf = q + z")
    click(window, "q")
    count, field = steps(window), window.editor.rename_field
    keys(window, "F2")
    field.clear()
    QTest.keyClicks(field, wrong)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.told.isVisible()
    assert field.told.text().endswith(".")
    assert steps(window) == count
    field.clear()
    QTest.keyClicks(field, "product")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert not field.isVisible()
    assert window.canvas.hasFocus()
    assert window.session.graph == parse("product = x*y\nf = product + z")
    assert window.canvas.selection == {"product"}
    keys(window, "F2")
    QTest.keyClicks(field, "other")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert "product" in window.session.graph.nodes
    assert not field.isVisible()


def test_a_selection_is_folded_named_opened_and_folded_by_its_frame(window: Window) -> None:
    draw(window, NEURON)
    places = dict(window.canvas.figure.positions)
    window.canvas.select_cards(["multiply1", "multiply2", "add1"])
    count = steps(window)
    keys(window, "Ctrl+F")
    assert steps(window) == count + 1
    assert window.canvas.selection == {"group1"}
    _type_name(window, "weighted sum")
    assert window.session.graph.groups["group1"].title == "weighted sum"
    _type_name(window, "total")
    assert set(window.session.graph.groups) == {"total"}
    QTest.mouseDClick(window.canvas.viewport(), LEFT, NONE, middle(window, "total"))
    assert not window.session.graph.view.folded
    now = window.canvas.figure.positions
    assert {name for name in places if now[name] != places[name]} == {"b"}  # it was in the frame
    window.canvas.frame_activated.emit("total")
    start = middle(window, "total")
    drag(window, start, start + QPoint(0, 160))
    moved = window.session.graph.view.positions
    assert moved["add1"][1] > places["add1"][1]  # what is inside went along
    keys(window, "Ctrl+F")
    assert window.canvas.figure.positions["add1"] == moved["add1"]
    judge = Run(parse(NEURON), FEEDS).forward().backward("f")
    run = Run(window.session.graph, FEEDS).forward().backward("f")
    assert [run.grad(name) for name in FEEDS] == [judge.grad(name) for name in FEEDS]


# --- the clipboard --------------------------------------------------------------------------------
def test_a_formula_is_pasted_and_other_text_refused(window: Window) -> None:
    QGuiApplication.clipboard().setText("f = x*y")
    keys(window, "Ctrl+V")
    assert window.session.graph == parse("f = x*y")
    assert window.canvas.selection == set(window.session.graph.nodes)
    corners = {tuple(window.editor.hand.box(name)[:2]) for name in window.session.graph.nodes}
    keys(window, "Ctrl+V")
    assert len(window.session.graph.nodes) == 6
    count = steps(window)
    for text in ("what is this?", "{}", "(" * 30_000):
        QGuiApplication.clipboard().setText(text)
        keys(window, "Ctrl+V")
        told = window.statusBar().currentMessage()
        assert told.endswith(".")
        assert "clipboard" in told
    assert steps(window) == count
    assert len(corners) == 3
    QGuiApplication.clipboard().setText("g = x + y")
    keys(window, "Ctrl+V")
    assert steps(window) == count + 1
    assert window.statusBar().currentMessage() == ""


# --- the palette ----------------------------------------------------------------------------------
@pytest.mark.parametrize("op", [name for name, op in REGISTRY.items() if op.category != "Opaque"])
def test_every_op_is_found_by_its_name_and_can_be_added(op: str) -> None:
    best = next(choice for choice in choices(op)[:2] if choice.op.name == op)  # max has a twin
    assert best.op.check_attributes(best.attributes) is not None
    if best.op.symbol:
        assert op in [choice.op.name for choice in choices(best.op.symbol)]


@pytest.mark.parametrize(
    ("text", "op"),
    [("+", "add"), ("-", "subtract"), ("*", "multiply"), ("/", "divide"), ("@", "matmul"),
     ("**", "power"), ("sig", "sigmoid"), ("sgmd", "sigmoid"), ("cross", "cross_entropy"),
     ("ReLU", "relu"), ("2.5", "constant"), ("-3e2", "constant"), ("x", "input"), ("x2", "input"),
     ("w1", "parameter"), ("b", "parameter"), ("t", "target"), ("parameter theta", "parameter")],
)  # fmt: skip
def test_what_is_typed_finds_first(text: str, op: str) -> None:
    first = choices(text)[0]
    assert first.op.name == op
    if first.wish:
        assert first.wish == text.split()[-1]
    if op == "constant":
        assert first.attributes["value"] == float(text)


def test_the_palette_is_walked_by_keys_and_left_without_a_trace(window: Window) -> None:
    keys(window, "Ctrl+Return")
    palette = window.editor.palette
    assert palette.isVisible()
    assert palette.list.shown == list(every_choice())
    for _ in range(3):
        QTest.keyClick(palette.search, Qt.Key.Key_Down)
    QTest.keyClick(palette.search, Qt.Key.Key_Up)
    assert palette.list.current == every_choice()[2]
    QTest.keyClicks(palette.search, "no such thing at all")
    assert palette.none.isVisible()
    assert not palette.list.isVisible()
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert window.canvas.hasFocus()
    assert steps(window) == 0


def test_a_wire_from_an_input_offers_what_may_feed_it(window: Window) -> None:
    put(window, "multiply", (400, 300))
    drag(window, input_(window, "multiply1", 1), QPoint(200, 420))
    QTest.keyClicks(window.editor.palette.search, "w7")
    QTest.keyClick(window.editor.palette.search, Qt.Key.Key_Return)
    assert window.session.graph.nodes["multiply1"].inputs == {"y": OutPort("w7")}
    assert steps(window) == 2


def test_the_panel_adds_by_return_and_by_dragging(window: Window) -> None:
    keys(window, "F7")
    QGuiApplication.processEvents()  # the canvas makes room
    panel = window.editor.panel
    panel.search.setFocus()
    QTest.keyClicks(panel.search, "tanh")
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert list(window.session.graph.nodes) == ["tanh1"]
    model = panel.list.model()
    data = model.mimeData([panel.list.currentIndex()])
    assert data.data(OP_MIME) == b"tanh"
    point = window.canvas.mapToScene(QPoint(120, 120))
    _drop(window, data, QPoint(120, 120))
    x, y = window.session.graph.view.positions["tanh2"]
    assert abs(x + CARD[0] / 2 - point.x()) <= 4
    assert abs(y + CARD[1] / 2 - point.y()) <= 4


def test_cards_from_the_panel_are_free_and_in_view_and_wired_to_nothing(window: Window) -> None:
    keys(window, "F7")
    QGuiApplication.processEvents()
    panel, canvas = window.editor.panel, window.canvas
    panel.list.go(5)
    row = panel.list.currentIndex()
    stood = panel.list.visualRect(row)
    for count in range(1, 9):
        for press in (QTest.mouseClick, QTest.mouseDClick):
            press(panel.list.viewport(), LEFT, NONE, stood.center())
        QGuiApplication.processEvents()
        assert panel.list.visualRect(row) == stood
        assert len(window.session.graph.nodes) == count
        new = canvas.selected
        assert new is not None
        box = window.editor.hand.box(new)
        assert canvas.visible().contains(QRectF(*box))
        over = [window.words.geometry(), canvas.minimap.geometry()]
        shown = canvas.pixels(QRectF(*box)).adjusted(2, 2, -2, -2)
        assert not any(
            part.intersects(shown)
            for part, widget in zip(over, (window.words, canvas.minimap), strict=True)
            if widget.isVisible()
        )
        others = [QRectF(*b) for n, b in window.editor.hand.boxes().items() if n != new]
        assert not any(other.intersects(QRectF(*box)) for other in others)
    assert not window.session.graph.edges


def test_the_first_card_is_seen_whatever_was_turned_before(window: Window) -> None:
    canvas = window.canvas
    for _ in range(20):
        keys(window, "Ctrl+-")
    assert canvas.zoom == 1.0
    keys(window, "F7")
    panel = window.editor.panel
    panel.search.setFocus()
    QTest.keyClicks(panel.search, "tanh")
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert canvas.zoom == 1.0
    assert canvas.visible().contains(QRectF(*window.editor.hand.box("tanh1")))


def _drop(window: Window, data: QMimeData, place: QPoint) -> None:
    event = QDropEvent(QPointF(place), Qt.DropAction.CopyAction, data, LEFT, NONE)
    assert window.editor.eventFilter(window.canvas.viewport(), event)
    assert event.isAccepted()


# --- rules ----------------------------------------------------------------------------------------
def test_refusals_agree_with_the_pure_edits() -> None:
    graph = parse("a = x*y\nb = a + x\nc = concatenate(a, b)\nd = sigmoid(c)")
    rules = Wiring(graph)
    for source in map(OutPort, graph.nodes):
        for name, node in graph.nodes.items():
            for port in (*node.ports, *(["x3"] if name == "c" else [])):
                target = InPort(name, port)
                free = disconnect(graph, *target) if target in graph.edges else graph
                try:
                    connect(free, str(source), *target)
                except GraphError:
                    assert rules.refusal(source, target), (source, target)
                else:
                    assert not rules.refusal(source, target), (source, target)
    assert rules.refusal(OutPort("a"), InPort("b", "q"))
    assert rules.refusal(OutPort("gone"), InPort("b", "x"))


def test_shapes_that_do_not_fit_are_refused_and_open_ones_are_not() -> None:
    graph = parse("x = [1, 2, 3]\nv = [1, 2]\nw = parameter()\nf = x + x\ng = w + x")
    rules = Wiring(graph)
    assert "f (add)" in rules.refusal(OutPort("v"), InPort("f", "y"))
    assert not rules.refusal(OutPort("w"), InPort("f", "y"))
    assert not rules.refusal(OutPort("v"), InPort("g", "y"))  # w takes the shape that comes


def test_all_ports_of_a_large_graph_are_judged_without_a_stutter() -> None:
    draft = Draft()
    ports = [draft.add(REGISTRY["input"], name=f"x{i}") for i in range(20)]
    for i in range(680):
        ports.append(draft.add(REGISTRY["add"], (ports[i], ports[i + 7])))
    graph = draft.graph()
    targets = list(graph.edges)

    def judge() -> None:
        rules = Wiring(graph)
        found = [rules.refusal(ports[400], target) for target in targets]
        assert 0 < sum(map(bool, found)) < len(found)

    assert loops(judge) < 4


def test_new_cards_cover_none() -> None:
    boxes = [(0.0, y * 120.0, 100.0, 100.0) for y in range(5)]
    x, y = clear((0, 0), boxes)
    assert all(not (left < x + CARD[0] and x < left + w and top < y + CARD[1] and y < top + h)
               for left, top, w, h in boxes)  # fmt: skip
    assert beside(boxes[:1], boxes)[0] > 100


COPIES = [
    (NEURON, ("multiply1",), "duplicate"),
    (NEURON, ("w1", "x", "multiply1"), "duplicate"),
    (NEURON, (), "duplicate"),
    (NEURON, (), "paste"),
    ("f = exp(tanh(sigmoid(relu(exp(tanh(x))))))", (), "paste"),
    ('with group("lin"):\n    z = w1*x + w2*y + b\nf = sigmoid(z)', ("z", "f"), "paste"),
]


@pytest.mark.parametrize(("formula", "chosen", "how"), COPIES)
def test_copies_stand_as_their_originals_do_and_cover_nothing(
    window: Window, formula: str, chosen: tuple[str, ...], how: str
) -> None:
    draw(window, formula)
    canvas, boxes = window.canvas, window.editor.hand.box
    originals = sorted(chosen or canvas.places.index)
    canvas.select_cards(originals)
    for _ in range(3):
        before = {card: boxes(card) for card in canvas.places.index}
        window.editor.clipboard.copy()
        getattr(window.editor.clipboard, how)()
        new = set(canvas.places.index) - set(before)
        assert canvas.selection == new
        assert len(new) == len(originals)
        for x, y, w, h in map(boxes, new):
            assert canvas.visible().contains(QRectF(x, y, w, h))
            for x2, y2, w2, h2 in before.values():
                assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
        assert _arrangement(map(boxes, new)) == _arrangement(map(before.get, originals))
        canvas.select_cards(originals)


def _arrangement(boxes: Iterable[Rect | None]) -> set[tuple[float, float]]:
    """Corners, from the first one."""
    corners = sorted(box[:2] for box in boxes if box is not None)
    return {(x - corners[0][0], y - corners[0][1]) for x, y in corners}


# --- the menu at the pointer ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("what", "rows", "offered"),
    [(None, GROUND_MENU, {"add", "ops", "select-all", "fit"}),
     ("x", CARD_MENU, {"rename", "cut", "copy", "duplicate", "delete", "group"}),
     (InPort("f", "x"), LINK_MENU, {"delete"})],
)  # fmt: skip
def test_the_menu_at_the_pointer_has_what_can_be_done(
    window: Window, what: object, rows: tuple[tuple[str, ...], ...], offered: set[str]
) -> None:
    draw(window, "f = x*y")
    QGuiApplication.clipboard().clear()
    if isinstance(what, str):
        window.canvas.select_cards([what])
    elif what is not None:
        window.canvas.select_link(InPort("f", "x"))
    assert rows_for(what, window.editor.hand) == rows
    menu = context_menu(rows, window.actions_, window)
    ids = {action.objectName() for action in menu.actions() if not action.isSeparator()}
    assert offered <= ids <= {key for row in rows for key in row}
    assert outlook(window.session.graph).cards == ("x", "y", "f")
