"""OpenNSFW: a score for pictures not safe for work, and the vector before it (Mahadeokar and Pesavento 2016)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from facelib.distances import unit
from facelib.errors import ModelError
from facelib.models.device import CPU, Device
from facelib.models.faces import Floats
from facelib.models.pictures import Picture

RESIZED, SIDE = 256, 224
MEAN_BGR = np.array([104, 117, 123], np.float32)


class OpenNsfw:
    """Scores pictures and makes vectors of them.

    Args:
        weights: the ONNX file.
        device: where it runs.
        threads: CPU threads; 0 lets the runtime choose.

    Raises:
        ModelError: the graph does not end in a fully connected layer and a softmax; reason ``bad_weights``.
    """

    metric = "cosine"

    def __init__(self, weights: Path, *, device: Device = CPU, threads: int = 0) -> None:
        self._session = device.session(with_penultimate(weights), threads)
        self._input = self._session.get_inputs()[0].name

    def run(self, pictures: Sequence[Picture]) -> tuple[Floats, Floats]:
        """Score some pictures.

        Args:
            pictures: each (h, w, 3) BGR, of any size.

        Returns:
            ((n,) score 0..1, (n, d) L2-normalised vectors of the layer before the last; d is 1024).
        """
        if not pictures:
            return np.zeros(0, np.float32), np.zeros((0, 0), np.float32)
        predictions, vectors = self._session.run(None, {self._input: np.stack([prepare(one) for one in pictures])})
        return predictions[:, 1].astype(np.float32), unit(vectors)

    def encode_images(self, pictures: Sequence[Picture]) -> Floats:
        """The vectors of :meth:`run` alone."""
        return self.run(pictures)[1]


def prepare(picture: Picture) -> Floats:
    """A BGR picture as the network takes it: 256 by 256, its middle 224 by 224, less the mean colour, (224, 224, 3).

    The whole picture is squashed. Shrinking averages areas, as the authors' filter does. Their pass through JPEG, which
    changes a level or two, is left out.
    """
    import cv2

    shrinks = min(picture.shape[:2]) >= RESIZED
    resized = cv2.resize(picture, (RESIZED, RESIZED), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    start = (RESIZED - SIDE) // 2
    return np.asarray(resized[start : start + SIDE, start : start + SIDE].astype(np.float32) - MEAN_BGR)


def with_penultimate(weights: Path) -> bytes:
    """The graph with the input of its last fully connected layer as a second output.

    Raises:
        ModelError: there is no such layer; reason ``bad_weights``.
    """
    import onnx

    model = onnx.load(str(weights))
    makers = {name: node for node in model.graph.node for name in node.output}
    node = makers.get(model.graph.output[0].name)
    # Softmax, the bias, then the product with the weights.
    while node is not None and node.op_type in ("Softmax", "Add", "Identity"):
        node = next((makers[name] for name in node.input if name in makers), None)
    if node is None or node.op_type not in ("MatMul", "Gemm"):
        raise ModelError(
            f"{weights.name} does not end in a fully connected layer and a softmax",
            hint="fetch it again: facelib models fetch opennsfw",
            reason="bad_weights",
        )
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(node.input[0]))
    return bytes(model.SerializeToString())
