"""What ``detect`` found, for people: a log of every box, frames with boxes drawn in, and the rejected faces."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path

import cv2
import numpy as np

from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.media.still import encoded
from facelib.models.pictures import Picture
from facelib.stages.detect_params import DetectParams
from facelib.stages.face_rules import EDGES, rules
from facelib.store.results import Result

LOG = "log_rejects.csv"
FRAME_SIDE = 1024
"""Longer side of the frames, px."""
QUALITY = 50
"""JPEG quality of the frames, 0..100."""
GREEN, RED = (0, 255, 0), (0, 0, 255)
FLAGS = {"low_score": "too_low(mscore={})", "small_face": "too_small(msize={})", "near_border": "too_close(mborder={})"}
"""Columns of the log that say which rules a face breaks, with the threshold in their names."""


@dataclass(frozen=True)
class Box:
    """A face that was found; ``box`` in whole source pixels, widened."""

    frame: int
    file_name: str
    score: float
    box: tuple[int, int, int, int]
    broken: dict[str, bool]
    rejected: bool


def write_log(found: Result, out: Path) -> Path:
    """Write ``log_rejects.csv``: one row for every face that the detector found, also for those that were kept.

    Columns: file_name, score, width, height, x1, y1, x2, y2, one for each of three rules with its threshold (0 or 1),
    rejected (0 or 1). Boxes are whole source pixels. A file name is the frame on the 25 fps grid, and which of its kept
    faces this is, or with an ``r`` which of its rejected ones.

    Args:
        found: a result of ``detect``.
        out: folder for the log; it is made.

    Returns:
        The file.
    """
    params = _params(found)
    limits = {"low_score": params.min_score, "small_face": params.min_side, "near_border": params.border}
    flags = [FLAGS[reason].format(f"{limit:g}") for reason, limit in limits.items()]
    out.mkdir(parents=True, exist_ok=True)
    with (out / LOG).open("w", newline="", encoding="utf-8") as file:
        log = csv.writer(file, lineterminator="\n")
        log.writerow(["file_name", "score", "width", "height", *EDGES, *flags, "rejected"])
        for found_box in boxes(found):
            x1, y1, x2, y2 = found_box.box
            broken = [int(found_box.broken[reason]) for reason in limits]
            sides = (x2 - x1, y2 - y1)
            log.writerow(
                [
                    found_box.file_name,
                    f"{found_box.score:.2f}",
                    *sides,
                    x1,
                    y1,
                    x2,
                    y2,
                    *broken,
                    int(found_box.rejected),
                ]
            )
    return out / LOG


def write_pictures(found: Result, source: Path, out: Path, *, threads: int = 0) -> int:
    """Write ``frames/``: every frame with a face, kept ones green, rejected ones red, and ``rejects/``: their pictures.

    Args:
        found: a result of ``detect``.
        source: the video that it was made of.
        out: folder for both; they are made.
        threads: CPU threads of the decoder; 0 lets it choose.

    Returns:
        The number of frames written.

    Raises:
        MediaError: the source cannot be read.
    """
    by_frame: dict[int, list[Box]] = defaultdict(list)
    for box in boxes(found):
        by_frame[box.frame].append(box)
    for folder in ("frames", "rejects"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    written = 0
    with GridReader(source, threads=threads, stop=max(by_frame, default=-1) + 1 or None) as reader:
        for shown in reader if by_frame else ():
            wanted = [n for n in range(shown.index, shown.index + shown.count) if n in by_frame]
            picture = to_bgr(shown.frame, rotation=reader.rotation) if wanted else None
            for frame in wanted:
                assert picture is not None  # noqa: S101 - made where a frame is wanted
                drawn = encoded(draw(picture, by_frame[frame]), "jpg", QUALITY)
                (out / "frames" / f"{frame:06d}.jpg").write_bytes(drawn)
                for box in by_frame[frame]:
                    x1, y1, x2, y2 = (max(0, edge) for edge in box.box)
                    if box.rejected and picture[y1:y2, x1:x2].size:
                        (out / "rejects" / box.file_name).write_bytes(encoded(picture[y1:y2, x1:x2], "jpg"))
                written += 1
    return written


def boxes(found: Result) -> list[Box]:
    """All faces that the detector found, by frame and in its order; copies between two looks are left out."""
    params = _params(found)
    size = (found.head["facts"]["width"], found.head["facts"]["height"])
    rows = [row | {"reason": None} for row in found.rows("faces") if row["frame"] % params.every == 0]
    rows = sorted(rows + found.rows("rejected"), key=lambda row: (row["frame"], row["number"]))
    counts: dict[tuple[int, bool], int] = defaultdict(int)
    listed = []
    for row in rows:
        rejected = row["reason"] is not None
        count = counts[row["frame"], rejected]
        counts[row["frame"], rejected] += 1
        edges = np.array([row[edge] for edge in EDGES], np.float32)
        broken = {rule.reason: rule.broken for rule in rules(edges, row["score"], size, params)}
        x1, y1, x2, y2 = (float(edge) for edge in edges)
        name = f"{row['frame']:06d}_{'r' if rejected else ''}{count}.jpg"
        whole = (floor(x1), floor(y1), ceil(x2), ceil(y2))
        listed.append(Box(row["frame"], name, row["score"], whole, broken, rejected))
    return listed


def draw(picture: Picture, found: list[Box]) -> Picture:
    """The frame fitted into 1024 px, with its boxes and scores.

    Args:
        picture: (h, w, 3) BGR, the whole frame.
        found: its faces.
    """
    height, width = picture.shape[:2]
    scale = FRAME_SIDE / max(height, width)
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    drawn = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR))
    for box in found:
        x1, y1, x2, y2 = (int(edge * scale) for edge in box.box)
        colour = RED if box.rejected else GREEN
        cv2.rectangle(drawn, (x1, y1), (x2, y2), colour, 2)
        below = (x1, y1 - 2 if y1 > 10 else y2 - 2)
        cv2.putText(drawn, f"{box.score:.2f}", below, cv2.FONT_HERSHEY_SIMPLEX, 0.6, colour, 1, cv2.LINE_AA)
    return drawn.astype(np.uint8, copy=False)


def _params(found: Result) -> DetectParams:
    return DetectParams.model_validate(found.head["params"])
