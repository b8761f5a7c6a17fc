"""``graphlab predict``: what a trained network says of images."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import click

from graphlab.cli.options import as_json as json_flag
from graphlab.cli.records import dumps
from graphlab.cli.tables import print_table
from graphlab.cli.terminal import complain
from graphlab.cli.training import noted
from graphlab.cli.workers import WRONG_INPUT
from graphlab.errors import DataError
from graphlab.train.folder import RunFolder


@click.command("predict")
@click.argument("run", metavar="FOLDER")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE…")
@click.option(
    "--checkpoint",
    type=click.Choice(["best", "last"]),
    default="best",
    show_default=True,
    help="Which weights.",
)
@click.option("--maps", metavar="DIR", help="Write masks and density maps here, as PNG files.")
@json_flag
@click.pass_context
def command(
    context: click.Context,
    /,
    run: str,
    images: tuple[str, ...],
    checkpoint: Literal["best", "last"],
    maps: str | None,
    as_json: bool,
) -> None:
    """Ask the network in FOLDER what it sees in each IMAGE.

    An image of another size is resized, and a note says so; a network that was trained on crops
    takes it as it is. Masks and densities are written with --maps. A box is told in pixels of the
    image: x and y of its upper left corner, width and height. An image that cannot be read is named
    with the reason, the others are answered, and the exit status is 2.
    """
    folder = RunFolder(run)
    record, found = folder.record(), noted(folder.checkpoint(checkpoint))

    from graphlab.train.predicting import Predictor

    predictor = Predictor(folder.graph(), record, found.weights)
    rows, failed = _answers(predictor, images, None if maps is None else Path(maps))
    if as_json:
        print(dumps(rows))
    elif len(failed) < len(images):
        _print([row for row in rows if row["image"] not in failed])
    for image, why in failed.items():
        complain(why if image in why else f"{image}: {why}")
    context.exit(WRONG_INPUT if failed else 0)


def _answers(
    predictor: Any, images: Iterable[str], maps: Path | None
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """A row for each image, and by name why some cannot be answered."""
    rows, failed = [], {}
    for image in images:
        try:
            rows.append(predictor.answer(Path(image), maps))
        except DataError as error:
            failed[image] = str(error)
            rows.append({"image": image, "error": str(error)})
    return rows, failed


def _print(rows: list[dict[str, Any]]) -> None:
    rows = [{key: _in_words(value) for key, value in row.items()} for row in rows]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    print_table("Predictions", columns, [[row.get(key) for key in columns] for row in rows])


def _in_words(value: Any) -> Any:
    """A box in one cell of the table."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {number:.1f}" for key, number in value.items())
    return value
