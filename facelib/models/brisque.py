"""BRISQUE: blind quality by the statistics of natural scenes (Mittal et al. 2012), with its authors' model."""

from collections.abc import Sequence
from functools import cache
from math import ceil, gamma, lgamma
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelib.errors import ModelError
from facelib.models.pictures import Picture

Floats = NDArray[np.float64]

SCALES = 2
GAUSS_SIDE, GAUSS_SIGMA = 7, 7 / 6
SHIFTS = ((0, 1), (1, 0), (1, 1), (-1, 1))
MIN_SIDE = 16
LOW = np.fromstring(
    "0.338 0.017204 0.236 -0.123884 0.000155 0.001122 0.244 -0.123586 0.000152 0.000975 0.249 -0.135687 0.000174 "
    "0.000913 0.258 -0.143408 0.000179 0.000888 0.471 0.012809 0.218 -0.094876 1.5e-5 0.001272 0.222 -0.115772 1.6e-5 "
    "0.001374 0.227 -0.117188 3e-5 0.001122 0.228 -0.12243 2.8e-5 0.001118",
    sep=" ",
)
HIGH = np.fromstring(
    "10 0.806612 1.642 0.20293 0.712298 0.470257 1.641 0.179083 0.710456 0.470984 1.555 0.100858 0.684173 0.534174 "
    "1.561 0.100486 0.685696 0.536508 3.264 0.703171 1.046 0.187459 0.442057 0.40803 1.042 0.162604 0.444362 0.40243 "
    "0.996 0.098323 0.531903 0.369589 0.99 0.098658 0.530092 0.370399",
    sep=" ",
)
"""Ranges of the 36 features in the training set, which the model's input is scaled by; part of the authors' release."""


class Brisque:
    """Scores pictures by the authors' support vector regression.

    Args:
        weights: the model as libsvm writes it: a header, then a support vector a line.

    Raises:
        ModelError: the file is no such model; reason ``bad_weights``.
    """

    def __init__(self, weights: Path) -> None:
        try:
            header, _, body = weights.read_text("ascii").partition("\nSV\n")
            facts = dict(line.split(" ", 1) for line in header.splitlines())
            self._gamma, self._rho = float(facts["gamma"]), float(facts["rho"])
            rows = [line.split() for line in body.splitlines()]
            self._coefficients = np.array([row[0] for row in rows], np.float64)
            self._vectors = np.zeros((len(rows), len(LOW)))
            for vector, row in zip(self._vectors, rows, strict=True):
                for number, _, value in (field.partition(":") for field in row[1:]):
                    vector[int(number) - 1] = float(value)  # libsvm leaves zeros out
            if facts["kernel_type"] != "rbf" or len(rows) != int(facts["total_sv"]):
                raise ValueError("its kernel is another, or it is cut off")
        except (OSError, ValueError, KeyError, IndexError) as error:
            raise ModelError(
                f"{weights.name} is no model of BRISQUE: {error}",
                hint="fetch it again: facelib models fetch brisque",
                reason="bad_weights",
            ) from error

    def score(self, pictures: Sequence[Picture], *, squash: bool = False) -> NDArray[np.float32]:
        """BRISQUE of some pictures.

        Args:
            pictures: each (h, w, 3) BGR, of any size.
            squash: force them to 224 by 224 px first.

        Returns:
            (n,), about 0 (good; sharp pictures go below) to 100 (bad); NaN for a flat picture and for one below 16 px.
        """
        return np.array([self._one(squashed(picture) if squash else picture) for picture in pictures], np.float32)

    def _one(self, picture: Picture) -> float:
        if min(picture.shape[:2]) < MIN_SIDE or (picture == picture[0, 0]).all():
            return float("nan")
        scaled = 2 * (features(picture) - LOW) / (HIGH - LOW) - 1
        distances = ((self._vectors - scaled) ** 2).sum(axis=1)
        return float(self._coefficients @ np.exp(-self._gamma * distances) - self._rho)


def squashed(picture: Picture, side: int = 224) -> Picture:
    """A picture forced to a square."""
    import cv2

    kind = cv2.INTER_AREA if min(picture.shape[:2]) >= side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (side, side), interpolation=kind), np.uint8)


def features(picture: Picture) -> Floats:
    """The 36 features of a BGR picture: 18 at its own scale, 18 at half of it, before scaling."""
    luma = np.rint(picture @ np.array([0.114, 0.587, 0.299]))
    found: list[float] = []
    for _ in range(SCALES):
        found += _statistics(luma)
        luma = _halved(_halved(luma).T).T
    return np.array(found)


def _statistics(luma: Floats) -> list[float]:
    """The shape of the distribution of normalised luma, and of its products with four neighbours."""
    import cv2

    kernel = cv2.getGaussianKernel(GAUSS_SIDE, GAUSS_SIGMA, cv2.CV_64F)
    mean, square = (
        cv2.sepFilter2D(values, cv2.CV_64F, kernel, kernel, borderType=cv2.BORDER_CONSTANT)
        for values in (luma, luma**2)
    )
    normal = (luma - mean) / (np.sqrt(np.abs(square - mean**2)) + 1)
    shapes, ratio = _shapes()
    power = float((normal**2).mean())
    found = [float(shapes[np.abs(power / np.abs(normal).mean() ** 2 - 1 / ratio).argmin()]), power]
    for shift in SHIFTS:
        found += _asymmetric(normal * np.roll(normal, shift, axis=(0, 1)))
    return found


def _asymmetric(values: Floats) -> list[float]:
    """Shape, mean and both variances of an asymmetric generalised Gaussian, by moments."""
    left, right = (
        float(np.sqrt((side**2).mean())) if side.size else 0.0 for side in (values[values < 0], values[values > 0])
    )
    skew = left / max(right, 1e-12)
    moment = float(np.abs(values).mean() ** 2 / max(float((values**2).mean()), 1e-12))
    shapes, ratio = _shapes()
    wanted = moment * (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2
    shape = float(shapes[np.abs(ratio - wanted).argmin()])
    mean = (right - left) * gamma(2 / shape) / np.sqrt(gamma(1 / shape) * gamma(3 / shape))
    return [shape, float(mean), left**2, right**2]


@cache
def _shapes() -> tuple[Floats, Floats]:
    """Shapes 0.2 to 10 of a generalised Gaussian, and its squared mean deviation over its variance for each."""
    shapes = np.arange(0.2, 10.001, 0.001)
    ratio = [np.exp(2 * lgamma(2 / one) - lgamma(1 / one) - lgamma(3 / one)) for one in shapes]
    return shapes, np.array(ratio)


def _halved(values: Floats) -> Floats:
    """Half as many rows by bicubic interpolation of eight with antialiasing, as MATLAB's imresize does."""
    rows = len(values)
    centres = 2 * np.arange(ceil(rows / 2)) + 0.5
    taps = np.floor(centres[:, None]) + np.arange(-4, 6)
    away = np.abs(taps - centres[:, None]) / 2
    near = 1.5 * away**3 - 2.5 * away**2 + 1
    far = -0.5 * away**3 + 2.5 * away**2 - 4 * away + 2
    weight = np.where(away <= 1, near, np.where(away <= 2, far, 0))
    weight /= weight.sum(axis=1, keepdims=True)
    mirrored = np.r_[np.arange(rows), np.arange(rows)[::-1]]
    return np.asarray(np.einsum("ot,otc->oc", weight, values[mirrored[taps.astype(np.int64) % (2 * rows)]]))
