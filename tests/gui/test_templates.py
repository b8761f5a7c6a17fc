"""Templates, the gallery and counts in the window, by real mouse and key events; torch judges."""

from __future__ import annotations

import unicodedata

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from torch import nn

from graphlab.graph import InPort, OutPort
from graphlab.graph.counting import count
from graphlab.graph.edits import set_attributes
from graphlab.graph.folding import outlook
from graphlab.graph.formula import parse
from graphlab.graph.gallery import gallery, gallery_names
from graphlab.graph.shapes import infer_shapes, whole_shapes
from graphlab.graph.templates import TEMPLATES, place
from graphlab.gui.adding import added
from graphlab.gui.choices import every_template
from graphlab.gui.offers import networks
from graphlab.gui.panels.inputs import MOST_OPEN
from graphlab.gui.panels.inspector_fields import AttributeField
from graphlab.gui.window import Window
from graphlab.ops.plain import lowered
from tests.gui.mouse import drag

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
PICTURE = "x = input(None, 3, 8, 8)"


@pytest.fixture
def window(window: Window) -> Window:
    """A window with an empty canvas."""
    window.house.show_empty_canvas()
    return window


def add(window: Window, text: str) -> None:
    """Have the palette open beside what is selected, type, and take the first that is offered."""
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(window.editor.palette.search, text)
    QTest.keyClick(window.editor.palette.search, Qt.Key.Key_Return)


def ports(window: Window, card: str) -> tuple[list[QPoint], list[QPoint]]:
    inputs, outputs = window.canvas.ports_of(card)
    to_view = window.canvas.mapFromScene
    return [to_view(QPointF(*p.place)) for p in inputs], [
        to_view(QPointF(*p.place)) for p in outputs
    ]


def told(module: nn.Module) -> str:
    """A count of torch's parameters, as cards tell it."""
    return f"{sum(p.numel() for p in module.parameters()):,} parameters"


