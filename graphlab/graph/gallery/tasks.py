"""Networks that segment, make, locate and count, and those for signals and volumes."""

from __future__ import annotations

from typing import Any

from graphlab.graph.gallery.catalogue import network
from graphlab.graph.gallery.simple import halves
from graphlab.graph.node import OutPort
from graphlab.graph.templates import Site


@network("u-net", "U-Net")
def u_net(site: Site) -> Any:
    """Says of every pixel whether it belongs to a cell (Ronneberger et al. 2015).

    Valid convolutions make 388 × 388 pixels of 572 × 572; 31,030,658 parameters.
    """
    x = site.node("input", member="x", shape=(None, 1, 572, 572))
    skips = []
    for number in range(1, 5):
        x, skip = site.place_all("unet_down", f"down{number}", x, filters=32 << number)
        skips.append(skip)
    bottom = site.group("bottom")
    for member in ("conv1", "conv2"):
        x = bottom.place("conv_layer", member, x, filters=1024, activation="relu")
    for number in range(4, 0, -1):
        x = site.place("unet_up", f"up{number}", x, skips.pop(), filters=32 << number)
    return site.place("conv_layer", "last", x, filters=2, kernel_size=1)


@network(
    "u-net-small", "Small U-Net", data="nuclei", lr=3e-3, schedule="cosine", batch_size=4, epochs=60
)
def u_net_small(site: Site) -> Any:
    """Says of every pixel whether it belongs to a nucleus, on two levels: 29,321 parameters.

    It keeps the picture's size, which 4 must divide.  Without batch norm it answers a whole picture
    as it does the crops that it learns from.
    """
    x = site.node("input", member="x", shape=(None, 1, 128, 128))
    return site.place(
        "conv_layer", "last", _down_and_up(site, x, (8, 16)), filters=1, kernel_size=1
    )


@network(
    "cell-counter",
    "Cell counter",
    data="bbbc039",
    lr=2e-3,
    schedule="cosine",
    batch_size=1,
    warmup=100,
    epochs=15,
)
def cell_counter(site: Site) -> Any:
    """Counts nuclei by a map of their density, made at half the picture's size: 28,809 parameters.

    The outputs are the map, of the picture's size, which 4 must divide, and its sum.  It learns
    from whole pictures: at the edge of a crop nuclei are cut that at a picture's own border count
    as one, and what has learned from crops counts too few.
    """
    x = site.node("input", member="x", shape=(None, 1, 128, 128))
    relu: dict[str, Any] = {"activation": "relu"}
    x = site.place("conv_layer", "half", x, filters=16, stride=2, padding=1, **relu)
    x = _down_and_up(site, x, (16,))
    x = site.place("conv_transpose_layer", "whole", x, filters=8, **relu)
    return site.place_all("density_head", "head", x, hidden=8, scale=0.002)


def _down_and_up(site: Site, x: OutPort, widths: tuple[int, ...]) -> OutPort:
    """U-Net with levels of these widths over a bottom of twice the last, and zeros around."""
    skips = []
    for number, filters in enumerate(widths, 1):
        name = f"down{number}"
        x, skip = site.place_all("unet_down", name, x, filters=filters, padding="same")
        skips.append(skip)
    bottom = site.group("bottom")
    settings: dict[str, Any] = {"padding": "same", "activation": "relu"}
    for member in ("conv1", "conv2"):
        x = bottom.place("conv_layer", member, x, filters=2 * widths[-1], **settings)
    for number in range(len(widths), 0, -1):
        skip, filters = skips.pop(), widths[number - 1]
        x = site.place("unet_up", f"up{number}", x, skip, filters=filters, padding="same")
    return x


@network("gan-28", "GAN for 28 × 28 pictures", data="fashion-mnist")
def gan_28(site: Site) -> Any:
    """Makes pictures out of noise by transposed convolutions, and tells them from given ones.

    The outputs are as those of the GAN for points.
    """
    z = site.node("input", member="z", shape=(None, 64))
    x = site.node("input", member="x", shape=(None, 1, 28, 28))
    settings = {"kind": "convolution", "last": "tanh"}
    made = site.place("generator", "generator", z, widths=(64, 32, 1), side=7, **settings)
    both = site.node("concatenate", made, x, member="both", axis=0)
    scores = site.place("discriminator", "discriminator", both, kind="convolution", widths=(32, 64))
    return made, *halves(site, scores)


@network("conv-1d", "Network for signals", data="signals", epochs=15, lr=3e-3, schedule="cosine")
def conv_1d(site: Site) -> Any:
    """Tells three kinds of waves of 128 samples apart by one-dimensional convolutions."""
    x = site.node("input", member="x", shape=(None, 1, 128))
    x = _stack(site, x, (8, 16, 32), kernel_size=5, dimensions=1)
    return _classes(site, x, 3)


@network(
    "conv-2d",
    "Network for pictures",
    data="fashion-mnist",
    epochs=8,
    batch_size=32,
    lr=2e-3,
    schedule="cosine",
)
def conv_2d(site: Site) -> Any:
    """Tells ten kinds of pictures of 28 × 28 pixels apart by two convolutions."""
    x = site.node("input", member="x", shape=(None, 1, 28, 28))
    x = _stack(site, x, (32, 64), kernel_size=3, dimensions=2)
    return _classes(site, x, 10)


@network(
    "conv-3d",
    "Network for volumes",
    data="volumes",
    epochs=15,
    batch_size=16,
    lr=2e-3,
    schedule="cosine",
)
def conv_3d(site: Site) -> Any:
    """Tells two kinds of volumes of 16 × 32 × 32 voxels apart by three-dimensional convolutions."""
    x = site.node("input", member="x", shape=(None, 1, 16, 32, 32))
    x = _stack(site, x, (8, 16, 32), kernel_size=3, dimensions=3)
    return _classes(site, x, 2)


@network(
    "localiser", "Localiser", data="boxes", epochs=15, batch_size=32, lr=2e-3, schedule="cosine"
)
def localiser(site: Site) -> Any:
    """Says which of two shapes is in a picture of 32 × 32 pixels, and where: logits and a box."""
    x = site.node("input", member="x", shape=(None, 1, 32, 32))
    x = _stack(site, x, (16, 32, 64), kernel_size=3, dimensions=2)
    return site.place_all("detection_head", "head", x, classes=2, hidden=128)


@network("density-counter", "Density counter", data="cell-dots")
def density_counter(site: Site) -> Any:
    """Counts cells in a picture of 64 × 64 pixels by a map of their density and its sum."""
    x = site.node("input", member="x", shape=(None, 1, 64, 64))
    for number, filters in enumerate((16, 32), 1):
        x = site.place("conv_norm_activation", f"conv{number}", x, filters=filters)
    return site.place_all("density_head", "head", x, hidden=32)


def _stack(
    site: Site, x: OutPort, widths: tuple[int, ...], *, kernel_size: int, dimensions: int
) -> OutPort:
    """Convolutions with ReLU, each followed by a pool that halves all axes."""
    for number, filters in enumerate(widths, 1):
        x = site.place(
            "conv_layer",
            f"conv{number}",
            x,
            filters=filters,
            kernel_size=kernel_size,
            padding="same",
            activation="relu",
            dimensions=dimensions,
        )
        x = site.node(f"max_pool{dimensions}d", x, member=f"pool{number}", kernel_size=2)
    return x


def _classes(site: Site, x: OutPort, classes: int) -> OutPort:
    return site.place("linear_layer", "fc", site.node("flatten", x), features=classes)
