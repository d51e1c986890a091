"""Hours in and out, by stage and reason, against a collection that was counted by hand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from facelib.catalog.writer import CatalogWriter
from facelib.curate.yields import Ask, yields

HOUR = 90_000
"""Frames of 1/25 s."""


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[CatalogWriter]:
    with CatalogWriter(tmp_path / "c.duckdb", None) as made:
        yield made


def asking(catalog: CatalogWriter) -> Ask:
    def ask(sql: str) -> list[dict[str, Any]]:
        cursor = catalog._connection.execute(sql)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return ask


def fill(catalog: CatalogWriter) -> None:
    """Four uploads of two hours; one waits, one is filtered, one has no track; one gives three hours of clips."""
    for video_id, channel, day in (("a", "x", "2026-01-05"), ("b", "x", "2026-01-06"), ("c", "y", "2026-01-06")):
        catalog.insert(
            "uploads", [{"video_id": video_id, "channel_id": channel, "upload_day": day, "duration_s": 7200.0}]
        )
    catalog.insert("uploads", [{"video_id": "d", "channel_id": "y", "upload_day": None, "duration_s": None}])
    states = {"a": ("downloaded", ""), "b": ("downloaded", ""), "c": ("filtered", "too_long"), "d": ("waiting", "")}
    for video_id, (state, reason) in states.items():
        seconds = 900.0 if state == "downloaded" else None
        catalog.insert("downloads", [{"video_id": video_id, "state": state, "reason": reason, "seconds": seconds}])
    catalog.insert("videos", [{"video_id": "a", "duration_s": 10_800.0}, {"video_id": "b", "duration_s": None}])
    for stage, reason in (("probe", ""), ("detect", ""), ("track", ""), ("syncnet", "not_computed: no_weights")):
        seconds = None if reason else 600.0
        catalog.insert("stages", [{"video_id": "a", "stage": stage, "reason": reason, "seconds": seconds}])
    for stage, reason in (("probe", "quarantined: not_media"), ("detect", "after probe: not_media")):
        catalog.insert("stages", [{"video_id": "b", "stage": stage, "reason": reason}])
    for start, end, kept in ((0, 2 * HOUR, True), (HOUR, 3 * HOUR, True), (5, HOUR // 2 + 5, False)):
        catalog.insert("tracks", [{"video_id": "a", "start_frame": start, "end_frame": end, "number": 0, "kept": kept}])
    reject = {"video_id": "a", "stage": "track", "number": 0}
    catalog.insert(
        "rejects",
        [
            {**reject, "kind": "track", "start_frame": 5, "reason": "small_face", "measured": 20.0, "unit": "px"},
            {**reject, "kind": "clip", "start_frame": 0, "reason": "too_short", "measured": 3600.0, "unit": "s"},
        ],
    )
    for number, keep in enumerate((True, False, None)):
        clip = {"video_id": "a", "clip_id": f"a{number}"}
        catalog.insert("clips", [{**clip, "start_frame": number * HOUR, "end_frame": (number + 1) * HOUR}])
        catalog.insert("verdicts", [{**clip, "keep": keep, "unknown_rules": "" if number < 2 else "sync"}])
    catalog.insert("failed_rules", [{"video_id": "a", "clip_id": "a1", "rule": rule} for rule in ("sync", "side")])


def test_by_stage(catalog: CatalogWriter) -> None:
    fill(catalog)
    found = yields(asking(catalog))
    told = {s.stage: (s.of, s.hours_in, s.hours_out, s.seconds) for s in found.stages}
    assert told == {
        "download": ("uploads", 7.0, 5.0, 1800.0),
        "probe": ("uploads", 5.0, 3.0, 600.0),
        "detect": ("uploads", 3.0, 3.0, 600.0),
        "track": ("faces", 4.5, 3.0, 600.0),
        "syncnet": ("clips", 3.0, 0.0, None),
        "rules": ("clips", 3.0, 1.0, None),
    }
    lost = {s.stage: [(loss.reason, loss.hours, loss.count) for loss in s.lost] for s in found.stages}
    assert lost == {
        "download": [("too_long", 2.0, 1), ("waiting", 0.0, 1)],
        "probe": [("quarantined: not_media", 2.0, 1)],
        "detect": [],
        "track": [("window_too_short", 1.0, 1), ("small_face", 0.5, 1)],
        "syncnet": [("not_computed: no_weights", 3.0, 3)],
        "rules": [("side", 1.0, 1), ("sync", 1.0, 1), ("unknown: sync", 1.0, 1)],
    }
    assert found.groups == ()
    assert found.total.compute_s == 3600.0
    assert found.total.kept_per_compute_hour == 1.0


@pytest.mark.parametrize(
    ("by", "told"),
    [
        (
            "channel",
            {"x": (2, 5.0, 5.0, 3, 3.0, 1.0, 3600.0, 1.0), "y": (2, 2.0, 0.0, 0, 0.0, 0.0, 0.0, None)},
        ),
        (
            "day",
            {
                "": (1, 0.0, 0.0, 0, 0.0, 0.0, 0.0, None),
                "2026-01-05": (1, 3.0, 3.0, 3, 3.0, 1.0, 2700.0, pytest.approx(4 / 3)),
                "2026-01-06": (2, 4.0, 2.0, 0, 0.0, 0.0, 900.0, 0.0),
            },
        ),
    ],
)
def test_by_day_and_channel(catalog: CatalogWriter, by: str, told: dict[str, tuple[Any, ...]]) -> None:
    fill(catalog)
    found = yields(asking(catalog), by)
    assert {group.name: tuple(vars(group).values())[1:] for group in found.groups} == told
    assert sum(group.hours_listed for group in found.groups) == found.total.hours_listed


@pytest.mark.parametrize("by", ["stage", "day", "channel"])
def test_an_empty_collection(catalog: CatalogWriter, by: str) -> None:
    found = yields(asking(catalog), by)
    assert found.groups == ()
    assert (found.total.uploads, found.total.hours_kept, found.total.kept_per_compute_hour) == (0, 0.0, None)
    assert [stage.stage for stage in found.stages] == ["download", "track", "rules"]
    assert found.to_dict()["total"]["name"] == "all"
