"""Made-up uploads: how many a channel has, how long they are, on which day they come."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MEDIAN_MINUTES, SPREAD = 6.0, 1.0
"""Length of an upload: log-normal, so half are shorter than the median and a few last for hours."""
LONGEST_HOURS = 4.0


@dataclass(frozen=True)
class Uploads:
    """Uploads in order of their day.

    Args:
        channel: int64, shape (uploads,); the nth channel has a share of about 1 / n.
        day: int64, shape (uploads,), ascending, from 0.
        seconds: float64, shape (uploads,).
    """

    channel: NDArray[np.int64]
    day: NDArray[np.int64]
    seconds: NDArray[np.float64]


def make(channels: int, uploads: int, days: int, *, seed: int = 1) -> Uploads:
    """The same uploads for the same arguments.

    Example:
        >>> made = make(10, 1000, 5)
        >>> len(made.seconds), int(made.day.max()), bool((made.seconds > 0).all())
        (1000, 4, True)
    """
    random = np.random.default_rng(seed)
    share = 1 / np.arange(1, channels + 1)
    channel = random.choice(channels, size=uploads, p=share / share.sum())
    seconds = np.minimum(60 * random.lognormal(np.log(MEDIAN_MINUTES), SPREAD, uploads), 3600 * LONGEST_HOURS)
    return Uploads(channel, np.sort(random.integers(0, days, uploads)), seconds)
