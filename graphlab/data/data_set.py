"""A data set: named columns of equal length, and which rows are for training and which are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np

from graphlab.data.columns import Array, Column, Rows, Scaled, column, is_resident, scaled
from graphlab.errors import DataError
from graphlab.suggest import did_you_mean

Task = Literal["classes", "regression", "masks", "points", "boxes", "plain"]
TASKS: tuple[Task, ...] = get_args(Task)
SPLITS = ("train", "validation", "test")

SPLIT_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""By what folders, files and arrays are called, the split that they are."""

TARGETS: Mapping[Task, str | None] = {
    "classes": "y",
    "regression": "y",
    "masks": "mask",
    "points": "density",
    "boxes": "boxes",
    "plain": None,
}
"""The field that a network is taught to give, by task."""

_CHUNK = 1024
_KEPT_SENTENCES = 1000


@dataclass(frozen=True)
class Standard:
    """What standardisation took from ``x``: the training rows' mean and deviation, by feature or
    channel, shaped to be subtracted from one example."""

    mean: Array
    deviation: Array

    def apply(self, x: Array) -> Array:
        """New examples as the network knows them."""
        return scaled(x, self.deviation, self.mean)


@dataclass(frozen=True)
class DataSet:
    """Examples, as columns by name.

    ``x`` is always there: float32, (N, features), (N, C, L), (N, C, H, W) or (N, C, D, H, W), with
    8- and 16-bit pixels in 0..1.  By task there are also

    - classes: ``y`` (N), the class's place in ``classes``;
    - regression: ``y`` (N, k);
    - masks: ``mask`` like one channel of x, 1 on what is sought, and ``labels``, the values stored
      (which object or which kind a pixel belongs to, 0 for none);
    - points: ``density`` (N, 1, H, W), which sums to the number of points, that number as
      ``count`` (N), and ``points`` (N, K, 2) as y, x in pixels, rows of −1 where there are fewer;
    - boxes: ``boxes`` (N, K, 4), corners x0, y0, x1, y1 as shares of width and height, with
      ``box_classes`` (N, K), and −1 where there are fewer; with one box an image also ``y`` (N, 4).

    A column is an array or, where that is too large, an object with ``shape``, a length and
    indexing by an array of rows.  ``left_out`` tells of every example that could not be read (of
    ``left_out_count`` the first thousand), ``notes`` of what was done to those that could.
    """

    name: str
    title: str
    task: Task
    fields: Mapping[str, Column]
    splits: Mapping[str, Rows]
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    standard: Standard | None = None
    left_out_count: int = 0

    def __len__(self) -> int:
        return len(self.fields["x"])

    @property
    def target(self) -> str | None:
        """The field to be learned: ``y`` for one box an image, else by the task."""
        return "y" if self.task == "boxes" and "y" in self.fields else TARGETS[self.task]

    def rows(self, split: str) -> Rows:
        """The rows of a split, in ascending order; ``DataError`` where there is no such split."""
        if split not in self.splits:
            raise DataError(
                f"{self.name} has no split {split!r:.40}"
                + (did_you_mean(split, self.splits) or f": choose {', '.join(self.splits)}")
            )
        return self.splits[split]

    def take(self, rows: Rows, names: Iterable[str] | None = None) -> dict[str, Array]:
        """Some rows of each field, or of those named, as float32 arrays."""
        return {
            name: np.asarray(self.fields[name][rows], np.float32)
            for name in (self.fields if names is None else names)
        }


@dataclass
class Found:
    """What a reader or generator hands over, before it is split.

    ``given`` holds the rows of splits that the publisher made.
    """

    title: str
    task: Task
    fields: dict[str, Column]
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    licence: str = "your own"
    source: str = ""
    given: dict[str, Rows] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=lambda: LeftOut())


