"""Modules to read back, and what is compared once they are."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from tests.torch_backend import models, odd_models

Make = Callable[[], nn.Module]

R = torch.Generator().manual_seed(5)


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=R)


MODELS: dict[str, tuple[Make, tuple[Tensor, ...]]] = {
    "lenet": (models.LeNet, (drawn(2, 1, 28, 28),)),
    "resnet18": (lambda: models.resnet18(4), (drawn(2, 3, 32, 32),)),
    "unet": (models.UNet, (drawn(2, 1, 14, 18),)),
    "inception": (models.Inception, (drawn(2, 3, 6, 6),)),
    "dense": (models.DenseBlock, (drawn(2, 3, 6, 6),)),
    "gan": (models.GAN, (drawn(3, 5), drawn(3, 1, 16, 16))),
    "vit": (models.ViT, (drawn(2, 3, 8, 8),)),
    "mixer": (models.Mixer, (drawn(2, 4, 6),)),
    "squeeze": (odd_models.Squeeze, (drawn(2, 4, 5, 5),)),
    "steered": (odd_models.Steered, (drawn(4, 3), drawn(4, 3))),
    "tied": (odd_models.Tied, (torch.randint(0, 7, (3, 5), generator=R),)),
}
OPAQUE: dict[str, tuple[Make, tuple[Tensor, ...]]] = {
    "spectral": (odd_models.Spectral, (drawn(2, 4),)),
    "recurrent": (odd_models.Recurrent, (drawn(2, 6, 3),)),
    "undecided": (odd_models.Undecided, (drawn(2, 3),)),
}


def made(name: str) -> tuple[nn.Module, tuple[Tensor, ...]]:
    torch.manual_seed(1)
    make, inputs = (MODELS | OPAQUE)[name]
    return make(), inputs


def outputs_and_gradients(module: nn.Module, inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """Outputs by place, gradients of inputs by place and of parameters by name, buffers after."""
    given = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    torch.manual_seed(2)
    # A clone, because a model may write into what it is given.
    outs = tree_leaves(module(*(x.clone() for x in given)))
    above = torch.Generator().manual_seed(3)
    flowing = [y for y in outs if y.requires_grad]
    torch.autograd.backward(
        flowing, [torch.randn(y.shape, generator=above, dtype=y.dtype) for y in flowing]
    )
    found = {f"output {i}": y.detach() for i, y in enumerate(outs)}
    found |= {f"input {i}": x.grad for i, x in enumerate(given) if x.grad is not None}
    found |= {name: p.grad for name, p in module.named_parameters() if p.grad is not None}
    found |= {name: b for name, b in module.named_buffers() if "num_batches" not in name}
    return found


def assert_same_bits(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    zeros = [name for name in one.keys() ^ other.keys() if not (one | other)[name].any()]
    assert set(one) - set(zeros) == set(other) - set(zeros)
    for name in one.keys() & other.keys():
        assert torch.equal(one[name], other[name]), name
