"""Single examples with what the network says of them, the worst first; inputs beside outputs."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtWidgets import QWidget

from graphlab.engine.numbers import show_number
from graphlab.gui.results.painting import boxed
from graphlab.gui.results.pictures import Pictures, Tile
from graphlab.gui.results.tab import ResultTab
from graphlab.gui.results.tiles import input_tiles, side_by_side
from graphlab.gui.results.watching import Arrays, lines, scope
from graphlab.gui.session import Session
from graphlab.gui.training.session import TrainingSession


class PredictionsTab(ResultTab):
    """A grid: what it is and what the network says, with its loss in the tip."""

    view = "predictions"
    has_order = True

    def __init__(
        self, session: Session, training: TrainingSession, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, training, parent)
        self.pictures = Pictures("Predictions")
        self.body.addWidget(self.pictures, 1)

    def words(self, arrays: Arrays) -> str:
        how = "largest loss first" if self.worst.isChecked() else "as they come"
        return f"{len(arrays['rows'])} of {scope(arrays)}, {how} · ✗ wrong"

    def show_arrays(self, arrays: Arrays) -> None:
        tiles = input_tiles(arrays, self.theme)
        if "true_boxes" in arrays:
            names = ("images", "true_boxes", "predicted_boxes")
            drawn = zip(*(arrays[name] for name in names), strict=True)
            pairs = zip(tiles, drawn, strict=True)
            tiles = [tile._replace(image=boxed(*one), is_smooth=True) for tile, one in pairs]
        classes = lines(arrays["classes"]) if "classes" in arrays else []
        shown = [_said(tile, arrays, k, classes) for k, tile in enumerate(tiles)]
        self.pictures.show_tiles(shown, self.theme)


class ReconstructionsTab(ResultTab):
    """A grid: what went in, and on its right what came out."""

    view = "reconstructions"
    has_order = True

    def __init__(
        self, session: Session, training: TrainingSession, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, training, parent)
        self.pictures = Pictures("Inputs and what came out")
        self.body.addWidget(self.pictures, 1)

    def words(self, arrays: Arrays) -> str:
        return (
            f"{len(arrays['rows'])} of {scope(arrays)} · left: what went in, right: what came out"
        )

    def show_arrays(self, arrays: Arrays) -> None:
        tiles = side_by_side(arrays, "given/", "made/", self.theme)
        losses = arrays["losses"].tolist()
        self.pictures.show_tiles(
            [
                tile._replace(caption=f"loss {show_number(loss)}", tip=f"row {row} of the data")
                for tile, loss, row in zip(tiles, losses, arrays["rows"].tolist(), strict=True)
            ],
            self.theme,
        )


def _said(tile: Tile, arrays: Arrays, k: int, classes: list[str]) -> Tile:
    """A tile with what is true and what was said of it."""
    row, loss = int(arrays["rows"][k]), float(arrays["losses"][k])
    tip = f"row {row} of the data, loss {show_number(loss)}"
    if not classes:
        said, wanted = (_numbers(arrays[name][k]) for name in ("predicted", "true"))
        return tile._replace(caption=f"says {said}", more=f"is {wanted}", tip=tip)
    if arrays["true"].ndim > 1:
        return _of_boxes(tile, arrays, k, classes)
    told, true = int(arrays["predicted"][k]), int(arrays["true"][k])
    chance, right = float(arrays["chances"][k]), float(arrays["right"][k])
    tip += _sure(classes[told], chance)
    if told == true:
        return tile._replace(caption=f"✓ {classes[true]}", more=" ", tip=tip)
    tip += _sure(classes[true], right)
    return tile._replace(
        caption=f"✗ {classes[told]}", more=f"is {classes[true]}", tip=tip, is_wrong=True
    )


def _of_boxes(tile: Tile, arrays: Arrays, k: int, classes: list[str]) -> Tile:
    """A tile with the classes of its boxes, in their order; what is no box is not judged."""
    row, loss, lies = int(arrays["rows"][k]), float(arrays["losses"][k]), arrays["true"][k] >= 0
    told, true = arrays["predicted"][k][lies].tolist(), arrays["true"][k][lies].tolist()
    said, wanted = (", ".join(classes[i] for i in ids[:3]) for ids in (told, true))
    rest = "…" if len(true) > 3 else ""
    tip = f"row {row} of the data, loss {show_number(loss)}"
    for a, b, chance in zip(told, true, arrays["chances"][k][lies].tolist(), strict=True):
        tip += _sure(classes[a], chance) + ("" if a == b else f", is {classes[b]}")
    if told == true:
        return tile._replace(caption=f"✓ {said}{rest}", more=" ", tip=tip)
    return tile._replace(
        caption=f"✗ {said}{rest}", more=f"is {wanted}{rest}", tip=tip, is_wrong=True
    )


def _sure(name: str, chance: float) -> str:
    """How likely the network takes a class to be, where its scores say so."""
    return f"\n{name}: {100 * chance:.1f} %" if math.isfinite(chance) else ""


def _numbers(values: object) -> str:
    flat = np.ravel(np.asarray(values))
    return ", ".join(show_number(float(x)) for x in flat[:3]) + ("…" if len(flat) > 3 else "")
