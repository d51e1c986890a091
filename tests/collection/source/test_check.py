"""The check of sources, against a real server and real files: what it finds, and what is done about it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from facelib.catalog.reader import Catalog, ClipFilter
from facelib.cli.source_check import without_findings
from facelib.clock import now
from facelib.collection.source.check import SourceCheckReport, source_check
from facelib.collection.takedown.proof import leftovers
from facelib.export.options import ExportOptions
from facelib.export.selection import select
from facelib.ids import video_id
from facelib.publish import publish, rebuild
from facelib.settings import Settings
from facelib.sources.base import Upload
from facelib.sources.folder import upload_of_file
from facelib.sources.still_there import Look, SourceCheckSettings, look
from facelib.store import deny, documents, layout, log, source_checks, takedowns, uploads
from facelib.store.objects import Store
from facelib.store.source_checks import Seen
from facelib.store.uploads import Revision
from tests.support.collections import commit_video
from tests.support.http_server import Answer, HttpServer, serve
from tests.support.pipelines import settings_in

pytestmark = pytest.mark.timeout(120)
FILM = Answer(b"\x00\x00\x00\x18ftypmp42" + bytes(2000), "video/mp4")


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serve() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = settings_in(tmp_path)
    settings.download = settings.download.model_copy(
        update={"retries": 0, "upload_interval_s": 0.0, "host_pause_s": 0.0, "allowed_hosts": ("127.0.0.1",)}
    )
    return settings


def known(store: Store, upload: Upload, channel_url: str, size: int = 2024, **information: Any) -> str:
    """Make an upload known, as a crawl and a download do."""
    uploads.record_sighting(store, upload.video_id, {**upload.to_dict(), "channel_url": channel_url}, now())
    uploads.resolve(store, upload.video_id, {"upload_day": "2026-01-05"})
    path = str(Path(upload.url.removeprefix("file://"))) if upload.extractor == "file" else ""
    uploads.add_revision(store, Revision(1, "a" * 64, size, "", path, now().isoformat()), upload.video_id)
    uploads.record_information(store, upload.video_id, information)
    return upload.video_id


def page(server: HttpServer, name: str, answer: Answer = FILM) -> Upload:
    server.routes[f"/{name}.mp4"] = answer
    url = server.url(f"/{name}.mp4")
    return Upload(video_id=video_id("generic", url), extractor="generic", key=url, url=url, title=name)


def check(settings: Settings, **policy: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"older_than_days": 0.0, "confirm_days": 0.0, "confirmations": 1} | policy
    return source_check(settings.open_store(), settings, SourceCheckSettings(**values)).to_dict()


@pytest.mark.parametrize(
    ("status", "case"), [(200, "there"), (404, "gone"), (410, "gone"), (401, "private"), (402, "private")]
)
def test_what_an_address_answers(server: HttpServer, settings: Settings, status: int, case: str) -> None:
    upload = page(server, "a", Answer(FILM.body, FILM.type, status=status))
    assert look(upload, settings.download, channel_url=server.url("/feed.xml")).case == case


@pytest.mark.parametrize(("before", "case"), [("CC BY", "licence_changed"), ("", "there"), (None, "there")])
def test_a_licence_that_is_no_longer_given(
    server: HttpServer, settings: Settings, before: str | None, case: str
) -> None:
    found = look(page(server, "a"), settings.download, known={"license": before})
    assert found == (Look(case, "CC BY", "") if case != "there" else Look("there"))


@pytest.mark.parametrize(
    ("harm", "case"),
    [
        (lambda film: None, "there"),
        (lambda film: film.unlink(), "gone"),
        (lambda film: film.write_bytes(b"other"), "changed"),
    ],
)
def test_a_file(tmp_path: Path, settings: Settings, harm: Any, case: str) -> None:
    film = tmp_path / "a film é.mp4"
    film.write_bytes(bytes(100))
    upload = upload_of_file(film)
    harm(film)
    assert look(upload, settings.download, size_bytes=100).case == case


def test_a_folder_that_is_not_there_says_nothing_of_its_files(tmp_path: Path, settings: Settings) -> None:
    folder = tmp_path / "mounted" / "films"
    folder.mkdir(parents=True)
    store = settings.open_store()
    films = [folder / f"{name}.mp4" for name in "ab"]
    for film in films:
        film.write_bytes(bytes(100))
        known(store, upload_of_file(film), folder.parent.as_uri(), size=100)
    folder.parent.rename(tmp_path / "elsewhere")
    report = check(settings, gone="remove")
    assert (report["failed"], report["cases"], report["removed"]) == ({"source_unavailable": 2}, {}, 0)
    (tmp_path / "elsewhere").rename(folder.parent)
    films[0].unlink()
    assert check(settings, gone="remove")["removed"] == 1


@pytest.mark.parametrize("place", [".", "2026/01"])
@pytest.mark.parametrize(("files", "case"), [(1, "gone"), (2, "source_unavailable"), (9, "source_unavailable")])
def test_an_empty_folder_may_be_a_disk_that_is_not_mounted(
    tmp_path: Path, settings: Settings, place: str, files: int, case: str
) -> None:
    store, root = settings.open_store(), tmp_path / "disk"
    (root / place).mkdir(parents=True)
    films = [root / place / f"{n}.mp4" for n in range(files)]
    for film in films:
        film.write_bytes(bytes(100))
        known(store, upload_of_file(film), root.as_uri(), size=100)
    for film in films:
        film.unlink()
    said: list[str] = []
    wanted = SourceCheckSettings(gone="remove", confirmations=1, older_than_days=0)
    report = source_check(store, settings, wanted, say=said.append)
    assert report.failed | report.cases == {case: files}
    assert report.removed == (1 if case == "gone" else 0)
    assert len([line for line in said if line.startswith("source_unavailable:")]) == (case != "gone")


def test_a_host_that_is_down_costs_few_looks_and_holds_up_nobody(server: HttpServer, settings: Settings) -> None:
    store = settings.open_store()
    dead = "http://127.0.0.1:9/{}.mp4"
    for n in range(20):
        url = dead.format(n)
        upload = Upload(video_id=f"generic_a{n:02d}-0123456789", extractor="generic", key=url, url=url, title="a")
        known(store, upload, "http://127.0.0.1:9/feed")
    alive = [known(store, page(server, name), server.url("/feed")) for name in "xyz"]
    settings.download = settings.download.model_copy(update={"per_host": 1})
    said: list[str] = []
    wanted = SourceCheckSettings(limit=6, host_failures=3)
    first = source_check(store, settings, wanted, say=said.append)
    assert (first.failed, first.there, first.unreachable) == ({"network": 3}, 3, {"127.0.0.1:9": 17})
    assert (first.looked, first.postponed, first.left) == (6, 0, 0)
    assert set(alive) <= set(source_checks.history(store))
    assert [line for line in said if line.startswith("127.0.0.1:9: 3 looks in a row")]
    assert source_check(store, settings, wanted).failed == {"network": 3}, "it is asked again"


def test_a_host_that_answers_now_and_then_is_not_given_up(server: HttpServer, settings: Settings) -> None:
    store = settings.open_store()
    settings.download = settings.download.model_copy(update={"per_host": 1})
    for n in range(9):
        answer = FILM if n % 3 == 2 else Answer(status=500)
        known(store, replace(page(server, f"f{n}", answer), video_id=f"generic_f{n}-0123456789"), server.url("/feed"))
    report = check(settings, host_failures=3)
    assert (report["failed"], report["there"], report["unreachable"]) == ({"network": 6}, 3, {})


@pytest.mark.parametrize(
    ("there", "gone", "policy", "removed"),
    [
        (14, 6, {}, 0),
        (30, 6, {}, 6),
        (0, 4, {}, 4),
        (14, 6, {"max_removed_share": 0.3}, 6),
        (0, 6, {"max_removed_share": 1.0}, 6),
        (14, 6, {"gone": "hide"}, 0),
    ],
)
def test_when_too_much_of_a_channel_is_gone_nothing_is_removed(
    tmp_path: Path, settings: Settings, there: int, gone: int, policy: dict[str, Any], removed: int
) -> None:
    """Also when only what was missing is looked at again."""
    store = settings.open_store()
    for name, films in (("x", there + gone), ("y", 50)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").touch()  # the folder is mounted
        for n in range(films):
            film = tmp_path / name / f"{n:03d}.mp4"
            film.write_bytes(bytes(100))
            upload = replace(upload_of_file(film), channel_id=name)
            known(store, upload, film.parent.as_uri(), size=100)
    for n in range(gone):
        (tmp_path / "x" / f"{n:03d}.mp4").unlink()
    wanted = SourceCheckSettings(**{"gone": "remove", "confirm_days": 0.0} | policy)
    said: list[str] = []
    first = source_check(store, settings, wanted)
    second = source_check(store, settings, wanted, say=said.append)
    assert (first.looked, second.looked) == (there + gone + 50, gone)
    assert (first.removed, first.refused, second.removed) == (0, 0, removed)
    refused = gone if not removed and wanted.gone == "remove" else 0
    assert second.refused == refused
    assert [f["action"] for f in second.findings].count("report") == refused
    assert any(line.startswith(f"x: {gone} of {gone + there} uploads") for line in said) == bool(refused)


def test_a_report_changes_nothing(server: HttpServer, settings: Settings) -> None:
    store = settings.open_store()
    there = known(store, page(server, "there"), server.url("/feed"))
    gone = known(store, page(server, "gone", Answer(status=404)), server.url("/feed"))
    busy = known(store, page(server, "busy", Answer(status=500)), server.url("/feed"))
    report = check(settings)
    assert (report["looked"], report["there"], report["cases"]) == (3, 1, {"gone": 1})
    assert report["failed"] == {"network": 1}
    assert [(f["video_id"], f["case"], f["action"]) for f in report["findings"]] == [(gone, "gone", "report")]
    assert set(source_checks.history(store)) == {there, gone, busy}
    assert not deny.denied(store)
    assert not list(log.entries(store, layout.DECISIONS))


def test_a_host_that_may_not_be_asked_says_nothing(server: HttpServer, settings: Settings) -> None:
    settings.download = settings.download.model_copy(update={"allowed_hosts": ()})
    known(settings.open_store(), page(server, "a"), "https://example.org/feed")
    report = check(settings, gone="remove")
    assert (report["failed"], server.requests) == ({"host_not_allowed": 1}, [])


def test_only_what_is_due_and_no_more_than_the_limit(server: HttpServer, settings: Settings) -> None:
    store = settings.open_store()
    for name in "abc":
        known(store, page(server, name), server.url("/feed"))
    first = check(settings, older_than_days=1.0, limit=2)
    assert (first["looked"], first["left"]) == (2, 1)
    second = check(settings, older_than_days=1.0, limit=2)
    assert (second["looked"], second["left"]) == (1, 0)
    assert check(settings, older_than_days=1.0)["looked"] == 0
    assert len(server.requests) == 3


def test_nothing_is_done_before_it_is_confirmed(server: HttpServer, settings: Settings) -> None:
    store = settings.open_store()
    gone = known(store, page(server, "gone", Answer(status=404)), server.url("/feed"))
    first = check(settings, gone="remove", confirmations=2, older_than_days=30.0)
    assert [f["action"] for f in first["findings"]] == ["confirm"]
    assert not deny.is_denied(store, gone)
    second = check(settings, gone="remove", confirmations=2, older_than_days=30.0)
    assert (second["removed"], [f["action"] for f in second["findings"]]) == (1, ["remove"])
    assert deny.is_denied(store, gone)


def test_a_site_that_was_away_for_a_while_removes_nothing(server: HttpServer, settings: Settings) -> None:
    upload = page(server, "a", Answer(status=404))
    name = known(settings.open_store(), upload, server.url("/feed"))
    check(settings, gone="remove", confirmations=2)
    page(server, "a")
    check(settings, gone="remove", confirmations=2)
    page(server, "a", Answer(status=404))
    assert check(settings, gone="remove", confirmations=2)["removed"] == 0
    assert not deny.is_denied(settings.open_store(), name)


def test_what_is_removed_leaves_nothing(server: HttpServer, settings: Settings) -> None:
    store = settings.open_store()
    names = [known(store, page(server, n, Answer(status=404)), server.url("/feed")) for n in ("a", "b")]
    for name in names:
        commit_video(store, name, clips=1)
    kept = known(store, page(server, "c"), server.url("/feed"))
    commit_video(store, kept, clips=1)
    publish(store)
    assert check(settings, gone="remove")["removed"] == 2
    (record,) = takedowns.read_all(store)
    assert sorted(record.videos) == sorted(names)
    assert list(leftovers(store, record)) == []
    with Catalog(store) as catalog:
        assert [row["video_id"] for row in catalog.rows("SELECT video_id FROM clips")] == [kept]


def test_what_is_hidden_leaves_search_and_export_until_it_is_back(server: HttpServer, settings: Settings) -> None:
    store = settings.open_store()
    names = [known(store, page(server, n), server.url("/feed")) for n in ("a", "b")]
    for name in names:
        commit_video(store, name, clips=1)
    publish(store)
    page(server, "a", Answer(status=404))
    assert check(settings, gone="hide")["hidden"] == 1
    assert check(settings, gone="hide")["hidden"] == 0
    for run in (publish, rebuild):
        run(store)
        with Catalog(store) as catalog:
            assert [row["reason"] for row in catalog.rows("SELECT * FROM hidden_videos")] == ["gone"]
            assert catalog.clip_ids(ClipFilter(), limit=9) == [f"{names[1]}--0"]
            assert [row["video_id"] for row in select(catalog, ExportOptions())] == [names[1]]
    page(server, "a")
    assert check(settings, gone="hide")["shown_again"] == 1
    publish(store)
    with Catalog(store) as catalog:
        assert len(catalog.clip_ids(ClipFilter(), limit=9) or []) == 2


def test_a_person_who_hid_a_video_is_not_overruled(server: HttpServer, settings: Settings) -> None:
    store = settings.open_store()
    name = known(store, page(server, "a"), server.url("/feed"))
    source_checks.hide(store, name, "a person said so", hidden=True, by="anna")
    assert check(settings, gone="hide")["shown_again"] == 0


def test_nothing_to_look_at(settings: Settings) -> None:
    assert check(settings) == source_check(settings.open_store(), settings, SourceCheckSettings()).to_dict()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "nothing was looked at"),
        ({"left": 6}, "nothing was looked at, 6 uploads wait"),
        ({"looked": 2, "there": 2}, "2 uploads there as they were"),
        ({"looked": 3, "failed": {"unreachable": 3}, "left": 6}, "3 uploads could not be asked, 6 uploads wait"),
        (
            {"looked": 1, "there": 1, "unreachable": {"a": 2}, "postponed": 1},
            "1 upload there as they were, 3 uploads wait",
        ),
    ],
)
def test_what_is_said_without_a_finding(values: dict[str, Any], said: str) -> None:
    assert without_findings(SourceCheckReport(**values)) == said


def test_the_log_of_looks_loses_what_is_taken_down(tmp_path: Path) -> None:
    store = Store(tmp_path)
    source_checks.record(store, [Seen("toy_a-0123456789", "gone", now().isoformat()), Seen("b", "there", "")])
    from facelib.collection.takedown.sweep import sweep
    from facelib.store.mentions import Mentions

    sweep(store, Mentions(["toy_a-0123456789"]), lambda: None)
    (key,) = log.entries(store, layout.SOURCE_CHECKS)
    assert [look["video_id"] for look in documents.decode(store.read(key))["looks"]] == ["b"]


def test_a_setting_that_is_none() -> None:
    with pytest.raises(ValueError, match="gone"):
        SourceCheckSettings(gone="burn")
