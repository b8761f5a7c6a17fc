"""What training, evaluating and predicting tell of data, checkpoints and losses beside numbers."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from graphlab.data.data_set import DataSet
from graphlab.data.opening import open_data, parsed
from graphlab.errors import DataError, FileError
from graphlab.graph.recipe import Objective, Recipe
from graphlab.listing import listed
from graphlab.train import checkpoints as checkpoints_file
from graphlab.train.events import Log, read_events
from graphlab.train.folder import RunFolder
from graphlab.train.losses import with_loss
from graphlab.train.serving import Server
from graphlab.train.trainer import Trainer
from tests.cli.conftest import Cli
from tests.train.sets import blobs, mlp

MLP = "h = tanh(linear_layer(x, features=8)); z = linear_layer(h, features=2)"


def trainer(out: Path, data: DataSet | None = None, size: int = 16, **more: Any) -> Trainer:
    data = blobs() if data is None else data
    recipe = Recipe((Objective("loss", lr=0.05),), batch_size=size, epochs=2)
    return Trainer(with_loss(mlp(), data), data, recipe, out, **more)


def spoil(*folders: Path) -> None:
    for folder in folders:
        with (folder / "weights.safetensors").open("ab") as file:
            file.write(b"x")


# --- the data -----------------------------------------------------------------------------------
def test_what_is_left_out_and_what_was_done_to_numbers_is_told(cli: Cli, tmp_path: Path) -> None:
    table, out = tmp_path / "points.csv", str(tmp_path / "run")
    random = np.random.default_rng(0)
    rows = [[f"{a:.3f}" for a in row] for row in random.normal(size=(60, 2))]
    bad = range(5, 60, 10)
    for row in bad:
        rows[row][1] = "none"
    lines = [",".join([*row, "pq"[i % 2]]) for i, row in enumerate(rows)]
    table.write_text("\n".join(["a,b,kind", *lines]) + "\n")
    spec = f"{table}:standardise=yes"
    done = cli("train", MLP, "--data", spec, "--out", out, "--epochs", "1")
    shown = cli("evaluate", out)
    for said in (done.out, shown.out):
        assert [said.count(f"line {row + 2} of") for row in bad] == [1, 1, 1, 0, 0, 0]
        assert f"{len(bad)} are left out in all: graphlab data {spec}" in said
        assert "standardised by the mean and deviation of" in said
    began = next(read_events(tmp_path / "run" / "events.jsonl"))
    told = json.loads(cli("evaluate", out, "--json").out)
    assert began["left_out"] == len(told["left_out"]) == len(bad)


@pytest.mark.parametrize(
    ("name", "able"),
    [
        ("moons", "examples, noise, task, split, standardise"),
        ("digits", "task, split, standardise"),
        ("a.csv", "task, target, split, standardise"),
        ("folder", "task, size, split, standardise"),
    ],
)
def test_only_settings_that_a_set_has_are_offered(
    name: str, able: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("a,y\n" + "1,2.5\n3,4.5\n" * 9)
    Path("folder").mkdir()
    with pytest.raises(DataError, match=rf"no setting 'foo': choose {able}$"):
        parsed(f"{name}:foo=1")
    values = {"examples": "9", "noise": "0", "task": "x", "target": "y", "size": "8x8"}
    if name != "folder":
        for key in set(values) - {"task", *able.split(", ")}:
            with pytest.raises(DataError, match=f"{key} is no setting"):
                open_data(f"{name}:{key}={values[key]}")


# --- checkpoints --------------------------------------------------------------------------------
def test_damaged_checkpoints_are_named_and_all_damaged_is_an_end(cli: Cli, tmp_path: Path) -> None:
    arguments = ("train", MLP, "--data", "moons", "--out", str(tmp_path), "--save-every", "3")
    assert cli(*arguments, "--epochs", "1").status == 0
    *_, older, newest = steps = RunFolder(tmp_path).checkpoints.steps()
    spoil(newest)
    told = f"note: {newest.name} in {tmp_path / 'checkpoints'} is damaged, so {older.name} is used"
    shown = cli("evaluate", str(tmp_path), "--checkpoint", "last", "--json")
    assert (shown.status, shown.err) == (0, f"{told}\n")
    assert json.loads(shown.out)["step"] == int(older.name[5:])
    resumed = cli(*arguments, "--epochs", "1", "--resume")
    assert (resumed.status, resumed.err) == (0, f"{told}\n")
    steps = RunFolder(tmp_path).checkpoints.steps()
    spoil(*steps)
    for words in ((*arguments, "--resume"), ("evaluate", str(tmp_path), "--checkpoint", "last")):
        done = cli(*words)
        assert done.status == 2
        assert done.err.count("\n") == 1
        assert f"every checkpoint in {tmp_path / 'checkpoints'} is damaged" in done.err
        assert steps[-1].name in done.err
        assert "choose another folder" in done.err


def test_the_window_is_told_of_a_damaged_checkpoint(tmp_path: Path) -> None:
    first = trainer(tmp_path, save_every=1)
    assert first.run(lambda: first.training.progress.step == 3) == "paused"
    newest = first.checkpoints.steps()[-1]
    spoil(newest)
    again, told = trainer(tmp_path), []

    class Nobody:
        def readline(self, _size: int) -> bytes:
            return b""

        def write(self, line: bytes) -> None:
            told.append(json.loads(line))

        def flush(self) -> None: ...

    assert again.resume()
    Server(again, Nobody(), Nobody()).serve()
    assert told[0]["event"] == "ready"
    assert newest.name in told[0]["note"]


@pytest.mark.parametrize("place", ["checkpoint", "log"])
def test_with_the_disk_full_at_once_nothing_is_said_to_stand(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if place == "log":
        monkeypatch.setattr("graphlab.train.trainer.RunFolder.begin", lambda *a, **b: None)
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(checkpoints_file, "_put", fail)
    with pytest.raises(FileError, match=r"no space left on device; nothing has been kept$"):
        trainer(tmp_path).run()


def test_a_log_tells_of_the_checkpoint_that_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(tmp_path / "events.jsonl")
    log.size()  # what a checkpoint asks for
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(FileError, match=r"the last checkpoint stands$"):
        log.size()
    log.close()


# --- losses and epochs --------------------------------------------------------------------------
@pytest.mark.parametrize("size", [24, 30, 50, 64, 100])
def test_an_epoch_tells_the_mean_of_its_examples(size: int, tmp_path: Path) -> None:
    """64 training examples: batches that come out even, that do not, and one that is not full."""
    one = trainer(tmp_path, size=size, read_every=2)
    one.run(lambda: one.training.progress.step == 2)
    again = trainer(tmp_path, size=size, read_every=3)
    assert again.resume()
    again.run()
    events = list(read_events(tmp_path / "events.jsonl"))
    losses = [x for e in events if e["event"] == "steps" for x in e["losses"]["loss"]]
    counts = [min(size, 64 - start) for start in range(0, 64, size)]
    for epoch, event in enumerate(e for e in events if e["event"] == "epoch"):
        part = losses[epoch * len(counts) :][: len(counts)]
        assert event["losses"]["loss"] == pytest.approx(np.average(part, weights=counts), rel=1e-12)


def test_a_finished_run_says_so_and_how_it_goes_on(cli: Cli, tmp_path: Path) -> None:
    arguments = ("train", MLP, "--data", "moons", "--out", str(tmp_path), "--resume")
    first = cli(*arguments, "--epochs", "1")
    assert "got one for classes: cross entropy of z" in first.out
    before = (tmp_path / "events.jsonl").read_bytes()
    again = cli(*arguments, "--epochs", "1")
    assert (again.status, again.err) == (0, "")
    assert "is finished" in again.out
    assert "--epochs" in again.out
    assert "Going on" not in again.out
    assert (tmp_path / "events.jsonl").read_bytes() == before
    more = cli(*arguments, "--epochs", "2")
    assert "Going on after step" in more.out
    assert "got one" not in more.out


def test_an_autoencoder_of_pixels_is_called_so(cli: Cli, tmp_path: Path) -> None:
    done = cli(
        "train", "h = linear_layer(flatten(x), features=64)", "--data", "digits",
        "--out", str(tmp_path), "--epochs", "1", "--batch-size", "1000",
    )  # fmt: skip
    assert "for classes: squared error of h" in done.out
    assert "its own input" in done.out
    assert "nothing in it answers y" in done.out


def test_help_tells_when_the_rate_falls_and_rises(cli: Cli) -> None:
    said, plain = " ".join(cli("train", "--help").out.split()), Objective("loss")
    assert f"multiplies it by {plain.gamma:g} after every {plain.step_epochs} epochs" in said
    assert "s / (W + 1)" in said


# --- boxes --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kinds", "each", "has_classes"), [(1, 1, True), (1, 1, False), (3, 1, True), (3, 2, False)]
)
def test_a_box_is_told_in_pixels_and_a_class_by_name(
    kinds: int, each: int, has_classes: bool, cli: Cli, tmp_path: Path
) -> None:
    annotations, out, picture = coco(tmp_path, kinds, each), tmp_path / "run", tmp_path / "wide.png"
    box = f"linear_layer(flatten(x), features={4 * each})"
    source = f"box = reshape({box}, shape=(-1, {each}, 4))" if each > 1 else f"box = {box}"
    if has_classes:
        source += f"\nkind = softmax(linear_layer(flatten(x), features={kinds}))"
    arguments = ("--data", str(annotations), "--out", str(out), "--epochs", "1")
    assert cli("train", source, *arguments).status == 0
    Image.new("L", (64, 48), 100).save(picture)  # of another size, and nothing changes in it
    (told,) = json.loads(cli("predict", str(out), str(picture), "--json").out)
    arrays = RunFolder(out).checkpoint("best").weights
    sizes = {len(array): name.rpartition(".")[0] for name, array in arrays.items()}
    x = np.full(24 * 32, 100 / 255)

    def answer(size: int) -> np.ndarray[Any, Any]:
        name = sizes[size]
        return np.asarray(arrays[f"{name}.weight"] @ x + arrays[f"{name}.bias"])

    for number, corners in enumerate(answer(4 * each).reshape(-1, 4), 1):
        x0, y0, x1, y1 = corners * (64, 48, 64, 48)
        expected = {"x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0}
        assert told.pop("box" if each == 1 else f"box {number}") == pytest.approx(
            expected, rel=1e-4
        )
    if has_classes:
        assert told.pop("class") == f"kind{answer(kinds).argmax()}"
    elif kinds == 1:
        assert told.pop("class") == "kind0"
    assert set(told) <= {"image", "note", "probability", "then"}
    metrics = json.loads(cli("evaluate", str(out), "--split", "train", "--json").out)["metrics"]
    assert {"box_iou"} | ({"map50", "map"} if has_classes else set()) <= set(metrics)
    assert "x " in cli("predict", str(out), str(picture)).out


def coco(folder: Path, kinds: int, each: int) -> Path:
    """Twenty small images with bright boxes, and the COCO file that tells where."""
    random, annotations = np.random.default_rng(kinds), []
    (folder / "images").mkdir()
    for image in range(20):
        pixels = random.integers(0, 60, (24, 32)).astype(np.uint8)
        for _ in range(each):
            x, y, width, height = map(int, random.integers((0, 0, 5, 5), (20, 12, 12, 12)))
            pixels[y : y + height, x : x + width] = 255
            kept = {"image_id": image, "category_id": image % kinds, "bbox": [x, y, width, height]}
            annotations.append(kept)
        Image.fromarray(pixels).save(folder / "images" / f"{image}.png")
    told = {
        "images": [{"id": i, "file_name": f"{i}.png"} for i in range(20)],
        "categories": [{"id": i, "name": f"kind{i}"} for i in range(kinds)],
        "annotations": annotations,
    }
    (folder / "boxes.json").write_text(json.dumps(told))
    return folder / "boxes.json"


def test_what_no_loss_trains_is_not_told_as_an_answer(cli: Cli, tmp_path: Path) -> None:
    annotations, out = coco(tmp_path, 1, 1), tmp_path / "run"
    source = "\n".join(
        f"{n} = linear_layer(flatten(x), features={k})" for n, k in (("b", 4), ("c", 7))
    )
    arguments = ("--data", str(annotations), "--out", str(out), "--epochs", "1")
    assert cli("train", source, *arguments).status == 0
    (told,) = json.loads(cli("predict", str(out), str(tmp_path / "images" / "0.png"), "--json").out)
    assert set(told) == {"image", "class", "box", "note"}
    assert told["note"].startswith("no loss trained c")


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, ""), (1, "a"), (2, "a, b"), (3, "a, b and 1 more"), (4, "a, b and 2 more")],
)
def test_the_first_few_of_many_are_named(count: int, told: str) -> None:
    assert listed("abcd"[:count], 2) == told
    assert listed(["a"] * 3000, 1) == "a and 2,999 more"
