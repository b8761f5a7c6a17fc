"""``graphlab evaluate``: the metrics of a trained run on a split of a data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import click

from graphlab.cli.options import as_json as json_flag
from graphlab.cli.records import dumps
from graphlab.cli.tables import print_table, print_text
from graphlab.cli.training import metric_rows, noted, source_of, tell_problems
from graphlab.data import SPLITS, DataSet, open_data
from graphlab.data.columns import shown
from graphlab.data.matching import as_trained
from graphlab.data.opening import parsed, spelled
from graphlab.errors import DataError, GraphError, GraphLabError
from graphlab.train.folder import RunFolder, RunRecord

_MOST_CLASSES = 20  # a larger confusion matrix is for --json


@click.command("evaluate")
@click.argument("run", metavar="FOLDER")
@click.option("--data", "spec", metavar="NAME", help="The data it was trained on, unless told.")
@click.option(
    "--split",
    type=click.Choice(SPLITS),
    help="test where there is one, or else validation.",
)
@click.option(
    "--checkpoint",
    type=click.Choice(["best", "last"]),
    default="best",
    show_default=True,
    help="Which weights.",
)
@click.option("--device", type=click.Choice(["cpu", "cuda", "auto"]), default="cpu")
@json_flag
def command(
    run: str,
    spec: str | None,
    split: str | None,
    checkpoint: Literal["best", "last"],
    device: str,
    as_json: bool,
) -> None:
    """Tell how well the network in FOLDER answers examples that training did not see.

    Columns and classes of other data are taken by the names that they had in training.
    """
    folder = RunFolder(run)
    record = folder.record()
    source = spec or source_of(folder)
    data = _as_in_training(source, record)
    if not spec and not folder.is_own(data):
        other = (
            f"{source} holds other examples, or splits them otherwise, than when {run} was begun"
        )
        data = replace(data, notes=(*data.notes, other))
    chosen = split or _held_back(data)
    found = noted(folder.checkpoint(checkpoint))

    from graphlab.train.evaluating import evaluate

    metrics = evaluate(_network(folder, record, data, found.weights, device), data, chosen)
    told = {
        "data": data.name,
        "split": chosen,
        "examples": len(data.rows(chosen)),
        "step": found.progress.step,
        "revision": found.revision,
        "metrics": metrics,
        "notes": data.notes,
        "left_out": data.left_out,
    }
    if as_json:
        print(dumps(told))
    else:
        tell_problems(data, source)
        _print(told, data)


def _network(
    folder: RunFolder, record: RunRecord, data: DataSet, weights: Mapping[str, Any], device: str
) -> Any:
    """The network of a run with these weights; ``DataError`` for examples that it cannot take."""
    from graphlab.train.devices import device_named
    from graphlab.train.training import Training

    training = Training(
        folder.graph(),
        data,
        seed=record.seed,
        device=device_named(device),
        precision=record.precision,
    )
    try:
        training.network.set_weights(weights)
    except GraphError:
        _check_example(data, record)
        raise
    return training.network


def _as_in_training(source: str, record: RunRecord) -> DataSet:
    """The data as the network knows it: columns and classes by their names, and standardised by
    the mean and deviation that its own was, if any."""
    name, options = parsed(source)
    if record.mean is not None:
        source = spelled(name, replace(options, standardise=None))
    data = open_data(source, seed=record.seed)
    for task in ("classes", "regression"):
        if record.task == task != data.task:
            raise DataError(
                f"{data.name} is read as {data.task}, and the network was trained on {task}: give "
                f"data that is learned so, or say {name}:task={task}"
            )
    data = as_trained(data, record.features, record.classes)
    if record.mean is None:
        return data
    if len(record.mean) not in (1, data.fields["x"].shape[1]):
        _check_example(data, record)
    fields = {**data.fields, "x": record.standardised(data.fields["x"])}
    note = "x was standardised by the mean and deviation of the rows that training saw"
    return replace(data, fields=fields, notes=(*data.notes, note))


def _check_example(data: DataSet, record: RunRecord) -> None:
    """Raise ``DataError`` where examples have another shape than those of training."""
    example = tuple(data.fields["x"].shape[1:])
    if example != record.example:
        raise DataError(
            f"an example of {data.name} is {shown(example)}, and the network was trained on "
            f"{shown(record.example)}: give examples of that shape"
        )


def _held_back(data: DataSet) -> str:
    for split in ("test", "validation"):
        if len(data.splits.get(split, ())):
            return split
    raise GraphLabError(f"{data.name} holds nothing back: say --split train to be told of that")


def _print(told: dict[str, Any], data: DataSet) -> None:
    print_text(
        f"{told['data']}, {told['split']}: {told['examples']:,} examples, weights of step "
        f"{told['step']:,}, revision {told['revision']}."
    )
    print_table("Metrics", ["metric", "value"], metric_rows(told["metrics"]))
    confusion = told["metrics"].get("confusion")
    if confusion is not None and len(confusion) <= _MOST_CLASSES:
        further = range(len(data.classes), len(confusion))  # what an answer computed from them has
        names = [*data.classes, *map(str, further)]
        rows = [
            (name, *(float(count) for count in row))
            for name, row in zip(names, confusion, strict=True)
        ]
        print_table("Confusion: true by row, predicted by column", ["", *names], rows)
    shares = told["metrics"].get("class_iou")
    if shares is not None and len(shares) <= _MOST_CLASSES:
        pairs = zip(shares, told["metrics"]["class_dice"], strict=True)
        rows = [(str(c), *pair) for c, pair in enumerate(pairs)]
        print_table("By class", ["class", "iou", "dice"], rows)
