"""Masks, density maps and boxes over their images, those that are furthest off first."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QWidget

from graphlab.engine.numbers import show_number
from graphlab.gui.results.painting import boxed, dense, masked
from graphlab.gui.results.pictures import Pictures, Tile
from graphlab.gui.results.tab import ResultTab
from graphlab.gui.results.watching import Arrays, scope
from graphlab.gui.session import Session
from graphlab.gui.theme import GRID
from graphlab.gui.training.session import TrainingSession


class OverlayTab(ResultTab):
    """Images with what the network finds on them; subclasses lay it over."""

    has_order = True
    legend = ""

    def __init__(
        self, session: Session, training: TrainingSession, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, training, parent)
        self.pictures = Pictures("Images with what was found on them", 17 * GRID)
        self.body.addWidget(self.pictures, 1)

    def words(self, arrays: Arrays) -> str:
        return f"{len(arrays['rows'])} of {scope(arrays)} · {self.legend}"

    def show_arrays(self, arrays: Arrays) -> None:
        tiles = [
            self.tile(arrays, k)._replace(tip=self.tip(arrays, k, row), is_smooth=True)
            for k, row in enumerate(arrays["rows"].tolist())
        ]
        self.pictures.show_tiles(tiles, self.theme)

    def tile(self, arrays: Arrays, k: int) -> Tile:
        """One image with what is laid over it."""
        raise NotImplementedError

    def tip(self, _arrays: Arrays, _k: int, row: int) -> str:
        """What is said of one image where the pointer is on it."""
        return f"row {row} of the data"


class MasksTab(OverlayTab):
    """What was missed, and what was found where nothing is."""

    view = "masks"
    legend = "blue: missed · orange: found where nothing is · white: the true outline"

    def tile(self, arrays: Arrays, k: int) -> Tile:
        image = masked(*(arrays[name][k] for name in ("images", "true", "predicted")))
        iou, dice = (float(arrays[name][k]) for name in ("scores", "dice"))
        return Tile(image, f"IoU {iou:.3f}", f"Dice {dice:.3f}")

    def tip(self, arrays: Arrays, k: int, row: int) -> str:
        told = [super().tip(arrays, k, row)]
        if "class_scores" in arrays:
            told.append("mean over the classes that occur")
            pairs = zip(arrays["class_scores"][k], arrays["class_dice"][k], strict=True)
            told += [
                f"class {c}: IoU {iou:.3f}, Dice {dice:.3f}"
                for c, (iou, dice) in enumerate(pairs)
                if not math.isnan(iou)
            ]
        return "\n".join(told)


class DensityTab(OverlayTab):
    """The predicted map, and rings around the true places."""

    view = "density"
    legend = "orange: what the network counts · blue rings: the true places"

    def tile(self, arrays: Arrays, k: int) -> Tile:
        points = arrays["points"][k] if "points" in arrays else None
        image = dense(arrays["images"][k], arrays["predicted"][k], points)
        true, counted = (float(x) for x in arrays["counts"][k])
        most = show_number(float(arrays["predicted"][k].max()))
        return Tile(image, f"counts {counted:.1f} of {true:.0f}", f"at most {most} a pixel")


class BoxesTab(OverlayTab):
    """The true box, and the predicted one."""

    view = "boxes"
    legend = "blue: the true box · orange, dashed: the predicted one"

    def tile(self, arrays: Arrays, k: int) -> Tile:
        image = boxed(*(arrays[name][k] for name in ("images", "true", "predicted")))
        return Tile(image, f"IoU {float(arrays['scores'][k]):.3f}")
