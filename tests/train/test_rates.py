"""A run goes on with another learning rate where one is asked for, and nothing else is changed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from graphlab.cli.app import main
from graphlab.cli.desktop import Desktop
from graphlab.errors import RunError
from graphlab.graph.objectives import recipe_of
from graphlab.train.checkpoints import Checkpoints
from graphlab.train.events import Log, read_events
from graphlab.train.folder import RunFolder
from graphlab.train.trainer import Trainer
from tests.train.test_resuming import trainer


def _by_hand(out: Path, rates: dict[int, float], **settings: Any) -> dict[str, Any]:
    """The weights where PyTorch's own optimizer is given another rate before some steps."""
    one = trainer(out, lr=next(iter(rates.values())), **settings)
    for step in list(rates)[1:]:
        assert one.run(lambda step=step: one.training.progress.step == step) == "paused"  # type: ignore[misc]
        for group in one.training.turns[0].optimizer.param_groups:
            group["lr"] = rates[step]
    assert one.run() == "done"
    return {name: x.tobytes() for name, x in one.training.network.weights().items()}


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_run_goes_on_with_another_learning_rate_where_one_is_asked_for(
    optimizer: str, tmp_path: Path
) -> None:
    rates = {0: 0.01, 4: 0.002, 9: 0.03}
    expected = _by_hand(tmp_path / "hand", rates, optimizer=optimizer)
    out = tmp_path / "run"
    for step, stop in zip(rates, (4, 9, None), strict=True):
        part = trainer(out, lr=rates[step], optimizer=optimizer)
        if step:
            before = trainer(out, lr=0.5, optimizer=optimizer)
            with pytest.raises(
                RunError, match=r"has the learning rate \S+, and 0.5 is the graph's"
            ):
                before.resume()
            with pytest.raises(RunError, match="is of revision"):
                trainer(out, lr=0.5, optimizer="adagrad").resume(has_new_rates=True)
            assert part.resume(has_new_rates=True)
        part.run(lambda: part.training.progress.step == stop)  # noqa: B023
        assert trainer(out, lr=rates[step], optimizer=optimizer).resume()
        assert RunFolder(out).record().revision == part.training.revision
        assert recipe_of(RunFolder(out).graph()).objectives[0].lr == rates[step]
    found = RunFolder(out).checkpoint("last").weights
    assert {name: x.tobytes() for name, x in found.items()} == expected
    events = list(read_events(out / "events.jsonl"))
    told = [(e["step"], e["before"], e["rates"]) for e in events if e["event"] == "changed"]
    assert told == [(4, {"loss": 0.01}, {"loss": 0.002}), (9, {"loss": 0.002}, {"loss": 0.03})]
    shown = {e["step"]: e["rates"]["loss"] for e in events if e["event"] == "steps"}
    assert all(shown[step] == rates[max(r for r in rates if r < step)] for step in shown)


def _first_rate(one: Trainer) -> float:
    """The learning rate of the next step, as torch's optimizer has it."""
    found: list[float] = []
    (turn,) = one.training.turns
    turn.optimizer.register_step_pre_hook(
        lambda *_: found.append(turn.optimizer.param_groups[0]["lr"])
    )
    one.run(lambda: True)
    return found[0]


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine"])
@pytest.mark.parametrize(
    ("stop", "epochs"), [(0, 5), (1, 5), (7, 4), (7, 2), (7, 3), (12, 5), (12, 3)]
)
def test_more_epochs_tell_what_they_make_of_a_cosine(
    schedule: str, stop: int, epochs: int, tmp_path: Path
) -> None:
    """Three epochs of four steps, stopped after some of them."""
    out = tmp_path / "run"
    settings: dict[str, Any] = {"lr": 0.01, "schedule": schedule, "step_epochs": 1}
    one = trainer(out, **settings)
    if stop:
        one.run(lambda: one.training.progress.step == stop)
        shutil.copytree(out, tmp_path / "plain")
    other = trainer(out, **settings, epochs=epochs)
    assert other.resume() is (stop > 0)
    is_over = stop >= 4 * epochs
    rate = 0.0 if is_over else _first_rate(other)
    plain = trainer(tmp_path / "plain", **settings)
    plain.resume()
    due = 0.0 if stop == 12 else _first_rate(plain)
    is_told = schedule == "cosine" and stop > 0 and epochs != 3 and not is_over
    assert (
        f"the next step is {rate:.3g}, where it would have been {due:.3g}" in other.note
    ) is is_told
    assert ("cosine" in other.note) is is_told
    again = trainer(out, **settings, epochs=epochs)
    again.resume()
    assert again.note == ""  # once


@pytest.mark.parametrize("moment", ["rates", "event", "checkpoint", "newest lost"])
def test_a_change_of_the_rate_that_is_cut_short_is_made_again(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _by_hand(tmp_path / "hand", {0: 0.01, 4: 0.002})
    out = tmp_path / "run"
    one = trainer(out, lr=0.01)
    one.run(lambda: one.training.progress.step == 4)
    cut = trainer(out, lr=0.002)
    assert cut.resume(has_new_rates=True)
    places = {"rates": (RunFolder, "change_rates"), "event": (Log, "write")}
    with monkeypatch.context() as patch:
        if moment == "newest lost":
            cut.run(lambda: cut.training.progress.step == 5)
            for step in (4, 5):
                (out / "checkpoints" / f"step-{step:09d}" / "state.json").unlink()
        else:
            where = places.get(moment, (Checkpoints, "save"))
            patch.setattr(*where, _interrupt)
            with pytest.raises(KeyboardInterrupt):
                cut.run()
    again = trainer(out, lr=0.002)
    assert again.resume(has_new_rates=True)
    assert again.training.progress.step == (3 if moment == "newest lost" else 4)
    assert again.run() == "done"
    events = [e for e in read_events(out / "events.jsonl") if e["event"] == "changed"]
    assert {(e["before"]["loss"], e["rates"]["loss"]) for e in events} == {(0.01, 0.002)}
    if moment != "newest lost":
        found = RunFolder(out).checkpoint("last").weights
        assert {name: x.tobytes() for name, x in found.items()} == expected


def _interrupt(*arguments: Any, **options: Any) -> None:
    raise KeyboardInterrupt


def test_the_command_changes_the_rate_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    headless = Desktop(lambda path: 0, lambda *picture: None)
    started = ["train", "gallery:perceptron", "--data", "or", "--out", str(tmp_path)]
    assert main([*started, "--epochs", "1"], headless) == 0
    rate = recipe_of(RunFolder(tmp_path).graph()).objectives[0].lr
    capsys.readouterr()
    assert main([*started, "--epochs", "2", "--resume", "--lr", "0.25"], headless) == 0
    assert f"The learning rate is 0.25 from here on, and was {rate:g}." in capsys.readouterr().out
    assert main([*started, "--epochs", "3", "--resume"], headless) == 2
    assert f"has the learning rate 0.25, and {rate:g} is the graph's" in capsys.readouterr().err
    assert main([*started, "--epochs", "3", "--resume", "--lr", "0.25"], headless) == 0
    assert "learning rate" not in capsys.readouterr().out
    assert main(["evaluate", str(tmp_path), "--split", "train"], headless) == 0
