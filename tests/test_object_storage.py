"""The collection in a bucket is the same as in a folder: published, searched, named, taken down, rebuilt, proved."""

import multiprocessing
import shutil
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from facelib.catalog.reader import Catalog
from facelib.collection.snapshots import create, diff, publication
from facelib.collection.takedown.proof import leftovers
from facelib.collection.takedown.takedown import takedown
from facelib.doctor import examine
from facelib.errors import StoreError
from facelib.export.job import export
from facelib.export.options import ExportOptions
from facelib.index.reader import Index
from facelib.ingest import ingest
from facelib.media_server import MediaServer, media_url, player_url
from facelib.publish import publish, rebuild
from facelib.search import FaceSearch
from facelib.settings import Settings
from facelib.store import layout, published
from facelib.store.objects import Store
from facelib.store.options import StoreOptions
from tests.support.collections import commit_video, list_channel, vector_of
from tests.support.pipelines import settings_in
from tests.support.s3_server import S3Server

pytestmark = pytest.mark.timeout(300)
A, B, C = (f"toy_{name}-0123456789" for name in ("one", "two", "three"))


@pytest.fixture
def bucket(s3_server: S3Server, tmp_path: Path) -> Store:
    return s3_server.store(tmp_path / "cache")


def seen(store: Store, name: str | None = None) -> tuple[dict[str, int], list[str], list[str]]:
    """Counts, clips of the catalogue and clips of the vector tables."""
    named = publication(store, name) if name else published.newest(store)
    assert named is not None
    with Catalog(store, named) as catalog:
        rows = [row["clip_id"] for row in catalog.rows("SELECT clip_id FROM clips ORDER BY 1")]
    index = Index(store, named)
    table = index.table("identity")
    near = index.nearest(table, vector_of(rows[0]), limit=2)
    assert (near[0].clip_id, near[0].distance < 1e-3) == (rows[0], True)
    return {"clips": named.counts["clips"], "vectors": table.rows}, rows, sorted(index.vectors(table))


def story(store: Store) -> list[Any]:
    """What a collection goes through, and what is seen after each step."""
    list_channel(store, [A, B])
    commit_video(store, A, clips=2)
    commit_video(store, B, clips=1)
    told: list[Any] = [publish(store).changed, seen(store)]
    create(store, "v1", note="first")
    commit_video(store, A, clips=3, generation=2, tag="again")
    list_channel(store, [C])
    commit_video(store, C, clips=1)
    told += [publish(store).changed, publish(store).changed, seen(store), seen(store, "v1")]
    told.append(diff(store, "v1").summary())
    report = takedown(store, "video", A, "asked for")
    told += [report.takedown.removed, list(leftovers(store, report.takedown, media=True))]
    told += [seen(store), seen(store, "v1"), rebuild(store).videos, seen(store)]
    told.append([name for name in store.names() if name != ".tmp"])
    return told


@pytest.mark.slow
def test_a_bucket_tells_the_same_story_as_a_folder(bucket: Store, tmp_path: Path) -> None:
    assert story(bucket) == story(Store(tmp_path / "folder"))
    newest = published.newest(bucket)
    assert newest is not None
    assert bucket.names(layout.CATALOG)[-1] == newest.catalog.rsplit("/", 1)[1]


def test_another_machine_reads_what_this_one_published(bucket: Store, s3_server: S3Server, tmp_path: Path) -> None:
    list_channel(bucket, [A])
    commit_video(bucket, A, clips=2)
    publish(bucket)
    elsewhere = Store(bucket.address, s3_server.options(tmp_path / "another machine"))
    assert seen(elsewhere) == seen(bucket)
    bucket.remove(str(getattr(published.newest(bucket), "catalog", "")))
    with pytest.raises(StoreError, match="facelib rebuild") as gone:
        Catalog(elsewhere)
    assert gone.value.reason == "bad_catalog"


def _publish(address: str, options: StoreOptions, queue: "multiprocessing.Queue[str]") -> None:
    try:
        queue.put(str(publish(Store(address, options)).number))
    except StoreError as error:
        queue.put(error.reason)


