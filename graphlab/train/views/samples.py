"""What a generator makes beside what is real, and what comes out beside what went in.

Imported only where torch is wanted.
"""

from __future__ import annotations

import numpy as np

from graphlab.data.columns import Array
from graphlab.errors import RunError
from graphlab.train.likeness import generated
from graphlab.train.training import Training
from graphlab.train.views.asking import answer_of, answered, in_order, look
from graphlab.train.views.classes import MOST_SHOWN
from graphlab.train.views.pictures import shown, unscaled
from graphlab.train.views.probing import probe

MOST_POINTS = 1000
"""So many samples on the plane are shown at once."""


def samples(
    training: Training, split: str = "", most: int = MOST_SHOWN, seed: int = 0
) -> dict[str, Array]:
    """What the generator makes of noise, and as many real examples beside it.

    On the plane ``made`` and ``real`` (N, 2); else both as pictures, ``made/images`` and
    ``real/images`` or another kind.  The same seed draws the same noise, so that a sample is seen
    to move.  Raises ``RunError`` where nothing like the data is made of noise.
    """
    example = training.data.fields["x"].shape[1:]
    is_plane = example == (2,)
    seen = look(training, split, MOST_POINTS if is_plane else most)
    made = made_of_noise(training, len(seen.rows), seed)
    if made is None:
        raise RunError(
            "samples are shown of a generator, and no output of the drawing is made of noise alone "
            "and shaped as the data: choose another view"
        )
    real = unscaled(training.data, training.data.take(seen.rows, ("x",))["x"])
    if is_plane:
        return {**seen.told(), "made": made, "real": real}
    told = {f"made/{kind}": values for kind, values in shown(made, like=real).items()}
    told |= {f"real/{kind}": values for kind, values in shown(real, like=real).items()}
    return {**seen.told(), **told}


def reconstructions(
    training: Training, split: str = "", worst: bool = True, most: int = MOST_SHOWN // 2
) -> dict[str, Array]:
    """What went in and what came out, by loss, the largest first.

    ``given/…`` and ``made/…`` are pictures of one kind, ``losses`` what each costs, ``rows`` which
    they are.  Raises ``RunError`` where no output is compared with the input.
    """
    answer = answer_of(training, ("x",), "reconstructions")
    seen, data = look(training, split), training.data
    found = answered(training, answer, seen.rows)
    places = in_order(found.losses, worst=worst, most=most)
    example = data.fields["x"].shape[1:]
    made = unscaled(data, found.prediction[places].reshape(len(places), *example).numpy())
    rows = seen.rows[places]
    given = unscaled(data, data.take(rows, ("x",))["x"])
    told = {f"made/{kind}": values for kind, values in shown(made, like=given).items()}
    told |= {f"given/{kind}": values for kind, values in shown(given, like=given).items()}
    return {
        **seen.told(), "rows": rows.astype(np.int64), "losses": found.losses[places], **told
    }  # fmt: skip


def made_of_noise(training: Training, count: int, seed: int = 0) -> Array | None:
    """So many examples that a generator makes, in the data's own units; None where none does."""
    found = generated(training.graph, training.wiring, training.data)
    if found is None:
        return None
    name, port = found
    shape = (count, *training.wiring.shapes[name])
    noise = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    made = probe(training, name, noise, [port])[port]
    example = training.data.fields["x"].shape[1:]
    return unscaled(training.data, made.reshape(count, *example).numpy())
