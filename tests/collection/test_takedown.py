"""Takedown: what goes is gone from every file, table and version, and stays out; the proof finds what is left."""

import json
import multiprocessing
import os
import random
import shutil
import signal
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import lancedb
import pyarrow as pa
import pytest

from facelib.catalog.reader import Catalog
from facelib.catalog.redact import mentioned, redact
from facelib.clock import day_of, now
from facelib.collection import takedown_derived
from facelib.collection.snapshots import create, publication
from facelib.collection.takedown import again, takedown
from facelib.collection.takedown_proof import leftovers
from facelib.errors import StoreError
from facelib.fetching.crawl import crawl
from facelib.fetching.download import download
from facelib.fetching.fetcher import Fetcher
from facelib.index.reader import Index
from facelib.planning import plan
from facelib.publish import publish, rebuild
from facelib.settings import Settings
from facelib.sources.folder import FolderSource
from facelib.stages.commit import commit_shard
from facelib.stages.runner import StageRun
from facelib.store import (
    commits,
    decisions,
    deny,
    documents,
    download_log,
    exports_log,
    layout,
    leases,
    plans,
    published,
    quarantine,
    results,
    snapshots,
    takedowns,
    uploads,
)
from facelib.store.decisions import Anchor, Decision
from facelib.store.download_log import Attempt
from facelib.store.mentions import TAKEN_DOWN, Mentions
from facelib.store.objects import Store
from facelib.store.plans import Shard
from facelib.store.uploads import Revision
from facelib.takedown_files import remove_trees
from tests.support.collections import commit_video, list_channel, vector_of
from tests.support.pipelines import settings_in, write_film

pytestmark = pytest.mark.timeout(120)
GONE, KEPT, OTHER = (f"toy_{name}-0123456789" for name in ("gone", "kept", "other"))
PLACE = {"start_s": 0.0, "end_s": 2.0, "box": [0.0, 0.0, 9.0, 9.0]}
SHARD = Shard("plans/daily-1/shard-00000.json", "daily-1", "me", "daily", 1, (GONE, KEPT), 1.0, 120.0)


def fill(store: Store) -> None:
    """A store in which two videos have left everything that a pipeline leaves."""
    list_channel(store, [GONE, KEPT])
    for video_id in (GONE, KEPT):
        commit_video(store, video_id, clips=2)
        for key in (
            layout.raw(video_id, "a" * 64, ".mp4"),
            layout.media(video_id, "f" * 32, f"{video_id}.000000.0.0a1b2c3d.mp4"),
            f"{layout.markers('track', video_id, 'f' * 32)}/one.json",
            f"{layout.captions(video_id)}/{video_id}.en.vtt",
        ):
            store.put(key, b"secret bytes")
        results.write(
            store,
            stage="track",
            video_id=video_id,
            fingerprint="f" * 32,
            head={},
            tables={"t": _long_table(video_id)},
            media={},
        )
        day = uploads.resolve(store, video_id, {"upload_day": "2026-01-05"})
        uploads.add_revision(store, Revision(1, "a" * 64, 12, layout.raw(video_id, "a" * 64, ".mp4"), "", ""), video_id)
        uploads.record_information(store, video_id, {"title": video_id})
        uploads.set_pending(store, day, video_id)
        download_log.record(store, video_id, Attempt(state="downloaded", ended=now().isoformat()))
        quarantine.enter(store, video_id, "embed", "f", error="E", reason="r", message=f"{video_id} failed")
        decisions.append(store, Decision("review", "me", {"ok": True}, Anchor(video_id, 0, 2, (0.0, 0.0, 9.0, 9.0))))
        leases.take(store, f"video/{video_id}", "me", minutes=1)
    places = [{"clip_id": f"{v}.000000.0.0a1b2c3d", "video_id": v, **PLACE} for v in (GONE, KEPT)]
    decisions.append(
        store, Decision("split", "me", {"person": "person-one", "new_person": "person-two", "clips": places})
    )
    plans.write_shard(store, SHARD)
    publish(store)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("filled")
    store = Store(root)
    fill(store)
    create(store, "before", note=f"with {GONE}")
    commit_video(store, GONE, clips=1, generation=2, tag="again")
    publish(store)
    list_channel(store, [OTHER], "channel_y")
    commit_video(store, OTHER, clips=1)
    publish(store)
    create(store, "after")
    return root


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Store:
    shutil.copytree(template, tmp_path / "store")
    return Store(tmp_path / "store")


