"""PyTorch modules as people write them, for the importer to read."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  the name torch's own pages give it
from torch import Tensor, nn


class LeNet(nn.Module):
    """Functional calls between layers, a batch kept open by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, image: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(image)), 2)
        x = F.max_pool2d(torch.relu(self.conv2(x)), (2, 2))
        x = x.view(x.size(0), -1)
        x = F.dropout(F.relu(self.fc1(x)), p=0.2, training=self.training)
        return F.log_softmax(self.fc3(F.relu(self.fc2(x))), dim=1)


class BasicBlock(nn.Module):
    """ResNet's block of two convolutions (He et al. 2015)."""

    expansion = 1

    def __init__(self, planes: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(planes, width, 3, stride, 1, bias=False)
        self.bn1, self.relu = nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = shortcut(planes, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += identity
        return self.relu(out)


class Bottleneck(nn.Module):
    """ResNet's block of three convolutions."""

    expansion = 4

    def __init__(self, planes: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(planes, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2, self.bn3 = nn.BatchNorm2d(width), nn.BatchNorm2d(width * 4)
        self.conv3 = nn.Conv2d(width, width * 4, 1, bias=False)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = shortcut(planes, width * 4, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


def shortcut(planes: int, width: int, stride: int) -> nn.Module | None:
    """What brings a block's input to its output's shape; None where it has it."""
    if stride == 1 and planes == width:
        return None
    return nn.Sequential(nn.Conv2d(planes, width, 1, stride, bias=False), nn.BatchNorm2d(width))


class ResNet(nn.Module):
    """torchvision's, under its names; ``width`` makes it thin."""

    def __init__(self, block: Any, depths: tuple[int, ...], width: int = 64) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1, self.relu = nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        planes = width
        for i, depth in enumerate(depths):
            wide = width * 2**i
            blocks = []
            for j in range(depth):
                blocks.append(block(planes, wide, 2 if i and not j else 1))
                planes = wide * block.expansion
            setattr(self, f"layer{i + 1}", nn.Sequential(*blocks))
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d((1, 1)), nn.Linear(planes, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def resnet18(width: int = 64) -> nn.Module:
    return ResNet(BasicBlock, (2, 2, 2, 2), width)


def resnet152(width: int = 64) -> nn.Module:
    return ResNet(Bottleneck, (3, 8, 36, 3), width)


class DoubleConv(nn.Sequential):
    """U-Net's pair of convolutions."""

    def __init__(self, planes: int, width: int) -> None:
        pair: list[nn.Module] = []
        for inside in (planes, width):
            pair += [nn.Conv2d(inside, width, 3, padding=1), nn.BatchNorm2d(width)]
            pair += [nn.LeakyReLU(0.1, inplace=True)]
        super().__init__(*pair)


class UNet(nn.Module):
    """Two levels: one up by a transposed convolution, one by interpolation and a pad to fit."""

    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2, self.bottom = DoubleConv(1, 4), DoubleConv(4, 8), DoubleConv(8, 16)
        self.up2, self.join2 = nn.ConvTranspose2d(16, 8, 2, stride=2), DoubleConv(16, 8)
        self.up1 = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.join1, self.head = DoubleConv(12, 4), nn.Conv2d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.down1(x)
        second = self.down2(F.max_pool2d(first, 2))
        x = self.up2(self.bottom(F.max_pool2d(second, 2)))
        x = self.fitted(x, second)
        x = self.join2(torch.cat([second, x], dim=1))
        x = self.join1(torch.cat((first, self.fitted(self.up1(x), first)), 1))
        return self.head(x)

    @staticmethod
    def fitted(x: Tensor, like: Tensor) -> Tensor:
        high, wide = like.size(2) - x.size(2), like.shape[3] - x.shape[3]
        return F.pad(x, [wide // 2, wide - wide // 2, high // 2, high - high // 2])


class Inception(nn.Module):
    """Four branches side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.branch1 = nn.Conv2d(3, 4, 1)
        self.branch2 = nn.Sequential(nn.Conv2d(3, 2, 1), nn.SiLU(), nn.Conv2d(2, 4, 3, padding=1))
        self.branch3 = nn.Sequential(nn.Conv2d(3, 2, 1), nn.Conv2d(2, 4, 5, padding="same"))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(3, 4, 1))
        self.norm = nn.LocalResponseNorm(3)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        found = [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)]
        joined = self.norm(torch.cat(found, 1))
        return {"joined": joined, "mean": joined.mean(dim=(2, 3)), "first": found[0]}


class DenseBlock(nn.Module):
    """Every layer reads all before it; the transition halves the image."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(3 + 2 * i),
                nn.ReLU(inplace=True),
                nn.Conv2d(3 + 2 * i, 2, 3, padding=1, bias=False),
                nn.Dropout(0.1),
            )
            for i in range(3)
        )
        self.transition = nn.Sequential(nn.Conv2d(9, 4, 1), nn.AvgPool2d(2, stride=2))

    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for layer in self.layers:
            features.append(layer(torch.cat(features, 1)))
        return self.transition(torch.cat(features, 1))


class Generator(nn.Module):
    """DCGAN's: noise to an image."""

    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Linear(5, 8 * 4 * 4)
        self.net = nn.Sequential(
            nn.BatchNorm2d(8),
            nn.ReLU(True),
            nn.ConvTranspose2d(8, 4, 4, 2, 1, bias=False),
            nn.InstanceNorm2d(4, affine=True),
            nn.PReLU(),
            nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"),
            nn.PixelShuffle(2),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.net(self.project(z).view(-1, 8, 4, 4))


class GAN(nn.Module):
    """Generator and discriminator, the discriminator called twice: its weights are shared."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = Generator()
        self.discriminator = nn.Sequential(
            nn.Conv2d(1, 4, 4, 2, 1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Dropout2d(0.25),
            nn.GroupNorm(2, 4),
            nn.Flatten(),
            nn.Linear(256, 1),
        )

    def forward(self, z: Tensor, real: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        fake = self.generator(z)
        on_fake, on_real = self.discriminator(fake.detach()), self.discriminator(real)
        losses = F.binary_cross_entropy_with_logits(on_real, torch.ones_like(on_real))
        losses = losses + F.softplus(on_fake).mean()
        return fake, losses, self.discriminator(fake)


class Attention(nn.Module):
    """Self-attention with several heads, by hand or by torch's own product."""

    def __init__(self, width: int, heads: int, is_fused: bool) -> None:
        super().__init__()
        self.heads, self.is_fused = heads, is_fused
        self.qkv, self.proj = nn.Linear(width, width * 3), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        b, n, c = x.shape
        qkv = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        if self.is_fused:
            x = F.scaled_dot_product_attention(q, k, v)
        else:
            scores = (q @ k.transpose(-2, -1)) * (c // self.heads) ** -0.5
            x = scores.softmax(dim=-1) @ v
        return self.proj(x.transpose(1, 2).reshape(b, n, c))


class ViT(nn.Module):
    """Patches, a class token, a position embedding and blocks of attention."""

    def __init__(self, is_fused: bool = False) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.position = nn.Parameter(torch.randn(1, 5, 8))
        self.norms = nn.ModuleList(nn.LayerNorm(8) for _ in range(2))
        self.attention = Attention(8, 2, is_fused)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Dropout(0.1), nn.Linear(16, 8))
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), dim=1) + self.position
        x = x + self.attention(self.norms[0](x))
        x = x + self.mlp(self.norms[1](x))
        return self.head(x[:, 0])


class Mixer(nn.Module):
    """MLP-Mixer's block: across patches, then across channels."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(6), nn.LayerNorm(6)
        self.tokens = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 4))
        self.channels = nn.Sequential(nn.Linear(6, 12), nn.GELU(), nn.Linear(12, 6))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.tokens(self.norm1(x).permute(0, 2, 1)).transpose(1, 2)
        return x + self.channels(self.norm2(x))
