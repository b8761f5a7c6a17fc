"""What ``--fast`` makes of a network: what pays on a device is tried, chosen once and written down.

Tried are the two orders in which an image lies in memory and, on a GPU, ``torch.compile`` with CUDA
graphs.  A choice changes the last bits of a result, so it is kept with the run, which goes on with
it, and for this machine, whose next run of the same graph makes the same one.  Imported only where
torch is wanted.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import torch
from platformdirs import user_cache_dir
from torch import Tensor

from graphlab.errors import FileError, GraphLabError, RunError
from graphlab.graph.file import check_regular
from graphlab.torch_backend.weights import write_whole
from graphlab.train.folder import Haste
from graphlab.train.many.ranks import here
from graphlab.train.training import Training

WORTH = 0.95
"""What takes more than this share of the time is not worth another layout."""

COMPILING = 120.0
"""Seconds of training from which on compiling for a GPU is tried.  On a CPU it is not: there a
compiled step took 2.6 times as long for ResNet-18, 1.1 to 1.4 times for two MLPs and 0.8 to 1.05
times for LeNet, after 8 to 138 seconds for the first."""

_ROUNDS = 12
_LONGEST = 3.0  # seconds that one trial may take, once every candidate had a turn

_OPTIONS: dict[str, dict[str, Any]] = {
    "cuda": {"options": {"triton.cudagraphs": True, "fallback_random": True}},
    "cpu": {"options": {"fallback_random": True}},
}
"""``fallback_random`` draws as the uncompiled network does, so both drop the same units."""


def hasten(training: Training, chosen: Haste | None = None) -> Haste:
    """Make a training fast, as ``chosen`` for it earlier or else by trial.

    Raises ``RunError`` where it was compiled then and cannot be now.
    """
    known = chosen or _remembered(training)
    made = _tried(training) if known is None else _as_known(training, known)
    if chosen is not None and chosen.is_compiled and not made.is_compiled:
        raise RunError(
            f"this run was compiled when it began, and {made.note}: go on where it began, or "
            "train into another folder without --fast"
        )
    training.keep_examples()
    return made


def in_words(haste: Haste, training: Training) -> str:
    """What a run was made fast by, in a sentence."""
    network = training.network
    said = (
        ("fused optimizer", any(turn.is_fused for turn in training.turns)),
        ("bfloat16", network.is_short),
        ("channels last", haste.is_laid_out),
        ("torch.compile", haste.is_compiled),
        (f"examples kept on the {network.device.type}", training.resident is not None),
    )
    words = ", ".join(name for name, is_done in said if is_done)
    note = f"; {haste.note}" if haste.note else ""
    return f"Fast by: {words or 'nothing that this network has'}{note}."


# --- choosing -------------------------------------------------------------------------------------
def _as_known(training: Training, known: Haste) -> Haste:
    """What was chosen earlier, made so again; uncompiled where that cannot be, with the reason."""
    if here().is_single:
        _lay_out(training, known.is_laid_out)
    problem = compile_step(training) if known.is_compiled else ""
    return msgspec.structs.replace(known, is_compiled=False, note=problem) if problem else known


def _tried(training: Training) -> Haste:
    """The faster layout, and whether compiling pays, made so; kept for the next run."""
    network = training.network
    if not here().is_single:
        return Haste(is_laid_out=network.is_laid_out)
    feeds = training.next_feeds()
    has_images = any(array.ndim == 4 for array in feeds.values())
    seconds = {False: 1.0}
    if has_images or network.device.type == "cuda":
        layouts = (False, True) if has_images else (False,)
        seconds = _seconds(training, feeds, layouts)
    is_laid_out = seconds.get(True, float("inf")) < WORTH * seconds[False]
    _lay_out(training, is_laid_out)
    made = Haste(is_laid_out=is_laid_out)
    if _is_long(training, seconds[is_laid_out]):
        made = _try_compiling(training, made, feeds)
    _remember(training, made)
    return made


def _is_long(training: Training, seconds: float) -> bool:
    """Whether a training with steps of so many seconds may win more than compiling takes."""
    steps = training.recipe.epochs * len(training.batches)
    return training.network.device.type == "cuda" and seconds * steps >= COMPILING


def _try_compiling(training: Training, made: Haste, feeds: Mapping[str, Any]) -> Haste:
    """With the layout chosen, whether a compiled step is faster, or why it cannot be tried.

    It is compiled once, and stays so where that pays.
    """
    plain = _seconds(training, feeds)[made.is_laid_out]
    problem = compile_step(training)
    if problem:
        return msgspec.structs.replace(made, note=problem)
    is_faster = _seconds(training, feeds)[made.is_laid_out] < WORTH * plain
    if not is_faster:
        training.compute_by(None)
    return msgspec.structs.replace(made, is_compiled=is_faster)


def _seconds(
    training: Training, feeds: Mapping[str, Any], layouts: tuple[bool, ...] = ()
) -> dict[bool, float]:
    """The shortest forward and backward pass by layout, or in the one that the training has.

    Nothing else of the training is changed: what was compiled for weights where they are stays so.
    """
    tried = layouts or (training.network.is_laid_out,)
    times: dict[bool, list[float]] = {layout: [] for layout in tried}
    begun, is_gpu = time.perf_counter(), training.network.device.type == "cuda"
    clock = time.perf_counter if is_gpu else time.process_time  # other programs take no part
    with _unchanged(training):
        for turn in range(_ROUNDS):
            for layout in tried:
                if layouts:
                    _lay_out(training, layout)
                inputs = training.inputs(feeds)
                _passes(training, inputs)  # the first in a layout makes room
                start = clock()
                _passes(training, inputs)
                times[layout].append(clock() - start)
            if turn and time.perf_counter() - begun > _LONGEST:
                break
    return {layout: min(found) for layout, found in times.items()}


def _passes(training: Training, inputs: Mapping[str, Tensor]) -> None:
    for index in range(len(training.turns)):
        training.forward_backward(inputs, index)
    if training.network.device.type == "cuda":
        torch.cuda.synchronize()


@contextlib.contextmanager
def _unchanged(training: Training) -> Iterator[None]:
    """Running statistics, gradients and generators are afterwards as they were."""
    module = training.network.module
    kept = {name: x.clone() for name, x in module.named_buffers()}
    was = module.training
    with torch.random.fork_rng():
        module.train()
        try:
            yield
        finally:
            for turn in training.turns:
                turn.clear()
            for name, x in module.named_buffers():
                x.copy_(kept[name])
            module.train(was)


def _lay_out(training: Training, is_last: bool) -> None:
    network = training.network
    network.is_laid_out = is_last
    layout = torch.channels_last if is_last else torch.contiguous_format
    for weight in network.module.parameters():
        if weight.ndim == 4:
            # With one channel both orders are the same, and only new strides tell which is meant.
            weight.data = torch.empty_like(weight.data, memory_format=layout).copy_(weight.data)


# --- compiling --------------------------------------------------------------------------------
def compile_step(training: Training, **options: Any) -> str:
    """Compute whole batches by ``torch.compile`` from now on; why that cannot be, or nothing.

    The last, smaller batch of an epoch is computed as before.  ``options`` are ``torch.compile``'s.
    """
    network, size = training.network, min(training.recipe.batch_size, len(training.batches.rows))
    settings = options or _OPTIONS[network.device.type]
    module: Any = torch.compile(network.module, dynamic=False, **settings)

    def losses(inputs: Mapping[str, Tensor], index: int) -> Tensor:
        if len(next(iter(inputs.values()))) < size:
            return network.loss(network(inputs), index)
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
        return network.loss(network.called(module, inputs), index).clone()

    training.compute_by(losses)
    try:
        with _unchanged(training), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's compiler uses what PyTorch deprecates
            _passes(training, training.inputs(training.next_feeds()))
    except GraphLabError:
        raise
    except Exception as error:  # whatever the compiler met: the network itself runs without it
        training.compute_by(None)
        told = str(error).strip().splitlines() or [type(error).__name__]
        reason = next((line for line in told if "compiler" in line.lower()), told[0])
        return f"torch.compile does not work here ({reason:.120})"
    return ""


# --- remembering ------------------------------------------------------------------------------
_MAX_CACHE = 2**20


def _remembered(training: Training) -> Haste | None:
    try:
        return msgspec.convert(_table()[_key(training)], Haste)
    except (KeyError, msgspec.ValidationError):
        return None


def _remember(training: Training, made: Haste) -> None:
    """Keep a choice for the next run; one that cannot be kept is tried again then."""
    with contextlib.suppress(OSError, GraphLabError):
        kept = list(_table().items())[-1000:]
        told = dict(kept) | {_key(training): msgspec.to_builtins(made)}
        _file().parent.mkdir(parents=True, exist_ok=True)
        write_whole(_file(), json.dumps(told).encode())


def _table() -> dict[str, Any]:
    """What is kept; nothing where the file is none that this wrote."""
    try:
        check_regular(_file(), _MAX_CACHE)
        return msgspec.json.decode(_file().read_bytes(), type=dict[str, Any])
    except (OSError, FileError, ValueError, RecursionError):
        return {}


def _file() -> Path:
    return Path(user_cache_dir("graphlab")) / "fast.json"


def _key(training: Training) -> str:
    """What a choice depends on: the graph, its batches, PyTorch and the machine."""
    device = training.network.device
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    capability = torch.backends.cpu.get_cpu_capability()
    shapes = sorted(training.wiring.shapes.items())
    told = (
        training.revision,
        training.recipe.batch_size,
        training.recipe.epochs * len(training.batches) if device.type == "cuda" else 0,
        training.precision,
        shapes,
        torch.__version__,
        torch.get_num_threads(),
        capability,
        name,
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:24]
