"""MTCNN: a cascade of three small networks with five keypoints (Zhang et al. 2016, arXiv:1604.02878)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from facelib.models import state_dict
from facelib.models.device import CPU, Device, torch
from facelib.models.faces import Faces, suppress
from facelib.models.mtcnn_networks import output_network, proposal_network, refinement_network, run
from facelib.models.pictures import Picture, blob

THRESHOLDS = (0.6, 0.7, 0.7)
"""Lowest score of a candidate after each of the networks."""
FACTOR = 0.709
"""From one size of the picture to the next."""
MIN_FACE = 20
CELL, STRIDE = 12, 2
"""Side of what the first network looks at, and its step, px."""
AT_ONCE = 512
"""Candidates that the second and third network take at once."""


class Mtcnn:
    """Finds faces, with keypoints.

    Args:
        pnet, rnet, onet: the state dicts of the three networks, as facenet-pytorch carries them.
        device: where it runs, in float32.
        threads: CPU threads of torch in this process; 0 leaves them.
        min_face: side of the smallest face looked for, px of the picture.
    """

    name = "mtcnn"
    has_keypoints = True

    def __init__(
        self, pnet: Path, rnet: Path, onet: Path, *, device: Device = CPU, threads: int = 0, min_face: int = MIN_FACE
    ) -> None:
        self._torch = torch()
        self._device = device.torch_device()
        self._min_face = min_face
        if threads:
            self._torch.set_num_threads(threads)
        self._networks = [
            state_dict.fill(build(), state_dict.read(path), path).to(self._device)
            for build, path in ((proposal_network, pnet), (refinement_network, rnet), (output_network, onet))
        ]

    def detect_batch(self, pictures: Sequence[Picture], *, min_score: float) -> list[Faces]:
        """Find the faces of pictures of one size.

        Args:
            pictures: (h, w, 3) BGR.
            min_score: faces with a lower score (0..1) are left out; those below 0.7 always are.
        """
        with self._torch.inference_mode():
            batch = self._torch.from_numpy(blob(pictures, rgb=True)).to(self._device)
            proposals = self._propose(batch)
            refined = [self._refine(picture, boxes) for picture, boxes in zip(batch, proposals, strict=True)]
            found = [self._output(picture, boxes) for picture, boxes in zip(batch, refined, strict=True)]
        return [faces.keep(faces.scores >= min_score) for faces in found]

    def _propose(self, batch: Any) -> list[Any]:
        """Squares (n, 4) that may be faces, for each picture: the first network over a pyramid of sizes."""
        functional, ops = self._torch.nn.functional, _ops()
        height, width = batch.shape[2:]
        candidates: list[list[Any]] = [[batch.new_zeros(0, 9)] for _ in batch]
        for scale in pyramid(min(height, width), self._min_face):
            size = (int(height * scale + 1), int(width * scale + 1))
            score, shift = run(self._networks[0], _normal(functional.interpolate(batch, size=size, mode="area")))
            for number, found in enumerate(candidates):
                boxes = _cells(self._torch, shift[number], score[number, 1], scale)
                found.append(boxes[ops.nms(boxes[:, :4], boxes[:, 4], 0.5)])
        squares = []
        for found in candidates:
            boxes = self._torch.cat(found)
            boxes = boxes[ops.nms(boxes[:, :4], boxes[:, 4], 0.7)]
            sides = (boxes[:, 2:4] - boxes[:, :2]).repeat(1, 2)
            squares.append(_square(self._torch, boxes[:, :4] + boxes[:, 5:] * sides))
        return squares

    def _refine(self, picture: Any, boxes: Any) -> Any:
        """The squares that pass the second network, moved as it says."""
        boxes, crops = self._crops(picture, boxes, 24)
        if not len(boxes):
            return boxes
        score, shift = self._run(1, crops)
        passed = score[:, 1] > THRESHOLDS[1]
        boxes, shift, score = boxes[passed], shift[passed], score[passed, 1]
        kept = _ops().nms(boxes, score, 0.7)
        return _square(self._torch, _moved(boxes[kept], shift[kept]))

    def _output(self, picture: Any, boxes: Any) -> Faces:
        """The faces out of the squares that pass the third network."""
        boxes, crops = self._crops(picture, boxes, 48)
        if not len(boxes):
            return Faces(*(np.zeros((0, *shape), np.float32) for shape in ((4,), (), (5, 2))))
        score, shift, points = self._run(2, crops)
        passed = score[:, 1] > THRESHOLDS[2]
        boxes, shift, points, score = boxes[passed], shift[passed], points[passed], score[passed, 1]
        sides = (boxes[:, 2:] - boxes[:, :2] + 1)[:, None]
        # The networks were trained on pixels counted from 1.
        keypoints = self._torch.stack([points[:, :5], points[:, 5:]], dim=2) * sides + boxes[:, None, :2] - 1
        arrays = (_moved(boxes, shift), score, keypoints)
        return suppress(Faces(*(array.cpu().numpy() for array in arrays)), 0.7, edge=1, of_smaller=True)

    def _crops(self, picture: Any, boxes: Any, side: int) -> tuple[Any, Any]:
        """The boxes that lie in the picture, and what they show, scaled to a square."""
        functional = self._torch.nn.functional
        height, width = picture.shape[1:]
        places = boxes.trunc().int().tolist()
        clipped = [(max(x1, 1) - 1, max(y1, 1) - 1, min(x2, width), min(y2, height)) for x1, y1, x2, y2 in places]
        inside = [number for number, (x1, y1, x2, y2) in enumerate(clipped) if x2 > x1 and y2 > y1]
        crops = [
            functional.interpolate(picture[None, :, y1:y2, x1:x2], size=(side, side), mode="area")
            for x1, y1, x2, y2 in (clipped[number] for number in inside)
        ]
        return boxes[inside], _normal(self._torch.cat(crops)) if crops else None

    def _run(self, number: int, crops: Any) -> list[Any]:
        """The outputs of the second or third network."""
        parts = [run(self._networks[number], part) for part in crops.split(AT_ONCE)]
        return [self._torch.cat(part) for part in zip(*parts, strict=True)]


def pyramid(side: int, min_face: int) -> list[float]:
    """The scales at which a picture is looked at.

    Args:
        side: its shorter side, px.
        min_face: side of the smallest face, px; it becomes 12 px.

    >>> [round(scale, 3) for scale in pyramid(40, 20)]
    [0.6, 0.425, 0.302]
    """
    scales = []
    scale = CELL / min_face
    while side * scale >= CELL:
        scales.append(scale)
        scale *= FACTOR
    return scales


def _cells(module: Any, shift: Any, score: Any, scale: float) -> Any:
    """Candidates (n, 9) of one picture at one scale: box in pixels of the picture, score, shift of its edges."""
    places = (score >= THRESHOLDS[0]).nonzero()
    rows, columns = places.unbind(1)
    corner = places.flip(1).to(score.dtype) * STRIDE
    start, end = ((corner + 1) / scale).floor(), ((corner + CELL) / scale).floor()
    return module.cat([start, end, score[rows, columns, None], shift[:, rows, columns].T], dim=1)


def _moved(boxes: Any, shift: Any) -> Any:
    """Boxes whose edges are moved by shares of their sides."""
    return boxes + shift * (boxes[:, 2:] - boxes[:, :2] + 1).repeat(1, 2)


def _square(module: Any, boxes: Any) -> Any:
    """Squares of the larger side around the same centres."""
    sides = boxes[:, 2:] - boxes[:, :2]
    side = sides.amax(dim=1, keepdim=True)
    corner = boxes[:, :2] + sides * 0.5 - side * 0.5
    return module.cat([corner, corner + side], dim=1)


def _normal(pictures: Any) -> Any:
    return (pictures - 127.5) * 0.0078125


def _ops() -> Any:
    from torchvision import ops

    return ops
