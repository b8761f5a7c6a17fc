"""Asking a trained network about images: only what leads from the image to its answers is run.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from graphlab.data.columns import Array
from graphlab.data.reading.images import decode, look, resized
from graphlab.data.reading.pixels import Header
from graphlab.errors import DataError, FileError, GraphError
from graphlab.graph import Graph, OutPort, dag_of
from graphlab.graph.edits import mark_outputs, remove_nodes
from graphlab.graph.shapes import infer_shapes
from graphlab.ops import show_shape
from graphlab.torch_backend.lower import lower
from graphlab.train.folder import RunRecord
from graphlab.train.losses import SCORES
from graphlab.train.wiring import made_of

_CORNERS = 4  # numbers of a box
_SHOWN = 3  # classes told of, the likeliest first
_GRAY = (0.299, 0.587, 0.114)  # the weights of red, green and blue in ITU-R BT.601 luma


class Predictor:
    """A network without its losses, and what its answers mean."""

    def __init__(self, graph: Graph, record: RunRecord, weights: Mapping[str, Array]) -> None:
        self.record = record
        self._kinds, self._read = _kinds(graph), _read(graph)
        graph = _without_losses(graph)
        shape = (2, *record.example)
        (name,) = graph.inputs
        wanted = graph.nodes[name].attributes.get("shape")
        self.is_flat = wanted is not None and len(wanted) == 2 and len(shape) > 2
        given = (2, int(np.prod(record.example))) if self.is_flat else shape
        self.graph = graph
        self.module = lower(graph, shapes={name: given}).eval()
        held = self.module.state_dict()
        self.module.load_state_dict({n: torch.as_tensor(weights[n]) for n in held})

    def answer(self, path: Path, maps: Path | None = None) -> dict[str, Any]:
        """What the network says of an image; ``maps`` is a folder for its masks and densities.

        Raises ``DataError`` for a file that is no image, ``FileError`` where ``maps`` fails.
        """
        x, note = self._example(path)
        given = x.reshape(1, -1) if self.is_flat else x[None]
        with torch.no_grad():
            out = self.module(torch.from_numpy(np.ascontiguousarray(given)))
        values = out if isinstance(out, tuple) else (out,)
        found: dict[str, Any] = {"image": str(path)}
        for name, value in zip(self.graph.outputs, values, strict=True):
            if self._is_trained(name):
                found |= self._told(name, value[0].float(), path, maps)
            else:
                note = ", ".join(filter(None, (note, f"no loss trained {name}")))
        if self.record.task == "boxes":
            found = {key: _in_pixels(value, look(path).shape) for key, value in found.items()}
            if len(self.record.classes) == 1 and not any(key.startswith("class") for key in found):
                found = {"image": found.pop("image"), "class": self.record.classes[0], **found}
        return found | ({"note": note} if note else {})

    # --- what goes in ---------------------------------------------------------------------------
    def _example(self, path: Path) -> tuple[Array, str]:
        """The image as one example of the data, and what had to be done to it."""
        wanted = self.record.example
        if len(wanted) != 3:
            raise DataError(
                f"{path} is an image, and this network takes examples of {show_shape(wanted)}"
            )
        if not path.is_file():
            raise DataError(f"there is no image {path}: check its name and folder")
        header = look(path)
        notes = _done_to(header)
        pixels = decode(path, header)
        if pixels.shape[-2:] != wanted[-2:] and not self._takes(pixels.shape[-2:]):
            notes.append(f"resized from {show_shape(pixels.shape[-2:])}")
            pixels = resized(pixels, (wanted[-2], wanted[-1]))
        largest = 1 if pixels.dtype.kind == "f" else np.iinfo(pixels.dtype).max
        pixels = pixels.astype(np.float32) / np.float32(largest)
        if pixels.shape[0] == 3 and wanted[0] == 1:
            notes.append("colours became grey")
            pixels = np.tensordot(np.array(_GRAY, np.float32), pixels, 1)[None]
        elif pixels.shape[0] == 1 and wanted[0] == 3:
            pixels = np.repeat(pixels, 3, 0)
        if pixels.shape[0] != wanted[0]:
            raise DataError(
                f"{path} is {show_shape(pixels.shape)}, and this network takes {show_shape(wanted)}"
            )
        x = self.record.standardised(pixels[None])
        return np.asarray(x[:], np.float32)[0], ", ".join(notes)

    def _takes(self, size: Sequence[int]) -> bool:
        """Whether the network learned from crops, and has an answer for a whole image so large."""
        (name,) = self.graph.inputs
        accepted = self.graph.nodes[name].attributes.get("shape")
        if self.is_flat or accepted is None or tuple(accepted[-2:]) != (None, None):
            return False
        return not infer_shapes(self.graph, {name: (2, self.record.example[0], *size)}).conflicts

    # --- what comes out -------------------------------------------------------------------------
    def _told(self, name: str, value: Tensor, path: Path, maps: Path | None) -> dict[str, Any]:
        task, classes = self.record.task, self.record.classes
        if task == "boxes" and self._kind(name) == "boxes" and value.numel() % _CORNERS == 0:
            rows = value.reshape(-1, _CORNERS).tolist()
            return _numbered([{"box": _Corners(*row)} for row in rows])
        if task == "boxes" and value.ndim == 2 and value.shape[0] == len(classes):
            chances = _chances(value, self._op(name))
            return _numbered([self._classes(column) for column in chances.T])
        if task in ("classes", "boxes") and value.shape == (len(classes),):
            return self._classes(_chances(value, self._op(name)))
        if task == "classes" and value.numel() == 1:
            yes = _chance(value.reshape(()), self._op(name))
            return self._classes(torch.stack([1 - yes, yes]))
        if task == "masks" and value.ndim >= 2:
            has_scores = value.ndim == 3 and value.shape[0] > 1
            ids = value.argmax(0) if has_scores else value.squeeze(0) > self._threshold(name)
            return _masked(ids.numpy(), len(value) if has_scores else 2, path, maps)
        if task == "points" and value.ndim >= 2:
            plane = value.squeeze(0).numpy()
            top = float(plane.max())
            saved = _saved(plane * (255 / top if top > 0 else 0), path, maps, "density")
            return {"count": float(value.sum()), **saved}
        if task == "points" and value.numel() == 1:
            return {"count": float(value)}
        return {name: value.numpy()}

    def _classes(self, chances: Tensor) -> dict[str, Any]:
        """The likeliest classes."""
        order = chances.argsort(descending=True)[:_SHOWN].tolist()
        told = [(self.record.classes[i], float(chances[i])) for i in order]
        rest = ", ".join(f"{name} {chance:.3f}" for name, chance in told[1:])
        return {"class": told[0][0], "probability": told[0][1], "then": rest}

    def _kind(self, name: str) -> str:
        """Whether an answer was compared with boxes or with their classes."""
        port = self.graph.port(name)
        scores = self.graph.nodes[port.node].inputs.get(SCORES.get(self._op(name), ""), port)
        return self._kinds.get(port) or self._kinds.get(scores, "")

    def _is_trained(self, name: str) -> bool:
        """Whether a loss reads all of an answer's parameters; taken so without a recipe."""
        behind = dag_of(self.graph).ancestors(self.graph.port(name).node)
        return not self._read or self._read.issuperset(behind & set(self.graph.parameters))

    def _op(self, name: str) -> str:
        return self.graph.nodes[self.graph.port(name).node].op.name

    def _threshold(self, name: str) -> float:
        """From where on a pixel belongs: half for a probability, 0 for a score."""
        return 0.5 if self._op(name) == "sigmoid" else 0.0


