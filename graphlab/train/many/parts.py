"""What is spread over the processes, kept by ``torch.distributed.checkpoint``.

Each process writes its own parts as safetensors, and any number of processes reads them again, each
what it needs.  Nothing that is read is executed.  Imported only where torch is wanted.
"""

from __future__ import annotations

import secrets
import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from graphlab.errors import FileError
from graphlab.train.many.ranks import here
from graphlab.train.turns import Turn

DRAFT = ".parts-"
"""How a folder is called that no checkpoint has yet."""


def write_parts(turns: Sequence[Turn], folder: Path) -> Path | None:
    """Have all processes write what their optimizers hold; the folder, or None for nothing.

    Raises ``FileError`` in all of them where one cannot write.
    """
    held: Mapping[str, Tensor] = {
        f"{index}/{name}": x
        for index, turn in enumerate(turns)
        for name, x in turn.spread().items()
    }
    if not held:
        return None
    from torch.distributed.checkpoint.api import CheckpointException
    from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageWriter
    from torch.distributed.checkpoint.state_dict_saver import save

    place = Path(here().told(str(folder / f"{DRAFT}{secrets.token_hex(8)}")))

    def clear() -> None:
        for leftover in folder.glob(f"{DRAFT}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        place.mkdir(parents=True)

    def write() -> None:
        writer = HuggingFaceStorageWriter(str(place), save_distributed=True)
        try:
            save(dict(held), storage_writer=writer)
        except (CheckpointException, OSError) as error:
            raise FileError(
                f"the parts of a checkpoint cannot be written to {folder}: "
                f"{str(error).strip().splitlines()[-1]:.200}; the last one before it stands"
            ) from None

    here().by_first(clear)
    here().agreed(write)
    return place


def read_parts(folder: Path, turns: Sequence[Turn]) -> dict[str, Tensor]:
    """What ``write_parts`` wrote, for the weights of these turns, spread as those are.

    Raises ``FileError`` where it is of others, or damaged.
    """
    from torch.distributed.checkpoint.api import CheckpointException
    from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageReader
    from torch.distributed.checkpoint.state_dict_loader import load

    try:
        about = HuggingFaceStorageReader(str(folder)).read_metadata().state_dict_metadata
        found = {told: _home(told, turns) for told in about}
        reader = HuggingFaceStorageReader(str(folder))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that there is one process
            load(found, storage_reader=reader, no_dist=here().is_single)
    except (CheckpointException, KeyError, ValueError, IndexError, OSError) as error:
        raise FileError(f"{folder} does not hold parts of this training: {error!s:.200}") from None
    return found


def _home(told: str, turns: Sequence[Turn]) -> Tensor:
    """Room for one tensor, which has the shape of the weight that it is kept for."""
    index, _, name = told.partition("/")
    return torch.zeros_like(turns[int(index)].named[name.rpartition("/")[0]].detach())
