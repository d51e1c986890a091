"""Faces that each detector finds in the same frames."""

from dataclasses import dataclass
from typing import get_args

from benchmarks.accuracy.frames import EVERY, MOST, looks
from benchmarks.accuracy.place import Place
from benchmarks.accuracy.section import named, not_measured, section, share
from benchmarks.accuracy.truth import SCENES
from docs.markdown import code, table
from facelib.models.detector import KINDS, Detector, Name, make
from facelib.models.faces import Faces
from facelib.stages.detect_params import DetectParams
from facelib.stages.tracking import iou

REFERENCE: Name = "centerface"
MIN_IOU = 0.5


@dataclass
class Count:
    """Faces of a detector in a file: all, those that the reference finds too, and those of the reference."""

    faces: int = 0
    shared: int = 0
    reference: int = 0


def detectors(place: Place) -> str:
    """The section on face detectors."""
    names: list[Name] = [name for name in get_args(Name) if place.has(KINDS[name].weights)]
    loaded = {name: make(name, place.weights.file, threads=1) for name in names}
    counts: dict[str, dict[Name, Count]] = {}
    frames: dict[str, int] = {}
    for file in SCENES:
        print(f"detectors: {file}", flush=True)
        counts[file] = {name: Count() for name in names}
        frames[file] = _count(place, file, loaded, counts[file])
    rows = [[code(file), str(frames[file]), *(_cell(name, counts[file][name]) for name in names)] for file in SCENES]
    total = {name: _sum([counts[file][name] for file in SCENES]) for name in names}
    rows.append(["all", str(sum(frames.values())), *(_cell(name, total[name]) for name in names)])
    false = [f"{code(name)}, {n} faces" for name in names if (n := counts["slides_no_face"][name].faces)]
    return section(
        "Face detectors",
        f"Every {EVERY}th frame, at most {MOST} of a file, n = {sum(frames.values())} frames; each detector at its own "
        f"size of picture and a score of {DetectParams().min_score} or more. Faces, and the share of "
        f"`{REFERENCE}`'s faces that are among them (boxes with an intersection over union of {MIN_IOU} or more). "
        "Nobody marked the faces by hand, so below 100 % either one may be wrong.",
        table(["file", "frames", *(code(name) for name in names)], rows),
        f"Faces found in `slides_no_face`, which shows none. {named(false)}",
        not_measured(place, {name: kind.weights for name, kind in KINDS.items()}),
    )


def _count(place: Place, file: str, loaded: dict[Name, Detector], counts: dict[Name, Count]) -> int:
    seen = 0
    for look in looks(place.file(file)):
        found = {name: look.faces(model, DetectParams(detector=name)) for name, model in loaded.items()}
        for name, faces in found.items():
            counts[name].faces += len(faces)
            counts[name].shared += _shared(faces, found[REFERENCE])
            counts[name].reference += len(found[REFERENCE])
        seen += 1
    return seen


def _shared(faces: Faces, reference: Faces) -> int:
    """How many faces of the reference have a face of their own among these."""
    free = [box.tolist() for box in faces.boxes]
    shared = 0
    for box in reference.boxes.tolist():
        best = max(free, key=lambda other: iou(box, other), default=None)
        if best is not None and iou(box, best) >= MIN_IOU:
            free.remove(best)
            shared += 1
    return shared


def _sum(counts: list[Count]) -> Count:
    return Count(sum(c.faces for c in counts), sum(c.shared for c in counts), sum(c.reference for c in counts))


def _cell(name: str, count: Count) -> str:
    return str(count.faces) if name == REFERENCE else f"{count.faces}; {share(count.shared, count.reference)}"
