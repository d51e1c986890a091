"""PIQE against pyiqa's."""

import cv2
import numpy as np
import pytest

from facelib.models.quality.piqe import piqe


def picture(kind: str, height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(height + width)
    small = rng.uniform(0, 255, (height // 8 + 1, width // 8 + 1, 3))
    smooth = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    if kind == "noisy":
        smooth = smooth + rng.normal(0, 25, smooth.shape)
    if kind == "dark":
        smooth = smooth / 4
    smooth = np.clip(smooth, 0, 255).astype(np.uint8)
    if kind == "coded":
        smooth = cv2.imdecode(cv2.imencode(".jpg", smooth, [cv2.IMWRITE_JPEG_QUALITY, 8])[1], cv2.IMREAD_COLOR)
    return smooth


@pytest.mark.parametrize("kind", ["smooth", "noisy", "dark", "coded"])
@pytest.mark.parametrize("size", [(64, 64), (65, 90), (33, 47), (120, 200)])
def test_scores_are_those_of_pyiqa(kind: str, size: tuple[int, int]) -> None:
    torch = pytest.importorskip("torch")
    reference = pytest.importorskip("pyiqa.archs.piqe_arch")
    shown = picture(kind, *size)
    batch = torch.from_numpy(np.ascontiguousarray(shown[:, :, ::-1])).permute(2, 0, 1)[None].double() / 255
    # The reference keeps its filter in single precision.
    assert piqe(shown) == pytest.approx(reference.piqe(batch)[0].item(), abs=0.01)


def test_the_two_distortions_order_as_they_should() -> None:
    assert piqe(picture("coded", 120, 200)) > piqe(picture("noisy", 120, 200))


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_picture_is_the_worst(level: int) -> None:
    assert piqe(np.full((48, 48, 3), level, np.uint8)) == 100


@pytest.mark.parametrize("size", [(15, 40), (40, 15), (1, 1)])
def test_less_than_a_block_has_no_score(size: tuple[int, int]) -> None:
    assert np.isnan(piqe(np.zeros((*size, 3), np.uint8)))
