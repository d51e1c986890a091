"""The persons of clips that a re-run put in place of others: the same face at the same time of the same video."""

from collections.abc import Iterable, Mapping
from typing import Any

from facelib.catalog.writer import CatalogWriter, rows_of
from facelib.curate.people import Member
from facelib.curate.person_events import PersonEvents
from facelib.store import decisions
from facelib.store import people as log
from facelib.store.decisions import Anchor
from facelib.store.objects import Store

_PLACES = (
    "SELECT clip_id, video_id, start_s, end_s, face_x1, face_y1, face_x2, face_y2 FROM {clips} "
    "WHERE clip_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY 1"
)
PLACES = _PLACES.format(clips="clips")
"""Where some clips are: seconds of the source, the face in source pixels."""
OWN_PLACES = _PLACES.format(clips=rows_of("clips", "own"))
"""The same of clips whose videos the table ``own`` names."""
GONE = f"""
WITH now AS MATERIALIZED (SELECT clip_id, video_id FROM {rows_of("clips")}),
told AS MATERIALIZED (SELECT clip_id, video_id, person_id, decided_by, record FROM {rows_of("clip_people")})
SELECT clip_id, person_id, decided_by, record FROM told
WHERE person_id <> '' AND video_id IN (SELECT video_id FROM now WHERE clip_id IN (SELECT unnest(?::VARCHAR[])))
    AND clip_id NOT IN (SELECT clip_id FROM now)
ORDER BY record, clip_id
"""  # noqa: S608 - names of ours
"""What is said of clips that are gone, of videos that some clips are of."""


def inherited(store: Store, catalog: CatalogWriter, new: list[str]) -> dict[str, Member]:
    """Persons of new clips that show the same face at the same time as a clip that is gone.

    Args:
        store: its records say where the clips were that are gone.
        catalog: ``clip_people`` as it was, ``clips`` as they are.
        new: the new clips.
    """
    gone = catalog.query(GONE, [new]) if new else []
    members = {clip_id: Member(person_id, decided_by=by) for clip_id, person_id, by, _ in gone}
    told_by = {clip_id: key for clip_id, *_, key in gone}
    places = {
        row["clip_id"]: log.anchor(row)
        for key in dict.fromkeys(told_by.values())
        for row in log.read(store, key).rows("clips")
        if told_by.get(row["clip_id"]) == key
    }
    return {clip_id: members[old] for clip_id, old in _fitting(catalog, places, new).items()}


def moved(catalog: CatalogWriter, events: PersonEvents, new: list[str]) -> dict[str, Member]:
    """Persons of those new clips that people moved, under their present or an earlier id.

    What the events say of a clip that is gone is from now on said of the one that shows the same.
    """
    there = {clip_id for clip_id, *_ in catalog.query(PLACES, [list(events.moved)])}
    lost = {clip_id: _place(place) for clip_id, place in events.places.items() if clip_id not in there}
    if lost:
        videos = sorted({place.video_id for place in lost.values()})
        every = catalog.query("SELECT clip_id FROM clips WHERE video_id IN (SELECT unnest(?::VARCHAR[]))", [videos])
        free = [clip_id for (clip_id,) in every if clip_id not in there]
        for clip_id, old in _fitting(catalog, lost, free).items():
            events.moved[clip_id] = events.moved[old]
    wanted = set(new)
    return {
        clip_id: Member(events.person(person_id), decided_by=by)
        for clip_id, (person_id, by) in events.moved.items()
        if clip_id in wanted
    }


def _fitting(catalog: CatalogWriter, places: Mapping[str, Anchor], clips: Iterable[str]) -> dict[str, str]:
    """By clip, which of some places it fits; each place goes to its best clip.

    Places come in order of time: of several that fit one clip the last counts, as what was said last.
    """
    if not places:
        return {}
    by_video: dict[str, list[tuple[str, Anchor]]] = {}
    for clip_id, video_id, start, end, *box in catalog.query(PLACES, [list(clips)]):
        by_video.setdefault(video_id, []).append((clip_id, Anchor(video_id, start, end, tuple(box))))
    found = ((decisions.attach(p, by_video.get(p.video_id, [])), old) for old, p in places.items())
    return {clip_id: old for clip_id, old in found if clip_id}


def _place(clip: Mapping[str, Any]) -> Anchor:
    return Anchor(clip["video_id"], clip["start_s"], clip["end_s"], tuple(clip["box"]))
