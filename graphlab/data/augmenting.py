"""Training images changed by chance, and everything that is said of them changed alike.

What is drawn is a function of the seed, the epoch and the batch alone, so a run that is resumed
sees the very bytes that an unbroken one sees.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from graphlab.data.columns import Array
from graphlab.data.data_set import DataSet
from graphlab.errors import DataError

IMAGES = ("x", "mask", "labels", "density")
"""Fields whose last two axes are the image's height and width."""

_TOLD_BY = {"count": "points", "box_classes": "boxes"}
"""What a field follows from, where part of an image is lost."""

_SLIVER = 1e-3  # of a pixel, to which rounding may leave a box that is outside
_STREAM = 1  # apart from the draws that order the rows or feed noise


class Settings(Protocol):
    """What may happen to an image: see ``graph.recipe.Augment``."""

    @property
    def flips(self) -> str: ...
    @property
    def turns(self) -> bool: ...
    @property
    def crop(self) -> int: ...
    @property
    def shift(self) -> int: ...
    @property
    def brightness(self) -> float: ...


@dataclass(frozen=True)
class Draw:
    """What happens to each of n images: a window at ``top``, ``left`` is cut out, transposed where
    ``is_turned``, and then mirrored down or across; its values are multiplied by ``factor``."""

    top: NDArray[np.intp]
    left: NDArray[np.intp]
    is_turned: NDArray[np.bool_]
    is_flipped_down: NDArray[np.bool_]
    is_flipped_across: NDArray[np.bool_]
    factor: NDArray[np.float32]


