"""A class's folder as platforms and browsers leave it: all that is in it is accounted for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphlab import parse, tutor
from graphlab.errors import FileError
from graphlab.graph.file import save
from graphlab.tutor import collecting
from tests.tutor.lessons import written

FILES = [
    "ada.graph.json",
    "BEN.ANSWERS.JSON",
    "cleo.answers (1).json",
    "dan (2).graph(3).json",
    "eve/lesson.answers.json",
    "fay/deep/lesson.answers.json",
]
OTHERS = {
    "copy.json": "named neither",
    "photo.png": "named neither",
    "graph.json": "named neither",
    "eve/notes.md": "named neither",
    "gus": "an empty folder",
    "loop": "a link",
    "device.graph.json": "a link",
}
SYSTEMS = [".DS_Store", "__MACOSX/ada.graph.json", "Thumbs.db", "eve/.lesson.answers.json.swp",
           "ada.graph.0123456789abcdef.safetensors"]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A class."""
    home = tmp_path / "class"
    for name in [*FILES, *SYSTEMS, *OTHERS]:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == "gus":
            path.mkdir()
        elif name == "loop":
            path.symlink_to("..")
        elif name == "device.graph.json":
            path.symlink_to("/dev/zero")
        else:
            path.write_text("{")
    return home


def test_everything_is_a_submission_or_named(folder: Path) -> None:
    files, left_out = tutor.collect([folder])
    assert {str(file.relative_to(folder)) for file in files} == set(FILES)
    assert {str(path.relative_to(folder)) for path, _ in left_out} == set(OTHERS)
    for path, why in left_out:
        assert OTHERS[str(path.relative_to(folder))] in why


def test_a_mistyped_folder_is_no_student_and_a_mistyped_file_is_one(folder: Path) -> None:
    missing = folder.with_name("clas")
    found = tutor.collect([folder, missing, folder / "zoe.answers.json", folder / "photo.png"])
    assert [file.name for file in found.files[-2:]] == ["zoe.answers.json", "photo.png"]
    assert [tuple(one) for one in found.left_out if one.path not in folder.rglob("*")] == [
        (missing, "no such file or folder")
    ]


def test_a_row_says_where_its_file_is_and_whose(tmp_path: Path) -> None:
    lesson = tutor.read_lesson(written(tmp_path))
    for name in ("ada/work", "ben/work", "ben/other", "cleo"):
        (tmp_path / "class" / name).parent.mkdir(parents=True, exist_ok=True)
        save(parse("f = x"), tmp_path / "class" / f"{name}.graph.json")
    grades = list(tutor.grade_all(lesson, [tmp_path / "class"]))
    assert [
        (Path(g.file).relative_to(tmp_path / "class").as_posix(), g.student) for g in grades
    ] == [
        ("ada/work.graph.json", "ada"),
        ("ben/other.graph.json", "other"),
        ("ben/work.graph.json", "ben"),
        ("cleo.graph.json", "cleo"),
    ]
    named = [tmp_path / "class" / who / "work.graph.json" for who in ("ada", "ben")]
    assert [g.student for g in tutor.grade_all(lesson, named)] == ["ada", "ben"]


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_however_its_name_was_changed(name: str, tmp_path: Path) -> None:
    lesson = tutor.read_lesson(written(tmp_path))
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if "answers" in name.lower():
        tutor.write_submission(path, lesson, parse("f = x"), {})
    else:
        save(parse("f = x"), tmp_path / "plain.graph.json")
        os.replace(tmp_path / "plain.graph.json", path)
    assert tutor.grade(lesson, path).is_readable


def test_a_folder_far_too_large_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MOST_ENTRIES", 5)
    with pytest.raises(FileError, match="more than 5 files and folders in it: name the folder"):
        tutor.collect([folder])
