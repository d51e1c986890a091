"""A commit notes from which bytes and with which weights each stage worked, and the catalogue tells it."""

from pathlib import Path

from facelib.catalog.reader import Catalog
from facelib.fetching.crawl import crawl
from facelib.fetching.download import download
from facelib.planning import plan
from facelib.publish import publish
from facelib.stages.commit import commit_shard
from facelib.stages.runner import StageRun
from facelib.store import documents, results, uploads
from tests.support.pipelines import require_models, settings_in, write_film


def test_weights_and_source_are_noted(tmp_path: Path) -> None:
    require_models()
    films = tmp_path / "films"
    films.mkdir()
    write_film(films / "a.mp4", 30)
    settings = settings_in(tmp_path, probe={"min_bytes": 100})
    store = settings.open_store()
    crawl(store, settings, [str(films)])
    download(store, settings)
    shard = plan(store, settings, uploads.days(store)).shards[0]
    for stage in ("probe", "detect"):
        StageRun(store, shard, stage, weights=settings.open_weights(), work_dir=settings.work_dir, threads=1).run()
    commit_shard(store, shard)
    publish(store)
    digest = settings.open_weights().digest("centerface")
    revision = uploads.revision(store, shard.videos[0])
    with Catalog(store) as catalog:
        rows = catalog.rows("SELECT * FROM stages WHERE reason = '' ORDER BY stage")
        video = catalog.rows("SELECT source_digest, fetched FROM videos")[0]
    assert revision is not None
    assert video == {"source_digest": revision.digest, "fetched": revision.fetched}
    assert [(row["stage"], row["weights"]) for row in rows] == [("detect", f"centerface={digest}"), ("probe", "")]
    for row in rows:
        found = results.read(store, row["stage"], row["video_id"], row["fingerprint"])
        assert found is not None
        assert (row["version"], row["params"]) == (found.head["version"], documents.digest(found.head["params"]))
