"""Crawls through the YouTube Data API: what came before its quota ended is kept, and names are searched by it."""

from pathlib import Path

import pytest

from facelib.fetching.crawl import crawl
from facelib.store import uploads
from tests.support.pipelines import settings_in
from tests.support.youtube_api_server import keys_of, make_video, settings_of, youtube


def test_what_was_listed_before_the_quota_ended_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with youtube(monkeypatch) as api:
        keys = keys_of("a", 120)
        api.add_videos(keys)
        api.add_channel("UC" + "x" * 22, "@talks", "Talks", keys)
        api.units = {"key-one": 4}
        settings = settings_in(tmp_path).model_copy(update={"download": settings_of(api)})
        store = settings.open_store()
        report = crawl(store, settings, ["api:@talks"])
        assert "uploads listed before are kept" in report.failed["api:@talks"]
        assert 0 < report.new == report.seen == len(uploads.videos(store)) < 120
        assert report.listed == 0
        api.units = {"key-two": 1000}
        settings = settings.model_copy(update={"download": settings_of(api)})
        report = crawl(store, settings, ["api:@talks"])
        assert report.failed == {}, "a channel that was not listed to its end is asked again"
        assert len(uploads.videos(store)) == 120


def test_every_name_has_its_turn_whatever_the_quota(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"Person {n:02d}" for n in range(20)]
    (tmp_path / "people.txt").write_text("\n".join(names) + "\n")
    with youtube(monkeypatch) as api:
        api.videos["a0000000000"] = make_video("a0000000000", snippet={"title": "Person 00 interview 4k"})
        settings = settings_in(tmp_path)
        store = settings.open_store()
        failures = []
        for day in range(4):
            api.units = {f"key-{day}": 501}
            settings = settings.model_copy(update={"download": settings_of(api)})
            failures.append(crawl(store, settings, [f"names:{tmp_path / 'people.txt'}"]).failed)
        answered = {row["q"].removesuffix(" interview 4k") for row in api.asked("search")}
        assert len(uploads.videos(store)) == 1
        assert all(failures), "a channel that was not searched to its end is not complete"
        assert answered == set(names)


def test_names_are_searched_by_the_api_where_there_are_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "people.txt").write_text("Ann Lee\nBo\nNobody\n")
    with youtube(monkeypatch) as api:
        for key, title in zip(
            keys_of("b", 3), ("Ann Lee interview 4k", "Bo interview 4k, 1", "Bo interview 4k, 2"), strict=True
        ):
            api.videos[key] = make_video(key)
            api.videos[key]["snippet"]["title"] = title
        settings = settings_in(tmp_path).model_copy(update={"download": settings_of(api)})
        store = settings.open_store()
        said: list[str] = []
        report = crawl(store, settings, [f"names:{tmp_path / 'people.txt'}"], say=said.append)
        assert report.failed == {}
        names = sorted(uploads.read_upload(store, video)["extra"]["name"] for video in uploads.videos(store))
        assert names == ["Ann Lee", "Bo", "Bo"]
        assert any("'Nobody'" in line for line in said)
