"""``graphlab train``: a graph on a data set, in a folder that can be resumed and looked at."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

from graphlab.api import read_source
from graphlab.cli.tables import print_table, print_text
from graphlab.cli.terminal import complain, remark
from graphlab.cli.training import Board, is_finished, source_of, tell_haste, tell_problems
from graphlab.cli.workers import Company, TrainCommand, in_company
from graphlab.data import open_data
from graphlab.errors import GraphLabError
from graphlab.graph.augment_words import read_augment
from graphlab.graph.recipe import DECAYS, SCHEDULES, Objective, Recipe
from graphlab.train.many.starting import PAUSED
from graphlab.train.pace import PACE, pace

_OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"optimizer": "sgd"},
    "momentum": {"optimizer": "sgd", "momentum": 0.9},
    "nesterov": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    "adagrad": {"optimizer": "adagrad"},
    "rmsprop": {"optimizer": "rmsprop"},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw", "weight_decay": DECAYS["adamw"]},
    "perceptron": {"optimizer": "perceptron"},
}

DIVERGED = 1

_PLAIN = Objective("loss")
_SCHEDULE = (
    f"Of the learning rate: it stays; step multiplies it by {_PLAIN.gamma:g} after every "
    f"{_PLAIN.step_epochs} epochs (gamma and step_epochs of the graph's recipe); cosine lets it "
    "fall to 0 at the end of the last epoch."
)
_WARMUP = (
    "Steps W in which the learning rate rises in a line: step s, counted from 1, has s / (W + 1) "
    "of it, and later ones what the schedule says."
)

_NEW_LR = "With --resume, another one from here on; nothing else of the recipe may change then."
_SIZE, _EPOCHS, _LR = (f"As the graph's recipe says, else {rule}." for rule in PACE)

_amount = click.FloatRange(min=0, max=1e6)


@click.command("train", cls=TrainCommand)
@click.argument("source")
@click.option(
    "--data",
    "spec",
    metavar="NAME",
    help="As in graphlab data, or a path; with --resume, the run's own unless told.",
)
@click.option("--out", required=True, metavar="FOLDER", help="Where the run is kept.")
@click.option("--epochs", type=click.IntRange(1, 10**6), help=_EPOCHS)
@click.option("--batch-size", type=click.IntRange(1, 10**7), help=_SIZE)
@click.option("--optimizer", type=click.Choice(list(_OPTIMIZERS)), help="adam unless told.")
@click.option("--lr", type=click.FloatRange(0, 1e6, min_open=True), help=f"{_LR} {_NEW_LR}")
@click.option("--schedule", type=click.Choice(SCHEDULES), help=_SCHEDULE)
@click.option("--warmup", type=click.IntRange(min=0), help=_WARMUP)
@click.option("--weight-decay", type=_amount, help="The optimizer's own.")
@click.option("--l1", type=_amount, help="Weight of ‖w‖₁, added to the loss.")
@click.option("--l2", type=_amount, help="Weight of ‖w‖₂², added to the loss.")
@click.option("--clip", type=_amount, help="The largest norm of all gradients together.")
@click.option(
    "--augment",
    metavar="WORDS",
    help="Change training images by chance: flips, turns, crop=128, shift=2, brightness=0.2.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    help="0; with --resume, the one that the run was begun with.",
)
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint in FOLDER.")
@click.option("--device", type=click.Choice(["cpu", "cuda", "auto"]), default="cpu")
@click.option(
    "--fast",
    is_flag=True,
    help="Fused optimizers, and bfloat16, channels last and more where a trial shows that it pays.",
)
@click.option("--tensorboard", is_flag=True, help="Write FOLDER/tensorboard too.")
@click.option(
    "--save-every",
    type=click.IntRange(min=0),
    default=0,
    help="Steps between checkpoints, beside those after every epoch.",
)
@click.option("--nproc", type=click.IntRange(1, 1024), help="Processes that share each batch.")
@click.option(
    "--shard", is_flag=True, help="Spread the weights over the processes, where they fit into none."
)
@click.option(
    "--max-restarts",
    type=click.IntRange(0, 1000),
    default=2,
    help="How often --nproc starts again from the last checkpoint when a process is lost.",
)
@click.option("--serve", is_flag=True, hidden=True, help="Take commands, as the window gives them.")
@click.pass_context
def command(
    context: click.Context,
    /,
    source: str,
    spec: str | None,
    out: str,
    resume: bool,
    **settings: Any,
) -> None:
    """Train SOURCE on a data set.

    A graph without a loss gets the one that goes with the data, and is sized for its examples. The
    folder gets the graph, checkpoints (the newest and the best) and events.jsonl. Ctrl-C pauses
    after the step at hand, and --resume goes on as if nothing had been.

    The exit status is 0, 1 where the loss stopped being a number, or 130 where it was paused.
    """
    if spec is None and not resume:
        raise click.MissingParameter(ctx=context, param_hint="'--data'", param_type="option")
    is_served = settings.pop("serve")
    if settings["seed"] is None:
        settings["seed"] = _seed_of(out) if resume else 0
    many = {name: settings.pop(option) for name, option in _MANY.items()}

    def train(company: Company) -> int:
        is_again = resume or company.is_again
        trainer, loss = company.agreed(
            lambda: _trainer(source, spec or _data_of(out), out, settings)
        )
        if is_served:
            return _serve(trainer, is_resumed=is_again)
        go_on = partial(trainer.resume, has_new_rates=settings["lr"] is not None)
        return _train(trainer, company, loss, go_on if is_again else None)

    def size() -> int:
        return _batch_size(source, spec or _data_of(out), settings)

    told = {"out": out, "device": settings["device"], "is_served": is_served}
    context.exit(in_company(context, train, size, **told, **many))


def _batch_size(source: str, spec: str, settings: dict[str, Any]) -> int:
    """How many examples a batch will have."""
    recipe, size = read_source(source).recipe, settings["batch_size"]
    if size is None and recipe is not None:
        size = recipe.batch_size
    return int(size or pace(open_data(spec, seed=settings["seed"]))["batch_size"])


def _data_of(out: str) -> str:
    """The data of the run in a folder, which must have been begun."""
    from graphlab.train.folder import RunFolder

    return source_of(RunFolder(out))


def _seed_of(out: str) -> int:
    """The seed that the run in a folder was begun with; 0 where there is none."""
    from graphlab.train.folder import RunFolder

    return RunFolder(out).record().seed if (Path(out) / "run.json").exists() else 0


_MANY = {"nproc": "nproc", "is_sharded": "shard", "restarts": "max_restarts"}


def _train(trainer: Any, company: Company, loss: str, resume: Callable[[], bool] | None) -> int:
    """Train to the end or to a pause, and show it; the exit status."""
    board = Board()
    if company.is_first:
        trainer.listen(board)
        tell_problems(trainer.training.data, trainer.spec)
        tell_haste(trainer)
    if resume is not None and not company.agreed(resume) and company.is_first:
        anew = f"{trainer.out} has no checkpoint yet, so training starts anew"
        trainer.note = "; ".join(filter(None, (anew, trainer.note)))
    if trainer.note and company.is_first:
        remark(trainer.note)
    if is_finished(trainer):
        return 0
    if loss and not trainer.training.progress.step:
        print_text(loss)
    if trainer.training.progress.step:
        print_text(f"Going on after step {trainer.training.progress.step:,}.")
        training = trainer.training
        if company.is_first:
            board.start(training.progress.step, training.recipe.epochs * len(training.batches))
    with _pausing() as is_asked:
        try:
            outcome = trainer.run(lambda: is_asked() or company.wants_pause())
        finally:
            board.stop()
    return _conclude(trainer, outcome, board.message)


def _serve(trainer: Any, *, is_resumed: bool) -> NoReturn:
    """Train as another process says, until it says stop or has gone."""
    from graphlab.train.serving import Server

    if is_resumed:
        trainer.resume()
    # unbuffered: no thread may hold the lock of sys.stdin when the process ends
    stream = open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)  # noqa: SIM115
    with stream as commands, _pausing() as is_asked:
        Server(trainer, commands, sys.stdout.buffer).serve(is_asked)
    os._exit(0)  # all is on the disk, and torch takes seconds to be taken down


def _trainer(source: str, spec: str, out: str, settings: dict[str, Any]) -> tuple[Any, str]:
    """What is to be trained, and which loss was added to it.

    The graph is read before torch is loaded, to refuse it at once.
    """
    seed = settings.pop("seed")
    data, drawn = open_data(spec, seed=seed), read_source(source)

    from graphlab.train.devices import device_named
    from graphlab.train.losses import loss_in_words, with_loss
    from graphlab.train.trainer import Trainer

    device, is_fast = device_named(settings.pop("device")), settings.pop("fast")
    save_every, is_shown = settings.pop("save_every"), settings.pop("tensorboard")
    graph = with_loss(drawn, data)
    recipe = changed(graph.recipe, settings)
    chosen: dict[str, Any] = {"is_fast": is_fast, "save_every": save_every, "spec": spec}
    if is_shown:
        from graphlab.train.tensorboard import TensorBoard

        board = TensorBoard(Path(out))
    trainer = Trainer(graph, data, recipe, out, seed, device, **chosen)
    if trainer.ranks.is_first:
        trainer.folder.claim()
    if is_shown and trainer.ranks.is_first:
        trainer.listen(board)
    return trainer, loss_in_words(drawn, graph, data)


def changed(recipe: Recipe | None, settings: dict[str, Any]) -> Recipe:
    """The recipe with what a person gave on the command line, for every objective."""
    if recipe is None:
        raise GraphLabError("the graph has no recipe: draw a loss")
    given = {key: value for key, value in settings.items() if value is not None}
    if "augment" in given:
        given["augment"] = read_augment(given["augment"])
    if "optimizer" in given:
        given |= {"momentum": 0.0, "nesterov": False, **_OPTIMIZERS[given["optimizer"]]}
    if settings.get("weight_decay") is not None:
        given["weight_decay"] = settings["weight_decay"]
    return recipe.with_(**given)


@contextmanager
def _pausing() -> Iterator[Any]:
    """Let the first Ctrl-C, or a request to end, be something that can be asked for."""
    asked: list[int] = []

    def note(number: int, frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {kind: signal.signal(kind, note) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _conclude(trainer: Any, outcome: str, message: str) -> int:
    from graphlab.train.evaluating import cost_of_haste

    if outcome == "paused":
        print_text(f"Paused after step {trainer.training.progress.step:,}: --resume goes on.")
        return PAUSED
    if outcome == "diverged":
        if message:
            complain(message)
        return DIVERGED
    training = trainer.training
    if training.network.is_fast and not training.network.is_short:
        print_text("This device has no instructions for bfloat16, so float32 was used throughout.")
    elif training.network.is_fast:
        rows = cost_of_haste(training.network, training.data, trainer.held_back)
        print_table("What bfloat16 costs", [trainer.held_back, "bfloat16", "float32"], rows)
    if message:
        print_text(f"{message[0].upper()}{message[1:]}.")
    splits = training.data.splits
    only = "" if any(len(splits.get(s, ())) for s in ("test", "validation")) else " --split train"
    print_text(
        f"{trainer.out} holds the run: graphlab evaluate {trainer.out} --data {trainer.spec}{only}"
    )
    return 0
