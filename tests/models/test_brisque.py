"""BRISQUE with its authors' model against pyiqa's computation."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.models.brisque import Brisque, features


def picture(height: int, width: int, *, noise: float = 6, blur: float = 0) -> np.ndarray:
    rng = np.random.default_rng(height + width)
    small = rng.uniform(20, 235, (height // 8 + 1, width // 8 + 1, 3))
    shown = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) + rng.normal(0, noise, (height, width, 3))
    shown = np.clip(shown, 0, 255).astype(np.uint8)
    return cv2.GaussianBlur(shown, (0, 0), blur) if blur else shown


@pytest.fixture(scope="module")
def model(weight_file: Callable[[str], Path]) -> Brisque:
    return Brisque(weight_file("brisque"))


@pytest.mark.parametrize("size", [(64, 64), (65, 90), (120, 201)])
@pytest.mark.parametrize("change", [{}, {"noise": 30}, {"blur": 1.5}])
def test_scores_are_those_of_pyiqa(model: Brisque, size: tuple[int, int], change: dict[str, float]) -> None:
    torch = pytest.importorskip("torch")
    reference = pytest.importorskip("pyiqa.archs.brisque_arch")
    shown = picture(*size, **change)
    batch = torch.from_numpy(np.ascontiguousarray(shown[:, :, ::-1])).permute(2, 0, 1)[None].double() / 255
    coefficients, vectors = torch.from_numpy(model._coefficients), torch.from_numpy(model._vectors)
    expected = reference.brisque(batch, sv_coef=coefficients, sv=vectors).item()
    # The reference keeps its filters in single precision.
    assert model.score([shown])[0] == pytest.approx(expected, abs=0.05)


def test_the_two_scales_have_18_features_each() -> None:
    assert features(picture(64, 80)).shape == (36,)


def test_blur_and_noise_are_worse(model: Brisque) -> None:
    clean, noisy, blurred = model.score([picture(200, 200, **change) for change in ({}, {"noise": 60}, {"blur": 3})])
    assert clean < noisy
    assert clean < blurred


@pytest.mark.parametrize(
    "shown", [np.full((64, 64, 3), 9, np.uint8), picture(15, 80), picture(80, 15), np.zeros((1, 1, 3), np.uint8)]
)
def test_flat_and_small_pictures_have_no_score(model: Brisque, shown: np.ndarray) -> None:
    assert np.isnan(model.score([shown])[0])


def test_squashed_pictures_are_of_one_size(model: Brisque) -> None:
    shown = picture(300, 260)
    resized = cv2.resize(shown, (224, 224), interpolation=cv2.INTER_AREA)
    assert model.score([shown], squash=True)[0] == model.score([resized])[0]


@pytest.mark.parametrize(
    "content", ["", "svm_type epsilon_svr\nSV\n", "kernel_type linear\ngamma 1\nrho 0\nSV\n1 1:1\n"]
)
def test_another_file_is_an_error(tmp_path: Path, content: str) -> None:
    bad = tmp_path / "allmodel"
    bad.write_text(content)
    with pytest.raises(ModelError) as error:
        Brisque(bad)
    assert error.value.reason == "bad_weights"


def test_a_file_that_was_cut_off_is_an_error(tmp_path: Path, weight_file: Callable[[str], Path]) -> None:
    bad = tmp_path / "allmodel"
    bad.write_bytes(weight_file("brisque").read_bytes()[:100_000])
    with pytest.raises(ModelError):
        Brisque(bad)
