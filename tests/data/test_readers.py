"""A person's own data, written by other libraries and read back."""

from __future__ import annotations

import csv
import gzip
import json
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from graphlab.data import Batches, DataSet, open_data
from graphlab.data.reading import many
from graphlab.data.reading.delimited import Table
from graphlab.errors import DataError

RANDOM = np.random.default_rng(0)
GRAY = RANDOM.integers(0, 256, (6, 10, 12), np.uint8)
COLOUR = RANDOM.integers(0, 256, (6, 10, 12, 3), np.uint8)
DEEP = RANDOM.integers(0, 65536, (6, 10, 12), np.uint16)
MASKS = (RANDOM.random((6, 10, 12)) > 0.6) * np.arange(1, 7, dtype=np.uint8)[:, None, None]
IDS = np.array([0, 1, 2, 2, 1, 0], np.uint8)


def fields(data: DataSet) -> dict[str, Any]:
    return data.take(np.arange(len(data)))


def write_idx(path: Path, array: Any, kind: int = 8) -> Path:
    content = struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape)
    content += array.astype(array.dtype.newbyteorder(">")).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def save_images(folder: Path, images: Any, names: list[str] | None = None) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / (names[i] if names else f"{i:03}.png") for i in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        Image.fromarray(image).save(path)
    return paths


# --- arrays -------------------------------------------------------------------------------------
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_idx_as_mnist_is_published(tmp_path: Path, ending: str) -> None:
    for part, rows in (("train", slice(4)), ("t10k", slice(4, 6))):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte{ending}", GRAY[rows])
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte{ending}", IDS[rows])
    data = open_data(f"{tmp_path}:split=100/0/0")
    got = fields(data)
    order = np.concatenate([data.rows("train"), data.rows("test")])
    assert np.array_equal(np.sort(got["y"][data.rows("train")]), np.sort(IDS[:4]))
    assert (len(data.rows("train")), len(data.rows("test"))) == (4, 2)
    assert got["x"].shape == (6, 1, 10, 12)
    for row in order:
        pixels = (got["x"][row, 0] * 255).round()
        (place,) = (i for i in range(6) if np.array_equal(GRAY[i], pixels))
        assert got["y"][row] == IDS[place]
    alone = open_data(str(tmp_path / f"train-images-idx3-ubyte{ending}"))
    assert np.array_equal((fields(alone)["x"][:, 0] * 255).round(), GRAY[:4])
    assert np.array_equal(fields(alone)["y"], IDS[:4])


@pytest.mark.parametrize(
    ("kind", "dtype"), [(9, "i1"), (11, "i2"), (12, "i4"), (13, "f4"), (14, "f8")]
)
def test_idx_of_every_type(tmp_path: Path, kind: int, dtype: str) -> None:
    values = (RANDOM.standard_normal((5, 3)) * 50).astype(dtype)
    data = open_data(str(write_idx(tmp_path / "values-idx2", values, kind)))
    assert np.array_equal(fields(data)["x"], values.astype(np.float32))
    assert data.task == "plain"


def test_cifar_10_binary(tmp_path: Path) -> None:
    pixels = RANDOM.integers(0, 256, (2, 20, 3, 32, 32), np.uint8)
    ids = RANDOM.integers(0, 10, (2, 20)).astype(np.uint8)
    ids[0, 7] = 11
    for name, x, y in zip(("data_batch_1.bin", "test_batch.bin"), pixels, ids, strict=True):
        records = [bytes([c]) + image.tobytes() for c, image in zip(y, x, strict=True)]
        (tmp_path / name).write_bytes(b"".join(records) + b"cut short"[: 9 * (name[0] == "t")])
    data = open_data(str(tmp_path))
    kept = np.delete(np.arange(20), 7)
    expected = np.concatenate([pixels[0][kept], pixels[1]])
    assert np.array_equal(fields(data)["x"], expected.astype(np.float32) / np.float32(255))
    assert np.array_equal(fields(data)["y"], np.concatenate([ids[0][kept], ids[1]]))
    assert np.array_equal(data.rows("test"), np.arange(19, 39))
    assert data.classes[3] == "cat"
    assert "data_batch_1.bin, record 7" in data.left_out[0]
    assert "test_batch.bin, record 20" in data.left_out[1]


