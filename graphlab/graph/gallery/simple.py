"""Networks on vectors: single neurons, a layer, a few layers, and two nets against each other."""

from __future__ import annotations

from typing import Any

from graphlab.graph.gallery.catalogue import network
from graphlab.graph.node import OutPort
from graphlab.graph.templates import Site


@network("perceptron", "Perceptron", data="and")
def perceptron(site: Site) -> Any:
    """One neuron with two inputs that answers −1 or 1: on which side of a line a point lies."""
    x = _input(site, "x", 2)
    return site.place("neuron", "neuron", x, in_features=2, activation="sign")


@network("logistic", "Logistic classifier", data="clouds", epochs=30, batch_size=16, lr=0.05)
def logistic(site: Site) -> Any:
    """One neuron with two inputs whose sigmoid is the probability of the second class."""
    x = _input(site, "x", 2)
    return site.place("neuron", "neuron", x, in_features=2, activation="sigmoid")


@network("softmax", "Softmax classifier", data="mnist", epochs=10)
def softmax(site: Site) -> Any:
    """One layer from the 784 pixels of a 28 × 28 picture to the probabilities of ten classes."""
    x = _input(site, "x", 784)
    scores = site.place("linear_layer", "fc", x, features=10, in_features=784)
    return site.node("softmax", scores, member="probabilities")


@network(
    "mlp-2d",
    "Multilayer perceptron for points",
    data="spiral",
    epochs=80,
    batch_size=32,
    lr=5e-3,
    schedule="cosine",
)
def mlp_2d(site: Site) -> Any:
    """Tells two classes of points of the plane apart, whatever line runs between them."""
    x = _input(site, "x", 2)
    for number in range(1, 4):
        x = site.place("linear_layer", f"fc{number}", x, features=64, activation="relu")
    return site.place("linear_layer", "fc4", x, features=2)


@network("mlp-3-4-2", "Multilayer perceptron 3-4-2")
def mlp(site: Site) -> Any:
    """Three inputs, a hidden layer of four neurons, two outputs: 26 parameters."""
    x = _input(site, "x", 3)
    hidden = site.place("linear_layer", "fc1", x, features=4, in_features=3, activation="relu")
    return site.place(
        "linear_layer", "fc2", hidden, features=2, in_features=4, activation="sigmoid"
    )


@network("autoencoder", "Autoencoder", data="mnist", epochs=30, lr=2e-3, schedule="cosine")
def autoencoder(site: Site) -> Any:
    """Squeezes the 784 pixels of a 28 × 28 picture into a code of 32 numbers and back."""
    x = _input(site, "x", 784)
    code = site.place("encoder", "encoder", x, widths=(256, 64, 32))
    return site.place("decoder", "decoder", code, widths=(64, 256, 784))


@network("gan-2d", "GAN for points", data="eight-gaussians", epochs=80, lr=1e-3, schedule="cosine")
def gan_2d(site: Site) -> Any:
    """Makes points of the plane out of noise, and tells them from given ones.

    Made and given points go through one discriminator in one batch, half and half.  The outputs
    are the made points, their logits of being real, and those of the given ones.
    """
    z, x = _input(site, "z", 2), _input(site, "x", 2)
    made = site.place("generator", "generator", z, widths=(64, 64, 2))
    both = site.node("concatenate", made, x, member="both", axis=0)
    scores = site.place("discriminator", "discriminator", both, widths=(64, 64))
    return made, *halves(site, scores)


def halves(site: Site, scores: OutPort) -> tuple[OutPort, OutPort]:
    """The logits of made and of given examples, which share a batch."""
    made = site.node("split", scores, member="logits", parts=2, axis=0)
    return made, OutPort(made.node, 1)


def _input(site: Site, name: str, length: int) -> OutPort:
    return site.node("input", member=name, shape=(None, length))
