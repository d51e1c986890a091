"""What holds for every face recognition model."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facelib.models import identity
from facelib.models.alignment import TEMPLATE
from facelib.models.identity import KINDS, LANDMARKS, IdentityKind, IdentityModel
from facelib.models.registry import ENTRIES, Weights
from tests.support import tiny_identity

WRITERS: dict[str, Callable[[Path], Path]] = {
    "arcface": tiny_identity.arcface_onnx,
    "arcface_ir_se50": tiny_identity.ir_se50_file,
    "facenet_vggface2": tiny_identity.facenet_file,
    "anime_vit_b16": lambda path: tiny_identity.anime_vit_file(path, dim=64, depth=2),
}
"""One of each family; real architectures but for the vision transformer, which has sizes of its own here."""


@pytest.fixture(scope="module", params=["dlib", *WRITERS])
def model(request: pytest.FixtureRequest, lite_models: Path, tmp_path_factory: pytest.TempPathFactory) -> IdentityModel:
    choice, files = request.param, Weights(lite_models)
    if choice == "dlib":
        return identity.make(choice, files.file)
    pytest.importorskip("torch")
    path = WRITERS[choice](tmp_path_factory.mktemp(choice) / "weights")
    known = KINDS[choice]
    with pytest.MonkeyPatch.context() as patch:
        if choice == "anime_vit_b16":
            patch.setitem(KINDS, choice, IdentityKind(known.weights, 64, known.metric, known.same_person, known.side))
        return identity.make(choice, lambda name: files.file(name) if name == LANDMARKS else path, threads=1)


def faces(count: int) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Noise with keypoints where a face would have them."""
    numbers = np.random.default_rng(2)
    pictures = [numbers.integers(0, 256, (200 + 10 * n, 220, 3)).astype(np.uint8) for n in range(count)]
    moved = [(TEMPLATE + 40 + 3 * n).astype(np.float32) for n in range(count)]
    boxes = [(50 + 3 * n, 50 + 3 * n, 142 + 3 * n, 152 + 3 * n) for n in range(count)]
    return pictures, np.array(boxes, np.float32), np.stack(moved)


def test_a_batch_gives_what_its_faces_give_one_by_one(model: IdentityModel) -> None:
    pictures, boxes, points = faces(3)
    together = model.embed(pictures, boxes, points)
    alone = [model.embed([pictures[n]], boxes[n : n + 1], points[n : n + 1])[0] for n in range(3)]
    assert together.shape == (3, model.dim) and together.dtype == np.float32
    assert np.abs(together - np.stack(alone)).max() < 1e-5
    assert np.abs(together[0] - together[1]).max() > 1e-3


def test_vectors_compared_by_their_angle_have_length_1(model: IdentityModel) -> None:
    if model.metric == "cosine":
        assert np.linalg.norm(model.embed(*faces(2)), axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert model.metric in ("l2", "cosine") and model.same_person > 0


def test_no_faces_give_no_vectors(model: IdentityModel) -> None:
    none = model.embed([], np.zeros((0, 4), np.float32), np.zeros((0, 5, 2), np.float32))
    assert none.shape == (0, model.dim)


@pytest.mark.parametrize("box", [(50, 50, 142, 152), (-20, -20, 70, 70), (190, 190, 300, 300)])
def test_a_face_without_keypoints_gets_a_vector_even_at_the_edge(model: IdentityModel, box: tuple[int, ...]) -> None:
    pictures, _, points = faces(1)
    vectors = model.embed(pictures, np.array([box], np.float32), np.full_like(points, np.nan))
    assert vectors.shape == (1, model.dim) and np.isfinite(vectors).all()


def test_an_area_is_looked_at_instead_of_the_aligned_face(
    model: IdentityModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures, boxes, points = faces(1)
    changed = [pictures[0].copy()]
    changed[0][:, 106:] = 0
    monkeypatch.setattr(model, "area", (0.0, 0.0, 0.4, 1.0))
    assert np.array_equal(model.embed(pictures, boxes, points), model.embed(changed, boxes, points))
    monkeypatch.setattr(model, "area", (0.0, 0.0, 1.0, 1.0))
    assert not np.array_equal(model.embed(pictures, boxes, points), model.embed(changed, boxes, points))


def test_every_model_is_in_the_registry_and_only_lite_ones_may_be_used_freely() -> None:
    for choice in KINDS:
        for name in identity.weights_of(choice):
            assert ENTRIES[name].commercial == (ENTRIES[name].profile == "lite")
    assert {ENTRIES[name].profile for name in identity.weights_of("dlib")} == {"lite"}
