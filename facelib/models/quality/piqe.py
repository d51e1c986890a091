"""PIQE: blind quality by the blocks that are noticeably distorted (Venkatanath et al. 2015). Needs no weights."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BLOCK = 16
ACTIVE_VARIANCE = 0.1
"""Blocks of normalised luma with less variance are flat and not judged."""
FLAT_DEVIATION = 0.1
"""A run of pixels on a block's edge with less deviation is an artefact."""
RUN = 6
GAUSS_SIDE, GAUSS_SIGMA = 7, 7 / 6


def piqe(picture: NDArray[np.uint8]) -> float:
    """The PIQE score of a picture, as MATLAB and pyiqa compute it.

    Args:
        picture: (h, w, 3) BGR, at least 16 by 16 px.

    Returns:
        0 (best) to 100 (worst); 100 also where the picture is flat, NaN where it is smaller than a block.
    """
    if min(picture.shape[:2]) < BLOCK:
        return float("nan")
    blocks = _blocks(_normalised(_luma(picture)))
    variance = blocks.var(axis=(1, 2), ddof=1)
    active = variance > ACTIVE_VARIANCE
    distorted = _artefacts(blocks) * (1 - variance) + _noisy(blocks, variance) * variance
    return float((distorted[active].sum() + 1) / (active.sum() + 1) * 100)


def _luma(picture: NDArray[np.uint8]) -> Floats:
    """Luma stretched so that the brightest pixel is 255, in whole levels."""
    luma = picture @ np.array([0.114, 0.587, 0.299])
    highest = luma.max()
    return np.asarray(np.rint(luma / highest * 255) if highest > 0 else luma)


def _normalised(luma: Floats) -> Floats:
    """Luma less its local mean over its local deviation; sides are first padded by their remainder, mirrored."""
    import cv2

    height, width = luma.shape
    padded = np.pad(luma, ((0, height % BLOCK), (0, width % BLOCK)), mode="symmetric")
    kernel = cv2.getGaussianKernel(GAUSS_SIDE, GAUSS_SIGMA, cv2.CV_64F)
    mean, square = (
        cv2.sepFilter2D(values, cv2.CV_64F, kernel, kernel, borderType=cv2.BORDER_REPLICATE)
        for values in (padded, padded**2)
    )
    return np.asarray((padded - mean) / (np.sqrt(np.abs(square - mean**2)) + 1))


def _blocks(values: Floats) -> Floats:
    """(n, 16, 16): whole blocks only."""
    rows, columns = (side // BLOCK for side in values.shape)
    whole = values[: rows * BLOCK, : columns * BLOCK]
    return whole.reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2).reshape(-1, BLOCK, BLOCK)


def _artefacts(blocks: Floats) -> NDArray[np.bool_]:
    """Blocks that have a run of nearly equal pixels on one of their four edges."""
    edges = np.stack([blocks[:, 0], blocks[:, -1], blocks[:, :, 0], blocks[:, :, -1]], axis=1)
    runs = np.lib.stride_tricks.sliding_window_view(edges, RUN, axis=2)
    return np.asarray((runs.std(axis=-1, ddof=1) < FLAT_DEVIATION).any(axis=(1, 2)))


def _noisy(blocks: Floats, variance: Floats) -> NDArray[np.bool_]:
    """Blocks whose deviation is more than twice its relative difference from that of centre over surround.

    The centre is columns 7 and 8, the surround all columns but 7 and 9: the reference leaves these out, and its
    scores are what published figures use.
    """
    deviation = np.sqrt(variance)
    centre = blocks[:, :, 7:9].std(axis=(1, 2), ddof=1)
    surround = np.delete(blocks, (7, 9), axis=2).std(axis=(1, 2), ddof=1)
    ratio = np.divide(centre, surround, out=np.zeros_like(centre), where=surround > 0)
    larger = np.maximum(deviation, ratio)
    difference = np.divide(np.abs(deviation - ratio), larger, out=np.full_like(larger, np.inf), where=larger > 0)
    return np.asarray(deviation > 2 * difference)
