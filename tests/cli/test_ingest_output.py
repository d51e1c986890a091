"""What an ingest says: lines of stages, and the table at its end."""

from typing import Any

import pytest

from facelib.cli.ingest_output import once, stage_bars, told

REPORT: dict[str, Any] = {
    **{"seen": 2, "new": 1, "downloaded": 1, "counts": {"clips": 3}, "failed_channels": {}, "bad_lines": 0},
    **{"failed_downloads": {}, "not_computed": {}, "quarantine": {}},
}


@pytest.mark.parametrize(
    ("key", "value", "shown", "see"),
    [
        ("shards", 1, {}, []),
        ("failed_channels", {"a": "gone"}, {"channels_not_listed": 1}, []),
        ("bad_lines", 2, {"lines_of_lists_left_out": 2}, []),
        ("failed_downloads", {"network": 1}, {"failed_downloads": {"network": 1}}, ["facelib downloads"]),
        ("not_computed", {"voice": 5}, {"not_computed": {"voice": 5}}, ["facelib doctor"]),
        ("quarantine", {"no_video": 1}, {"in_quarantine": {"no_video": 1}}, ["facelib quarantine list"]),
    ],
)
def test_nothing_that_failed_is_hidden(key: str, value: object, shown: dict[str, Any], see: list[str]) -> None:
    always = {"seen": 2, "new": 1, "downloaded": 1, "clips_in_all": 3}
    assert told(REPORT | {key: value}) == always | shown | ({"see": see} if see else {})


def test_what_a_stage_left_out_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with stage_bars() as watch:
        for video in ("a", "b"):
            watch("landmarks", 2, video, "done")
            watch("voice", 2, video, "blocked")
    said = capsys.readouterr().err.splitlines()
    assert said[:2] == ["landmarks done        a", "landmarks done        b"]
    assert len(said) == 3 and said[2].startswith("voice     blocked     2 videos: in quarantine")


def test_a_line_is_told_once() -> None:
    said: list[str] = []
    tell = once(said.append)
    for line in ("voice is not computed", "voice is not computed", "other"):
        tell(line)
    assert said == ["voice is not computed", "other"]
