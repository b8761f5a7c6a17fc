"""Networks of the gallery as a person writes them in PyTorch, to hold the lowered ones against."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  as everyone calls it


class LeNet5(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.tanh(self.conv2(x)), 2)
        x = torch.tanh(self.fc1(torch.flatten(x, 1)))
        out: Tensor = self.fc3(torch.tanh(self.fc2(x)))
        return out


class BasicBlock(nn.Module):
    def __init__(self, inner: int, outer: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)
        self.downsample = None
        if stride != 1 or inner != outer:
            self.downsample = nn.Sequential(
                nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer)
            )

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(BasicBlock(64, 64), BasicBlock(64, 64))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256))
        self.layer4 = nn.Sequential(BasicBlock(256, 512, 2), BasicBlock(512, 512))
        self.fc = nn.Linear(512, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        out: Tensor = self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))
        return out


class Twice(nn.Module):
    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3)
        self.conv2 = nn.Conv2d(outer, outer, 3)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv2(F.relu(self.conv1(x))))


class Up(Twice):
    def __init__(self, inner: int, outer: int) -> None:
        super().__init__(inner, outer)
        self.up = nn.ConvTranspose2d(inner, outer, 2, 2)

    def forward(self, x: Tensor, beside: Tensor | None = None) -> Tensor:
        assert beside is not None
        x = self.up(x)
        top, left = (beside.shape[2] - x.shape[2]) // 2, (beside.shape[3] - x.shape[3]) // 2
        cut = beside[:, :, top : top + x.shape[2], left : left + x.shape[3]]
        return super().forward(torch.cat([cut, x], 1))


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = Twice(1, 64), Twice(64, 128)
        self.down3, self.down4 = Twice(128, 256), Twice(256, 512)
        self.bottom = Twice(512, 1024)
        self.up4, self.up3 = Up(1024, 512), Up(512, 256)
        self.up2, self.up1 = Up(256, 128), Up(128, 64)
        self.last = nn.Conv2d(64, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        kept = []
        for down in (self.down1, self.down2, self.down3, self.down4):
            kept.append(down(x))
            x = F.max_pool2d(kept[-1], 2)
        x = self.bottom(x)
        for up in (self.up4, self.up3, self.up2, self.up1):
            x = up(x, kept.pop())
        out: Tensor = self.last(x)
        return out


HANDWRITTEN: dict[str, tuple[type[nn.Module], tuple[int, ...]]] = {
    "lenet-5": (LeNet5, (4, 1, 32, 32)),
    "resnet-18": (ResNet18, (2, 3, 64, 64)),
    "u-net": (UNet, (1, 1, 188, 188)),
}
"""By the gallery's name: the module, and a small input."""
