"""Some examples of a data set as they are looked at: pixels, curves, points or rows of numbers.

Everything slow is done here, away from any window: files are decoded, pixels brought to the size
of a thumbnail, the outlines of masks drawn in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from graphlab.data.columns import Array
from graphlab.data.data_set import DataSet

Kind = Literal["images", "signals", "points", "curve", "rows"]

COUNT = 24
MOST_POINTS = 1500
MOST_FEATURES = 8
OUTLINE = (230, 159, 0)  # orange of Okabe and Ito, told from grey by everyone

_SIDE = 192  # pixels that a thumbnail's longer side has at least, and an image's at most


@dataclass(frozen=True)
class Example:
    """One example: ``pixels`` (H, W, 3) of 8 bits, a ``signal`` (C, L), or ``numbers`` (features).

    ``dots`` (K, 2) and ``boxes`` (K, 4) are x, y and x0, y0, x1, y1 as shares of the image.
    """

    row: int
    label: str
    pixels: Array | None = None
    signal: Array | None = None
    numbers: Array | None = None
    dots: Array | None = None
    boxes: Array | None = None


@dataclass(frozen=True)
class Samples:
    """Examples of one split in random order; points of the plane are all in ``points`` (N, 2).

    ``values`` (N) says what each point is: the place of its class where ``is_whole``, else a
    height.  ``names`` are the columns of rows, the axes of points.  ``note`` says what the pictures
    do not show.
    """

    kind: Kind
    examples: tuple[Example, ...] = ()
    points: Array | None = None
    values: Array | None = None
    is_whole: bool = False
    names: tuple[str, ...] = ()
    note: str = ""


def sampled(data: DataSet, count: int = COUNT) -> Mapping[str, Samples]:
    """Samples of every split that has examples."""
    return {
        split: samples_of(data, split, count) for split, rows in data.splits.items() if len(rows)
    }


def samples_of(data: DataSet, split: str, count: int = COUNT) -> Samples:
    """Samples of one split, which has examples."""
    rows, shape = data.rows(split), data.fields["x"].shape[1:]
    order = np.random.default_rng(0).permutation(rows)
    is_curve = shape == (1,) and data.task == "regression"
    if shape == (2,) or is_curve:
        return _points(data, order[:MOST_POINTS], is_curve=is_curve)
    chosen = order[:count]
    batch = data.take(chosen)
    kind: Kind = "images" if len(shape) in (3, 4) else "signals" if len(shape) == 2 else "rows"
    make = {"images": _image, "signals": _signal, "rows": _row}[kind]
    examples = tuple(
        make(data, int(row), {name: values[i] for name, values in batch.items()})
        for i, row in enumerate(chosen)
    )
    names = data.features or tuple(f"x{i + 1}" for i in range(int(np.prod(shape))))
    return Samples(kind, examples, names=names[:MOST_FEATURES], note=_note(data, kind, batch["x"]))


def _note(data: DataSet, kind: Kind, x: Array) -> str:
    told = []
    if kind == "rows" and x.shape[1] > MOST_FEATURES:
        told.append(f"the first {MOST_FEATURES} of {x.shape[1]} features are shown")
    if kind == "images" and x.ndim == 5:
        told.append(f"slice {x.shape[2] // 2 + 1} of {x.shape[2]} of each volume is shown")
    channels = x.shape[1]
    if kind == "images" and channels == 2:
        told.append("the first of 2 channels is shown")
    if kind == "images" and channels > 3:
        told.append(f"the first 3 of {channels} channels are shown as red, green and blue")
    if kind == "images" and not _is_shown_as_stored(x):
        told.append("each image is shown from its smallest value, black, to its largest, white")
    return "; ".join(told)


def _is_shown_as_stored(pixels: Array) -> bool:
    """Whether 0 is shown as black and 1 as white."""
    return float(pixels.min()) >= 0 and float(pixels.max()) <= 1


# --- points -------------------------------------------------------------------------------------
def _points(data: DataSet, rows: Array, *, is_curve: bool) -> Samples:
    batch = data.take(rows)
    x, y = batch["x"], batch.get("y", batch.get("mode"))
    first = None if y is None else y.reshape(len(x), -1)[:, 0]
    names = data.features or ("x1", "x2")
    if is_curve and first is not None:
        names = (*(data.features or ("x",))[:1], "y")
        return Samples("curve", points=np.stack([x[:, 0], first], 1), names=names)
    is_whole = first is not None and data.task != "regression"
    return Samples("points", points=x, values=first, is_whole=is_whole, names=names[:2])


# --- one at a time ------------------------------------------------------------------------------
def _image(data: DataSet, row: int, example: Mapping[str, Array]) -> Example:
    pixels, labels = example["x"], example.get("labels", example.get("mask"))
    height, width = pixels.shape[-2:]
    if pixels.ndim == 4:
        middle = pixels.shape[1] // 2
        pixels, labels = pixels[:, middle], None if labels is None else labels[:, middle]
    if not _is_shown_as_stored(pixels):
        pixels = (pixels - pixels.min()) / max(float(np.ptp(pixels)), 1e-12)
    shown = pixels[[0, 0, 0] if len(pixels) < 3 else [0, 1, 2]]
    image = Image.fromarray((255 * shown).round().astype(np.uint8).transpose(1, 2, 0))
    size = _thumbnail(width, height)
    kind = Image.Resampling.NEAREST if size[0] >= width else Image.Resampling.BOX
    drawn = np.array(image.resize(size, kind))
    if labels is not None and len(labels) == 1:
        drawn[_outlines(labels[0], size)] = OUTLINE
    dots, boxes = example.get("points"), example.get("boxes")
    if dots is not None:
        there = dots[dots[:, 0] >= 0]
        dots = (there[:, ::-1] + 0.5) / (width, height)
    if boxes is not None:
        boxes = boxes[boxes[:, 0] >= 0]
    return Example(row, _label(data, example), pixels=drawn, dots=dots, boxes=boxes)


def _thumbnail(width: int, height: int) -> tuple[int, int]:
    """A small image is enlarged by a whole factor, a large one reduced."""
    longer = max(width, height)
    if longer <= _SIDE:
        factor = -(-_SIDE // longer)
        return width * factor, height * factor
    return max(1, width * _SIDE // longer), max(1, height * _SIDE // longer)


def _outlines(labels: Array, size: tuple[int, int]) -> Array:
    """Where a thing's pixel is beside one that is not the same thing's."""
    values = Image.fromarray(np.ascontiguousarray(labels, np.float32))
    large = np.asarray(values.resize(size, Image.Resampling.NEAREST))
    edge = np.zeros(large.shape, bool)
    for axis in (0, 1):
        for step in (1, -1):
            beside = np.roll(large, step, axis)
            changed = np.moveaxis((large != beside) & (large > 0), axis, 0)
            changed[0 if step == 1 else -1] = False  # what rolled around the border is no edge
            edge |= np.moveaxis(changed, 0, axis)
    return edge


def _signal(data: DataSet, row: int, example: Mapping[str, Array]) -> Example:
    return Example(row, _label(data, example), signal=example["x"])


def _row(data: DataSet, row: int, example: Mapping[str, Array]) -> Example:
    numbers = example["x"].reshape(-1)[:MOST_FEATURES]
    return Example(row, _label(data, example), numbers=numbers)


def _label(data: DataSet, example: Mapping[str, Array]) -> str:
    """The class by its name, a count, the kinds of boxes, or the numbers to be estimated."""
    if data.task == "classes":
        return data.classes[int(example["y"])]
    if "count" in example:
        count = int(example["count"])
        return f"{count} {'dot' if count == 1 else 'dots'}"
    if data.task == "boxes" and "box_classes" in example and data.classes:
        kinds = [data.classes[int(k)] for k in example["box_classes"] if k >= 0]
        return ", ".join(f"{name} × {kinds.count(name)}" if kinds.count(name) > 1 else name
                         for name in dict.fromkeys(kinds))  # fmt: skip
    if data.task == "regression":
        return ", ".join(f"{value:.6g}" for value in example["y"].reshape(-1)[:4])
    return ""
