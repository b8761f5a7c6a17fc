"""Choosing data in the window: what is offered, opened, shown, drawn by hand and refused."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from graphlab.data import CATALOGUE, GENERATED, SHIPPED, DataSet, catalogue, drawn, open_data
from graphlab.data.opening import Options, parsed, spelled
from graphlab.data.samples import sampled
from graphlab.errors import DataError
from graphlab.graph.gallery import EXHIBITS, gallery
from graphlab.gui.datasets.dialog import DataDialog
from graphlab.gui.datasets.field import DataField
from graphlab.gui.datasets.fitting import fitting
from graphlab.gui.datasets.hand import CLASSES, PointsCanvas
from graphlab.gui.datasets.opening import Opened
from graphlab.gui.session import Session
from graphlab.gui.theme import DARK, LIGHT
from graphlab.train.losses import with_loss

Key = Qt.Key


@pytest.fixture(autouse=True)
def _places_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept or looked for in the person's own folders."""
    monkeypatch.setattr(drawn, "user_data_dir", lambda name: str(tmp_path / "data"))
    monkeypatch.setattr(catalogue, "user_cache_dir", lambda name: str(tmp_path / "cache"))
    monkeypatch.delenv("GRAPHLAB_DATA", raising=False)


@pytest.fixture
def field(qtbot: QtBot) -> DataField:
    session = Session()
    session.begin_with(gallery("lenet-5"))
    shown = DataField(session)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


@pytest.fixture
def asked(field: DataField, qtbot: QtBot) -> Iterator[DataDialog]:
    """The dialog, opened from the field by a click, when the first set is there."""
    QTest.mouseClick(field.button, Qt.MouseButton.LeftButton)
    opened = next(w for w in QApplication.topLevelWidgets() if isinstance(w, DataDialog))
    settle(qtbot, opened)
    yield opened
    if isValid(opened):
        opened.reject()


def settle(qtbot: QtBot, dialog: DataDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.opener.is_busy, timeout=10_000)


def look_at(qtbot: QtBot, dialog: DataDialog, source: str, name: str = "") -> None:
    dialog.choose(source, name)
    settle(qtbot, dialog)


def type_into(field: QWidget, text: str) -> None:
    field.setFocus()
    QTest.keyClick(field, Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, text)


