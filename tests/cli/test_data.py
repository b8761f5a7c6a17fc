"""``graphlab data``: a table of all, a page of one, a file that reads back the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from graphlab.data import CATALOGUE, GENERATED, SHIPPED, names, open_data
from tests.cli.conftest import Cli


def test_all_are_listed(cli: Cli) -> None:
    done = cli("data", "--json")
    rows = json.loads(done.out)
    assert [row["name"] for row in rows] == list(names())
    for row in rows:
        assert set(row) == {"name", "title", "task", "examples", "shape", "licence", "where"}
    lines = cli("data").out.splitlines()
    assert len(lines) >= len(rows) + 2


@pytest.mark.parametrize("name", [*GENERATED, *SHIPPED])
def test_one_is_described_and_saved(cli: Cli, name: str, tmp_path: Path) -> None:
    path = tmp_path / "saved.npz"
    done = cli("data", name, "--json", "--save", str(path))
    assert (done.status, done.err) == (0, "")
    told, data = json.loads(done.out), open_data(name)
    assert told["splits"] == {split: len(rows) for split, rows in data.splits.items()}
    assert {f["name"]: tuple(f["shape"]) for f in told["fields"]} == {
        field: values.shape for field, values in data.fields.items()
    }
    again, rows = open_data(str(path)), np.arange(len(data))
    assert again.task == data.task
    assert again.classes == data.classes
    for field, values in data.take(rows).items():
        assert np.array_equal(again.take(rows)[field], values)
    for split in data.splits:
        assert np.array_equal(again.rows(split), data.rows(split))
    assert data.title in cli("data", name).out


def test_an_entry_that_is_not_here_is_described_without_a_network(cli: Cli) -> None:
    told = json.loads(cli("data", "patch-camelyon", "--json").out)
    assert told["is_here"] is False
    assert sum(file["bytes"] for file in told["files"]) == CATALOGUE["patch-camelyon"].size
    assert "graphlab data patch-camelyon --fetch" in cli("data", "patch-camelyon").out


@pytest.mark.parametrize(
    "name", ["mnist", "cells", "boxes", "volumes", "signals", "spiral", "plane", "line"]
)
def test_samples_are_drawn(cli: Cli, name: str, tmp_path: Path) -> None:
    path = tmp_path / "drawn.png"
    assert cli("data", name, "--preview", str(path)).status == 0
    assert len(np.unique(np.asarray(Image.open(path)).reshape(-1, 3), axis=0)) > 1


def test_rows_of_numbers_are_not_drawn(cli: Cli, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("a,b,c,y\n" + "1,2,3,4.5\n" * 9)
    done = cli("data", str(table), "--preview", str(tmp_path / "a.png"))
    assert done.status == 2
    assert "signals and points of the plane are drawn" in done.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("spirl",), "did you mean spiral?"),
        (("no/such/path",), "there is no data set"),
        (("spiral:exmples=3",), "did you mean examples?"),
        (("spiral:examples=many",), "examples=500"),
        (("spiral:split=0/1/1",), "the first of them more than 0"),
        (("mnist:target=y",), "target is no setting"),
        (("mnist:task=masks",), "choose classes or regression or plain"),
        (("and:split=1/0/0", "--save", "out.txt"), "must end with .npz"),
        (("and", "--save", "/no/such/folder/a.npz"), "cannot be written"),
    ],
)
def test_what_is_wrong_is_one_sentence(cli: Cli, words: tuple[str, ...], told: str) -> None:
    done = cli("data", *words)
    assert done.status == 2
    assert told in done.err
    assert done.err.count("\n") == 1
