"""Whether the faces of a clip are one person's."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from facelib.distances import group, to_mean_of_others
from facelib.models.faces import Floats


def same_face(vectors: Mapping[int, Floats], limit: float, metric: str) -> dict[str, Any]:
    """Compare the faces of a clip with each other.

    Faces are grouped by average linkage, since in a clip whose first half shows one person and whose second half
    another, every face is about as near to the mean of all others as the threshold.

    Args:
        vectors: (dim,) vector of the face by its frame; spread over the whole clip.
        limit: groups of faces within this mean distance are one person.
        metric: of the vectors, ``l2`` or ``cosine``.

    Returns:
        ``n_checked`` faces; ``people`` among them and whether it is the ``same_face``; the ``max_distance`` of one from
        the mean of the others and its frame, ``worst_frame``. All but the first are None for fewer than two faces.

    >>> faces = {0: [0.0, 0.0], 25: [0.1, 0.0], 50: [0.9, 0.0], 75: [0.8, 0.0]}
    >>> found = same_face({frame: np.array(v, np.float32) for frame, v in faces.items()}, 0.6, "l2")
    >>> found["people"], found["same_face"], found["worst_frame"], found["max_distance"] < 0.61
    (2, False, 0, True)
    """
    frames = list(vectors)
    if len(frames) < 2:
        return {"n_checked": len(frames), **dict.fromkeys(("same_face", "people", "max_distance", "worst_frame"))}
    together = np.stack([vectors[frame] for frame in frames])
    people = int(group(together, limit, metric).max()) + 1
    distances = to_mean_of_others(together, metric)
    worst = int(distances.argmax())
    return {
        "n_checked": len(frames),
        "same_face": people == 1,
        "people": people,
        "max_distance": float(distances[worst]),
        "worst_frame": frames[worst],
    }
