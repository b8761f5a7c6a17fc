"""The sets that come with GraphLab, in ``resources/data`` with their licences beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from graphlab.data.columns import Array, column
from graphlab.data.data_set import Found, Task
from graphlab.data.reading.archive import read_arrays
from graphlab.data.reading.arrays import add_masks, read_npz
from graphlab.paths import shipped

FASHION = (
    *("T-shirt/top", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
DIGITS = tuple("0123456789")

_TILE = 128
_LARGEST_DIGIT_PIXEL = 16


@dataclass(frozen=True)
class Shipped:
    """One set: its file and what is known of it without opening the file."""

    title: str
    task: Task
    file: str
    examples: int
    shape: tuple[int, ...]
    licence: str
    source: str
    classes: tuple[str, ...] = ()
    read: Callable[[Path], Found] = field(default=read_npz, repr=False)

    def open(self) -> Found:
        """The examples, before they are split."""
        path = shipped("resources") / "data" / self.file
        found = self.read(path)
        return replace(
            found,
            title=self.title,
            classes=self.classes,
            licence=self.licence,
            source=self.source,
        )


def _digits(path: Path) -> Found:
    arrays = read_arrays(path)
    fields = {"x": column(arrays["x"][:, None], _LARGEST_DIGIT_PIXEL), "y": column(arrays["y"])}
    note = f"pixels were divided by {_LARGEST_DIGIT_PIXEL}, their largest value"
    return Found("", "classes", fields, notes=[note])


def _nuclei(path: Path) -> Found:
    arrays = read_arrays(path)
    found = Found("", "masks", {"x": column(_tiles(arrays["image"]), 255.0)})
    add_masks(found.fields, _tiles(arrays["labels"]))
    found.notes += [
        f"one image of 512×512 was cut into tiles of {_TILE}×{_TILE}",
        "pixels were divided by 255",
    ]
    return found


def _tiles(image: Array) -> Array:
    height, width = (size // _TILE for size in image.shape)
    cut = image.reshape(height, _TILE, width, _TILE)
    return np.moveaxis(cut, 2, 1).reshape(-1, 1, _TILE, _TILE)


SHIPPED: Mapping[str, Shipped] = {
    "fashion-mnist": Shipped(
        "Fashion-MNIST, 5,000 and 1,000 of its images",
        "classes",
        "fashion-mnist-5k.npz",
        6000,
        (1, 28, 28),
        "MIT",
        "Xiao, Rasul and Vollgraf, Zalando SE, 2017; github.com/zalandoresearch/fashion-mnist",
        FASHION,
    ),
    "mnist": Shipped(
        "MNIST, 5,000 and 1,000 of its images",
        "classes",
        "mnist-5k.npz",
        6000,
        (1, 28, 28),
        "CC BY-SA 3.0",
        "Y. LeCun and C. Cortes; yann.lecun.com/exdb/mnist",
        DIGITS,
    ),
    "digits": Shipped(
        "Handwritten digits of 8×8 pixels",
        "classes",
        "digits.npz",
        1797,
        (1, 8, 8),
        "BSD 3-Clause (scikit-learn)",
        "E. Alpaydin and C. Kaynak, 1998, UCI repository; from scikit-learn",
        DIGITS,
        _digits,
    ),
    "nuclei": Shipped(
        "Cell nuclei under the microscope",
        "masks",
        "nuclei.npz",
        16,
        (1, _TILE, _TILE),
        "BSD 3-Clause (StarDist)",
        "Caicedo et al., Data Science Bowl 2018; from StarDist",
        (),
        _nuclei,
    ),
}

ALIASES: Mapping[str, str] = {"fashion-mnist-5k": "fashion-mnist", "mnist-5k": "mnist"}
"""Other names that people try."""
