"""A trained network is asked about other data than its own: by names, or it is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Cli

RANDOM = np.random.default_rng(0)
KINDS = ("bee", "cat", "dog")
IDS = RANDOM.integers(0, 3, 60)
POINTS = np.stack([3.0 * IDS, -IDS, np.ones(60)], 1) + RANDOM.normal(0, 0.7, (60, 3))
NET = "s = linear_layer(flatten(x), features={})"


def table(path: Path, columns: dict[str, Any]) -> Path:
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines))
    return path


def columns(names: str, kinds: tuple[str, ...] = KINDS) -> dict[str, Any]:
    """The points as a table whose columns stand in this order: a, b, c, the class k, another z."""
    known = dict(zip("abc", POINTS.T.tolist(), strict=True))
    known |= {"k": [kinds[i] for i in IDS], "z": [7.0] * 60}
    return {name: known[name] for name in names}


def evaluated(cli: Cli, folder: Path, data: Path | str, split: str = "train") -> Any:
    done = cli("evaluate", str(folder), "--data", str(data), "--split", split, "--json")
    assert (done.status, done.err) == (0, ""), done.err
    return json.loads(done.out)


def refused(cli: Cli, folder: Path, data: Path | str) -> str:
    done = cli("evaluate", str(folder), "--data", str(data))
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    return done.err


def train(cli: Cli, data: Path | str, out: Path, classes: int = 3) -> Path:
    done = cli("train", NET.format(classes), "--data", str(data), "--out", str(out), "--epochs=2")
    assert done.status == 0, done.err
    return out


@pytest.mark.parametrize("settings", ["", ":standardise=yes"])
def test_columns_are_taken_by_their_names(cli: Cli, tmp_path: Path, settings: str) -> None:
    own = table(tmp_path / "own.csv", columns("abck"))
    folder = train(cli, f"{own}{settings}", tmp_path / "run")
    known = evaluated(cli, folder, f"{own}{settings}")["metrics"]
    for order in ("cabk", "kbca", "bzack"):
        other = table(tmp_path / "other.csv", columns(order))
        target = f"{settings},target=k" if settings else ":target=k"
        told = evaluated(cli, folder, f"{other}{target}")
        assert told["metrics"] == known
        assert any("by their names" in note for note in told["notes"])
        assert any(note.startswith("z ") for note in told["notes"]) is ("z" in order)
    plain = table(tmp_path / "plain.csv", {**columns("abck")})
    plain.write_text("\n".join(plain.read_text().splitlines()[1:]))  # without its heading
    told = evaluated(cli, folder, f"{plain}{settings}")
    assert told["metrics"] == known
    assert any("x1, x2, x3 were taken for a, b, c" in note for note in told["notes"])
    lacking = table(tmp_path / "lacking.csv", columns("azbk"))
    said = refused(cli, folder, lacking)
    assert "no column c" in said
    assert "a, b, c" in said


def test_standardising_other_data_is_by_the_mean_of_training(cli: Cli, tmp_path: Path) -> None:
    own = table(tmp_path / "own.csv", columns("abck"))
    folder = train(cli, f"{own}:standardise=yes", tmp_path / "run")
    other = table(tmp_path / "other.csv", {**columns("bck"), "a": (POINTS[:, 0] + 5).tolist()})
    told = [evaluated(cli, folder, f"{other}:target=k{s}") for s in ("", ",standardise=yes")]
    assert told[0]["metrics"] == told[1]["metrics"]


def confusion_by_name(told: Any, names: tuple[str, ...]) -> dict[tuple[str, str], int]:
    pairs = enumerate(told["metrics"]["confusion"])
    return {(names[i], names[j]): n for i, row in pairs for j, n in enumerate(row) if n}


def test_classes_are_taken_by_their_names(cli: Cli, tmp_path: Path) -> None:
    own = table(tmp_path / "own.csv", columns("abck"))
    folder = train(cli, f"{own}:split=100/0/0", tmp_path / "run")
    known = confusion_by_name(evaluated(cli, folder, f"{own}:split=100/0/0"), KINDS)
    some = table(tmp_path / "some.csv", columns("abck"))
    lines = [line for line in some.read_text().splitlines() if not line.endswith("bee")]
    some.write_text("\n".join(lines))
    told = evaluated(cli, folder, f"{some}:split=100/0/0")
    assert confusion_by_name(told, KINDS) == {p: n for p, n in known.items() if p[0] != "bee"}
    other = table(tmp_path / "other.csv", columns("abck", ("ant", "bee", "cat")))
    said = refused(cli, folder, other)
    assert "ant" in said
    assert "bee, cat, dog" in said
    numbered = tmp_path / "numbered.npz"
    np.savez(numbered, x=POINTS, y=IDS)
    told = evaluated(cli, folder, f"{numbered}:split=100/0/0")
    assert confusion_by_name(told, KINDS) == known
    assert any("0, 1, 2 were taken for bee, cat, dog" in note for note in told["notes"])
    estimated = table(tmp_path / "estimated.csv", {**columns("abc"), "k": POINTS[:, 0]})
    assert "task=classes" in refused(cli, folder, estimated)


def write_images(folder: Path, kinds: dict[str, tuple[int, ...]]) -> Path:
    for kind, shape in kinds.items():
        (folder / kind).mkdir(parents=True)
        for i in range(6):
            pixels = RANDOM.integers(0, 256, shape, np.uint8)
            Image.fromarray(pixels).save(folder / kind / f"{i}.png")
    return folder


def test_folders_of_classes_are_taken_by_their_names(cli: Cli, tmp_path: Path) -> None:
    own = write_images(tmp_path / "own", {"cat": (8, 8), "dog": (8, 8)})
    folder = train(cli, own, tmp_path / "run", classes=2)
    one = write_images(tmp_path / "one", {"dog": (8, 8)})
    found = evaluated(cli, folder, f"{one}:split=100/0/0")["metrics"]["confusion"]
    assert [sum(row) for row in found] == [0, 6]
    assert "ant" in refused(cli, folder, write_images(tmp_path / "new", {"ant": (8, 8)}))
    for shape, said in (((8, 8, 3), "3×8×8"), ((9, 9), "1×9×9")):
        other = write_images(tmp_path / said, {"cat": shape, "dog": shape})
        told = refused(cli, folder, other)
        assert said in told
        assert "1×8×8" in told


def test_numbers_tell_classes_apart_as_words_do(cli: Cli, tmp_path: Path) -> None:
    x, ids = RANDOM.random((40, 1, 8, 8)), np.arange(40) % 4
    np.savez(tmp_path / "four.npz", x=x, y=ids)
    table(tmp_path / "one.csv", {**columns("ab"), "k": [1.0, 2.0] * 30})
    np.savez(tmp_path / "two.npz", x=POINTS[:, :2], y=np.resize([1, 2], 60))
    ten, four = (
        train(cli, data, tmp_path / f"run{count}", count)
        for data, count in (("digits", 10), (tmp_path / "four.npz", 4))
    )
    found = evaluated(cli, ten, f"{tmp_path / 'four.npz'}:split=100/0/0")["metrics"]["confusion"]
    assert [sum(row) for row in found] == [10] * 4 + [0] * 6
    assert "4, 5, 6, 7, 8, 9" in refused(cli, four, "digits")
    two = train(cli, tmp_path / "one.csv", tmp_path / "run2", 2)
    found = evaluated(cli, two, f"{tmp_path / 'two.npz'}:split=100/0/0")["metrics"]["confusion"]
    assert [sum(row) for row in found] == [30, 30]
