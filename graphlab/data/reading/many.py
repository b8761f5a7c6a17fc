"""Many image files as one column: decoded now where they fit into memory, else batch by batch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from graphlab.data.columns import RESIDENT_BYTES, WORKERS, Array, Column, ImageFiles, shown
from graphlab.data.data_set import LeftOut
from graphlab.data.reading.images import Header, decode, look, resized
from graphlab.errors import DataError

B = TypeVar("B")


@dataclass(frozen=True)
class Images:
    """Files of one shape and depth as a column, and which of the files asked for they are."""

    column: Column
    kept: list[int]
    divisor: float


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
    headers: dict[int, Header] = {}
    with ThreadPoolExecutor(WORKERS) as pool:
        for i, seen in enumerate(pool.map(_attempt(look), paths)):
            if isinstance(seen, DataError):
                left_out.add(str(paths[i]), _reason(seen, paths[i]))
            else:
                headers[i] = seen
        kept = _alike(paths, headers, left_out, size)
        if not kept:
            raise DataError(_nothing(paths, left_out))
        colour = not is_mask and any(headers[i].is_colour for i in kept)
        common = Header(headers[kept[0]].shape, colour, headers[kept[0]].dtype)
        read = partial(_read_one, header=common, size=size, is_mask=is_mask)
        shape = _shape(common, size)
        divisor = 1.0 if common.dtype == "f4" or is_mask else float(np.iinfo(common.dtype).max)
        if 4 * len(kept) * math.prod(shape) > RESIDENT_BYTES:
            files = ImageFiles([paths[i] for i in kept], read, (len(kept), *shape))
            return Images(files, kept, divisor)
        pixels = np.empty((len(kept), *shape), common.dtype)
        good = np.ones(len(kept), bool)
        for place, one in enumerate(pool.map(_attempt(read), [paths[i] for i in kept])):
            if isinstance(one, DataError):
                left_out.add(str(paths[kept[place]]), _reason(one, paths[kept[place]]))
                good[place] = False
            else:
                pixels[place] = one
    if not good.any():
        raise DataError(_nothing(paths, left_out))
    stored = pixels if good.all() else pixels[good]
    return Images(stored, [i for i, is_good in zip(kept, good, strict=True) if is_good], divisor)


def _alike(
    paths: Sequence[Path],
    headers: dict[int, Header],
    left_out: LeftOut,
    size: tuple[int, int] | None,
) -> list[int]:
    """Those of the most common shape and depth, or of the depth alone where all are resized."""

    def kind(header: Header) -> tuple[tuple[int, ...], str]:
        return header.shape if size is None else header.shape[:-2], header.dtype

    common = Counter(map(kind, headers.values())).most_common(1)
    kept = []
    for i, header in headers.items():
        if kind(header) == common[0][0]:
            kept.append(i)
        elif header.dtype != common[0][0][1]:
            left_out.add(
                str(paths[i]),
                f"it has values of type {header.dtype}, and the others {common[0][0][1]}",
            )
        else:
            left_out.add(
                str(paths[i]),
                f"it is {shown(header.shape)}, and most are {shown(common[0][0][0])}; ask for one "
                "size to have all of them resized",
            )
    return kept


def _read_one(path: Path, header: Header, size: tuple[int, int] | None, is_mask: bool) -> Array:
    seen = header if size is None else Header(look(path).shape, header.is_colour, header.dtype)
    pixels = decode(path, seen, is_mask=is_mask)
    return pixels if size is None else resized(pixels, size, is_mask=is_mask)


def _shape(header: Header, size: tuple[int, int] | None) -> tuple[int, ...]:
    plane = header.shape if size is None else (*header.shape[:-2], *size)
    return (3 if header.is_colour else 1, *plane)


def _attempt(read: Callable[[Path], B]) -> Callable[[Path], B | DataError]:
    def attempted(path: Path) -> B | DataError:
        try:
            return read(path)
        except DataError as error:
            return error

    return attempted


def _reason(error: DataError, path: Path) -> str:
    return str(error).removeprefix(f"{path} ").removeprefix(f"{path}: ")


def _nothing(paths: Sequence[Path], left_out: LeftOut) -> str:
    told = left_out.sentences()
    where = paths[0].parent if paths else "the folder"
    return f"no image of {where} can be read" + (f": {told[0]}" if told else "")
