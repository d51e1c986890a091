from typing import Any

import pytest

from facelib.export.numbering import numbered


def rows(*spans: tuple[str, int, int]) -> list[dict[str, Any]]:
    return [{"video_id": video, "start_frame": start, "first": 0, "last": end - start} for video, start, end in spans]


@pytest.mark.parametrize(
    ("spans", "faces"),
    [
        ([("a", 0, 50), ("a", 50, 90)], [0, 0]),
        ([("a", 0, 50), ("a", 49, 90)], [0, 1]),
        ([("a", 0, 50), ("a", 0, 20), ("a", 0, 90), ("a", 20, 40), ("a", 50, 60)], [0, 1, 2, 1, 0]),
        ([("a", 0, 50), ("b", 0, 50)], [0, 0]),
    ],
)
def test_frame_and_index_name_one_face(spans: list[tuple[str, int, int]], faces: list[int]) -> None:
    found = numbered(rows(*spans))
    assert [row["face_index"] for row in found] == faces
    seen = [
        (r["video_id"], f, r["face_index"])
        for r in found
        for f in range(r["start_frame"], r["start_frame"] + r["last"])
    ]
    assert len(seen) == len(set(seen))


def test_videos_and_their_items_are_counted() -> None:
    given = rows(("a", 0, 5), ("a", 9, 12), ("c", 0, 5), ("b", 0, 5))
    found = numbered(given)
    assert [row["video_number"] for row in found] == [1, 1, 2, 3]
    assert [row["number_in_video"] for row in found] == [0, 1, 0, 0]
    assert {row["videos"] for row in found} == {3}
    assert "videos" not in given[0] and numbered(found) == found


def test_segments_begin_within_their_clip() -> None:
    about = {"video_id": "a", "start_frame": 100}
    parts = [about | {"first": 0, "last": 20}, about | {"first": 20, "last": 40}, about | {"first": 30, "last": 50}]
    assert [row["face_index"] for row in numbered(parts)] == [0, 0, 1]
