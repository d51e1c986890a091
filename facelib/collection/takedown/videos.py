"""Which videos a takedown takes: what is known, committed, published or in a snapshot of a video, channel or person."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.collection.newer_decisions import newer
from facelib.collection.people.present import Present
from facelib.collection.snapshots import publication
from facelib.curate.person_events import SPLIT, PersonEvents
from facelib.errors import StoreError
from facelib.store import commits, decisions, deny, documents, layout, published, snapshots
from facelib.store import uploads as known_uploads
from facelib.store.objects import Store
from facelib.store.published import Publication
from facelib.store.takedowns import PERSON, VIDEO


@dataclass(frozen=True)
class Going:
    """What goes with a target: ids of videos, and the further ids of a person."""

    videos: frozenset[str]
    aliases: tuple[str, ...] = ()


def going(store: Store, kind: str, target: str) -> Going:
    """The videos that go; none for an id of which nothing is known."""
    if kind == VIDEO:
        shown = _published(store, "SELECT video_id FROM videos WHERE video_id = ?", target)
        known = target in known_uploads.videos(store) or any(shown)
        known = known or any(name.video_id == target for name in commits.all_names(store))
        return Going(frozenset({target} if known else ()))
    if kind == PERSON:
        return _of_person(store, target)
    return Going(frozenset(_of_channel(store, target)))


def check_published(store: Store, held_out: Collection[str]) -> None:
    """Make sure that it is known whom every clip shows: publish finds that out.

    Args:
        store: held under the lock of publish.
        held_out: ids of videos that do not count; those on the deny list never do.

    Raises:
        StoreError: there are commits that no publish has read (``unpublished_commits``), or people moved clips since,
            to which a re-run has given other ids (``unpublished_decisions``).
    """
    newest = published.newest(store)
    without = {*held_out, *deny.denied(store)}
    read: set[str] = set()
    if newest and store.exists(newest.catalog):
        with Catalog(store, newest) as catalog:
            read = {row["key"] for row in catalog.rows("SELECT key FROM read_log")}
            lost = _lost(store, catalog, without)
            if lost:
                raise StoreError(
                    f"people moved {lost} clips that have other ids now, so it is not known whether they show the "
                    "person",
                    hint="run 'facelib publish', then the same takedown again",
                    reason="unpublished_decisions",
                )
    unread = sum(name.video_id not in without for name in commits.all_names(store, known=read))
    if unread:
        raise StoreError(
            f"{unread} commits are not published yet, so it is not known whether they show the person",
            hint="run 'facelib publish', then the same takedown again",
            reason="unpublished_commits",
        )


def _lost(store: Store, catalog: Catalog, without: Collection[str]) -> int:
    """How many clips people moved since a publication that it does not have; publish finds those in their place."""
    splits = (event.value["clips"] for event in newer(store, catalog) if event.kind == SPLIT)
    moved = {clip["clip_id"] for clips in splits for clip in clips if clip["video_id"] not in without}
    known = "SELECT count(*) AS n FROM clips WHERE clip_id IN (SELECT unnest(?::VARCHAR[]))"
    return len(moved) - int(catalog.rows(known, [sorted(moved)])[0]["n"])


def _of_person(store: Store, person_id: str) -> Going:
    """Every video with a clip of a person.

    What a snapshot says counts unless the current publication, or a later decision, gives the clip to somebody else.
    """
    events = PersonEvents.of((e.kind, e.by, e.value) for e in decisions.read_all(store))
    persons = _same(events, person_id) if person_id else set()
    wanted = sorted(persons)
    shown = "SELECT DISTINCT clip_id, video_id FROM clip_people WHERE person_id IN (SELECT unnest($1::VARCHAR[]))"
    clips = {row["clip_id"]: str(row["video_id"]) for row in _rows(_versions(store), store, shown, wanted)}
    now_given = (
        "SELECT clip_id, person_id FROM clip_people WHERE person_id <> '' AND clip_id IN (SELECT unnest($1::VARCHAR[]))"
    )
    given = {r["clip_id"]: r["person_id"] for r in _rows(_current(store), store, now_given, sorted(clips))}
    replaced = _replaced(store, events)
    for clip_id, (moved_to, _) in events.moved.items():
        given[clip_id] = events.person(moved_to)
        if clip_id in replaced:
            # Whom the clip in its place shows is told of that one; people may have moved it on.
            clips.pop(clip_id, None)
            continue
        if given[clip_id] in persons:
            clips[clip_id] = events.places[clip_id]["video_id"]
    videos = {video for clip_id, video in clips.items() if given.get(clip_id, person_id) in persons}
    return Going(frozenset(videos), tuple(sorted(persons - {person_id})))


def _replaced(store: Store, events: PersonEvents) -> set[str]:
    """Clips that people moved and a re-run put others in place of, as the current publication has them."""
    for one in _current(store):
        if store.exists(one.catalog):
            with Catalog(store, one) as catalog:
                there = Present(catalog, {place["video_id"] for place in events.places.values()})
                shown = {clip_id: there.showing(place) for clip_id, place in events.places.items()}
                return {clip_id for clip_id, now in shown.items() if now not in (None, clip_id)}
    return set()


def _same(events: PersonEvents, person_id: str) -> set[str]:
    """All ids of a person: whom it went into by a merge, and all that went into the same one."""
    last = events.person(person_id)
    return {person_id, last, *(other for other in events.merged if events.person(other) == last)}


def _of_channel(store: Store, channel_id: str) -> set[str]:
    """Every upload that a channel has shown, by its listings, by what is known of each, and by what is published."""
    found: set[str] = set()
    for key in store.walk(layout.CRAWLS):
        if key.endswith(f"_{channel_id}.json"):
            found |= {upload["video_id"] for upload in documents.decode(store.read(key))["uploads"]}
    for video_id in known_uploads.videos(store):
        known = known_uploads.read_upload(store, video_id) if store.exists(layout.upload(video_id)) else {}
        if known.get("channel_id") == channel_id:
            found.add(video_id)
    shown = "SELECT video_id FROM {} WHERE channel_id = $1"
    sql = " UNION ".join(shown.format(table) for table in ("uploads", "sightings"))
    return found | set(_published(store, sql, channel_id))


def _published(store: Store, sql: str, value: str) -> Iterator[str]:
    """Ids of videos that the current publication and the snapshots have."""
    yield from (str(row["video_id"]) for row in _rows(_versions(store), store, sql, value))


def _current(store: Store) -> list[Publication]:
    newest = published.newest(store)
    return [newest] if newest else []


def _versions(store: Store) -> list[Publication]:
    return [*(publication(store, name) for name in snapshots.names(store)), *_current(store)]


def _rows(versions: Sequence[Publication], store: Store, sql: str, value: str | list[str]) -> Iterator[dict[str, Any]]:
    """Rows of a query on each of some versions; an older catalogue may lack the table."""
    for one in versions:
        if store.exists(one.catalog):
            with Catalog(store, one) as catalog:
                try:
                    yield from catalog.rows(sql, [value])
                except StoreError as error:
                    if error.reason != "old_catalog":
                        raise
