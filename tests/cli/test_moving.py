"""A run finds its data from any folder, and beside it also where both have been moved."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from graphlab.data.opening import open_data
from graphlab.train.folder import RunFolder
from tests.cli.conftest import Cli

MLP = "h = tanh(linear_layer(flatten(x), features=4)); z = linear_layer(h, features=2)"


def _table(at: Path) -> str:
    at.parent.mkdir(parents=True, exist_ok=True)
    rows = np.random.default_rng(0).normal(size=(40, 2))
    lines = [f"{a:.3f},{b:.3f},{'pq'[i % 2]}" for i, (a, b) in enumerate(rows)]
    at.write_text("\n".join(["a,b,kind", *lines]))
    return f"{at}:standardise=yes,split=70/20/10"


def _images(at: Path) -> str:
    for i in range(20):
        file = at / "pq"[i % 2] / f"{i}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 4), 10 * i, np.uint8)).save(file)
    return f"{at}:size=3x3"


@pytest.mark.parametrize("make", [_table, _images])
@pytest.mark.parametrize("place", ["project/data", "project/sets/data", "elsewhere/data"])
@pytest.mark.parametrize("spelling", ["relative", "absolute"])
def test_a_run_finds_its_data(
    make: type, place: str, spelling: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = make(tmp_path / f"{place}.csv" if make is _table else tmp_path / place)
    project, moved = tmp_path / "project", tmp_path / "moved"
    project.mkdir(exist_ok=True)
    monkeypatch.chdir(project)
    given = os.path.relpath(spec, project) if spelling == "relative" else spec
    assert cli("train", MLP, "--data", given, "--out", "run", "--epochs", "1").status == 0
    known = json.loads(cli("evaluate", "run", "--json").out)
    monkeypatch.chdir("/")
    found = json.loads(cli("evaluate", str(project / "run"), "--json").out)
    assert found["metrics"] == known["metrics"]
    resumed = cli("train", MLP, "--out", str(project / "run"), "--epochs", "2", "--resume")
    assert resumed.status == 0, resumed.err
    assert "Going on after" in resumed.out

    project.rename(moved)
    run, is_beside = RunFolder(moved / "run"), place.startswith("project")
    known = json.loads(cli("evaluate", str(moved / "run"), "--json").out)
    again = cli("train", MLP, "--out", str(moved / "run"), "--epochs", "3", "--resume")
    assert (again.status, again.err) == (0, "")
    assert run.source().startswith(str(moved if is_beside else tmp_path / "elsewhere"))
    assert len(open_data(run.source()).fields["x"]) in (40, 20)

    data = Path(run.source().rpartition(":")[0])
    gone = data.rename(tmp_path / f"gone{data.suffix}")
    for words in (("evaluate", str(run.path)), ("train", MLP, "--out", str(run.path), "--resume")):
        done = cli(*words)
        assert done.status == 2
        assert done.err.count("\n") == 1
        assert "nothing of that name: bring it back, or say by --data where it is" in done.err
    brought = f"{gone}:{spec.rpartition(':')[2]}"
    assert json.loads(cli("evaluate", str(run.path), "--data", brought, "--json").out)["metrics"]
    shutil.rmtree(moved)


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_copied_run_takes_nothing_for_its_own_that_it_was_not_begun_on(
    cli: Cli, tmp_path: Path, *, is_gone: bool
) -> None:
    """Beside the copy lies another table of the same name; its numbers are on another scale."""
    spec = _table(tmp_path / "A/data.csv")
    assert cli("train", MLP, "--data", spec, "--out", str(tmp_path / "A/run")).status == 0
    known = json.loads(cli("evaluate", str(tmp_path / "A/run"), "--json").out)
    own, settings = spec.split(":")
    run, other = str(tmp_path / "B/run"), tmp_path / "B/data.csv"
    shutil.copytree(tmp_path / "A/run", run)
    other.write_text("a,b,kind\n" + "".join(f"{i},{i % 7},{'pq'[i % 2]}\n" for i in range(60)))
    if is_gone:
        Path(own).unlink()
    found = json.loads(cli("evaluate", run, "--json").out)
    resumed = cli("train", MLP, "--out", run, "--epochs", "20", "--resume")
    third = tmp_path / "C.csv"
    shutil.copy(other, third)
    by_name = cli("train", MLP, "--data", str(third), "--out", run, "--epochs", "30", "--resume")
    assert (by_name.status, by_name.err.count("\n")) == (2, 1)
    assert f"begun on {spec}, and {third} holds other examples: give it those" in by_name.err
    if not is_gone:
        assert (found["metrics"], found["notes"]) == (known["metrics"], known["notes"])
        assert resumed.status == 0, resumed.err
        return
    told = json.loads(cli("evaluate", run, "--data", f"{other}:{settings}", "--json").out)
    assert found["metrics"] == told["metrics"] != known["metrics"]
    assert [n for n in found["notes"] if n not in told["notes"]] == [
        f"{other}:{settings} holds other examples, or splits them otherwise, than when {run} was "
        "begun"
    ]
    assert (resumed.status, resumed.err.count("\n")) == (2, 1)
    assert f"{other}:{settings} holds other examples" in resumed.err


def test_data_that_changed_where_it_lies_is_known_by_the_mean_of_training(
    cli: Cli, tmp_path: Path
) -> None:
    """The same rows a thousand higher are far off for the network, not the same as before."""
    spec, run = _table(tmp_path / "data.csv"), str(tmp_path / "run")
    assert cli("train", MLP, "--data", spec, "--out", run).status == 0
    known = json.loads(cli("evaluate", run, "--json").out)
    head, *rows = (tmp_path / "data.csv").read_text().splitlines()
    cells = [row.split(",") for row in rows]
    higher = [f"{float(a) + 1000:.3f},{float(b) + 1000:.3f},{kind}" for a, b, kind in cells]
    (tmp_path / "data.csv").write_text("\n".join([head, *higher]))
    found = json.loads(cli("evaluate", run, "--json").out)
    assert found["metrics"]["loss"] != pytest.approx(known["metrics"]["loss"], rel=0.01)
    assert "holds other examples" in found["notes"][-1]
    resumed = cli("train", MLP, "--out", run, "--epochs", "20", "--resume")
    assert "as it was then" in resumed.err


def test_data_may_be_left_out_only_with_resume(cli: Cli, tmp_path: Path) -> None:
    for more, said in (((), "Missing option '--data'"), (("--resume",), "holds no run")):
        done = cli("train", MLP, "--out", str(tmp_path / "run"), *more)
        assert (done.status, done.out) == (2, "")
        assert said in done.err
