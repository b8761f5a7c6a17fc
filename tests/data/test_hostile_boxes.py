"""Annotations that name images and boxes wrongly: each is told of, and all others are kept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from graphlab.data import open_data
from graphlab.errors import DataError

IMAGES: list[Any] = [{"id": i, "file_name": f"{i}.png"} for i in range(4)]
KINDS: list[Any] = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
BOXES: list[Any] = [
    {"image_id": i, "category_id": 1 + i % 2, "bbox": [i, 1, 3, 3]} for i in range(4)
]
LONG = "x" * 5000 + ".png"


def images(folder: Path) -> None:
    for i in range(4):
        Image.fromarray(np.full((8, 8), i, np.uint8)).save(folder / f"{i}.png")


def coco(folder: Path, **more: list[Any]) -> Path:
    images(folder)
    known = {"images": IMAGES, "categories": KINDS, "annotations": BOXES}
    document = {key: [*entries, *more.get(key, ())] for key, entries in known.items()}
    (folder / "a.json").write_text(json.dumps(document))
    return folder / "a.json"


WRONG: dict[str, tuple[str, Any, str]] = {
    "an id twice": ("images", {"id": 0, "file_name": "1.png"}, "image 4 of a.json"),
    "an id of words": ("images", {"id": "x", "file_name": "1.png"}, "image 4 of a.json"),
    "no name": ("images", {"id": 9}, "image 4 of a.json"),
    "no image": ("images", 5, "image 4 of a.json"),
    "a file twice": ("images", {"id": 9, "file_name": "1.png"}, "the image '1.png'"),
    "a file twice, on a detour": ("images", {"id": 9, "file_name": "./1.png"}, "the image './1.p"),
    "no file": ("images", {"id": 9, "file_name": ""}, "the image ''"),
    "a file outside": ("images", {"id": 9, "file_name": "../../x.png"}, "leads out of"),
    "a file at the top": ("images", {"id": 9, "file_name": "/etc/passwd"}, "leads out of"),
    "a zero in the name": ("images", {"id": 9, "file_name": "1\0.png"}, "leads out of"),
    "a folder": ("images", {"id": 9, "file_name": "."}, "there is no such file"),
    "a name that no file has": ("images", {"id": 9, "file_name": LONG}, "there is no such file"),
    "a kind twice": ("categories", {"id": 1, "name": "cow"}, "category 2 of a.json"),
    "a kind without a name": ("categories", {"id": 7}, "category 2 of a.json"),
    "no box": ("annotations", "box", "annotation 4 of a.json"),
    "three numbers": (
        "annotations", {"image_id": 0, "category_id": 1, "bbox": [1, 2, 3]}, "a bbox of four",
    ),
    "an image that is not there": (
        "annotations", {"image_id": 77, "category_id": 1, "bbox": [0, 0, 1, 1]}, "no image 77",
    ),
    "a kind that is not there": (
        "annotations", {"image_id": 0, "category_id": 77, "bbox": [0, 0, 1, 1]}, "no category 77",
    ),
    "a box outside": (
        "annotations", {"image_id": 2, "category_id": 1, "bbox": [0, 0, 99, 1]}, "of 2.png",
    ),
    "an endless box": (
        "annotations", {"image_id": 2, "category_id": 1, "bbox": [1e308, 0, 1e308, 1]}, "of 2.png",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_in_a_coco_file_is_left_out_alone(case: str, tmp_path: Path) -> None:
    key, entry, said = WRONG[case]
    data = open_data(str(coco(tmp_path, **{key: [entry]})))
    kept = data.take(np.arange(len(data)))
    assert kept["y"] * 8 == pytest.approx(np.array([[i, 1, i + 3, 4] for i in range(4)]))
    assert kept["box_classes"].ravel().tolist() == [0, 1, 0, 1]
    assert data.classes == ("cat", "dog")
    assert len(data.left_out) == data.left_out_count == 1
    assert said in data.left_out[0]
    assert "$" not in data.left_out[0]
    assert "\n" not in data.left_out[0]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "out").symlink_to(tmp_path, target_is_directory=True)
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "secret.png")
    entry = {"id": 9, "file_name": "out/secret.png"}
    data = open_data(str(coco(tmp_path / "set", images=[entry])))
    assert len(data) == 4
    assert "leads out of" in data.left_out[0]


def test_an_image_is_looked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, real, resolved = coco(tmp_path), os.path.realpath, list[Any]()

    def noted(path: Any, **options: Any) -> Any:
        resolved.append(path)
        return real(path, **options)

    monkeypatch.setattr(os.path, "realpath", noted)

    def links(count: int) -> int:
        """How many paths are resolved with so many images more."""
        more = [{"id": 10 + i, "file_name": f"gone{i}.png"} for i in range(count)]
        document = json.loads(file.read_text()) | {"images": IMAGES + more}
        file.write_text(json.dumps(document))
        resolved.clear()
        assert len(open_data(str(file))) == 4
        return len(resolved)

    assert links(140) - links(40) == 100


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"images":' + b"[" * 10**5, b"\xff\xfe"])
def test_what_is_no_coco_file_is_refused_in_a_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.json is no COCO file: [^\n]*$"):
        open_data(str(tmp_path / "a.json"))


VOC = (
    "<annotation><filename>{}</filename><object><name>{}</name><bndbox><xmin>{}</xmin>"
    "<ymin>1</ymin><xmax>4</xmax><ymax>4</ymax></bndbox></object></annotation>"
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (VOC.format("1.png", "cat", 1), "is named before"),
        (VOC.format("../../x.png", "cat", 1), "leads out of"),
        (VOC.format(LONG, "cat", 1), "there is no such file"),
        (VOC.format("", "cat", 1), "it has no filename"),
        ('<!DOCTYPE a [<!ENTITY x "ha">]><annotation>&x;</annotation>', "document types"),
        ("", "no VOC annotation"),
        (b"\xff\xfe<a", "no VOC annotation"),
    ],
)
def test_what_is_wrong_in_a_voc_file_is_left_out_alone(
    content: str | bytes, said: str, tmp_path: Path
) -> None:
    images(tmp_path)
    for i in range(4):
        (tmp_path / f"{i}.xml").write_text(VOC.format(f"{i}.png", "cat", 1))
    wrong = content.encode() if isinstance(content, str) else content
    (tmp_path / "z.xml").write_bytes(wrong)
    data = open_data(str(tmp_path))
    assert len(data) == 4
    assert data.left_out_count == 1
    assert said in data.left_out[0]
