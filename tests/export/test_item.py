"""Pictures, boxes and scores of an item."""

import numpy as np
import pytest

from facelib.collection.clip.results import result_of_video
from facelib.store.results import Result
from tests.support.export_items import Collection


@pytest.mark.parametrize("size", [64, 256])
def test_a_window_with_a_size_keeps_the_ratio_of_faces(collected: Collection, size: int) -> None:
    plain, sized = collected.items(), collected.items(size=size)
    assert any(item.size[0] != item.size[1] for item in plain)
    for whole, item in zip(plain, sized, strict=True):
        width, height = whole.size
        picture = next(item.pictures())
        assert picture.shape == (size, size, 3) and item.size == (size, size)
        scale = size / max(width, height)
        sides, before = (boxes[:, 2:] - boxes[:, :2] for boxes in (item.face_boxes(), whole.face_boxes()))
        assert np.allclose(sides, before * scale, atol=1e-3)
        across, down = round((size - width * scale) / 2), round((size - height * scale) / 2)
        for edge, margin in ((picture[:, : across - 2], across), (picture[: down - 2], down)):
            assert margin <= 2 or edge.max() == 0
        middle = picture[size // 2 - 4 : size // 2 + 4, size // 2 - 4 : size // 2 + 4]
        assert middle.max() > 20


@pytest.mark.parametrize("crop", ["four_sided", "four_sided_square", "vox2", "median", "union"])
@pytest.mark.parametrize("size", [0, 96])
def test_no_crop_stretches_faces(collected: Collection, crop: str, size: int) -> None:
    for item in collected.items(crop=crop, size=size):
        width, height = item.size
        assert (width, height) == (size, size) or not size
        policy = item.policy.rectangles(item.boxes, (320, 240))
        sides = item.rectangles[:, 2:] - item.rectangles[:, :2]
        assert np.allclose(sides[:, 0] / sides[:, 1], width / height)
        assert (item.rectangles[:, :2] <= policy[:, :2]).all() and (item.rectangles[:, 2:] >= policy[:, 2:]).all()
        before, after = (boxes[:, 2:] - boxes[:, :2] for boxes in (item.boxes, item.face_boxes()))
        scale = after / before
        assert np.allclose(scale[:, 0], scale[:, 1], rtol=1e-3)
        assert next(item.pictures()).shape == (height, width, 3)


def test_boxes_and_scores_are_those_of_the_clip(collected: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_rows(self: Result, table: str) -> list[dict[str, object]]:
        raise AssertionError("a table was made into rows")

    items = collected.items()
    tracked = {item.video.video_id: result_of_video(collected.store, item.video.video_id, "track") for item in items}
    boxes = {video: found.rows("boxes") for video, found in tracked.items()}
    monkeypatch.setattr(Result, "rows", as_rows)
    for item in items:
        mine = [row for row in boxes[item.video.video_id] if row["clip_id"] == item.row["clip_id"]]
        mine.sort(key=lambda row: row["frame"])
        edges = [[row[edge] for edge in ("x1", "y1", "x2", "y2")] for row in mine[item.first : item.last]]
        scores = [row["score"] for row in mine[item.first : item.last]]
        assert np.array_equal(item.boxes, np.array(edges, np.float64))
        assert np.array_equal(item.scores, np.array(scores, np.float64), equal_nan=True)
        assert not getattr(item.video.find("track"), "tables", None)
    assert items[0].video.boxes("none").shape == (0, 5)
