"""What the page of one clip shows, on clips whose truth is known."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from facelib.catalog.reader import Catalog
from facelib.collection.clip import decisions as clip_decisions
from facelib.collection.clip.sound import waveform
from facelib.collection.clip.standing import standings
from facelib.collection.clip.timeline import ClipTimeline
from facelib.collection.people.now import PeopleNow
from facelib.collection.review import reviews
from facelib.collection.source.moment import at_second
from facelib.errors import StoreError
from facelib.find.measured import measures
from facelib.publish import publish
from facelib.stages.clips import SERIES, series
from facelib.store.results import Result
from tests.support.export_items import Collection, collection


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    return collection(tmp_path_factory.mktemp("clips"))


def clip_of(made: Collection, name: str) -> dict[str, Any]:
    with Catalog(made.store) as catalog:
        rows = catalog.rows("SELECT clip_id FROM clips WHERE contains(video_id, ?) ORDER BY clip_id", [name])
        return catalog.clips([rows[0]["clip_id"]])[rows[0]["clip_id"]]


def test_boxes_and_landmarks_are_px_of_the_clip(made: Collection) -> None:
    clip = clip_of(made, "anna_first")
    with Catalog(made.store) as catalog:
        timeline = ClipTimeline(made.store, catalog, clip)
        boxes, points = timeline.boxes(), timeline.landmarks()
    assert timeline.n_frames == len(boxes) == len(points) == 48
    film = made.films[clip["video_id"]]
    truth = film.faces[0].boxes(48) - np.tile([clip["x1"], clip["y1"]], 2)
    assert np.abs(boxes - truth).max() < 0.01
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    assert np.abs(points.mean(axis=1) - middles).max() < 5


def test_what_was_not_measured_is_told(made: Collection) -> None:
    with Catalog(made.store) as catalog:
        timeline = ClipTimeline(made.store, catalog, clip_of(made, "ben_silent"))
        assert timeline.series("syncnet") == {}
        with pytest.raises(StoreError) as voice:
            timeline.series("voice")
        assert voice.value.reason == "no_result"
        two = [row["clip_id"] for row in catalog.rows("SELECT clip_id FROM clips WHERE video_id LIKE '%carla%'")]
        without = [ClipTimeline(made.store, catalog, clip) for clip in catalog.clips(two).values()]
        found: list[int | str] = []
        for one in without:
            try:
                found.append(len(one.landmarks()))
            except StoreError as error:
                found.append(error.reason)
    assert sorted(map(str, found)) == ["40", "no_file"]


def test_a_series_holds_this_clip_alone_with_nan_for_what_is_missing(made: Collection) -> None:
    clip = clip_of(made, "anna_first")
    rows = [
        series("another", "sharpness", "grey levels", [0], [1.0]),
        series(clip["clip_id"], "sharpness", "grey levels", [0, 25], [float("nan"), 7.0]),
    ]
    with Catalog(made.store) as catalog:
        timeline = ClipTimeline(made.store, catalog, clip)
        tables = {"series": pa.Table.from_pylist(rows, SERIES)}
        timeline._read["iqa"] = Result("iqa", clip["video_id"], "f", {}, tables)
        found = timeline.series("iqa")["sharpness"]
    assert (found.unit, found.seconds.tolist()) == ("grey levels", [0.0, 1.0])
    assert np.array_equal(found.values, [np.nan, 7.0], equal_nan=True)


def test_a_place_among_all_clips_is_counted_exactly(made: Collection) -> None:
    with Catalog(made.store) as catalog:
        known = measures(catalog)
        lengths = sorted(row["s"] for row in catalog.rows("SELECT (end_frame - start_frame) / 25 AS s FROM clips"))
        for name, length in (("anna_first", 48 / 25), ("ben_silent", 36 / 25)):
            clip = clip_of(made, name)
            found = {one.name: one for one in standings(catalog, clip, known)}
            one = found["clips.seconds"]
            assert (one.value, one.unit, one.known) == (length, "s", len(lengths))
            assert one.below == sum(other < length for other in lengths)
            assert one.equal == sum(other == length for other in lengths)
            assert (one.low, one.high) == (lengths[0], lengths[-1])
            # The silent clip has no sync; a video counts once, however many clips it has.
            assert ("syncnet.confidence" in found) == (name == "anna_first")
            assert found["videos.width"].known == len(made.films)
        assert standings(catalog, {"clip_id": "none", "video_id": "none"}, known) == []


def _write(path: Path, samples: np.ndarray[Any, np.dtype[np.int16]], *, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


@pytest.mark.parametrize(
    ("samples", "bars", "expected"), [(16_000, 100, 100), (1_050, 100, 96), (50, 100, 50), (0, 10, 0)]
)
def test_a_waveform_has_the_extent_of_each_stretch(tmp_path: Path, samples: int, bars: int, expected: int) -> None:
    wave_ = np.zeros(samples, np.int16)
    wave_[samples // 2 : samples // 2 + 1] = -16_384
    found = waveform(_write(tmp_path / "a.wav", wave_), bars=bars)
    assert len(found.seconds) == len(found.low) == len(found.high) == expected
    if samples:
        place = int(found.low.argmin())
        assert found.low[place] == -0.5
        assert found.seconds[place] <= samples // 2 / 16_000 < found.seconds[place] + found.step_s


def test_a_sound_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "b.wav").write_bytes(b"no sound")
    for path in (_write(tmp_path / "a.wav", np.zeros(10, np.int16), channels=2), tmp_path / "b.wav"):
        with pytest.raises(StoreError) as problem:
            waveform(path)
        assert problem.value.reason == "bad_sound"


@pytest.mark.parametrize(
    ("url", "seconds", "expected"),
    [
        ("https://www.youtube.com/watch?v=a_b-c", 65.9, "https://www.youtube.com/watch?v=a_b-c&t=65s"),
        ("https://youtu.be/a_b-c", 0.0, "https://youtu.be/a_b-c?t=0s"),
        ("https://WWW.YouTube.com/watch?t=9&v=x&start=3", 5, "https://WWW.YouTube.com/watch?v=x&t=5s"),
        ("https://vimeo.com/123", 61.2, "https://vimeo.com/123#t=61"),
        ("http://a.example/b.mp4?sig=1#top", 2, "http://a.example/b.mp4?sig=1#t=2"),
        ("https://notyoutube.com/watch?v=x", 2, "https://notyoutube.com/watch?v=x#t=2"),
        ("file:///videos/a.mp4", 2, ""),
        ("javascript:alert(1)", 2, ""),
        ("https://[broken", 2, ""),
        ("", 2, ""),
    ],
)
def test_the_source_opens_at_its_second(url: str, seconds: float, expected: str) -> None:
    assert at_second(url, seconds) == expected


def test_decisions_are_told_before_and_after_a_publish(tmp_path: Path) -> None:
    made = collection(tmp_path)
    clip, other = clip_of(made, "anna_first"), clip_of(made, "ben_silent")
    with Catalog(made.store) as catalog:
        reviews.judge(made.store, catalog, clip["clip_id"], "drop", "ann", reason="blurred", tags=["hands"])
        (told,) = clip_decisions.decisions_of(made.store, catalog, clip)
        assert (told.kind, told.by, told.published) == ("review", "ann", False)
        assert told.words == "drop · reason: blurred · tags: hands"
        assert clip_decisions.decisions_of(made.store, catalog, other) == []
    publish(made.store)
    with Catalog(made.store) as catalog:
        (told,) = clip_decisions.decisions_of(made.store, catalog, clip)
        assert (told.kind, told.by, told.published) == ("review", "ann", True)


def test_a_person_is_found_elsewhere_and_nowhere_else(made: Collection) -> None:
    with Catalog(made.store) as catalog:
        people = PeopleNow(made.store, catalog)
        clip = clip_of(made, "anna_first")
        person = people.of_clip(clip["clip_id"])
        if person is None:
            assert people.of_clip("none") is None
            return
        assert clip["clip_id"] not in people.elsewhere(person["person_id"], clip["video_id"], 10)
