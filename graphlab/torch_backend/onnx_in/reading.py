"""Reading a model's file and its arrays: everything is bounded before it is read or allocated.

A file comes from anywhere, so nothing of it is believed: it is only ever data, arrays kept beside
it must lie in its own folder, and whatever does not fit is told in one sentence.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from graphlab.errors import FileError
from graphlab.graph.file import check_regular
from graphlab.ops.attributes import MAX_AXES, MAX_ELEMENTS
from graphlab.torch_backend.onnx_in.values import Kind, Known

MAX_MODEL_BYTES = 2**31 - 1
"""Protocol buffers, in which a model is written, end there."""

MAX_BESIDE_BYTES = 8 * MAX_ELEMENTS
"""All arrays beside a model take at most so many bytes."""


def read_model(source: Any) -> tuple[Any, Path | None]:
    """The model of a file, or ``source`` itself where it is one, and the folder it lies in.

    Raises ``FileError`` for what is no model.
    """
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from onnx import ModelProto

    if isinstance(source, ModelProto):
        return source, None
    size = check_regular(source, MAX_MODEL_BYTES)
    file = Path(os.path.realpath(source))
    try:
        with file.open("rb") as stream:
            data = stream.read(size)
        model = ModelProto.FromString(data)
    except OSError as error:
        raise FileError(f"{file} cannot be read: {error.strerror or error}") from None
    except (DecodeError, ValueError, RuntimeError):
        raise FileError(
            f"{file.name} is not an ONNX model, or is damaged: export it again"
        ) from None
    if not model.HasField("graph") or not model.opset_import:
        raise FileError(f"{file.name} is not an ONNX model: it holds no graph with an opset")
    return model, file.parent


class Arrays:
    """Turns the tensors of one model into arrays; knows the folder of those kept beside it."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._read = 0

    def array(self, tensor: Any) -> tuple[Known, Kind]:
        """The elements as numbers that GraphLab holds; raises ``FileError``."""
        from onnx import TensorProto

        name = (tensor.name or "a constant")[:80]
        kind = kind_of(tensor.data_type)
        if kind == "other":
            raise FileError(f"{name} holds text or complex numbers, which GraphLab has none of")
        shape = tuple(tensor.dims)
        check_tensor_shape(shape, name)
        if tensor.data_location == TensorProto.EXTERNAL:
            tensor = self._beside(tensor, name)
        return _numbers(tensor, shape, name), kind

    def _beside(self, tensor: Any, name: str) -> Any:
        """The same tensor with its bytes, read from the file beside the model."""
        from onnx import TensorProto

        told = {entry.key: entry.value for entry in tensor.external_data}
        location = told.get("location", "")
        if self.folder is None:
            raise FileError(
                f"{name} is kept in {location[:80]!r} beside its model: import the model's file, "
                "or load its arrays first"
            )
        path = _inside(self.folder, location, name)
        offset, length = _count(told.get("offset", "0"), name), told.get("length")
        size = check_regular(path, MAX_BESIDE_BYTES)
        wanted = size - offset if length is None else _count(length, name)
        self._read += max(wanted, 0)
        if wanted < 0 or offset + wanted > size or self._read > MAX_BESIDE_BYTES:
            raise FileError(
                f"{name} should have {wanted:,} bytes in {path.name} from {offset:,} on, which has "
                f"{size:,}: the two files are not a pair"
            )
        try:
            with path.open("rb") as stream:
                stream.seek(offset)
                data = stream.read(wanted)
        except OSError as error:
            raise FileError(f"{path} cannot be read: {error.strerror or error}") from None
        return TensorProto(
            dims=tensor.dims, data_type=tensor.data_type, raw_data=data, name=tensor.name
        )

    def sparse(self, tensor: Any) -> tuple[Known, Kind, str]:
        """A sparse tensor's elements in their places, its kind and its name."""
        values, kind = self.array(tensor.values)
        places, _ = self.array(tensor.indices)
        shape, name = tuple(tensor.dims), tensor.values.name
        check_tensor_shape(shape, name)
        dense = np.zeros(shape, values.dtype)
        flat = places.astype(np.int64)
        try:
            if flat.ndim == 2:
                flat = np.ravel_multi_index(tuple(flat.T), shape)
            if flat.size and not 0 <= flat.min() <= flat.max() < dense.size:
                raise ValueError
            dense.reshape(-1)[flat] = values
        except (ValueError, IndexError):
            raise FileError(f"{name[:80]} has elements outside its shape {shape}") from None
        return dense, kind, name


def check_tensor_shape(shape: tuple[int, ...], name: str) -> None:
    """Raise ``FileError`` for a shape that no array of a graph may have."""
    if len(shape) > MAX_AXES or any(size < 0 for size in shape):
        raise FileError(f"{name} has the shape {str(shape)[:80]}, which no array can have")
    if math.prod(shape) > MAX_ELEMENTS:
        raise FileError(
            f"{name} has the shape {str(shape)[:80]}, and GraphLab holds at most "
            f"{MAX_ELEMENTS:.3g} elements in one array"
        )


def kind_of(data_type: int) -> Kind:
    """What the elements of one of ONNX's types are."""
    from onnx import TensorProto

    if data_type == TensorProto.BOOL:
        return "bool"
    name = _type_names().get(data_type, "")
    if name.startswith(("INT", "UINT")):
        return "int"
    return "float" if name.startswith(("FLOAT", "DOUBLE", "BFLOAT")) else "other"


def _type_names() -> dict[int, str]:
    from onnx import TensorProto

    return {number: name for name, number in TensorProto.DataType.items()}


def _numbers(tensor: Any, shape: tuple[int, ...], name: str) -> Known:
    from onnx import numpy_helper

    try:
        array = np.asarray(numpy_helper.to_array(tensor))
        if array.dtype.kind not in "biuf" or array.dtype.itemsize < 4:
            array = array.astype(np.float64 if array.dtype.kind in "biu" else np.float32)
    except Exception:  # the library names its complaints in many ways
        raise FileError(f"{name} is damaged: its bytes are no array of shape {shape}") from None
    if array.shape != shape:
        raise FileError(f"{name} is damaged: its bytes are no array of shape {shape}")
    return array


def _inside(folder: Path, location: str, name: str) -> Path:
    path = folder / location
    real, home = os.path.realpath(path) if "\0" not in location else "", os.path.realpath(folder)
    if not location or os.path.isabs(location) or not real.startswith(home + os.sep):
        raise FileError(
            f"{name} is said to be in {location[:80]!r}, which is not in the model's own folder; "
            "put it there"
        )
    return Path(real)


def _count(text: str, name: str) -> int:
    if not text.isdecimal() or len(text) > 15:
        raise FileError(f"{name} is kept beside the model at {text[:40]!r}, which is no position")
    return int(text)


def written_attributes(node: Any) -> Iterator[tuple[str, Any]]:
    """Name and attribute of a node, each once; raises ``FileError`` for one given twice."""
    seen: set[str] = set()
    for attribute in node.attribute:
        if attribute.name in seen:
            raise FileError(f"{node.op_type} has two attributes {attribute.name[:80]!r}")
        seen.add(attribute.name)
        yield attribute.name, attribute
