"""What an operation is, declared once.

Subclass one of the families of ``families.py``, in the file of its kind, and everything else
follows: input ports are the positional parameters of ``forward``, attributes its keyword-only
ones, the name is the class's in snake case, and the palette, the help page, the formula language,
the shape check, the tests and the translation to PyTorch read the class.

Shapes are tuples of ints.  Arrays are float64 unless float32 was fed; a scalar may arrive as a
Python float.  All methods are pure, never write to their arguments, and broadcast as NumPy does.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, NewType

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from graphlab.errors import OpError
from graphlab.ops.attributes import AttributeType
from graphlab.ops.broadcasting import Shape
from graphlab.ops.declaring import read_signature, validate
from graphlab.ops.expression import Rule
from graphlab.suggest import did_you_mean

Array = NDArray[np.floating[Any]]
Tensor = Any  # a torch.Tensor; torch is not imported on this floor

Training = NewType("Training", bool)
"""Whether the run trains: a keyword-only parameter of this type is no attribute of a node."""

Draw = NewType("Draw", int)
"""What a use of an op draws its random numbers from; given by the run, for each node its own."""

EVALUATION, NO_SEED = Training(False), Draw(0)

Reach = tuple[tuple[float, float], ...]
"""Per spatial axis how many elements an output element is made of, and how far the next one is."""

CATEGORIES = (
    "Source",
    "Arithmetic",
    "Linear algebra",
    "Convolution",
    "Pooling",
    "Normalisation",
    "Shape",
    "Resizing",
    "Indexing",
    "Comparison",
    "Reduction",
    "Activation",
    "Loss",
    "Opaque",
)


class Domain(Struct, frozen=True):
    """Where a port's elements may be drawn from when the op is tested."""

    low: float = -3.0
    high: float = 3.0


class Sample(Struct, frozen=True):
    """One way to call an op: a test case, and an example for its page."""

    shapes: tuple[Any, ...]  # of ``Shape``, None for an optional port that stays empty
    attributes: Mapping[str, Any] = field(default_factory=dict)


def sample(*shapes: Shape | None, **attributes: Any) -> Sample:
    """The shape at each port, optional ones at the end may be left out, then the attributes."""
    return Sample(shapes, attributes)


