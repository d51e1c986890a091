"""CenterFace: a small face detector with five keypoints (Xu et al. 2019, arXiv:1911.03599)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from facelib.models.device import CPU, Device
from facelib.models.faces import Faces, Floats, suppress
from facelib.models.pictures import Picture, blob

STRIDE = 4
"""One cell of the output maps stands for 4 by 4 pixels of the input."""
MULTIPLE = 32
"""The network halves its input five times."""
MAX_OVERLAP = 0.3


class CenterFace:
    """Finds faces of 20 px and more, with keypoints.

    Args:
        weights: the ONNX file.
        device: where it runs.
        threads: CPU threads; 0 lets the runtime choose.
    """

    name = "centerface"
    has_keypoints = True

    def __init__(self, weights: Path, *, device: Device = CPU, threads: int = 0) -> None:
        self._session = device.session(_any_size(weights), threads)
        self._input = self._session.get_inputs()[0].name

    def detect(self, picture: Picture, *, min_score: float = 0.5) -> Faces:
        """Find the faces of one picture; see :meth:`detect_batch`."""
        return self.detect_batch([picture], min_score=min_score)[0]

    def detect_batch(self, pictures: Sequence[Picture], *, min_score: float = 0.5) -> list[Faces]:
        """Find the faces of pictures of one size.

        Args:
            pictures: (h, w, 3) BGR. Scale them so that your faces are 20 px and more.
            min_score: faces with a lower score (0..1) are left out.
        """
        height, width = pictures[0].shape[:2]
        maps = self._session.run(None, {self._input: blob(pictures, multiple=MULTIPLE, rgb=True)})
        return [
            decode(heat[0], scale, offset, landmarks, size=(width, height), min_score=min_score)
            for heat, scale, offset, landmarks in zip(*maps, strict=True)
        ]


def decode(
    heat: Floats, scale: Floats, offset: Floats, landmarks: Floats, *, size: tuple[int, int], min_score: float
) -> Faces:
    """Turn the four output maps into faces.

    Args:
        heat: (h, w) score of a face's centre in each cell.
        scale: (2, h, w) logarithm of height and width in cells.
        offset: (2, h, w) y and x of the centre within its cell.
        landmarks: (10, h, w) y and x of each keypoint, as fractions of the box from its upper left corner.
        size: width and height of the picture; boxes are clipped to it.
        min_score: lowest score.
    """
    rows, columns = np.nonzero(heat >= min_score)
    tall, wide = (np.exp(scale[axis, rows, columns]) * STRIDE for axis in (0, 1))
    top = (rows + offset[0, rows, columns] + 0.5) * STRIDE - tall / 2
    left = (columns + offset[1, rows, columns] + 0.5) * STRIDE - wide / 2
    points = landmarks[:, rows, columns].reshape(5, 2, -1)
    keypoints = np.stack([points[:, 1] * wide + left, points[:, 0] * tall + top], axis=-1).transpose(1, 0, 2)
    boxes = np.stack([left, top, left + wide, top + tall], axis=1)
    boxes = np.clip(boxes, 0, np.array([*size, *size]))
    faces = Faces(boxes.astype(np.float32), heat[rows, columns], keypoints.astype(np.float32))
    return suppress(faces, MAX_OVERLAP)


def _any_size(weights: Path) -> bytes:
    """The network with batch and size left open.

    The published graph has a fixed input shape and lists its weights as inputs, which also keeps the runtime from
    merging normalisation into convolutions.
    """
    import onnx

    model = onnx.load(str(weights))
    initial = {tensor.name for tensor in model.graph.initializer}
    inputs = [tensor for tensor in model.graph.input if tensor.name not in initial]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    for axis, name in ((0, "batch"), (2, "height"), (3, "width")):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_param = name
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    content: bytes = model.SerializeToString()
    return content
