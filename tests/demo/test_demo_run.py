"""The whole demo, run as a user runs it, against what is known of its uploads because they were made so."""

import re
import wave
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import correlate, resample_poly

from facelib.demo.portraits import PORTRAITS
from facelib.demo.truth import GRID_FPS, Truth
from facelib.demo.uploads import UPLOADS, VOICES
from facelib.demo.voice import Utterance, join, speak
from facelib.settings import Settings
from facelib.stages.pipeline import active
from facelib.store import layout, plans, results
from facelib.store.objects import TEMPORARY
from tests.demo.demo_folder import COLUMNS, DemoFolder, Ended, Published, require_fetched

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

LISTED = sorted(spec.name for spec in UPLOADS if spec.listed)
ADDED = next(spec for spec in UPLOADS if not spec.listed)
SOLO = {s.name: s for s in UPLOADS if s.listed and not s.truncated and len(s.shots) == len(s.shots[0].roles) == 1}
STAGES = [stage.name for stage in active(Settings().pipeline.model_dump(mode="json"))]
CLIP_RATE = 16000


@dataclass(frozen=True)
class Run:
    """A run of the demo, and what was there right after it."""

    folder: DemoFolder
    ended: Ended
    left: list[str]
    published: Published
    results: dict[str, int]
    media: dict[str, int]
    manifests: int

    @classmethod
    def of(cls, folder: DemoFolder, *, timeout: float = 1200) -> "Run":
        ended = folder.run("run", timeout=timeout)
        left = folder.left_running()
        assert ended.code == 0, ended.output
        return cls(
            folder,
            ended,
            left,
            folder.published(),
            folder.files(layout.RESULTS),
            folder.files(layout.MEDIA),
            len(plans.manifests(folder.store)),
        )


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The first run, on an empty folder."""
    require_fetched()
    return Run.of(DemoFolder(tmp_path_factory.mktemp("first")))


@pytest.fixture(scope="module")
def second(first: Run) -> Run:
    """The same again."""
    return Run.of(first.folder)


@pytest.fixture(scope="module")
def third(second: Run) -> Run:
    """After one upload was added."""
    added = second.folder.run("add")
    assert (added.code, added.output) == (0, f"added to the feed: {ADDED.title}\n")
    return Run.of(second.folder)


@dataclass(frozen=True)
class Facts:
    """What is compared of an upload: truth or catalogue. Clips as (first frame, one past the last, who)."""

    title: str
    day: str
    has_audio: bool | None
    shots: list[tuple[int, int]]
    clips: list[tuple[int, int, str]]
    clips_have_audio: set[bool]
    quarantined: list[tuple[str, str]]


def expected(truth: Truth) -> Facts:
    if truth.outcome == "quarantined":
        return Facts(truth.title, truth.published[:10], None, [], [], set(), [("probe", "not_media")])
    edges = [0, *truth.cuts, truth.grid_frames]
    clips = sorted(truth.clips, key=lambda clip: (clip.start_frame, clip.box))
    return Facts(
        title=truth.title,
        day=truth.published[:10],
        has_audio=truth.has_audio,
        shots=list(pairwise(edges)),
        clips=[(clip.start_frame, clip.end_frame, clip.person) for clip in clips],
        clips_have_audio={truth.has_audio for _ in clips},
        quarantined=[],
    )


def found(published: Published, name: str, who: dict[str, str]) -> Facts:
    upload, clips = published.uploads[name], published.clips[name]
    video = published.videos.get(name, {})
    return Facts(
        title=upload["title"],
        day=upload["upload_day"],
        has_audio=video.get("has_audio"),
        shots=published.shots[name],
        clips=[(clip["start_frame"], clip["end_frame"], who[published.people[clip["clip_id"]]]) for clip in clips],
        clips_have_audio={clip["has_audio"] for clip in clips},
        quarantined=[(row["stage"], row["reason"]) for row in published.quarantine[name]],
    )


def name_people(published: Published, truths: dict[str, Truth]) -> dict[str, str]:
    """Who each person is: id and name must go together in every clip, wherever it lies in its picture."""
    pairs = set()
    for name, clips in published.clips.items():
        for clip in clips:
            x, y = (clip["face_x1"] + clip["face_x2"]) / 2, (clip["face_y1"] + clip["face_y2"]) / 2
            there = [
                one.person
                for one in truths[name].clips
                if one.start_frame <= clip["start_frame"] < one.end_frame
                and one.box[0] < x < one.box[2]
                and one.box[1] < y < one.box[3]
            ]
            assert len(there) == 1, (clip["clip_id"], there)
            pairs.add((published.people[clip["clip_id"]], there[0]))
    who = dict(pairs)
    assert len(pairs) == len(who) == len(set(who.values())), pairs
    return who


@pytest.mark.parametrize("name", LISTED)
def test_an_upload_is_published_as_it_was_made(name: str, first: Run) -> None:
    truths = first.folder.truths()
    assert found(first.published, name, name_people(first.published, truths)) == expected(truths[name])


def test_every_listed_upload_is_there_and_everybody_is_one_person(first: Run) -> None:
    assert sorted(first.published.uploads) == LISTED
    who = name_people(first.published, first.folder.truths())
    assert set(who.values()) == {portrait.person for portrait in PORTRAITS.values()}


def read_wav(path: Path) -> NDArray[np.float64]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (CLIP_RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)


@pytest.mark.parametrize("name", sorted(SOLO))
def test_the_sound_of_a_clip_leads_its_picture_as_the_upload_does(name: str, first: Run) -> None:
    (clip,) = first.published.clips[name]
    heard = read_wav(first.folder.store.path(clip["media_key"]).with_suffix(".wav"))
    (role,) = SOLO[name].shots[0].roles
    (line,) = role.lines
    speech = speak(Utterance(line.text, VOICES[PORTRAITS[role.portrait].person]))
    spoken = join([(line.begin, speech)], len(heard) / CLIP_RATE)
    in_time = resample_poly(spoken.samples.astype(float), CLIP_RATE, spoken.rate)
    lag = int(np.argmax(correlate(heard, in_time, method="fft"))) - (len(in_time) - 1)
    assert -lag / CLIP_RATE * GRID_FPS == pytest.approx(SOLO[name].sound_shift_frames, abs=0.05)


def test_the_first_run_tells_what_came_out(first: Run) -> None:
    ended, truths = first.ended, [first.folder.truths()[name] for name in LISTED]
    clips = sum(truth.expected_clips for truth in truths)
    shots = sum(1 + len(truth.cuts) for truth in truths if truth.outcome == "published")
    assert ended.row("uploads seen") == (str(len(LISTED)), str(len(LISTED)))
    assert [ended.row(name)[0] for name in ("new", "downloaded")] == [str(len(LISTED))] * 2
    assert ended.row("in quarantine") == ("1", "1")
    assert ended.row("results computed") == (str(len(first.results)), str(len(first.results)))
    in_all = {name: ended.row(name)[1] for name in ("shots", "tracks", "clips", "different people")}
    assert in_all == {"shots": str(shots), "tracks": str(clips), "clips": str(clips), "different people": "3"}
    assert "A file that broke off (probe: not_media)" in ended.output
    assert f"{len(LISTED)} new uploads, {len(first.results)} results computed" in ended.output
    assert "Traceback" not in ended.output


@pytest.mark.parametrize("number", ["first", "second", "third"])
def test_no_line_is_wider_than_a_terminal_and_nothing_runs_on(number: str, request: pytest.FixtureRequest) -> None:
    run: Run = request.getfixturevalue(number)
    assert [line for line in run.ended.output.splitlines() if len(line) > COLUMNS] == []
    assert run.left == []


def test_a_second_run_computes_nothing(first: Run, second: Run) -> None:
    assert "\n0 new uploads, 0 results computed" in second.ended.output
    assert second.ended.row("results computed") == ("0", str(len(first.results)))
    assert (second.results, second.media, second.manifests) == (first.results, first.media, first.manifests)
    assert second.published == first.published


def test_only_an_upload_that_was_added_is_processed(second: Run, third: Run) -> None:
    assert re.search(rf"^1 new upload, {len(STAGES)} results computed", third.ended.output, re.M)
    video_id = third.published.uploads[ADDED.name]["video_id"]
    new = {tuple(key.split("/")[1:3]) for key in third.results.keys() - second.results.keys()}
    assert new == {(stage, video_id) for stage in STAGES}
    assert {key.split("/")[1] for key in third.media.keys() - second.media.keys()} == {video_id}
    assert second.results.items() <= third.results.items()
    assert second.media.items() <= third.media.items()
    truths = third.folder.truths()
    who = name_people(third.published, truths)
    for name in truths:
        assert found(third.published, name, who) == expected(truths[name])


def test_a_run_that_is_interrupted_leaves_nothing_half_done_and_the_next_one_ends_it(
    first: Run, tmp_path: Path
) -> None:
    folder = DemoFolder(tmp_path, first.folder.channel)
    store = folder.store
    ended = folder.run("run", stop_when=lambda: any(store.walk(f"{layout.RESULTS}/detect")), timeout=1200)
    assert ended.code == 130, ended.output
    assert "told to stop by SIGINT" in ended.output
    assert "Traceback" not in ended.output
    assert folder.left_running() == []
    assert store.names(TEMPORARY) == []
    assert list(store.walk(layout.MARKERS)) == []
    before = folder.files(layout.RESULTS)
    assert {key.split("/")[1] for key in before} >= {"probe", "detect"}
    assert "embed" not in {key.split("/")[1] for key in before}
    for key in before:
        _, stage, video_id, file = key.split("/")
        result = results.read(store, stage, video_id, file.removesuffix(".parquet"))
        assert result is not None
        assert results.verify(store, result, deep=True) == []

    run = Run.of(folder)
    assert run.left == []
    assert sorted(run.published.uploads) == LISTED
    assert before.items() <= run.results.items()
    assert run.ended.row("results computed") == (str(len(run.results) - len(before)), str(len(run.results)))
    truths = folder.truths()
    who = name_people(run.published, truths)
    for name in LISTED:
        assert found(run.published, name, who) == expected(truths[name])
