"""The weighted sum of a network's layers that a model was trained on, from the array files of the stage ``hubert``.

Models on top of frozen speech encoders learn one weight a layer, scale the weights by a softmax and read the sum of the
layers (Yang et al. 2021, SUPERB, arXiv:2105.01051). With those weights the many layers of a clip become one array.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.errors import FacelibError

Weights = Sequence[float] | NDArray[np.floating[Any]]


def softmax(weights: Weights) -> NDArray[np.float64]:
    """Positive shares that add up to 1.

    >>> softmax([0.0, 0.0]).tolist()
    [0.5, 0.5]
    """
    values = np.asarray(weights, np.float64)
    raised = np.exp(values - values.max())
    shares: NDArray[np.float64] = raised / raised.sum()
    return shares


def layer_sum(features: NDArray[Any], weights: Weights) -> NDArray[np.float32]:
    """The sum of the layers, weighted by the softmax of ``weights``.

    Args:
        features: (layers, T, D), of any floating type; a memory map is read layer by layer.
        weights: one a layer, as they were learned, before any softmax.

    Returns:
        (T, D) float32.

    Raises:
        FacelibError: there is not one weight a layer; reason ``layer_count``.

    Example:
        >>> layer_sum(np.array([[[2.0]], [[4.0]]]), [0.0, 0.0]).tolist()
        [[3.0]]
    """
    if features.ndim != 3 or len(features) != len(weights):
        layers = len(features) if features.ndim == 3 else 0
        raise FacelibError(
            f"{len(weights)} weights do not fit features of {layers} layers (shape {features.shape})",
            hint="set pipeline.hubert.layers to the layers that the weights were learned on, often all",
            reason="layer_count",
        )
    total = np.zeros(features.shape[1:], np.float32)
    for share, layer in zip(softmax(weights), features, strict=True):
        total += np.float32(share) * layer.astype(np.float32)
    return total


def load_layer_sum(file: Path, weights: Weights) -> NDArray[np.float32]:
    """`layer_sum` of an array file, without reading all of it at once."""
    return layer_sum(np.load(file, mmap_mode="r", allow_pickle=False), weights)
