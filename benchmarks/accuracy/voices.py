"""Distances of voices of one person and of two."""

import numpy as np

from benchmarks.accuracy.collection import Collection
from benchmarks.accuracy.pairs import HEADINGS, Pairs, pairs
from benchmarks.accuracy.place import Place
from benchmarks.accuracy.section import named, not_measured, section
from benchmarks.accuracy.truth import ONE_VOICE, voice_of
from docs.markdown import table
from facelib.distances import unit
from facelib.media.audio import read_speech
from facelib.models.resemblyzer import Resemblyzer
from facelib.models.silero_vad import SileroVad, segments

WEIGHTS = {"resemblyzer": ("resemblyzer",)}


def voices(collection: Collection, place: Place) -> str:
    """The section on voice models."""
    measured = {"halves of a file": _halves(place), "clips of the pipeline": _clips(collection)}
    misses = [f"{what}: {miss}" for what, found in measured.items() for miss in found.misses]
    return section(
        "Voice models",
        f"Cosine distances of the first and the second half of the speech in n = {len(ONE_VOICE)} files of one voice "
        "each. Among the clips of the pipeline are several with the same sound, which lie near each other with any "
        "model.",
        table(HEADINGS, [["`resemblyzer`", what, *found.cells()] for what, found in measured.items()]),
        named(misses),
        not_measured(place, WEIGHTS),
    )


def _halves(place: Place) -> Pairs:
    model = Resemblyzer(place.weights.file("resemblyzer"), threads=1)
    vad = SileroVad(place.weights.file("silero_vad"))
    labels, vectors = [], []
    for file in ONE_VOICE:
        print(f"voices: {file}", flush=True)
        samples = read_speech(place.file(file))
        if samples is None:
            continue
        parts = segments(vad.probabilities(samples), len(samples))
        spoken = np.concatenate([samples[first:last] for first, last in parts])
        for half in np.array_split(spoken, 2):
            vectors.append(unit(model.embed(half).mean(axis=0)))
            labels.append(file)
    return pairs(labels, np.stack(vectors), Resemblyzer.same_voice, Resemblyzer.metric)


def _clips(collection: Collection) -> Pairs:
    known = [(person, clip["clip_id"]) for clip in collection.clips if (person := voice_of(clip))]
    known = [(person, clip_id) for person, clip_id in known if clip_id in collection.voices]
    vectors = np.array([collection.voices[clip_id] for _, clip_id in known], np.float32)
    return pairs([person for person, _ in known], vectors, Resemblyzer.same_voice, Resemblyzer.metric)
