"""Crawling lists, and what is said of uploads that are not wanted."""

import json
from pathlib import Path

import pytest

from facelib.fetching.crawl import CrawlReport, crawl
from facelib.fetching.download import download
from facelib.settings import Settings
from facelib.sources.select_settings import SelectSettings
from facelib.store import uploads
from tests.support.http_server import Answer, serve
from tests.support.pipelines import settings_in, write_film


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    films = tmp_path / "my films"
    films.mkdir()
    for name, value in (("one talk", 80), ("two songs", 140)):
        write_film(films / f"{name}.mp4", 30, value=value)
    lines = ["one talk.mp4", "what is this", "two songs.mp4", "one talk.mp4", "absent.mp4"]
    (films / "all.txt").write_text("\r\n".join(lines))
    return settings_in(tmp_path)


def run(settings: Settings, *channels: str, said: list[str] | None = None) -> CrawlReport:
    said = [] if said is None else said
    return crawl(settings.open_store(), settings, channels, force=True, say=said.append)


def test_a_list_is_crawled_and_fetched_and_its_bad_lines_are_told(settings: Settings, tmp_path: Path) -> None:
    said: list[str] = []
    path = tmp_path / "my films" / "all.txt"
    report = run(settings, str(path), said=said)
    assert (report.seen, report.new, report.bad_lines, report.failed) == (2, 2, 3, {})
    assert [line.partition(":")[0] for line in said[:3]] == [f"all.txt, line {n}" for n in (2, 4, 5)]
    assert said[3:] == [f"{path}: 2 uploads, 2 new"]
    got = download(settings.open_store(), settings)
    assert (got.downloaded, got.failed) == (2, 0)
    assert (run(settings, f"list:{path}").new, json.loads(json.dumps(report.to_dict()))["bad_lines"]) == (0, 3)


def test_bad_lines_are_told_of_a_list_that_holds_nothing_else(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_text("what is this\n")
    said: list[str] = []
    report = run(settings, str(path), str(tmp_path / "my films"), said=said)
    assert report.bad_lines == 1 and said[0].startswith("bad.txt, line 1: ")
    assert set(report.failed) == {str(path)} and report.new == 2


def test_what_the_listing_shows_to_be_unwanted_is_known_and_counted(settings: Settings, tmp_path: Path) -> None:
    settings.select = SelectSettings(not_title_pattern="songs")
    report = run(settings, str(tmp_path / "my films"))
    assert (report.seen, report.new, report.filtered) == (2, 2, {"filtered_title": 1})
    assert len(uploads.videos(settings.open_store())) == 2


def test_the_settings_say_how_words_are_searched_for(settings: Settings) -> None:
    item = '<item><title>t{n}</title><enclosure url="/{n}.mp4" type="video/mp4"/></item>'
    body = "".join(item.replace("{n}", str(n)) for n in range(5))
    with serve() as server:
        server.routes["/find"] = Answer(f"<rss><channel>{body}</channel></rss>".encode(), "text/xml")
        address = server.url("/find?{words}")
        settings.crawl = settings.crawl.model_copy(update={"search_results": 2, "search_address": address})
        report = run(settings, "search:TED talk")
        assert (report.seen, report.failed) == (2, {})
        assert server.requests[0][1] == "/find?TED+talk"