@pytest.mark.parametrize(
    ("arrays", "task", "shape"),
    [
        ({"x": GRAY, "y": IDS}, "classes", (6, 1, 10, 12)),
        ({"x": COLOUR, "y": np.array(list("abcabc"))}, "classes", (6, 3, 10, 12)),
        ({"images": GRAY, "labels": MASKS}, "masks", (6, 1, 10, 12)),
        ({"x": RANDOM.standard_normal((6, 4)), "y": RANDOM.standard_normal(6)}, "regression",
         (6, 4)),
        ({"values": RANDOM.standard_normal((6, 4))}, "plain", (6, 4)),
        ({"images": GRAY, "dots": np.array([[1.5, 2], [3, 4]]),
          "offsets": np.array([0, 1, 1, 2, 2, 2, 2])}, "points", (6, 1, 10, 12)),
        ({"x_train": GRAY[:4], "y_train": IDS[:4], "x_test": GRAY[4:], "y_test": IDS[4:]},
         "classes", (6, 1, 10, 12)),
    ],
    ids=["classes", "words", "masks", "regression", "plain", "points", "keras"],
)  # fmt: skip
def test_npz_by_its_keys(
    tmp_path: Path, arrays: dict[str, Any], task: str, shape: tuple[int, ...]
) -> None:
    np.savez(tmp_path / "set.npz", **arrays)
    data = open_data(str(tmp_path / "set.npz"))
    assert (data.task, data.fields["x"].shape) == (task, shape)
    # numpy.take would copy all of an array that is not
    assert all(np.asarray(values).flags.c_contiguous for values in data.fields.values())
    stored = next(iter(arrays.values()))
    if stored.dtype == np.uint8 and len(stored) == 6:
        planes = stored[:, None] if stored.ndim == 3 else stored.transpose(0, 3, 1, 2)
        assert np.array_equal(fields(data)["x"], planes / np.float32(255))
    if task == "points":
        assert fields(data)["count"].tolist() == [1, 0, 1, 0, 0, 0]
        assert np.allclose(fields(data)["density"].sum((1, 2, 3)), fields(data)["count"])
    if task == "masks":
        assert np.array_equal(fields(data)["labels"][:, 0], MASKS)
        assert np.array_equal(fields(data)["mask"][:, 0], MASKS > 0)


def test_rows_that_are_no_numbers_are_left_out_by_their_number(tmp_path: Path) -> None:
    x = RANDOM.standard_normal((6, 2))
    x[3, 1] = np.nan
    np.savez(tmp_path / "set.npz", x=x, y=IDS)
    data = open_data(str(tmp_path / "set.npz"))
    assert np.array_equal(fields(data)["y"], np.delete(IDS, 3))
    assert "row 3" in data.left_out[0]


# --- tables -------------------------------------------------------------------------------------
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_with_bad_rows(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "iris.csv"
    rows: list[list[Any]] = [[i, i / 2, "ab"[i % 2]] for i in range(10)]
    rows[4] = ["nothing", 1, "a"]
    rows[6] = [1, 2]
    rows[8] = [1, "inf", "b"]
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=separator).writerows([["width", "height", "species"], *rows])
    data = open_data(str(path))
    kept = [i for i in range(10) if i not in (4, 6, 8)]
    assert np.array_equal(fields(data)["x"], [[i, i / 2] for i in kept])
    assert np.array_equal(fields(data)["y"], [i % 2 for i in kept])
    assert (data.task, data.classes, data.features) == ("classes", ("a", "b"), ("width", "height"))
    assert [s.split(" of ")[0] for s in data.left_out] == ["line 6", "line 8", "line 10"]


@pytest.mark.parametrize(
    ("heading", "column", "settings", "task"),
    [
        ("a,b,c", [0.5 * i for i in range(40)], "", "regression"),
        ("a,b,c", [i % 3 for i in range(40)], "", "classes"),
        ("a,b,c", [i % 3 for i in range(40)], ":task=regression", "regression"),
        ("y,b,c", [i % 3 for i in range(40)], "", "regression"),
        ("a,b,c", [i % 3 for i in range(40)], ":target=b", "regression"),
        ("a,b,c", list(range(40)), ":task=plain", "plain"),
        ("", list(range(40)), "", "regression"),
    ],
)
def test_what_a_table_teaches(
    tmp_path: Path, heading: str, column: list[float], settings: str, task: str
) -> None:
    path = tmp_path / "table.csv"
    lines = [f"{i * 1.5},{-i},{value}" for i, value in enumerate(column)]
    path.write_text("\n".join([*([heading] if heading else []), *lines]))
    data = open_data(f"{path}{settings}")
    assert data.task == task
    assert len(data) == 40
    assert data.fields["x"].shape[1] == (3 if task == "plain" else 2)


