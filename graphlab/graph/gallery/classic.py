"""Convolutional networks that made history: LeNet-5, AlexNet, VGG-19, GoogLeNet."""

from __future__ import annotations

from typing import Any

from graphlab.graph.gallery.catalogue import network
from graphlab.graph.node import OutPort
from graphlab.graph.templates import Site

IMAGE = (None, 3, 224, 224)
"""A batch of ImageNet's pictures."""


@network("lenet-5", "LeNet-5", data="mnist", epochs=8, batch_size=32, lr=2e-3, schedule="cosine")
def lenet(site: Site) -> Any:
    """Reads handwritten digits of 32 × 32 pixels (LeCun et al. 1998): 61,706 parameters.

    All maps of the second convolution see all of the first, as in today's versions.
    """
    x = site.node("input", member="x", shape=(None, 1, 32, 32))
    for number, filters in ((1, 6), (2, 16)):
        x = site.place(
            "conv_layer", f"conv{number}", x, filters=filters, kernel_size=5, activation="tanh"
        )
        x = site.node("avg_pool2d", x, member=f"pool{number}", kernel_size=2)
    x = site.node("flatten", x)
    for number, features in ((1, 120), (2, 84)):
        x = site.place("linear_layer", f"fc{number}", x, features=features, activation="tanh")
    return site.place("linear_layer", "fc3", x, features=10)


@network("alexnet", "AlexNet")
def alexnet(site: Site) -> Any:
    """Five convolutions and three linear layers (Krizhevsky 2014): 61,100,840 parameters."""
    x = site.node("input", member="x", shape=IMAGE)
    features = site.group("features")
    at = 0
    for filters, kernel, stride, pooled in (
        (64, 11, 4, True),
        (192, 5, 1, True),
        (384, 3, 1, False),
        (256, 3, 1, False),
        (256, 3, 1, True),
    ):
        padding = 2 if kernel > 3 else 1
        x = _conv(features, str(at), x, filters, kernel, stride, padding)
        x = features.node("relu", x, member=str(at + 1))
        at += 2
        if pooled:
            x = features.node("max_pool2d", x, member=str(at), kernel_size=3, stride=2)
            at += 1
    x = site.node("adaptive_avg_pool2d", x, member="avgpool", output_size=6)
    x = site.node("flatten", x)
    classifier = site.group("classifier")
    for at in (0, 3):
        x = classifier.node("dropout", x, member=str(at))
        x = classifier.place("linear_layer", str(at + 1), x, features=4096)
        x = classifier.node("relu", x, member=str(at + 2))
    return classifier.place("linear_layer", "6", x, features=1000)


@network("vgg-19", "VGG-19")
def vgg(site: Site) -> Any:
    """Sixteen 3 × 3 convolutions and three linear layers (Simonyan & Zisserman 2015).

    143,667,240 parameters.
    """
    x = site.node("input", member="x", shape=IMAGE)
    features = site.group("features")
    at = 0
    for filters, repeats in ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)):
        for _ in range(repeats):
            x = _conv(features, str(at), x, filters, 3, 1, 1)
            x = features.node("relu", x, member=str(at + 1))
            at += 2
        x = features.node("max_pool2d", x, member=str(at), kernel_size=2, stride=2)
        at += 1
    x = site.node("adaptive_avg_pool2d", x, member="avgpool", output_size=7)
    x = site.node("flatten", x)
    classifier = site.group("classifier")
    for at in (0, 3):
        x = classifier.place("linear_layer", str(at), x, features=4096)
        x = classifier.node("relu", x, member=str(at + 1))
        x = classifier.node("dropout", x, member=str(at + 2))
    return classifier.place("linear_layer", "6", x, features=1000)


@network("googlenet", "GoogLeNet")
def googlenet(site: Site) -> Any:
    """Nine inception modules, and two auxiliary heads on the way (Szegedy et al. 2015).

    13,004,888 parameters with these heads; the outputs are the logits at the end, of the second
    head and of the first, in torchvision's order.
    """
    x = site.node("input", member="x", shape=IMAGE)
    x = _unit(site, "conv1", x, 64, kernel_size=7, stride=2, padding=3)
    x = _pool(site, 1, x, 3)
    x = _unit(site, "conv2", x, 64, kernel_size=1)
    x = _unit(site, "conv3", x, 192, kernel_size=3)
    x = _pool(site, 2, x, 3)
    auxiliary: list[OutPort] = []
    for stage, modules in _INCEPTION.items():
        for letter, widths in zip("abcde", modules, strict=False):
            if (stage, letter) in ((4, "b"), (4, "e")):
                auxiliary.append(_auxiliary(site, f"aux{len(auxiliary) + 1}", x))
            settings = dict(zip(_WIDTHS, widths, strict=True))
            x = site.place("inception", f"inception{stage}{letter}", x, third_kernel=3, **settings)
        if stage < 5:
            x = _pool(site, stage, x, 3 if stage == 3 else 2)
    x = site.node("adaptive_avg_pool2d", x, member="avgpool", output_size=1)
    x = site.node("dropout", site.node("flatten", x), p=0.2)
    scores = site.place("linear_layer", "fc", x, features=1000)
    return scores, *reversed(auxiliary)


_WIDTHS = ("ones", "reduced3", "threes", "reduced5", "fives", "pooled")
_INCEPTION = {  # table 1 of the paper
    3: ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    4: (
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
    ),
    5: ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
}


def _auxiliary(site: Site, name: str, x: OutPort) -> OutPort:
    head = site.group(name)
    pooled = head.node("adaptive_avg_pool2d", x, member="pool", output_size=4)
    seen = _unit(head, "conv", pooled, 128, kernel_size=1)
    flat = head.node("flatten", seen)
    hidden = head.place("linear_layer", "fc1", flat, features=1024, activation="relu")
    return head.place("linear_layer", "fc2", head.node("dropout", hidden, p=0.7), features=1000)


def _unit(site: Site, member: str, x: OutPort, filters: int, **settings: Any) -> OutPort:
    return site.place("conv_norm_activation", member, x, filters=filters, eps=1e-3, **settings)


def _pool(site: Site, stage: int, x: OutPort, kernel_size: int) -> OutPort:
    settings = {"kernel_size": kernel_size, "stride": 2, "ceil_mode": True}
    return site.node("max_pool2d", x, member=f"maxpool{stage}", **settings)


def _conv(
    site: Site, member: str, x: OutPort, filters: int, kernel: int, stride: int, padding: int
) -> OutPort:
    settings = {"kernel_size": kernel, "stride": stride, "padding": padding}
    return site.place("conv_layer", member, x, filters=filters, **settings)
