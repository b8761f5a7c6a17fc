"""The training examples where the network is: batches are taken and images changed on its device.

The bytes are those of ``data.batches``, so the two can stand for each other at any moment.
Imported only where torch is wanted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from graphlab.data.augmenting import IMAGES, Augmenting, Draw
from graphlab.data.batches import Batches
from graphlab.data.columns import RESIDENT_BYTES, Column, Rows, is_resident
from graphlab.train.network import Network

_MOVED = ("points", "boxes", "count", "box_classes")
"""Fields that a changed image changes too; they are small, and changed where NumPy is."""


class Resident:
    """The columns of a training split on a device, batch by batch as ``batches`` gives them."""

    def __init__(
        self, batches: Batches, network: Network, names: tuple[str, ...], augmenting: Any = None
    ) -> None:
        """``augmenting`` (``Augmenting | None``) is what ``batches`` changes its images by."""
        self.batches, self.device = batches, network.device
        self.augmenting: Augmenting | None = augmenting
        fields, task = batches.data.fields, batches.data.task
        moved = (*_MOVED, *(("y",) if task == "boxes" else ()))
        apart = [name for name in names if augmenting is not None and name in moved]
        self._apart = (
            Augmenting(augmenting.settings, batches.data, apart, batches.seed) if apart else None
        )
        self._columns: dict[str, Tensor] = {}
        for name in names:
            if name not in apart:
                held = torch.from_numpy(np.asarray(fields[name])[batches.rows]).to(self.device)
                is_last = network.is_laid_out and held.ndim == 4 and held.shape[1] > 1
                layout = torch.channels_last if is_last else torch.contiguous_format
                self._columns[name] = held.contiguous(memory_format=layout)

    def epoch(self, number: int, start: int = 0) -> Iterator[Mapping[str, Any]]:
        """The batches of an epoch from ``start`` on, as tensors on the device; what is small and
        changed with its image is an array."""
        size = self.batches.size
        order = self.batches.order(number)
        places = torch.from_numpy(np.searchsorted(self.batches.rows, order)).to(self.device)
        for index in range(start, len(self.batches)):
            part = slice(index * size, (index + 1) * size)
            yield self._batch(places[part], order[part], number, index)

    def _batch(self, places: Tensor, rows: Rows, epoch: int, index: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, column in self._columns.items():
            if _is_last(column):
                taken = column.permute(0, 2, 3, 1).index_select(0, places).permute(0, 3, 1, 2)
            else:
                taken = column.index_select(0, places)
            found[name] = taken
        if self.augmenting is not None:
            draw = self.augmenting.draw(len(rows), epoch, index)
            for name in found:
                if name in IMAGES:
                    found[name] = _changed(found[name], name, draw, self.augmenting)
        if self._apart is not None:
            batch = self.batches.data.take(rows, self._apart.reads)
            found.update(self._apart(batch, epoch, index))
        return found


def resident(
    batches: Batches, network: Network, names: tuple[str, ...], augmenting: Augmenting | None
) -> Resident | None:
    """The examples on the network's device; None where they are not in memory, or do not fit."""
    columns = [batches.data.fields[name] for name in names]
    if not all(is_resident(column) for column in columns):
        return None
    needed = sum(_bytes(column, len(batches.rows)) for column in columns)
    if needed > _room(network.device):
        return None
    with contextlib.suppress(torch.OutOfMemoryError):
        return Resident(batches, network, names, augmenting)
    return None


def _room(device: torch.device) -> int:
    """How much data may lie on a device: half of what is free on a GPU."""
    return torch.cuda.mem_get_info(device)[0] // 2 if device.type == "cuda" else RESIDENT_BYTES


def _bytes(column: Column, rows: int) -> int:
    return 4 * rows * int(np.prod(column.shape[1:], dtype=np.int64))


def _is_last(column: Tensor) -> bool:
    return column.ndim == 4 and not column.is_contiguous()


def _changed(values: Tensor, name: str, draw: Draw, augmenting: Augmenting) -> Tensor:
    """What ``Augmenting`` makes of images (n, …, height, width), on the device they are on."""
    device, (height, width), whole = values.device, augmenting.window, augmenting.whole
    top, left, turned, down, across = (
        torch.from_numpy(np.ascontiguousarray(part)).to(device).view(-1, 1, 1)
        for part in (
            draw.top,
            draw.left,
            draw.is_turned,
            draw.is_flipped_down,
            draw.is_flipped_across,
        )
    )
    y = torch.arange(height, device=device).view(1, -1, 1)
    x = torch.arange(width, device=device).view(1, 1, -1)
    y, x = torch.where(down, height - 1 - y, y), torch.where(across, width - 1 - x, x)
    rows, columns = top + torch.where(turned, x, y), left + torch.where(turned, y, x)
    places = rows.clamp(0, whole[0] - 1) * whole[1] + columns.clamp(0, whole[1] - 1)
    flat = values.reshape(len(values), -1, whole[0] * whole[1])
    places = places.reshape(len(values), 1, -1).expand(-1, flat.shape[1], -1)
    moved = flat.gather(2, places).reshape(*values.shape[:-2], height, width)
    one = [1] * (values.ndim - 3)
    if augmenting.settings.shift:
        inside = (rows >= 0) & (rows < whole[0]) & (columns >= 0) & (columns < whole[1])
        moved = moved * inside.reshape(len(values), *one, height, width)
    if name == "x" and augmenting.settings.brightness:
        factor = torch.from_numpy(draw.factor).to(device)
        moved = moved * factor.view(-1, *one, 1, 1)
    return moved
