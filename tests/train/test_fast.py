"""``--fast``: the same numbers however it is paused, on the device as on the host, chosen once."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphlab.cli.app import main
from graphlab.cli.desktop import Desktop
from graphlab.data import DataSet
from graphlab.data.augmenting import Augmenting
from graphlab.errors import RunError
from graphlab.graph.recipe import Augment, Objective, Recipe
from graphlab.train import fast
from graphlab.train.fast import compile_step, in_words
from graphlab.train.folder import Haste
from graphlab.train.losses import with_loss
from graphlab.train.resident import resident
from graphlab.train.trainer import Trainer
from graphlab.train.training import Training
from tests.train.sets import cnn, data_set, pictures
from tests.train.test_resuming import final, losses

EVERYTHING = Augment(flips="both", turns=True, crop=6, shift=2, brightness=0.3)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Choices are remembered here."""
    monkeypatch.setattr(fast, "user_cache_dir", lambda name: str(tmp_path / "cache"))
    return tmp_path / "cache"


def trainer(out: Path, **options: Any) -> Trainer:
    recipe = Recipe((Objective("loss"),), batch_size=12, epochs=3)
    graph = with_loss(cnn(), pictures())
    return Trainer(graph, pictures(), recipe, out, save_every=2, is_fast=True, **options)


