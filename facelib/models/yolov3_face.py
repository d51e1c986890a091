"""YOLOv3 trained on faces (WIDER FACE), without keypoints."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from facelib.models import state_dict
from facelib.models.darknet53 import from_darknet, network, run
from facelib.models.device import CPU, Device, torch
from facelib.models.faces import Faces, Floats, suppress
from facelib.models.pictures import Picture, blob, resized

SIDE = 608
"""Pictures are fitted into a square of this side, px."""
STRIDES = (32, 16, 8)
ANCHORS = (
    ((116, 90), (156, 198), (373, 326)),
    ((30, 61), (62, 45), (59, 119)),
    ((10, 13), (16, 30), (33, 23)),
)
"""Width and height of the anchors at each stride, px."""
MIN_OBJECTNESS = 0.005
MIN_CLASS = 0.05
MAX_OVERLAP = 0.45
TOP = 100


class Yolov3Face:
    """Finds faces, without keypoints.

    Args:
        weights: a checkpoint with names as in MMDetection, such as ``yolov3-wider_16000.pt`` of video-to-faces, or a
            ``.weights`` file of darknet, such as ``yolov3-wider_16000.weights`` of yoloface.
        device: where it runs, in float32.
        threads: CPU threads of torch in this process; 0 leaves them.
        width: channels of the first layer of the network.

    Raises:
        ModelError: the file holds another network; reason ``bad_weights``.
    """

    name = "yolov3_face"
    has_keypoints = False

    def __init__(self, weights: Path, *, device: Device = CPU, threads: int = 0, width: int = 32) -> None:
        self._torch = torch()
        self._device = device.torch_device()
        if threads:
            self._torch.set_num_threads(threads)
        net = network(width)
        state = from_darknet(weights, net) if weights.suffix == ".weights" else state_dict.read(weights)
        self._network = state_dict.fill(net, state, weights).to(self._device)

    def detect_batch(self, pictures: Sequence[Picture], *, min_score: float) -> list[Faces]:
        """Find the faces of pictures of one size.

        Args:
            pictures: (h, w, 3) BGR.
            min_score: faces with a lower score (0..1), the product of objectness and class, are left out.
        """
        height, width = pictures[0].shape[:2]
        scale = min(SIDE / width, SIDE / height)
        size = (max(1, int(width * scale + 0.5)), max(1, int(height * scale + 0.5)))
        batch = blob(resized(pictures, size), multiple=32, rgb=True, std=(255.0,) * 3)
        with self._torch.inference_mode():
            maps = run(self._network, self._torch.from_numpy(batch).to(self._device))
        levels = [level.cpu().numpy() for level in maps]
        ratio = np.tile(np.array([width, height], np.float32) / np.array(size, np.float32), 2)
        found = []
        for number in range(len(pictures)):
            parts = [
                decode(level[number], stride, anchors)
                for level, stride, anchors in zip(levels, STRIDES, ANCHORS, strict=True)
            ]
            boxes, scores = zip(*parts, strict=True)
            faces = suppress(Faces.bare(np.concatenate(boxes), np.concatenate(scores)), MAX_OVERLAP, most=TOP)
            faces = faces.keep(faces.scores >= min_score)
            found.append(Faces.bare((faces.boxes * ratio).astype(np.float32), faces.scores))
        return found


def decode(level: Floats, stride: int, anchors: Sequence[tuple[int, int]]) -> tuple[Floats, Floats]:
    """The candidates of one map.

    Args:
        level: (18, rows, columns): for each anchor x, y, width, height, objectness and class, before their functions.
        stride: pixels of a cell.
        anchors: width and height, px.

    Returns:
        (n, 4) ``x1 y1 x2 y2`` px and (n,) scores of those that pass both thresholds.
    """
    rows, columns = level.shape[1:]
    numbers = level.reshape(len(anchors), 6, rows, columns).transpose(2, 3, 0, 1)
    objectness, face = (1 / (1 + np.exp(-numbers[..., n])) for n in (4, 5))
    y, x, anchor = np.nonzero((objectness >= MIN_OBJECTNESS) & (face > MIN_CLASS))
    chosen = numbers[y, x, anchor]
    centre = (np.stack([x, y], axis=1) + 1 / (1 + np.exp(-chosen[:, :2]))) * stride
    half = np.exp(chosen[:, 2:4]) * np.array(anchors, np.float32)[anchor] / 2
    boxes = np.concatenate([centre - half, centre + half], axis=1)
    return boxes.astype(np.float32), (objectness * face)[y, x, anchor].astype(np.float32)
