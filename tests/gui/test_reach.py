"""The reach lens by keys and clicks; judged by PyTorch's convolution of single cells."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graphlab.gui.lenses.reach import ReachLens
from graphlab.gui.plots.planes import PlanesView
from graphlab.gui.theme import GRID
from graphlab.gui.window import Window

TEXT = "b = parameter(3)\nh = conv2d(x, k, b, padding=1)\nf = sum(relu(h))"


def looking(window: Window, *, is_selected_first: bool = True) -> ReachLens:
    """The lens on the cell in the middle of a convolution, a weight of whose filter is 0."""
    random = np.random.default_rng(0)
    kernels = random.normal(size=(3, 2, 3, 3))
    kernels[0, 0, 1, 1] = 0.0
    window.enter_formula(TEXT)
    window.session.set_values({"x": random.normal(size=(1, 2, 6, 6)), "k": kernels})
    window.session.backward()
    window.canvas.setFocus()
    if is_selected_first:
        select(window, "h")
    QTest.keyClick(window.canvas, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    if not is_selected_first:
        select(window, "h")
    QApplication.processEvents()  # lays out the buttons, so that they can be hit
    return window.lenses.reach


def select(window: Window, card: str) -> None:
    window.canvas.select(card)
    window.canvas.card_clicked.emit(card)


def click_cell(view: PlanesView, tile: int, row: int, column: int) -> None:
    place, (rows, columns) = view.rect_of(tile), view.tiles[tile].cells.shape
    x = place.left() + (column + 0.5) * place.width() / columns
    y = place.top() + (row + 0.5) * place.height() / rows
    point = place.topLeft().toPoint()
    point.setX(round(x))
    point.setY(round(y))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=point)


def test_pictures_are_seen_whole_and_stand_close(window: Window, qtbot: QtBot) -> None:
    lens = looking(window)
    large = np.random.default_rng(1).normal(size=(1, 2, 40, 40))
    window.session.set_values({"x": large})
    window.session.backward()

    def is_packed() -> bool:
        last = [view.rect_of(len(view.tiles) - 1) for view in lens.views]
        return all(
            view.visibleRegion().boundingRect() == view.rect()
            and place.bottom() < view.height()
            and view.width() < max(place.right(), 8 * GRID) + GRID
            for view, place in zip(lens.views, last, strict=True)
        )

    qtbot.waitUntil(is_packed)


@pytest.mark.parametrize("is_selected_first", [True, False])
def test_a_cell_is_made_of_its_window_and_its_filter(
    window: Window, is_selected_first: bool
) -> None:
    lens = looking(window, is_selected_first=is_selected_first)
    assert lens.position == (0, 0, 3, 3)
    of_x, of_k, of_b, own = lens.views
    assert [view.accessibleName() for view in lens.views] == ["x", "k (weight)", "b (bias)", "h"]
    for channel in (0, 1):
        expected = np.zeros((6, 6), dtype=bool)
        expected[2:5, 2:5] = True
        np.testing.assert_array_equal(of_x.tiles[channel].mask, expected)
    assert [tile.at for tile in of_k.tiles] == [(0, 0), (0, 1)]
    assert all(tile.mask.all() for tile in of_k.tiles)
    assert of_b.tiles[0].mask.tolist() == [[True, False, False]]
    click_cell(own, 0, 0, 5)
    assert lens.position == (0, 0, 0, 5)
    assert sum(int(tile.mask.sum()) for tile in lens.views[0].tiles) == 8
    QTest.keyClick(lens.views[-1], Qt.Key.Key_Down)
    assert lens.position == (0, 0, 1, 5)
    lens.boxes[1].setValue(2)
    assert [tile.at[0] for tile in lens.views[1].tiles] == [2, 2]


def test_the_gradient_of_a_cell_comes_from_all_it_goes_into(window: Window) -> None:
    lens = looking(window)
    click_cell(lens.views[0], 1, 0, 2)
    assert (lens.node, lens.position) == ("x", (0, 1, 0, 2))
    QTest.mouseClick(lens.ahead, Qt.MouseButton.LeftButton)
    run = window.session.run
    x, k, b = (torch.tensor(np.array(run.value(name)), requires_grad=True) for name in "xkb")
    torch.relu(torch.nn.functional.conv2d(x, k, b, padding=1)).sum().backward()
    assert x.grad is not None
    told = float(lens.notice.text.rsplit("= ", 1)[1].rstrip(".").replace("−", "-"))
    assert abs(told - float(x.grad[0, 1, 0, 2])) < 5e-4 * max(1.0, abs(told))
    assert len(lens.views[1].tiles) == 3
    assert all(int(tile.mask.sum()) == 6 for tile in lens.views[1].tiles)


def test_what_has_no_cells_is_told(window: Window) -> None:
    lens = looking(window)
    select(window, "f")
    assert "single number" in lens.notice.text
    window.session.reset()
    select(window, "h")
    assert "not been computed" in lens.notice.text
    assert not lens.views
