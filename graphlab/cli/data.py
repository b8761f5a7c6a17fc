"""``graphlab data``: which data sets there are, and all about one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np

from graphlab.cli.options import as_json as json_flag
from graphlab.cli.records import dumps
from graphlab.cli.tables import print_table, print_text
from graphlab.data import CATALOGUE, GENERATED, SHIPPED, DataSet, open_data
from graphlab.data.catalogue import Entry, is_here, size_shown
from graphlab.data.columns import is_resident, shown
from graphlab.data.opening import parsed
from graphlab.data.preview import preview
from graphlab.data.saving import save_data
from graphlab.errors import FileError
from graphlab.printable import printable


@click.command("data")
@click.argument("name", required=False)
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**63 - 1),
    default=0,
    show_default=True,
    help="Decides what is generated, and which examples are for training.",
)
@click.option("--fetch", is_flag=True, help="Fetch a set of the catalogue over the network.")
@click.option("--save", "save_to", metavar="FILE.npz", help="Write its fields and splits.")
@click.option(
    "--preview", "draw_to", metavar="FILE.png", help="Draw some of its training examples."
)
@json_flag
def command(
    name: str | None,
    seed: int,
    fetch: bool,
    save_to: str | None,
    draw_to: str | None,
    as_json: bool,
) -> None:
    """List the data sets that have a name, or describe the one of a NAME or path.

    A path is an idx, .npz, CSV or TIFF file, a COCO .json, or a folder: images by class, images
    and masks, images and points, images and boxes (COCO, VOC), idx files, CIFAR-10's binary
    version.  Settings may follow after a colon, as in spiral:examples=500,noise=0.1 or
    houses.csv:target=price or photos:size=64x64,split=70/15/15,standardise=yes.
    """
    if name is None:
        _list(as_json)
        return
    plain, _ = parsed(name)
    entry = CATALOGUE.get(plain)
    if entry and not (fetch or save_to or draw_to or is_here(plain, entry)):
        _describe_absent(plain, entry, as_json)
        return
    data = open_data(name, seed=seed, progress=_progress if sys.stderr.isatty() else None)
    if save_to:
        _save(data, save_to)
    if draw_to:
        _draw(data, draw_to)
    if as_json:
        print(dumps(_record(data)))
    else:
        _describe(data)


# --- all of them --------------------------------------------------------------------------------
def _list(as_json: bool) -> None:
    keys = ("name", "title", "task", "examples", "shape", "licence", "where")
    rows = list(_rows())
    if as_json:
        print(dumps([dict(zip(keys, row, strict=True)) for row in rows]))
        return
    told = [(row[0], row[2], row[3], shown(row[4]), *row[5:], row[1]) for row in rows]
    heads = ["name", "task", "examples", "shape", "licence", "where", "title"]
    print_table("Data sets", heads, told)


def _rows() -> Iterator[tuple[str, str, str, int, tuple[int, ...], str, str]]:
    for name, made in GENERATED.items():
        yield name, made.title, made.task, made.examples, made.shape, "none needed", "generated"
    for name, kept in SHIPPED.items():
        row = (name, kept.title, kept.task, kept.examples, kept.shape, kept.licence)
        yield (*row, "shipped")
    for name, entry in CATALOGUE.items():
        row = (name, entry.title, entry.task, entry.examples, entry.shape, entry.licence)
        where = "fetched" if is_here(name, entry) else f"network, {size_shown(entry.size)}"
        yield (*row, where)


# --- one that is not here -----------------------------------------------------------------------
def _describe_absent(name: str, entry: Entry, as_json: bool) -> None:
    if as_json:
        files = [
            {"url": file.url, "bytes": file.size, "sha256": file.sha256} for file in entry.files
        ]
        record = {
            **{key: getattr(entry, key) for key in ("title", "task", "examples", "shape")},
            **{key: getattr(entry, key) for key in ("classes", "licence", "source", "checksums")},
        }
        print(dumps({"name": name, **record, "files": files, "is_here": False}))
        return
    print_text(f"{entry.title}: {entry.examples} examples of {shown(entry.shape)}, {entry.task}")
    print_text(f"Licence: {entry.licence}.  Source: {entry.source}.\n")
    rows = [(f.url, size_shown(f.size), f.sha256 or "recorded when fetched") for f in entry.files]
    print_table("Files", ["address", "size", "SHA-256"], rows)
    print_text(f"Checksums: {entry.checksums}.")
    print_text(f"Not here yet: graphlab data {name} --fetch")


def _progress(file: str, done: int, total: int) -> None:
    end = "\n" if done >= total > 0 else ""
    sys.stderr.write(
        f"\r{printable(file)}: {size_shown(done)} of {size_shown(total or None)}   {end}"
    )
    sys.stderr.flush()


# --- one that is --------------------------------------------------------------------------------
def _describe(data: DataSet) -> None:
    print_text(f"{data.title}: {len(data)} examples, {data.task}")
    print_text(f"Licence: {data.licence}.  Source: {data.source}.")
    for note in data.notes:
        print_text(f"Note: {note}.")
    print_text("")
    rows = [(f["name"], shown(f["shape"]), f["lowest"], f["highest"]) for f in _fields(data)]
    print_table("Fields", ["field", "shape", "lowest", "highest"], rows)
    counts = _class_counts(data)
    heads = ["split", "examples", *([str(c) for c in data.classes] if counts else [])]
    print_table(
        "Splits",
        heads,
        [(name, len(rows), *counts.get(name, ())) for name, rows in data.splits.items()],
    )
    for sentence in data.left_out:
        print_text(sentence)


def _record(data: DataSet) -> dict[str, Any]:
    told = {key: getattr(data, key) for key in ("name", "title", "task", "classes", "features")}
    return {
        **told,
        "licence": data.licence,
        "source": data.source,
        "examples": len(data),
        "target": data.target,
        "fields": _fields(data),
        "splits": {name: len(rows) for name, rows in data.splits.items()},
        "class_counts": _class_counts(data),
        "notes": data.notes,
        "left_out": data.left_out,
        "is_here": True,
    }


def _fields(data: DataSet) -> list[dict[str, Any]]:
    """Name, shape and range of each field; a streamed one is not read through for its range."""
    found = []
    for name, values in data.fields.items():
        ends: tuple[float | None, float | None] = None, None
        if is_resident(values) and np.prod(values.shape):
            array = np.asarray(values)
            ends = float(array.min()), float(array.max())
        found.append({"name": name, "shape": values.shape, "lowest": ends[0], "highest": ends[1]})
    return found


def _class_counts(data: DataSet) -> dict[str, list[int]]:
    if data.task != "classes":
        return {}
    y = np.asarray(data.fields["y"][:]).astype(int)
    most = len(data.classes)
    return {k: np.bincount(y[rows], minlength=most).tolist() for k, rows in data.splits.items()}


def _save(data: DataSet, target: str) -> None:
    path = Path(target)
    if path.suffix != ".npz":
        raise FileError(f"{path} must end with .npz, which is what is written")
    try:
        save_data(path, data)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror or error}") from None


def _draw(data: DataSet, target: str) -> None:
    path = Path(target)
    if path.suffix.lower() != ".png":
        raise FileError(f"{path} must end with .png, which is what is drawn")
    try:
        preview(data).save(path, "PNG")
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror or error}") from None
