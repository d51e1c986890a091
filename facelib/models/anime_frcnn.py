"""Faster R-CNN (arXiv:1506.01497) on ResNet-50 and FPN, trained on faces of anime, without keypoints.

The published weights are a checkpoint of MMDetection. torchvision has the network; what differs is put in its place:
anchors that are not rounded, regions that are cut half a pixel more exactly, the order of classes, names of tensors.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from facelib.models import state_dict
from facelib.models.device import CPU, Device, torch
from facelib.models.faces import Faces, Floats
from facelib.models.pictures import Picture

SIDES = (800, 1333)
"""Pictures are brought to a shorter side of 800 px, and at most 1333 px on the longer one."""
MIN_SCORE = 0.05
MAX_OVERLAP = 0.5
TOP = 100
STRIDES = (4, 8, 16, 32, 64)
ANCHOR = 8
"""Side of an anchor in cells."""
RATIOS = (0.5, 1.0, 2.0)
"""Height over width of the anchors of a cell."""
RENAMED = (
    (r"^backbone\.", "backbone.body."),
    (r"^neck\.lateral_convs\.(\d)\.conv\.", r"backbone.fpn.inner_blocks.\1.0."),
    (r"^neck\.fpn_convs\.(\d)\.conv\.", r"backbone.fpn.layer_blocks.\1.0."),
    (r"^rpn_head\.rpn_conv\.", "rpn.head.conv.0.0."),
    (r"^rpn_head\.rpn_cls\.", "rpn.head.cls_logits."),
    (r"^rpn_head\.rpn_reg\.", "rpn.head.bbox_pred."),
    (r"^roi_head\.bbox_head\.shared_fcs\.0\.", "roi_heads.box_head.fc6."),
    (r"^roi_head\.bbox_head\.shared_fcs\.1\.", "roi_heads.box_head.fc7."),
    (r"^roi_head\.bbox_head\.fc_cls\.", "roi_heads.box_predictor.cls_score."),
    (r"^roi_head\.bbox_head\.fc_reg\.", "roi_heads.box_predictor.bbox_pred."),
)
"""MMDetection's names of tensors, and torchvision's."""


class AnimeFrcnn:
    """Finds drawn faces, without keypoints.

    Args:
        weights: the checkpoint ``mmdet_anime-face_faster-rcnn.pth``.
        device: where it runs, in float32.
        threads: CPU threads of torch in this process; 0 leaves them.
        sides: as in :data:`SIDES`.

    Raises:
        ModelError: the file holds another network; reason ``bad_weights``.
    """

    name = "anime_frcnn"
    has_keypoints = False

    def __init__(
        self, weights: Path, *, device: Device = CPU, threads: int = 0, sides: tuple[int, int] = SIDES
    ) -> None:
        self._torch = torch()
        self._device = device.torch_device()
        if threads:
            self._torch.set_num_threads(threads)
        state = from_mmdetection(state_dict.read(weights))
        self._network = state_dict.fill(network(sides), state, weights).to(self._device)

    def detect_batch(self, pictures: Sequence[Picture], *, min_score: float) -> list[Faces]:
        """Find the faces of pictures of one size.

        Args:
            pictures: (h, w, 3) BGR.
            min_score: faces with a lower score (0..1) are left out; those up to 0.05 always are.
        """
        tensors = [
            self._torch.from_numpy(np.ascontiguousarray(picture[:, :, ::-1].transpose(2, 0, 1))) for picture in pictures
        ]
        with self._torch.inference_mode():
            outputs = self._network([tensor.to(self._device).float() / 255 for tensor in tensors])
        found = [Faces.bare(output["boxes"].cpu().numpy(), output["scores"].cpu().numpy()) for output in outputs]
        return [faces.keep(faces.scores >= min_score) for faces in found]


def network(sides: tuple[int, int] = SIDES) -> Any:
    """The network with random weights; ``sides`` as in :data:`SIDES`."""
    from torchvision.models import resnet50
    from torchvision.models.detection.backbone_utils import BackboneWithFPN
    from torchvision.models.detection.faster_rcnn import FasterRCNN

    body = resnet50(weights=None)
    layers = {f"layer{n + 1}": str(n) for n in range(4)}
    made = FasterRCNN(
        BackboneWithFPN(body, layers, [256, 512, 1024, 2048], 256),
        num_classes=2,
        min_size=sides[0],
        max_size=sides[1],
        rpn_pre_nms_top_n_test=1000,
        rpn_post_nms_top_n_test=1000,
        rpn_nms_thresh=0.7,
        box_score_thresh=MIN_SCORE,
        box_nms_thresh=MAX_OVERLAP,
        box_detections_per_img=TOP,
    )
    made.rpn.anchor_generator, made.roi_heads.box_roi_pool = _anchors(), _regions()
    return made


def from_mmdetection(state: Mapping[str, Any]) -> dict[str, Any]:
    """The tensors of a checkpoint of MMDetection as torchvision's network takes them.

    MMDetection counts no face as the last class and has no box for it; torchvision counts it as the first and has one,
    which it never uses.
    """
    named: dict[str, Any] = {}
    for name, tensor in state.items():
        for pattern, wanted in RENAMED:
            name = re.sub(pattern, wanted, name)
        named[name] = tensor
    head = "roi_heads.box_predictor"
    for part in ("weight", "bias"):
        classes, boxes = named.get(f"{head}.cls_score.{part}"), named.get(f"{head}.bbox_pred.{part}")
        if classes is not None and boxes is not None:
            named[f"{head}.cls_score.{part}"] = classes.roll(1, 0)
            named[f"{head}.bbox_pred.{part}"] = torch().cat([torch().zeros_like(boxes), boxes])
    return named


def _anchors() -> Any:
    """Anchors around the corners of cells whose stride does not depend on the size of the picture."""
    module = torch()

    class Anchors(module.nn.Module):  # type: ignore[name-defined, misc]
        def num_anchors_per_location(self) -> list[int]:
            return [len(RATIOS)] * len(STRIDES)

        def forward(self, pictures: Any, levels: list[Any]) -> list[Any]:
            cells = [
                anchors(rows, columns, stride)
                for (rows, columns), stride in zip((level.shape[-2:] for level in levels), STRIDES, strict=True)
            ]
            together = module.from_numpy(np.concatenate(cells)).to(levels[0].device)
            return [together] * len(pictures.image_sizes)

    return Anchors()


def anchors(rows: int, columns: int, stride: int) -> Floats:
    """The anchors of one level.

    Returns:
        (rows × columns × 3, 4) ``x1 y1 x2 y2``, px.

    >>> anchors(1, 1, 4)[1].tolist()
    [-16.0, -16.0, 16.0, 16.0]
    """
    high = np.sqrt(np.array(RATIOS))
    half = np.stack([ANCHOR * stride / high, ANCHOR * stride * high], axis=1) / 2
    y, x = np.mgrid[:rows, :columns].reshape(2, -1, 1) * stride
    corner = np.stack([x, y], axis=-1)
    return np.concatenate([corner - half, corner + half], axis=-1).reshape(-1, 4).astype(np.float32)


def _regions() -> Any:
    """Cuts 7 by 7 out of the level that fits the size of a region, sampled at exact places."""
    from torchvision.ops import roi_align

    module = torch()

    class Regions(module.nn.Module):  # type: ignore[name-defined, misc]
        output_size = (7, 7)

        def forward(self, levels: dict[str, Any], boxes: list[Any], sizes: list[Any]) -> Any:
            pictures = [module.full((len(part), 1), float(n), device=part.device) for n, part in enumerate(boxes)]
            regions = module.cat([module.cat([n, part], 1) for n, part in zip(pictures, boxes, strict=True)])
            side = ((regions[:, 3] - regions[:, 1]) * (regions[:, 4] - regions[:, 2])).clamp(min=0).sqrt()
            chosen = (side / 56 + 1e-6).log2().floor().clamp(0, 3)
            cut = regions.new_zeros(len(regions), 256, *self.output_size)
            for number in range(4):
                here = chosen == number
                level = levels[str(number)]
                cut[here] = roi_align(level, regions[here], (7, 7), 1 / STRIDES[number], sampling_ratio=0, aligned=True)
            return cut

    return Regions()
