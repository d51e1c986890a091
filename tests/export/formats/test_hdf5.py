"""HDF5 files, read with h5py."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facelib.export.formats.hdf5 import Hdf5
from facelib.export.tables import described
from tests.export.conftest import Exported
from tests.support.export_items import Collection, digests, items_of, pictures_of, write_dataset

h5py = pytest.importorskip("h5py")


@pytest.mark.parametrize("every", [1, 2, 3])
@pytest.mark.parametrize("layout", ["encoded", "array"])
def test_frames_are_those_of_the_clip(collected: Collection, tmp_path: Path, layout: str, every: int) -> None:
    item = collected.items()[0]
    (row,) = write_dataset(Hdf5, [item], tmp_path / "out", every=every, layout=layout)
    wanted = pictures_of(item.clip_file)[::every]
    with h5py.File(tmp_path / "out" / row["file"]) as file:
        if layout == "encoded":
            keys = sorted(key for key in file if key.isdecimal())
            assert keys == [f"{index:010d}" for index in range(len(wanted))]
            shown = [cv2.imdecode(file[key][()], cv2.IMREAD_COLOR) for key in keys]
        else:
            assert file["frames"].dtype == np.uint8
            shown = [picture[..., ::-1] for picture in file["frames"]]
        assert np.array_equal(np.stack(shown), np.stack(wanted))
        assert file["grid_frames"][:].tolist() == list(range(0, item.n_frames, every))
        assert file.attrs["fps"] == 25 / every
        assert file.attrs["stored_frames"] == row["stored_frames"] == len(wanted)


def test_sound_points_and_what_is_known(collected: Collection, tmp_path: Path) -> None:
    items = collected.items(crop="follow", size=64)
    rows = write_dataset(Hdf5, items, tmp_path / "out", every=5)
    for item, row in zip(items, rows, strict=True):
        with h5py.File(tmp_path / "out" / row["file"]) as file:
            series: dict[str, Any] = {"boxes": item.face_boxes()[::5], "audio": item.sound()}
            landmarks = item.landmarks()
            series["landmarks"] = None if landmarks is None else landmarks[::5]
            for name, wanted in series.items():
                assert (name in file) == (wanted is not None)
                if wanted is not None:
                    assert file[name].dtype == wanted.dtype
                    assert np.array_equal(file[name][:], wanted)
            if "audio" in file:
                assert file["audio"].attrs["rate"] == 16_000
            known = {name: value for name, value in described(item).items() if value is not None and name != "fps"}
            assert known == {name: file.attrs[name] for name in known}
            assert set(file.attrs) == {*known, "fps", "stored_frames"}


def test_boxes_lie_on_the_face(collected: Collection, tmp_path: Path) -> None:
    """The faces of films are the only place where green is 160 and red 225."""
    (row,) = write_dataset(Hdf5, collected.items()[:1], tmp_path / "out", layout="array", every=10)
    with h5py.File(tmp_path / "out" / row["file"]) as file:
        for picture, (x1, y1, x2, y2) in zip(file["frames"], file["boxes"][:], strict=True):
            red, green, _ = picture[round((y1 + y2) / 2), round((x1 + x2) / 2)].astype(int)
            assert abs(red - 225) < 6
            assert abs(green - 160) < 6


def test_the_same_again(collected: Collection, tmp_path: Path) -> None:
    items = collected.items()[:2]
    for name in ("one", "two"):
        for layout in ("encoded", "array"):
            write_dataset(Hdf5, items, tmp_path / name / layout, every=8, layout=layout)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_compression_is_of_the_file_alone(collected: Collection, tmp_path: Path) -> None:
    item = collected.items()[0]
    sizes = []
    for level in (0, 4):
        (row,) = write_dataset(Hdf5, [item], tmp_path / str(level), layout="array", gzip=level, every=8)
        path = tmp_path / str(level) / row["file"]
        sizes.append(path.stat().st_size)
        with h5py.File(path) as file:
            assert np.array_equal(file["frames"][-1][..., ::-1], pictures_of(item.clip_file)[40])
    assert sizes[1] < sizes[0]


def test_an_export_is_all_there_and_the_same_again(exported: Exported, tmp_path: Path) -> None:
    options = {"splits": "50/50", "settings": {"every": 8, "layout": "array"}}
    out, manifest = exported("hdf5", tmp_path / "one", **options)
    records = items_of(out)
    assert len(records) == manifest["counts"]["items"] == 5
    for record in records:
        (name,) = record["files"]
        assert name == f"{record['split']}/{record['item_id']}.h5"
        with h5py.File(out / name) as file:
            assert file.attrs["item_id"] == record["item_id"]
            assert len(file["frames"]) == len(file["grid_frames"]) == file.attrs["stored_frames"]
    again, _ = exported("hdf5", tmp_path / "two", **options)
    assert digests(out) == digests(again)
