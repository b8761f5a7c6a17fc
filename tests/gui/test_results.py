"""What is shown of a training: tabs, maps in cards, weights on links, by clicks and keys.

Most look at a training in this process, whose views have judges of their own; one at the process
that the window starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from graphlab.data import DataSet, open_data
from graphlab.errors import GraphLabError
from graphlab.graph.formula import parse
from graphlab.gui.canvas.heat import heat_image, heat_limit, signed_map
from graphlab.gui.canvas.plane_maps import strands
from graphlab.gui.results import OnCanvas, ResultTab, tabs
from graphlab.gui.results.confusion import ConfusionTab
from graphlab.gui.results.painting import GIVEN, TRUE, boxed, masked
from graphlab.gui.results.plane import PlaneTab, decision_image
from graphlab.gui.results.predictions import PredictionsTab
from graphlab.gui.results.watching import IDLE, Watcher, lines
from graphlab.gui.theme import DARK, LIGHT
from graphlab.gui.training.session import TrainingSession
from graphlab.gui.window import Window
from graphlab.train.training import Training
from graphlab.train.views import VIEWS

MLP = "h = linear_layer(x, features=3, activation='tanh')\ns = linear_layer(h, features=1)"
NEURONS = (
    "a = neuron(x, activation='tanh')\nb = neuron(x, activation='tanh')\n"
    "v = parameter(value=0.5)\nw = parameter(value=-0.5)\ns = v*a + w*b"
)
SHOWN = {
    "clouds": {"Plane", "Confusion", "Predictions"},
    "gaussians:examples=60": {"Plane", "Predictions"},
    "line": {"Curve", "Predictions"},
    "digits": {"Confusion", "Predictions"},
    "signals:examples=40": {"Confusion", "Predictions"},
    "cells:examples=20": {"Masks"},
    "cell-dots:examples=20": {"Density"},
    "boxes:examples=40": {"Boxes"},
}
"""What a view can be made for; another tab that goes with the task says why it has none."""

NETS = {
    "clouds": MLP,
    "gaussians:examples=60": MLP,
    "line": MLP,
    "digits": "s = linear_layer(flatten(x), features=10)",
    "signals:examples=40": "s = linear_layer(flatten(x), features=3)",
    "cells:examples=20": "m = conv_layer(x, filters=1, padding='same')",
    "cell-dots:examples=20": "m = conv_layer(x, filters=1, padding='same')",
    "boxes:examples=40": "b = sigmoid(linear_layer(flatten(x), features=4))",
}


class Here(TrainingSession):
    """A training in this process: views come at once."""

    def __init__(self, source: str, data: DataSet) -> None:
        super().__init__()
        self.training = Training(parse(source), data, seed=0)
        self.state = "paused"
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def ask(
        self,
        view: str,
        settings: Mapping[str, Any],
        then: Callable[[dict[str, Any]], object],
        refused: Callable[[str], object] = lambda message: None,
    ) -> None:
        self.asked.append((view, dict(settings)))
        try:
            found = VIEWS[view](self.training, **settings)
        except GraphLabError as error:
            refused(str(error))
        else:
            then(found)

    def set_weight(self, name: str, index: Any, value: float) -> None:
        held = self.training.network.parameters()[self.training.network.names[name]]
        held.data[tuple(index)] = value
        self.told.emit({"event": "edited", "name": name})

    def train(self, steps: int = 1) -> None:
        with self.training.at_work():
            for feeds, _ in zip(self.training.feeds(), range(steps), strict=False):
                self.training.step(self.training.network.tensors(feeds))
        self.told.emit({"event": "steps", "step": self.training.progress.step})

    def weights(self) -> dict[str, np.ndarray]:
        return self.training.network.weights()


def shown(qtbot: QtBot, window: Window, here: Here, kind: type) -> Any:
    """The tab of a kind, seen beside the window."""
    data = here.training.data
    found = tabs(window.session, here, data.task, tuple(data.fields["x"].shape[1:]))
    tab = next(tab for _, tab in found if isinstance(tab, kind))
    for _, other in found:
        qtbot.addWidget(other)
    tab.resize(900, 240)
    tab.show()
    qtbot.waitUntil(lambda: tab.watcher.arrays is not None)
    return tab


def is_answered(tab: ResultTab) -> bool:
    """Whether a tab has something to show or to say."""
    return bool(tab.sentence.text() or tab.watcher.arrays)


def rgb(image: QImage, x: int, y: int) -> tuple[int, int, int]:
    colour = image.pixelColor(x, y)
    return colour.red(), colour.green(), colour.blue()


def click(widget: QWidget, place: QPoint) -> None:
    QTest.mouseMove(widget, place)
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place)


def near(image: QImage, x: int, y: int, colour: str) -> bool:
    """Whether a pixel is nearer to a colour than to white and black."""
    here = rgb(image, x, y)

    def away(name: str) -> int:
        other = QColor(name)
        there = (other.red(), other.green(), other.blue())
        return sum(abs(a - b) for a, b in zip(here, there, strict=True))

    return away(colour) < min(away("#000000"), away("#ffffff"))


# --- tabs -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("spec", [*NETS])
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_each_task_has_its_tabs(qtbot: QtBot, window: Window, spec: str, theme: Any) -> None:
    """Each shows something, or a sentence where it does not apply."""
    here = Here(NETS[spec], open_data(spec))
    data = here.training.data
    found = tabs(window.session, here, data.task, tuple(data.fields["x"].shape[1:]))
    titles = [title for title, _ in found]
    assert ("Plane" in titles) == (data.fields["x"].shape[1:] == (2,))
    assert ("Confusion" in titles) == (data.task in ("classes", "boxes"))
    assert {"masks": "Masks", "points": "Density", "boxes": "Boxes"}.get(
        data.task, titles[0]
    ) == titles[0]
    for title, tab in found:
        qtbot.addWidget(tab)
        tab.set_theme(theme)
        tab.resize(860, 220)
        tab.show()
        qtbot.waitUntil(partial(is_answered, tab))
        is_told = tab.pages.currentIndex() == 0
        assert is_told == (tab.watcher.arrays is None) == (title not in SHOWN[spec]), title
        if is_told:
            assert tab.sentence.text().endswith(".")
        else:
            image = tab.grab().toImage()
            colours = {image.pixel(x, y) for x in range(0, 860, 9) for y in range(40, 220, 9)}
            assert len(colours) > 3
        tab.hide()


def test_nothing_is_asked_for_that_is_not_seen(qtbot: QtBot, window: Window) -> None:
    here = Here(MLP, open_data("clouds"))
    tab = shown(qtbot, window, here, ConfusionTab)
    assert {view for view, _ in here.asked} == {"confusion"}
    tab.hide()
    count = len(here.asked)
    here.train()
    tab.watcher.renew()
    assert not tab.watcher._timer.isActive()
    assert len(here.asked) == count
    here.began.emit()
    here.state = "off"
    tab.show()
    qtbot.waitUntil(lambda: tab.sentence.text() == IDLE)


class Answers(TrainingSession):
    """A training whose process is played by the test; its answers are read only when let."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.state, self.may_read = "running", Event()
        self.sent: list[dict[str, Any]] = []
        self.read: list[str] = []
        monkeypatch.setattr("graphlab.gui.training.session.read_arrays", self._read)
        monkeypatch.setattr(self, "_send", self.sent.append)

    def _read(self, event: dict[str, Any]) -> dict[str, Any]:
        file = event["file"]
        self.read.append(file)
        assert self.may_read.wait(10)
        return {"file": np.frombuffer(file.encode(), np.uint8)}

    def answer(self) -> None:
        number = self.sent[-1]["id"]
        self._on_told({"event": "view", "id": number, "file": f"file {number}", "step": 1})