FORMS: dict[str, tuple[str, str]] = {
    "plain": ("a,b,label\n{a},{b},{y}\n", ""),
    "a separator more, in every line": ("a,b,label,\n{a},{b},{y},\n", "column 4 is empty"),
    "a separator more, in the heading": ("a,b,label,\n{a},{b},{y}\n", "column 4 is empty"),
    "a separator more, below it": ("a,b,label\n{a},{b},{y},\n", ""),
    "an empty column": ("a,b,remark,label\n{a},{b},,{y}\n", "remark is empty throughout"),
    "semicolons": ("a;b;label\n{a};{b};{y}\n", ""),
    "decimal commas": ("a;b;label\n{a:,};{b:,};{y}\n", "decimal commas"),
    "decimal commas alone": ("{a:,};{b:,};{y}\n", "decimal commas"),
    "bars": ("a|b|label\n{a}|{b}|{y}\n", ""),
    "a comment": ("# made by me, 2020\na,b,label\n{a},{b},{y}\n", "comment"),
    "a heading as of numpy.savetxt": ("# by me\n# a,b,label\n{a},{b},{y}\n", "comment"),
    "no heading": ("{a},{b},{y}\n", "no heading"),
    "a heading with a number": ("a,2020,label\n{a},{b},{y}\n", ""),
    "years": ("2019,2020,2021\n{a},{b},{y}\n", "2019,2020,2021, was taken as the heading"),
    "a comment longer than a cell": ("# " + "o" * 200_000 + "\n{a},{b},{y}\n", "no heading"),
    "a word with a sign that ends no line": ("a,\u2028b,label\n{a},{b},{y}\n", ""),
    "counted columns": ("0,1,2\n{a},{b},{y}\n", "0,1,2, was taken as the heading"),
    "words among the features": (
        "a,kind,b,label\n{a},cat,{b},{y}\n", "kind holds words and is no feature"
    ),
    "an index without a name": (",a,b,label\n{y},{a},{b},{y}\n", ""),
}  # fmt: skip


class Decimal(float):
    """A float that is written with a comma where its format says so."""

    def __format__(self, kind: str) -> str:
        return repr(float(self)).replace(".", ",") if kind == "," else repr(float(self))


@pytest.mark.parametrize("form", FORMS)
def test_a_table_is_read_in_every_common_form(tmp_path: Path, form: str) -> None:
    """The same numbers and classes come of each, nothing is left out, what was done is told."""
    template, told = FORMS[form]
    *heading, row = template.splitlines(keepends=True)
    rows = [(Decimal(i + 0.5), Decimal(-i / 4), i % 2) for i in range(30)]
    path = tmp_path / "table.csv"
    path.write_text("".join([*heading, *(row.format(a=a, b=b, y=y) for a, b, y in rows)]))
    data = open_data(str(path))
    assert (data.task, data.classes, data.left_out) == ("classes", ("0", "1"), ())
    assert np.array_equal(fields(data)["x"][:, -2:], [[a, b] for a, b, _ in rows])
    assert np.array_equal(fields(data)["y"], [y for _, _, y in rows])
    assert told in " ".join(data.notes)
    assert len(data.notes) == 1 + bool(told) + ("alone" in form or "longer" in form)


def test_a_number_of_thousands_of_digits_is_left_out_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"{'1' * 5000},2,3\n" + "1,2,4\n" * 10)
    data = open_data(str(path))
    assert len(data) == 10
    assert [told.split(" of ")[0] for told in data.left_out] == ["line 1"]


def test_empty_columns_at_the_end_cost_no_reading_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read, real = tmp_path / "table.csv", list[Table](), Table.rows
    path.write_text("a,b" + ",c" * 50 + "\n" + ("1,2" + "," * 50 + "\n") * 10)

    def rows(table: Table) -> Iterator[tuple[int, list[str]]]:
        read.append(table)
        return real(table)

    monkeypatch.setattr(Table, "rows", rows)
    assert open_data(str(path)).features == ("a",)
    assert len(read) < 6


def test_a_column_of_words_can_be_learned_and_is_named_where_nothing_is_left(
    tmp_path: Path,
) -> None:
    path = tmp_path / "animals.csv"
    path.write_text("kind,height\n" + "".join(f"{'ab'[i % 2]},{i}.5\n" for i in range(20)))
    assert open_data(f"{path}:target=kind").classes == ("a", "b")
    with pytest.raises(DataError, match="no feature: kind must hold numbers"):
        open_data(str(path))


