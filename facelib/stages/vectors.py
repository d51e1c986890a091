"""The table of vectors that several stages make, one vector a clip."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

VECTORS = pa.schema(
    [
        ("clip_id", pa.string()),
        ("task", pa.string()),
        ("model", pa.string()),
        ("digest", pa.string()),
        ("metric", pa.string()),
        ("vector", pa.list_(pa.float32())),
        ("n_faces", pa.int32()),
        ("spread", pa.float32()),
    ]
)


def vector_row(
    clip_id: str, vectors: NDArray[np.float32], *, task: str, model: str, digest: str, metric: str
) -> dict[str, Any]:
    """The mean of some vectors of a clip as a row.

    Args:
        clip_id: the clip.
        vectors: (n, dim) of its faces, frames or stretches of sound.
        task: identity, image or voice; vectors of different tasks or models lie in different tables.
        model: name in the registry.
        digest: sha256 of its weights.
        metric: ``l2``, or ``cosine``, for which the mean is scaled to length 1.
    """
    mean = vectors.mean(axis=0)
    if metric == "cosine":
        mean = mean / max(float(np.linalg.norm(mean)), 1e-12)
        spread = float((1 - vectors @ mean / np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)).max())
    else:
        spread = float(np.linalg.norm(vectors - mean, axis=1).max())
    return {
        "clip_id": clip_id,
        "task": task,
        "model": model,
        "digest": digest,
        "metric": metric,
        "vector": [float(value) for value in mean],
        "n_faces": len(vectors),
        "spread": spread,
    }
