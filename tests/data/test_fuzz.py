"""Damaged files of every kind: a data set of finite numbers, or one sentence, and nothing else."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from graphlab.data import open_data
from graphlab.errors import DataError

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 8, 8), np.uint8)


def png(folder: Path) -> Path:
    Image.fromarray(PIXELS[0]).save(folder / "a.png")
    return folder / "a.png"


def jpeg(folder: Path) -> Path:
    Image.fromarray(PIXELS[0]).save(folder / "a.jpg")
    return folder / "a.jpg"


def tiff(folder: Path) -> Path:
    tifffile.imwrite(folder / "a.tif", PIXELS, photometric="minisblack")
    return folder / "a.tif"


def packed_tiff(folder: Path) -> Path:
    tifffile.imwrite(folder / "a.tif", PIXELS, photometric="minisblack", compression="zlib")
    return folder / "a.tif"


def npz(folder: Path) -> Path:
    np.savez(folder / "a.npz", x=PIXELS, y=np.arange(3))
    return folder / "a.npz"


def idx(folder: Path) -> Path:
    sizes = np.array(PIXELS.shape, ">u4").tobytes()
    path = folder / "a-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(bytes([0, 0, 8, 3]) + sizes + PIXELS.tobytes()))
    return path


def table(folder: Path) -> Path:
    with (folder / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["x", "y"], *[[i, i % 2] for i in range(9)]])
    return folder / "a.csv"


def coco(folder: Path) -> Path:
    png(folder)
    document = {
        "images": [{"id": 1, "file_name": "a.png"}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4]}],
    }
    (folder / "a.json").write_text(json.dumps(document))
    return folder / "a.json"


def voc(folder: Path) -> Path:
    png(folder)
    (folder / "a.xml").write_text(
        "<annotation><filename>a.png</filename><object><name>cat</name><bndbox><xmin>1</xmin>"
        "<ymin>1</ymin><xmax>4</xmax><ymax>4</ymax></bndbox></object></annotation>"
    )
    return folder / "a.xml"


@pytest.mark.parametrize("make", [png, jpeg, tiff, packed_tiff, npz, idx, table, coco, voc])
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    cut=st.one_of(st.none(), st.floats(0, 1)),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4),
)
def test_damage_is_told(
    tmp_path: Path,
    make: Callable[[Path], Path],
    cut: float | None,
    changes: list[tuple[float, int]],
) -> None:
    path = make(tmp_path)
    content = bytearray(path.read_bytes())
    for place, value in changes:
        content[int(place * len(content))] = value
    path.write_bytes(content if cut is None else content[: int(cut * len(content))])
    is_whole = path.suffix in (".npz", ".csv", ".json", ".gz")
    told, data = "", None
    try:
        data = open_data(str(path if is_whole else tmp_path))
    except DataError as error:
        told = str(error)
    assert "\n" not in told
    if data is not None:
        for values in data.take(np.arange(len(data))).values():
            assert np.isfinite(values).all()