# --- the field ----------------------------------------------------------------------------------
def test_the_field_opens_what_it_is_told_and_says_what_is_in_it(
    field: DataField, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(field.chosen) as told:
        field.spec = "spiral:examples=50"
    judged = open_data("spiral:examples=50")
    assert told.args == [field.spec] == ["spiral:examples=50"]
    for split, rows in judged.splits.items():
        assert f"{split} {len(rows)}" in field.about.text()
    assert field.button.text() == judged.title
    with qtbot.waitSignal(field.chosen):
        field.seed = 7
    assert field.data_set is not None
    judged = open_data("spiral:examples=50", seed=7)
    assert np.array_equal(field.data_set.fields["x"][:], judged.fields["x"][:])
    field.spec = "spirul"
    qtbot.waitUntil(lambda: "did you mean spiral?" in field.notice.text)
    assert field.spec == "spiral:examples=50"


def test_what_fits_the_drawing_is_one_click_away(field: DataField, qtbot: QtBot) -> None:
    qtbot.waitUntil(field.quick.isVisible)
    with qtbot.waitSignal(field.chosen):
        QTest.mouseClick(field.quick, Qt.MouseButton.LeftButton)
    assert field.spec == EXHIBITS["lenet-5"].data
    assert not field.quick.isVisible()


# --- what is offered ----------------------------------------------------------------------------
@pytest.mark.parametrize("name", [n for n, e in EXHIBITS.items() if e.data])
def test_a_network_of_the_gallery_can_learn_from_the_data_it_is_meant_for(name: str) -> None:
    graph, spec = gallery(name), EXHIBITS[name].data
    assert fitting(graph)[0] == spec
    plain, options = parsed(spec)
    assert plain in {**GENERATED, **SHIPPED, **CATALOGUE}
    if plain not in CATALOGUE:
        assert with_loss(graph, open_data(spelled(plain, options))).recipe is not None


def test_the_first_that_fits_is_open_at_once_and_taken_by_return(
    asked: DataDialog, field: DataField, qtbot: QtBot
) -> None:
    assert asked.item.name == EXHIBITS["lenet-5"].data
    with qtbot.waitSignal(field.chosen):
        QTest.keyClick(asked.list, Key.Key_Return)
    assert field.spec == asked.item.name
    assert field.data_set is not None
    assert field.data_set.fields["x"].shape == open_data(field.spec).fields["x"].shape


def test_every_set_that_is_here_shows_samples_in_both_themes(
    asked: DataDialog, qtbot: QtBot
) -> None:
    seen: set[str] = set()
    for place, name in enumerate((*GENERATED, *SHIPPED)):
        asked.set_theme((LIGHT, DARK)[place % 2])
        look_at(qtbot, asked, "generated" if name in GENERATED else "shipped", name)
        assert asked.page.samples.accessibleDescription() != "nothing to show yet"
        assert not asked.page.notice.text
        asked.page.samples.page.grab()
        samples = asked.page.samples.page.samples
        assert samples is not None
        seen.add(samples.kind)
    assert seen == {"images", "signals", "points", "curve"}


def test_settings_make_another_set_and_wrong_ones_are_refused(
    asked: DataDialog, qtbot: QtBot
) -> None:
    look_at(qtbot, asked, "generated", "moons")
    settings = asked.page.settings
    for part, text in ((settings.examples, "60"), (settings.noise, "0"), (settings.split, "1/1/2")):
        type_into(part, text)
    QTest.keyClick(settings.standardise, Key.Key_Space)
    with qtbot.waitSignal(asked.opener.opened) as told:
        pass
    opened: Opened = told.args[0]
    assert parsed(opened.spec) == (
        "moons",
        Options(examples=60, noise=0.0, split=(0.25, 0.25, 0.5), standardise=True),
    )
    sizes = {split: len(rows) for split, rows in opened.data.splits.items()}
    assert sizes == {"train": 15, "validation": 15, "test": 30}
    assert [button.text() for button in asked.page.splits.buttons()] == [
        f"{split} {count}" for split, count in sizes.items()
    ]
    type_into(settings.split, "50/50")
    qtbot.waitUntil(lambda: "three shares" in asked.page.notice.text)
    assert not asked.use.isEnabled()


@pytest.mark.parametrize("spec", ["spiral:examples=5,noise=0.25,split=70/20/10", "a.csv:target=x"])
def test_a_spec_is_spelled_as_it_is_read(spec: str) -> None:
    assert parsed(spelled(*parsed(spec))) == parsed(spec)


# --- over the network ---------------------------------------------------------------------------
def test_the_catalogue_fetches_only_when_asked_with_progress_and_can_be_given_up(
    asked: DataDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []

    def fetch(spec: str, *, seed: int, progress: catalogue.Progress) -> None:
        here = 0
        try:
            while True:
                here += 2**12
                progress("part.gz", here, 2**40)
        finally:
            ended.append(spec)

    monkeypatch.setattr("graphlab.gui.datasets.opening.open_data", fetch)
    look_at(qtbot, asked, "catalogue", "cifar-10")
    page, entry = asked.page, CATALOGUE["cifar-10"]
    assert not ended
    assert not asked.use.isEnabled()
    assert entry.licence in page.facts.text()
    assert "170 MB" in page.facts.text()
    with qtbot.waitSignal(asked.opener.fetching):
        QTest.mouseClick(page.fetch, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "part.gz" in page.notice.text)
    QTest.mouseClick(page.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ended == ["cifar-10"])
    assert not asked.opener.is_busy
    assert page.fetch.isVisible()


def test_without_a_network_one_sentence_says_what_to_do(
    asked: DataDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(spec: str, **settings: object) -> None:
        raise DataError(f"{spec} could not be fetched: connect to the network")

    monkeypatch.setattr("graphlab.gui.datasets.opening.open_data", refuse)
    look_at(qtbot, asked, "catalogue", "bbbc039")
    QTest.mouseClick(asked.page.fetch, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "connect to the network" in asked.page.notice.text)


# --- one's own ----------------------------------------------------------------------------------
def test_a_folder_is_opened_and_what_is_wrong_in_it_is_listed(
    asked: DataDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    for kind in ("cat", "dog"):
        (tmp_path / "pets" / kind).mkdir(parents=True)
        for i in range(4):
            pixels = random.integers(0, 255, (6, 8, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / kind / f"{i}.png")
    (tmp_path / "pets" / "cat" / "bad.png").write_bytes(b"nothing")
    look_at(qtbot, asked, "own")
    assert not asked.use.isEnabled()
    QTest.keyClicks(asked.page.own.path, str(tmp_path / "pets"))
    QTest.keyClick(asked.page.own.path, Key.Key_Return)
    qtbot.waitUntil(asked.use.isEnabled)
    assert asked.isVisible()
    assert asked.page.problems.count() == 1
    assert "bad.png" in asked.page.problems.item(0).text()
    labels = {
        example.label for example in sampled(open_data(str(tmp_path / "pets")))["train"].examples
    }
    assert labels == {"cat", "dog"}


# --- by hand ------------------------------------------------------------------------------------
def test_points_are_drawn_by_mouse_and_keys_and_used_at_once(
    asked: DataDialog, field: DataField, qtbot: QtBot, tmp_path: Path
) -> None:
    look_at(qtbot, asked, "hand")
    hand = asked.page.hand
    canvas = hand.canvas
    assert not asked.use.isEnabled()

    def click(x: float, y: float, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        QTest.mouseClick(canvas, button, pos=canvas.plane.place(x, y).toPoint())

    drawn_points = [(-0.5, 0.5, 0), (-0.4, -0.3, 0), (0.5, 0.25, 1), (0.75, 0.75, 1)]
    for x, y, kind in drawn_points:
        QTest.keyClick(canvas, Key(Key.Key_1 + kind))
        click(x, y)
    click(0.0, -0.9)
    click(0.0, -0.9, Qt.MouseButton.RightButton)
    QTest.keyClick(canvas, Key.Key_3)
    canvas.setFocus()
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Up, Key.Key_Space):
        QTest.keyClick(canvas, key)
    QTest.keyClick(canvas, Key.Key_Space)
    QTest.keyClick(canvas, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert canvas.points.classes == (0, 0, 1, 1, 2)
    with qtbot.waitSignal(field.chosen):
        QTest.mouseClick(asked.use, Qt.MouseButton.LeftButton)
    assert Path(field.spec).is_relative_to(tmp_path)
    data = open_data(field.spec)
    pixel = 2 / canvas.plane.inside.width()
    expected = [*(p[:2] for p in drawn_points), (0.04, 0.02)]
    assert np.allclose(data.fields["x"][:], expected, atol=pixel)
    assert data.fields["y"][:].tolist() == [0, 0, 1, 1, 2]
    assert data.classes == ("blue", "orange", "green")


def test_every_change_of_many_points_is_taken_back_and_costs_little(qtbot: QtBot) -> None:
    canvas, chance = PointsCanvas(), np.random.default_rng(0)
    qtbot.addWidget(canvas)
    canvas.resize(400, 400)
    before = [canvas.points]
    tracemalloc.start()
    for turn in range(1500):
        at = canvas.plane.place(*chance.uniform(-1, 1, 2)).toPoint()
        canvas.choose(turn % CLASSES)
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 4 * 2**20
    for turn in range(30):
        before.append(canvas.points)
        if turn == 20:
            canvas.clear()
        place = before[-1].places[turn] if turn < 20 else (0.02 * turn, 0.0)
        button = Qt.MouseButton.RightButton if turn < 20 else Qt.MouseButton.LeftButton
        QTest.mouseClick(canvas, button, pos=canvas.plane.place(*place).toPoint())
    assert len({len(points) for points in before}) > 20
    seen = [canvas.points]
    while canvas.can_undo:
        canvas.undo()
        seen.append(canvas.points)
    assert seen[-1] == before[0]
    assert all(points in seen for points in before)


def test_a_stroke_leaves_points_and_kept_ones_come_back(
    field: DataField, qtbot: QtBot, tmp_path: Path
) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (9, 2)).round(4)
    path = drawn.drawn_folder() / "mine.npz"
    drawn.keep_points(path, x, np.arange(9) % 3, classes=("a", "b", "c"))
    field.spec = str(path)
    qtbot.waitUntil(lambda: field.spec == str(path))
    field.ask()
    asked = next(w for w in QApplication.topLevelWidgets() if isinstance(w, DataDialog))
    settle(qtbot, asked)
    canvas = asked.page.hand.canvas
    assert np.allclose(canvas.points.as_arrays()[0], x, atol=1e-4)
    before = len(canvas.points)
    start, end = (canvas.plane.place(*p).toPoint() for p in ((-0.9, -0.9), (0.9, -0.9)))
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for part in range(1, 11):
        QTest.mouseMove(canvas, start + QPoint((end - start).x() * part // 10, 0))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)
    assert len(canvas.points) > before + 5
    asked.reject()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Until it is set, moons and files of points take their time to open."""
    event = Event()

    def slow(spec: str, **more: Any) -> DataSet:
        if "moons" in spec or ".npz" in spec:
            assert event.wait(10)
        return open_data(spec, **more)

    monkeypatch.setattr("graphlab.gui.datasets.opening.open_data", slow)
    yield event
    event.set()


def test_what_is_chosen_in_the_dialog_stays_though_an_earlier_opening_was_slow(
    field: DataField, gate: Event, qtbot: QtBot
) -> None:
    field.spec = "moons"
    field.ask()
    asked = next(w for w in QApplication.topLevelWidgets() if isinstance(w, DataDialog))
    look_at(qtbot, asked, "generated", "xor")
    with qtbot.waitSignal(field.chosen):
        QTest.mouseClick(asked.use, Qt.MouseButton.LeftButton)
    assert not field.opener.is_busy
    gate.set()
    assert field.spec == "xor"


@pytest.mark.parametrize("is_given_up", [True, False])
def test_another_set_is_not_taken_where_points_were_about_to_be(
    asked: DataDialog, field: DataField, gate: Event, qtbot: QtBot, is_given_up: bool
) -> None:
    look_at(qtbot, asked, "hand")
    canvas = asked.page.hand.canvas
    for x in (-0.5, 0.5):
        QTest.mouseClick(
            canvas, Qt.MouseButton.LeftButton, pos=canvas.plane.place(x, 0.0).toPoint()
        )
    QTest.mouseClick(asked.use, Qt.MouseButton.LeftButton)
    assert asked.opener.is_busy
    if is_given_up:
        QTest.mouseClick(asked.page.stop, Qt.MouseButton.LeftButton)
    look_at(qtbot, asked, "generated", "circles")
    assert asked.isVisible()
    assert asked.use.isEnabled()
    assert not field.spec


# --- who does not see or has no mouse -----------------------------------------------------------
def test_everything_is_reached_by_tab_and_has_a_name(asked: DataDialog, qtbot: QtBot) -> None:
    look_at(qtbot, asked, "generated", "moons")
    asked.list.setFocus()
    reached: list[QWidget] = []
    while (now := QApplication.focusWidget()) is not None and now not in reached:
        reached.append(now)
        QTest.keyClick(now, Key.Key_Tab)
    settings = asked.page.settings
    wanted = {asked.list, settings.noise, settings.split, settings.standardise, asked.use}
    assert wanted <= set(reached)
    for widget in reached:
        text = getattr(widget, "text", str)()
        assert widget.accessibleName() or text, widget