def contents(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in root.rglob("*"):
        if path.is_file() and path.relative_to(root).parts[0] not in ("deny", "takedowns"):
            yield str(path.relative_to(root)), path.read_bytes()


def vector_bytes(clip_id: str) -> bytes:
    return struct.pack("<8f", *vector_of(clip_id))


def clips_of(store: Store, name: str | None = None) -> tuple[list[str], list[str]]:
    named = publication(store, name) if name else published.newest(store)
    assert named is not None
    with Catalog(store, named) as catalog:
        rows = [row["clip_id"] for row in catalog.rows("SELECT clip_id FROM clips ORDER BY 1")]
    index = Index(store, named)
    return rows, sorted(index.vectors(index.table("identity")))


def left(store: Store, record: takedowns.Takedown) -> list[Any]:
    return list(leftovers(store, record, media=True))


def test_nothing_is_left_of_a_video_and_everything_of_the_others(store: Store) -> None:
    assert any(vector_bytes(f"{GONE}--0") in data for _, data in contents(store.root))
    others = {key: data for key, data in contents(store.root) if KEPT in key and "derived" not in key}
    report = takedown(store, "video", GONE, "asked to")
    assert report.complete
    assert left(store, report.takedown) == []
    for key, data in contents(store.root):
        assert GONE not in key and GONE.encode() not in data, key
        for clip in (f"{GONE}--0", f"{GONE}--1", f"{GONE}-again-0"):
            assert vector_bytes(clip) not in data, key
    assert {key: data for key, data in contents(store.root) if KEPT in key and "derived" not in key} == others
    assert clips_of(store) == ([f"{KEPT}--0", f"{KEPT}--1", f"{OTHER}--0"],) * 2


def test_snapshots_are_rewritten_marked_and_still_open(store: Store) -> None:
    report = takedown(store, "video", GONE, "asked to")
    assert report.takedown.snapshots == ("after", "before")
    assert clips_of(store, "before") == ([f"{KEPT}--0", f"{KEPT}--1"],) * 2
    assert clips_of(store, "after") == ([f"{KEPT}--0", f"{KEPT}--1", f"{OTHER}--0"],) * 2
    for name in ("before", "after"):
        snapshot = snapshots.read(store, name)
        assert [r.takedown_id for r in snapshot.redacted] == [report.takedown.takedown_id]
        assert snapshot.redacted[0].at[:10] == day_of(now())
        assert snapshot.counts["clips"] == len(clips_of(store, name)[0])
        tables = lancedb.connect(str(store.path(snapshot.index)))
        assert name in tables.open_table(snapshot.vectors[0].name).tags.list()
    publish(store)
    commit_video(store, OTHER, clips=3, generation=2)
    publish(store)
    assert clips_of(store, "before") == ([f"{KEPT}--0", f"{KEPT}--1"],) * 2


def test_a_snapshot_that_never_held_it_is_not_marked(store: Store) -> None:
    report = takedown(store, "video", OTHER, "asked to")
    assert report.takedown.snapshots == ("after",)
    assert snapshots.read(store, "before").redacted == ()
    assert len(clips_of(store, "before")[0]) == 4


def test_again_changes_nothing_and_says_the_same(store: Store) -> None:
    first = takedown(store, "video", GONE, "asked to")
    before = dict(contents(store.root))
    second = takedown(store, "video", GONE, "asked to")
    assert second.takedown == first.takedown
    assert dict(contents(store.root)) == before


def test_a_dry_run_changes_nothing(store: Store) -> None:
    before = dict(contents(store.root))
    report = takedown(store, "video", GONE, "asked to", dry_run=True)
    assert (report.complete, report.takedown.videos) == (False, (GONE,))
    assert dict(contents(store.root)) == before
    assert not deny.denied(store)
    assert takedowns.read_all(store) == []


@pytest.mark.parametrize(
    ("kind", "target", "reason", "code"),
    [
        ("video", "toy_never-0123456789", "asked to", "no_video"),
        ("channel", "channel_never", "asked to", "no_channel"),
        ("person", "person_never", "asked to", "no_person"),
        ("person", "", "asked to", "no_person"),
        ("album", GONE, "asked to", "bad_kind"),
        ("video", GONE, " ", "no_reason"),
    ],
)
def test_what_cannot_be_taken_down_changes_nothing(
    store: Store, kind: str, target: str, reason: str, code: str
) -> None:
    before = dict(contents(store.root))
    with pytest.raises(StoreError) as caught:
        takedown(store, kind, target, reason)
    assert caught.value.reason == code
    assert dict(contents(store.root)) == before
    assert not store.names(layout.TAKEDOWNS)


def test_it_stays_out_of_crawl_plan_publish_and_rebuild(store: Store, tmp_path: Path) -> None:
    takedown(store, "video", GONE, "asked to")
    list_channel(store, [GONE])
    commit_video(store, GONE, clips=1, generation=9)
    made = plan(store, Settings(store=str(store.root), models_dir=tmp_path), ["2026-01-05"])
    assert GONE not in [video for shard in made.shards for video in shard.videos]
    publish(store)
    assert clips_of(store) == ([f"{KEPT}--0", f"{KEPT}--1", f"{OTHER}--0"],) * 2
    rebuild(store)
    assert clips_of(store) == ([f"{KEPT}--0", f"{KEPT}--1", f"{OTHER}--0"],) * 2
    record = takedowns.read_all(store)[0]
    assert left(store, record), "what came back is found"
    second = again(store, record.takedown_id)
    assert left(store, second.takedown) == []


def test_the_audit_record_holds_no_title_and_no_vector(store: Store) -> None:
    report = takedown(store, "video", GONE, "asked to", by="anna")
    record = json.loads(store.read(layout.takedown(report.takedown.takedown_id)))
    assert set(record) == {f.name for f in takedowns.Takedown.__dataclass_fields__.values()}
    assert (record["by"], record["reason"], record["videos"]) == ("anna", "asked to", [GONE])
    assert record["removed"]["vectors"] == 1
    assert record["removed"]["rows of clips"] == 1
    assert record["removed"]["media"] == record["removed"]["raw"] == 1


def test_documents_about_several_things_lose_the_one_alone(store: Store) -> None:
    takedown(store, "video", GONE, "asked to")
    assert plans.read_shard(store, SHARD.key).videos == (KEPT,)
    (split,) = [d.value for d in decisions.read_all(store) if d.kind == "split"]
    assert [clip["video_id"] for clip in split["clips"]] == [KEPT]
    assert [d.anchor.video_id for d in decisions.read_all(store) if d.anchor] == [KEPT]
    listed = [documents.decode(store.read(key)) for key in store.walk(layout.CRAWLS)]
    assert sorted(u["video_id"] for document in listed for u in document["uploads"]) == sorted([KEPT, OTHER])


def test_a_channel_goes_with_all_it_showed_and_is_listed_no_more(store: Store, tmp_path: Path) -> None:
    report = takedown(store, "channel", "channel_y", "no consent")
    assert report.takedown.videos == (OTHER,)
    assert deny.is_denied(store, "channel_y")
    assert left(store, report.takedown) == []
    assert OTHER not in str(clips_of(store))
    assert store.names(layout.CHANNELS) == ["channel_x"]
    films = tmp_path / "films"
    films.mkdir()
    deny.add(store, FolderSource(films).channel_id, "asked to")
    write_film(films / "a.mp4", 10)
    assert crawl(store, settings_in(tmp_path), [str(films)]).seen == 0


def test_a_person_goes_with_every_video_that_shows_it(store: Store) -> None:
    newest = published.newest(store)
    assert newest is not None
    import duckdb

    with duckdb.connect(str(store.path(newest.catalog))) as connection:
        for video_id, person in ((GONE, "person-abc"), (OTHER, "person-abc"), (KEPT, "person-def")):
            values = [f"{video_id}--0", video_id, person]
            connection.execute("INSERT INTO clip_people (clip_id, video_id, person_id) VALUES (?, ?, ?)", values)
        connection.execute("INSERT INTO people (person_id, name) VALUES ('person-abc', 'Anna'), ('person-def', 'Bo')")
    decisions.append(store, Decision("name", "me", {"person": "person-old", "name": "Anna"}))
    decisions.append(store, Decision("merge", "me", {"into": "person-abc", "persons": ["person-old"]}))
    place = {"clip_id": f"{KEPT}--1", "video_id": KEPT, **PLACE}
    split = {"person": "person-abc", "new_person": "person-def", "clips": [place]}
    decisions.append(store, Decision("split", "me", split))
    report = takedown(store, "person", "person-abc", "asked to")
    assert report.takedown.aliases == ("person-old",)
    assert report.takedown.videos == (GONE, OTHER)
    assert left(store, report.takedown) == []
    assert not any(b"Anna" in data for _, data in contents(store.root))
    with Catalog(store) as catalog:
        assert [row["name"] for row in catalog.rows("SELECT name FROM people")] == ["Bo"]
    assert split | {"person": TAKEN_DOWN} in [d.value for d in decisions.read_all(store)]


def show(store: Store, person: str, *videos: str, snapshot: str | None = None) -> None:
    """Give the first clip of some videos to a person, in what is published or in a snapshot."""
    rows = ", ".join(f"('{video}--0', '{video}', '{person}')" for video in videos)
    _sql(store, f"INSERT INTO clip_people (clip_id, video_id, person_id) VALUES {rows}", snapshot)


def split_kept(store: Store) -> None:
    value = {"person": "person-p", "new_person": "person-q"}
    place = {"clip_id": f"{KEPT}--0", "video_id": KEPT, **PLACE}
    decisions.append(store, Decision("split", "me", {**value, "clips": [place]}))


def test_a_clip_that_is_somebody_elses_now_does_not_count(store: Store) -> None:
    show(store, "person-p", KEPT, GONE, snapshot="before")
    show(store, "person-p", OTHER)
    show(store, "person-q", KEPT)
    assert takedown(store, "person", "person-p", "asked to", dry_run=True).takedown.videos == (GONE, OTHER)
    assert takedown(store, "person", "person-q", "asked to", dry_run=True).takedown.videos == (KEPT,)


def test_a_split_counts_before_it_is_published(store: Store) -> None:
    show(store, "person-p", KEPT, OTHER)
    split_kept(store)
    assert takedown(store, "person", "person-p", "asked to", dry_run=True).takedown.videos == (OTHER,)
    assert takedown(store, "person", "person-q", "asked to", dry_run=True).takedown.videos == (KEPT,)
    decisions.append(store, Decision("merge", "me", {"into": "person-p", "persons": ["person-q"]}))
    assert takedown(store, "person", "person-p", "asked to", dry_run=True).takedown.videos == (KEPT, OTHER)


@pytest.mark.parametrize("kind", ["person", "channel"])
def test_what_a_publish_told_that_was_waited_for_goes_too(store: Store, kind: str) -> None:
    show(store, "person-p", OTHER)
    assert leases.take(store, "publish", "another", minutes=5)

    def say(text: str) -> None:
        if "waiting" in text:
            show(store, "person-p", KEPT)
            _sql(store, f"INSERT INTO sightings (channel_id, video_id) VALUES ('channel_y', '{KEPT}')")
            leases.release(store, "publish")

    target = {"person": "person-p", "channel": "channel_y"}[kind]
    report = takedown(store, kind, target, "asked to", say=say)
    assert report.takedown.videos == (KEPT, OTHER)
    assert takedowns.read(store, report.takedown.takedown_id).videos == (KEPT, OTHER)
    assert {KEPT, OTHER} <= deny.denied(store)
    assert left(store, report.takedown) == []


def test_a_person_waits_for_commits_to_be_published(store: Store) -> None:
    show(store, "person-p", OTHER)
    new = "toy_new-0123456789"
    commit_video(store, new, clips=1)
    with pytest.raises(StoreError) as caught:
        takedown(store, "person", "person-p", "asked to")
    assert (caught.value.reason, "facelib publish" in str(caught.value.hint)) == ("unpublished_commits", True)
    assert (takedowns.read_all(store), deny.denied(store)) == ([], frozenset())
    assert len(clips_of(store)[0]) == 4
    deny.add(store, new, "a video that is held out does not count")
    assert takedown(store, "person", "person-p", "asked to").complete


@pytest.mark.parametrize("how", ["lock", "number"])
def test_one_that_lost_the_lock_leaves_what_is_published(
    store: Store, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    newest = published.newest(store)
    assert newest is not None
    theirs = replace(newest, number=newest.number + 1) if how == "number" else newest

    def late(*args: Any, **options: Any) -> dict[str, int]:
        removed = redact(*args, **options)
        if how == "number":
            assert published.write(store, theirs)
        else:
            leases.release(store, "publish")
            assert leases.take(store, "publish", "another", minutes=5)
        return removed

    with monkeypatch.context() as patch, pytest.raises(StoreError) as caught:
        patch.setattr(takedown_derived, "redact", late)
        takedown(store, "video", GONE, "asked to")
    assert caught.value.reason == "locked"
    assert published.newest(store) == theirs
    assert len(clips_of(store)[0]) == len(clips_of(store)[1]) == 4
    leases.release(store, "publish")
    report = takedown(store, "video", GONE, "asked to")
    assert left(store, report.takedown) == []


def test_the_lock_is_kept_for_each_table_and_each_video(store: Store, tmp_path: Path) -> None:
    newest, kept = published.newest(store), list[int]()
    assert newest is not None
    redact(store.path(newest.catalog), tmp_path / "new.duckdb", Mentions([GONE]), lambda: kept.append(1))
    assert len(kept) >= len(newest.counts)
    kept.clear()
    remove_trees(store, [GONE, KEPT], lambda: kept.append(1))
    assert len(kept) == 2


def test_catalogues_keep_their_views(store: Store) -> None:
    takedown(store, "video", GONE, "asked to")
    for one in (published.newest(store), publication(store, "before"), publication(store, "after")):
        with Catalog(store, one) as catalog:
            rows = catalog.rows("SELECT clip_id, url FROM provenance ORDER BY 1")
            assert len(rows) == len(catalog.rows("SELECT clip_id FROM clips")) > 0


def test_one_that_died_twice_remembers_every_video(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = takedowns.Takedown("t", "person", "p", (GONE,), ("q",), "asked to", "me", "2026-01-05")
    takedowns.begin(store, first)
    takedowns.begin(store, replace(first, videos=(GONE, KEPT), aliases=("q", "r")))
    takedowns.begin(store, replace(first, videos=(OTHER,), aliases=()))
    assert takedowns.read(store, "t") == replace(first, videos=(GONE, KEPT, OTHER), aliases=("q", "r"))


def test_publish_does_not_note_what_is_held_out(store: Store) -> None:
    report = takedown(store, "channel", "channel_y", "asked to")
    commit_video(store, KEPT, clips=3, generation=3)
    list_channel(store, [OTHER], "channel_y")
    commit_video(store, OTHER, clips=1, generation=3)
    download_log.record(store, OTHER, Attempt(state="downloaded", ended=now().isoformat()))
    for _ in range(2):
        publish(store)
        newest = published.newest(store)
        assert newest is not None
        assert mentioned(store.path(newest.catalog), Mentions(report.takedown.needles)) == {}
        assert KEPT in newest.last_commit


def test_exports_that_held_it_are_listed(store: Store, tmp_path: Path) -> None:
    said: dict[str, Any] = {"format": "clips", "publication": 1, "snapshot": "", "items": 2}
    for name, videos in (("one", [GONE, KEPT]), ("two", [KEPT]), ("one", [GONE, KEPT])):
        options = {"where": f"clips.video_id = '{GONE}'", "seed": 1}
        exports_log.record(store, videos=videos, folder=str(tmp_path / name), options=options, **said)
    report = takedown(store, "video", GONE, "asked to")
    assert [e.folder for e in report.exports] == [str(tmp_path / "one")]
    assert [e["folder"] for e in report.takedown.exports] == [str(tmp_path / "one")]
    assert left(store, report.takedown) == []
    assert [e.folder for e in exports_log.holding(store, [KEPT])] == [str(tmp_path / "two"), str(tmp_path / "one")]


def test_a_file_that_was_read_in_place_is_named_and_left(store: Store, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"somebody else's")
    uploads.add_revision(store, Revision(2, "b" * 64, 1, "", str(film), ""), GONE)
    report = takedown(store, "video", GONE, "asked to")
    assert report.files_in_place == [str(film)]
    assert film.read_bytes() == b"somebody else's"
    assert str(film).encode() not in store.read(layout.takedown(report.takedown.takedown_id))


def test_downloads_that_were_begun_are_removed(store: Store, tmp_path: Path) -> None:
    scratch = tmp_path / "work" / "downloads"
    for name in (f"{GONE}.partial/media.mp4", f"{GONE}.mp4", f"{KEPT}.mp4"):
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        (scratch / name).write_bytes(b"x")
    takedown(store, "video", GONE, "asked to", work_dir=tmp_path / "work")
    assert [path.name for path in scratch.iterdir()] == [f"{KEPT}.mp4"]


PLANTED: dict[str, Callable[[Store], object]] = {
    "a name": lambda store: store.put(f"results/embed/{GONE}/f.parquet", b""),
    "bytes": lambda store: store.put("notes/a.txt", f"see {GONE}".encode()),
    "a document": lambda store: store.put(
        "log/x/2026-01-05/a.json", documents.encode({"clip": f"{GONE}.000001.0.0a1"})
    ),
    "compressed text in Parquet": lambda store: commits.write(
        store, video_id=KEPT, generation=1, head={"about": [GONE]}, tables={"t": _long_table()}
    ),
    "a row of a catalogue": lambda store: _sql(store, f"INSERT INTO read_log VALUES ('x/{GONE}')"),
    "an old version of a vector table": lambda store: _old_vector(store),
    "bytes of a media file": lambda store: store.put("media/other/a.mp4", b"...." + GONE.encode() + b"...."),
    "a catalogue that is none": lambda store: store.put("derived/catalog/x.duckdb", b"nothing to open"),
}


def _long_table(video_id: str = GONE) -> pa.Table:
    return pa.table({"text": [f"{video_id}.{n:06d}.0.0a1b2c3d" for n in range(500)]})


def _sql(store: Store, sql: str, snapshot: str | None = None) -> None:
    import duckdb

    newest = publication(store, snapshot) if snapshot else published.newest(store)
    assert newest is not None
    with duckdb.connect(str(store.path(newest.catalog))) as connection:
        connection.execute(sql)


def _old_vector(store: Store) -> None:
    newest = published.newest(store)
    assert newest is not None
    table = lancedb.connect(str(store.path(newest.index))).open_table(newest.vectors[0].name)
    row = table.search().limit(1).to_arrow()
    table.add(row.set_column(0, "clip_id", pa.array([f"{GONE}--7"])))
    table.delete("true")


@pytest.mark.parametrize("what", PLANTED)
def test_the_proof_finds_what_is_planted(template: Path, taken_down: Path, tmp_path: Path, what: str) -> None:
    shutil.copytree(taken_down, tmp_path / "store")
    store = Store(tmp_path / "store")
    record = takedowns.read_all(store)[0]
    assert left(store, record) == []
    PLANTED[what](store)
    assert left(store, record)


@pytest.fixture(scope="module")
def taken_down(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("taken") / "store"
    shutil.copytree(template, root)
    takedown(Store(root), "video", GONE, "asked to")
    return root


def _take_down(root: str) -> None:
    takedown(Store(root), "video", GONE, "asked to")


@pytest.mark.parametrize("moment", ["deny", "media", "commits", "index", "published"])
def test_a_killed_one_is_completed_by_the_same_command(store: Store, moment: str) -> None:
    """It is killed as soon as a first sign of that step is seen, so wherever in the step that is."""
    newest = published.newest(store)
    assert newest is not None
    signs: dict[str, Callable[[], bool]] = {
        "deny": lambda: deny.is_denied(store, GONE),
        "media": lambda: not store.names(f"media/{GONE}"),
        "commits": lambda: not any(name.video_id == GONE for name in commits.all_names(store)),
        "index": lambda: len(store.names(layout.INDEX)) > 1,
        "published": lambda: (published.newest(store) or newest).number > newest.number,
    }
    child = multiprocessing.get_context("spawn").Process(target=_take_down, args=(str(store.root),))
    child.start()
    deadline = time.monotonic() + 60
    while not signs[moment]() and child.is_alive():
        assert time.monotonic() < deadline
        time.sleep(0.0005)
    assert child.pid is not None
    if child.is_alive():
        os.kill(child.pid, signal.SIGKILL)
    child.join()
    leases.release(store, "publish")
    report = takedown(store, "video", GONE, "asked to")
    assert report.complete
    assert len(takedowns.read_all(store)) == 1
    assert left(store, report.takedown) == []
    assert clips_of(store) == ([f"{KEPT}--0", f"{KEPT}--1", f"{OTHER}--0"],) * 2
    assert clips_of(store, "before") == ([f"{KEPT}--0", f"{KEPT}--1"],) * 2


def test_before_the_first_publication(tmp_path: Path) -> None:
    store = Store(tmp_path)
    list_channel(store, [GONE])
    report = takedown(store, "video", GONE, "asked to")
    assert left(store, report.takedown) == []
    assert published.newest(store) is None


def test_many_ids_are_looked_for_at_once() -> None:
    numbers = random.Random(1)
    ids = [f"toy_{n}-{numbers.randrange(16**10):010x}" for n in range(5000)]
    mentions = Mentions(ids)
    assert len(mentions.conditions("x")) == 13
    text = " ".join(f"other-{numbers.randrange(16**10):010x}" for _ in range(2000))
    started = time.monotonic()
    assert not mentions.in_text(text)
    assert mentions.in_text(f"{text} {ids[-1]}.000001.0.0a1b2c3d")
    assert time.monotonic() - started < 1.0


@pytest.mark.parametrize(
    ("document", "kept"),
    [
        ([GONE, KEPT], [KEPT]),
        ({"uploads": [{"video_id": GONE, "title": "t"}, {"video_id": KEPT}]}, {"uploads": [{"video_id": KEPT}]}),
        ({"key": f"log/commits/x_{GONE}.parquet", "n": 1}, {"key": TAKEN_DOWN, "n": 1}),
        ({GONE: 1, KEPT: 2}, {KEPT: 2}),
        ({"b": {"video_id": GONE, "title": "secret"}, "n": 1}, {"b": TAKEN_DOWN, "n": 1}),
        ({"b": {"video_id": KEPT, "title": "t"}, "n": 1}, {"b": {"video_id": KEPT, "title": "t"}, "n": 1}),
        ([{"b": {"clip": f"{GONE}.000001.0.ab", "at": 2}, "n": 1}], [{"b": TAKEN_DOWN, "n": 1}]),
        ({"deep": [[f"{GONE}.000001.0.ab"], [KEPT]]}, {"deep": [[], [KEPT]]}),
        ({"text": f"x{GONE}", "more": f"{GONE}9"}, {"text": f"x{GONE}", "more": f"{GONE}9"}),
        (None, None),
    ],
)
def test_a_document_without_the_mentions(document: Any, kept: Any) -> None:
    assert Mentions([GONE]).without(document) == kept


class Pod:
    """A planned film and the real stage ``probe``, during which something may happen."""

    def __init__(self, folder: Path) -> None:
        films = folder / "films"
        films.mkdir()
        write_film(films / "good.mp4", 30)
        self.settings = settings_in(folder, probe={"min_bytes": 1000})
        self.store = self.settings.open_store()
        crawl(self.store, self.settings, [str(films)])
        download(self.store, self.settings)
        made = plan(self.store, self.settings, uploads.days(self.store))
        self.shard = made.shards[0]
        (self.video_id,) = self.shard.videos

    def run(self, patch: pytest.MonkeyPatch, before: str) -> None:
        """Run the stage; the video is taken down just before it calls a function of the runner."""
        runner = StageRun(
            self.store, self.shard, "probe", weights=self.settings.open_weights(), work_dir=self.settings.work_dir
        )
        called = getattr(runner, before)

        def late(*args: Any, **options: Any) -> Any:
            takedown(self.store, "video", self.video_id, "asked to")
            return called(*args, **options)

        patch.setattr(runner, before, late)
        runner.run()
        commit_shard(self.store, self.shard)


@pytest.mark.parametrize("before", ["_open", "_compute", "_source", "_write", "_count"])
def test_a_running_pod_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    pod = Pod(tmp_path)
    pod.run(monkeypatch, before)
    (record,) = takedowns.read_all(pod.store)
    assert left(pod.store, record) == []
    assert pod.store.names(layout.COMMITS) == []


@pytest.mark.parametrize("before", ["_download", "_keep", "_attempt"])
def test_a_running_download_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    films = tmp_path / "films"
    films.mkdir()
    write_film(films / "good.mp4", 30)
    settings = settings_in(tmp_path)
    store = settings.open_store()
    crawl(store, settings, [str(films)])
    (video_id,) = uploads.videos(store)
    called = getattr(Fetcher, before)

    def late(self: Fetcher, *args: Any, **options: Any) -> Any:
        takedown(store, "video", video_id, "asked to")
        return called(self, *args, **options)

    monkeypatch.setattr(Fetcher, before, late)
    report = download(store, settings)
    (record,) = takedowns.read_all(store)
    assert left(store, record) == []
    assert (report.failed, report.quarantined) == (0, 0)
