"""Which module of ``torch.nn`` does what an op does, and how a person constructs it.

The one table of this kind: what is lowered and what is printed are both read from it.  An entry
gives None for a use that the module cannot do; then the function of the op's ``lower`` is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphlab.graph.node import Node
from graphlab.ops.broadcasting import Shape


@dataclass(frozen=True)
class Layer:
    """``nn.<kind>(*positional, **options)``, called with what arrives at ``x``."""

    kind: str
    positional: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    takes_ids: bool = False  # what arrives are whole numbers, which torch wants as such


@dataclass(frozen=True)
class Use:
    """One use of an op: its settings, the shape at each connected port, and the axes of ``x``."""

    node: Node
    shapes: Mapping[str, Shape]
    rank: int | None

    def get(self, name: str) -> Any:
        """An attribute, given or by default."""
        kind = self.node.op.attributes[name]
        return self.node.attributes.get(name, kind.default)

    def has(self, port: str) -> bool:
        """Whether a port is connected."""
        return port in self.node.inputs

    def options(self, **defaults: Any) -> tuple[tuple[str, Any], ...]:
        """The attributes of these names that differ from torch's defaults."""
        found = ((name, self.get(name)) for name in defaults if name in self.node.op.attributes)
        return tuple((n, v) for n, v in found if v != defaults[n] and v is not None)


def layer_of(use: Use) -> Layer | None:
    """The module for one use of an op; None where PyTorch has none for it."""
    rule = _WITH_WEIGHTS.get(use.node.op.name)
    if rule is not None:
        return rule(use)
    plain = _PLAIN.get(use.node.op.name)
    return None if plain is None else _plain(use, *plain)


def has_weights(node: Node) -> bool:
    """Whether the module for an op holds tensors."""
    return node.op.name in _WITH_WEIGHTS


# --- with weights -------------------------------------------------------------------------------
def _linear(use: Use) -> Layer | None:
    outputs, inputs = use.shapes["weight"]
    return Layer("Linear", (inputs, outputs), _bias(use))


def _conv(use: Use) -> Layer | None:
    filters, inner, *kernel = use.shapes["weight"]
    if _per_side(use.get("padding")):
        return None
    padding = _in_numbers(use, kernel)
    options = tuple(
        (name, padding if name == "padding" else value)
        for name, value in use.options(stride=1, padding=0, dilation=1, groups=1)
        if name != "padding" or padding != 0
    )
    kind = f"Conv{len(kernel)}d"
    positional = (inner * int(use.get("groups")), filters)
    return Layer(kind, positional, (("kernel_size", one(kernel)), *_one_each(options), *_bias(use)))


