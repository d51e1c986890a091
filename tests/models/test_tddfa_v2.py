from pathlib import Path

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.models import tddfa_v2
from facelib.models.head_pose import rotation_matrix
from facelib.models.tddfa_v2 import TddfaV2

onnx = pytest.importorskip("onnx")
BOX = np.array([20, 30, 80, 100], np.float32)
FLIP = np.diag([1.0, -1.0, -1.0])


def write_model(path: Path, *, batch: int | str = "n", parameters: int = 62) -> Path:
    """A tiny network with the inputs and outputs of mb1_120x120.onnx and random weights."""
    from onnx import TensorProto, helper, numpy_helper

    weights = np.random.default_rng(5).normal(size=(3 * 16, parameters)).astype(np.float32)
    nodes = [
        helper.make_node("AveragePool", ["input"], ["a"], kernel_shape=[30, 30], strides=[30, 30]),
        helper.make_node("Flatten", ["a"], ["b"]),
        helper.make_node("MatMul", ["b", "w"], ["output"]),
    ]
    given = helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, 3, 120, 120])
    made = helper.make_tensor_value_info("output", TensorProto.FLOAT, [batch, parameters])
    graph = helper.make_graph(nodes, "tiny", [given], [made], [numpy_helper.from_array(weights, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))
    return path


def parameters_of(yaw: float, pitch: float, roll: float, scale: float = 5e-4) -> np.ndarray:
    """The network's output for a head with this pose: a camera whose y points up, normalised."""
    rows = FLIP @ rotation_matrix(yaw, pitch, roll) @ FLIP * scale
    camera = np.concatenate([rows[0], [60.0], rows[1]])
    whole = np.zeros(62)
    whole[:7] = (camera - tddfa_v2._MEAN) / tddfa_v2._STD
    return whole


@pytest.mark.parametrize("scale", [2e-4, 1e-3])
@pytest.mark.parametrize(
    "pose", [(0, 0, 0), (30, 0, 0), (-30, 0, 0), (0, 20, 0), (0, 0, 15), (40, -10, 25), (-70, 15, -5)]
)
def test_pose_of_a_camera(pose: tuple[float, float, float], scale: float) -> None:
    assert tddfa_v2.pose_of(parameters_of(*pose, scale)) == pytest.approx(pose, abs=1e-6)


def test_mean_parameters_are_a_head_that_looks_ahead() -> None:
    yaw, pitch, roll = tddfa_v2.pose_of(np.zeros(62, np.float32))
    assert abs(yaw) < 1 and abs(pitch) < 6 and abs(roll) < 1


def test_the_box_is_enlarged_and_moved_down() -> None:
    # Mean side 65: the square has int(65 * 1.58) = 102 px and its middle 65 * 0.14 = 9.1 px below the box's.
    assert tddfa_v2.square_of_box(BOX) == pytest.approx((-1, 23.1, 101, 125.1))


@pytest.mark.parametrize(("side", "used"), [(20, False), (31.7, False), (31.9, True), (200, True)])
def test_points_that_shrank_give_way_to_the_box(side: float, used: bool) -> None:
    # The square around points of side s has the area 2 s²; 2020 px² is a side of 31.78 px.
    points = np.array([[0, 0], [side, side / 2]], np.float32)
    assert tddfa_v2.seen(points) is used
    x1, y1, x2, y2 = tddfa_v2.square_of_points(points)
    assert (x2 - x1, y2 - y1) == pytest.approx((side * 2**0.5, side * 2**0.5))


def test_unknown_points_give_way_to_the_box() -> None:
    assert not tddfa_v2.seen(np.full((68, 2), np.nan, np.float32))


@pytest.mark.parametrize(
    ("square", "black"), [((0, 0, 120, 120), 0), ((-60, 0, 60, 120), 0.5), ((500, 500, 620, 620), 1)]
)
def test_a_crop_is_black_outside_the_picture(square: tuple[float, ...], black: float) -> None:
    picture = np.full((120, 120, 3), 200, np.uint8)
    crop = tddfa_v2.crop(picture, square)  # type: ignore[arg-type]
    assert crop.shape == (120, 120, 3)
    assert (crop == 0).mean() == pytest.approx(black)


@pytest.mark.parametrize("batch", ["n", 1])
def test_batch_of_n_is_n_batches_of_one(batch: int | str, tmp_path: Path) -> None:
    model = TddfaV2(write_model(tmp_path / "mb1_120x120.onnx", batch=batch), threads=1)
    pictures = [np.random.default_rng(seed).integers(0, 256, (120, 110, 3), dtype=np.uint8) for seed in range(3)]
    points = np.full((3, 68, 2), np.nan, np.float32)
    points[1] = np.random.default_rng(9).uniform(20, 90, (68, 2))
    poses = model.poses(pictures, np.tile(BOX, (3, 1)), points)
    assert poses.shape == (3, 3) and poses.dtype == np.float32 and np.isfinite(poses).all()
    for number, picture in enumerate(pictures):
        one = model.poses([picture], BOX[None], points[number : number + 1])
        assert one[0] == pytest.approx(poses[number], abs=1e-3)


def test_pixels_are_bgr_from_minus_one_to_one(tmp_path: Path) -> None:
    from onnx import numpy_helper

    path = write_model(tmp_path / "mb1_120x120.onnx")
    picture = np.zeros((200, 200, 3), np.uint8)
    picture[:] = (10, 100, 250)
    box = np.array([60, 60, 120, 120], np.float32)
    weights = numpy_helper.to_array(onnx.load(str(path)).graph.initializer[0])
    expected = np.repeat((np.array([10, 100, 250]) - 127.5) / 128, 16) @ weights
    found = TddfaV2(path, threads=1).poses([picture], box[None], np.full((1, 68, 2), np.nan, np.float32))[0]
    assert found == pytest.approx(tddfa_v2.pose_of(expected), abs=1e-2)


def test_another_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="3DDFA_V2"):
        TddfaV2(write_model(tmp_path / "other.onnx", parameters=101), threads=1)
