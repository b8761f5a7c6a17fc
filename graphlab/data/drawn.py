"""Points drawn by hand: kept as a small ``.npz`` file, and then a data set as any other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from platformdirs import user_data_dir

from graphlab.data.columns import Array
from graphlab.data.data_set import DataSet, from_points
from graphlab.data.saving import save_data
from graphlab.errors import DataError

DrawnTask = Literal["classes", "regression"]


def drawn_folder() -> Path:
    """Where points are kept that nobody named a place for."""
    return Path(user_data_dir("graphlab")) / "points"


def drawn_files() -> list[Path]:
    """The files of that folder, by name."""
    folder = drawn_folder()
    return sorted(folder.glob("*.npz")) if folder.is_dir() else []


def keep_points(
    path: Path,
    x: Sequence[Sequence[float]] | Array,
    y: Sequence[float] | Array,
    *,
    task: DrawnTask = "classes",
    classes: Sequence[str] = (),
) -> None:
    """Write points with their classes, or with the heights to be estimated, to a file.

    ``x`` is (N, features), ``y`` (N): the place of each point's class in ``classes``, or a height.
    Raises ``DataError`` for what is no set of points, and where the file cannot be written.
    """
    found = from_points(x, y, task=task, classes=classes)
    width = found.fields["x"].shape[1]
    names = ("x",) if width == 1 else tuple(f"x{i + 1}" for i in range(width))
    data = DataSet(
        path.stem, path.stem, found.task, found.fields, {}, found.classes, names, "your own"
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_data(path, data)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}") from None
