"""The final table: from a small collection, and from nothing."""

from pathlib import Path

import pytest
from rich.console import Console

from facelib.demo.report import RunNumbers, counted, duration, new_manifests, print_report
from facelib.publish import publish
from facelib.settings import Settings
from facelib.store import plans, quarantine
from facelib.store.plans import Manifest
from tests.support.collections import commit_video, list_channel
from tests.support.pipelines import settings_in

MESSAGE = "x.mp4 is not a media file that can be read, whatever is tried, and this goes on for more than one line"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


def printed(settings: Settings, numbers: RunNumbers, width: int = 80) -> str:
    console = Console(width=width, record=True, quiet=False, file=(Path(settings.store).parent / "out").open("w"))
    print_report(console, settings, numbers)
    return console.export_text()


def row(text: str, name: str) -> list[str]:
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in text.splitlines()]
    (found,) = [line[1:] for line in cells if line and line[0] == name]
    return found


def manifest(plan: str, stage: str, **values: float) -> Manifest:
    return Manifest(stage=stage, shard=f"plans/{plan}/shard-00000.json", **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(("number", "told"), [(0, "0 uploads"), (1, "1 upload"), (2, "2 uploads")])
def test_counted(number: int, told: str) -> None:
    assert counted(number, "upload") == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, "0 s"), (119.4, "119 s"), (119.6, "2 min 0 s"), (3725, "62 min 5 s")]
)
def test_duration(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_the_manifests_of_this_run_are_found_wherever_they_lie(settings: Settings) -> None:
    store = settings.open_store()
    old = [manifest("daily-1", "probe", done=2), manifest("daily-1", "track", done=1)]
    for one in old:
        plans.write_manifest(store, one)
    before = plans.manifests(store)
    assert new_manifests(store, before) == []
    new = [manifest("daily-1", "detect", done=3), manifest("daily-1", "probe", done=2), manifest("backfill-2", "probe")]
    for one in new:
        plans.write_manifest(store, one)
    found = new_manifests(store, before)
    assert sorted(found, key=repr) == sorted(new, key=repr)


def test_counts_times_and_quarantine_are_told(settings: Settings) -> None:
    store = settings.open_store()
    list_channel(store, ["a", "b"])
    commit_video(store, "a", clips=2, model="dlib_resnet")
    quarantine.enter(store, "b", "probe", "f" * 32, error="MediaError", reason="not_media", message=MESSAGE)
    publish(store)
    this_run = [
        manifest("daily-1", "track", done=2, seconds=1.5, quarantined=1),
        manifest("daily-2", "track", seconds=0.3),
    ]
    text = printed(settings, RunNumbers(seen=2, new=1, downloaded=1, wall_seconds=130, manifests=this_run))
    assert row(text, "uploads seen") == ["2", "2"]
    assert row(text, "new") == ["1", ""]
    assert row(text, "in quarantine") == ["1", "1"]
    assert row(text, "results computed") == ["2", "1"]
    assert row(text, "clips") == ["", "2"]
    assert row(text, "different people") == ["", "0"]
    assert row(text, "clips without one yet") == ["", "2"]
    assert row(text, "time in probe") == ["0.0 s", ""]
    assert row(text, "time in track") == ["1.8 s", ""]
    assert row(text, "whole run") == ["2 min 10 s", ""]
    assert "\n  b (probe: not_media)" in text
    assert " ".join(text.split()).endswith(MESSAGE)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80


def test_clips_whose_faces_were_not_compared_are_not_told_as_nobody(settings: Settings) -> None:
    commit_video(settings.open_store(), "a", clips=2, model="unknown")
    publish(settings.open_store())
    assert row(printed(settings, RunNumbers()), "different people") == ["", "no face was compared"]


def test_nothing_published_is_told_too(settings: Settings) -> None:
    text = printed(settings, RunNumbers(seen=0))
    assert row(text, "uploads seen") == ["0", ""]
    assert "nothing was published yet" in text
