"""Files that say what cannot be: a sentence with file and row, at once, and the good ones kept."""

from __future__ import annotations

import contextlib
import os
import struct
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from graphlab.data import DataSet, open_data
from graphlab.errors import DataError

X = np.random.default_rng(0).random((6, 8, 8)).astype("f4")
BOX = np.tile([0.0, 0.0, 0.5, 0.5], (6, 1, 1))
Y = np.arange(6) % 2


def opened(path: Path) -> DataSet:
    """The set, every value of which is a finite number."""
    data = open_data(str(path))
    for values in data.take(np.arange(len(data))).values():
        assert np.isfinite(values).all()
    return data


@contextlib.contextmanager
def little_memory() -> Iterator[None]:
    """Fail where the block takes more than 32 MiB at a time."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2**25


# --- archives -----------------------------------------------------------------------------------
def bomb(file: Path, header: bytes, megabytes: int) -> None:
    """An archive whose one array unpacks to so much."""
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("x.npy", "w", force_zip64=True) as member,
    ):
        member.write(header)
        for _ in range(megabytes):
            member.write(bytes(2**20))


def _long_header() -> bytes:
    return b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**29)


def _large_claim() -> bytes:
    made = BytesIO()
    told = {"descr": "|u1", "fortran_order": False, "shape": (2**30, 3)}
    np.lib.format.write_array_header_1_0(made, told)
    return made.getvalue()


@pytest.mark.parametrize("header", [_long_header, _large_claim])
def test_an_archive_that_claims_much_takes_no_memory(
    header: Callable[[], bytes], tmp_path: Path
) -> None:
    def seconds(megabytes: int) -> float:
        begun = time.process_time()
        with pytest.raises(DataError, match="damaged one"):
            open_data(str(tmp_path / f"{megabytes}.npz"))
        return time.process_time() - begun

    for megabytes in (64, 256):
        bomb(tmp_path / f"{megabytes}.npz", header(), megabytes)
    with little_memory():
        seconds(256)
    few, many = (min(seconds(megabytes) for _ in range(3)) for megabytes in (64, 256))
    assert many < 2 * few + 0.05


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a split of words": ({"y": Y, "train": np.array(list("abcdef"))}, "train is 6 of <U1"),
    "a split in two axes": ({"train": np.arange(6).reshape(2, 3)}, "train is 2×3 of int64"),
    "a split without axes": ({"train": np.array(3)}, "must list rows of x by whole numbers"),
    "a split of fractions": ({"train": np.full(6, np.nan)}, "must list rows of x by whole numbers"),
    "no numbers": ({"x": np.zeros((5, 0))}, "holds no number: x is 5×0"),
    "masks of another size": ({"mask": np.ones((6, 4, 4))}, "an example of the mask is 1×4×4"),
    "labels of another size": ({"labels": np.ones((6, 8, 4))}, "an example of the mask is 1×8×4"),
    "masks of words": ({"mask": np.full((6, 8, 8), "a")}, "mask holds texts"),
    "boxes of three": ({"boxes": np.ones((6, 2, 3))}, "an example of boxes is 2×3"),
    "boxes of words": ({"boxes": np.full((6, 2, 4), "a")}, "boxes holds texts"),
    "too many classes of boxes": ({"boxes": BOX, "box_classes": np.ones((6, 3))}, "box_classes is"),
    "a density of another size": ({"density": np.ones((6, 1, 4, 4))}, "density is 1×4×4"),
    "points of five": ({"points": np.ones((6, 3, 5))}, "an example of points is 3×5"),
    "dots of words": ({"dots": np.array([["a", "b"]])}, "dots holds texts"),
    "modes of words": ({"mode": np.array(list("abcdef"))}, "mode holds texts"),
    "answers of words": ({"y": np.full((6, 2), "a")}, "y holds 6×2 texts"),
    "a class twice": ({"y": Y, "classes": np.array(["a", "a"])}, "names a class twice: a, a"),
    "fractions of classes": (
        {"task": "classes", "y": Y + 0.5, "classes": np.array(["a", "b"])}, "y holds 0.5, and",
    ),
    "saved boxes of three": ({"task": "boxes", "boxes": np.ones((6, 2, 3))}, "boxes is 2×3"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_arrays_that_do_not_go_together_are_named(case: str, tmp_path: Path) -> None:
    arrays, said = WRONG[case]
    np.savez(tmp_path / "a.npz", **{"x": X, **arrays})
    with pytest.raises(DataError) as caught:
        opened(tmp_path / "a.npz")
    assert said in str(caught.value)
    assert str(tmp_path / "a.npz") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("axes", [2, 3])
def test_rows_with_boxes_that_are_none_are_left_out(axes: int, tmp_path: Path) -> None:
    boxes = BOX.copy()
    boxes[1, 0, 2], boxes[2, 0, 0], boxes[3, 0] = 9.0, -0.5, [0.5, 0.5, 0.5, 0.7]
    boxes[4] = -1  # no box
    np.savez(tmp_path / "a.npz", x=X, boxes=boxes if axes == 3 else boxes[:, 0])
    data = opened(tmp_path / "a.npz")
    kept = data.take(np.arange(len(data)))
    assert kept["x"] == pytest.approx(X[[0, 4, 5], None])
    assert kept["boxes"] == pytest.approx(boxes[[0, 4, 5]])
    assert [said.split(" of ")[0] for said in data.left_out] == ["row 1", "row 2", "row 3"]
    ids = np.array([[0], [1], [0.5], [-2], [-1], [2]])
    np.savez(tmp_path / "a.npz", x=X, boxes=BOX, box_classes=ids, classes=np.array(["p", "q"]))
    data = opened(tmp_path / "a.npz")
    assert data.take(np.arange(3))["box_classes"].ravel().tolist() == [0, 1, -1]
    assert [said.split(" of ")[0] for said in data.left_out] == ["row 2", "row 3", "row 5"]


# --- records ------------------------------------------------------------------------------------
def idx(path: Path, kind: int, array: np.ndarray) -> Path:
    sizes = np.array(array.shape, ">u4").tobytes()
    path.write_bytes(bytes([0, 0, kind, array.ndim]) + sizes + array.tobytes())
    return path


@pytest.mark.parametrize(("kind", "dtype"), [(13, ">f4"), (14, ">f8")])
def test_rows_of_an_idx_file_without_numbers_are_left_out(
    kind: int, dtype: str, tmp_path: Path
) -> None:
    rows = np.ones((7, 3))
    rows[2, 1], rows[4, 0], rows[5, 2] = np.nan, np.inf, 1e39
    with np.errstate(over="ignore"):
        data = opened(idx(tmp_path / "a-idx2-x", kind, rows.astype(dtype)))
    assert len(data) == 4
    assert [said.split(" of ")[0] for said in data.left_out] == ["row 2", "row 4", "row 5"]


def test_a_label_of_two_thousand_million_makes_no_classes(tmp_path: Path) -> None:
    idx(tmp_path / "t-labels-idx1-ubyte", 12, np.array([0, 1, 2 * 10**9], ">i4"))
    images = idx(tmp_path / "t-images-idx3-ubyte", 8, np.zeros((3, 2, 2), np.uint8))
    with (
        little_memory(),
        pytest.raises(DataError, match=r"labels-idx1-ubyte holds 2000000000, and classes are"),
    ):
        open_data(str(images))


def _told_classes(folder: Path, form: str, ids: np.ndarray) -> Path:
    """Six examples that are of these classes of two."""
    x, names = np.zeros((6, 2, 2)), np.array(["p", "q"])
    if form == "idx":
        idx(folder / "t-labels-idx1-ubyte", 14, ids.astype(">f8"))
        return idx(folder / "t-images-idx3-ubyte", 8, x.astype(np.uint8))
    told = {"saved": {"y": ids, "task": "classes"}, "named": {"y": ids}, "boxes": {}}[form]
    if form == "boxes":
        told = {"boxes": BOX, "box_classes": ids[:, None]}
    np.savez(folder / "a.npz", x=x, classes=names, **told)
    return folder / "a.npz"


@pytest.mark.parametrize("form", ["idx", "saved", "named", "boxes"])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, 0.5, -3.0, 1e6])
def test_what_is_no_class_is_judged_alike_wherever_it_is_told(
    form: str, wrong: float, tmp_path: Path
) -> None:
    """Rows without a number are left out; a class that is none is never taken for another."""
    path = _told_classes(tmp_path, form, np.array([0, 1, 0, wrong, 1, 0]))
    if np.isfinite(wrong) and form != "boxes":
        with pytest.raises(DataError, match=f"holds {wrong:.10g}, and classes are whole numbers"):
            opened(path)
        return
    data = opened(path)
    key = "box_classes" if form == "boxes" else "y"
    assert data.take(np.arange(len(data)))[key].ravel().tolist() == [0, 1, 0, 1, 0]
    assert [said.split(" of ")[0] for said in data.left_out] == ["row 3"]


@pytest.mark.parametrize("what", ["folder", "link to nowhere", "empty"])
def test_one_batch_of_cifar_that_is_none_is_left_out(what: str, tmp_path: Path) -> None:
    bad = tmp_path / "data_batch_1.bin"
    if what == "folder":
        bad.mkdir()
    elif what == "empty":
        bad.touch()
    else:
        bad.symlink_to(tmp_path / "nowhere")
    (tmp_path / "data_batch_2.bin").write_bytes(bytes(3073 * 4))
    data = opened(tmp_path)
    assert len(data) == 4
    assert [said.startswith(str(bad)) for said in data.left_out] == [True]


# --- folders ------------------------------------------------------------------------------------
def test_links_in_folders_are_followed_once_and_told_of_where_they_lead_nowhere(
    tmp_path: Path,
) -> None:
    for i in range(8):
        file = tmp_path / "pq"[i % 2] / f"{i}.png"
        file.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((4, 4), i, np.uint8)).save(file)
    for name in "abc":  # as 3³⁹ folders, if each were looked into again
        (tmp_path / "p" / name).symlink_to(tmp_path / "p", target_is_directory=True)
    (tmp_path / "q" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "q" / "self.png").symlink_to("self.png")
    os.mkfifo(tmp_path / "q" / "pipe.png")
    data = opened(tmp_path)
    assert len(data) == 8
    assert sorted(Path(said.split(" is left")[0]).name for said in data.left_out) == [
        "gone.png",
        "self.png",
    ]


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems have names of UTF-8 alone")
def test_names_that_are_no_text_are_spelt(tmp_path: Path) -> None:
    for i in range(8):
        folder = os.fsencode(tmp_path / "set") + (b"/p", b"/\xff\xfe")[i % 2]
        os.makedirs(folder, exist_ok=True)
        with open(folder + b"/%d.png" % i, "wb") as file:
            Image.fromarray(np.full((4, 4), i, np.uint8)).save(file, "PNG")
    for name in (b"empty\xfd", b"bad\xfc"):
        os.makedirs(os.fsencode(tmp_path / "set/") + b"/" + name)
    with open(os.fsencode(tmp_path / "set") + b"/bad\xfc/\xfb.png", "wb") as file:
        file.write(b"none")
    data = opened(tmp_path / "set")
    assert data.classes == ("bad\\xfc", "p", "\\xff\\xfe")
    assert data.take(np.arange(8))["y"].tolist() == [1] * 4 + [2] * 4
    assert data.notes[-1] == "no example is of the class bad\\xfc"
    assert [
        said.partition(" is left")[0].removeprefix(f"{tmp_path}/set/") for said in data.left_out
    ] == [
        "the class empty\\xfd",
        "bad\\xfc/\\xfb.png",
    ]
    with pytest.raises(DataError, match=r"\\xff\\xfe has a name that is no UTF-8"):
        open_data(os.fsdecode(os.fsencode(tmp_path / "set") + b"/\xff\xfe"))


def test_half_a_sign_of_utf_16_in_the_name_of_a_class_is_spelt(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((4, 2)), y=np.array(["a\ud800", "b", "b", "b"]))
    data = open_data(str(tmp_path / "a.npz"))
    assert data.classes == ("a\\xed\\xa0\\x80", "b")