# --- images -------------------------------------------------------------------------------------
@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "ppm", "webp"])
@pytest.mark.parametrize("has_splits", [False, True])
def test_a_folder_of_images_by_class(tmp_path: Path, suffix: str, has_splits: bool) -> None:
    names = ["cat", "dog", "emu"]
    for i, image in enumerate(COLOUR):
        part = ("train", "test")[i % 2] if has_splits else ""
        folder = tmp_path / part / names[IDS[i]]
        folder.mkdir(parents=True, exist_ok=True)
        kwargs = {"lossless": True} if suffix == "webp" else {}
        Image.fromarray(image).save(folder / f"{i}.{suffix}", **kwargs)
    data = open_data(str(tmp_path))
    got = fields(data)
    assert (data.task, data.classes) == ("classes", tuple(names))
    for x, y in zip(got["x"], got["y"], strict=True):
        pixels = (x.transpose(1, 2, 0) * 255).round()
        (place,) = (i for i in range(6) if np.array_equal(COLOUR[i], pixels))
        assert IDS[place] == y
    if has_splits:
        assert len(data.rows("test")) == 3


def test_a_folder_keeps_the_good_files_and_names_the_bad(tmp_path: Path) -> None:
    save_images(tmp_path / "a", GRAY)
    (tmp_path / "a" / "empty.png").write_bytes(b"")
    (tmp_path / "a" / "text.jpg").write_text("no picture")
    whole = (tmp_path / "a" / "000.png").read_bytes()
    (tmp_path / "a" / "short.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "a" / "notes.txt").write_text("hello")
    save_images(tmp_path / "b", [GRAY[0, :5]], ["small.png"])
    data = open_data(str(tmp_path))
    assert len(data) == 6
    named = " ".join(data.left_out)
    for name in ("empty.png", "text.jpg", "short.png", "notes.txt", "small.png"):
        assert name in named
    assert "5×12" in named
    assert "10×12" in named
    resized = open_data(f"{tmp_path}:size=8x9")
    assert resized.fields["x"].shape == (7, 1, 8, 9)
    assert any("resized" in note for note in resized.notes)


def test_what_would_be_lost_is_told(tmp_path: Path) -> None:
    """Transparency is noted; frames, deep colours and pictures of no class are left out."""
    clear = np.concatenate([COLOUR, GRAY[..., None]], 3)
    save_images(tmp_path / "a", clear[:2])
    save_images(tmp_path / "b", clear[2:4])
    save_images(tmp_path, COLOUR[:1], ["loose.png"])
    frames = [Image.fromarray(image) for image in GRAY]
    frames[0].save(tmp_path / "a" / "moving.gif", save_all=True, append_images=frames[1:])
    tifffile.imwrite(tmp_path / "b" / "exact.tif", GRAY[0].astype(np.float64))
    data = open_data(str(tmp_path))
    assert len(data) == 4
    assert "the transparency of 4 images was left away" in data.notes
    told = " ".join(data.left_out)
    for words in ("loose.png", "moving.gif is left out: it has 6 frames", "holds float64"):
        assert words in told


def test_gray_beside_colour_becomes_colour(tmp_path: Path) -> None:
    save_images(tmp_path, [*COLOUR[:3], *GRAY[:3]])
    data = open_data(str(tmp_path))
    x = fields(data)["x"]
    assert any(note.startswith("3 images in grey") for note in data.notes)
    assert np.array_equal((x[3:] * 255).round(), np.repeat(GRAY[:3, None], 3, 1))


@pytest.mark.parametrize("masked", ["masks", "Labels"])
def test_pairs_of_images_and_masks(tmp_path: Path, masked: str) -> None:
    save_images(tmp_path / "images", DEEP)
    save_images(tmp_path / masked, MASKS, [f"{i:03}_mask.png" for i in range(6)])
    save_images(tmp_path / "images", DEEP[:1], ["lonely.png"])
    data = open_data(str(tmp_path))
    got = fields(data)
    assert data.task == "masks"
    assert np.array_equal(got["x"][:, 0], DEEP / np.float32(65535))
    assert np.array_equal(got["labels"][:, 0], MASKS)
    assert np.array_equal(got["mask"][:, 0], MASKS > 0)
    assert "lonely.png" in data.left_out[0]


@pytest.mark.parametrize("ending", ["_mask", "_Labels", "-mask"])
def test_masks_beside_their_images(tmp_path: Path, ending: str) -> None:
    save_images(tmp_path, COLOUR)
    save_images(tmp_path, MASKS[:5], [f"{i:03}{ending}.png" for i in range(5)])
    save_images(tmp_path, MASKS[5:], [f"alone{ending}.png"])
    data = open_data(str(tmp_path))
    got = fields(data)
    assert np.array_equal(got["x"], np.moveaxis(COLOUR[:5], 3, 1) / np.float32(255))
    assert np.array_equal(got["labels"][:, 0], MASKS[:5])
    assert {Path(told.split(" ")[0]).stem for told in data.left_out} == {"005", f"alone{ending}"}


def test_points_beside_their_images(tmp_path: Path) -> None:
    save_images(tmp_path, GRAY)
    for i in range(4):
        rows = "".join(f"{k},{k + 1}\n" for k in range(i))
        (tmp_path / f"{i:03}.csv").write_text("x,y\n" + rows)
    data = open_data(str(tmp_path))
    assert data.task == "points"
    assert fields(data)["count"].tolist() == [0, 1, 2, 3, 0, 0]
    assert fields(data)["points"][3].tolist() == [[1, 0], [2, 1], [3, 2]]


def test_a_class_without_images_is_told_and_is_no_class(tmp_path: Path) -> None:
    save_images(tmp_path / "cat", GRAY)
    save_images(tmp_path / "dog", GRAY)
    (tmp_path / "cow").mkdir()
    data = open_data(str(tmp_path))
    assert data.classes == ("cat", "dog")
    assert data.left_out == ("the class cow is left out: its folder holds no image",)


def test_palette_masks_keep_their_numbers(tmp_path: Path) -> None:
    save_images(tmp_path / "images", GRAY)
    (tmp_path / "masks").mkdir()
    for i, mask in enumerate(MASKS):
        image = Image.fromarray(mask, "L").convert("P")
        image.putdata(mask.ravel().tolist())
        image.putpalette([*range(255, -1, -1)] * 3)
        image.save(tmp_path / "masks" / f"{i:03}.png")
    assert np.array_equal(fields(open_data(str(tmp_path)))["labels"][:, 0], MASKS)


@pytest.mark.parametrize("as_one", [True, False])
def test_images_with_points(tmp_path: Path, as_one: bool) -> None:
    save_images(tmp_path / "images", GRAY)
    dots = {0: [(2.5, 3), (11, 9)], 4: [(0, 0), (99, 1)]}
    if as_one:
        rows = [["file", "x", "y"], *([f"{i:03}.png", *dot] for i in dots for dot in dots[i])]
        with (tmp_path / "points.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    else:
        (tmp_path / "points").mkdir()
        for i, found in dots.items():
            with (tmp_path / "points" / f"{i:03}.csv").open("w", newline="") as file:
                csv.writer(file).writerows([["x", "y"], *found])
    data = open_data(str(tmp_path))
    got = fields(data)
    assert data.task == "points"
    assert got["count"].tolist() == [2, 0, 0, 0, 1, 0]
    assert got["points"][0].tolist() == [[3, 2.5], [9, 11]]
    assert np.allclose(got["density"].sum((1, 2, 3)), got["count"], rtol=1e-5)
    assert "x = 99" in data.left_out[0]


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("stored", [GRAY, DEEP, DEEP.astype(np.float32) / 65535])
def test_a_tiff_stack_with_labels(tmp_path: Path, stored: Any, compression: str | None) -> None:
    photometric: Any = {"photometric": "minisblack", "compression": compression}
    tifffile.imwrite(tmp_path / "stack.tif", stored, **photometric)
    tifffile.imwrite(tmp_path / "stack_labels.tif", MASKS.astype(np.uint16), **photometric)
    data = open_data(str(tmp_path / "stack.tif"))
    top = np.iinfo(stored.dtype).max if stored.dtype.kind == "u" else 1
    assert np.array_equal(fields(data)["x"][:, 0], stored / np.float32(top))
    assert np.array_equal(fields(data)["labels"][:, 0], MASKS)


LAYOUTS: dict[str, dict[str, Any]] = {
    "planes in a row": {},
    "ImageJ": {"imagej": True},
    "page by page": {"contiguous": False},
    "packed": {"compression": "zlib"},
    "OME": {"ome": True},
}


@pytest.mark.parametrize("share", [0.3, 0.5, 0.66, 0.8, 0.95, 0.99])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_stack_cut_short_keeps_its_whole_pages_and_tells_of_the_rest(
    tmp_path: Path, layout: str, share: float
) -> None:
    path = tmp_path / "stack.ome.tif" if layout == "OME" else tmp_path / "stack.tif"
    settings = {"photometric": "minisblack", **LAYOUTS[layout]}
    with tifffile.TiffWriter(
        path, imagej=settings.pop("imagej", False), ome=settings.pop("ome", False)
    ) as writer:
        for page in [DEEP] if settings.get("contiguous", True) else DEEP:
            writer.write(page, **settings)
    cut = int(share * path.stat().st_size)
    with tifffile.TiffFile(path) as file:
        ends = [page.dataoffsets[0] + page.databytecounts[0] for page in file.pages]
        starts = [page.offset for page in file.pages]
    in_a_row = layout in ("planes in a row", "ImageJ")
    whole = sum(max(end, 0 if in_a_row else start + 200) <= cut
                for end, start in zip(ends, starts, strict=True))  # fmt: skip
    path.write_bytes(path.read_bytes()[:cut])
    if not whole:
        pytest.skip("no page is whole")
    data = open_data(str(path))
    assert np.array_equal(fields(data)["x"][:, 0], DEEP[: len(data)] / np.float32(65535))
    assert whole <= len(data) <= sum(end <= cut for end in ends)
    assert bool(data.left_out) is (len(data) < len(DEEP))
    assert not data.left_out or "cut short" in data.left_out[-1]
    if data.left_out:
        with pytest.raises(DataError, match=r"cut short|cannot be read"):
            open_data(str(tmp_path))


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "group4"])
def test_a_tiff_of_bits_is_white_and_black(tmp_path: Path, compression: str | None) -> None:
    bits = GRAY[0] > 100
    Image.fromarray(bits).save(tmp_path / "bits.tif", compression=compression)
    assert np.array_equal(fields(open_data(str(tmp_path / "bits.tif")))["x"][0, 0], bits)


