"""TIFF files, page by page: which pages are whole, which are not, and what is missing at the end.

tifffile reads what the pages say and those that are not packed; packed ones are left to Pillow,
whose library bounds what it unpacks.  Where the chain of pages breaks off tifffile goes on without
a word, so that is looked up here, and so is how many pages the file says it has.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from graphlab.data.columns import Array, shown
from graphlab.data.reading.libtiff import heeding
from graphlab.data.reading.pixels import (
    MAX_PIXELS,
    ORIENTATION,
    Header,
    as_channels,
    as_stored,
    careful,
    check_bounds,
    is_turned,
    shown_shape,
    upright,
)
from graphlab.errors import DataError

_LABELS = {"int16": "i2", "int32": "i4", "uint32": "u4", "int64": "i8", "uint64": "u8"}
_KINDS = {"uint8": "u1", "uint16": "u2", "float32": "f4", "bool": "u1", **_LABELS}
_MOST_PAGES = 2**17
_UNCOMPRESSED = 1
_PLAIN = (0, 1, 2)  # grey, from white or from black on, and red, green and blue
_STORED_AS = {3: "with a palette", 5: "as CMYK", 6: "as YCbCr", 8: "as Lab"}


@dataclass(frozen=True)
class Pages:
    """Each page's header, or why it is not read; ``missing`` says how the file ends too early.

    A reason goes on from the name of the file or the page: "was cut short …".
    """

    headers: tuple[Header | str, ...]
    missing: str = ""

    def reasons(self) -> list[str]:
        """Why each page is not read, or differs from most; empty for the sound ones."""
        alike = Counter((h.shape, h.dtype) for h in self.headers if isinstance(h, Header))
        shape, dtype = alike.most_common(1)[0][0] if alike else ((), "")
        reasons = []
        for header in self.headers:
            if isinstance(header, str):
                reasons.append(header)
            elif header.dtype != dtype:
                reasons.append(f"has values of type {header.dtype}, and most have {dtype}")
            else:
                differs = f"is {shown(header.shape)}, and most are {shown(shape)}"
                reasons.append("" if header.shape == shape else differs)
        return reasons

    def common(self) -> Header:
        """The header of the sound pages together, of which there must be one."""
        pairs = zip(self.headers, self.reasons(), strict=True)
        kept = [header for header, why in pairs if isinstance(header, Header) and not why]
        return Header(
            kept[0].shape if len(self.headers) == 1 else (len(kept), *kept[0].shape),
            any(header.is_colour for header in kept),
            kept[0].dtype,
            any(header.has_alpha for header in kept),
            any(header.is_turned for header in kept),
            max(header.stored_as for header in kept),
        )


def look_pages(path: Path) -> Pages:
    """The pages of a TIFF; ``DataError`` where it is none, or has too many pixels in all."""
    return careful(path, _look)


def volume_header(path: Path) -> Header:
    """The header of all pages together, (H, W) of one and (D, H, W) of several.

    Raises ``DataError`` where a page is missing, damaged or of another size: without it this would
    be another volume.
    """
    pages = look_pages(path)
    for number, why in enumerate(pages.reasons(), 1):
        if why:
            which = "" if len(pages.headers) == 1 else f" is no whole volume: page {number}"
            raise DataError(f"{path}{which} {why}")
    if pages.missing:
        raise DataError(f"{path} {pages.missing}")
    return pages.common()


def decode_volume(path: Path, header: Header, *, is_mask: bool) -> Array:
    """All pages, (C, H, W) of one and (C, D, H, W) of several; ``DataError`` for damaged ones."""
    count = header.shape[0] if len(header.shape) == 3 else 1
    planes = []
    for plane in decode_pages(path, range(count), header, is_mask=is_mask):
        if isinstance(plane, DataError):
            raise plane
        planes.append(plane)
    return np.stack(planes, 1) if len(header.shape) == 3 else planes[0]


def decode_pages(
    path: Path, places: Iterable[int], header: Header, *, is_mask: bool
) -> list[Array | DataError]:
    """The pixels (C, H, W) of some pages, counted from 0, or why one is damaged."""
    import tifffile  # loaded with the first TIFF, since it is slow to load

    def pixels(place: int) -> Array:
        plane = _unpacked(file, blocks[place])
        if plane is None:
            image.seek(place)
            check_bounds(path, image.size[::-1])
            with heeding():
                plane = as_stored(image, header, is_mask=is_mask)
        return as_channels(path, plane, header, is_mask=is_mask)

    def attempt(place: int) -> Array | DataError:
        try:
            return careful(path, lambda _: pixels(place))
        except DataError as error:
            return error

    with tifffile.TiffFile(path) as file:
        blocks = _blocks(path, file)
        if all(_is_plain(blocks[place].page) for place in places):
            return [attempt(place) for place in places]
        with Image.open(_ended(path, file), formats=("TIFF",)) as image:
            return [attempt(place) for place in places]


def _ended(path: Path, file: Any) -> Path | BytesIO:
    """The file, or a copy that ends with its last page where the chain of pages breaks off, of
    which Pillow's library would write to the screen."""
    if _next_page(file) == 0:
        return path
    content, at = bytearray(path.read_bytes()), file.pages.next_page_offset
    content[at : at + file.tiff.offsetsize] = bytes(file.tiff.offsetsize)
    return BytesIO(content)