class Augmenting:
    """Changes batches of a data set as some settings say.

    ``reads`` are the fields that a batch must have for ``names`` to be changed; ``window`` is the
    height and width that images have then.
    """

    def __init__(
        self, settings: Settings, data: DataSet, names: Iterable[str], seed: int = 0
    ) -> None:
        """Raises ``DataError`` where the data or the settings do not allow it."""
        self.settings, self.data, self.seed = settings, data, seed
        self.names = tuple(names)
        shape = data.fields["x"].shape
        if len(shape) < 4:
            raise DataError(
                f"augmentation changes images, and x of {data.name} has {len(shape) - 1} axes an "
                "example: leave it out"
            )
        self.whole = (int(shape[-2]), int(shape[-1]))
        side = settings.crop
        self.window = (side, side) if side else self.whole
        self._check()
        behind = [_TOLD_BY[name] for name in self.names if self.moves and name in _TOLD_BY]
        self.reads = tuple(dict.fromkeys((*self.names, *behind)))

    @property
    def moves(self) -> bool:
        """Whether something of an image may fall outside."""
        return self.window != self.whole or self.settings.shift > 0

    def _check(self) -> None:
        (height, width), side, name = self.whole, self.settings.crop, self.data.name
        if side > min(height, width):
            raise DataError(
                f"crops of {side}×{side} do not fit into images of {height}×{width}: take at most "
                f"{min(height, width)}"
            )
        if self.settings.turns and self.window[0] != self.window[1]:
            raise DataError(
                f"a quarter turn makes {width}×{height} of {height}×{width}, and a batch has one "
                "size: crop to a square, as in crop=128, or leave the turns out"
            )
        if self.moves and "y" in self.names and self.data.task == "boxes":
            raise DataError(
                f"a crop or shift may cut the one box of an image of {name} away: use flips, turns "
                "and brightness"
            )
        if self.moves and "count" in self.names and "points" not in self.data.fields:
            raise DataError(
                f"{name} says how many there are and not where, so nothing tells how many a crop "
                "or shift leaves: use flips, turns and brightness"
            )

    # --- by chance ------------------------------------------------------------------------------
    def draw(self, count: int, epoch: int, batch: int) -> Draw:
        """What happens to each image of a batch; all is drawn, whether it is used or not, so that
        two settings share what both have."""
        random = np.random.default_rng((self.seed, epoch, batch, _STREAM))
        corners = random.random((2, count))
        shifts = random.random((2, count))
        turns = random.integers(0, 4, count) * self.settings.turns
        flips = random.integers(0, 2, (2, count)).astype(bool)
        bright = random.uniform(-1, 1, count) * self.settings.brightness
        flips[0] &= self.settings.flips == "both"
        flips[1] &= self.settings.flips in ("both", "sideways")
        room = [[size - inside + 1] for size, inside in zip(self.whole, self.window, strict=True)]
        reach = self.settings.shift
        start = np.floor(corners * room) + np.floor(shifts * (2 * reach + 1)) - reach
        top, left = start.astype(np.intp)
        return Draw(
            top,
            left,
            turns % 2 == 1,
            flips[0] ^ (turns % 4 >= 1) ^ (turns == 3),
            flips[1] ^ (turns >= 2),
            (1 + bright).astype(np.float32),
        )

    def __call__(self, batch: dict[str, Array], epoch: int, index: int) -> dict[str, Array]:
        """The fields of ``names``, changed; each image's own way."""
        draw = self.draw(len(next(iter(batch.values()))), epoch, index)
        found = {name: self._changed(name, batch[name], draw) for name in self.reads}
        if "count" in found and self.moves:
            found["count"] = (found["points"][..., 0] >= 0).sum(1).astype(np.float32)
        if "box_classes" in found and self.moves:
            found["box_classes"] = np.where(found["boxes"][..., 0] < 0, -1, found["box_classes"])
        return {name: found[name] for name in self.names}

    # --- field by field ---------------------------------------------------------------------------
    def _changed(self, name: str, values: Array, draw: Draw) -> Array:
        if name in IMAGES:
            moved = self._image(values, draw)
            if name == "x" and self.settings.brightness:
                moved *= draw.factor.reshape(-1, *[1] * (moved.ndim - 1))
            return moved
        if name == "points":
            return self._points(values, draw)
        if name == "boxes" or (name == "y" and self.data.task == "boxes"):
            return self._boxes(values, draw)
        return values

    def _image(self, values: Array, draw: Draw) -> Array:
        """(n, …, height, width); what comes in from beyond the border is 0."""
        height, width = self.window
        down, across = np.arange(height), np.arange(width)
        y = np.where(draw.is_flipped_down[:, None], down[::-1], down)[:, :, None]
        x = np.where(draw.is_flipped_across[:, None], across[::-1], across)[:, None, :]
        turned = draw.is_turned[:, None, None]
        rows = draw.top[:, None, None] + np.where(turned, x, y)
        columns = draw.left[:, None, None] + np.where(turned, y, x)
        places = rows.clip(0, self.whole[0] - 1) * self.whole[1]
        places = (places + columns.clip(0, self.whole[1] - 1)).reshape(len(values), 1, -1)
        flat = values.reshape(len(values), -1, self.whole[0] * self.whole[1])
        moved: Array = np.take_along_axis(flat, places, 2)
        moved = moved.reshape(*values.shape[:-2], height, width)
        if self.settings.shift:
            inside = (rows >= 0) & (rows < self.whole[0])
            inside &= (columns >= 0) & (columns < self.whole[1])
            moved *= inside.reshape(len(values), *[1] * (values.ndim - 3), height, width)
        return moved

    def _points(self, values: Array, draw: Draw) -> Array:
        """(n, K, 2) as y, x of pixels, whose centres are whole numbers; −1 for one that is lost."""
        lies = values[..., 0] >= 0
        moved = self._placed(values[..., 0], values[..., 1], draw, last=1.0)
        found = np.stack(moved, -1)
        height, width = self.window
        lies &= (found >= -0.5).all(-1) & (found < np.array([height, width]) - 0.5).all(-1)
        found = np.where(lies[..., None], found.clip(0), -1)
        order = np.argsort(~lies, 1, kind="stable")
        return np.take_along_axis(found, order[..., None], 1).astype(np.float32)

    def _boxes(self, values: Array, draw: Draw) -> Array:
        """(n, …, 4) as x0, y0, x1, y1 in shares; −1 for one that is lost."""
        boxes = values.reshape(len(values), -1, 4)
        lies = (boxes >= 0).all(-1)
        scale = np.array([self.whole[1], self.whole[0]])
        corners = boxes.reshape(len(boxes), -1, 2) * scale
        y, x = self._placed(corners[..., 1], corners[..., 0], draw, last=0.0)
        ends = np.stack([x, y], -1).reshape(*boxes.shape[:2], 2, 2)
        inner = np.array([self.window[1], self.window[0]])
        low, high = ends.min(2).clip(0, inner), ends.max(2).clip(0, inner)
        lies &= (high - low > _SLIVER).all(-1)
        found = np.concatenate([low / inner, high / inner], -1)
        return np.where(lies[..., None], found, -1).astype(np.float32).reshape(values.shape)

    def _placed(self, y: Array, x: Array, draw: Draw, last: float) -> tuple[Array, Array]:
        """Where (n, K) coordinates of the whole image lie in the window.

        ``last`` is 1 for the centres of pixels, the last of which is size − 1, and 0 for edges.
        """
        y, x = y - draw.top[:, None], x - draw.left[:, None]
        turned = draw.is_turned[:, None]
        y, x = np.where(turned, x, y), np.where(turned, y, x)
        y = np.where(draw.is_flipped_down[:, None], self.window[0] - last - y, y)
        x = np.where(draw.is_flipped_across[:, None], self.window[1] - last - x, x)
        return y, x