def test_pages_that_differ_are_left_out_by_their_number_with_their_masks(tmp_path: Path) -> None:
    """A second array, a page of another size, of another depth; the rest keeps its masks."""
    path, labels = tmp_path / "stack.tif", tmp_path / "stack_labels.tif"
    odd = {1: GRAY[1, :5], 4: DEEP[4]}
    with tifffile.TiffWriter(path) as writer, tifffile.TiffWriter(labels) as beside:
        for i in range(6):
            writer.write(odd.get(i, GRAY[i]), photometric="minisblack", contiguous=False)
            mask = MASKS[i, 3:] if i == 2 else MASKS[i]
            beside.write(mask, photometric="minisblack", contiguous=False)
    data = open_data(str(path))
    kept = [0, 3, 5]
    assert np.array_equal(fields(data)["x"][:, 0], GRAY[kept] / np.float32(255))
    assert np.array_equal(fields(data)["labels"][:, 0], MASKS[kept])
    named = {" ".join(told.split(" ")[:4]) for told in data.left_out}
    assert named == {
        *(f"page {i} of stack.tif" for i in (2, 3, 5)),
        *(f"page {i} of stack_labels.tif" for i in (2, 3, 5)),
    }
    (tmp_path / "folder").mkdir()
    path.rename(tmp_path / "folder" / "volume.tif")
    with pytest.raises(DataError, match="is no whole volume: page 2 is 5×12, and most are 10×12"):
        open_data(str(tmp_path / "folder"))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "packed.tif"])