# --- what the file says -------------------------------------------------------------------------
@dataclass(frozen=True)
class _Block:
    """A plane: its page, or why that cannot be read; its place if the page has several."""

    page: Any
    offset: int | None = None


def _look(path: Path) -> Pages:
    import tifffile  # loaded with the first TIFF, since it is slow to load

    size = path.stat().st_size
    with tifffile.TiffFile(path) as file:
        blocks = _blocks(path, file)
        headers = tuple(_header(block.page, size) for block in blocks)
        missing = _missing(file, blocks, size)
        _check_axes(path, file)
    total = sum(math.prod(header.shape) for header in headers if isinstance(header, Header))
    check_bounds(path, (max(total, 1),))
    return Pages(headers, missing)


def _check_axes(path: Path, file: Any) -> None:
    """Raise ``DataError`` where pages are of several times or channels, each of several depths."""
    try:
        axes, shape = file.series[0].axes, file.series[0].shape
    except Exception:  # damaged pages make no series, and are told of by their numbers
        return
    if len(axes.replace("S", "")) > 3:
        raise DataError(
            f"{path} has the axes {axes} ({shown(shape)}): save it as pages of height and width"
        )


def _blocks(path: Path, file: Any) -> list[_Block]:
    """The planes: one a page, and those behind them that no page tells of, as in large stacks of
    ImageJ's, and in a stack that was cut before its last pages.  ``DataError`` for too many."""
    _check_count(path, len(file.pages))
    pages = [_page(file, place) for place in range(len(file.pages))]
    blocks, first = [_Block(page) for page in pages], pages[0]
    if not _is_plain(first) or not first.is_contiguous:
        return blocks
    step, start = int(first.nbytes), int(first.dataoffsets[0])
    starts = [next(iter(getattr(page, "dataoffsets", ())), -1) for page in pages]
    while starts[-1] == -1:
        starts.pop()  # cut within what it says of itself, and its pixels may be there
    if not step or any(after - before != step for before, after in pairwise(starts)):
        return blocks
    whole = min(_claimed(file, first), (file.filehandle.size - start) // step)
    _check_count(path, whole)
    further = [_Block(first, start + i * step) for i in range(len(starts), whole)]
    return blocks[: len(starts)] + further if further else blocks


def _check_count(path: Path, count: int) -> None:
    if count > _MOST_PAGES:
        raise DataError(
            f"{path} says it has {count:,} pages, and a stack has at most {_MOST_PAGES:,}: cut it "
            "up"
        )


def _page(file: Any, place: int) -> Any:
    """A page, or why it cannot be read."""
    try:
        return file.pages[place]
    except Exception as error:  # tifffile raises whatever its parser meets
        return f"cannot be read ({' '.join(str(error).split()):.120})"


def _claimed(file: Any, first: Any) -> int:
    """How many planes the file's description speaks of, ImageJ's or tifffile's own; 0 for none."""
    if isinstance(first, str):
        return 0
    if file.is_imagej:
        return int((file.imagej_metadata or {}).get("images", 1))
    shapes = [told.get("shape", (0,)) for told in file.shaped_metadata or ()]
    return math.prod(shapes[0]) // max(int(first.size), 1) if len(shapes) == 1 else 0


def _missing(file: Any, blocks: list[_Block], size: int) -> str:
    """How the chain of pages ends where it does not end by itself, or ends before the planes do."""
    count, place = len(blocks), _next_page(file)
    claimed = _claimed(file, blocks[0].page)
    is_whole = place == 0 and count == len(file.pages)
    if is_whole or claimed == count:
        return ""
    if place and place < size:
        return f"is damaged: no page {count + 1} can be read at byte {place}, where it should be"
    last = f"page {claimed}" if claimed == count + 1 else f"pages {count + 1} to {claimed}"
    lost = last if claimed > count else f"what follows page {count}"
    return f"was cut short at byte {size}, before {lost}"


def _next_page(file: Any) -> int | None:
    """Where a page should follow the last that was found: 0 for nowhere, None if that is cut."""
    file.filehandle.seek(file.pages.next_page_offset)
    told = file.filehandle.read(file.tiff.offsetsize)
    order: Any = "little" if file.byteorder == "<" else "big"
    return int.from_bytes(told, order) if len(told) == file.tiff.offsetsize else None


# --- one page -----------------------------------------------------------------------------------
def _header(page: Any, size: int) -> Header | str:
    """What a page of a file of ``size`` bytes says of itself, or why it is not read."""
    if isinstance(page, str):
        return page
    plane = tuple(n for n, axis in zip(page.shape, page.axes, strict=True) if axis != "S")
    samples, kind = int(page.samplesperpixel), _KINDS.get(str(page.dtype))
    stored_as = _STORED_AS.get(page.photometric, "")
    is_colour = samples > 1 or bool(stored_as)
    if len(plane) != 2 or samples not in (1, 3, 4):
        return f"has the axes {page.axes} ({shown(page.shape)}): save it as height and width"
    if kind is None:
        return f"holds {page.dtype}: save it as uint8, uint16 or float32"
    if kind != "u1" and is_colour and not _is_plain(page):
        return "has packed colours of more than 8 bits: save it uncompressed, as RGB"
    if not 0 < math.prod(plane) <= MAX_PIXELS:
        return f"says it is {shown(plane)}, and may have 1 to {MAX_PIXELS} pixels: cut it up"
    spans = zip(page.dataoffsets, page.databytecounts, strict=False)
    end = max((start + count for start, count in spans), default=0)
    stored = math.prod(page.shape) * int(page.bitspersample) // 8
    needed = max(end, stored if page.compression == _UNCOMPRESSED else 0)
    if needed > size:
        return f"was cut short: it takes {needed} bytes, and the file has {size}"
    way, has_alpha = _orientation(page), samples == 4 and not stored_as
    return Header(shown_shape(plane, way), is_colour, kind, has_alpha, is_turned(way), stored_as)


def _orientation(page: Any) -> int:
    tag = page.tags.get(ORIENTATION)
    return tag.value if tag is not None and isinstance(tag.value, int) else 1


def _is_plain(page: Any) -> bool:
    """Whether its pixels lie there as they are: neither packed, nor bits, nor in other colours."""
    if isinstance(page, str) or page.compression != _UNCOMPRESSED:
        return False
    return page.photometric in _PLAIN and page.bitspersample % 8 == 0


def _unpacked(file: Any, block: _Block) -> Array | None:
    """Plain pixels as they are shown, (H, W) or (H, W, channels); None for all others."""
    page = block.page
    if not _is_plain(page):
        return None
    if block.offset is None:
        pixels: Array = page.asarray()
    else:
        kind = page.dtype.newbyteorder(file.byteorder)
        flat = file.filehandle.read_array(kind, page.size, block.offset)
        pixels = flat.reshape(page.shape)
    if "S" in page.axes:
        pixels = np.moveaxis(pixels, page.axes.index("S"), -1)
    return upright(pixels, _orientation(page))