def test_a_layer_that_is_typed_is_one_step_and_takes_a_wire_where_it_is_unfed(
    window: Window,
) -> None:
    add(window, "residual block")
    graph = window.session.graph
    assert window.session.undo_stack.count() == 1
    assert [g.template for g in graph.groups.values() if g.parent is None] == ["residual_basic"]
    assert window.canvas.selection == {"residual_basic1"}
    window.canvas.select_cards(())
    add(window, "input x")
    (entry,), _ = ports(window, "residual_basic1")
    _, (start,) = ports(window, "x")
    drag(window, start, entry)
    wanted = parse("x = input()")
    wanted, name = place(wanted, "residual_basic", ["x"], name="residual_basic1")
    assert window.session.graph.edges == wanted.edges, "both its ways are fed by one wire"
    QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(ports(window, name)[0]) == 1
    window.canvas.select_cards(["x"])
    view, box = window.canvas.viewport(), window.editor.hand.box(name)
    middle = window.canvas.mapFromScene(QPointF(box[0] + box[2] / 2, box[1] + box[3] / 2))
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.ControlModifier, middle)
    QTest.keyClick(window.canvas, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert window.session.graph.edges == wanted.edges


def test_what_is_selected_feeds_a_layer_and_its_card_counts_before_anything_is_fed(
    window: Window,
) -> None:
    window.enter_formula(PICTURE)
    window.canvas.select_cards(["x"])
    add(window, "conv layer")
    graph = window.session.graph
    assert graph.edges[InPort("conv1_conv2d", "x")] == OutPort("x")
    card = next(card for card in window.canvas.figure.cards if card.id == "conv1")
    assert card.detail == f"N×16×6×6 · {told(nn.Conv2d(3, 16, 3))}"
    QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.session.graph == parse(PICTURE)


@pytest.mark.parametrize(("shape", "fits"), [("3, 16, 16", True), ("7", False)])
def test_a_wire_let_go_offers_the_templates_that_can_read_it(
    window: Window, shape: str, fits: bool
) -> None:
    window.enter_formula(f"x = input(2, {shape})")
    _, (start,) = ports(window, "x")
    drag(window, start, start + QPoint(160, 120))
    offered = {choice.op.name for choice in window.editor.palette.list.shown}
    assert {"conv_layer", "unet_down"}.issubset(offered) is fits
    assert ("residual_basic" in offered) is fits, "its filters follow what arrives"
    assert "linear_layer" in offered
    QTest.keyClick(window.editor.palette.search, Qt.Key.Key_Escape)


def test_the_panel_lists_every_template_under_its_headings(window: Window) -> None:
    window.left.open("ops")
    panel = window.editor.panel
    QTest.mouseClick(panel.tabs, LEFT, NONE, panel.tabs.tabRect(1).center())
    assert [choice.op.name for choice in panel.list.shown] == [c.op.name for c in every_template()]
    assert {choice.op.name for choice in panel.list.shown} == set(TEMPLATES)
    spot = panel.list.visualRect(panel.list.currentIndex()).center()
    QTest.mouseClick(panel.list.viewport(), LEFT, NONE, spot)
    QTest.mouseDClick(panel.list.viewport(), LEFT, NONE, spot)
    assert len(window.session.graph.groups) == 1


def test_every_template_has_a_field_for_each_setting(window: Window) -> None:
    for choice in every_template():
        window.canvas.select_cards(())
        assert window.editor.add(choice)
        shown = window.details.group.template
        assert set(shown.form.editors) == set(TEMPLATES[choice.op.name].settings)
        assert choice.title in shown.text()


# --- settings -------------------------------------------------------------------------------------
def setting(window: Window, key: str) -> AttributeField:
    field = window.details.group.template.form.editors[key]
    assert isinstance(field, AttributeField)
    return field


def type_setting(window: Window, key: str, text: str) -> str:
    """Type into a field and press Enter; returns what is told under it."""
    field = setting(window, key)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    return window.details.group.template.form.errors[key].text()


def conv(window: Window) -> None:
    window.enter_formula(PICTURE)
    window.canvas.select_cards(["x"])
    add(window, "conv layer")


@pytest.mark.parametrize(
    ("key", "text", "module"),
    [
        ("filters", "5", nn.Conv2d(3, 5, 3)),
        ("kernel_size", "(3, 5)", nn.Conv2d(3, 16, (3, 5))),
        ("groups", "1", None),
        ("filters", "0", None),
        ("filters", "many", None),
        ("kernel_size", "(3, 5, 7)", None),
    ],
)
def test_a_setting_is_applied_as_one_step_or_refused_in_a_sentence(
    window: Window, key: str, text: str, module: nn.Module | None
) -> None:
    conv(window)
    before, count_ = window.session.graph, window.session.undo_stack.count()
    problem = type_setting(window, key, text)
    if module is None:
        assert window.session.graph is before
        assert bool(problem) is (text != "1")
        return
    assert not problem
    assert window.session.undo_stack.count() == count_ + 1
    assert window.canvas.selection == {"conv1"}
    costs = window.details.group.costs.text()
    assert told(module).split()[0] in costs.split()
    window.session.undo_stack.undo()
    assert window.session.graph == before


def test_a_group_changed_by_hand_says_so_and_can_forget_its_template(window: Window) -> None:
    conv(window)
    changed = set_attributes(window.session.graph, "conv1_conv2d", stride=2)
    window.session.edit("stride", changed)
    view = window.details.group.template
    assert "conv1_conv2d" in view.changed.text()
    assert view.form.isHidden()
    QTest.mouseClick(view.forget, LEFT)
    assert window.session.graph.groups["conv1"].template == ""
    assert view.isHidden()
    window.session.undo_stack.undo()
    assert window.session.graph.groups["conv1"].template == "conv_layer"


# --- the gallery ----------------------------------------------------------------------------------
def test_the_welcome_page_opens_a_network_by_keys_and_tells_its_parameters(
    window: Window, qtbot: QtBot
) -> None:
    window.house.show_welcome()
    page = window.house.welcome
    entries = {entry.text(): entry for entry in page.entries}
    offers = networks()
    assert [offer.text for offer in offers] == [*gallery_names()]
    for _ in range(2 * len(page.entries)):
        if entries["U-Net"].hasFocus():
            break
        QTest.keyClick(window.focusWidget() or page, Qt.Key.Key_Down)
    assert entries["U-Net"].hasFocus()
    total = f"{count(gallery('u-net')).total.parameters:,}"
    qtbot.waitUntil(lambda: total in entries["U-Net"].accessibleName(), timeout=20_000)
    QTest.keyClick(entries["U-Net"], Qt.Key.Key_Return)
    assert page.isHidden()
    assert window.session.graph == gallery("u-net")
    assert window.session.is_saved, "nothing is lost by closing it"
    down = next(card for card in window.canvas.figure.cards if card.id == "down1")
    level = nn.Sequential(nn.Conv2d(1, 64, 3), nn.Conv2d(64, 64, 3))
    assert down.detail.endswith(told(level))


def test_the_menu_opens_every_network_and_many_groups_at_once(window: Window, qtbot: QtBot) -> None:
    entries = window.house.gallery_entries()
    assert len(entries) == len(gallery_names())
    place_of = gallery_names().index("resnet-18")
    entries[place_of].run()
    folded = window.session.graph.view.folded

    def is_all_there() -> bool:
        return set(window.canvas.places.index) == set(outlook(window.session.graph).cards)

    while window.session.graph.view.folded:
        before = len(window.session.graph.view.folded)
        window.canvas.select_all()
        window.actions_["fold"].trigger()
        shown = set(outlook(window.session.graph).cards)
        qtbot.waitUntil(
            lambda shown=shown: set(window.canvas.places.index) == shown, timeout=20_000
        )
        assert len(window.session.graph.view.folded) < before
    assert set(window.canvas.places.index) == set(window.session.graph.nodes)
    assert folded == gallery("resnet-18").view.folded


# --- counts ---------------------------------------------------------------------------------------
def test_counts_are_sorted_by_their_heading_and_a_row_selects_its_card(window: Window) -> None:
    window.session.begin_with(gallery("lenet-5"))
    window.actions_["counts"].trigger()
    lens = window.lenses.counts
    assert lens.lines[0].cost == count(gallery("lenet-5")).total
    heading = lens.table.horizontalHeader()

    def click() -> None:
        middle = QPoint(heading.sectionViewportPosition(3) + 8, heading.height() // 2)
        QTest.mouseClick(heading.viewport(), LEFT, NONE, middle)

    click()
    held = [line.cost.parameters for line in lens.shown]
    assert held == sorted(held, reverse=True)
    assert lens.shown[1].name == "fc1"
    click()
    rising = [line.cost.parameters for line in lens.shown[1:]]
    assert rising == sorted(rising)
    click()
    assert lens.shown == lens.lines
    click()
    assert all(
        heading.sectionSize(column) >= heading.sectionSizeHint(column) for column in range(9)
    )
    spot = lens.table.visualRect(lens.rows.index(1, 0)).center()
    QTest.mouseClick(lens.table.viewport(), LEFT, NONE, spot)
    assert window.canvas.selection == {"fc1"}
    window.session.edit("x", set_attributes(window.session.graph, "x", shape=(None, 1, 64, 64)))
    assert lens.lines[0].cost != count(gallery("lenet-5")).total


# --- large networks -------------------------------------------------------------------------------
def test_of_a_large_network_only_the_inputs_and_the_selected_part_are_listed(
    window: Window,
) -> None:
    window.session.begin_with(gallery("resnet-18"))
    graph, panel = window.session.graph, window.inputs
    assert set(panel.fields) == set(graph.inputs)
    opener = panel.openers["parameter"]
    assert opener.text() == f"Parameters ({len(graph.parameters)})"
    window.canvas.select_cards(["fc"])
    assert set(panel.fields) == {*graph.inputs, "fc_weight", "fc_bias"}
    window.canvas.select_all()
    assert len(panel.fields) <= MOST_OPEN + len(graph.inputs)
    window.canvas.select_cards(())
    QTest.mouseClick(opener, LEFT)
    assert set(graph.parameters) <= set(panel.fields)
    assert all(label.toolTip() == name for name, (label, _) in panel._rows.items())
    QTest.mouseClick(opener, LEFT)
    window.canvas.select_cards(["layer1"])
    label, _ = panel._rows["layer1_0_conv1_weight"]
    assert (label.toolTip(), label.text()[:5]) == ("layer1_0_conv1_weight", "0_con")


@pytest.mark.parametrize("name", ["resnet-18", "u-net-small"])
def test_a_closed_heading_stands_only_over_what_there_is(window: Window, name: str) -> None:
    window.session.begin_with(gallery(name))
    graph, openers = window.session.graph, window.inputs.openers
    assert openers["parameter"].isVisibleTo(window.inputs)
    assert openers["buffer"].isVisibleTo(window.inputs) is bool(graph.buffers)


def test_a_network_that_reads_pictures_is_filled_and_run_at_once(
    window: Window, qtbot: QtBot
) -> None:
    window.session.begin_with(gallery("lenet-5"))
    assert "picture" in window.inputs.fill.text()
    QTest.mouseClick(window.inputs.fill, LEFT)
    assert window.inputs.fill.isHidden()
    value = window.session.run.value("x")
    assert value is not None
    assert value.shape == (1, 1, 32, 32)
    assert value.min() >= 0
    assert value.max() == 1
    window.actions_["forward"].trigger()
    qtbot.waitUntil(lambda: not window.session.background.is_busy, timeout=20_000)
    result = window.session.run.value(window.session.graph.outputs[0])
    assert result is not None
    assert result.shape == (1, 10)


@pytest.mark.parametrize("name", ["conv_layer", "conv_transpose_layer", "locally_connected"])
def test_the_formula_on_a_card_shows_no_raw_subscripts(name: str) -> None:
    told = lowered(TEMPLATES[name].formula.text())
    assert "_" not in told
    assert unicodedata.normalize("NFKC", told).count("(") == told.count("(") == 1


@pytest.mark.parametrize("name", ["residual_basic", "residual_bottleneck", "conv_layer"])
def test_a_template_is_placed_so_that_it_fits_the_arriving_channels(name: str) -> None:
    graph = parse("x = input(None, 3, 16, 16)\nh = conv_layer(x, filters=8, kernel_size=3)")
    choice = next(c for c in every_template() if c.op is TEMPLATES[name])
    new, group = added(graph, choice, [graph.port(graph.outputs[0])])
    shapes = infer_shapes(new, whole_shapes(new, {}))
    assert not shapes.conflicts
    assert all(shapes.of(new.port(end)) is not None for end in new.outputs)
    assert bool(new.groups[group].settings) is (name != "conv_layer")