def _done_to(header: Header) -> list[str]:
    """What becomes of an image when it is read."""
    told = {
        "turned upright, as EXIF says": header.is_turned,
        f"stored {header.stored_as}, became red, green and blue": header.stored_as,
        "its transparency was left away": header.has_alpha,
    }
    return [words for words, is_so in told.items() if is_so]


class _Corners(NamedTuple):
    """A box by its corners, as shares of an image's width and height."""

    x0: float
    y0: float
    x1: float
    y1: float


def _in_pixels(value: Any, shape: Sequence[int]) -> Any:
    """A box as it lies on an image (…, height, width); everything else as it is."""
    if not isinstance(value, _Corners):
        return value
    height, width = shape[-2:]
    x, y = value.x0 * width, value.y0 * height
    ends = value.x1 * width, value.y1 * height
    return {"x": x, "y": y, "width": ends[0] - x, "height": ends[1] - y}


def _numbered(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What is told of each box, with its number where there are several."""
    if len(rows) == 1:
        return rows[0]
    return {
        f"{k} {number}": value for number, row in enumerate(rows, 1) for k, value in row.items()
    }


def _kinds(graph: Graph) -> dict[OutPort, str]:
    """By the values that a loss compares with a target: boxes, or the classes of boxes."""
    found = {}
    for node in graph.nodes.values():
        prediction = node.inputs.get(node.op.ports[0]) if node.op.category == "Loss" else None
        if prediction is not None and "target" in node.inputs:
            behind = made_of(graph, node.inputs["target"].node)
            found[prediction] = "classes" if "box_classes" in behind else "boxes"
    return found


def _read(graph: Graph) -> set[str]:
    """The nodes that the losses of the recipe are computed from; empty without a recipe."""
    losses = [graph.port(o.loss).node for o in graph.recipe.objectives] if graph.recipe else []
    return set(dag_of(graph).ancestors(*losses)) if losses else set()


def _chances(value: Tensor, op: str) -> Tensor:
    """The probabilities of classes that an op's results stand for."""
    if op == "softmax":
        return value
    return torch.softmax(torch.logit(value) if op == "sigmoid" else value, 0)


def _chance(value: Tensor, op: str) -> Tensor:
    """The probability of the second of two classes."""
    if op == "sign":
        return (value > 0).float()
    return value if op == "sigmoid" else torch.sigmoid(value)


def _without_losses(graph: Graph) -> Graph:
    """The graph up to its answers; raises ``GraphError`` where they need more than one input."""
    losses = {objective.loss for objective in graph.recipe.objectives} if graph.recipe else set()
    kept = [name for name in graph.outputs if name not in losses]
    if not kept:
        found = [graph.port(name).node for name in losses]
        kept = [str(next(iter(graph.nodes[n].inputs.values()))) for n in found]
    needed = dag_of(graph).ancestors(*(graph.port(name).node for name in kept))
    graph = mark_outputs(graph.with_(recipe=None), kept)
    graph = remove_nodes(graph, [name for name in graph.nodes if name not in needed])
    if len(graph.inputs) != 1:
        listed = ", ".join(graph.inputs)
        raise GraphError(f"the answers need {listed}, and an image feeds one input alone")
    return graph


def _masked(ids: Array, count: int, path: Path, maps: Path | None) -> dict[str, Any]:
    """Which share of an image belongs to what is sought, and of more than two classes to each.

    The mask of two is black and white; of more its pixels are the classes' ids, and their colours
    those of PASCAL VOC.
    """
    told = {"masked": float((ids > 0).mean())}
    if count == 2:
        return told | _saved(ids * 255.0, path, maps, "mask")
    told |= {f"masked {c}": float((ids == c).mean()) for c in range(1, count)}
    return told | _saved(ids, path, maps, "mask", _voc_colours() if count <= 256 else None)


def _voc_colours() -> list[int]:
    """Red, green and blue of 256 classes: the bits of the id dealt out to them, the lowest to the
    highest of each colour in turn (VOCcolormap.m of the PASCAL VOC development kit)."""
    return [
        sum((c >> (3 * bit + colour) & 1) << (7 - bit) for bit in range(3))
        for c in range(256)
        for colour in range(3)
    ]


def _saved(
    plane: Any, path: Path, maps: Path | None, kind: str, colours: list[int] | None = None
) -> dict[str, str]:
    if maps is None:
        return {}
    file = maps / f"{path.stem}-{kind}.png"
    try:
        maps.mkdir(parents=True, exist_ok=True)
        pixels = np.asarray(plane, np.uint8 if np.max(plane) < 2**8 else np.uint16)
        image = Image.fromarray(pixels)
        if colours is not None:
            image.putpalette(colours)
        image.save(file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileError(f"{file} cannot be written: {reason}") from None
    return {kind: str(file)}