def test_a_view_goes_on_after_its_process_ended_while_it_was_read(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = Answers(monkeypatch)
    one, seen = Watcher(training, "plane", 0.0), QWidget()
    qtbot.addWidget(seen)
    one.want(seen, is_wanted=True)
    qtbot.waitUntil(lambda: len(training.sent) == 1)
    training.answer()
    qtbot.waitUntil(lambda: bool(training.read))
    with qtbot.waitSignal(one.refused):
        training._on_ended("it was ended by signal 9")
    training.may_read.set()
    training.state = "running"  # resumed
    training.told.emit({"event": "steps", "step": 2})
    qtbot.waitUntil(lambda: len(training.sent) == 2)
    with qtbot.waitSignal(one.came):
        training.answer()
    training.leave()


def test_what_was_asked_for_before_a_change_is_not_shown(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = Answers(monkeypatch)
    one, seen = Watcher(training, "predictions", 0.0), QWidget()
    one.want(seen, is_wanted=True)
    came: list[str] = []
    one.came.connect(lambda arrays: came.append(bytes(arrays["file"]).decode()))
    qtbot.waitUntil(lambda: len(training.sent) == 1)
    training.answer()
    qtbot.waitUntil(lambda: bool(training.read))
    one.change(worst=False, split="validation")
    training.may_read.set()
    training.answer()
    qtbot.waitUntil(lambda: bool(came))
    assert came == ["file 2"]
    assert training.sent[-1]["settings"] == {"worst": False, "split": "validation"}
    training.began.emit()  # other data may have no such split
    assert one.settings == {"worst": False}
    delete(seen)
    assert not one._known
    assert not one._wanted_by
    training.leave()


def test_a_cell_of_the_confusion_matrix_opens_its_images(qtbot: QtBot, window: Window) -> None:
    here = Here(NETS["digits"], open_data("digits"))
    here.train(3)
    tab = shown(qtbot, window, here, ConfusionTab)
    matrix = tab.matrix.matrix
    true, predicted = np.argwhere(matrix * (1 - np.eye(10, dtype=int)) > 0)[0].tolist()
    click(tab.matrix, tab.matrix.rect_of(true, predicted).center().toPoint())
    count = int(matrix[true, predicted])
    qtbot.waitUntil(lambda: len(tab.pictures.tiles) == count)
    assert tab.matrix.cell == (true, predicted)
    classes = here.training.data.classes
    assert f"of {classes[true]} taken for {classes[predicted]}" in tab.told.text()
    rows = tab.watcher.arrays["rows"]
    assert (here.training.data.fields["y"][rows] == true).all()
    for tile, row in zip(tab.pictures.tiles, rows, strict=True):
        pixels = np.rint(here.training.data.fields["x"][row][0] * 255)
        seen = [[tile.image.pixelColor(x, y).red() for x in range(8)] for y in range(8)]
        assert np.array(seen) == pytest.approx(pixels, abs=1)
    QTest.keyClick(tab.matrix, Qt.Key.Key_Right)
    assert tab.matrix.cell == (true, min(predicted + 1, 9))


def test_predictions_come_worst_first_or_as_they_are(qtbot: QtBot, window: Window) -> None:
    here = Here(NETS["digits"], open_data("digits"))
    here.train(3)
    tab = shown(qtbot, window, here, PredictionsTab)
    found = tab.watcher.arrays
    classes = lines(found["classes"])
    for tile, told, true in zip(tab.pictures.tiles, found["predicted"], found["true"], strict=True):
        assert tile.is_wrong == (told != true)
        assert tile.caption == f"{'✗' if tile.is_wrong else '✓'} {classes[told]}"
    assert found["losses"][0] == found["losses"].max()
    QTest.mouseClick(tab.worst, Qt.MouseButton.LeftButton, pos=QPoint(8, tab.worst.height() // 2))
    qtbot.waitUntil(lambda: bool(np.all(np.diff(tab.watcher.arrays["rows"]) > 0)))
    tab.split.setFocus()
    QTest.keyClick(tab.split, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: lines(tab.watcher.arrays["split"]) == ["train"])
    assert "train" in tab.scope.text()


# --- what is painted ------------------------------------------------------------------------------
def test_what_lies_over_images_is_where_it_should_be() -> None:
    pixels = np.zeros((40, 40), np.uint8)
    true, told = np.zeros((2, 40, 40), np.uint8)
    true[5:20, 5:20], told[5:20, 12:30] = 1, 1
    made = masked(pixels, true, told)
    assert near(made, 8, 10, TRUE)
    assert near(made, 25, 10, GIVEN)
    assert rgb(made, 15, 10) == (0, 0, 0)
    assert rgb(made, 5, 10) == (255, 255, 255)
    boxes = boxed(pixels, np.array([[0.25, 0.25, 0.5, 0.5]]), np.array([[-1.0, -1, -1, -1]]))
    side = boxes.width()
    assert near(boxes, side // 4, side * 3 // 8, TRUE)
    assert not near(boxes, side * 3 // 4, side * 3 // 4, TRUE)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e30])
def test_the_quick_map_has_the_colours_of_the_heat_map(scale: float) -> None:
    values = scale * np.random.default_rng(0).normal(size=(30, 41))
    assert signed_map(values, heat_limit(values)) == heat_image(values, "signed").convertToFormat(
        QImage.Format.Format_RGB32
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_plane_is_painted_the_right_way_up(qtbot: QtBot, window: Window, theme: Any) -> None:
    """Above the line through the middle it is orange where the second class is the likelier."""
    here = Here("s = linear_layer(x, features=1)", open_data("clouds"))
    weight, bias = here.training.network.parameters().values()
    weight.data[:], bias.data[:] = weight.new_tensor([[0.0, 9.0]]), 0.0
    tab = shown(qtbot, window, here, PlaneTab)
    tab.set_theme(theme)
    image = decision_image(tab.watcher.arrays)
    assert image is not None
    low, high = image.pixelColor(30, image.height() - 2), image.pixelColor(30, 1)
    assert low.blue() > low.red()
    assert high.red() > high.blue()
    points = tab.watcher.arrays["points"]
    places = tab.plane.place(points)
    assert (np.diff(places[np.argsort(points[:, 1])][:, 1]) <= 0).all()
    assert (np.diff(places[np.argsort(points[:, 0])][:, 0]) >= 0).all()


@pytest.mark.parametrize(("shape", "count"), [((), 1), ((3, 4), 12), ((8, 5), 8), ((40, 2), 1)])
def test_a_link_has_a_strand_for_each_weight_or_unit(shape: tuple[int, ...], count: int) -> None:
    weights = np.random.default_rng(0).normal(size=shape)
    found = strands(weights)
    assert found.shape == (count,)
    if count == weights.size:
        assert found.tolist() == weights.ravel().tolist()
    elif len(found) > 1:
        assert np.abs(found) == pytest.approx(np.sqrt((weights**2).mean(1)))
        assert (np.sign(found) == np.sign(weights.sum(1))).all()


# --- on the canvas --------------------------------------------------------------------------------
@pytest.fixture(params=[MLP, NEURONS], ids=["layers", "neurons"])
def pair(request: pytest.FixtureRequest, window: Window) -> Iterator[tuple[Here, OnCanvas]]:
    """A drawing on the canvas, and a training of it that has said it is ready."""
    window.enter_formula(request.param)
    here = Here(request.param, open_data("xor"))
    on_canvas = OnCanvas(window.session, window.canvas, here)
    here.told.emit({"event": "ready"})
    yield here, on_canvas
    here.deleteLater()


def test_every_card_holds_its_map_and_every_link_its_weights(
    qtbot: QtBot, window: Window, pair: tuple[Here, OnCanvas]
) -> None:
    here, on_canvas = pair
    qtbot.waitUntil(lambda: bool(on_canvas.maps and on_canvas.carried))
    figure = window.canvas.figure
    learned = set(here.training.graph.parameters)
    cards = {card.id for card in figure.cards}
    assert set(on_canvas.maps) == cards - learned - {"target", "loss"}
    carried = {name for names in on_canvas.carried.values() for name in names}
    assert carried == {name for name in learned if not name.endswith("bias")}
    before = window.canvas.grab().toImage()
    maps = dict(on_canvas.maps)
    here.train(5)
    qtbot.waitUntil(lambda: on_canvas.maps != maps)
    assert window.canvas.grab().toImage() != before
    on_canvas.wishes.wish(maps=False, weights=False)
    assert window.canvas._painter.under is None
    assert not window.canvas._marks
    on_canvas.wishes.wish(maps=True, weights=True)
    assert window.canvas._marks
    window.session.set_values({"x": np.ones((1, 2))})
    window.session.step_into()
    assert not window.canvas._marks  # the numbers of a step come before the maps
    window.session.reset()
    assert window.canvas._marks
    window.session.step_into()
    here.told.emit({"event": "running"})
    here.train()
    qtbot.waitUntil(lambda: bool(window.canvas._marks))
    window.enter_formula("y = x + 1")
    here.accept(here.training.graph)
    here.compare(window.session.graph, here.spec, here.seed)
    assert here.is_stale
    assert not window.canvas._marks
    assert window.canvas._painter.under is None


def test_a_weight_is_edited_on_its_link(
    qtbot: QtBot, window: Window, pair: tuple[Here, OnCanvas]
) -> None:
    here, on_canvas = pair
    qtbot.waitUntil(lambda: bool(on_canvas.carried))
    window.canvas.fit(at_once=True)
    link, names = next(iter(on_canvas.carried.items()))
    click_link(window, link)
    editor = on_canvas.editor
    assert editor.isVisible()
    assert editor.name == names[0]
    told = here.training.network.names[editor.name]
    first = (0,) * here.weights()[told].ndim
    before = here.weights()[told].copy()
    QTest.keyClicks(editor.field, "1.25")
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert here.weights()[told][first] == 1.25
    QTest.keyClick(editor.field, Qt.Key.Key_Up)
    assert here.weights()[told][first] == pytest.approx(1.35)
    QTest.keyClick(editor.field, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert here.weights()[told][first] == pytest.approx(0.35)
    editor.field.selectAll()
    QTest.keyClicks(editor.field, "much")
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert here.weights()[told][first] == pytest.approx(0.35)
    if before.ndim:
        last = tuple(size - 1 for size in before.shape)
        editor.cells.chosen.emit(last)
        editor.field.selectAll()
        QTest.keyClicks(editor.field, "-2")
        QTest.keyClick(editor.field, Qt.Key.Key_Return)
        assert here.weights()[told][last] == -2
    QTest.keyClick(editor.field, Qt.Key.Key_Escape)
    assert not editor.isVisible()
    others = {n: w for n, w in here.weights().items() if n != told}
    fresh = Training(here.training.graph, here.training.data, seed=0).network.weights()
    assert all(np.array_equal(w, fresh[n]) for n, w in others.items())


def click_link(window: Window, link: Any) -> None:
    """Click on a link just behind the card it leaves."""
    canvas = window.canvas
    index = canvas.places.link_index[link]
    (x, y), (to, _) = canvas.places.tails[index].tolist(), canvas.places.heads[index].tolist()
    step = min(12.0, (to - x) / 2)
    click(canvas.viewport(), canvas.mapFromScene(x + step, y))
    assert canvas.selected_link == link


# --- the process that the window starts -----------------------------------------------------------
def test_views_and_edits_reach_the_process(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    """The map of a card moves while another process trains, and a weight is set there."""
    window.enter_formula(MLP)
    session = TrainingSession(window)
    on_canvas = OnCanvas(window.session, window.canvas, session)
    session.start(window.session.graph, "xor", tmp_path / "run", 0, "step")
    try:
        qtbot.waitUntil(
            lambda: bool(on_canvas.carried) and session.state == "paused", timeout=60000
        )
        window.canvas.fit(at_once=True)
        click_link(window, next(iter(on_canvas.carried)))
        editor = on_canvas.editor
        QTest.keyClicks(editor.field, "3.5")
        QTest.keyClick(editor.field, Qt.Key.Key_Return)
        name = f"weight/{editor.name}"
        qtbot.waitUntil(
            lambda: float(on_canvas.weights.arrays[name].flat[0]) == 3.5,  # type: ignore[index]
            timeout=20000,
        )
    finally:
        session.leave()
