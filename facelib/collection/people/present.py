"""Clips that a publication has, found by their place in the source: a re-run puts others in place of some."""

from collections.abc import Collection, Mapping
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.curate.person_events import PersonEvents
from facelib.store import decisions
from facelib.store.decisions import Anchor

Place = dict[str, Any]
"""A clip as a split names it: ``clip_id``, ``video_id``, ``start_s`` and ``end_s`` of the source, ``box`` in pixels."""
_CLIPS = (
    "SELECT clip_id, video_id, start_s, end_s, face_x1, face_y1, face_x2, face_y2 FROM clips "
    "WHERE video_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY 1"
)


def place_of(clip: Mapping[str, Any]) -> Place:
    """The place of a row of ``clips``."""
    place = {name: clip[name] for name in ("clip_id", "video_id", "start_s", "end_s")}
    return place | {"box": [clip[f"face_{edge}"] for edge in ("x1", "y1", "x2", "y2")]}


class Present:
    """The clips of some videos as a publication has them.

    Args:
        catalog: the publication.
        video_ids: the videos.

    Attributes:
        places: by clip, where it is.
    """

    def __init__(self, catalog: Catalog, video_ids: Collection[str]) -> None:
        rows = catalog.rows(_CLIPS, [sorted(video_ids)])
        self.places = {row["clip_id"]: place_of(row) for row in rows}
        self._anchors: dict[str, list[tuple[str, Anchor]]] = {}
        for clip_id, place in self.places.items():
            self._anchors.setdefault(place["video_id"], []).append((clip_id, _anchor(place)))

    def showing(self, place: Place, *, without: Collection[str] = ()) -> str | None:
        """The clip that shows what a clip showed: itself, else the best fit where it was; None without one.

        Args:
            place: of the clip, which may be gone.
            without: clips that take no other's place.
        """
        if place["clip_id"] in self.places:
            return str(place["clip_id"])
        others = self._anchors.get(place["video_id"], [])
        return decisions.attach(_anchor(place), ((clip, at) for clip, at in others if clip not in without))

    def moved(self, events: PersonEvents) -> dict[str, str]:
        """By clip, the person that people moved it to, also under an earlier id; the last move of a place counts."""
        there = self.places.keys() & events.moved.keys()
        found: dict[str, str] = {}
        for clip_id, place in events.places.items():
            clip = self.showing(place, without=there)
            if clip:
                found[clip] = events.moved[clip_id][0]
        return found


def _anchor(place: Place) -> Anchor:
    return Anchor(place["video_id"], place["start_s"], place["end_s"], tuple(place["box"]))
