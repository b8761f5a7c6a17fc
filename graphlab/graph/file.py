"""Saving a graph to a ``.graph.json`` file and loading it again.

``save`` then ``load`` then ``save`` gives the same bytes.  A file comes from anywhere, so ``load``
believes nothing: it returns a graph as sound as an edited one, or raises ``FileError``.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from graphlab.errors import FileError, GraphLabError
from graphlab.graph.file_arrays import Beside, beside_name, pack, stale
from graphlab.graph.file_format import MAX_BYTES, decode
from graphlab.graph.file_graph import graph_of
from graphlab.graph.file_text import graph_text, large_arrays
from graphlab.graph.gallery import LEAD, gallery
from graphlab.graph.graph import Graph
from graphlab.printable import printable


def load(path: str | os.PathLike[str]) -> Graph:
    """Read a graph and its arrays, or build the network that ``gallery:NAME`` names.

    Raises ``FileError`` with one sentence for a file at fault, ``GraphLabError`` for a name that
    the gallery does not have.
    """
    if isinstance(path, str) and path.startswith(LEAD):
        return gallery(path.removeprefix(LEAD))
    file = _resolved(path)
    data = _content(file, check_regular(file, MAX_BYTES))
    with _naming(file):
        record = decode(data)
        return graph_of(record, Beside(file, record.arrays))


def check_regular(file: str | os.PathLike[str], most: int) -> int:
    """Return the bytes of a file that can be read to its end; raises ``FileError``.

    A folder, a pipe, a device and a file of more than ``most`` bytes are refused unopened.
    """
    file = _resolved(file)
    try:
        status = file.stat()
    except FileNotFoundError:
        raise FileError(f"there is no file {file}: check its name and folder") from None
    except OSError as error:
        raise FileError(f"{file} cannot be read: {_reason(error)}") from None
    if stat.S_ISDIR(status.st_mode):
        raise FileError(f"{file} is a folder: choose a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"{file} is not a regular file, so there is nothing to read in it")
    if status.st_size > most:
        raise FileError(
            f"{file.name} has {status.st_size:,} bytes, and such a file has at most {most:,}: it "
            "is something else, or too large to read"
        )
    return status.st_size


def save(graph: Graph, path: str | os.PathLike[str]) -> None:
    """Write the graph, and its large arrays to a file beside it; raises ``FileError``.

    Each file is replaced as a whole, the arrays first, so that a crash in between leaves the graph
    as it was or as it is now.  Arrays files of earlier saves are removed, unless another graph
    file in the folder names them.
    """
    file = _resolved(path)
    arrays = large_arrays(graph)
    content = pack(arrays)
    name = beside_name(file, content) if arrays else None
    with _naming(file):
        text = graph_text(graph, name)
    try:
        _check_place(file)
        if name is None:
            replace_file(file, text)
        else:
            _replace_both(file.with_name(name), content, file, text)
    except OSError as error:
        raise FileError(
            f"{file} cannot be saved: {_reason(error)}; what was there before is unchanged"
        ) from None
    with contextlib.suppress(OSError):  # the graph is saved; a leftover does no harm
        for old in stale(file, name):
            old.unlink()


def _replace_both(beside: Path, content: bytes, file: Path, text: bytes) -> None:
    is_new = not beside.exists()
    replace_file(beside, content)
    try:
        replace_file(file, text)
    except BaseException:
        if is_new:
            beside.unlink(missing_ok=True)
        raise


def _check_place(file: Path) -> None:
    if file.is_dir():
        raise FileError(f"{file} is a folder: add a file name to it")
    if not file.parent.is_dir():
        raise FileError(f"there is no folder {file.parent}: make it, or choose another")
    if file.exists() and not file.is_file():
        raise FileError(f"{file} is not a regular file, and cannot hold a graph: choose another")
    if file.exists() and not os.access(file, os.W_OK):
        raise FileError(f"{file} is protected against writing: choose another name")


def replace_file(file: Path, content: bytes) -> None:
    """Put a whole new file in the place of the old one."""
    draft = file.with_name(f".graphlab-{os.urandom(8).hex()}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if file.exists():
            draft.chmod(stat.S_IMODE(file.stat().st_mode))
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


_BINARY = getattr(os, "O_BINARY", 0)  # Windows would write other line ends without it


def _content(file: Path, size: int) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(size)
    except OSError as error:
        raise FileError(f"{file} cannot be read: {_reason(error)}") from None


def _resolved(path: str | os.PathLike[str]) -> Path:
    """The file itself where ``path`` is a link, so that saving does not replace the link."""
    try:
        text = os.fspath(path)
        if isinstance(text, str) and text:
            return Path(os.path.realpath(text))
    except (TypeError, ValueError):
        pass  # told below, with what is no text or is empty
    raise FileError(f"{path!r:.80} cannot be the name of a file: give a path, as text") from None


def _reason(error: OSError) -> str:
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]


def _one_line(text: str) -> str:
    """A message that quotes a file, without what would break the line or fill the screen."""
    shown = text if len(text) <= _MAX_MESSAGE else f"{text[:_MAX_MESSAGE]}…"
    return printable(shown)


_MAX_MESSAGE = 600


@contextlib.contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Put the file's name before any mistake found in it."""
    try:
        yield
    except GraphLabError as error:
        raise FileError(f"{file.name}: {_one_line(str(error))}") from None
    except RecursionError:
        raise FileError(
            f"{file.name}: lists or objects are nested too deeply for a graph; it is damaged, or "
            "not a graph"
        ) from None
