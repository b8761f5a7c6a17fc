"""The inspector, with real clicks and keys; the ops, NumPy and the run judge what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from graphlab.engine.partial import Partial
from graphlab.engine.run import Run
from graphlab.graph import Graph, InPort
from graphlab.graph.edits import add_node
from graphlab.graph.formula import parse
from graphlab.gui.app import application
from graphlab.gui.canvas.view import CanvasView
from graphlab.gui.hand import Hand
from graphlab.gui.panels.inputs import InputsPanel
from graphlab.gui.panels.inspector import Inspector
from graphlab.gui.panels.inspector_fields import read, write
from graphlab.gui.panels.inspector_page import page_lines
from graphlab.gui.panels.inspector_parts import breakable, pictured
from graphlab.gui.panels.inspector_rules import node_rule
from graphlab.gui.panels.table import PAGE, ArrayDialog, ArrayModel, array_dialog
from graphlab.gui.plots import jacobian
from graphlab.gui.plots.curve import can_be_held, curve, has_curve
from graphlab.gui.session import Session
from graphlab.gui.shrinking import plane
from graphlab.gui.theme import DARK, LIGHT
from graphlab.gui.tooltips import card_tooltip
from graphlab.gui.typeset import Typesetter
from graphlab.ops import REGISTRY, Op
from graphlab.ops.attributes import same_value

WITH_ATTRIBUTES = sorted(name for name, op in REGISTRY.items() if op.attributes)
WITH_INPUTS = sorted(name for name, op in REGISTRY.items() if op.samples)
CURVES = sorted(name for name, op in REGISTRY.items() if has_curve(op) and op.partials)
HELD = sorted(name for name, op in REGISTRY.items() if can_be_held(op, [2.0]))
SAMPLE_VALUES: dict[str, Any] = {
    "shape": (3, 2), "value": 2.5, "width": ((1, 0), (2, 1)), "axes": (1, 0), "axis": 1,
    "sizes": (1, 1), "order": "inf", "low": -0.5, "high": 0.5, "slope": 0.3, "seed": 7,
    "start": 1, "stop": 2, "parts": 3, "ignore_index": 1, "padding_idx": 1, "size": 3,
    "scale": 1.5, "equation": "ij->j", "mode": "reflect", "offset": (1, 0), "repeats": (3, 2),
    "weights": (2.0, 2.0, 1.0, 1.0), "eps": 0.5, "stride": 3, "divisor_override": 2,
    "output_size": (9,), "target": "torch.special.erfc", "arguments": '{"args": []}',
    "why": "-inf",
}  # fmt: skip
REQUIRED = {"constant": {"value": 1.0}, "opaque": {"target": "torch.special.erf"}}


@pytest.fixture
def session(qtbot: QtBot) -> Session:
    application()
    return Session()


@pytest.fixture
def inspector(session: Session, qtbot: QtBot) -> Inspector:
    """At the width it has in the window."""
    canvas = CanvasView()
    qtbot.addWidget(canvas)
    made = Inspector(Hand(session, canvas), Typesetter(), LIGHT)
    qtbot.addWidget(made)
    made.resize(224, 700)
    made.show()
    made.activateWindow()
    qtbot.waitExposed(made)
    return made


def put(session: Session, graph: Graph) -> None:
    session.edit("start", graph)
    session.undo_stack.clear()


def show(inspector: Inspector, session: Session, name: str) -> None:
    """Select a node; what is new in a layout is shown when events are next handled."""
    inspector.show_node(session.run, name, "")
    QApplication.processEvents()


def used(op: type[Op]) -> Graph:
    """A graph with one use of an op, named ``node``, whose inputs have no values yet."""
    sample = next((s for s in op.samples if s.attributes), op.samples[0] if op.samples else None)
    graph = Graph()
    names = [f"in{i}" for i in range(len(sample.shapes) if sample else 0)]
    for name in names:
        graph = add_node(graph, name, "input")
    attributes = dict(sample.attributes) if sample else REQUIRED.get(op.name, {})
    return add_node(graph, "node", op, *names, **attributes)


def another(op: type[Op], key: str, now: Any) -> Any:
    """A value of an attribute that differs from ``now``."""
    kind = op.attributes[key]
    if kind.choices:
        return next(c for c in kind.choices if c != now)
    if kind.annotation is bool:
        return not now
    if isinstance(now, tuple) and now and all(isinstance(x, int | float) for x in now):
        return kind.convert(tuple(x + 1 for x in now) if key != "axes" else now[::-1], key)
    if kind.annotation is int and now is not None:
        return now + 1
    if isinstance(now, int | float) and np.isfinite(now) and key not in SAMPLE_VALUES:
        return kind.convert(type(now)(now + 1), key)
    return kind.convert(SAMPLE_VALUES[key], key)


def enter(editor: QWidget, text: str) -> None:
    editor.setFocus()
    if isinstance(editor, QLineEdit):
        editor.selectAll()
        QTest.keyClicks(editor, text)
        if not text:
            QTest.keyClick(editor, Qt.Key.Key_Delete)
        QTest.keyClick(editor, Qt.Key.Key_Return)


def choose(editor: QWidget, value: Any, text: str) -> None:
    """As a person does it: a click, arrow keys, or typing and Return."""
    if isinstance(editor, QCheckBox):
        QTest.mouseClick(editor, Qt.MouseButton.LeftButton, pos=QPoint(8, editor.height() // 2))
    elif isinstance(editor, QComboBox):
        editor.setFocus()
        key = Qt.Key.Key_Down if editor.findText(value) > editor.currentIndex() else Qt.Key.Key_Up
        while editor.currentText() != value:
            QTest.keyClick(editor, key)
    else:
        enter(editor, text)


# --- attributes -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", WITH_ATTRIBUTES)
def test_every_attribute_is_edited_in_place_as_one_undo_step(
    session: Session, inspector: Inspector, name: str
) -> None:
    op = REGISTRY[name]
    start = used(op)
    for key, kind in op.attributes.items():
        put(session, start)
        show(inspector, session, "node")
        editor = inspector.form.editors[key]
        assert editor.isVisible()
        now = start.nodes["node"].attributes.get(key, kind.default)
        value = another(op, key, now)
        text, _ = write(kind, value, is_set=True)
        choose(editor, value, text.replace("−", "-"))
        assert not inspector.form.errors[key].text(), inspector.form.errors[key].text()
        kept = session.graph.nodes["node"].attributes.get(key, kind.default)
        assert same_value(kept, value), (key, kept, value)
        while session.undo_stack.canUndo():
            session.undo_stack.undo()
        assert session.graph.nodes["node"].attributes == start.nodes["node"].attributes
        show(inspector, session, "node")


@pytest.mark.parametrize("name", WITH_ATTRIBUTES)
def test_what_is_written_of_an_attribute_is_read_as_the_same(name: str) -> None:
    op = REGISTRY[name]
    for sample in op.samples:
        for key, value in sample.attributes.items():
            kind = op.attributes[key]
            if kind.choices or kind.annotation is bool:
                continue
            text, _ = write(kind, value, is_set=True)
            assert same_value(kind.convert(read(kind, text), key), kind.convert(value, key))


@pytest.mark.parametrize(
    ("text", "key", "wrong", "says"),
    [
        ("f = leaky_relu(x)", "slope", "steep", "steep"),
        ("f = sum(x)", "axis", "1.5", "axis"),
        ("f = sum(x)", "axis", "7", "7"),
        ("f = reshape(x, shape=(4,))", "shape", "(3, 3)", "3"),
        ("f = sum(x)", "name", "x", "x"),
    ],
)
def test_a_wrong_attribute_is_told_beside_its_field_and_nothing_changes(
    session: Session, inspector: Inspector, text: str, key: str, wrong: str, says: str
) -> None:
    session.set_formula(text)
    session.set_values({"x": np.ones((2, 2))})
    session.forward()
    graph, count = session.graph, session.undo_stack.count()
    show(inspector, session, "f")
    enter(inspector.form.editors[key], wrong)
    assert says in inspector.form.errors[key].text()
    assert inspector.form.errors[key].isVisible()
    assert (session.graph, session.undo_stack.count()) == (graph, count)
    QTest.keyClick(inspector.form.editors[key], Qt.Key.Key_Escape)
    show(inspector, session, "f")
    assert session.graph is graph


def test_a_name_is_edited_in_place(session: Session, inspector: Inspector) -> None:
    session.set_formula("f = x * y")
    show(inspector, session, "x")
    enter(inspector.form.editors["name"], "weight")
    assert str(session.graph.edges[InPort("f", "x")]) == "weight"
    session.undo_stack.undo()
    assert "weight" not in session.graph.nodes


def test_an_inner_value_is_set_by_hand_and_released(session: Session, inspector: Inspector) -> None:
    session.set_formula("a = x * y; f = a + 1")
    session.set_values({"x": 2.0, "y": 3.0})
    session.forward()
    show(inspector, session, "a")
    assert not inspector.hand.release.isVisible()
    enter(inspector.hand.field, "10")
    session.forward()
    assert session.run.value("f") == Run(parse("f = a + 1"), {"a": 10.0}).forward().value("f")
    show(inspector, session, "a")
    assert inspector.hand.told.isVisible()
    enter(inspector.hand.field, "[1, 2]")
    assert inspector.hand.error.isVisible()
    QTest.mouseClick(inspector.hand.release, Qt.MouseButton.LeftButton)
    session.forward()
    show(inspector, session, "a")
    assert session.run.value("a") == 6.0
    assert not inspector.hand.release.isVisible()


@pytest.mark.parametrize("name", sorted({*CURVES, *HELD}))
def test_nothing_told_of_a_value_set_by_hand_follows_from_the_inputs(
    session: Session, inspector: Inspector, name: str
) -> None:
    put(session, used(REGISTRY[name]))
    sources = [str(source) for source in session.graph.edges.values()]
    session.set_values(dict(zip(sources, (0.5, 2.0), strict=False)))
    session.forward()
    show(inspector, session, "node")
    plugged = inspector.rule.plain
    enter(inspector.hand.field, "10")
    show(inspector, session, "node")
    assert (inspector.value.number.text(), inspector.hand.told.isVisible()) == ("10", True)
    assert inspector.rule.plain == node_rule(Run(session.graph), "node")[0]
    drawn = inspector.curve.curve
    assert not inspector.curve.isVisible() or drawn is None or not drawn.at.size
    QTest.mouseClick(inspector.hand.release, Qt.MouseButton.LeftButton)
    session.forward()
    show(inspector, session, "node")
    assert (inspector.rule.plain, inspector.curve.isVisible()) == (plugged, True)


def as_float(told: str) -> float:
    """Read a number as the canvas writes it, with a power of ten and no letter e."""
    assert "e" not in told
    digits, _, power = told.replace("−", "-").partition("×10")
    return float(f"{digits}e{power.translate(str.maketrans('⁰¹²³⁴⁵⁶⁷⁸⁹⁻', '0123456789-')) or 0}")


# --- numbers and pages ----------------------------------------------------------------------------
@pytest.mark.parametrize("x", [0.1, -25.0, 1e-200, -36.7])
def test_numbers_are_told_in_full(session: Session, inspector: Inspector, x: float) -> None:
    session.set_formula("f = sigmoid(x)")
    session.set_values({"x": x})
    session.backward()
    show(inspector, session, "f")
    assert as_float(inspector.value.number.full) == session.run.value("f")
    show(inspector, session, "x")
    assert as_float(inspector.value.number.full) == x
    assert as_float(inspector.grad.number.full) == session.run.grad("x")
    assert inspector.grad.number.full in card_tooltip("x", session.graph.nodes["x"], session.run)
    flags = inspector.value.number.textInteractionFlags()
    assert flags & Qt.TextInteractionFlag.TextSelectableByMouse


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_the_page_of_every_op_is_read_from_its_class(
    session: Session, inspector: Inspector, name: str
) -> None:
    op = REGISTRY[name]
    put(session, used(op))
    show(inspector, session, "node")
    assert not inspector.page.text()
    QTest.mouseClick(inspector.page.button, Qt.MouseButton.LeftButton)
    told = inspector.page.text()
    wanted = [op.category, op.formula.text(), *op.ports, *op.attributes]
    wanted += [rule.text() for rule in op.partials.values()]
    assert all(word in told for word in wanted)
    assert len(page_lines(op)) >= 5
    assert inspector.horizontalScrollBar().maximum() == 0


# --- curves ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", CURVES)
def test_a_curve_is_the_op_and_its_slope_a_difference(name: str) -> None:
    op = REGISTRY[name]
    attributes = dict(op.samples[-1].attributes)
    found = curve(op, attributes, np.array([0.4, 1.3]))
    known = np.isfinite(found.y)
    assert known.mean() > 0.2
    assert np.allclose(found.y[known], op.forward(found.x[known], **attributes))
    with np.errstate(all="ignore"):
        step = 1e-6
        ahead, behind = (op.forward(found.x + h, **attributes) for h in (step, -step))
        slope = (ahead - behind) / (2 * step)
    agree = np.isclose(found.slope, slope, rtol=1e-4, atol=1e-4)
    smooth = known & np.isfinite(slope) & np.isfinite(found.slope)
    assert agree[smooth].mean() > 0.98  # a kink or a jump has no slope
    assert {0.4, 1.3} <= set(found.at)
    with np.errstate(all="ignore"):  # 1.3 is no cosine
        assert np.allclose(found.at_y, op.forward(found.at, **attributes), equal_nan=True)


@pytest.mark.parametrize("name", HELD)
def test_with_its_second_input_held_an_op_is_a_curve_of_its_first(name: str) -> None:
    op = REGISTRY[name]
    found = curve(op, {}, np.array([0.4, 1.3]), [2.0])
    with np.errstate(all="ignore"):
        expected = np.asarray(op.forward(found.x, np.asarray(2.0)), dtype=float)
    known = np.isfinite(found.y)
    assert known.mean() > 0.4
    assert np.array_equal(known, np.isfinite(expected))
    assert np.allclose(found.y[known], expected[known])


@pytest.mark.parametrize(
    ("text", "values", "is_drawn"),
    [
        ("f = prelu(x, a)", {"x": [1.0, -2.0], "a": 0.25}, True),
        ("f = x * a", {"x": 3.0, "a": 0.25}, True),
        ("f = x * a", {"x": 3.0, "a": [0.25, 1.0]}, False),
        ("f = x * x + 0 * a", {"x": 3.0, "a": 0.25}, False),
    ],
)
def test_a_held_input_is_told(
    session: Session, inspector: Inspector, qtbot: QtBot, text: str, values: Any, is_drawn: bool
) -> None:
    session.set_formula(text)
    session.set_values(values)
    session.forward()
    name = next(n for n, x in session.graph.nodes.items() if x.op.name in ("prelu", "multiply"))
    show(inspector, session, name)
    assert inspector.curve.isVisible() == is_drawn
    if is_drawn:
        qtbot.waitUntil(lambda: inspector.curve.curve is not None, timeout=20_000)
        assert "with a = 0.25 held" in inspector.curve.words.text()


def test_operating_points_are_on_the_plot_and_follow_the_attribute(
    session: Session, inspector: Inspector, qtbot: QtBot
) -> None:
    session.set_formula("f = leaky_relu(x, slope=0.2)")
    session.set_values({"x": -8.0})
    session.forward()
    show(inspector, session, "f")
    qtbot.waitUntil(lambda: inspector.curve.curve is not None, timeout=20_000)
    assert inspector.curve.curve is not None
    assert list(inspector.curve.curve.at_y) == [-1.6]
    assert inspector.curve.curve.is_scalar
    assert "−1.6" in inspector.curve.words.text()
    enter(inspector.form.editors["slope"], "0.5")
    session.forward()
    show(inspector, session, "f")
    assert list(inspector.curve.curve.at_y) == [-4.0]
    inspector.set_theme(DARK)
    shown = inspector.curve.plot.backgroundBrush().color().name()
    assert shown == DARK.ground
    session.set_values({"x": np.linspace(-30, 5, 100_000).reshape(100, 1000)})
    session.forward()
    show(inspector, session, "f")
    points = inspector.curve.curve.at
    assert 100 <= points.size <= 500
    assert (points.min(), points.max()) == (-30, 5)


# --- Jacobians ------------------------------------------------------------------------------------
def partials_of(name: str) -> Iterator[Partial]:
    op = REGISTRY[name]
    for sample in op.samples:
        inputs = op.draw(np.random.default_rng(3), sample.shapes, **sample.attributes)
        out = op.forward(*inputs, **sample.attributes)
        for index, port in enumerate(op.port_names(len(inputs))):
            if port not in op.undifferentiated:
                yield Partial(op, sample.attributes, inputs, out, index)


@pytest.mark.parametrize("name", WITH_INPUTS)
def test_the_picture_of_a_partial_is_its_jacobian(name: str) -> None:
    for partial in partials_of(name):
        rows, columns = jacobian.size(partial)
        if not rows * columns or not partial.is_differentiable:
            continue
        dense = partial.dense().reshape(rows, columns)
        found = jacobian.picture(partial, most=1000)
        np.testing.assert_allclose(found.cells, dense, rtol=1e-12, atol=1e-15)
        small = jacobian.picture(partial, most=3)
        if small.starts.size == small.cells.shape[0] and "each cell" in small.note:
            assert abs(small.cells).max() == pytest.approx(abs(dense).max())
        assert jacobian.structure_words(partial).endswith(".")


def test_a_huge_partial_is_pictured_without_its_matrix() -> None:
    run = Run(parse("f = tanh(x)"), {"x": np.linspace(-2, 2, 250_000).reshape(500, 500)}).forward()
    found = jacobian.picture(run.partial("x", "f"))
    assert found.cells.shape == (64, 64)
    assert (found.rows, found.columns) == (250_000, 250_000)
    assert np.count_nonzero(found.cells) == np.count_nonzero(np.diag(found.cells)) == 64


def test_a_click_on_the_picture_and_the_spin_boxes_choose_a_row(
    session: Session, inspector: Inspector
) -> None:
    session.set_formula("L = sum((W @ x)**2)")
    session.set_values({"W": [[1, 2], [3, 4], [5, 6]], "x": [[1, 0], [2, 1]]})
    session.backward()
    target = InPort("matmul1", "a")
    inspector.show_edge(session.run, target, session.run.contributions()[target])
    view, partial = inspector.partial, session.run.partial("W", "matmul1")
    heat = view.heat
    np.testing.assert_allclose(heat.cells, partial.dense().reshape(6, 6))
    QTest.mouseClick(heat, Qt.MouseButton.LeftButton, pos=QPoint(8, 3 * 16 + 8))
    assert view.chosen == (1, 1)
    np.testing.assert_allclose(view.row_heat.cells, partial.row((1, 1)))
    view.position[0].setFocus()
    QTest.keyClick(view.position[0], Qt.Key.Key_Up)
    assert view.chosen == (2, 1)
    np.testing.assert_allclose(view.row_heat.cells, partial.row((2, 1)))
    upstream = session.run.grad("matmul1")
    assert f"{upstream[2, 1]:g}" in view.product.text()
    shares = sum(upstream[p] * partial.row(p) for p in np.ndindex(3, 2))
    np.testing.assert_allclose(session.run.contributions()[target], shares)


def test_a_large_picture_comes_from_the_background(
    session: Session, inspector: Inspector, qtbot: QtBot
) -> None:
    session.set_formula("L = sum(A @ B)")
    session.set_values({"A": np.ones((30, 30)), "B": np.ones((30, 30))})
    session.forward()
    inspector.show_edge(session.run, InPort("matmul1", "a"), None)
    qtbot.waitUntil(lambda: inspector.partial.heat.cells is not None)
    assert "900" in inspector.partial.note.text()
    assert inspector.horizontalScrollBar().maximum() == 0


# --- tables ---------------------------------------------------------------------------------------
@pytest.fixture
def table(qtbot: QtBot) -> Iterator[ArrayDialog]:
    application()
    holder = QWidget()
    qtbot.addWidget(holder)
    array = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    array[1, 2, 0, 0] = np.nan
    dialog = array_dialog("four axes", array, LIGHT, holder)
    dialog.show()
    yield dialog
    dialog.close()


def test_a_table_shows_any_slice_of_four_axes_and_copies_it(table: ArrayDialog) -> None:
    model = table.model
    assert (model.rowCount(), model.columnCount()) == (4, 5)
    for box, presses in zip(table.axes, (1, 2), strict=True):
        box.setFocus()
        for _ in range(presses):
            QTest.keyClick(box, Qt.Key.Key_Up)
    wanted = np.arange(120.0).reshape(2, 3, 4, 5)[1, 2]
    assert model.number(3, 4) == wanted[3, 4]
    none = model.index(0, 0)
    assert model.data(none) == "NaN"
    assert model.data(none, Qt.ItemDataRole.BackgroundRole) is not None
    assert model.data(model.index(0, 1), Qt.ItemDataRole.BackgroundRole) is None
    QTest.mouseClick(table.copy_button, Qt.MouseButton.LeftButton)
    copied = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    np.testing.assert_array_equal(np.array(copied, float)[1:], wanted[1:])


def test_a_table_of_any_length_asks_only_for_what_is_seen(qtbot: QtBot) -> None:
    application()
    asked: list[tuple[int, ...]] = []

    def line(at: tuple[int, ...]) -> Any:
        asked.append(at)
        return np.full(10**6, at[0])

    QAbstractItemModelTester(ArrayModel((3, 4), lambda _: np.arange(4.0), LIGHT))
    model = ArrayModel((10**9, 10**6), line, LIGHT)
    assert (model.rowCount(), model.columnCount()) == (PAGE, PAGE)
    model.show_slice((), (10**9 - 5, 10**6 - 3))
    assert (model.rowCount(), model.columnCount()) == (5, 3)
    assert model.data(model.index(4, 2), Qt.ItemDataRole.ToolTipRole) == str(10**9 - 1)
    assert len(asked) < 50


# --- the inputs -----------------------------------------------------------------------------------
def test_a_sentence_beside_one_of_sixty_inputs_moves_no_other(qtbot: QtBot) -> None:
    application()
    panel = InputsPanel()
    qtbot.addWidget(panel)
    panel.resize(224, 400)
    panel.show()
    panel.show_graph(parse("f = " + " + ".join(f"x{i}" for i in range(60))))
    qtbot.waitExposed(panel)
    field = panel.fields["x59"]
    places = {name: f.geometry() for name, f in panel.fields.items()}
    enter(field, "1 +")
    error = panel.errors["x59"]
    assert error.isVisible()
    assert places == {name: f.geometry() for name, f in panel.fields.items()}
    assert error.visibleRegion().boundingRect().size() == error.size()


@pytest.mark.parametrize("shape", [(3,), (100,), (2, 3), (1, 6, 28, 28), (3, 224, 100)])
def test_what_of_an_array_is_pictured_is_told(shape: tuple[int, ...]) -> None:
    cells = plane(np.zeros(shape))
    told = pictured(shape)
    assert bool(told) == (cells.size < np.prod(shape))
    assert (f"of {np.prod(shape[:-2])} planes" in told) == (np.prod(shape[:-2]) > 1)
    assert (f"{cells.shape[0]}×{cells.shape[1]} of" in told) == (cells.shape != (1, *shape)[-2:])


@pytest.mark.parametrize("rule", ["y_p = max_t x_(p + t)", "conv1_weight_out = a_(i - 1) / b"])
def test_no_line_ends_within_a_subscript(rule: str) -> None:
    set_for_lines = breakable(rule)
    assert set_for_lines.replace("\u200b", "").replace("\u00a0", " ") == rule
    assert "_\u200b(" not in set_for_lines
    inner = set_for_lines[set_for_lines.index("(") : set_for_lines.index(")")]
    assert " " not in inner


@pytest.mark.parametrize("text", ["f = dropout(x)", "f = batch_norm(x, w, b, m, v)", "f = tanh(x)"])
def test_what_differs_in_a_mode_is_told_on_hover_and_beside_the_rule(text: str) -> None:
    graph = parse(text)
    node, inspector = graph.nodes["f"], Inspector(Mock(), Typesetter(), LIGHT)
    told = []
    for training in (False, True):
        run = Run(graph, training=training)
        inspector.show_node(run, "f", "")
        told.append(inspector.told.text())
        assert inspector.told.isVisibleTo(inspector) == bool(told[-1])
        assert told[-1].lower() in card_tooltip("f", node, run).lower()
    assert (told[0] != told[1]) == ("training" in node.op.circumstances)
