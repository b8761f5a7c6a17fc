"""An operator's attributes: what the model writes, checked, with the standard's defaults."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from graphlab.errors import FileError
from graphlab.torch_backend.onnx_in.reading import written_attributes


def attributes_of(node: Any, opset: int, referred: Mapping[str, Any]) -> dict[str, Any]:
    """Python values by name; tensors and subgraphs stay as they are.

    ``referred`` are the attributes of the function a node stands in.  Raises ``FileError`` for an
    attribute that has not the type the standard gives it.
    """
    schema = schema_of(node.op_type, opset, node.domain)
    found = dict(_defaults(node.op_type, opset, node.domain))
    for name, attribute in written_attributes(node):
        if attribute.ref_attr_name:
            if attribute.ref_attr_name in referred:
                found[name] = referred[attribute.ref_attr_name]
            continue
        declared = None if schema is None else schema.attributes.get(name)
        if declared is not None and int(declared.type) != attribute.type:
            wanted = str(declared.type).rpartition(".")[2].lower()
            raise FileError(
                f"{node.op_type} ({node.name[:80]}) has an attribute {name[:80]} that is not of "
                f"the standard's type, {wanted}: the model is damaged"
            )
        found[name] = _value(attribute, node)
    return found


def _value(attribute: Any, node: Any) -> Any:
    from onnx import helper

    try:
        value = helper.get_attribute_value(attribute)
    except (ValueError, TypeError):
        raise FileError(
            f"{node.op_type} has an attribute {attribute.name[:80]!r} without a type"
        ) from None
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, float) and math.isnan(value):
        raise FileError(f"{node.op_type} has an attribute {attribute.name[:80]!r} that is NaN")
    if attribute.name and not isinstance(value, int | float | str) and hasattr(value, "__len__"):
        items = list(value)
        return [_text(item) if isinstance(item, bytes) else item for item in items]
    return value


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


@lru_cache(maxsize=4096)
def schema_of(op_type: str, opset: int, domain: str) -> Any:
    """The standard's declaration of an operator in an opset, or None."""
    from onnx import defs

    try:
        return defs.get_schema(op_type, opset, "" if domain == "ai.onnx" else domain)
    except defs.SchemaError:
        return None


@lru_cache(maxsize=4096)
def _defaults(op_type: str, opset: int, domain: str) -> Mapping[str, Any]:
    schema = schema_of(op_type, opset, domain)
    if schema is None:
        return {}
    return {
        name: _value(declared.default_value, declared.default_value)
        for name, declared in schema.attributes.items()
        if declared.default_value.name
    }
