"""What ``facelib status`` tells."""

from pathlib import Path

from facelib.collection.state.summary import summary
from facelib.publish import publish
from facelib.store.objects import Store
from tests.support.collections import commit_video, list_channel


def reject(stage: str, kind: str, reason: str, number: int) -> dict[str, object]:
    about = {"stage": stage, "kind": kind, "start_frame": 0, "number": number, "reason": reason}
    return {**about, "measured": 0.0, "threshold": 1.0, "unit": "px"}


def test_what_was_dropped_and_what_was_not_measured_are_told_apart(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    list_channel(store, ["a"])
    rejects = [
        reject("detect", "face", "low_score", 0),
        reject("track", "track", "too_short", 1),
        *(reject(stage, "clip", "no_audio", number) for stage in ("hubert", "speech") for number in range(2)),
        reject("syncnet", "clip", "too_short", 0),
    ]
    commit_video(store, "a", clips=2, rejects=rejects)
    publish(store)
    told = summary(store)
    assert told["dropped_by_reason"] == {"low_score": 1, "too_short": 1}
    assert told["not_measured_by_reason"] == {"no_audio": 4, "too_short": 1}
    assert told["clips"] == 2
