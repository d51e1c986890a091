"""Brings the time axis of audio features to an exact number of steps a video frame."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Padding = Literal["exact", "legacy"]


def align(features: NDArray[Any], n_frames: int, *, per_frame: int = 2, padding: Padding = "exact") -> NDArray[Any]:
    """Make features last exactly as long as the video, or pad them as talking-face pipelines used to.

    A convolution without padding loses its last step: HuBERT gives 2F-1 steps for the sound of F frames at 25 fps, and
    one more or less where the sound was cut elsewhere.

    Args:
        features: (..., T, D), T of at least 1.
        n_frames: frames of the video, F.
        per_frame: steps a video frame: 2 at 50 Hz, 4 at 100 Hz.
        padding: ``exact`` repeats the last step or cuts, so that T is per_frame·F; ``legacy`` repeats the last step
            once, whatever T is.

    Returns:
        (..., T', D) of the same type.

    Raises:
        ValueError: there is no step at all.

    Example:
        >>> align(np.arange(3.0)[:, None], 2).ravel().tolist()
        [0.0, 1.0, 2.0, 2.0]
    """
    steps = features.shape[-2]
    if steps < 1:
        raise ValueError("there is no step to repeat")
    wanted = steps + 1 if padding == "legacy" else per_frame * n_frames
    # Indices past the end repeat the last step.
    aligned: NDArray[Any] = features.take(np.minimum(np.arange(wanted), steps - 1), axis=-2)
    return aligned
