import csv
from pathlib import Path

import cv2
import numpy as np
import pandas
import pytest
from PIL import Image

from facelib.errors import SettingsError
from facelib.export.formats.faces import Faces
from facelib.export.options import ExportOptions
from tests.export.formats.exports import exported, files_in
from tests.support.export_items import Collection


def test_names_and_table(collected: Collection, tmp_path: Path) -> None:
    folder = exported(collected, "faces", tmp_path / "out", settings={"every": 20, "prefix": "talks_"})
    table = pandas.read_csv(folder / "faces.csv")
    names = [Path(name).name for name in table["file"]]
    assert names == [
        *("talks_01_000000_0.jpg", "talks_01_000020_0.jpg", "talks_01_000040_0.jpg"),
        *("talks_02_000000_0.jpg", "talks_02_000020_0.jpg"),
        *("talks_03_000000_0.jpg", "talks_03_000020_0.jpg"),
        *("talks_04_000000_0.jpg", "talks_04_000020_0.jpg"),
        *("talks_04_000000_1.jpg", "talks_04_000020_1.jpg"),
    ]
    assert sorted(names) == sorted(path.name for path in (folder / "faces").iterdir())
    assert table["person"].tolist() == ["p00000"] * 5 + ["p00001"] * 2 + ["p00002"] * 2 + ["p00003"] * 2
    assert table["score"].tolist() == [0.9] * 11
    assert table["frame_s"].tolist()[:3] == [0.0, 0.8, 1.6]


@pytest.mark.parametrize("crop", ["window", "follow", "union"])
def test_a_picture_is_that_frame_of_the_clip(collected: Collection, tmp_path: Path, crop: str) -> None:
    where = "clips.number = 0"
    settings = {"every": 20, "image": "png"}
    folder = exported(collected, "faces", tmp_path / "out", where=where, crop=crop, settings=settings)
    items = {item.item_id: item for item in collected.items(where=where, crop=crop)}
    with (folder / "faces.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        item = items[row["item_id"]]
        number = int(row["frame"]) - item.row["start_frame"] - item.first
        told = list(item.pictures())[number]
        seen = cv2.imread(str(folder / row["file"]))
        assert seen is not None and np.array_equal(seen, told)
        assert np.array_equal(np.asarray(Image.open(folder / row["file"]))[..., ::-1], told)
        box = [float(row[f"box_{edge}"]) for edge in ("x1", "y1", "x2", "y2")]
        assert np.allclose(box, item.face_boxes()[number], atol=0.06)


def test_one_video_needs_no_number_and_jpeg_is_near(collected: Collection, tmp_path: Path) -> None:
    where = "uploads.title = 'Anna again'"
    folder = exported(collected, "faces", tmp_path / "out", where=where, settings={"every": 100, "quality": 98})
    assert [path.name for path in (folder / "faces").iterdir()] == ["000000_0.jpg"]
    told = next(iter(collected.items(where=where)[0].pictures()))
    seen = cv2.imread(str(folder / "faces" / "000000_0.jpg"))
    assert seen is not None and np.abs(seen.astype(int) - told).mean() < 2


def test_frames_of_a_segment_count_in_the_source(collected: Collection, tmp_path: Path) -> None:
    folder = exported(collected, "faces", tmp_path / "out", unit="segment", settings={"every": 15})
    names = sorted(path.name for path in (folder / "faces").iterdir())
    assert names == [f"01_{frame:06d}_0.jpg" for frame in (4, 19, 28, 43)] + ["02_000000_0.jpg", "02_000015_0.jpg"]


def test_equal_exports_have_equal_bytes(collected: Collection, tmp_path: Path) -> None:
    one, two = (exported(collected, "faces", tmp_path / name) for name in "ab")
    assert files_in(one) == files_in(two)


@pytest.mark.parametrize("settings", [{"prefix": "../x"}, {"prefix": "a/b"}, {"every": 0}, {"image": "gif"}, {"x": 1}])
def test_settings_that_cannot_be(settings: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as error:
        Faces(ExportOptions(settings=settings))
    assert error.value.reason == "bad_options"
    assert next(iter(settings)) in error.value.message