class Op:
    """A pure function of arrays with its derivative; the root of all families.

    A direct subclass gives ``shape``, ``forward``, ``vjp``, ``lower`` and either ``jvp`` or
    ``is_linear``.  The families ``Elementwise``, ``Reducing`` and ``Rearranging`` ask for less.
    """

    # --- declared by every op -----------------------------------------------------------------
    category: ClassVar[str]
    formula: ClassVar[Rule]
    partials: ClassVar[Mapping[str, Rule]]  # by port; what the page and the step card show
    samples: ClassVar[tuple[Sample, ...]]
    # --- declared where the default does not fit -------------------------------------------------
    name: ClassVar[str]  # how formulas and files call it
    symbol: ClassVar[str] = ""  # what the card shows; the name where empty
    other_names: ClassVar[tuple[str, ...]] = ()  # what else a person searching may call it
    convention: ClassVar[str] = ""  # what is done where the derivative does not exist
    by_mode: ClassVar[tuple[str, str]] = ("", "")  # what it does in evaluation, and in training
    outputs: ClassVar[tuple[str, ...]] = ("out",)
    domains: ClassVar[Mapping[str, Domain]] = {}
    structure: ClassVar[str] = "dense"  # of its partials; ``engine.Partial`` says which there are
    exact_as_written: ClassVar[bool] = False  # the formula loses nothing when computed as it stands
    starts: ClassVar[bool] = False  # a source that draws its first value itself
    is_linear: ClassVar[bool] = False  # linear in each port with the others held: jvp by forward
    undifferentiated: ClassVar[frozenset[str]] = frozenset()  # ports that get no gradient
    # --- declared by a family -----------------------------------------------------------------
    needs: ClassVar[tuple[str, ...]] = ("samples", "forward", "shape", "vjp", "jvp", "lower")
    formula_kind: ClassVar[Any] = Rule
    # --- derived ------------------------------------------------------------------------------
    ports: ClassVar[tuple[str, ...]]
    optional: ClassVar[frozenset[str]]  # ports that may stay empty; ``forward`` gets None there
    variadic: ClassVar[str | None]  # stem of the ports of an op with any number of inputs
    attributes: ClassVar[Mapping[str, AttributeType]]
    circumstances: ClassVar[tuple[str, ...]]  # what the run tells each use: ``training``, ``seed``
    several: ClassVar[bool]  # outputs come in a tuple, even if a use has only one

    def __init_subclass__(cls, *, abstract: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if abstract:
            return
        if "name" not in cls.__dict__:
            cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        cls.several = len(cls.outputs) > 1
        read_signature(cls, (Training, Draw))
        validate(cls, CATEGORIES)
        if cls.name in REGISTRY:
            raise TypeError(f"two ops are called {cls.name}")
        REGISTRY[cls.name] = cls

    # --- what an op does: static or class methods -----------------------------------------------
    forward: ClassVar[Callable[..., Any]]
    """``forward(*inputs, **attributes)``: the output array; a tuple of them for several outputs."""

    shape: ClassVar[Callable[..., Any]]
    """``shape(*shapes, **attributes)``: the output's shape (a tuple of them for several outputs).

    Raises ``OpError`` with one sentence, both facts and the way out, where the inputs do not fit;
    the caller puts the node's name before it.
    """

    vjp: ClassVar[Callable[..., tuple[Any, ...]]]
    """``vjp(upstream, out, *inputs, **attributes)``: per port, the gradient of
    ``sum(upstream * out)``, in the input's shape; None where there is none.

    For several outputs ``upstream`` is a tuple, with None where no gradient arrived.
    """

    lower: ClassVar[Callable[..., Any]]
    """``lower(torch, *tensors, **attributes)``: the same operation on torch tensors."""

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        """Return the output's change per unit of the inputs' change ``tangents`` (None: fixed)."""
        if not cls.is_linear:
            raise TypeError(f"{cls.name} is not linear and declares no jvp")
        return _linear_jvp(cls, tangents, inputs, attributes)

    @classmethod
    def vjp_of(
        cls, wanted: Sequence[bool], upstream: Any, out: Any, *inputs: Any, **attributes: Any
    ) -> tuple[Any, ...]:
        """``vjp`` where only some ports' gradients are wanted; the others may come out as None.

        Override it where a port's gradient costs as much as the op itself.
        """
        return cls.vjp(upstream, out, *inputs, **attributes)

    initial: ClassVar[Callable[..., Array]]
    """``initial(random, shape, **attributes)``: the first value of a source that ``starts``."""

    @classmethod
    def updates(cls, *inputs: Any, **attributes: Any) -> Mapping[str, Any]:
        """What training makes of the arrays at some ports, by port; most ops keep nothing."""
        return {}

    # --- what its surroundings ask --------------------------------------------------------------
    @classmethod
    def port_names(cls, count: int) -> tuple[str, ...]:
        """The input ports of a use with ``count`` inputs.

        ``count`` matters to variadic ops, and where ports at the end may stay empty.
        """
        if cls.variadic is None:
            return cls.ports[: max(count, len(cls.ports) - len(cls.optional))]
        return tuple(f"{cls.variadic}{i + 1}" for i in range(count))

    @classmethod
    def output_names(cls, **attributes: Any) -> tuple[str, ...]:
        """The outputs of a use with these attributes; most ops have one."""
        return cls.outputs

    @classmethod
    def structure_of(cls, port: str = "", /, **attributes: Any) -> str:
        """The structure of the partials of a use with these attributes, or of one port's."""
        return cls.structure

    @classmethod
    def is_batch(cls, x: Shape, /) -> bool:
        """Whether the first input and every output are examples side by side, which never mix."""
        return False

    @classmethod
    def check_attributes(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the given attributes converted, those equal to their default left out.

        Raises ``OpError`` for an unknown attribute, a wrong type or a missing one.
        """
        from_text = dict(given)
        checked: dict[str, Any] = {}
        for key, kind in cls.attributes.items():
            if key in from_text:
                value = kind.convert(from_text.pop(key), f"{cls.name}'s {key}")
                if not kind.is_default(value):
                    checked[key] = value
            elif kind.is_required:
                raise OpError(f"{cls.name} needs {key}: write {cls.name}(…, {key}=…)")
        for key in from_text:
            known = ", ".join(cls.attributes) or "none"
            raise OpError(f"{cls.name} has no attribute {key}; it has: {known}")
        cls.output_names(**checked)  # refuses a number of outputs that is impossible
        return checked

    @classmethod
    def draw(
        cls, random: np.random.Generator, shapes: Sequence[Shape], **attributes: Any
    ) -> tuple[Any, ...]:
        """Draw test inputs of these shapes from the ports' domains; None where nothing is fed."""
        ports = cls.port_names(len(shapes))
        boxes = [cls.domains.get(port, Domain()) for port in ports]
        return tuple(
            None if shape is None else np.asarray(random.uniform(box.low, box.high, shape))
            for box, shape in zip(boxes, shapes, strict=True)
        )

    @classmethod
    @cache
    def axes_needed(cls, port: str, /) -> int:
        """The axes of an array offered for a port, as in a sample; 0 where a number will do."""
        uses = [
            dict(zip(cls.port_names(len(s.shapes)), s.shapes, strict=True)) for s in cls.samples
        ]
        counts = [len(use[port]) for use in uses if use.get(port) is not None]
        return counts[0] if counts and all(counts) else 0

    @classmethod
    def open_shape(
        cls,
        port: str,
        known: Mapping[str, Shape | None],
        wanted: tuple[int | None, ...] | None,
        **attributes: Any,
    ) -> tuple[int | None, ...] | None:
        """Fill what is left open in a parameter's shape from the shapes at the other ports.

        ``wanted`` has None for each open axis, or is None where even the number of axes is open.
        The default knows nothing and returns it as it came.
        """
        return wanted

    @classmethod
    def multiply_adds(cls, *shapes: Any, **attributes: Any) -> int:
        """How many products a use with inputs of these shapes adds up.

        Counted as the literature counts them: products of matrices and of filters, and nothing
        for what is done element by element.
        """
        return 0

    @classmethod
    def reach(cls, *shapes: Any, **attributes: Any) -> Reach | None:
        """Per spatial axis how many neighbouring elements make one output element, and the stride.

        Spatial axes are those after batch and channels.  The default sees one element where the
        op keeps every element at its place, and otherwise all of them (None).
        """
        is_moved = cls.structure == "selection" and cls.category != "Indexing"
        keeps = is_moved or cls.structure == "diagonal" or cls.category == "Normalisation"
        return tuple((1.0, 1.0) for _ in shapes[0][2:]) if keeps else None

    @classmethod
    def page(cls) -> str:
        """The op's description: the class's docstring, unindented."""
        return inspect.cleandoc(cls.__doc__ or "")


REGISTRY: dict[str, type[Op]] = {}


def op_named(name: str) -> type[Op]:
    """Return the op with this name; raises ``OpError`` with a suggestion if there is none."""
    try:
        return REGISTRY[name]
    except KeyError:
        hint = did_you_mean(name, REGISTRY) or "; `graphlab ops` lists the ops"
        raise OpError(f"there is no op {name}{hint}") from None


def _linear_jvp(
    cls: type[Op],
    tangents: Sequence[Array | None],
    inputs: Sequence[Array],
    attributes: Mapping[str, Any],
) -> Any:
    """Σ over ports of forward with that port's input replaced by its tangent.

    What a constant adds (a pad value) is taken out by the same call on zeros.
    """
    total: Any = None
    for i, tangent in enumerate(tangents):
        if tangent is None:
            continue
        rest = [_zeros(x) for x in inputs] if cls.structure == "selection" else list(inputs)
        moved = cls.forward(*rest[:i], np.asarray(tangent), *rest[i + 1 :], **attributes)
        if cls.structure == "selection":
            still = cls.forward(*map(_zeros, inputs), **attributes)
            moved = _each(np.subtract, moved, still)
        total = moved if total is None else _each(np.add, total, moved)
    return total


def _zeros(x: Any) -> Any:
    return None if x is None else np.zeros_like(x)


def _each(combine: Any, a: Any, b: Any) -> Any:
    if isinstance(a, tuple):
        return tuple(combine(x, y) for x, y in zip(a, b, strict=True))
    return combine(a, b)
