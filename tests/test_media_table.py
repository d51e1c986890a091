"""Real clips with known truth through the whole path, against a table of what must come out."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facelib.catalog.reader import Catalog, ClipFilter
from facelib.errors import MediaError
from facelib.ingest import ingest
from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.media.probe import ProbeLimits, probe
from facelib.search import FaceSearch
from facelib.settings import Settings
from tests.support.pipelines import settings_in

pytestmark = [pytest.mark.media, pytest.mark.slow, pytest.mark.timeout(1800)]


@dataclass(frozen=True)
class Expected:
    """What must come out of one file; None leaves it open."""

    shots: list[int] | None = None
    clips: int | None = 0
    people: str = ""
    has_audio: bool = True
    reason: str = ""
    tracks: int | None = None


TABLE = {
    "scenes_cuts_at_125_325_525.mp4": Expected([0, 125, 325, 525], 1, "a", tracks=3),
    "talker_a.mp4": Expected([0], 1, "a"),
    "talker_b.mp4": Expected([0], 1, "b"),
    "two_talkers_voice_left.mp4": Expected([0], 2, "ab"),
    "two_talkers_voice_right.mp4": Expected([0], 2, "ab"),
    "silent_face.mp4": Expected([0], 1, "s", has_audio=False),
    "talker_a_no_audio.mp4": Expected([0], 1, "a", has_audio=False),
    "broken_noise.mp4": Expected(reason="not_media"),
    "broken_empty.mp4": Expected(reason="not_media"),
    "broken_truncated.mp4": Expected(reason="not_media"),
    "broken_midstream.mkv": Expected(clips=None),
}
ALONE = {
    "slides_no_face.mp4": Expected([0], 0, tracks=0),
    "street_crowd.mp4": Expected([0], 0),
    "talker_a_silence.mp4": Expected([0], 1),
}


def process(folder: Path, media: Path, names: list[str]) -> Settings:
    """Run the whole path on copies of some clips."""
    videos = folder / "videos"
    videos.mkdir()
    for name in names:
        if not (media / name).is_file():
            pytest.fail(f"{media / name} is missing")
        shutil.copyfile(media / name, videos / name)
    settings = settings_in(folder)
    settings.threads = 0
    ingest(settings, [str(videos)])
    return settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, media_dir: Path, lite_models: Path) -> Settings:
    return process(tmp_path_factory.mktemp("media_table"), media_dir, list(TABLE))


@pytest.fixture(scope="module")
def catalog(settings: Settings) -> Iterator[Catalog]:
    with Catalog(settings.open_store()) as opened:
        yield opened


@pytest.fixture(scope="module")
def people(catalog: Catalog) -> dict[str, str]:
    return {row["clip_id"]: row["person_id"] for row in catalog.rows("SELECT clip_id, person_id FROM clip_people")}


def of(catalog: Catalog, name: str, table: str) -> list[dict[str, Any]]:
    title = Path(name).stem
    return catalog.rows(
        f"SELECT t.* FROM {table} t JOIN uploads u USING (video_id) WHERE u.title = ? ORDER BY ALL", [title]
    )


def check(catalog: Catalog, name: str, expected: Expected) -> None:
    """One row of the table."""
    reasons = [row["reason"] for row in of(catalog, name, "quarantine")]
    assert reasons == ([expected.reason] if expected.reason else [])
    if expected.shots is not None:
        assert [row["start_frame"] for row in of(catalog, name, "shots")] == expected.shots
    if expected.tracks is not None:
        assert len(of(catalog, name, "tracks")) == expected.tracks
    clips = of(catalog, name, "clips")
    assert expected.clips is None or len(clips) == expected.clips
    assert {clip["has_audio"] for clip in clips} <= {expected.has_audio}


@pytest.mark.parametrize("name", TABLE)
def test_table(catalog: Catalog, name: str) -> None:
    check(catalog, name, TABLE[name])


def test_people_are_recognised_across_uploads(catalog: Catalog, people: dict[str, str]) -> None:
    letters: dict[str, set[str]] = {}
    for name, expected in TABLE.items():
        found = [people[row["clip_id"]] for row in of(catalog, name, "clips")]
        if len(set(expected.people)) == 1:
            letters.setdefault(expected.people[0], set()).update(found)
    assert {letter: len(persons) for letter, persons in letters.items()} == {"a": 1, "b": 1, "s": 1}
    a, b = letters["a"], letters["b"]
    assert a != b and "" not in a | b
    assert letters["s"] == {""}, "one clip waits for others like it"
    for side in ("left", "right"):
        both = {people[row["clip_id"]] for row in of(catalog, f"two_talkers_voice_{side}.mp4", "clips")}
        assert both == a | b


def test_faces_under_the_minimum_are_rejects_with_their_size(catalog: Catalog) -> None:
    rejects = [row for row in of(catalog, "scenes_cuts_at_125_325_525.mp4", "rejects") if row["kind"] == "track"]
    assert [(row["start_frame"], row["reason"], row["unit"]) for row in rejects] == [
        (0, "small_face", "px"),
        (325, "small_face", "px"),
    ]
    assert all(60 < row["measured"] < 80 and row["threshold"] == 100 for row in rejects)


def test_a_clip_shows_the_frames_it_says(settings: Settings, catalog: Catalog) -> None:
    (clip,) = of(catalog, "scenes_cuts_at_125_325_525.mp4", "clips")
    assert (clip["start_frame"], clip["end_frame"]) == (125, 325)
    source = catalog.rows("SELECT url FROM uploads WHERE video_id = ?", [clip["video_id"]])[0]["url"]
    window = (slice(clip["y1"], clip["y2"]), slice(clip["x1"], clip["x2"]))
    wanted = {125, 200, 324}
    with GridReader(Path(source.removeprefix("file://"))) as reader:
        cut = {shown.index: to_bgr(shown.frame)[window] for shown in reader if shown.index in wanted}
    with GridReader(settings.open_store().path(clip["media_key"])) as reader:
        shown = {125 + s.index: to_bgr(s.frame) for s in reader if 125 + s.index in wanted}
    for frame in wanted:
        assert cv2.PSNR(np.ascontiguousarray(cut[frame]), shown[frame]) > 38


def test_every_clip_is_25_fps_with_the_sound_of_its_frames(settings: Settings, catalog: Catalog) -> None:
    store = settings.open_store()
    for clip in catalog.rows("SELECT * FROM clips"):
        media = store.path(clip["media_key"])
        info = probe(media, ProbeLimits())
        frames = clip["end_frame"] - clip["start_frame"]
        assert (info.fps, info.has_audio) == (25.0, clip["has_audio"])
        assert info.duration_s == pytest.approx(frames / 25, abs=0.09)
        wav = media.with_suffix(".wav")
        assert wav.exists() is clip["has_audio"]
        if clip["has_audio"]:
            assert wav.stat().st_size == 44 + 2 * frames * 640
        assert media.with_suffix(".jpg").is_file()


def test_a_picture_finds_its_person(settings: Settings, catalog: Catalog, tmp_path: Path) -> None:
    source = catalog.rows("SELECT url FROM uploads WHERE title = 'talker_b'")[0]["url"]
    with GridReader(Path(source.removeprefix("file://"))) as reader:
        picture = next(to_bgr(shown.frame) for shown in reader if shown.index == 40)
    cv2.imwrite(str(tmp_path / "b.png"), picture)
    search = FaceSearch(settings)
    (face,) = search.faces(tmp_path / "b.png")
    hits = search.nearest(face.vector, limit=3)
    assert {hit.clip["title"] for hit in hits} == {
        "talker_b",
        "two_talkers_voice_left",
        "two_talkers_voice_right",
    }
    assert all(hit.same_person and Path(hit.media).is_file() for hit in hits)
    quiet = search.nearest(face.vector, limit=20, wanted=ClipFilter(has_audio=False))
    assert {hit.clip["title"] for hit in quiet} == {"silent_face", "talker_a_no_audio"}
    assert not any(hit.same_person for hit in quiet)


@pytest.mark.parametrize("data", [b"", b"text, not a picture", b"\xff\xd8\xff" + bytes(100)])
def test_what_is_no_picture_is_said(settings: Settings, data: bytes) -> None:
    with pytest.raises(MediaError, match="not a picture"):
        FaceSearch(settings).faces(data)


def test_a_picture_without_a_face_is_said(settings: Settings) -> None:
    data = cv2.imencode(".png", np.full((200, 200, 3), 90, np.uint8))[1].tobytes()
    with pytest.raises(MediaError, match="no face was found"):
        FaceSearch(settings).faces(data)


def test_a_second_run_computes_nothing(settings: Settings) -> None:
    report = ingest(settings, [str(Path(settings.store).parent / "videos")])
    assert (report["new"], report["downloaded"], report["shards"]) == (0, 0, 0)


@pytest.mark.parametrize("name", ALONE)
def test_table_of_those_alone(tmp_path: Path, media_dir: Path, lite_models: Path, name: str) -> None:
    settings = process(tmp_path, media_dir, [name])
    with Catalog(settings.open_store()) as catalog:
        check(catalog, name, ALONE[name])
