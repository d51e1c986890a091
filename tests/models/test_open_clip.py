"""CLIP on a small random model in the folder format of open_clip repositories, against open_clip itself."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.models.open_clip import OpenClip
from tests.support.tiny_open_clip import COLOURS, TINY, VIT_B_32, folder_of

torch = pytest.importorskip("torch")
open_clip = pytest.importorskip("open_clip")

TEXTS = ["a man who speaks", "", "two women, one of them laughs", "naïve café 你好", "word " * 100]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("clip"), TINY)


@pytest.fixture(scope="module")
def own(folder: Path) -> tuple[Any, Any, Any]:
    """open_clip's own model, transform and tokenizer of the folder."""
    name = f"local-dir:{folder}"
    model, transform = open_clip.create_model_from_pretrained(name)
    return model.eval(), transform, open_clip.get_tokenizer(name)


def noise(height: int, width: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("size", [(64, 64), (200, 120), (37, 301), (1, 1)])
def test_pictures_are_prepared_as_open_clip_does(
    folder: Path, own: tuple[Any, Any, Any], size: tuple[int, int]
) -> None:
    from PIL import Image

    model, transform, _ = own
    picture = noise(*size)
    expected = transform(Image.fromarray(np.ascontiguousarray(picture[:, :, ::-1])))
    clip = OpenClip(folder)
    assert torch.equal(clip.prepare(picture), expected)
    with torch.no_grad():
        vector = model.encode_image(expected[None], normalize=True).numpy()
    assert clip.encode_images([picture]) == pytest.approx(vector, abs=1e-6)


def test_colours_of_the_model_and_of_the_seed(folder: Path) -> None:
    flat = np.full((90, 70, 3), (0, 255, 51), np.uint8)
    clip = OpenClip(folder)
    trained, legacy = (clip.prepare(flat, legacy=kind)[:, 5, 5].tolist() for kind in (False, True))
    rgb = np.array([0.2, 1, 0])
    assert trained == pytest.approx((rgb - COLOURS["mean"]) / COLOURS["std"], abs=1e-5)
    assert legacy == pytest.approx((rgb - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225), abs=1e-5)


def test_the_seed_squashes_where_the_model_cuts(folder: Path) -> None:
    wide = np.zeros((64, 256, 3), np.uint8)
    wide[:, :64] = 255
    clip = OpenClip(folder)
    assert clip.prepare(wide)[0, 32, 0] == clip.prepare(wide)[0, 32, 63]  # white is outside the middle
    squashed = clip.prepare(wide, legacy=True)[0, 32]
    assert squashed[0] > squashed[63]


def test_text_as_open_clip_encodes_it(folder: Path, own: tuple[Any, Any, Any]) -> None:
    model, _, tokenizer = own
    with torch.no_grad():
        expected = model.encode_text(tokenizer(TEXTS), normalize=True).numpy()
    assert OpenClip(folder).encode_text(TEXTS) == pytest.approx(expected, abs=1e-6)


def test_tokens_are_those_of_clip(folder: Path) -> None:
    # Start, "a", "face", end, by CLIP's published vocabulary.
    tokens = OpenClip(folder)._tokenizer(["a face"])[0]
    assert tokens[:5].tolist() == [49406, 320, 1710, 49407, 0]
    assert len(tokens) == 77


def test_a_batch_is_its_items_one_by_one(folder: Path) -> None:
    clip = OpenClip(folder)
    pictures = [noise(90, 60, seed) for seed in range(3)]
    vectors = clip.encode_images(pictures)
    assert vectors.shape == (3, 32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.concatenate([clip.encode_images([one]) for one in pictures]) == pytest.approx(vectors, abs=1e-5)
    texts = clip.encode_text(TEXTS)
    assert np.concatenate([clip.encode_text([one]) for one in TEXTS]) == pytest.approx(texts, abs=1e-5)


def test_nothing_in_nothing_out(folder: Path) -> None:
    clip = OpenClip(folder)
    assert (len(clip.encode_images([])), len(clip.encode_text([]))) == (0, 0)


@pytest.mark.parametrize("lost", ["open_clip_config.json", "open_clip_model.safetensors"])
def test_a_folder_that_lacks_a_file_is_an_error(tmp_path: Path, lost: str) -> None:
    folder_of(tmp_path, TINY)
    (tmp_path / lost).unlink()
    with pytest.raises(ModelError) as error:
        OpenClip(tmp_path)
    assert error.value.reason == "bad_weights"


def test_damaged_weights_are_an_error(tmp_path: Path) -> None:
    folder_of(tmp_path, TINY)
    (tmp_path / "open_clip_model.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(ModelError) as error:
        OpenClip(tmp_path)
    assert error.value.reason == "bad_weights"


@pytest.mark.slow
def test_the_real_architecture_gives_512_numbers(tmp_path: Path) -> None:
    clip = OpenClip(folder_of(tmp_path, VIT_B_32))
    assert clip.encode_images([noise(300, 200)]).shape == (1, 512)
    assert clip.encode_text(["a face"]).shape == (1, 512)