@pytest.mark.parametrize("is_laid_out", [False, True])
def test_a_fast_run_is_the_same_bits_paused_or_not(
    is_laid_out: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = {False: 1.0, True: 0.5 if is_laid_out else 1.0}
    monkeypatch.setattr(fast, "_seconds", lambda *arguments: times)
    for name in ("whole", "again"):
        assert trainer(tmp_path / name).run() == "done"
    assert final(tmp_path / "whole") == final(tmp_path / "again")
    count = iter(range(4))
    assert trainer(tmp_path / "parts").run(lambda: next(count, None) is None) == "paused"
    monkeypatch.setattr(fast, "_tried", lambda training: pytest.fail("it was chosen before"))
    rest = trainer(tmp_path / "parts")
    assert rest.resume()
    assert rest.haste == Haste(is_laid_out=is_laid_out)
    assert rest.training.network.is_laid_out is is_laid_out
    assert rest.run() == "done"
    assert final(tmp_path / "whole") == final(tmp_path / "parts")
    assert losses(tmp_path / "whole") == losses(tmp_path / "parts")


def test_a_trial_changes_nothing_and_is_remembered(tmp_path: Path, cache: Path) -> None:
    graph, random = with_loss(cnn(), pictures()), torch.get_rng_state()
    untouched, tried = (Training(graph, pictures(), is_fast=True) for _ in range(2))
    made = fast.hasten(tried)
    assert torch.equal(random, torch.get_rng_state())
    ours, theirs = untouched.snapshot(), tried.snapshot()
    for name, array in ours.weights.items():
        assert np.array_equal(array, theirs.weights[name]), name
    assert (cache / "fast.json").exists()
    assert fast.hasten(Training(graph, pictures(), is_fast=True)) == made


@pytest.mark.parametrize("content", [b"[", b"[1]", b"\xff", b'{"a":' * 50_000, 2**42])
def test_notes_that_are_none_are_passed_over_and_written_anew(
    cache: Path, content: bytes | int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast, "_seconds", lambda *arguments: {False: 1.0, True: 0.5})
    cache.mkdir()
    with (cache / "fast.json").open("wb") as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            file.truncate(content)  # more than fits into memory
    training = Training(with_loss(cnn(), pictures()), pictures(), is_fast=True)
    assert fast.hasten(training) == Haste(is_laid_out=True)
    monkeypatch.setattr(fast, "_tried", lambda training: pytest.fail("it was chosen before"))
    assert fast.hasten(training) == Haste(is_laid_out=True)


def test_a_run_goes_on_only_as_it_began(tmp_path: Path) -> None:
    assert trainer(tmp_path).run(lambda: True) == "paused"
    plain = Trainer(with_loss(cnn(), pictures()), pictures(), trainer(tmp_path).training.recipe)
    plain.out, plain.folder = tmp_path, trainer(tmp_path).folder
    plain.checkpoints = plain.folder.checkpoints
    with pytest.raises(RunError, match=r"was begun with --fast.*add --fast"):
        plain.resume()


# --- examples on the device -----------------------------------------------------------------------
def scenes() -> DataSet:
    """Images with everything that can be said of them."""
    random = np.random.default_rng(3)
    points = random.uniform(0, 7, (30, 3, 2))
    points[::4, 1:] = -1
    low = random.uniform(0, 0.5, (30, 2, 2))
    return data_set(
        "points",
        x=random.random((30, 2, 8, 8)),
        mask=random.random((30, 8, 8)) < 0.5,
        density=random.random((30, 1, 8, 8)),
        points=points,
        count=(points[..., 0] >= 0).sum(1),
        boxes=np.concatenate([low, low + 0.3], -1),
        box_classes=random.integers(0, 3, (30, 2)),
    )


@pytest.mark.parametrize("augment", [None, EVERYTHING, Augment(flips="sideways", brightness=0.5)])
@pytest.mark.parametrize("is_laid_out", [False, True])
def test_batches_on_the_device_are_those_of_the_host(
    augment: Augment | None, is_laid_out: bool
) -> None:
    from graphlab.data import Batches

    data = scenes()
    training = Training(with_loss(cnn(), pictures()), pictures())
    training.network.is_laid_out = is_laid_out
    names = tuple(data.fields)
    changes = None if augment is None else Augmenting(augment, data, names, 5)
    batches = Batches(data, "train", 8, 5, names=names, augmenting=changes)
    held = resident(batches, training.network, names, changes)
    assert held is not None
    for start in (0, 1):
        host, device = list(batches.epoch(2, start)), list(held.epoch(2, start))
        assert len(host) == len(device) == len(batches) - start
        for ours, theirs in zip(device, host, strict=True):
            assert set(ours) == set(theirs) == set(names)
            for name in names:
                assert np.array_equal(np.asarray(ours[name]), theirs[name]), name
            assert ours["x"].is_contiguous(memory_format=torch.channels_last) is (
                is_laid_out and augment is None
            )


def test_examples_that_do_not_fit_stay_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trainer(tmp_path / "fits").run() == "done"
    monkeypatch.setattr("graphlab.train.resident._room", lambda device: 10)
    other = trainer(tmp_path / "not")
    assert other.training.resident is None
    assert other.run() == "done"
    assert final(tmp_path / "fits") == final(tmp_path / "not")


# --- compiling --------------------------------------------------------------------------------
def test_a_compiled_run_resumes_bit_for_bit_and_drops_the_same_units(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path of a GPU on a processor: everything but the code that the compiler would write."""
    monkeypatch.setattr(fast, "_OPTIONS", {"cpu": {"backend": "aot_eager"}})
    monkeypatch.setattr(fast, "_remembered", lambda training: Haste(is_compiled=True))
    assert trainer(tmp_path / "whole").run() == "done"
    count = iter(range(4))
    part = trainer(tmp_path / "parts")
    assert "torch.compile" in in_words(part.haste or Haste(), part.training)
    assert part.run(lambda: next(count, None) is None) == "paused"
    rest = trainer(tmp_path / "parts")
    assert rest.resume()
    assert rest.run() == "done"
    assert final(tmp_path / "whole") == final(tmp_path / "parts")
    monkeypatch.setattr(fast, "_remembered", lambda training: Haste())
    assert trainer(tmp_path / "plain").run() == "done"
    np.testing.assert_allclose(losses(tmp_path / "whole"), losses(tmp_path / "plain"), atol=1e-5)


@pytest.mark.parametrize("share", [0.5, 2.0])
@pytest.mark.parametrize("known", [None, Haste(is_compiled=True), Haste()])
def test_a_step_is_compiled_once(
    share: float, known: Haste | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To be tried and to be used alike; where it does not pay, the network itself computes."""
    made: list[torch.nn.Module] = []
    places: set[tuple[int, ...]] = set()

    def compiled(module: torch.nn.Module, **settings: Any) -> Any:
        made.append(module)

        def call(*inputs: Any) -> Any:
            places.add(tuple(weight.data_ptr() for weight in module.parameters()))
            return module(*inputs)

        return call

    real = fast._seconds

    def seconds(*arguments: Any) -> dict[bool, float]:
        return dict.fromkeys(real(*arguments), share if places else 1.0)

    monkeypatch.setattr(torch, "compile", compiled)
    monkeypatch.setattr(fast, "_is_long", lambda *arguments: True)
    monkeypatch.setattr(fast, "_seconds", seconds)
    training = Training(with_loss(cnn(), pictures()), pictures(), is_fast=True)
    haste = fast.hasten(training, known)
    is_used = share < 1 if known is None else known.is_compiled
    assert haste.is_compiled is is_used
    assert len(made) == (known is None or known.is_compiled)
    places_before, calls = set(places), len(places)
    places.clear()
    training.step(training.inputs(training.next_feeds()))
    assert bool(places) is is_used
    assert calls == (known is None or known.is_compiled)  # compiled weights were never moved
    assert not is_used or places == places_before


def test_without_a_compiler_it_says_so_and_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(graph: Any, inputs: Any) -> Any:
        raise RuntimeError("no C++ compiler was found on PATH\nand much more")

    logging.getLogger("torch._dynamo").setLevel(logging.CRITICAL)
    training = Training(with_loss(cnn(), pictures()), pictures(), is_fast=True)
    problem = compile_step(training, backend=broken)
    assert "no C++ compiler was found" in problem
    assert "\n" not in problem
    training.step(training.inputs(training.next_feeds()))
    monkeypatch.setattr(fast, "_OPTIONS", {"cpu": {"backend": broken}})
    with pytest.raises(RunError, match="was compiled when it began"):
        fast.hasten(training, Haste(is_compiled=True))


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = "s = linear_layer(flatten(conv_norm_activation(x, filters=4)), features=10)"
    argv = ["train", net, "--data", "digits", "--epochs", "1", "--fast", "--out"]
    assert main([*argv, str(tmp_path)], Desktop(lambda path: 0, lambda *picture: None)) == 0
    told = capsys.readouterr().out
    assert "Fast by: fused optimizer" in told
    assert "bfloat16" in told
