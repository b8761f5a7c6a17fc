"""A grid of samples with their labels, as one picture; points on the plane as a scatter plot."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from graphlab.data.columns import Array, shown
from graphlab.data.data_set import DataSet
from graphlab.data.samples import COUNT, OUTLINE, Example, Samples, samples_of
from graphlab.errors import DataError
from graphlab.paths import shipped

_COLUMNS, _TILE, _CAPTION, _GAP, _PLOT = 8, 96, 18, 6, 480
_PAPER, _INK = (255, 255, 255), (34, 34, 34)
_COLOURS = np.array(  # Okabe and Ito, told apart by colour-blind people
    [(0, 114, 178), (230, 159, 0), (0, 158, 115), (204, 121, 167), (86, 180, 233), (213, 94, 0)]
)


def preview(data: DataSet, split: str = "train", count: int = COUNT) -> Image.Image:
    """The first samples of a split in an order of its own: images with their class, outlines of
    masks, points and boxes on them; volumes by their middle slice; signals as curves.

    Raises ``DataError`` for an empty split, and for examples that are rows of numbers.
    """
    if not len(data.rows(split)):
        raise DataError(f"the {split} split of {data.name} is empty, so nothing can be drawn")
    samples = samples_of(data, split, count)
    if samples.points is not None:
        return _scatter(samples.points, samples)
    if samples.kind == "rows":
        raise DataError(
            f"{data.name} has examples of {shown(data.fields['x'].shape[1:])} numbers: images, "
            "signals and points of the plane are drawn"
        )
    down = -(-len(samples.examples) // _COLUMNS)
    step = _TILE + _GAP
    page = Image.new("RGB", (_COLUMNS * step + _GAP, down * (step + _CAPTION) + _GAP), _PAPER)
    pen = ImageDraw.Draw(page)
    face = ImageFont.truetype(str(shipped("resources") / "fonts" / "Inter-Regular.otf"), 13)
    for i, example in enumerate(samples.examples):
        left = _GAP + i % _COLUMNS * step
        top = _GAP + i // _COLUMNS * (step + _CAPTION)
        page.paste(_tile(example), (left, top))
        pen.text((left, top + _TILE + 2), example.label, _INK, face)
    return page


def _tile(example: Example) -> Image.Image:
    if example.signal is not None:
        return _curve(example.signal)
    image = Image.fromarray(np.asarray(example.pixels))
    scale = _TILE / max(image.size)
    width, height = (max(1, round(scale * side)) for side in image.size)
    image = image.resize((width, height), Image.Resampling.BOX)
    pen = ImageDraw.Draw(image)
    for x, y in () if example.dots is None else example.dots:
        pen.circle((float(x) * width, float(y) * height), 1.5, OUTLINE)
    for x0, y0, x1, y1 in () if example.boxes is None else example.boxes:
        corners = (x0 * width, y0 * height, x1 * width - 1, y1 * height - 1)
        pen.rectangle(tuple(map(float, corners)), outline=OUTLINE)
    return image


def _curve(signal: Array) -> Image.Image:
    tile = Image.new("RGB", (_TILE, _TILE), (240, 240, 240))
    pen = ImageDraw.Draw(tile)
    reach = max(float(np.ptp(signal)), 1e-12)
    across = np.linspace(4, _TILE - 5, signal.shape[1])
    for channel, colour in zip(signal, np.resize(_COLOURS, (len(signal), 3)), strict=True):
        up = (channel - signal.min()) / reach * (_TILE - 9)
        line = list(zip(across.tolist(), (_TILE - 5 - up).tolist(), strict=True))
        pen.line(line, tuple(int(c) for c in colour), 1)
    return tile


def _scatter(points: Array, samples: Samples) -> Image.Image:
    colour = np.zeros(len(points)) if samples.values is None else samples.values
    page = Image.new("RGB", (_PLOT, _PLOT), _PAPER)
    pen = ImageDraw.Draw(page)
    low, high = points.min(0), points.max(0)
    place = (points - low) / np.maximum(high - low, 1e-12) * (_PLOT - 40) + 20
    share = (colour - colour.min()) / max(float(np.ptp(colour)), 1e-12)
    for (across, up), value, part in zip(place, colour, share, strict=True):
        fixed = _COLOURS[int(value) % len(_COLOURS)]
        mixed = ((1 - part) * _COLOURS[0] + part * _COLOURS[1]).astype(int)
        chosen = fixed if samples.is_whole else mixed
        pen.circle((across, _PLOT - up), 3, tuple(int(c) for c in chosen))
    return page
