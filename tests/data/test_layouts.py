"""Data as other tools lay it out: its splits stand, and what is not used is told of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from graphlab.api import read_source
from graphlab.data import DataSet, open_data
from graphlab.errors import DataError, GraphError
from graphlab.train.losses import with_loss
from tests.data.test_readers import COLOUR, DEEP, GRAY, IDS, MASKS, fields, save_images, write_idx


# --- archives -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_a_validation_split_of_an_archive_stands(tmp_path: Path, name: str) -> None:
    spans = {"train": slice(3), name: slice(3, 5), "test": slice(5, 6)}
    arrays: dict[str, Any] = {
        f"{k}_{n}": a[s] for n, s in spans.items() for k, a in (("x", GRAY), ("y", IDS))
    }
    np.savez(tmp_path / "set.npz", weights=np.ones(6), **arrays)
    data = open_data(str(tmp_path / "set.npz"))
    assert [data.rows(part).tolist() for part in ("train", "validation", "test")] == [
        [0, 1, 2], [3, 4], [5],
    ]  # fmt: skip
    assert np.array_equal(fields(data)["x"][:, 0], GRAY / np.float32(255))
    assert np.array_equal(fields(data)["y"], IDS)
    assert any("weights" in note for note in data.notes)
    for key, other in ((f"y_{name}", None), (f"x_{name}", DEEP[3:5]), (f"y_{name}", IDS)):
        changed: dict[str, Any] = {k: a for k, a in {**arrays, key: other}.items() if a is not None}
        np.savez(tmp_path / "bad.npz", **changed)
        with pytest.raises(DataError, match=key):
            open_data(str(tmp_path / "bad.npz"))


@pytest.mark.parametrize("axis", [None, 1, -1])
@pytest.mark.parametrize("is_repeated", [True, False])
def test_masks_of_an_archive_get_their_channel_where_images_have_it(
    tmp_path: Path, axis: int | None, is_repeated: bool
) -> None:
    labels = MASKS if axis is None else np.expand_dims(MASKS, axis)
    mask = (labels > 0) if is_repeated else (labels > 1)
    np.savez(tmp_path / "set.npz", images=COLOUR, labels=labels, mask=mask, ids=IDS)
    data = open_data(str(tmp_path / "set.npz"))
    assert np.array_equal(fields(data)["labels"], MASKS[:, None])
    assert np.array_equal(fields(data)["mask"], MASKS[:, None] > 0)
    assert any("of the masks was moved" in note for note in data.notes) is (axis == -1)
    left = next(note for note in data.notes if "left away" in note)
    assert left.endswith(": ids" if is_repeated else ": mask, ids")


def test_a_class_without_an_example_is_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", x=GRAY, y=IDS + 1)
    data = open_data(str(tmp_path / "set.npz"))
    assert data.classes == ("0", "1", "2", "3")
    assert data.notes[-1] == "no example is of the class 0"
    np.savez(tmp_path / "set.npz", x=GRAY, y=IDS)
    assert not any("no example" in note for note in open_data(str(tmp_path / "set.npz")).notes)


@pytest.mark.parametrize(("usual", "odd"), [(("1", "2"), "2x"), (("cat", "dog"), "7")])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_word_among_classes_of_numbers_is_told_by_its_line(
    tmp_path: Path, usual: tuple[str, str], odd: str, count: int
) -> None:
    answers = [usual[i % 2] for i in range(20)]
    answers[5 : 5 + count] = [odd] * count
    lines = ["a,kind", *(f"{i}.5,{answer}" for i, answer in enumerate(answers))]
    (tmp_path / "set.csv").write_text("\n".join(lines))
    data = open_data(str(tmp_path / "set.csv"))
    told = [note for note in data.notes if "mostly" in note]
    assert set(data.classes) == set(answers)
    assert len(told) == min(count, 1)
    assert all(f"'{odd}' in line 7" in note for note in told)
    assert all(("2 more" in note) is (count == 3) for note in told)


# --- folders ------------------------------------------------------------------------------------
@pytest.mark.parametrize("is_one", [True, False])
@pytest.mark.parametrize("twice", ["image", "mask"])
def test_images_or_masks_of_one_name_are_named(tmp_path: Path, is_one: bool, twice: str) -> None:
    masks = tmp_path if is_one else tmp_path / "masks"
    images = tmp_path if is_one else tmp_path / "images"
    save_images(images, GRAY[:3], ["0.png", "1.png", "2.png"])
    save_images(masks, MASKS[:3], ["0_mask.png", "1_mask.png", "2_mask.png"])
    place, name = (images, "1.bmp") if twice == "image" else (masks, "1_mask.bmp")
    save_images(place, GRAY[3:4], [name])
    data = open_data(str(tmp_path))
    assert np.array_equal(fields(data)["x"][:, 0] * np.float32(255), GRAY[[0, 2]])
    assert np.array_equal(fields(data)["labels"][:, 0], MASKS[[0, 2]])
    assert len(data.left_out) == 3
    assert all("1.png" in told and name in told for told in data.left_out)
    for path in {*images.glob("[02]*"), *masks.glob("[02]*")}:
        path.unlink()
    with pytest.raises(DataError, match="are of one name"):
        open_data(str(tmp_path))


@pytest.mark.parametrize("kind", ["int16", "int32", "uint32", "int64"])
@pytest.mark.parametrize("packing", [None, "zlib"])
def test_labels_of_many_bits_are_a_masks_alone(
    tmp_path: Path, kind: str, packing: str | None
) -> None:
    labels = MASKS.astype(kind) * 1000
    (tmp_path / "masks").mkdir()
    save_images(tmp_path / "images", GRAY, [f"{i}.png" for i in range(6)])
    for i, mask in enumerate(labels):
        tifffile.imwrite(tmp_path / "masks" / f"{i}.tif", mask, compression=packing)
    tifffile.imwrite(tmp_path / "s.tif", GRAY, photometric="minisblack")
    tifffile.imwrite(tmp_path / "s_mask.tif", labels, photometric="minisblack", compression=packing)
    for spec in (tmp_path, tmp_path / "s.tif"):
        if packing and kind == "int64":  # which Pillow's library does not unpack
            with pytest.raises(DataError):
                open_data(str(spec))
            continue
        data = open_data(str(spec))
        assert np.array_equal(fields(data)["labels"][:, 0], labels)
        assert np.array_equal(fields(data)["mask"][:, 0], labels != 0)
    for spec in (tmp_path / "masks", tmp_path / "s_mask.tif"):
        with pytest.raises(DataError, match=f"holds {kind}, which is read as a mask's labels"):
            open_data(str(spec))


@pytest.mark.parametrize("file", [True, False])
def test_points_of_images_of_one_name(tmp_path: Path, file: bool) -> None:
    """Tables say which image by its ending, or cannot tell."""
    save_images(tmp_path / "images", GRAY[:3], ["0.bmp", "0.png", "1.png"])
    if file:
        rows = "file,x,y\n0.bmp,1,2\n0.png,3,4\n0.png,5,6\n1.tif,7,8\n9.png,1,1\n"
        (tmp_path / "points.csv").write_text(rows)
    else:
        (tmp_path / "points").mkdir()
        for name, row in (("0", "1,2"), ("1", "7,8"), ("9", "1,1")):
            (tmp_path / "points" / f"{name}.csv").write_text(f"x,y\n{row}\n")
    data = open_data(str(tmp_path))
    assert fields(data)["count"].tolist() == ([1, 2, 1] if file else [1])
    assert fields(data)["points"][-1, 0].tolist() == [8, 7]
    said = " ".join(data.left_out)
    assert "'9" in said
    assert ("0.bmp and 0.png" in said) is not file


# --- idx ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("names", ["{}", "emnist-letters-{}", "my_{}"])
@pytest.mark.parametrize("parts", [("train", "t10k"), ("train", "test"), ("train", "val", "test")])
def test_idx_files_are_of_the_split_that_their_name_holds(
    tmp_path: Path, names: str, parts: tuple[str, ...]
) -> None:
    for i, part in enumerate(parts):
        stem = tmp_path / names.format(part)
        write_idx(Path(f"{stem}-images-idx3-ubyte"), GRAY[2 * i : 2 * i + 2])
        write_idx(Path(f"{stem}-labels-idx1-ubyte"), IDS[2 * i : 2 * i + 2].astype(np.float32), 13)
    data = open_data(f"{tmp_path}:split=100/0/0")
    last = [2 * len(parts) - 2, 2 * len(parts) - 1]
    expected = {"train": [0, 1], "validation": [2, 3] if len(parts) > 2 else [], "test": last}
    assert splits(data) == expected
    for part, rows in expected.items():
        assert fields(data)["y"][data.rows(part)].tolist() == IDS[rows].tolist()
    for wrong in (0.5, -1):
        labels = np.array([0, wrong], np.float32)
        write_idx(tmp_path / f"{names.format('train')}-labels-idx1-ubyte", labels, 13)
        with pytest.raises(DataError, match=f"holds {wrong}, and classes are whole numbers"):
            open_data(str(tmp_path))


# --- boxes --------------------------------------------------------------------------------------
BOX = [3.0, 2.0, 4.0, 5.0]  # x, y, width and height in images of 10×12
SHARES = np.array([3 / 12, 2 / 10, 7 / 12, 7 / 10], np.float32)


def coco(path: Path, names: list[str], *annotations: dict[str, Any]) -> None:
    """A file of these images; each has a cat in BOX and what else is given."""
    images = [{"id": i, "file_name": name} for i, name in enumerate(names)]
    every = [{"image_id": i, "category_id": 5, "bbox": BOX} for i in range(len(names))]
    path.parent.mkdir(parents=True, exist_ok=True)
    categories = [{"id": 5, "name": "cat"}, {"id": 2, "name": "dog"}]
    document = {"images": images, "annotations": [*every, *annotations], "categories": categories}
    path.write_text(json.dumps(document))


def splits(data: DataSet) -> dict[str, list[int]]:
    """By split the examples, told by which of GRAY they are."""
    pixels = (fields(data)["x"][:, 0] * 255).round()
    known = [next(i for i, g in enumerate(GRAY) if np.array_equal(p, g)) for p in pixels]
    return {part: [known[row] for row in rows] for part, rows in data.splits.items()}


PLACES = {
    "coco": ("annotations/instances_{}2017.json", "{}2017"),
    "images": ("annotations/{}.json", "images/{}"),
    "beside": ("{}/_annotations.coco.json", "{}"),
}


@pytest.mark.parametrize("layout", PLACES)
@pytest.mark.parametrize("parts", [("train", "val"), ("train", "valid", "test")])
def test_the_splits_of_coco_files_stand(
    tmp_path: Path, layout: str, parts: tuple[str, ...]
) -> None:
    file, images = PLACES[layout]
    for i, part in enumerate(parts):  # every split has a 0.png of its own
        rows = GRAY[2 * i : 2 * i + 2]
        save_images(tmp_path / images.format(part), rows, ["0.png", "1.png"])
        coco(tmp_path / file.format(part), ["0.png", "1.png"])
    if layout == "coco":
        coco(tmp_path / "annotations" / "person_keypoints_train2017.json", ["0.png"])
    data = open_data(str(tmp_path))
    expected = {"train": [0, 1], "validation": [2, 3], "test": [4, 5][: 2 * (len(parts) - 2)]}
    assert splits(data) == expected
    assert np.allclose(fields(data)["y"], SHARES)
    assert [("keypoints" in told) for told in data.left_out] == [True] * (layout == "coco")
    alone = open_data(str(tmp_path / file.format(parts[1])))
    assert sorted(i for rows in splits(alone).values() for i in rows) == [2, 3]


def test_a_file_without_boxes_is_no_split(tmp_path: Path) -> None:
    """COCO tells of its test images so; one split that is left is split by the seed."""
    save_images(tmp_path / "val2017", GRAY, [f"{i}.png" for i in range(6)])
    coco(tmp_path / "annotations" / "instances_val2017.json", [f"{i}.png" for i in range(6)])
    bare = {"images": [{"id": 1, "file_name": "9.png"}], "categories": [{"id": 5, "name": "cat"}]}
    (tmp_path / "annotations" / "image_info_test2017.json").write_text(json.dumps(bare))
    data = open_data(f"{tmp_path}:split=50/50/0")
    assert [len(rows) for rows in data.splits.values()] == [3, 3, 0]
    (told,) = data.left_out
    assert "image_info_test2017.json is left out: it tells of no box" in told


def test_a_crowd_is_no_object_and_polygons_have_boxes(tmp_path: Path) -> None:
    save_images(tmp_path, GRAY[:2], ["0.png", "1.png"])
    x, y, width, height = BOX
    corners = [x, y, x + width, y + 1, x + 1, y + height]
    coco(
        tmp_path / "a.json",
        ["0.png"],
        {"image_id": 0, "category_id": 2, "bbox": [0, 0, 12, 10], "iscrowd": 1},
        {"image_id": 0, "category_id": 2, "segmentation": [corners], "iscrowd": 0},
        {"image_id": 0, "category_id": 2, "segmentation": [corners[:2], corners[2:]]},
        {"image_id": 0, "category_id": 2, "segmentation": {"counts": "abc", "size": [10, 12]}},
    )
    data = open_data(str(tmp_path))
    assert np.allclose(fields(data)["boxes"], [[SHARES, SHARES]])
    assert fields(data)["box_classes"].tolist() == [[1, 0]]
    assert [told.split(" is left out: ")[0][:12] for told in data.left_out] == [
        f"annotation {i}" for i in (1, 3, 4)
    ]
    assert "crowd" in data.left_out[0]
    assert any(note.startswith("1 boxes were drawn round polygons") for note in data.notes)


def test_a_set_without_a_box_is_refused_and_of_several_no_riddle_is_asked(tmp_path: Path) -> None:
    save_images(tmp_path, GRAY[:1], ["0.png"])
    document = {"images": [{"id": 1, "file_name": "0.png"}], "categories": []}
    (tmp_path / "a.json").write_text(json.dumps(document))
    with pytest.raises(DataError, match="no box"):
        open_data(str(tmp_path))
    coco(tmp_path / "a.json", ["0.png"], {"image_id": 0, "category_id": 2, "bbox": BOX})
    data = open_data(str(tmp_path))
    net = read_source("s = linear_layer(flatten(x), features=2)")
    with pytest.raises(GraphError, match="boxes 2×4 an example"):
        with_loss(net, data)


def voc(folder: Path, names: list[str]) -> None:
    for name in names:
        ends = zip(("xmin", "ymin", "xmax", "ymax"), (4, 3, 7, 7), strict=True)
        box = "".join(f"<{tag}>{at}</{tag}>" for tag, at in ends)
        thing = f"<object><name>cat</name><bndbox>{box}</bndbox></object>"
        path = folder / "Annotations" / f"{Path(name).stem}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<annotation><filename>{name}</filename>{thing}</annotation>")


LISTS = {
    "all": ({"train": "01", "val": "23", "test": "45"}, ([0, 1], [2, 3], [4, 5])),
    "both": ({"trainval": "0123", "train": "01", "val": "23", "test": "4"},
             ([0, 1], [2, 3], [4])),
    "twice": ({"trainval": "0123", "train": "01", "val": "1", "test": "4"}, ([0, 2, 3], [1], [4])),
}  # fmt: skip


@pytest.mark.parametrize("second", ["val", "valid", "validation"])
@pytest.mark.parametrize("third", ["test", "testing"])
def test_a_split_is_known_by_any_of_its_names(second: str, third: str, tmp_path: Path) -> None:
    parts = {"train": [0, 1], second: [2, 3], third: [4, 5]}
    arrays: dict[str, Any] = {}
    names = [f"{i}.png" for i in range(6)]
    main = tmp_path / "voc" / "ImageSets" / "Main"
    main.mkdir(parents=True)
    save_images(tmp_path / "voc" / "JPEGImages", GRAY, names)
    voc(tmp_path / "voc", names)
    for part, rows in parts.items():
        arrays |= {f"x_{part}": GRAY[rows], f"y_{part}": np.array(rows) % 2}
        (main / f"{part}.txt").write_text("".join(f"{row}\n" for row in rows))
        for kind in (0, 1):
            save_images(tmp_path / "folders" / part / "ab"[kind], GRAY[rows[kind]][None], ["x.png"])
    np.savez(tmp_path / "a.npz", **arrays)
    for place in ("a.npz", "voc", "folders"):
        data = open_data(str(tmp_path / place))
        assert [list(rows) for rows in splits(data).values()] == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.parametrize("lists", LISTS)
@pytest.mark.parametrize("ending", [".png", ""])
def test_the_splits_that_voc_lists_stand(tmp_path: Path, lists: str, ending: str) -> None:
    names = [f"2007.{i}" for i in range(6)]
    save_images(tmp_path / "JPEGImages", GRAY, [f"{name}.png" for name in names])
    voc(tmp_path, [f"{name}.png" for name in names])
    for path, name in zip(sorted((tmp_path / "Annotations").iterdir()), names, strict=True):
        path.write_text(path.read_text().replace(f"{name}.png", f"{name}{ending}"))
    main = tmp_path / "ImageSets" / "Main"
    main.mkdir(parents=True)
    listed, expected = LISTS[lists]
    for part, digits in listed.items():
        (main / f"{part}.txt").write_text("".join(f"2007.{i}\n" for i in digits) + "gone\n")
        (main / f"cat_{part}.txt").write_text("".join(f"2007.{i} -1\n" for i in digits))
    data = open_data(str(tmp_path))
    assert tuple(splits(data).values()) == expected
    assert np.allclose(fields(data)["y"], SHARES)
    unlisted = {*range(6)} - {i for rows in expected for i in rows}
    left = [told for told in data.left_out if "no list" in told]
    assert len(left) == len(unlisted)
    assert len(data.left_out) == len(left) + len(listed)
    assert any("without an ending" in note for note in data.notes) is (ending == "")