class LeftOut:
    """Sentences about examples that could not be read: the first thousand, and how many more."""

    def __init__(self) -> None:
        self.count = 0
        self._sentences: list[str] = []

    def add(self, where: str, why: str) -> None:
        """Record that the example at a row or path is left out, and why."""
        self.count += 1
        if len(self._sentences) < _KEPT_SENTENCES:
            self._sentences.append(f"{where} is left out: {' '.join(why.split())}")

    def sentences(self) -> tuple[str, ...]:
        """All that were kept, and a last one for those that were too many to tell."""
        more = self.count - len(self._sentences)
        rest = [f"{more} more examples are left out"] if more else []
        return (*self._sentences, *rest)


def as_task(found: Found, task: str | None) -> Task:
    """The task asked for, or the one found; ``DataError`` where its field is missing."""
    if task is None:
        return found.task
    able = [t for t in TASKS if TARGETS[t] is None or TARGETS[t] in found.fields]
    if found.task != "regression" and not found.classes:
        able = [t for t in able if t != "classes"]
    for each in able:
        if each == task:
            return each
    raise DataError(
        f"{found.title} cannot be used for {task!r:.40}: it has {', '.join(found.fields)}; choose "
        f"{' or '.join(able)}"
    )


def standardised(data: DataSet) -> DataSet:
    """The same data with ``x`` of mean 0 and deviation 1 on the training rows.

    Vectors are standardised by feature, images, signals and volumes by channel; what never
    changes is only centred.  The rows are read in chunks, so a streamed column stays streamed.
    """
    x, rows = data.fields["x"], data.rows("train")
    if not len(rows):
        raise DataError(f"{data.name} has no training rows to be standardised by: split it first")
    axes = (0, *range(2, len(x.shape)))
    parts = [rows[i : i + _CHUNK] for i in range(0, len(rows), _CHUNK)]
    count = len(rows) * int(np.prod(x.shape[2:], dtype=np.int64))
    mean = sum(x[part].sum(axes, np.float64, keepdims=True) for part in parts) / count
    square = sum(((x[part] - mean) ** 2).sum(axes, np.float64, keepdims=True) for part in parts)
    deviation = np.sqrt(square / count)
    fit = Standard(
        mean[0].astype(np.float32), np.where(deviation > 0, deviation, 1)[0].astype(np.float32)
    )
    fields = dict(data.fields)
    fields["x"] = fit.apply(x[:]) if is_resident(x) else Scaled(x, fit.deviation, fit.mean)
    note = f"x was standardised by the mean and deviation of its {len(rows)} training rows"
    return replace(data, fields=fields, standard=fit, notes=(*data.notes, note))


def from_points(
    x: Sequence[Sequence[float]] | Array,
    y: Sequence[float] | Array,
    *,
    task: Literal["classes", "regression"] = "classes",
    classes: Sequence[str] = (),
) -> Found:
    """Points given by hand, such as those clicked on a plane: x (N, features), y (N).

    Raises ``DataError`` where the two do not fit each other or are no finite numbers.
    """
    points, targets = np.asarray(x, np.float32), np.asarray(y, np.float32)
    if points.ndim != 2 or len(points) == 0 or len(points) != len(targets):
        raise DataError(
            f"points of shape {points.shape} and targets of shape {targets.shape} do not make a "
            "data set: give at least one row of x and one target for each"
        )
    if not (np.isfinite(points).all() and np.isfinite(targets).all()):
        raise DataError("points and targets must be finite numbers")
    if task == "regression":
        return Found("points by hand", task, {"x": points, "y": targets.reshape(len(points), -1)})
    ids = sorted({int(value) for value in targets.ravel()})
    if ids[0] < 0 or any(targets.ravel() != targets.ravel().round()):
        raise DataError("the classes of points are whole numbers from 0 on")
    names = tuple(classes) or tuple(str(i) for i in range(ids[-1] + 1))
    return Found("points by hand", task, {"x": points, "y": column(targets.ravel())}, classes=names)