@pytest.mark.slow
def test_of_two_machines_that_publish_one_does(bucket: Store, s3_server: S3Server, tmp_path: Path) -> None:
    list_channel(bucket, [A, B])
    commit_video(bucket, A, clips=2)
    commit_video(bucket, B, clips=2)
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[str] = context.Queue()
    machines = [
        context.Process(target=_publish, args=(bucket.address, s3_server.options(tmp_path / str(n)), queue))
        for n in range(2)
    ]
    for machine in machines:
        machine.start()
    said = sorted(queue.get(timeout=200) for _ in machines)
    for machine in machines:
        machine.join()
    assert said in (["1", "locked"], ["1", "1"])
    assert seen(bucket)[0] == {"clips": 4, "vectors": 4}


def test_a_page_gets_clips_of_a_bucket_by_signed_address_or_server(bucket: Store, tmp_path: Path) -> None:
    key = "media/v/f/a b.mp4"
    bucket.put(key, b"clip")
    bucket.put("media/v/f/a.json", b"not for players")
    folder = Store(tmp_path / "folder")
    assert player_url(folder, key, lambda: "http://here") == "http://here/media/v/f/a%20b.mp4"
    server = MediaServer(bucket)
    server.start()
    try:
        for url in (player_url(bucket, key, lambda: "unused"), media_url(server.url, key)):
            with urllib.request.urlopen(url, timeout=60) as answer:
                assert (answer.read(), answer.headers["Content-Type"]) == (b"clip", "video/mp4")
        for name in ("media/v/f/a.json", "media/v/f/none.mp4", "media/../media/v/f/a b.mp4", "videos/a.mp4"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(media_url(server.url, name), timeout=60)
    finally:
        server.stop()


def test_the_doctor_looks_at_the_bucket(bucket: Store, s3_server: S3Server, tmp_path: Path) -> None:
    values: dict[str, Any] = {"s3_endpoint": s3_server.endpoint, "work_dir": tmp_path, "models_dir": tmp_path}
    found = examine(Settings(store=bucket.address, **values))
    about = {one.about: one.state for one in found}
    assert (about["object storage"], about["bucket versions"], about["publication"]) == ("good", "good", "note")
    gone = examine(Settings(store="s3://no-such-bucket/x", **values))
    assert [one.state for one in gone if one.about == "object storage"] == ["bad"]


@pytest.mark.slow
@pytest.mark.media
@pytest.mark.timeout(1800)
def test_the_whole_path_with_a_real_film(
    s3_server: S3Server,
    media_dir: Path,
    lite_models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    videos = tmp_path / "videos"
    videos.mkdir()
    for name in ("talker_a.mp4", "talker_b.mp4"):
        shutil.copyfile(media_dir / name, videos / name)
    root = f"s3://{s3_server.bucket()}/faces"
    settings = settings_in(tmp_path).model_copy(update={"store": root, "s3_endpoint": s3_server.endpoint})
    ingest(settings, [str(videos)])
    store, search = settings.open_store(), FaceSearch(settings)
    clips = search.catalog.rows("SELECT clip_id, video_id, media_key FROM clips ORDER BY 1")
    assert len(clips) == 2
    first = search.nearest(search.of_clip(clips[0]["clip_id"]), limit=2)[0]
    assert (first.clip_id, first.media) == (clips[0]["clip_id"], f"{root}/{clips[0]['media_key']}")
    with urllib.request.urlopen(str(store.signed_url(clips[0]["media_key"], "video/mp4")), timeout=60) as answer:
        assert answer.read() == store.read(clips[0]["media_key"])
    made = export(store, "clips", tmp_path / "out", ExportOptions(), same_person={}, processes=2)
    assert (len(made["failures"]), len(list((tmp_path / "out").rglob("*.mp4")))) == (0, 2)
    create(store, "v1")
    assert ingest(settings, [str(videos)]) is not None  # everything is done
    report = takedown(store, "video", clips[0]["video_id"], "asked for", work_dir=settings.work_dir)
    assert list(leftovers(store, report.takedown, media=True)) == []
    assert not any(clips[0]["video_id"] in str(path) for path in (settings.work_dir / "cache").rglob("*"))
    with Catalog(store) as catalog:
        assert [row["clip_id"] for row in catalog.rows("SELECT clip_id FROM clips")] == [clips[1]["clip_id"]]
    assert publication(store, "v1").counts["clips"] == 1
    assert {one.state for one in examine(settings, deep=True) if one.about != "publication"} <= {"good", "note"}
