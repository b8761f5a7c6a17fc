"""The catalogue, fetched from this machine: checked, recorded, and told when it fails."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from graphlab.data import CATALOGUE, catalogue, open_data
from graphlab.data.catalogue import Remote, fetch
from graphlab.data.components import components
from graphlab.data.published import read_bbbc039, read_patch_camelyon
from graphlab.errors import DataError

RANDOM = np.random.default_rng(0)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """The test's output is its own."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(catalogue, "cache", lambda: tmp_path / "cache")
    monkeypatch.delenv("GRAPHLAB_DATA", raising=False)
    return tmp_path / "cache"


def published(name: str, site: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an entry's files come from this machine, with checksums where it has them."""
    folder, address = site
    files = []
    for file in CATALOGUE[name].files:
        content = (folder / file.name).read_bytes()
        known = hashlib.sha256(content).hexdigest() if file.sha256 else None
        files.append(Remote(f"{address}/{file.name}", len(content), known))
    entry = replace(CATALOGUE[name], files=tuple(files))
    monkeypatch.setitem(CATALOGUE, name, entry)  # type: ignore[misc]


def write_mnist(folder: Path) -> np.ndarray:
    images = RANDOM.integers(0, 256, (6, 28, 28), np.uint8)
    for file, array in zip(
        CATALOGUE["mnist-full"].files,
        (images[:4], np.arange(4, dtype=np.uint8), images[4:], np.arange(2, dtype=np.uint8)),
        strict=True,
    ):
        sizes = np.array(array.shape, ">u4").tobytes()
        content = bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()
        (folder / file.name).write_bytes(gzip.compress(content))
    return images


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_entry_says_what_it_is(name: str) -> None:
    entry = CATALOGUE[name]
    assert entry.licence
    assert entry.checksums
    for file in entry.files:
        assert (file.sha256 is None) == (entry.checksums == catalogue.FIRST_DOWNLOAD)
        assert file.sha256 is None or len(bytes.fromhex(file.sha256)) == 32


def test_files_are_fetched_once_with_progress(
    site: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    images = write_mnist(site[0])
    published("mnist-full", site, monkeypatch)
    told: list[tuple[str, int, int]] = []
    data = open_data("mnist-full", progress=lambda *step: told.append(step))
    assert np.array_equal((data.take(np.arange(6))["x"][:, 0] * 255).round(), images)
    assert (len(data.rows("test")), data.licence) == (2, "CC BY-SA 3.0")
    assert {name for name, done, total in told if done == total > 0} == {
        file.name for file in CATALOGUE["mnist-full"].files
    }
    for file in site[0].iterdir():
        file.unlink()
    assert len(open_data("mnist-full")) == 6


def test_a_file_that_is_not_the_one_published_is_refused(
    site: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mnist(site[0])
    published("mnist-full", site, monkeypatch)
    (site[0] / "train-labels-idx1-ubyte.gz").write_bytes(b"something else")
    with pytest.raises(DataError, match=r"train-labels.* is not the file it was"):
        open_data("mnist-full")


def test_without_a_network_it_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = Remote("http://127.0.0.1:9/gone.gz", 1, "0" * 64)
    entry = replace(CATALOGUE["mnist-full"], files=(closed,))
    with pytest.raises(DataError, match=r"could not be fetched .*connect to the network") as told:
        fetch("mnist-full", entry)
    assert "\n" not in str(told.value)


def test_what_has_no_published_checksum_is_kept_to_the_first(
    site: tuple[Path, str], cache: Path
) -> None:
    (site[0] / "a.zip").write_bytes(b"first")
    entry = replace(CATALOGUE["bbbc039"], files=(Remote(f"{site[1]}/a.zip"),))
    fetch("bbbc039", entry)
    (cache / "bbbc039" / "a.zip").unlink()
    (site[0] / "a.zip").write_bytes(b"second")
    with pytest.raises(DataError, match="is not the file it was"):
        fetch("bbbc039", entry)


def test_a_copy_brought_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dots, offsets = np.array([[1.0, 2], [3, 4], [5, 6]]), np.array([0, 2, 3])
    images, labels = RANDOM.integers(0, 256, (2, 8, 8), np.uint8), np.eye(8, dtype=int)[None]
    np.savez(
        tmp_path / "bbbc039_half.npz",
        images=images,
        labels=np.repeat(labels, 2, 0),
        counts=np.diff(offsets),
        dots=dots,
        offsets=offsets,
    )
    monkeypatch.setenv("GRAPHLAB_DATA", str(tmp_path))
    data = open_data("bbbc039")
    assert (data.task, data.licence) == ("points", "CC0")
    fields = data.take(np.arange(2))
    assert fields["count"].tolist() == [2, 1]
    assert np.allclose(fields["density"].sum((1, 2, 3)), [2, 1])
    assert np.array_equal(fields["mask"][0, 0], np.eye(8))
    assert open_data("bbbc039:task=masks").target == "mask"


# --- how they are packed ------------------------------------------------------------------------
def test_cifars_archive(site: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    with tarfile.open(site[0] / "cifar-10-binary.tar.gz", "w:gz") as tar:
        for name, label in (("data_batch_1.bin", 3), ("test_batch.bin", 5), ("../out.bin", 1)):
            record = bytes([label]) + bytes(range(256)) * 12
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(record)
            tar.addfile(info, io.BytesIO(record))
    published("cifar-10", site, monkeypatch)
    data = open_data("cifar-10")
    assert data.take(np.arange(2))["y"].tolist() == [3, 5]
    assert data.rows("test").tolist() == [1]


def test_broads_archives(tmp_path: Path) -> None:
    """Two nuclei may have one number where they do not touch, as in the published masks."""
    mask = np.zeros((12, 16, 3), np.uint8)
    mask[1:4, 1:4, 0] = 1
    mask[8:11, 10:15, 0] = 1
    mask[4:6, 1:4, 0] = 2
    image = RANDOM.integers(0, 4096, (12, 16), np.uint16)
    for name, suffix, pixels in (("images", "tif", image), ("masks", "png", mask)):
        content = io.BytesIO()
        Image.fromarray(pixels).save(content, {"tif": "TIFF", "png": "PNG"}[suffix])
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            archive.writestr(f"{name}/a.{suffix}", content.getvalue())
    for _ in range(2):  # the second time it is unpacked already
        fields = read_bbbc039(tmp_path).fields
        assert fields["count"][:].tolist() == [3]
        points = np.asarray(fields["points"][:])[0].tolist()
        assert sorted(points) == [[2, 2], [4.5, 2], [9, 12]]
        assert np.array_equal(np.asarray(fields["x"][:])[0, 0], image / np.float32(65535))


def test_patch_camelyons_files(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    images = RANDOM.integers(0, 256, (3, 5, 6, 6, 3), np.uint8)
    for word, x in zip(("train", "valid", "test"), images, strict=True):
        for letter, values in (("x", x), ("y", np.arange(5).reshape(5, 1, 1, 1) % 2)):
            name = f"camelyonpatch_level_2_split_{word}_{letter}.h5"
            with h5py.File(tmp_path / name, "w") as file:
                file[letter] = values
            content = (tmp_path / name).read_bytes()
            (tmp_path / name).unlink()
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    found = read_patch_camelyon(tmp_path)
    rows = np.array([14, 0, 7, 7, 3])
    expected = images.reshape(15, 6, 6, 3).transpose(0, 3, 1, 2)[rows] / np.float32(255)
    assert np.array_equal(found.fields["x"][rows], expected)
    assert found.given["validation"].tolist() == [5, 6, 7, 8, 9]
    assert np.asarray(found.fields["y"][:]).tolist() == [0, 1, 0, 1, 0] * 3


def test_components_against_a_flood_fill() -> None:
    for seed in range(5):
        mask = np.random.default_rng(seed).integers(0, 3, (20, 23))
        labels = components(mask)
        seen = np.zeros(mask.shape, bool)
        regions = 0
        for start in zip(*np.nonzero(mask), strict=True):
            if seen[start]:
                continue
            regions += 1
            stack, region = [start], set()
            while stack:
                y, x = stack.pop()
                inside = 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1]
                if inside and not seen[y, x] and mask[y, x] == mask[start]:
                    seen[y, x] = True
                    region.add((y, x))
                    stack += [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
            assert len({int(labels[at]) for at in region}) == 1
        assert labels.max() == regions == len(np.unique(labels)) - 1
