"""``graphlab train``, ``evaluate`` and ``predict``, as a person types them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from graphlab.api import read_source
from graphlab.cli.app import main
from graphlab.cli.desktop import Desktop
from graphlab.cli.train import changed
from graphlab.data import open_data
from graphlab.graph.file import save
from graphlab.graph.objectives import set_recipe
from graphlab.graph.recipe import Objective, Recipe
from graphlab.train.devices import likes_bfloat16
from graphlab.train.evaluating import cost_of_haste, evaluate
from graphlab.train.events import read_events
from graphlab.train.folder import RunFolder
from graphlab.train.losses import with_loss
from graphlab.train.trainer import Trainer

NET = "s = linear_layer(linear_layer(flatten(x), features=24, activation='relu'), features=10)"
DIGITS = "digits"


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str | Path) -> tuple[int, str, str]:
        status = main([str(a) for a in arguments], Desktop(lambda path: 0, lambda *picture: None))
        return status, *capsys.readouterr()

    return command


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "digits"
    arguments = ["train", NET, "--data", DIGITS, "--epochs", "4", "--lr", "0.01"]
    assert main([*arguments, "--out", str(out)], Desktop(lambda path: 0, lambda *p: None)) == 0
    return out


def test_the_loss_of_the_steps_is_told_beside_the_evaluated_one_of_the_same_examples(
    run: Run, tmp_path: Path
) -> None:
    net = "s = linear_layer(dropout(linear_layer(x, features=8), p=0.5), features=2)"
    data = "clouds:split=100/0/0"
    status, out, _ = run("train", net, "--data", data, "--epochs", "1", "--out", tmp_path / "run")
    assert status == 0
    _, judged, _ = run("evaluate", tmp_path / "run", "--split", "train", "--json")
    (epoch,) = (e for e in read_events(tmp_path / "run/events.jsonl") if e["event"] == "epoch")
    head, row = (re.split(r" {2,}", line.strip()) for line in out.splitlines()[-3:-1])
    found = dict(zip(head, map(float, row), strict=True))
    assert found["train loss"] == pytest.approx(epoch["losses"]["loss"], rel=1e-3)
    loss = json.loads(judged)["metrics"]["loss"]
    assert found["evaluated train loss"] == pytest.approx(loss, rel=1e-3)
    assert abs(found["train loss"] - loss) > 0.01 * loss


def test_train_prints_a_row_an_epoch_and_evaluate_agrees(run: Run, trained: Path) -> None:
    status, out, err = run(
        "evaluate", trained, "--split", "validation", "--checkpoint", "last", "--json"
    )
    assert (status, err) == (0, "")
    told = json.loads(out)
    epochs = [e for e in read_events(trained / "events.jsonl") if e["event"] == "epoch"]
    assert told["metrics"] == epochs[-1]["metrics"]
    assert told["revision"] == RunFolder(trained).record().revision
    status, out, _ = run("evaluate", trained, "--data", DIGITS)
    assert status == 0
    assert "accuracy" in out
    assert "Confusion" in out


def test_to_begin_anew_keeps_the_note_on_norms_that_move_though_frozen(
    run: Run, tmp_path: Path
) -> None:
    text = "h = norm_layer(linear_layer(x, features=4)); s = linear_layer(h, features=2)"
    data = open_data("clouds")
    recipe = Recipe((Objective("loss", ("s",)),), epochs=1)
    save(set_recipe(with_loss(read_source(text), data), recipe), tmp_path / "g.graph.json")
    words = ("train", tmp_path / "g.graph.json", "--data", "clouds", "--out", tmp_path / "run")
    status, _, err = run(*words, "--resume")
    assert status == 0, err
    assert "no checkpoint yet, so training starts anew; no objective updates h_batch_norm" in err


def test_resuming_goes_on_and_a_second_run_is_refused(run: Run, tmp_path: Path) -> None:
    base = ("train", NET, "--data", DIGITS, "--out", tmp_path / "run", "--seed", "3")
    status, out, err = run(*base, "--epochs", "1", "--resume")
    assert status == 0
    assert "no checkpoint yet" in err
    assert len([line for line in out.splitlines() if line.startswith("    1  ")]) == 1
    assert run(*base, "--epochs", "1")[0] == 2
    status, out, err = run(*base[:-2], "--epochs", "2", "--resume")  # with the seed it began with
    assert (status, err) == (0, "")
    assert "Going on after step" in out
    status, _, _ = run("train", *base[1:-3], tmp_path / "whole", "--seed", "3", "--epochs", "2")
    folders = [RunFolder(tmp_path / name).checkpoint("last") for name in ("run", "whole")]
    for name, array in folders[0].weights.items():
        np.testing.assert_array_equal(array, folders[1].weights[name])


def points(count: int = 60) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    x = random.normal(size=(count, 2)).astype(np.float32)
    return {"x": x, "y": (x[:, 0] > 0).astype(np.int64)}


PLANE = "h = tanh(linear_layer(x, features=8)); z = linear_layer(h, features=2)"


def test_a_run_goes_on_with_its_own_examples_and_seed_only(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    columns = points()
    np.savez("own.npz", **columns)  # type: ignore[arg-type]
    np.savez("copy.npz", **columns)  # type: ignore[arg-type]

    def again(spec: str, *more: str) -> tuple[int, str]:
        status, _, err = run("train", PLANE, "--data", spec, "--out", "run", "--resume", *more)
        return status, err

    for epochs, spec in enumerate(("own.npz", str(tmp_path / "own.npz"), "copy.npz"), 1):
        assert again(spec, "--epochs", str(epochs))[0] == 0
    kept = {p: p.read_bytes() for p in Path("run").rglob("*") if p.is_file()}
    columns["x"][-1, 1] += 1e-6
    np.savez("own.npz", **columns)  # type: ignore[arg-type]
    cases = {
        ("spiral",): ("own.npz", "spiral"),
        ("own.npz:split=50/25/25",): ("own.npz", "own.npz:split=50/25/25"),
        ("own.npz",): ("own.npz as it was then", "now"),
        ("copy.npz", "--seed", "5"): ("seed 0", "5 was given"),
    }
    for given, facts in cases.items():
        status, err = again(*given)
        assert (status, err.count("\n")) == (2, 1)
        assert all(fact in err for fact in facts), err
    assert kept == {p: p.read_bytes() for p in Path("run").rglob("*") if p.is_file()}
    told = json.loads(Path("run/run.json").read_text())
    assert told.pop("fingerprint")
    Path("run/run.json").write_text(json.dumps(told))  # as runs were kept before it was
    assert again("own.npz")[0] == 0
    assert run("evaluate", "run", "--data", "moons")[0] == 0


@pytest.mark.parametrize(
    ("mine", "others"),
    [("digits", "digits.npz"), ("digits.npz", "digits"), ("moons", "thrice.npz")],
)
def test_other_classes_are_refused_before_anything_is_kept(
    run: Run, mine: str, others: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    np.savez("digits.npz", x=random.random((40, 1, 8, 8)), y=np.arange(40) % 4)
    np.savez("thrice.npz", x=random.random((40, 2)), y=np.arange(40) % 3)
    counts = [len(open_data(spec).classes) for spec in (mine, others)]
    net = f"z = linear_layer(flatten(x), features={1 if counts[0] == 2 else counts[0]})"
    assert run("train", net, "--data", mine, "--out", "run", "--epochs", "1")[0] == 0
    drawn = Path("run/graph.graph.json")
    for arguments in (
        ("train", drawn, "--data", others, "--out", "new"),
        ("train", drawn, "--data", others, "--out", "new", "--serve"),
    ):
        status, out, err = run(*arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert f"the network has {counts[0]} classes and {others} {counts[1]}" in err
    assert not Path("new").exists()


@pytest.mark.parametrize(
    ("text", "objective", "said"),
    [
        ("z = x * 2", None, "no parameters"),
        ("h = tanh(linear_layer(x, features=8))", Objective("h"), "h, which is 2×8"),
        ("c = mean(x)\nz = linear_layer(x, features=2)", Objective("c"), "loss c has no gradient"),
        (
            "a = linear_layer(x, features=1)\nb = linear_layer(stop_gradient(a), features=1)\n"
            "c = mean(b)",
            Objective("c", ("a",)),
            "what its objective updates, a",
        ),
    ],
)
def test_what_cannot_be_trained_is_told_in_one_sentence(
    run: Run, text: str, objective: Objective | None, said: str, tmp_path: Path
) -> None:
    graph = read_source(text)
    recipe = None if objective is None else Recipe((objective,))
    save(set_recipe(graph, recipe), tmp_path / "net.graph.json")
    out = tmp_path / "run"
    status, _, err = run("train", tmp_path / "net.graph.json", "--data", "moons", "--out", out)
    assert (status, err.count("\n")) == (2, 1)
    assert said in err
    assert not out.exists()


def test_a_class_that_no_score_stands_for_ends_with_a_sentence(run: Run, tmp_path: Path) -> None:
    net = (
        "m = conv_layer(x, filters=1, padding='same')\nl = cross_entropy(m, squeeze(mask, axis=1))"
    )
    status, _, err = run("train", net, "--data", "nuclei", "--out", tmp_path / "run")
    assert (status, err.count("\n")) == (2, 1)
    assert "the class 1" in err


def test_a_run_that_explodes_ends_with_1_and_says_where(run: Run, tmp_path: Path) -> None:
    arguments = ("train", NET, "--data", DIGITS, "--optimizer", "sgd", "--lr", "1e6")
    status, _, err = run(*arguments, "--out", tmp_path / "run")
    assert status == 1
    assert "training stopped in step" in err
    assert "lower the learning rate" in err


@pytest.mark.parametrize("name", ["sgd", "adamw", "nesterov"])
def test_settings_given_replace_those_of_the_recipe(name: str) -> None:
    drawn = Recipe((Objective("l", optimizer="sgd", momentum=0.5, nesterov=True, clip=2.0),))
    made = changed(drawn, {"optimizer": name, "lr": 0.5, "epochs": 9, "l1": None})
    (objective,) = made.objectives
    assert (made.epochs, objective.lr, objective.clip) == (9, 0.5, 2.0)
    assert objective.nesterov is (name == "nesterov")
    assert objective.momentum == (0.9 if name == "nesterov" else 0.0)


def test_fast_tells_its_cost(run: Run, tmp_path: Path) -> None:
    arguments = ("train", NET, "--data", DIGITS, "--epochs", "2", "--fast")
    status, out, _ = run(*arguments, "--out", tmp_path / "run")
    assert status == 0
    is_used = likes_bfloat16(torch.device("cpu"))
    assert ("What bfloat16 costs" in out) is is_used
    assert "float32" in out


def test_the_cost_of_bfloat16_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphlab.train.network.likes_bfloat16", lambda device: True)
    data = open_data(DIGITS)
    trainer = Trainer(read_source(NET), data, out=tmp_path, is_fast=True)
    network = trainer.training.network
    rows = {name: values for name, *values in cost_of_haste(network, data, "validation")}
    assert rows["loss"][0] != rows["loss"][1]
    assert rows["loss"][0] == pytest.approx(rows["loss"][1], rel=0.05)
    plain = Trainer(read_source(NET), data, out=tmp_path).training.network
    assert rows["loss"][1] == pytest.approx(evaluate(plain, data, "validation")["loss"], rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("train", NET, "--data", "digitz", "--out", "run"), "no data set 'digitz'"),
        (
            ("train", "s = linear_layer(x, features=3)", "--data", "moons", "--out", "run"),
            "answers moons",
        ),
        (("train", NET, "--data", DIGITS, "--out", "run", "--device", "cuda"), "CUDA"),
        (("train", NET, "--data", DIGITS, "--out", "run", "--lr", "0"), "lr"),
        (("evaluate", "."), "holds no run"),
        (("predict", ".", "a.png"), "holds no run"),
    ],
)
def test_mistakes_are_told_in_one_sentence(
    run: Run, arguments: Any, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, err = run(*arguments)
    assert status == 2
    assert found in err
    assert err.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_predict_sees_what_evaluate_counts(run: Run, trained: Path, tmp_path: Path) -> None:
    data = open_data(DIGITS)
    rows = data.rows("test" if len(data.splits["test"]) else "validation")
    split = "test" if len(data.splits["test"]) else "validation"
    files = []
    for row in rows[:20]:
        files.append(tmp_path / f"{row}.png")
        pixels = np.asarray(data.fields["x"][row : row + 1])[0, 0]
        Image.fromarray((pixels * 255).round().astype(np.uint8)).save(files[-1])
    status, out, _ = run("predict", trained, *files, "--json")
    assert status == 0
    told = [int(answer["class"]) for answer in json.loads(out)]
    _, out, _ = run("evaluate", trained, "--split", split, "--json")
    accuracy = json.loads(out)["metrics"]["accuracy"]
    right = np.mean(np.asarray(data.fields["y"][rows[:20]]) == told)
    assert abs(right - accuracy) < 0.25
    Image.new("RGB", (30, 20)).save(tmp_path / "wide.png")
    status, out, _ = run("predict", trained, tmp_path / "wide.png")
    assert status == 0
    assert "resized from 20×30" in out
    assert "colours became grey" in out
    for bad, found in ((tmp_path / "none.png", "no image"), (Path(__file__), "image")):
        status, out, err = run("predict", trained, bad)
        assert status == 2
        assert not out
        assert found in err


def test_predict_answers_the_good_and_names_each_bad(
    run: Run, trained: Path, tmp_path: Path
) -> None:
    names = ("good.png", "cut.png", "clear.png", "gone.png", "turned.png")
    good, cut, clear, gone, turned = files = [tmp_path / name for name in names]
    exif = Image.Exif()
    exif[274] = 6
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
    Image.fromarray(pixels).save(good)
    Image.fromarray(np.rot90(pixels)).save(turned, exif=exif)
    Image.new("RGBA", (8, 8)).save(clear)
    cut.write_bytes(good.read_bytes()[:45])
    status, out, err = run("predict", trained, *files)
    assert status == 2
    assert [line.split()[0] for line in out.splitlines()[2:] if line] == [
        str(path) for path in (good, clear, turned)
    ]
    assert [str(path) in line for path, line in zip((cut, gone), err.splitlines(), strict=True)]
    status, out, _ = run("predict", trained, *files, "--json")
    told = json.loads(out)
    assert (status, [row["image"] for row in told]) == (2, [str(path) for path in files])
    assert ["error" in row for row in told] == [False, True, False, True, False]
    assert "transparency" in told[2]["note"]
    assert told[4]["probability"] == told[0]["probability"]
    assert "upright" in told[4]["note"]


def test_ctrl_c_pauses_and_says_how_to_go_on(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def at_once() -> Iterator[object]:
        yield lambda: True

    monkeypatch.setattr("graphlab.cli.train._pausing", at_once)
    arguments = ("train", NET, "--data", DIGITS, "--out", tmp_path / "run")
    status, out, _ = run(*arguments)
    assert status == 130
    assert "--resume goes on" in out
    assert RunFolder(tmp_path / "run").checkpoint("last").progress.step == 1


def test_masks_and_counts_are_written_as_pictures(run: Run, tmp_path: Path) -> None:
    data = open_data("nuclei")
    net = "c = conv_layer(x, filters=4, padding='same', activation='relu')\n"
    net += "s = conv_layer(c, filters=1, kernel_size=1)"
    trainer = Trainer(read_source(net), data, out=tmp_path / "run")
    trainer.run()
    shape = data.fields["x"].shape
    Image.new("L", (shape[3], shape[2]), 90).save(tmp_path / "cells.png")
    status, out, _ = run(
        "predict", tmp_path / "run", tmp_path / "cells.png", "--maps", tmp_path / "maps", "--json"
    )
    assert status == 0
    (told,) = json.loads(out)
    with Image.open(told["mask"]) as mask:
        assert mask.size == (shape[3], shape[2])
        share = float((np.asarray(mask) > 0).mean())
    assert told["masked"] == pytest.approx(share)
