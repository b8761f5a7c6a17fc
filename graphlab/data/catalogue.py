"""Public sets that are fetched once over the network, each file checked by its checksum.

A file may also be brought by hand: what lies in the folder that ``GRAPHLAB_DATA`` names, or in the
cache, is not fetched.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from platformdirs import user_cache_dir

from graphlab.data.data_set import Found, Task
from graphlab.data.published import read_bbbc039, read_cifar_archive, read_patch_camelyon
from graphlab.data.reading.arrays import read_npz
from graphlab.data.reading.records import CIFAR_CLASSES, read_idx_folder
from graphlab.data.shipped import DIGITS, FASHION
from graphlab.errors import DataError

Progress = Callable[[str, int, int], None]
"""Is told a file's name, how many bytes of it are here, and how many it has (0: unknown)."""

TFDS = "tensorflow-datasets 4.9.10"
FIRST_DOWNLOAD = "none is published here: that of the first download is recorded and kept to"
_RECORD = "checksums.json"
_CHUNK = 2**16


@dataclass(frozen=True)
class Remote:
    """A file to be fetched: its size in bytes and SHA-256, where a publisher states them."""

    url: str
    size: int | None = None
    sha256: str | None = None

    @property
    def name(self) -> str:
        """What the file is called in the cache."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class Entry:
    """A public set; ``checksums`` says who states the checksums of its files."""

    title: str
    task: Task
    examples: int
    shape: tuple[int, ...]
    licence: str
    source: str
    files: tuple[Remote, ...]
    checksums: str
    read: Callable[[Path], Found]
    classes: tuple[str, ...] = ()

    @property
    def size(self) -> int | None:
        """Bytes to be fetched, where all are known."""
        sizes = [file.size for file in self.files]
        return None if None in sizes else sum(size or 0 for size in sizes)


def _remotes(site: str, files: Sequence[tuple[str, int, str]]) -> tuple[Remote, ...]:
    return tuple(Remote(f"{site}/{name}", size, sha256) for name, size, sha256 in files)


_PCAM = "camelyonpatch_level_2_split"

CATALOGUE: Mapping[str, Entry] = {
    "mnist-full": Entry(
        "MNIST",
        "classes",
        70000,
        (1, 28, 28),
        "CC BY-SA 3.0",
        "Y. LeCun and C. Cortes; yann.lecun.com/exdb/mnist",
        _remotes("https://storage.googleapis.com/cvdf-datasets/mnist", (
            ("train-images-idx3-ubyte.gz", 9912422,
             "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            ("train-labels-idx1-ubyte.gz", 28881,
             "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            ("t10k-images-idx3-ubyte.gz", 1648877,
             "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            ("t10k-labels-idx1-ubyte.gz", 4542,
             "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        )),
        TFDS,
        read_idx_folder,
        DIGITS,
    ),
    "fashion-mnist-full": Entry(
        "Fashion-MNIST",
        "classes",
        70000,
        (1, 28, 28),
        "MIT",
        "Xiao, Rasul and Vollgraf, Zalando SE, 2017; github.com/zalandoresearch/fashion-mnist",
        _remotes("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com", (
            ("train-images-idx3-ubyte.gz", 26421880,
             "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            ("train-labels-idx1-ubyte.gz", 29515,
             "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            ("t10k-images-idx3-ubyte.gz", 4422102,
             "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            ("t10k-labels-idx1-ubyte.gz", 5148,
             "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        )),
        TFDS,
        read_idx_folder,
        FASHION,
    ),
    "cifar-10": Entry(
        "CIFAR-10",
        "classes",
        60000,
        (3, 32, 32),
        "none stated; its authors ask to be cited",
        "A. Krizhevsky, Learning multiple layers of features, 2009; cs.toronto.edu/~kriz",
        _remotes("https://www.cs.toronto.edu/~kriz", (
            ("cifar-10-binary.tar.gz", 170052171,
             "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
        )),
        TFDS,
        read_cifar_archive,
        CIFAR_CLASSES,
    ),
    "patch-camelyon": Entry(
        "PatchCamelyon",
        "classes",
        327680,
        (3, 96, 96),
        "CC0",
        "B. Veeling et al., 2018, from Camelyon16; github.com/basveeling/pcam",
        _remotes("https://zenodo.org/record/2546921/files", (
            (f"{_PCAM}_train_x.h5.gz", 6421353462,
             "d619e741468a7ab35c7e4a75e6821b7e7e6c9411705d45708f2a0efc8960656c"),
            (f"{_PCAM}_train_y.h5.gz", 21378,
             "b74126d2c01b20d3661f9b46765d29cf4e4fba6faba29c8e0d09d406331ab75a"),
            (f"{_PCAM}_valid_x.h5.gz", 805965320,
             "f82ee1670d027b4ec388048d9eabc2186b77c009655dae76d624c0ecb053ccb2"),
            (f"{_PCAM}_valid_y.h5.gz", 3038,
             "ce1ae30f08feb468447971cfd0472e7becd0ad96d877c64120c72571439ae48c"),
            (f"{_PCAM}_test_x.h5.gz", 800875929,
             "79174c2201ad521602a5888be8f36ee10875f37403dd3f2086caf2182ef87245"),
            (f"{_PCAM}_test_y.h5.gz", 3040,
             "0a522005fccc8bbd04c5a117bfaf81d8da2676f03a29d7499f71d0a0bd6068ef"),
        )),
        TFDS,
        read_patch_camelyon,
        ("normal", "tumour"),
    ),
    "bbbc039": Entry(
        "BBBC039, nuclei of U2OS cells",
        "points",
        200,
        (1, 520, 696),
        "CC0",
        "Broad Bioimage Benchmark Collection, Caicedo et al. 2018; bbbc.broadinstitute.org/BBBC039",
        (
            Remote("https://data.broadinstitute.org/bbbc/BBBC039/images.zip"),
            Remote("https://data.broadinstitute.org/bbbc/BBBC039/masks.zip"),
        ),
        FIRST_DOWNLOAD,
        read_bbbc039,
    ),
}  # fmt: skip
"""Public sets by name."""


def size_shown(count: int | None) -> str:
    """Bytes as people write them."""
    if count is None:
        return "size not stated"
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB"):
        if size >= 1000:
            size, unit = size / 1000, larger
    return f"{size:.3g} {unit}"


def open_entry(name: str, progress: Progress | None = None) -> Found:
    """A set of the catalogue: from ``GRAPHLAB_DATA`` where it is there, else fetched.

    Raises ``DataError`` without a network, and for a file that is not what it was published as.
    """
    entry = CATALOGUE[name]
    brought = _brought(name)
    found = read_npz(brought) if brought else entry.read(fetch(name, entry, progress))
    classes = entry.classes or found.classes
    return replace(
        found, title=entry.title, licence=entry.licence, source=entry.source, classes=classes
    )


def is_here(name: str, entry: Entry) -> bool:
    """Whether the set can be opened without a network."""
    return _brought(name) is not None or all(
        (cache() / name / file.name).is_file() for file in entry.files
    )


def cache() -> Path:
    """The folder of all that was fetched, as the system names it."""
    return Path(user_cache_dir("graphlab"))


def _brought(name: str) -> Path | None:
    """A copy as ``NAME….npz`` in the folder that the environment names."""
    folder = os.environ.get("GRAPHLAB_DATA")
    return next(iter(sorted(Path(folder).glob(f"{name}*.npz"))), None) if folder else None


def fetch(name: str, entry: Entry, progress: Progress | None = None) -> Path:
    """The folder with the entry's files, those missing or damaged fetched anew."""
    import pooch  # brings requests, which a set in memory need not wait for

    pooch.get_logger().setLevel("ERROR")
    folder = cache() / name
    recorded = _recorded(folder)
    for remote in entry.files:
        known = remote.sha256 or recorded.get(remote.name)
        bar = _Bar(remote, progress) if progress else False
        downloader = pooch.HTTPDownloader(progressbar=bar, chunk_size=_CHUNK)
        try:
            pooch.retrieve(
                remote.url, known and f"sha256:{known}", remote.name, folder, None, downloader
            )
            if known is None:
                recorded[remote.name] = pooch.file_hash(str(folder / remote.name))
                _record(folder, recorded)
        except OSError as error:
            why = error.strerror or _last(error)
            raise DataError(
                f"{name} could not be fetched from {remote.url} ({why:.100}): connect to the "
                f"network, or put {remote.name} into {folder}"
            ) from None
        except ValueError:
            raise DataError(
                f"{remote.url} is not the file it was: its SHA-256 is not {known}; try again "
                f"later, or take {remote.name} from elsewhere into {folder}"
            ) from None
    return folder


def _last(error: OSError) -> str:
    """The reason at the end of a chain of libraries, such as: Name or service not known."""
    text = " ".join(str(error).split())
    return text.rpartition("] ")[2].rstrip(")'\"") if "] " in text else type(error).__name__


def _recorded(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / _RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    is_sound = isinstance(found, dict)
    return {str(k): v for k, v in found.items() if isinstance(v, str)} if is_sound else {}


def _record(folder: Path, checksums: Mapping[str, str]) -> None:
    beside = folder / f"{_RECORD}.part"
    beside.write_text(json.dumps(checksums, indent=1), "utf-8")
    beside.replace(folder / _RECORD)


class _Bar:
    """What pooch expects of a progress bar, told on to a function."""

    def __init__(self, remote: Remote, progress: Progress) -> None:
        self.total = remote.size or 0
        self._remote, self._progress, self._done = remote, progress, 0

    def update(self, count: int) -> None:
        self._done += count
        total = self.total or self._done
        self._progress(self._remote.name, min(self._done, total), self.total)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """All is told."""
