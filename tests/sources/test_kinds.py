"""The kinds of channels."""

from pathlib import Path

import pytest

from facelib.errors import SourceError
from facelib.sources.kinds import KINDS, open_source
from facelib.sources.ytdlp import DownloadSettings

SETTINGS = DownloadSettings()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "my lists"
    folder.mkdir()
    for name in ("a.csv", "b.TSV", "c.txt", "d.list", "list.dat", "talk.mp4"):
        (folder / name).write_text("dQw4w9WgXcQ\n")
    (folder / "e.csv").mkdir()
    return folder


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://example.org/feed", "channel"),
        (" HTTPS://example.org/feed ", "channel"),
        ("{folder}", "folder"),
        ("{folder}/talk.mp4", "folder"),
        ("{folder}/e.csv", "folder"),
        ("{folder}/a.csv", "list"),
        ("{folder}/b.TSV", "list"),
        ("{folder}/c.txt", "list"),
        ("{folder}/d.list", "list"),
        ("list:{folder}/list.dat", "list"),
        ("names:{folder}/c.txt", "names"),
        ("search:  TED   talk: 4k", "search"),
        ("hdtf:{folder}", "hdtf"),
        ("voxceleb:{folder}", "voxceleb"),
        ("api:search/TED talk", "api"),
    ],
)
def test_each_kind_opens_and_opens_again(folder: Path, text: str, kind: str) -> None:
    source = open_source(text.replace("{folder}", str(folder)), SETTINGS)
    assert source.kind == kind
    again = open_source(source.url, SETTINGS)
    assert (type(again), again.url, again.channel_id) == (type(source), source.url, source.channel_id)


@pytest.mark.parametrize("name", ["a.csv", "talk.mp4", "e.csv"])
def test_a_file_address_is_the_path(folder: Path, name: str) -> None:
    path = folder / name
    assert open_source(path.as_uri(), SETTINGS).channel_id == open_source(str(path), SETTINGS).channel_id


def test_a_path_may_hold_a_colon(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    Path("note: one.mp4").write_bytes(b"x")
    assert open_source("note: one.mp4", SETTINGS).title == "note: one.mp4"
    assert open_source("list: one.mp4", SETTINGS).url == f"list:{folder / 'one.mp4'}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("/no/such/folder", "channel_not_found"),
        ("file:///no/such/folder", "channel_not_found"),
        ("/no/such/list.csv", "channel_not_found"),
        ("list:", "unsupported_channel"),
        ("", "unsupported_channel"),
        (" ", "unsupported_channel"),
        ("ytsearch:cats", "unsupported_channel"),
        ("search:", "unsupported_channel"),
        ("search: ", "unsupported_channel"),
        ("ftp://example.org/a", "unsupported_channel"),
        ("http://[broken", "unsupported_channel"),
        ("https://", "unsupported_channel"),
    ],
)
def test_what_cannot_be_opened_is_named(text: str, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(text, SETTINGS)
    assert caught.value.reason == reason and caught.value.hint
    assert text.removeprefix("file://").strip() in str(caught.value)


def test_the_way_on_shows_each_kind() -> None:
    with pytest.raises(SourceError) as caught:
        open_source("gopher://example.org", SETTINGS)
    for prefix, kind in KINDS.items():
        assert kind.example.startswith(f"{prefix}:") and kind.example in caught.value.hint
