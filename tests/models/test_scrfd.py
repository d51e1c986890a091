"""SCRFD on a tiny random network with the inputs and outputs of ``det_10g.onnx``, against InsightFace itself."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from facelib.errors import ModelError
from facelib.models.scrfd import STRIDES, Scrfd

SIDE = 64


def write_network(path: Path, *, kinds: int = 3, batched: bool = False) -> Path:
    """One convolution a stride for scores, boxes and keypoints; each output (cells × 2, 1, 4 or 10)."""
    random = np.random.default_rng(1)
    nodes, initializers, outputs = [], [], []
    for kind, wide in (("score", 1), ("bbox", 4), ("kps", 10))[:kinds]:
        for stride in STRIDES:
            name = f"{kind}_{stride}"
            weight = random.normal(0, 1.5 if kind == "score" else 0.4, (2 * wide, 3, stride, stride)) / stride
            initializers.append(numpy_helper.from_array(weight.astype(np.float32), f"{name}_w"))
            shape = np.array([0, -1, wide] if batched else [-1, wide], np.int64)
            initializers.append(numpy_helper.from_array(shape, f"{name}_shape"))
            nodes.append(helper.make_node("Conv", ["input.1", f"{name}_w"], [f"{name}_c"], strides=[stride, stride]))
            nodes.append(helper.make_node("Transpose", [f"{name}_c"], [f"{name}_t"], perm=[0, 2, 3, 1]))
            last = "Sigmoid" if kind == "score" else "Abs" if kind == "bbox" else "Identity"
            nodes.append(helper.make_node("Reshape", [f"{name}_t", f"{name}_shape"], [f"{name}_r"]))
            nodes.append(helper.make_node(last, [f"{name}_r"], [name]))
            dims = ["n", "cells", wide] if batched else ["cells", wide]
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, dims))
    first = "n" if batched else 1
    given = helper.make_tensor_value_info("input.1", TensorProto.FLOAT, [first, 3, "h", "w"])
    graph = helper.make_graph(nodes, "scrfd", [given], outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path


def picture(number: int, height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(number).integers(0, 256, (height, width, 3))
    return noise.astype(np.uint8)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (36, 64), (50, 41), (100, 177)])
def test_the_same_faces_as_insightface(tmp_path: Path, height: int, width: int) -> None:
    reference_module = pytest.importorskip("insightface.model_zoo.scrfd")
    path = write_network(tmp_path / "det.onnx")
    reference = reference_module.SCRFD(str(path))
    reference.prepare(-1, input_size=(SIDE, SIDE), det_thresh=0.6)
    image = picture(height, height, width)
    wanted, keypoints = reference.detect(image)
    (found,) = Scrfd(path, threads=1, side=SIDE).detect_batch([image], min_score=0.6)
    assert len(found) == len(wanted) > 0
    assert found.boxes == pytest.approx(wanted[:, :4], abs=1e-3)
    assert found.scores == pytest.approx(wanted[:, 4], abs=1e-5)
    assert found.keypoints == pytest.approx(keypoints, abs=1e-3)


@pytest.mark.parametrize("batched", [False, True])
def test_a_batch_gives_what_its_pictures_give_alone(tmp_path: Path, batched: bool) -> None:
    detector = Scrfd(write_network(tmp_path / "det.onnx", batched=batched), threads=1, side=SIDE)
    images = [picture(number, 40, 64) for number in range(3)]
    together = detector.detect_batch(images, min_score=0.6)
    for one, image in zip(together, images, strict=True):
        (alone,) = detector.detect_batch([image], min_score=0.6)
        assert len(one) and one.boxes == pytest.approx(alone.boxes, abs=1e-4)
        assert one.keypoints == pytest.approx(alone.keypoints, abs=1e-4)


def test_a_network_without_keypoints_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="6 outputs") as caught:
        Scrfd(write_network(tmp_path / "det.onnx", kinds=2), threads=1)
    assert caught.value.reason == "bad_weights"
