"""Reads a recorded trace call by call and builds uses of ops from it.

Numbers are computed as they come, tensors become wires.  A call in place gives whoever reads that
tensor later the new value, so that nothing in the graph changes what it was given.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from graphlab.errors import GraphError, OpError
from graphlab.ops.broadcasting import Shape
from graphlab.torch_backend.importing.asking import asked_of
from graphlab.torch_backend.importing.building import (
    Build,
    FixedBatchError,
    Wire,
    array_of,
    bounded,
    kind_of,
)
from graphlab.torch_backend.importing.calling import Call, call_of
from graphlab.torch_backend.importing.sizes import (
    Size,
    joined,
    leaves,
    mapped,
    with_example,
    with_other,
)
from graphlab.torch_backend.importing.table import Builder, NoBuilderError
from graphlab.torch_backend.importing.tracing import Mode, Trace
from graphlab.torch_backend.importing.unknown import opaque_call, opaque_module


class SharedMemoryError(Exception):
    """A call in place changes what another tensor shows of the same memory."""


class Walk:
    """One reading of a trace; ``outputs`` are the model's own, in order, when ``run`` is done."""

    def __init__(self, trace: Trace, *, open_batch: bool) -> None:
        self.build = Build(self._hold_tensor)
        self.outputs: list[Wire] = []
        self._trace = trace
        self._first, self._tensors = _held_tensors(trace.root)
        self._by_identity = {id(x): name for name, x in self._tensors.items()}
        self._open_batch = open_batch
        self._values: dict[Any, Any] = {}
        self._held: dict[str, Wire] = {}
        self._memory: dict[Any, Any] = {}  # per node, the node whose memory it shows
        self._sharers: dict[Any, list[Any]] = defaultdict(list)
        self._place = {node: i for i, node in enumerate(trace.nodes)}

    def run(self) -> Walk:
        """Read every call; raises ``FixedBatchError`` or ``SharedMemoryError`` to be read anew."""
        for node in self._trace.nodes:
            self.build.scope = self._trace.scopes.get(node, ())
            if node.op == "output":
                self._finish(node)
            elif node.op in ("placeholder", "get_attr"):
                self._values[node] = self._source(node)
            else:
                self._values[node] = self._call(node)
                self._freeze(node)
        return self

    # --- sources --------------------------------------------------------------------------------
    def _source(self, node: Any) -> Any:
        kind, told = self._trace.sources.get(node.name, ("", None))
        match kind:
            case "input":
                return self._input(told)
            case "parameter" | "buffer":
                return self._hold(told)
            case "constant":
                return told
        return None

    def _input(self, name: str) -> Any:
        example = self._trace.examples.get(name)
        if example is None:
            return None
        shape = tuple(example.shape)
        other = self._other(shape)
        told = tuple(a if a == b else None for a, b in zip(shape, other, strict=True))
        kind = kind_of(example)
        return self.build.source("input", (shape, other), kind, name=name, shape=told)

    def _other(self, shape: Shape) -> Shape:
        """The shape of an input with a batch of another size."""
        sized = [x for x in self._trace.examples.values() if x.ndim]
        if not self._open_batch or not shape or shape[0] != sized[0].shape[0]:
            return shape
        return (shape[0] + 3, *shape[1:])

    def _hold(self, name: str) -> Wire:
        """The one node of a parameter or buffer, whichever of its names it is called by."""
        first = self._first[name]
        if first not in self._held:
            self._held[first] = self._tensor(first)
        return self._held[first]

    def _hold_tensor(self, tensor: Any) -> Wire:
        return self._hold(self._by_identity[id(tensor)])

    def _tensor(self, path: str) -> Wire:
        tensor = self._tensors[path]
        kind = "parameter" if tensor.requires_grad or _is_parameter(tensor) else "buffer"
        array = array_of(tensor)
        members = path.split(".")
        scope = tuple((member, 1) for member in members[:-1])
        shapes = (array.shape, array.shape)
        value = bounded(array)
        return self.build.source(kind, shapes, kind_of(tensor), scope, members[-1], value=value)

    def _finish(self, node: Any) -> None:
        values = leaves(mapped(self._resolved(node.args[0]), lambda leaf: leaf))
        if self._trace.outputs is not None:
            values = values[len(values) - self._trace.outputs :]
        tensors = [x for x in values if isinstance(x, Wire) or hasattr(x, "detach")]
        self.outputs = [self.build.lift(x) for x in tensors]
        if not self.outputs:
            raise GraphError("the module returns no tensor, so there is no graph of it")

    # --- calls ----------------------------------------------------------------------------------
    def _resolved(self, value: Any) -> Any:
        """What a node's arguments stand for now."""
        return mapped(value, lambda leaf: self._values.get(leaf, leaf) if _is_node(leaf) else leaf)

    def _call(self, node: Any) -> Any:
        call = call_of(node, self._trace.root.get_submodule)
        args, kwargs = self._resolved(node.args), self._resolved(dict(node.kwargs))
        if not node.users and not (call.in_place or kwargs.get("inplace")):
            return None  # nothing reads it: an assertion, or a line left over
        if not any(isinstance(leaf, Wire) for leaf in leaves((args, kwargs))):
            return self._computed(call, args, kwargs)
        asked = asked_of(call, args)
        if asked is not NotImplemented:
            return asked
        if call.module is not None and call.builder is None:
            result = self._stands(call, args, kwargs, UNFOLLOWED)
        else:
            result = self._built(call, args, kwargs)
        if call.in_place or kwargs.get("inplace") or call.says_in_place(args):
            self._rebind(node, result)
        elif call.builder is not None and call.builder.is_view and _is_node(_first(node)):
            self._share(node, _first(node))
        return result

    def _computed(self, call: Call, args: Any, kwargs: Any) -> Any:
        """A call without tensors of the graph: its result, for both sizes of the batch."""
        if call.is_random:
            return opaque_call(self.build, call, with_example(args), with_example(kwargs), RANDOM)
        if call.function is None:
            return None
        example = call.function(*with_example(args), **with_example(kwargs))
        if not any(isinstance(leaf, Size) for leaf in leaves((args, kwargs))):
            return example
        other = call.function(*with_other(args), **with_other(kwargs))
        if hasattr(example, "detach"):
            return self._repeated(example, other)
        return joined(example, other)

    def _repeated(self, example: Any, other: Any) -> Any:
        """A constant tensor, or the one that is repeated for every example of a batch.

        Raises ``FixedBatchError`` where its numbers follow from the batch's size.
        """
        if example.shape == other.shape and bool((example == other).all()):
            return example
        pairs = enumerate(zip(example.shape, other.shape, strict=False))
        follows = [axis for axis, (a, b) in pairs if a != b]
        if example.ndim != other.ndim or len(follows) != 1 or self.build.batch is None:
            raise FixedBatchError
        one = example.narrow(follows[0], 0, 1)
        if not bool((one == example).all()) or not bool((one == other).all()):
            raise FixedBatchError
        return self.build.add("repeat_like", one, self.build.batch, axis=follows[0])

    def _built(self, call: Call, args: Any, kwargs: Any) -> Any:
        builder = call.builder
        before = len(self.build.uses)
        why = DRAWS if call.is_random else f"GraphLab has no op for {call.name}"
        if builder is not None:
            try:
                return self._bound(builder, call, args, kwargs)
            except NoBuilderError as reason:
                why = str(reason)
                self._forget(before)
        if call.module is not None:
            return self._stands(call, args, kwargs, why)
        return opaque_call(self.build, call, with_example(args), with_example(kwargs), why)

    def _stands(self, call: Call, args: Any, kwargs: Any, why: str) -> Any:
        """A module whose code cannot be followed, or that no op can do, as one opaque node."""
        names = [name for name, _ in call.module.named_parameters()]
        names += [name for name, _ in call.module.named_buffers()]
        prefix = f"{call.path}." if call.path else ""
        held = {name: self._hold(prefix + name) for name in names}
        told = with_example(args), with_example(kwargs)
        return opaque_module(self.build, call, *told, held, why)

    def _bound(self, builder: Builder, call: Call, args: Any, kwargs: Any) -> Any:
        if not builder.takes_sizes:
            args, kwargs = with_example(args), with_example(kwargs)
        if call.module is not None:
            args = (call.module, *args)
        kwargs.pop("_stacklevel", None)
        try:
            bound = builder.signature.bind(self.build, *args, **kwargs)
        except TypeError:
            raise NoBuilderError(f"{call.name} is called with arguments that no op has") from None
        if self._trace.assumes_mode:
            for name in ("training", "train"):
                if isinstance(bound.arguments.get(name), bool):
                    bound.arguments[name] = Mode(bound.arguments[name])
        try:
            return builder.function(*bound.args, **bound.kwargs)
        except OpError as error:
            raise NoBuilderError(str(error)) from None
        except (TypeError, ValueError, IndexError, AttributeError) as error:
            raise NoBuilderError(f"{call.name} is called in a way no op has ({error})") from None

    def _forget(self, before: int) -> None:
        """Take back what a builder added before it gave up."""
        if len(self.build.uses) == before:
            return
        del self.build.uses[before:]
        self._held = {name: wire for name, wire in self._held.items() if wire.use < before}

    def _freeze(self, node: Any) -> None:
        """Let no gradient back through what was computed under ``torch.no_grad``."""
        frozen = self._trace.frozen
        if node in frozen and any(user not in frozen for user in node.users):

            def stopped(leaf: Any) -> Any:
                is_number = isinstance(leaf, Wire) and leaf.kind == "float"
                return self.build.add("stop_gradient", leaf) if is_number else leaf

            self._values[node] = mapped(self._values[node], stopped)

    # --- calls in place -------------------------------------------------------------------------
    def _share(self, node: Any, source: Any) -> None:
        home = self._memory.get(source, source)
        self._memory[node] = home
        self._sharers[home].append(node)

    def _rebind(self, node: Any, result: Any) -> None:
        """Whoever reads the changed tensor from here on reads ``result``."""
        changed = _first(node)
        if not _is_node(changed):
            return
        home = self._memory.get(changed, changed)
        now = self._place[node]
        old = self._values[changed]
        for sharer in (home, *self._sharers[home]):
            if self._values.get(sharer) is old:
                self._values[sharer] = result
            elif sharer is not node and any(self._place[u] > now for u in sharer.users):
                raise SharedMemoryError
        is_held = isinstance(old, Wire) and self.build.uses[old.use].op.starts
        if is_held and result is not None:
            for path, wire in self._held.items():
                if wire is old:  # a parameter or buffer changed by the model's own code
                    self._held[path] = result
        self._values[changed] = result
        self._share(node, changed)


UNFOLLOWED = "its Python code cannot be followed"
DRAWS = "it draws random numbers of its own"
RANDOM = "it draws random numbers that depend on no input"


def _held_tensors(root: Any) -> tuple[dict[str, str], dict[str, Any]]:
    """Per name of a parameter or buffer its first name, and per first name the tensor."""
    first: dict[int, str] = {}
    names: dict[str, str] = {}
    tensors: dict[str, Any] = {}
    for each in (root.named_parameters, root.named_buffers):
        for name, tensor in each(remove_duplicate=False):
            names[name] = first.setdefault(id(tensor), name)
            tensors[name] = tensor
    return names, tensors


def _is_node(value: Any) -> bool:
    return hasattr(value, "all_input_nodes")


def _is_parameter(tensor: Any) -> bool:
    import torch

    return isinstance(tensor, torch.nn.Parameter)


def _first(node: Any) -> Any:
    return node.args[0] if node.args else None
