"""How far the points of the landmark models lie apart."""

from itertools import combinations

import numpy as np

from benchmarks.accuracy.frames import main_faces
from benchmarks.accuracy.place import Place
from benchmarks.accuracy.section import not_measured, section
from benchmarks.accuracy.truth import TALKERS
from docs.markdown import code, table
from facelib.models import detector, landmark


def landmarks(place: Place) -> str:
    """The section on landmarks."""
    models = {name: landmark.make(name, place.weights.file, threads=1) for name in _here(place)}
    find = detector.make("centerface", place.weights.file, threads=1)
    pairs = list(combinations(models, 2))
    rows = []
    for file in TALKERS:
        print(f"landmarks: {file}", flush=True)
        faces = list(main_faces(place.file(file), find))
        pictures = [picture for picture, _, _ in faces]
        boxes, keypoints = np.stack([box for _, box, _ in faces]), np.stack([points for _, _, points in faces])
        points = {name: model.points(pictures, boxes, keypoints)[0] for name, model in models.items()}
        apart = [landmark.landmark_difference(points[one], points[other]) for one, other in pairs]
        rows.append([code(file), str(len(faces)), *(f"{value:.3f}" for value in apart)])
    return section(
        "Landmarks",
        "Mean distance between the 68 points of two models on the same faces, in distances of the outer corners of "
        "the eyes; the points of the jaw, which every set marks in its own way, are part of it. No file has points "
        "that were set by hand: this is how far models differ, not how far they err.",
        table(["file", "faces", *(f"`{one}` and `{other}`" for one, other in pairs)], rows),
        not_measured(place, {name: (weights,) for name, weights in landmark.WEIGHTS.items()}),
    )


def _here(place: Place) -> list[str]:
    return [name for name, weights in landmark.WEIGHTS.items() if place.has((weights,))]