def _in_numbers(use: Use, kernel: list[int]) -> Any:
    """The padding as a person writes it: a word becomes a number where both sides get the same."""
    padding, dilation = use.get("padding"), use.get("dilation")
    if padding == "valid":
        return 0
    if padding != "same" or not all(size % 2 for size in kernel):
        return one(padding)
    steps = (dilation,) * len(kernel) if isinstance(dilation, int) else dilation
    return one(tuple(d * (k - 1) // 2 for d, k in zip(steps, kernel, strict=True)))


def _conv_transpose(use: Use) -> Layer | None:
    filters, inner, *kernel = use.shapes["weight"]
    if _per_side(use.get("padding")) or isinstance(use.get("padding"), str):
        return None
    options = use.options(stride=1, padding=0, output_padding=0, groups=1, dilation=1)
    kind = f"ConvTranspose{len(kernel)}d"
    positional = (filters, inner * int(use.get("groups")))
    return Layer(kind, positional, (("kernel_size", one(kernel)), *_one_each(options), *_bias(use)))


def _batch_norm(use: Use) -> Layer | None:
    if use.rank not in (2, 3, 4, 5) or use.has("weight") != use.has("bias"):
        return None
    (channels,) = next(iter(use.shapes.values()))
    options = list(use.options(eps=1e-5, momentum=0.1))
    options += [] if use.has("weight") else [("affine", False)]
    options += [] if use.has("running_mean") else [("track_running_stats", False)]
    return Layer(f"BatchNorm{max(use.rank - 2, 1)}d", (channels,), tuple(options))


def _instance_norm(use: Use) -> Layer | None:
    if use.rank not in (3, 4, 5) or use.has("weight") != use.has("bias"):
        return None
    (channels,) = next(iter(use.shapes.values()))
    options = list(use.options(eps=1e-5, momentum=0.1))
    options += [("affine", True)] if use.has("weight") else []
    options += [("track_running_stats", True)] if use.has("running_mean") else []
    return Layer(f"InstanceNorm{use.rank - 2}d", (channels,), tuple(options))


def _layer_norm(use: Use) -> Layer | None:
    if use.has("bias") and not use.has("weight"):
        return None
    return Layer("LayerNorm", (one(use.shapes["weight"]),), (*use.options(eps=1e-5), *_bias(use)))


def _rms_norm(use: Use) -> Layer | None:
    return Layer("RMSNorm", (one(use.shapes["weight"]),), use.options(eps=None))


def _group_norm(use: Use) -> Layer | None:
    if not use.has("bias"):
        return None
    (channels,) = use.shapes["weight"]
    return Layer("GroupNorm", (int(use.get("groups")), channels), use.options(eps=1e-5))


def _embedding(use: Use) -> Layer | None:
    return Layer("Embedding", use.shapes["weight"], takes_ids=True)


def _bias(use: Use) -> tuple[tuple[str, Any], ...]:
    return () if use.has("bias") else (("bias", False),)


_Rule = Callable[[Use], Layer | None]

_WITH_WEIGHTS: Mapping[str, _Rule] = {
    "affine": _linear,
    **{f"conv{n}d": _conv for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": _conv_transpose for n in (1, 2, 3)},
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "group_norm": _group_norm,
    "embedding": _embedding,
}


# --- without ------------------------------------------------------------------------------------
def _plain(use: Use, kind: str, names: Mapping[str, tuple[str, Any]]) -> Layer | None:
    """Attribute by attribute, as long as the module has a setting for each."""
    options = []
    for name, value in use.node.attributes.items():
        if name not in names or _per_side(value):
            return None
        told, default = names[name]
        if value != default:
            options.append((told, one(value) if isinstance(value, tuple) else value))
    for name, (told, default) in names.items():
        if name not in use.node.attributes and use.get(name) != default:
            options.append((told, use.get(name)))
    first = [value for told, value in options if told in _FIRST]
    return Layer(kind, tuple(first), tuple(o for o in options if o[0] not in _FIRST))


_FIRST = ("p", "dim", "kernel_size", "output_size", "size", "upscale_factor", "downscale_factor")
"""Settings that a person writes without their names."""

_Names = Mapping[str, tuple[str, Any]]
_MUST: Any = object()  # the module has no default, so the setting is always written

_POOL: _Names = {
    "kernel_size": ("kernel_size", _MUST),
    "stride": ("stride", None),
    "padding": ("padding", 0),
    "ceil_mode": ("ceil_mode", False),
}

_PLAIN: Mapping[str, tuple[str, _Names]] = {
    "identity": ("Identity", {}),
    "relu": ("ReLU", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "silu": ("SiLU", {}),
    "gelu": ("GELU", {"approximate": ("approximate", "none")}),
    "leaky_relu": ("LeakyReLU", {"slope": ("negative_slope", 0.01)}),
    "elu": ("ELU", {"alpha": ("alpha", 1.0)}),
    "softmax": ("Softmax", {"axis": ("dim", _MUST)}),
    "log_softmax": ("LogSoftmax", {"axis": ("dim", _MUST)}),
    "flatten": ("Flatten", {"start": ("start_dim", 1)}),
    "dropout": ("Dropout", {"p": ("p", _MUST)}),
    **{
        f"max_pool{n}d": (f"MaxPool{n}d", {**_POOL, "dilation": ("dilation", 1)}) for n in (1, 2, 3)
    },
    **{
        f"avg_pool{n}d": (
            f"AvgPool{n}d",
            {**_POOL, "count_include_pad": ("count_include_pad", True)},
        )
        for n in (1, 2, 3)
    },
    **{
        f"adaptive_{kind}_pool{n}d": (
            f"Adaptive{kind.title()}Pool{n}d",
            {"output_size": ("output_size", _MUST)},
        )
        for n in (1, 2, 3)
        for kind in ("avg", "max")
    },
    "local_response_norm": (
        "LocalResponseNorm",
        {"size": ("size", _MUST), "alpha": ("alpha", 1e-4), "beta": ("beta", 0.75), "k": ("k", 1)},
    ),
    "pixel_shuffle": ("PixelShuffle", {"factor": ("upscale_factor", _MUST)}),
    "pixel_unshuffle": ("PixelUnshuffle", {"factor": ("downscale_factor", _MUST)}),
}


# --- settings -----------------------------------------------------------------------------------
def one(sizes: Any) -> Any:
    """One number where a setting says the same for each axis."""
    if isinstance(sizes, list | tuple) and sizes and len(set(sizes)) == 1:
        return sizes[0]
    return tuple(sizes) if isinstance(sizes, list) else sizes


def _one_each(options: tuple[tuple[str, Any], ...]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, one(value)) for name, value in options)


def _per_side(value: Any) -> bool:
    """Whether a setting is told for both sides of an axis, which no module takes."""
    return isinstance(value, tuple) and any(isinstance(item, tuple) for item in value)
