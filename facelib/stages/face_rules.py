"""Which of the faces that a detector found are kept."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from facelib.models.faces import Faces, Floats
from facelib.stages.base import Reject
from facelib.stages.detect_params import DetectParams

EDGES = ("x1", "y1", "x2", "y2")


@dataclass(frozen=True)
class Rule:
    """A measure of a face against its threshold; ``broken`` where the face is to be rejected."""

    reason: str
    measured: float
    threshold: float
    unit: str
    broken: bool


@dataclass
class Judged:
    """Rows of the tables ``faces`` and ``rejected``, and rejects, of one frame."""

    faces: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def rules(box: Floats, score: float, size: tuple[int, int], params: DetectParams) -> list[Rule]:
    """All rules for one face.

    Args:
        box: ``x1 y1 x2 y2``, source px.
        score: 0..1.
        size: width and height of the frame, px.
        params: the thresholds; one that is 0 is never broken.
    """
    x1, y1, x2, y2 = (float(edge) for edge in box)
    width, height = size
    side, share = min(x2 - x1, y2 - y1), min((x2 - x1) / width, (y2 - y1) / height)
    margin = min(x1, y1, width - x2, height - y2)
    limits = params
    return [
        Rule("low_score", score, limits.min_score, "score", score < limits.min_score),
        Rule("small_face", side, limits.min_side, "px", side < limits.min_side),
        Rule("small_share", share, limits.min_share, "share", 0 < limits.min_share >= share),
        Rule("near_border", margin, limits.border, "px", bool(limits.border) and margin < limits.border),
    ]


def judge(frame: int, faces: Faces, size: tuple[int, int], params: DetectParams) -> Judged:
    """Judge the faces of one frame; each is kept, or rejected with the first rule that it breaks.

    Args:
        frame: on the grid.
        faces: in source px.
        size: width and height of the frame, px.
        params: the rules.
    """
    boxes = faces.boxes
    if params.whole_pixels:
        boxes = np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], axis=1)
    broken: dict[int, Rule] = {}
    for number in range(len(faces)):
        found = rules(boxes[number], float(faces.scores[number]), size, params)
        if first := next((rule for rule in found if rule.broken), None):
            broken[number] = first
    if params.policy != "all":
        able = [n for n in range(len(faces)) if n not in broken or params.choose_from == "found"]
        broken = _not_chosen(boxes, faces.scores, able, params) | broken
    judged = Judged()
    for number in range(len(faces)):
        row = _row(frame, number, boxes[number], faces)
        rule = broken.get(number)
        if rule is None:
            judged.faces.append(row)
            continue
        judged.rejected.append(row | {"reason": rule.reason})
        judged.rejects.append(Reject("face", frame, number, rule.reason, rule.measured, rule.threshold, rule.unit))
    return judged


def _not_chosen(boxes: Floats, scores: Floats, able: list[int], params: DetectParams) -> dict[int, Rule]:
    """A broken rule for each of these faces but the one that the policy takes."""
    sides = boxes[:, 2:] - boxes[:, :2]
    values, unit = {
        "largest": (sides[:, 0] * sides[:, 1], "px²"),
        "widest": (sides[:, 0], "px"),
        "first": (scores, "score"),
    }[params.policy]
    best = max(able, key=lambda n: float(values[n]), default=None)
    if best is None:
        return {}
    wanted = float(values[best])
    return {n: Rule("not_chosen", float(values[n]), wanted, unit, True) for n in able if n != best}


def _row(frame: int, number: int, box: Floats, faces: Faces) -> dict[str, Any]:
    keypoints = faces.keypoints[number].ravel()
    return {
        "frame": frame,
        "number": number,
        **{edge: float(value) for edge, value in zip(EDGES, box, strict=True)},
        "score": float(faces.scores[number]),
        "keypoints": [float(value) for value in keypoints] if np.isfinite(keypoints).all() else None,
    }