def test_images_are_turned_as_their_orientation_says(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    """Judged by Pillow's own ``exif_transpose``; masks are given as the image is shown."""
    path, exif = tmp_path / "images" / f"a.{suffix}", Image.Exif()
    (tmp_path / "images").mkdir()
    exif[274] = orientation
    stored = Image.fromarray(COLOUR[0])
    if suffix.endswith("tif"):
        packing: Any = {"compression": "zlib"} if suffix[0] == "p" else {}
        tag = (274, "H", 1, orientation, True)
        tifffile.imwrite(path, COLOUR[0], photometric="rgb", extratags=[tag], **packing)
    else:
        kwargs: Any = {"lossless": True} if suffix == "webp" else {}
        stored.save(path, exif=exif, **kwargs)
    with Image.open(path) as image:
        upright = np.asarray(ImageOps.exif_transpose(image))
    masks = (upright[..., 0] > 100).astype(np.uint8)
    save_images(tmp_path / "masks", [masks], [f"{path.stem}.png"])
    data = open_data(str(tmp_path))
    x = (fields(data)["x"][0] * 255).round()
    assert np.array_equal(x, np.moveaxis(upright, -1, 0))
    assert np.array_equal(fields(data)["mask"][0, 0], masks)
    assert any("upright" in note for note in data.notes) is (orientation > 1)


@pytest.mark.parametrize(("mode", "words"), [("CMYK", "as CMYK"), ("P", "with a palette")])
@pytest.mark.parametrize("suffix", ["tif", "other"])
def test_what_becomes_red_green_and_blue_is_told(
    tmp_path: Path, mode: str, words: str, suffix: str
) -> None:
    ending = {"CMYK": "jpg", "P": "png"}[mode] if suffix == "other" else suffix
    Image.fromarray(COLOUR[0]).convert(mode).save(tmp_path / f"a.{ending}")
    data = open_data(str(tmp_path))
    with Image.open(tmp_path / f"a.{ending}") as image:
        expected = np.asarray(image.convert("RGB"))
    assert np.array_equal((fields(data)["x"][0] * 255).round(), np.moveaxis(expected, -1, 0))
    assert f"1 image stored {words} became red, green and blue" in data.notes


def test_a_folder_of_stacks_is_of_volumes(tmp_path: Path) -> None:
    for folder, pages in (("images", DEEP), ("masks", MASKS)):
        (tmp_path / folder).mkdir()
        for i in range(3):
            tifffile.imwrite(tmp_path / folder / f"{i}.tif", pages, photometric="minisblack")
    got = fields(open_data(str(tmp_path)))
    assert got["x"].shape == got["mask"].shape == (3, 1, 6, 10, 12)
    assert np.array_equal(got["labels"][1, 0], MASKS)


@pytest.mark.parametrize("kind", ["coco", "voc"])
def test_images_with_boxes(tmp_path: Path, kind: str) -> None:
    {"coco": write_coco, "voc": write_voc}[kind](tmp_path)
    data = open_data(str(tmp_path))
    got = fields(data)
    assert (data.task, data.classes, len(data)) == ("boxes", ("cat", "dog"), 2)
    size = np.array([12, 10, 12, 10], np.float32)
    expected = [[[2, 3, 6, 8], [0, 0, 12, 10]], [[1, 1, 5, 4], [-1] * 4]]
    at = got["boxes"] * np.where(got["boxes"] < 0, 1, size)
    assert np.allclose(at, expected, atol=1e-5)
    assert got["box_classes"].tolist() == [[0, 1], [1, -1]]
    assert len(data.left_out) == 2
    assert all(word in " ".join(data.left_out) for word in ("gone.png", "within 10×12"))


def write_coco(folder: Path) -> None:
    save_images(folder / "images", GRAY[:2])
    boxes = [(1, 5, [2, 3, 4, 5]), (1, 9, [0, 0, 12, 10]), (2, 9, [1, 1, 4, 3]),
             (2, 5, [5, 5, -1, 2])]  # fmt: skip
    files = enumerate(["000.png", "001.png", "gone.png"], 1)
    document = {
        "images": [{"id": i, "file_name": name, "width": 12, "height": 10} for i, name in files],
        "annotations": [
            {"id": n, "image_id": i, "category_id": c, "bbox": box}
            for n, (i, c, box) in enumerate(boxes)
        ],
        "categories": [{"id": 5, "name": "cat"}, {"id": 9, "name": "dog"}],
    }
    (folder / "annotations.json").write_text(json.dumps(document))


def write_voc(folder: Path) -> None:
    """VOC counts from 1 and the last pixel is inside."""
    save_images(folder / "JPEGImages", GRAY[:2])
    (folder / "Annotations").mkdir()
    boxes = {"000": [("cat", 3, 4, 6, 8), ("dog", 1, 1, 12, 10)],
             "001": [("dog", 2, 2, 5, 4), ("cat", 9, 9, 5, 5)], "gone": []}  # fmt: skip
    for stem, things in boxes.items():
        objects = "".join(
            f"<object><name>{name}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax>"
            f"<ymax>{d}</ymax></bndbox></object>"
            for name, a, b, c, d in things
        )
        text = f"<annotation><filename>{stem}.png</filename>{objects}</annotation>"
        (folder / "Annotations" / f"{stem}.xml").write_text(text)


def test_too_many_images_are_streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same batches, decoded when asked for, and a file that goes bad meanwhile is named."""
    save_images(tmp_path / "images", COLOUR)
    save_images(tmp_path / "masks", MASKS)
    whole = open_data(str(tmp_path))
    monkeypatch.setattr(many, "RESIDENT_BYTES", 0)
    streamed = open_data(str(tmp_path))
    assert not isinstance(streamed.fields["x"], np.ndarray)
    for epoch in range(2):
        pairs = (Batches(data, size=2).epoch(epoch) for data in (whole, streamed))
        for one, other in zip(*pairs, strict=True):
            assert all(one[key].tobytes() == other[key].tobytes() for key in ("x", "mask"))
    (tmp_path / "images" / "002.png").write_bytes(b"overwritten")
    with pytest.raises(DataError, match=r"002\.png cannot be read"):
        fields(streamed)


# --- hostile ------------------------------------------------------------------------------------
def bomb_npz(folder: Path) -> Path:
    path = folder / "bomb.npz"
    claim = b"{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999,), }"
    with zipfile.ZipFile(path, "w") as archive:
        header = claim.ljust(117) + b"\n"
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header)
    return path


def pickled(folder: Path) -> Path:
    np.savez(folder / "objects.npz", x=np.array([{"a": 1}], object))
    return folder / "objects.npz"


def no_arrays(folder: Path) -> Path:
    np.savez(folder / "empty.npz")
    return folder / "empty.npz"


def truncated_npz(folder: Path) -> Path:
    path = folder / "short.npz"
    np.savez(path, x=GRAY)
    path.write_bytes(path.read_bytes()[:400])
    return path


def uneven_npz(folder: Path) -> Path:
    np.savez(folder / "uneven.npz", x=GRAY, y=IDS[:4])
    return folder / "uneven.npz"


def idx_that_claims(folder: Path) -> Path:
    path = folder / "big-idx3-ubyte"
    path.write_bytes(struct.pack(">HBB3I", 0, 8, 3, 2**31, 2**15, 2**15) + b"xyz")
    return path


def idx_bomb(folder: Path) -> Path:
    path = folder / "bomb-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(struct.pack(">HBBI", 0, 8, 1, 4) + bytes(10**8)))
    return path


def uneven_idx(folder: Path) -> Path:
    write_idx(folder / "train-labels-idx1-ubyte", IDS[:3])
    return write_idx(folder / "train-images-idx3-ubyte", GRAY)


def png_bomb(folder: Path) -> Path:
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(10**6))), (b"IEND", b"")]
    packed = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    (folder / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + packed)
    return folder


def tiff_that_claims(folder: Path) -> Path:
    path = folder / "claims.tif"
    tifffile.imwrite(path, GRAY[0])
    content = bytearray(path.read_bytes())
    for tag in (256, 257):  # width and height
        at = content.index(struct.pack("<HHI", tag, 4, 1))
        content[at + 8 : at + 12] = struct.pack("<I", 2**20)
    path.write_bytes(content)
    return path


def stack_that_claims(folder: Path) -> Path:
    path, told = folder / "a.tif", "ImageJ=1.1\nimages=60000000\n"
    tifffile.imwrite(path, np.zeros((1, 1), np.uint8), description=told, metadata=None)
    with path.open("ab") as file:
        file.truncate(2**25)
    return path


def billion_laughs(folder: Path) -> Path:
    save_images(folder / "images", GRAY[:1])
    (folder / "annotations").mkdir()
    (folder / "annotations" / "a.xml").write_text(
        '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]>'
        "<annotation><filename>&c;</filename></annotation>"
    )
    return folder


def coco_that_leads_out(folder: Path) -> Path:
    save_images(folder / "images", GRAY[:1])
    save_images(folder, GRAY[:1], ["secret.png"])
    document = {"images": [{"id": 1, "file_name": "../secret.png"}], "categories": []}
    (folder / "a.json").write_text(json.dumps(document))
    return folder


def no_coco(folder: Path) -> Path:
    (folder / "a.json").write_text("[" * 100_000)
    return folder / "a.json"


def script_as_image(folder: Path) -> Path:
    (folder / "a.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    return folder


def empty_table(folder: Path) -> Path:
    (folder / "a.csv").write_text("a,b\n")
    return folder / "a.csv"


def binary_table(folder: Path) -> Path:
    (folder / "a.csv").write_bytes(bytes(range(256)))
    return folder / "a.csv"


HOSTILE = [
    *(bomb_npz, pickled, truncated_npz, uneven_npz, idx_that_claims, idx_bomb, uneven_idx),
    *(png_bomb, tiff_that_claims, stack_that_claims, billion_laughs, no_coco),
    *(coco_that_leads_out, no_arrays, script_as_image, empty_table, binary_table),
]


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_hostile_files_are_one_sentence(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    tracemalloc.start()
    try:
        with pytest.raises(DataError) as caught:
            open_data(str(path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**24
    assert "Traceback" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)
