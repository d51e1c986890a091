"""What becomes of clips whose videos are here, are not, or cannot be read; and going on after a stop."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelib.clock import now
from facelib.digests import digest_file
from facelib.reproduce.annotated import AnnotatedClip, Cut, FrameSize, NotWritten
from facelib.reproduce.journal import NAME
from facelib.reproduce.report import AVAILABILITY, FAULTS, NOTES, STATUSES, Row, totals, write_report
from facelib.reproduce.run import listed, reproduce
from facelib.sources.faults import Fault
from facelib.store import deny, download_log, layout, quarantine, uploads
from facelib.store.objects import Store
from facelib.store.uploads import Revision
from tests.reproduce.stores import downloaded, see
from tests.support.pipelines import write_film


class Middle(AnnotatedClip):
    """The middle of the frame; `size` is part of its terms."""

    size = 32

    def terms(self) -> dict[str, Any]:
        return {"start": self.start, "end": self.end, "size": self.size}

    def lacks(self) -> NotWritten | None:
        return NotWritten("no_rectangle", "none") if self.name.startswith("bare") else None

    def cut(self, frame_size: FrameSize) -> Cut:
        if self.name.startswith("broken"):
            raise ZeroDivisionError("a fault of the program")
        return Cut(np.array([32.0, 32, 96, 96]), (self.size, self.size))


def clip(name: str, video_id: str, start: int = 0, end: int = 10) -> Middle:
    return Middle(name=name, video_id=video_id, start=start, end=end)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4", 25)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def video(store: Store, film: Path) -> str:
    return downloaded(store, "film_______", film)


def run(store: Store, clips: list[AnnotatedClip], folder: Path, *, force: bool = False) -> list[Row]:
    return reproduce(store, clips, folder / "out", channel="hdtf:lists", force=force)


def test_one_failure_stops_no_other(store: Store, video: str, tmp_path: Path) -> None:
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(b"\0" * 20_000)
    bad = downloaded(store, "noise______", noise)
    clips: list[AnnotatedClip] = [
        clip("a", video),
        clip("n", bad),
        clip("broken", video),
        clip("bare", video),
        clip("a", video, 5, 9),
        clip("sub/b", video, 10, 20),
    ]
    rows = run(store, clips, tmp_path)
    assert [(row.clip, row.status, row.reason) for row in rows] == [
        ("a", "written", ""),
        ("n", "failed", "not_media"),
        ("broken", "failed", "exception"),
        ("bare", "no_rectangle", ""),
        ("a", "failed", "repeated_name"),
        ("sub/b", "written", ""),
    ]
    assert [row.file for row in rows if row.file] == ["a.mp4", "sub/b.mp4"] and "a fault of" in rows[2].message
    names = sorted(p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file())
    assert names == ["a.mp4", NAME, "sub/b.mp4"]
    assert {row.status for row in rows} <= set(STATUSES)


def test_a_second_run_writes_nothing(store: Store, video: str, tmp_path: Path) -> None:
    clips: list[AnnotatedClip] = [clip("a", video), clip("b", video, 10, 20)]
    first = run(store, clips, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    again = run(store, clips, tmp_path)
    assert [row.status for row in again] == ["exists"] * 2 and [r.sha256 for r in again] == [r.sha256 for r in first]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before
    assert again[0].x1 == 32 and again[0].frames == 10
    assert [row.status for row in run(store, clips, tmp_path, force=True)] == ["written"] * 2


@pytest.mark.parametrize("change", ["gone", "damaged", "cut_off", "terms", "journal_gone", "journal_torn"])
def test_what_is_not_as_it_was_is_written_again(
    change: str, store: Store, video: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips: list[AnnotatedClip] = [clip("a", video), clip("b", video, 10, 20)]
    sha = run(store, clips, tmp_path)[1].sha256
    path, journal = tmp_path / "out" / "b.mp4", tmp_path / "out" / NAME
    lines = journal.read_bytes()
    if change == "gone":
        path.unlink()
    elif change == "damaged":
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    elif change == "cut_off":
        path.write_bytes(path.read_bytes()[:100])
    elif change == "terms":
        monkeypatch.setattr(Middle, "size", 48)
    elif change == "journal_gone":
        journal.unlink()
    else:
        journal.write_bytes(lines[: len(lines) - 20])
    rows = run(store, clips, tmp_path)
    assert rows[1].status == "written" and rows[0].status == (
        "written" if change in ("terms", "journal_gone") else "exists"
    )
    assert (rows[1].sha256 == sha) == (change != "terms") and digest_file(path) == rows[1].sha256
    assert [row.status for row in run(store, clips, tmp_path)] == ["exists"] * 2
    assert sum(1 for line in journal.read_text().splitlines() if json.loads(line if line.endswith("}") else "{}")) >= 2


def test_what_is_not_here_says_why(store: Store, video: str, film: Path, tmp_path: Path) -> None:
    waiting, refused, limited = (see(store, f"{name:_<11}") for name in ("waiting", "refused", "limited"))
    quarantine.enter(store, refused, "download", "f", error="DownloadError", reason="private", message="is private")
    for minute, reason in enumerate(("network", "rate_limited")):
        ended = f"2026-01-05T00:0{minute}:00+00:00"
        tried = download_log.Attempt(state=download_log.FAILED, ended=ended, reason=reason, message=reason.upper())
        download_log.record(store, limited, tried)
    gone = see(store, "gone_______")
    key = layout.raw(gone, "0" * 64, ".mp4")
    uploads.add_revision(store, Revision(1, "0" * 64, 1, key, "", now().isoformat()), gone)
    taken = downloaded(store, "taken______", film)
    assert run(store, [clip("taken", taken)], tmp_path)[0].status == "written"
    deny.add(store, taken, "asked for")
    clips: list[AnnotatedClip] = [
        clip(name, video_id)
        for name, video_id in (
            *(("unknown", "youtube_x-0123456789"), ("waiting", waiting), ("refused", refused), ("limited", limited)),
            *(("gone", gone), ("taken", taken), ("here", video)),
        )
    ]
    rows = run(store, clips, tmp_path)
    assert [(row.status, row.reason, row.message) for row in rows] == [
        ("not_downloaded", "not_listed", "'facelib crawl --channel hdtf:lists' and 'facelib download' fetch it"),
        ("not_downloaded", "not_tried", "'facelib download' fetches it"),
        ("not_downloaded", "private", "is private"),
        ("not_downloaded", "rate_limited", "RATE_LIMITED"),
        ("source_let_go", "source_let_go", f"{Path(key).name} was downloaded and is gone"),
        ("denied", "denied", "the video was taken down"),
        ("written", "", ""),
    ]


def test_a_clip_that_is_there_needs_no_source(store: Store, film: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(film.read_bytes())
    video = downloaded(store, "copy_______", copy)
    run(store, [clip("a", video)], tmp_path)
    copy.unlink()
    rows = run(store, [clip("a", video), clip("b", video)], tmp_path)
    assert [row.status for row in rows] == ["exists", "source_let_go"]


def test_a_full_disk_ends_the_run(store: Store, video: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Middle, frame_size: FrameSize) -> Cut:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Middle, "cut", full)
    with pytest.raises(OSError, match="No space"):
        run(store, [clip("a", video)], tmp_path)


def test_the_report_has_each_clip_once_and_adds_up(tmp_path: Path) -> None:
    rows = [
        Row(
            clip="a", status="written", seconds=1800, notes="other_height crop_moved", message='he said "no", then\nno'
        ),
        Row(clip="b", status="not_downloaded", reason="private", seconds=900),
        Row(clip="c", status="not_downloaded", reason="gone", seconds=900),
        Row(clip="d", status="exists", seconds=3600, notes="other_height"),
    ]
    fault = Fault.of("RD_crop_wh.txt", 7, "Radio6_0.mp4 1,2", "unreadable_crop", "no numbers", "row left out")
    write_report(rows, [fault], tmp_path / "new")
    with (tmp_path / "new" / AVAILABILITY).open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    with (tmp_path / "new" / FAULTS).open(encoding="utf-8", newline="") as file:
        assert [list(row.values()) for row in csv.DictReader(file)] == [
            ["RD_crop_wh.txt", "7", "unreadable_crop", "no numbers", "row left out", "Radio6_0.mp4 1,2"]
        ]
    assert [row["clip"] for row in read] == list("abcd") and read[0]["message"] == rows[0].message
    assert set(read[0]) == set(rows[0].to_dict())
    assert [(row["what"], row["reason"], row["clips"], row["hours"]) for row in totals(rows)] == [
        ("all", "", 4, 2.0),
        ("written", "", 1, 0.5),
        ("exists", "", 1, 1.0),
        ("not_downloaded", "gone", 1, 0.25),
        ("not_downloaded", "private", 1, 0.25),
        ("with note other_height", "", 2, 1.5),
        ("with note crop_moved", "", 1, 0.5),
    ]
    assert totals([]) == [{"what": "all", "reason": "", "clips": 0, "hours": 0}]
    assert all(note in NOTES for row in rows for note in row.notes.split())


def test_lists_alone_tell_what_is_missing() -> None:
    rows = listed([clip("a", "v"), clip("bare", "v", 25, 50)])
    assert [(row.status, row.seconds, row.message) for row in rows] == [
        ("listed", 0.4, ""),
        ("no_rectangle", 1, "none"),
    ]
