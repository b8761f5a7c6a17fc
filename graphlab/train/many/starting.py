"""Starting torchrun with as many processes as were asked for, and staying in touch with them.

torchrun knows only whether its workers failed, and kills them where it is interrupted.  So the one
who starts it and the workers have a folder between them: in it they find that a pause is wanted,
and say with which status the training ended.  Whoever of them dies, the others end by themselves.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from graphlab.errors import RunError

_FOLDER, _STARTER = "GRAPHLAB_WORKERS", "GRAPHLAB_STARTER"
_TOLD = ("graphlab: ", "note: ")
"""What workers say to a person begins so; the rest is torchrun's own log."""

_KEPT = 400
"""So many lines of torchrun's log are kept."""

PAUSED = 130
"""The exit status of a training that was paused, as of one that Ctrl-C ended."""

_PACKAGES = Path(__file__).parents[3]


def is_worker() -> bool:
    """Whether torchrun started this process."""
    return "WORLD_SIZE" in os.environ and "RANK" in os.environ


def was_restarted() -> bool:
    """Whether torchrun started this process in the place of one that was lost."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0


# --- a worker's side ------------------------------------------------------------------------------
class Starter:
    """What a worker knows of the one that started torchrun; of none, where it was another."""

    def __init__(self) -> None:
        told = os.environ.get(_FOLDER)
        self.folder = Path(told) if told else None
        self._parent = os.getppid()
        if self.folder is not None:
            self._sign = _signed(self.folder)

    def is_content(self) -> bool:
        """Whether it has its answer already, so that nothing is left to do."""
        return self.folder is not None and (self.folder / "status.json").exists()

    def wants_pause(self) -> bool:
        """Whether it asked for a pause, or is gone, or torchrun is."""
        if self.folder is None:
            return False
        is_orphan = os.getppid() != self._parent or not _is_alive(int(os.environ[_STARTER]))
        return is_orphan or (self.folder / "pause").exists()

    def answer(self, status: int) -> int:
        """Leave the exit status for it; what torchrun, to which all is well, shall be told."""
        if self.folder is None:
            return status
        draft = self.folder / f"status-{os.getpid()}"
        try:
            draft.write_text(json.dumps(status))
            draft.rename(self.folder / "status.json")
        except OSError:
            return status  # nobody waits for it any more
        return 0


def _signed(folder: Path) -> IO[bytes]:
    """The file that names this process, locked for as long as it lives: a number may get another
    owner afterwards, the lock cannot."""
    sign = (folder / f"worker-{os.getpid()}").open("wb")
    with suppress(OSError):  # a file system without locks: it ends by itself when torchrun is gone
        _lock(sign)
    return sign


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


# --- the side of the one who starts ---------------------------------------------------------------
def check_batch(size: int, count: int) -> None:
    """Raise ``RunError`` where a batch has too few examples for all processes."""
    if size < count:
        raise RunError(
            f"a batch of {size} cannot be shared by {count} processes: take larger batches, or "
            "fewer processes"
        )


def start(arguments: Sequence[str], count: int, restarts: int, out: Path) -> int:
    """Run ``graphlab`` with these arguments in ``count`` processes; returns its exit status.

    Where a worker is lost all start again from the last checkpoint, at most ``restarts`` times.
    The first Ctrl-C pauses all of them after the same step, the second kills them.
    Raises ``RunError`` where they end without having said how.
    """
    with tempfile.TemporaryDirectory(prefix="graphlab-") as name:
        folder = Path(name)
        process = subprocess.Popen(  # noqa: S603  graphlab itself, without a shell
            _command(arguments, count, restarts),
            env=_environment(folder, count),
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        log: deque[str] = deque(maxlen=_KEPT)
        listener = threading.Thread(target=_listen, args=(process.stderr, log), daemon=True)
        listener.start()
        try:
            with _pausing(folder, process):
                process.wait()
            listener.join(timeout=5)
        finally:
            _end(folder, process)
        return _status(folder, process.returncode, log, out)


def _command(arguments: Sequence[str], count: int, restarts: int) -> list[str]:
    return [
        *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
        *("--local-addr", "127.0.0.1", "--nproc-per-node", str(count)),
        *("--max-restarts", str(restarts), "-m", "graphlab", *_for_workers(arguments)),
    ]


def _for_workers(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments without those that torchrun would take for its own."""
    left = iter(arguments)
    for argument in left:
        name, sign, _ = argument.partition("=")
        if name not in _FOR_TORCHRUN:
            yield argument
        elif not sign:
            next(left, None)


_FOR_TORCHRUN = ("--nproc", "--max-restarts")


def _environment(folder: Path, count: int) -> dict[str, str]:
    """This process's own, with the way to the same GraphLab, and none to the current folder: a
    ``torch.py`` in there is not what is meant."""
    threads = str(max((os.cpu_count() or 1) // count, 1))
    paths = [str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "OMP_NUM_THREADS": threads,
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONSAFEPATH": "1",
        _FOLDER: str(folder),
        _STARTER: str(os.getpid()),
    }


def _listen(stream: IO[str] | None, log: deque[str]) -> None:
    """Pass on what workers say to a person."""
    for line in stream or ():
        if line.startswith(_TOLD) or os.environ.get("GRAPHLAB_DEBUG"):
            print(line, end="", file=sys.stderr, flush=True)
        else:
            log.append(line)


@contextmanager
def _pausing(folder: Path, process: subprocess.Popen[str]) -> Iterator[None]:
    def note(number: int, frame: object) -> None:
        wish = folder / "pause"
        if wish.exists():
            _kill(folder, process)  # the main thread is waiting for it, and must not wait twice
        wish.touch()

    before = {kind: signal.signal(kind, note) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _end(folder: Path, process: subprocess.Popen[str]) -> None:
    """Kill what is left of torchrun and its workers; all of them ended where all went well."""
    if process.poll() is None:
        _kill(folder, process)
        process.wait()


def _kill(folder: Path, process: subprocess.Popen[str]) -> None:
    process.kill()
    for sign in folder.glob("worker-*"):
        with suppress(OSError):  # it ended before
            if _is_locked(sign):
                os.kill(int(sign.name.partition("-")[2]), signal.SIGKILL)


def _is_locked(sign: Path) -> bool:
    """Whether the worker that signed so is still there."""
    with sign.open("r+b") as file:
        try:
            _lock(file)
        except (BlockingIOError, PermissionError):
            return True
    return False


def _status(folder: Path, returned: int, log: Sequence[str], out: Path) -> int:
    try:
        return int(json.loads((folder / "status.json").read_text()))
    except (OSError, ValueError):
        pass
    if (folder / "pause").exists():
        return PAUSED
    place = out / "torchrun.log"
    try:
        place.write_text("".join(log), encoding="utf-8")
        where = f"{place} has torchrun's own report"
    except OSError:
        where = "GRAPHLAB_DEBUG=1 shows torchrun's own report"
    raise RunError(
        f"a process of this training ended unexpectedly and torchrun gave up (status {returned}): "
        f"the last checkpoint stands and --resume goes on; {where}"
    )
