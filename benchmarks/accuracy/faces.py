"""Distances of faces of one person and of two."""

from typing import get_args

import numpy as np

from benchmarks.accuracy.collection import Collection
from benchmarks.accuracy.frames import main_faces
from benchmarks.accuracy.pairs import HEADINGS, Pairs, pairs
from benchmarks.accuracy.place import Place
from benchmarks.accuracy.section import named, not_measured, section
from benchmarks.accuracy.truth import ONE_FACE, face_of
from docs.markdown import code, table
from facelib.models import detector, identity


def faces(collection: Collection, place: Place) -> str:
    """The section on face recognition models."""
    rows, misses = [], []
    choices: tuple[identity.Choice, ...] = get_args(identity.Choice)
    for choice in choices:
        if not place.has(identity.weights_of(choice)):
            continue
        print(f"faces: {choice}", flush=True)
        measured = {"single faces": _single(place, choice)}
        if choice == "dlib":
            measured["clips of the pipeline"] = _clips(collection, identity.KINDS[choice])
        for what, found in measured.items():
            rows.append([code(choice), what, *found.cells()])
            misses += [f"{code(choice)}, {what}: {miss}" for miss in found.misses]
    return section(
        "Face models",
        f"Distances of single faces, the largest of each frame that the detectors looked at, in n = {len(ONE_FACE)} "
        "files of one person each; pairs of one person come from one file. The clips of the pipeline, whose vectors "
        "are means of several faces, compare one person at several sizes of one footage too. `l2` for `dlib`, "
        "else cosine distances.",
        table(HEADINGS, rows),
        named(misses),
        not_measured(place, {choice: identity.weights_of(choice) for choice in identity.KINDS}),
    )


def _single(place: Place, choice: identity.Choice) -> Pairs:
    model = identity.make(choice, place.weights.file, threads=1)
    find = detector.make("centerface", place.weights.file, threads=1)
    labels, vectors = [], []
    for file in ONE_FACE:
        for picture, box, keypoints in main_faces(place.file(file), find):
            vectors.append(model.embed([picture], box[None], keypoints[None])[0])
            labels.append(file)
    return pairs(labels, np.stack(vectors), model.same_person, model.metric)


def _clips(collection: Collection, kind: identity.IdentityKind) -> Pairs:
    known = [(person, clip["clip_id"]) for clip in collection.clips if (person := face_of(clip))]
    known = [(person, clip_id) for person, clip_id in known if clip_id in collection.faces]
    vectors = np.array([collection.faces[clip_id] for _, clip_id in known], np.float32)
    return pairs([person for person, _ in known], vectors, kind.same_person, kind.metric)
