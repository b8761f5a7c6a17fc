"""PyTorch modules that are hard to read: written in place, steered by shapes, in part unknown."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Squeeze(nn.Module):
    """Squeeze and excitation, written in place and with operators."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(4, 2), nn.Linear(2, 4)
        self.act = nn.Hardswish(inplace=True)
        self.register_buffer("scale", torch.rand(4, 1, 1))
        self.unused = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        dead = torch.exp(x) * 3  # noqa: F841  nothing reads it
        y = x.clone()
        y.mul_(self.scale).add_(1.5)
        kept = y
        y.relu_()
        gate = torch.sigmoid(self.fc2(self.act(self.fc1(y.mean((2, 3))))))
        y = y * gate[:, :, None, None]
        y -= 2 ** (x / 4).clamp(-1, 1)
        z = torch.where(y > 0, y, -0.5 * y) / (1 + kept.abs())
        return z, z[:, 1::2, -1]


class Steered(nn.Module):
    """What torch.fx cannot follow: any number of inputs, and a shape that decides."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(3, 3), nn.BatchNorm1d(3), nn.ReLU()])
        self.attention = nn.MultiheadAttention(3, 1, batch_first=True)

    def forward(self, *xs: Tensor) -> Tensor:
        x = sum(xs)
        for layer in self.layers:
            if x.shape[-1] == 3:
                x = layer(x)
        x = x.reshape(x.shape[0], 1, 3)
        return self.attention(x, x, x, need_weights=False)[0] + x


class Tied(nn.Module):
    """A table of embeddings that is the last layer's weight too."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.out = nn.Embedding(7, 4), nn.Linear(4, 7, bias=False)
        self.out.weight = self.embed.weight

    def forward(self, ids: Tensor) -> Tensor:
        return self.out(torch.tanh(self.embed(ids)).sum(1))


class Spectral(nn.Module):
    """A Fourier transform and a recurrent layer, which no op stands for."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.after = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.fft.fft(self.before(x), dim=-1).real
        return self.after(torch.cumprod(x, dim=1))


class Recurrent(nn.Module):
    """An LSTM over a signal."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.head = nn.LSTM(3, 5, batch_first=True), nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


class Undecided(nn.Module):
    """A part whose way depends on the numbers: nothing can follow it."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.gate = nn.Linear(3, 3), Gate()

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.gate(self.first(x)))


class Gate(nn.Module):
    """Doubles what is positive as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3) * 2)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight if x.sum().item() > 0 else x / self.weight
