"""OpenNSFW: its real weights, and what precedes them by hand."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.media.grid import GridReader
from facelib.media.picture import Picture, to_bgr
from facelib.models.opennsfw import MEAN_BGR, OpenNsfw, prepare, with_penultimate


def noise(height: int, width: int, seed: int = 1) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def model(weight_file: Callable[[str], Path]) -> OpenNsfw:
    return OpenNsfw(weight_file("opennsfw"), threads=1)


@pytest.fixture(scope="module")
def faces(media_dir: Path) -> list[Picture]:
    return [first for name in ("talker_a", "talker_b") for first in _first(media_dir / f"{name}.mp4")]


def _first(path: Path) -> Iterator[Picture]:
    with GridReader(path, stop=1) as reader:
        for shown in reader:
            yield to_bgr(shown.frame)


@pytest.mark.parametrize("size", [(256, 256), (512, 300), (1, 1), (37, 801)])
def test_a_picture_is_squashed_cut_and_centred(size: tuple[int, int]) -> None:
    flat = np.full((*size, 3), (10, 20, 30), np.uint8)
    found = prepare(flat)
    assert found.shape == (224, 224, 3)
    assert found.dtype == np.float32
    assert (found == np.array([10, 20, 30], np.float32) - MEAN_BGR).all()


def test_the_middle_is_taken_unscaled_at_the_native_size() -> None:
    picture = noise(256, 256)
    assert (prepare(picture) + MEAN_BGR == picture[16:240, 16:240]).all()


def test_scores_and_vectors(model: OpenNsfw, faces: list[Picture]) -> None:
    scores, vectors = model.run(faces)
    assert scores.shape == (2,)
    assert scores.max() < 0.1  # two people who talk
    assert vectors.shape == (2, 1024)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_batch_is_its_pictures_one_by_one(model: OpenNsfw) -> None:
    pictures = [noise(90, 120, seed) for seed in range(3)]
    scores, vectors = model.run(pictures)
    single = [model.run([picture]) for picture in pictures]
    assert np.concatenate([one for one, _ in single]) == pytest.approx(scores, abs=1e-5)
    assert np.concatenate([one for _, one in single]) == pytest.approx(vectors, abs=1e-5)


def test_the_vector_is_what_the_last_layer_sees(model: OpenNsfw, weight_file: Callable[[str], Path]) -> None:
    """The score, computed again from the vector by the weights in the graph."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(weight_file("opennsfw"))).graph
    values = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    kernel = next(one for one in values.values() if one.shape == (1024, 2))
    bias = next(one for one in values.values() if one.shape == (2,))
    picture = noise(300, 200)
    raw = model._session.run(None, {model._input: prepare(picture)[None]})[1]
    logits = raw @ kernel + bias
    expected = np.exp(logits[:, 1]) / np.exp(logits).sum(axis=1)
    assert model.run([picture])[0] == pytest.approx(expected, abs=1e-5)


def test_no_picture_no_score(model: OpenNsfw) -> None:
    assert len(model.run([])[0]) == 0


def test_another_graph_is_an_error(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "other", [value], [out])
    onnx.save(helper.make_model(graph), str(tmp_path / "other.onnx"))
    with pytest.raises(ModelError, match="does not end") as error:
        with_penultimate(tmp_path / "other.onnx")
    assert error.value.reason == "bad_weights"
