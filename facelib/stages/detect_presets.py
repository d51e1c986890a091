"""Parameters of earlier systems under one name: what their detection did, with our names.

Fields that are set beside a preset win over it. A stage without an entry keeps its defaults.
"""

from collections.abc import Mapping
from typing import Any, Literal

Preset = Literal["none", "s0", "s1", "s1_upstream", "s3_live", "s3_mtcnn", "s3_anime", "s4"]

_S1_DETECT = {
    "detector": "s3fd",
    "step": 2,
    "copy_boxes": True,
    "scale": 0.25,
    "min_score": 0.9,
    "shot_threshold": 30.0,
    "min_shot_frames": 15,
}
_S1_TRACK = {
    "min_iou": 0.5,
    "max_gap": 25,
    "min_detections": 75,
    "min_face_side": 100.0,
    "median_window": 13,
    # It counts detections, never time.
    "min_seconds": 0.2,
}
_S3 = {
    "step_s": 1.0,
    "skip_first": True,
    "scale": 1.0,
    "min_score": 0.4,
    "noise_score": 0.0,
    "min_side": 50.0,
    "border": 5.0,
    "whole_pixels": True,
}

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "s0": {
        "detect": {
            "detector": "mtcnn",
            "min_face": 20,
            "step": 2,
            "long_side": 150,
            "min_score": 0.975,
            "min_share": 0.1,
            "policy": "largest",
            "choose_from": "found",
        }
    },
    "s1": {"detect": _S1_DETECT, "track": _S1_TRACK},
    "s1_upstream": {
        "detect": _S1_DETECT | {"step": 1, "copy_boxes": False},
        "track": _S1_TRACK | {"min_detections": 100},
    },
    "s3_live": {"detect": _S3 | {"detector": "yolov3_face"}},
    "s3_mtcnn": {"detect": _S3 | {"detector": "mtcnn", "min_face": 5}},
    "s3_anime": {"detect": _S3 | {"detector": "anime_frcnn"}},
    "s4": {
        "detect": {
            "detector": "faceboxes_v2",
            "step": 25,
            "short_side": 600,
            "min_score": 0.6,
            "policy": "widest",
            "shot_threshold": 16.0,
        }
    },
}
"""Parameters by preset and stage."""


def under_preset(values: Any, stage: str) -> Any:
    """The parameters that were set over those of the preset that they name.

    >>> under_preset({"preset": "s4", "step": 5}, "detect")["step"]
    5
    """
    if not isinstance(values, Mapping):
        return values
    return {**PRESETS.get(str(values.get("preset")), {}).get(stage, {}), **values}
