"""A grid of samples with their labels, as one picture; points on the plane as a scatter plot."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from graphlab.data.columns import Array
from graphlab.data.data_set import DataSet
from graphlab.errors import DataError
from graphlab.paths import shipped

_COLUMNS, _TILE, _CAPTION, _GAP, _PLOT = 8, 96, 18, 6, 480
_MOST_POINTS = 4000
_PAPER, _INK = (255, 255, 255), (34, 34, 34)
_COLOURS = np.array(  # Okabe and Ito, told apart by colour-blind people
    [(0, 114, 178), (230, 159, 0), (0, 158, 115), (204, 121, 167), (86, 180, 233), (213, 94, 0)]
)


def preview(data: DataSet, split: str = "train", count: int = 32) -> Image.Image:
    """The first samples of a split in an order of its own: images with their class, outlines of
    masks, points and boxes on them; volumes by their middle slice.

    Raises ``DataError`` for examples that are neither images nor two numbers.
    """
    rows = data.rows(split)
    if not len(rows):
        raise DataError(f"the {split} split of {data.name} is empty, so nothing can be drawn")
    shape = data.fields["x"].shape[1:]
    if shape == (2,):
        return _scatter(data.take(rows[:_MOST_POINTS]))
    if len(shape) not in (3, 4):
        raise DataError(
            f"{data.name} has examples of the shape {shape}: images and points are drawn"
        )
    chosen = np.random.default_rng(0).permutation(rows)[:count]
    sample = data.take(chosen)
    down = -(-len(chosen) // _COLUMNS)
    step = _TILE + _GAP
    page = Image.new("RGB", (_COLUMNS * step + _GAP, down * (step + _CAPTION) + _GAP), _PAPER)
    pen = ImageDraw.Draw(page)
    face = ImageFont.truetype(str(shipped("resources") / "fonts" / "Inter-Regular.otf"), 13)
    for i in range(len(chosen)):
        left = _GAP + i % _COLUMNS * step
        top = _GAP + i // _COLUMNS * (step + _CAPTION)
        page.paste(_tile({name: values[i] for name, values in sample.items()}), (left, top))
        words = _caption(data, {name: values[i] for name, values in sample.items()})
        pen.text((left, top + _TILE + 2), words, _INK, face)
    return page


def _tile(example: dict[str, Array]) -> Image.Image:
    pixels = example["x"]
    mask, height, width = example.get("mask"), *pixels.shape[-2:]
    if pixels.ndim == 4:
        middle = pixels.shape[1] // 2
        pixels, mask = pixels[:, middle], None if mask is None else mask[:, middle]
    low, high = float(pixels.min()), float(pixels.max())
    if not 0 <= low <= high <= 1:
        pixels = (pixels - low) / max(high - low, 1e-12)
    image = Image.fromarray((255 * pixels[[0, 0, 0] if len(pixels) < 3 else [0, 1, 2]]).round()
                            .astype(np.uint8).transpose(1, 2, 0))  # fmt: skip
    image = image.resize((_TILE, _TILE), Image.Resampling.NEAREST)
    if mask is not None:
        _outline(image, mask[0])
    pen = ImageDraw.Draw(image)
    for y, x in (p for p in example.get("points", ()) if p[0] >= 0):
        at = (x + 0.5) * _TILE / width, (y + 0.5) * _TILE / height
        pen.circle(at, 1.5, tuple(_COLOURS[1]))
    for x0, y0, x1, y1 in (b for b in example.get("boxes", ()) if b[0] >= 0):
        corners = [x0 * _TILE, y0 * _TILE, x1 * _TILE - 1, y1 * _TILE - 1]
        pen.rectangle(corners, outline=tuple(_COLOURS[1]))
    return image


def _outline(image: Image.Image, mask: Array) -> None:
    inside = Image.fromarray((mask > 0).astype(np.uint8) * 255)
    large = np.asarray(inside.resize(image.size, Image.Resampling.NEAREST)) > 0
    core = large.copy()
    core[1:-1, 1:-1] = (
        large[1:-1, 1:-1] & large[:-2, 1:-1] & large[2:, 1:-1] & large[1:-1, :-2] & large[1:-1, 2:]
    )
    image.paste(tuple(_COLOURS[1]), mask=Image.fromarray(((large & ~core) * 255).astype(np.uint8)))


def _caption(data: DataSet, example: dict[str, Array]) -> str:
    if data.task == "classes":
        return data.classes[int(example["y"])]
    if "count" in example:
        return f"{int(example['count'])}"
    if "box_classes" in example and data.classes:
        return ", ".join(data.classes[int(k)] for k in example["box_classes"] if k >= 0)
    return ""


def _scatter(points: dict[str, Array]) -> Image.Image:
    x = points["x"]
    colour = points.get("y", points.get("mode", np.zeros(len(x)))).reshape(len(x), -1)[:, 0]
    whole = bool((colour == colour.round()).all())
    page = Image.new("RGB", (_PLOT, _PLOT), _PAPER)
    pen = ImageDraw.Draw(page)
    low, high = x.min(0), x.max(0)
    place = (x - low) / np.maximum(high - low, 1e-12) * (_PLOT - 40) + 20
    share = (colour - colour.min()) / max(float(np.ptp(colour)), 1e-12)
    for (across, up), value, part in zip(place, colour, share, strict=True):
        fixed = _COLOURS[int(value) % len(_COLOURS)]
        mixed = fixed if whole else ((1 - part) * _COLOURS[0] + part * _COLOURS[1]).astype(int)
        pen.circle((across, _PLOT - up), 3, tuple(int(c) for c in mixed))
    return page
