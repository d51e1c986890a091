"""Names to search for, with a real YoutubeDL and a page of results on the loopback address."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from facelib.errors import SourceError
from facelib.sources.names import PATIENCE, NamesSource
from facelib.sources.search import SearchOptions
from facelib.sources.ytdlp import DownloadSettings
from tests.support.http_server import Answer, HttpServer

Feed = Callable[[list[str]], bytes]
Names = Callable[..., NamesSource]


@pytest.fixture
def searched(server: HttpServer, settings: DownloadSettings, feed: Feed, tmp_path: Path) -> Names:
    """A file of names; each name has a path on the server, two uploads of its own and one of everybody."""

    def write(content: str | bytes, *names: str, file: str = "people.txt") -> NamesSource:
        for name in names:
            addresses = [f"/{name.replace(' ', '')}-{n}.mp4" for n in (1, 2)]
            server.routes[f"/{name.replace(' ', '+')}/find"] = Answer(feed([*addresses, "/all.mp4"]), "text/xml")
        path = tmp_path / file
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        options = SearchOptions(address=server.url("/{words}/find"), name_query="{name}")
        return NamesSource(path, settings, options)

    return write


def found(source: NamesSource) -> list[tuple[str, str]]:
    return [(u.extra["name"], u.key.rpartition("/")[2]) for u in source.list_uploads()]


def bad(source: NamesSource) -> list[tuple[int, str]]:
    return [(line.line, line.reason) for line in source.bad_lines]


def test_each_name_is_searched_for(searched: Names) -> None:
    source = searched("\ufeffAnn Lee\r\n\r\n# more\r\nBo\r\n  Ann  Lee \r\nann lee", "Ann Lee", "Bo")
    ann = [("Ann Lee", "AnnLee-1.mp4"), ("Ann Lee", "AnnLee-2.mp4"), ("Ann Lee", "all.mp4")]
    assert found(source) == [*ann, ("Bo", "Bo-1.mp4"), ("Bo", "Bo-2.mp4")]
    assert bad(source) == [(5, "duplicate"), (6, "duplicate")]
    assert found(source) == found(source) and bad(source) == [(5, "duplicate"), (6, "duplicate")]


@pytest.mark.parametrize(
    ("file", "content", "extra"),
    [
        ("celebs.csv", "celeb,born\nAnn Lee,1970\n", {"celeb": "Ann Lee", "born": "1970"}),
        ("people.csv", "id;Name\n1;Ann Lee\n", {"id": "1"}),
        ("people.csv", "Ann Lee\n", {}),
        ("people.tsv", "speaker\nAnn Lee\n", {"speaker": "Ann Lee"}),
        (
            "vox1_meta.csv",
            "VoxCeleb1 ID\tVGGFace1 ID\tGender\tNationality\tSet\nid10001\tAnn_Lee\tf\tIreland\tdev\n",
            {"voxceleb1 id": "id10001", "gender": "f", "nationality": "Ireland", "set": "dev"},
        ),
        (
            "vox2_meta.csv",
            "VoxCeleb2 ID ,Name ,VGGFace2 ID ,Gender ,Set \nid00012 ,Ann_Lee ,n000012 ,f ,dev\n",
            {"voxceleb2 id": "id00012", "vggface2 id": "n000012", "set": "dev"},
        ),
    ],
)
def test_tables_of_names(searched: Names, file: str, content: str, extra: dict[str, str]) -> None:
    source = searched(content, "Ann Lee", file=file)
    uploads = list(source.list_uploads())
    assert len(uploads) == 3 and {u.channel_id for u in uploads} == {source.channel_id}
    for upload in uploads:
        assert upload.extra["name"] == "Ann Lee" and extra.items() <= upload.extra.items()


@pytest.mark.parametrize(
    ("file", "content", "reason", "said"),
    [
        ("a.txt", "\n# nobody\n", "list_empty", "holds no name"),
        ("a.csv", "name,born\n,1970\n", "list_empty", "holds no name"),
        (
            "vox2_meta.csv",
            "VoxCeleb2 ID\tVGGFace2 ID\tGender\tSet\nid00012\tn000012\tm\tdev\n",
            "wrong_columns",
            "it has 'VoxCeleb2 ID', 'VGGFace2 ID', 'Gender', 'Set'",
        ),
    ],
)
def test_a_list_without_names(searched: Names, file: str, content: str, reason: str, said: str) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        found(searched(content, file=file))
    assert caught.value.reason == reason


def test_a_name_that_fails_or_finds_nothing_holds_back_no_other(
    searched: Names, server: HttpServer, feed: Feed
) -> None:
    server.routes["/Nobody/find"] = Answer(feed([]), "text/xml")
    server.routes["/Private/find"] = Answer(status=401)
    source = searched(b"Nobody\nGone\nPrivate\nZo\xeb\nAnn\n", "Ann")
    assert len(found(source)) == 3
    assert bad(source) == [(1, "nothing_found"), (2, "feed_unreachable"), (3, "private"), (4, "not_utf8")]
    assert "'Nobody'" in str(source.bad_lines[0])


def test_where_all_names_fail_the_list_does(searched: Names, server: HttpServer) -> None:
    source = searched("".join(f"Name {n}\n" for n in range(PATIENCE + 5)))
    with pytest.raises(SourceError) as caught:
        found(source)
    assert caught.value.reason == "feed_unreachable" and len(server.requests) == PATIENCE
    assert [line for line, _ in bad(source)] == list(range(1, PATIENCE + 6))


def test_those_that_waited_longest_come_first(searched: Names) -> None:
    source = searched("Ann\nBo\nCy\n", "Ann", "Bo", "Cy")
    source.last_searched = {"Ann": "20260102", "Bo": "20260101", "Gone": "20260101"}
    assert list(dict.fromkeys(name for name, _ in found(source))) == ["Cy", "Bo", "Ann"]
    assert source.searched == {"Ann", "Bo", "Cy"}


@pytest.mark.parametrize("before", [0, 2])
def test_where_the_search_is_given_up_it_says_so(searched: Names, before: int) -> None:
    answered = [f"Name {n}" for n in range(before)]
    source = searched("".join(f"Name {n}\n" for n in range(before + PATIENCE + 3)), *answered)
    uploads: list[str] = []
    with pytest.raises(SourceError):
        uploads.extend(upload.key for upload in source.list_uploads())
    failed = {f"Name {n}" for n in range(before, before + PATIENCE)}
    assert source.searched == (set(answered) or failed)


def test_what_is_found_is_fetched_again_without_the_file(
    searched: Names, server: HttpServer, settings: DownloadSettings, clips: list[bytes], tmp_path: Path
) -> None:
    server.routes["/Ann-1.mp4"] = Answer(clips[0], "video/mp4")
    source = searched("Ann\n", "Ann")
    upload = next(source.list_uploads())
    source.path.unlink()
    source = NamesSource(source.path, settings, SearchOptions(address=server.url("/{words}/find")))
    assert source.download(upload, tmp_path / "out").path.read_bytes() == clips[0]


def test_names_are_asked_for_as_the_template_says(
    server: HttpServer, settings: DownloadSettings, tmp_path: Path, feed: Feed
) -> None:
    path = tmp_path / "people.txt"
    path.write_text("Ann_Lee\n")
    server.routes["/find"] = Answer(feed(["/1.mp4"]), "text/xml")
    (upload,) = NamesSource(path, settings, SearchOptions(address=server.url("/find?q={words}"))).list_uploads()
    assert parse_qs(urlsplit(server.requests[0][1]).query)["q"] == ["Ann Lee interview 4k"]
    assert upload.extra == {"guid": "guid-1", "name": "Ann Lee"}
