"""Many image files as one column: decoded now where they fit into memory, else batch by batch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from graphlab.data.columns import (
    RESIDENT_BYTES,
    WORKERS,
    Array,
    Column,
    ImageFiles,
    Paths,
    as_paths,
    shown,
)
from graphlab.data.data_set import LeftOut
from graphlab.data.reading.images import decode, look, resized
from graphlab.data.reading.pixels import Header
from graphlab.errors import DataError

_WAITING = 1024

B = TypeVar("B")


@dataclass(frozen=True)
class Images:
    """Files of one shape and depth as a column, and which of the files asked for they are."""

    column: Column
    kept: list[int]
    divisor: float
    notes: tuple[str, ...] = ()


def read_images(
    paths: Sequence[Path],
    left_out: LeftOut,
    size: tuple[int, int] | None = None,
    *,
    is_mask: bool = False,
) -> Images:
    """Images of one shape: those of the most common one, or all of them resized to ``size``.

    Others are left out by name, and so is what cannot be read.  Where all fit into memory they
    are decoded now; otherwise their headers are read now and each batch is decoded when it is
    asked for.  Raises ``DataError`` where none is left.
    """
    files = as_paths(paths)
    with ThreadPoolExecutor(WORKERS) as pool:
        headers = _headers(files, pool, left_out, is_mask=is_mask)
        kept = _alike(files, headers, left_out, size)
        if not kept:
            raise DataError(_nothing(files, left_out))
        alike = [header for i in kept if (header := headers[i])]
        colour = not is_mask and any(header.is_colour for header in alike)
        common = Header(alike[0].shape, colour, alike[0].dtype)
        read = partial(_read_one, header=common, size=size, is_mask=is_mask)
        shape, chosen = _shape(common, size), files.take(kept)
        is_scaled = common.dtype != "f4" and not is_mask
        divisor = float(np.iinfo(common.dtype).max) if is_scaled else 1.0
        notes = tuple(done_to(alike, "mask" if is_mask else "image", is_mask=is_mask))
        if 4 * len(kept) * math.prod(shape) > RESIDENT_BYTES:
            streamed = ImageFiles(chosen, read, (len(kept), *shape))
            return Images(streamed, kept, divisor, notes)
        pixels, good = _decoded(read, chosen, (len(kept), *shape), common.dtype, pool, left_out)
    if not good.any():
        raise DataError(_nothing(files, left_out))
    sound = [kept[place] for place in np.flatnonzero(good)]
    return Images(pixels if good.all() else pixels[good], sound, divisor, notes)


def done_to(headers: Sequence[Header], noun: str, *, is_mask: bool = False) -> Iterator[str]:
    """What is done to images or pages that are not all of one kind."""

    def counted(count: int) -> str:
        return f"{count:,} {noun}" + ("" if count == 1 else "s")

    turned = sum(header.is_turned for header in headers)
    if turned:
        yield f"{counted(turned)} stored turned or mirrored became upright, as EXIF says"
    if is_mask:
        return
    for kind, count in sorted(Counter(h.stored_as for h in headers if h.stored_as).items()):
        yield f"{counted(count)} stored {kind} became red, green and blue"
    alpha = sum(header.has_alpha for header in headers)
    grey = sum(not header.is_colour for header in headers)
    if alpha:
        yield f"the transparency of {counted(alpha)} was left away"
    if 0 < grey < len(headers):
        yield f"{counted(grey)} in grey beside others in colour got three equal channels"


def _decoded(
    read: Callable[[Path], Array],
    files: Paths,
    shape: tuple[int, ...],
    dtype: str,
    pool: ThreadPoolExecutor,
    left_out: LeftOut,
) -> tuple[Array, Array]:
    """The pixels of all files, and which of them could be read."""
    pixels, good = np.empty(shape, dtype), np.ones(len(files), bool)
    for place, one in _attempted(read, files, pool):
        if isinstance(one, DataError):
            left_out.add(str(files[place]), reason(one, files[place]))
            good[place] = False
        else:
            pixels[place] = one
    return pixels, good


def _headers(
    files: Paths, pool: ThreadPoolExecutor, left_out: LeftOut, *, is_mask: bool
) -> list[Header | None]:
    """What each file's header says, equal ones being one object; None where it cannot be read."""
    known: dict[Header, Header] = {}
    headers: list[Header | None] = []
    for place, seen in _attempted(partial(look, is_mask=is_mask), files, pool):
        if isinstance(seen, DataError):
            left_out.add(str(files[place]), reason(seen, files[place]))
            headers.append(None)
        else:
            headers.append(known.setdefault(seen, seen))
    return headers


def _alike(
    files: Paths,
    headers: list[Header | None],
    left_out: LeftOut,
    size: tuple[int, int] | None,
) -> list[int]:
    """Those of the most common shape and depth, or of the depth alone where all are resized."""

    def kind(header: Header) -> tuple[tuple[int, ...], str]:
        return header.shape if size is None else header.shape[:-2], header.dtype

    common = Counter(kind(header) for header in headers if header).most_common(1)
    kept = []
    for i, header in enumerate(headers):
        if header is None:
            continue
        if kind(header) == common[0][0]:
            kept.append(i)
        elif header.dtype != common[0][0][1]:
            why = f"it has values of type {header.dtype}, and the others {common[0][0][1]}"
            left_out.add(str(files[i]), why)
        else:
            left_out.add(
                str(files[i]),
                f"it is {shown(header.shape)}, and most are {shown(common[0][0][0])}; ask for one "
                "size to have all of them resized",
            )
    return kept


def _read_one(path: Path, header: Header, size: tuple[int, int] | None, is_mask: bool) -> Array:
    seen = header
    if size is not None:
        seen = Header(look(path, is_mask=is_mask).shape, header.is_colour, header.dtype)
    pixels = decode(path, seen, is_mask=is_mask)
    return pixels if size is None else resized(pixels, size, is_mask=is_mask)


def _shape(header: Header, size: tuple[int, int] | None) -> tuple[int, ...]:
    plane = header.shape if size is None else (*header.shape[:-2], *size)
    return (3 if header.is_colour else 1, *plane)


def _attempted(
    read: Callable[[Path], B], files: Paths, pool: ThreadPoolExecutor
) -> Iterator[tuple[int, B | DataError]]:
    """What was read of each file, or why it was not; a bounded number waits for a thread."""

    def attempt(path: Path) -> B | DataError:
        try:
            return read(path)
        except DataError as error:
            return error

    for start in range(0, len(files), _WAITING):
        yield from enumerate(pool.map(attempt, files[start : start + _WAITING]), start)


def reason(error: DataError, path: Path) -> str:
    """What is wrong with a file, said of it."""
    told = str(error)
    return f"it {told.removeprefix(f'{path} ')}" if told.startswith(f"{path} ") else told


def _nothing(paths: Paths, left_out: LeftOut) -> str:
    told = left_out.sentences()
    where = paths[0].parent if paths else "the folder"
    return f"no image of {where} can be read" + (f": {told[0]}" if told else "")
