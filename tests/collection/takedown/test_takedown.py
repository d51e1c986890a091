"""Takedown: what goes is gone from every file, table and version, and stays out."""

import json
from pathlib import Path
from typing import Any

import pytest

from facelib.catalog.redact import mentioned
from facelib.clock import now
from facelib.collection.takedown.takedown import again, takedown
from facelib.errors import StoreError
from facelib.export.manifest import ITEMS
from facelib.fetching.crawl import crawl
from facelib.planning import plan
from facelib.publish import publish, rebuild
from facelib.settings import Settings
from facelib.sources.folder import FolderSource
from facelib.store import (
    decisions,
    deny,
    documents,
    download_log,
    exports_log,
    layout,
    plans,
    published,
    takedowns,
    uploads,
)
from facelib.store.download_log import Attempt
from facelib.store.mentions import Mentions
from facelib.store.objects import Store
from facelib.store.uploads import Revision
from tests.support.collections import commit_video, list_channel
from tests.support.filled_store import GONE, KEPT, OTHER, SHARD, clips_of, contents, left, vector_bytes
from tests.support.pipelines import settings_in, write_film

pytestmark = pytest.mark.timeout(120)


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
    items = tmp_path / "one" / ITEMS
    for video, state in ((None, "absent"), (GONE, "holds"), (KEPT, "without"), ("torn", "holds")):
        if video:
            items.parent.mkdir(exist_ok=True)
            items.write_text("{" if video == "torn" else json.dumps({"video_id": video}))
        assert [e["state"] for e in report.to_dict()["exports"]] == [state]
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


def test_files_of_others_in_the_store_stop_nothing_and_are_named(store: Store) -> None:
    foreign = {
        "notes.txt": f"about {GONE}".encode(),
        "exported/.export/journal.jsonl": json.dumps({"clip": f"{GONE}.0"}).encode(),
        "exported/rows.parquet": f"no Parquet, but {GONE}".encode(),
    }
    for key, data in {**foreign, "exported/other.txt": b"about somebody else"}.items():
        store.put(key, data)
    with pytest.raises(StoreError) as caught:
        takedown(store, "video", GONE, "asked to")
    (record,) = takedowns.read_all(store)
    assert caught.value.reason == "bad_record" and f"takedown resume {record.takedown_id}" in str(caught.value.hint)
    assert not record.ended and all(key in str(caught.value) for key in foreign)
    assert {found.where for found in left(store, record)} == set(foreign)
    assert clips_of(store) == ([f"{KEPT}--0", f"{KEPT}--1", f"{OTHER}--0"],) * 2
    for key in foreign:
        store.remove(key)
    done = again(store, record.takedown_id)
    assert done.complete and left(store, done.takedown) == []
    assert again(store, record.takedown_id).takedown == done.takedown, "complete, and nothing came back"
    assert len(takedowns.read_all(store)) == 1 and store.exists("exported/other.txt")


def test_before_the_first_publication(tmp_path: Path) -> None:
    store = Store(tmp_path)
    list_channel(store, [GONE])
    report = takedown(store, "video", GONE, "asked to")
    assert left(store, report.takedown) == []
    assert published.newest(store) is None


@pytest.mark.parametrize(
    ("kind", "command"), [("video", "downloads"), ("channel", "status"), ("person", "people list")]
)
def test_an_unknown_id_names_the_command_that_shows_ids(tmp_path: Path, kind: str, command: str) -> None:
    with pytest.raises(StoreError) as caught:
        takedown(Store(tmp_path), kind, "nobody", "asked to")
    assert (caught.value.reason, f"facelib {command}" in caught.value.hint) == (f"no_{kind}", True)
