"""Masks of several classes and images with several boxes, as they are painted and written about."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from graphlab.gui.results.overlays import BoxesTab, MasksTab
from graphlab.gui.results.painting import GIVEN, TRUE, masked
from graphlab.gui.results.predictions import PredictionsTab
from graphlab.gui.window import Window
from tests.gui.test_results import Here, near, rgb, shown
from tests.train.test_views_of_several import finding, segmenting


def here_with(training: object) -> Here:
    """A session around a training that is there already."""
    made = Here.__new__(Here)
    super(Here, made).__init__()
    made.training, made.state, made.asked = training, "paused", []  # type: ignore[assignment]
    return made


def test_a_class_taken_for_another_is_painted_as_wrong() -> None:
    pixels = np.zeros((40, 40), np.uint8)
    true, told = np.zeros((2, 40, 40), np.uint8)
    true[5:20, 5:20], true[25:35, 5:20] = 1, 2
    told[5:20, 5:20], told[25:35, 5:15] = 2, 2
    made = masked(pixels, true, told)
    assert near(made, 10, 10, GIVEN)  # one for two
    assert rgb(made, 10, 30) == (0, 0, 0)  # two as two
    assert near(made, 17, 30, TRUE)  # two as none
    assert rgb(made, 5, 30) == rgb(made, 5, 10) == (255, 255, 255)


@pytest.mark.parametrize("classes", [2, 4])
def test_masks_are_written_about_by_class(classes: int, qtbot: QtBot, window: Window) -> None:
    tab = shown(qtbot, window, here_with(segmenting(classes)), MasksTab)
    found = tab.watcher.arrays
    for k, tile in enumerate(tab.pictures.tiles):
        assert tile.caption == f"IoU {found['scores'][k]:.3f}"
        assert tile.more.startswith(f"Dice {found['dice'][k]:.3f}")
        assert ("class" in tile.tip) is (classes > 2)
        for c, iou in enumerate(found["class_scores"][k] if classes > 2 else ()):
            told = f"class {c}: IoU {iou:.3f}, Dice {found['class_dice'][k, c]:.3f}"
            assert (told in tile.tip) is not np.isnan(iou)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("kind", [PredictionsTab, BoxesTab])
def test_every_box_is_painted(count: int, kind: type, qtbot: QtBot, window: Window) -> None:
    tab = shown(qtbot, window, here_with(finding(count)), kind)
    found, tiles = tab.watcher.arrays, tab.pictures.tiles
    lead = "_boxes" if kind is PredictionsTab else ""
    for k, tile in enumerate(tiles[:4]):
        wide, high = tile.image.width(), tile.image.height()
        for boxes, colour, least in ((f"true{lead}", TRUE, 0.3), (f"predicted{lead}", GIVEN, 0.2)):
            for x0, y0, x1, y1 in found[boxes][k]:
                across = np.linspace(x0, x1, 60)[3:-3] * wide
                edge = [(int(x), int(y * high)) for x in across for y in (y0, y1)]
                inside = [(min(x, wide - 1), min(y, high - 1)) for x, y in edge]
                hits = [near(tile.image, x, y, colour) for x, y in inside]
                assert x1 < 0 or np.mean(hits) > least  # some of it lies under another box
        if kind is PredictionsTab:
            is_right = np.array_equal(found["predicted"][k], found["true"][k])
            assert tile.is_wrong is not is_right
            assert tile.caption[0] == ("✓" if is_right else "✗")
            assert len(tile.caption.split(", ")) == count
