"""What the library that unpacks TIFFs has to say of damage is in our sentence, and nowhere else."""

from __future__ import annotations

import contextlib
import io
import logging
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from graphlab.data import open_data
from graphlab.data.reading.images import decode, look
from graphlab.data.reading.pixels import Header
from graphlab.errors import DataError

PACKED = ("tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "packbits", "group4", "jpeg", "lzma")
PIXELS = np.random.default_rng(0).integers(0, 40, (64, 64), np.uint8)


def packed(kind: str) -> bytes:
    pixels = {"group4": PIXELS > 20, "jpeg": np.stack([PIXELS] * 3, -1)}.get(kind, PIXELS)
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, "TIFF", compression=kind)
    return made.getvalue()


@pytest.mark.parametrize("kind", PACKED)
def test_no_damage_makes_the_library_write_to_the_terminal(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    random, good, file = np.random.default_rng(1), packed(kind), tmp_path / "x.tif"
    told = []
    for turn in range(60):
        content = np.frombuffer(good, np.uint8).copy()
        content[random.integers(8, len(content), 1 + turn % 5)] = random.integers(0, 256)
        file.write_bytes(content[: len(content) - turn % 3].tobytes())
        try:
            decode(file, look(file))
        except DataError as error:
            told.append(str(error))
    assert capfd.readouterr() == ("", "")
    assert told
    assert all(str(file) in said and "\n" not in said for said in told)


def test_no_word_of_a_library_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where nobody listens to them, logs go to the terminal."""
    file, content = tmp_path / "x.tif", packed("jpeg")
    three = struct.pack("<HHIHH", 277, 3, 1, 3, 0)  # three samples a pixel
    assert three in content
    file.write_bytes(content.replace(three, struct.pack("<HHIHH", 277, 3, 1, 2049, 0)))
    with pytest.raises(DataError):
        decode(file, look(file))
    with pytest.raises(DataError):
        decode(file, Header((64, 64), True, "u1"))
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["tifffile", "PIL.TiffImagePlugin", "PIL.PngImagePlugin"])
def test_what_libraries_log_for_others_is_heard(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "x.tif").write_bytes(packed("jpeg")[:-40])
    with pytest.raises(DataError):
        decode(tmp_path / "x.tif", look(tmp_path / "x.tif"))
    logging.getLogger(name).warning("said")
    assert [record.message for record in caplog.records] == ["said"]


DAMAGED = """
import io, sys
import graphlab.data
from graphlab.data.reading import libtiff, tiff
from PIL import Image
content = bytearray(sys.stdin.buffer.read())
with Image.open(io.BytesIO(content)) as image:
    place = image.tag_v2[273][0]
for at in range(place + 8, place + 30):
    content[at] ^= 0x55
image = Image.open(io.BytesIO(content))
image.load()
"""


def test_a_program_that_imports_the_readers_hears_of_its_own_damage() -> None:
    command = [sys.executable, "-c", DAMAGED]
    told = subprocess.run(command, input=packed("group4"), capture_output=True, check=False)
    assert b"Bad code word" in told.stderr


def test_errors_that_nobody_waits_for_are_nobodys(tmp_path: Path) -> None:
    good = packed("group4")
    (tmp_path / "x.tif").write_bytes(good)
    decode(tmp_path / "x.tif", look(tmp_path / "x.tif"))
    damaged = bytearray(good)
    with Image.open(io.BytesIO(good)) as image:
        start = image.tag_v2[273][0]  # type: ignore[attr-defined]
    damaged[start + 8 : start + 200] = np.random.default_rng(0).bytes(192)
    tracemalloc.start()
    try:
        for _ in range(100):
            with Image.open(io.BytesIO(bytes(damaged))) as image, contextlib.suppress(OSError):
                image.load()
        held = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/libtiff.py")])
    finally:
        tracemalloc.stop()
    assert sum(trace.size for trace in held.traces) < 10_000
    decode(tmp_path / "x.tif", look(tmp_path / "x.tif"))


@pytest.mark.parametrize("kind", PACKED)
def test_whole_files_are_read_without_complaint(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.tif"
    file.write_bytes(packed(kind))
    pixels = decode(file, look(file))
    expected = 255 * (PIXELS > 20) if kind == "group4" else PIXELS
    assert np.abs(pixels[0].astype(int) - expected).max() <= (40 if kind == "jpeg" else 0)
    assert capfd.readouterr() == ("", "")


def test_pixels_that_the_library_only_guesses_are_refused(tmp_path: Path) -> None:
    """Of a bad code word in a fax it tells, and goes on with white."""
    content = bytearray(packed("group4"))
    file = tmp_path / "x.tif"
    with Image.open(io.BytesIO(bytes(content))) as image:
        place = image.tag_v2[273][0]  # type: ignore[attr-defined]
    refused = 0
    for at in range(place + 8, place + 200):
        damaged = bytearray(content)
        damaged[at] ^= 0x55
        file.write_bytes(damaged)
        try:
            decode(file, look(file))
        except DataError as error:
            refused += "Bad code word" in str(error)
    assert refused > 50


def test_a_damaged_page_says_what_is_wrong_and_the_others_are_kept(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pages, file = [Image.fromarray(PIXELS + k) for k in range(6)], tmp_path / "stack.tif"
    pages[0].save(file, save_all=True, append_images=pages[1:], compression="tiff_deflate")
    content = bytearray(file.read_bytes())
    with Image.open(file) as image:
        image.seek(2)
        start = image.tag_v2[273][0]  # type: ignore[attr-defined]
    content[start : start + 9] = bytes(9)
    file.write_bytes(content)
    data = open_data(f"{file}:split=80/10/10")
    assert len(data) == 5
    assert len(data.left_out) == 1
    assert "page 3" in data.left_out[0]
    assert "Decoding error at scanline 0" in data.left_out[0]
    assert capfd.readouterr() == ("", "")
