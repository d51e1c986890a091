"""Tracks, clips and people of each file."""

from collections import Counter

from benchmarks.accuracy.collection import Collection, Row
from benchmarks.accuracy.section import named, section
from benchmarks.accuracy.truth import PEOPLE, face_of
from docs.markdown import code, table
from facelib.distances import group
from facelib.models.identity import KINDS


def people(collection: Collection) -> str:
    """The section on tracks, clips and people."""
    rows, misses = [], []
    for video in collection.videos:
        file = str(video["file"])
        if video["n_frames"] is None:
            rows.append([code(file), "–", "–", "–", "–", "–", "–", f"quarantined: {video['quarantined']}"])
            continue
        clips = collection.of(file)
        found, known = _people(collection, clips), PEOPLE.get(file)
        wrong = known is not None and found != known
        if wrong:
            misses.append(f"{code(file)}, {found} of {known} people")
        counts = [str(video[column]) for column in ("n_frames", "shots", "tracks")]
        shown = f"**{found}**" if wrong else str(found)
        rows.append(
            [code(file), *counts, str(len(clips)), shown, "–" if known is None else str(known), _dropped(video)]
        )
    return section(
        "Tracks, clips and people",
        f"The profile `lite` on n = {len(collection.videos)} files. People are the groups of a file's face vectors "
        f"(`dlib`, average linkage at {KINDS['dlib'].same_person}); where nobody counted them the truth is a dash.",
        table(
            ["file", "frames", "shots", "tracks", "clips", "people", "true", "tracks dropped, or why nothing is known"],
            rows,
        ),
        named(misses),
        _across(collection),
    )


def _people(collection: Collection, clips: list[Row]) -> int:
    vectors = [collection.faces[clip["clip_id"]] for clip in clips if clip["clip_id"] in collection.faces]
    return len(set(group(vectors, KINDS["dlib"].same_person).tolist()))


def _dropped(video: Row) -> str:
    """Tracks that made no clip, by reason."""
    reasons = Counter(str(video["dropped"]).split(",")) if video["dropped"] else {}
    return ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))


def _across(collection: Collection) -> str:
    known = [clip for clip in collection.clips if face_of(clip)]
    return (
        f"Over all files together, the n = {len(known)} clips whose person is known make {_people(collection, known)} "
        f"people; they show {len({face_of(clip) for clip in known})}."
    )
