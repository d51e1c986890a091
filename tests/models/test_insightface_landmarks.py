from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.models.insightface_landmarks import InsightfaceLandmarks

onnx = pytest.importorskip("onnx")
SIDE = 48


def write_model(path: Path, *, own_normalisation: bool = False, numbers: int = 3309, batch: int | str = "n") -> Path:
    """A tiny network with the inputs and outputs of 1k3d68 and random weights."""
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(7)
    weights = {
        "w": (rng.normal(size=(3 * 9, numbers)) * 0.2).astype(np.float32),
        "zero": np.float32([0.5]),
        "one": np.float32([0.02 if own_normalisation else 1.0]),
        "shape": np.array([-1, 27], np.int64),
    }
    nodes = [
        helper.make_node("Sub", ["data", "zero"], ["a"], name="Sub0" if own_normalisation else "first"),
        helper.make_node("Mul", ["a", "one"], ["b"], name="Mul0" if own_normalisation else "second"),
        helper.make_node(
            "AveragePool", ["b"], ["c"], kernel_shape=[SIDE // 3] * 2, strides=[SIDE // 3] * 2, name="pool"
        ),
        helper.make_node("Reshape", ["c", "shape"], ["d"], name="flat"),
        helper.make_node("MatMul", ["d", "w"], ["fc1"], name="fc1"),
    ]
    given = helper.make_tensor_value_info("data", TensorProto.FLOAT, [batch, 3, SIDE, SIDE])
    made = helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [1 if batch == 1 else "n", numbers])
    constants = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "tiny", [given], [made], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))
    return path


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.integers(0, 256, (90, 120, 3), dtype=np.uint8) for _ in range(3)]


BOXES = np.array([[20, 10, 80, 85], [-15.5, 30.2, 40.7, 70.1], [60, 40, 140, 100]], np.float32)
NONE = np.full((3, 5, 2), np.nan, np.float32)


@pytest.mark.parametrize("own_normalisation", [False, True])
@pytest.mark.parametrize("batch", ["n", 1])
def test_points_are_those_of_insightface(
    own_normalisation: bool, batch: int | str, pictures: list[np.ndarray], tmp_path: Path
) -> None:
    landmark = pytest.importorskip("insightface.model_zoo.landmark")
    weights = write_model(tmp_path / "1k3d68.onnx", own_normalisation=own_normalisation, batch=batch)
    reference = landmark.Landmark(str(weights))
    ours = InsightfaceLandmarks(weights, threads=1).solid(pictures, BOXES)

    class Face(SimpleNamespace):
        def __setitem__(self, name: str, value: object) -> None:
            setattr(self, name, value)

    for picture, box, points in zip(pictures, BOXES, ours, strict=True):
        expected = reference.get(picture, Face(bbox=box))
        assert points == pytest.approx(expected, abs=0.02), "px"


def test_batch_of_n_is_n_batches_of_one(pictures: list[np.ndarray], tmp_path: Path) -> None:
    model = InsightfaceLandmarks(write_model(tmp_path / "1k3d68.onnx"), threads=1)
    points, scores = model.points(pictures, BOXES, NONE)
    assert points.shape == (3, 68, 2) and points.dtype == np.float32 and scores.tolist() == [1, 1, 1]
    for number, picture in enumerate(pictures):
        one = model.points([picture], BOXES[number : number + 1], NONE[:1])[0]
        assert one[0] == pytest.approx(points[number], abs=1e-5 * 120)


def test_a_picture_of_nothing_scores_nothing(tmp_path: Path) -> None:
    model = InsightfaceLandmarks(write_model(tmp_path / "1k3d68.onnx"), threads=1)
    assert model.points([np.zeros((90, 120, 3), np.uint8)], BOXES[:1], NONE[:1])[1].tolist() == [0]


def test_no_picture_gives_no_points(tmp_path: Path) -> None:
    model = InsightfaceLandmarks(write_model(tmp_path / "1k3d68.onnx"), threads=1)
    assert model.points([], BOXES[:0], NONE[:0])[0].shape == (0, 68, 2)


def test_another_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="1k3d68"):
        InsightfaceLandmarks(write_model(tmp_path / "2d106det.onnx", numbers=106), threads=1)
