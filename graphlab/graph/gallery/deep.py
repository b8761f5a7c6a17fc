"""Deep networks with shortcuts: residual networks and DenseNet."""

from __future__ import annotations

from typing import Any

from graphlab.graph.gallery.catalogue import network
from graphlab.graph.gallery.classic import IMAGE
from graphlab.graph.node import OutPort
from graphlab.graph.templates import Site


@network("resnet-18", "ResNet-18")
def resnet_18(site: Site) -> Any:
    """Eight residual blocks (He et al. 2016): 11,689,512 parameters, 1.8 G multiply-adds."""
    return _resnet(site, "residual_basic", (2, 2, 2, 2))


@network("resnet-152", "ResNet-152")
def resnet_152(site: Site) -> Any:
    """Fifty bottleneck blocks (He et al. 2016): 60,192,808 parameters."""
    return _resnet(site, "residual_bottleneck", (3, 8, 36, 3))


@network("densenet-201", "DenseNet-201")
def densenet(site: Site) -> Any:
    """Four dense blocks of 6, 12, 48 and 32 layers (Huang et al. 2017): 20,013,928 parameters."""
    x = site.node("input", member="x", shape=IMAGE)
    features = site.group("features")
    x = _stem(features, x, "conv0", "norm0", "relu0", "pool0")
    channels, growth, layers = 64, 32, (6, 12, 48, 32)
    for number, count in enumerate(layers, 1):
        name = f"denseblock{number}"
        x = features.place("dense_block", name, x, layers=count, growth=growth)
        channels += count * growth
        if number < len(layers):
            channels //= 2
            x = features.place("transition", f"transition{number}", x, filters=channels)
    x = features.place("norm_layer", "norm5", x, channels=channels)
    return _answer(site, site.node("relu", x), "classifier")


def _resnet(site: Site, block: str, repeats: tuple[int, ...]) -> OutPort:
    x = site.node("input", member="x", shape=IMAGE)
    x = _stem(site, x, "conv1", "bn1", "relu", "maxpool")
    for number, count in enumerate(repeats, 1):
        layer = site.group(f"layer{number}")
        for at in range(count):
            is_new = at == 0 and (number > 1 or block == "residual_bottleneck")
            x = layer.place(
                block,
                str(at),
                x,
                filters=64 << (number - 1),
                stride=2 if at == 0 and number > 1 else 1,
                shortcut="projection" if is_new else "identity",
            )
    return _answer(site, x, "fc")


def _stem(site: Site, x: OutPort, conv: str, norm: str, relu: str, pool: str) -> OutPort:
    """A wide convolution and a pool, which together make the picture a quarter as long."""
    settings = {"kernel_size": 7, "stride": 2, "padding": 3}
    x = site.place("conv_layer", conv, x, filters=64, bias=False, **settings)
    x = site.place("norm_layer", norm, x, channels=64)
    x = site.node("relu", x, member=relu)
    return site.node("max_pool2d", x, member=pool, kernel_size=3, stride=2, padding=1)


def _answer(site: Site, x: OutPort, name: str) -> OutPort:
    x = site.node("adaptive_avg_pool2d", x, member="avgpool", output_size=1)
    return site.place("linear_layer", name, site.node("flatten", x), features=1000)
