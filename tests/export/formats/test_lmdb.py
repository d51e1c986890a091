"""LMDB environments, read with lmdb, OpenCV and Pillow."""

import io
import json
import wave
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facelib.errors import SettingsError
from facelib.export.formats.lmdb import MAP_SIZE, Lmdb
from facelib.export.options import ExportOptions
from facelib.media.picture import Picture
from tests.export.conftest import Exported
from tests.support.export_items import Collection, digests, items_of, pictures_of, write_dataset

lmdb = pytest.importorskip("lmdb")
Image = pytest.importorskip("PIL.Image")


def entries(path: Path) -> dict[str, bytes]:
    """All of an environment, in its order."""
    with lmdb.open(str(path), readonly=True, lock=False) as environment, environment.begin() as transaction:
        return {key.decode(): bytes(value) for key, value in transaction.cursor()}


def opencv(data: bytes) -> Picture:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def pillow(data: bytes) -> Picture:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.uint8)[..., ::-1]


@pytest.mark.parametrize("read", [opencv, pillow])
@pytest.mark.parametrize(("every", "fps"), [(1, 25.0), (2, 12.5), (3, 25 / 3)])
def test_frames_are_those_of_the_clip(collected: Collection, tmp_path: Path, every: int, fps: float, read: Any) -> None:
    item = collected.items()[0]
    (row,) = write_dataset(Lmdb, [item], tmp_path / "out", every=every)
    found = entries(tmp_path / "out" / row["file"])
    wanted = pictures_of(item.clip_file)[::every]
    keys = [key for key in found if not key.startswith("__")]
    assert keys == [f"{index:010d}" for index in range(len(wanted))]
    for key, picture in zip(keys, wanted, strict=True):
        assert np.array_equal(read(found[key]), picture)
    assert json.loads(found["__len__"]) == row["stored_frames"] == len(wanted)
    assert json.loads(found["__fps__"]) == pytest.approx(fps)
    assert json.loads(found["__size__"]) == [wanted[0].shape[1], wanted[0].shape[0]]
    assert json.loads(found["__frames__"]) == list(range(0, item.n_frames, every))
    assert json.loads(found["__item__"])["item_id"] == item.item_id


def test_red_is_red(collected: Collection, tmp_path: Path) -> None:
    """Films are red at the right edge and blue at the left one."""
    (row,) = write_dataset(Lmdb, collected.items()[:1], tmp_path / "out")
    picture = pillow(entries(tmp_path / "out" / row["file"])["0000000000"])[..., ::-1].astype(int)
    assert (picture[:, 0, 2] > picture[:, 0, 0] + 20).all()
    assert (picture[:, -1, 0] > picture[:, -1, 2] + 20).all()


def test_a_segment_says_where_it_lies_in_the_source(collected: Collection, tmp_path: Path) -> None:
    item = collected.items(unit="segment")[1]
    (row,) = write_dataset(Lmdb, [item], tmp_path / "out", every=2)
    found = entries(tmp_path / "out" / row["file"])
    assert json.loads(found["__frames__"]) == list(range(28, 44, 2))
    assert np.array_equal(opencv(found["0000000003"]), pictures_of(item.clip_file)[34])


def test_sound_sample_by_sample(collected: Collection, tmp_path: Path) -> None:
    items = collected.items()
    rows = write_dataset(Lmdb, items, tmp_path / "out", every=25)
    for item, row in zip(items, rows, strict=True):
        found, wanted = entries(tmp_path / "out" / row["file"]), item.sound()
        if wanted is None:
            assert "__audio__" not in found
            continue
        with wave.open(io.BytesIO(found["__audio__"])) as sound:
            assert (sound.getframerate(), sound.getnchannels()) == (16_000, 1)
            assert np.array_equal(np.frombuffer(sound.readframes(-1), "<i2"), wanted)


def test_no_sound_on_request(collected: Collection, tmp_path: Path) -> None:
    (row,) = write_dataset(Lmdb, collected.items()[:1], tmp_path / "out", every=25, sound=False)
    assert "__audio__" not in entries(tmp_path / "out" / row["file"])


def test_jpg_is_near_and_smaller(collected: Collection, tmp_path: Path) -> None:
    item = collected.items()[0]
    sizes = []
    for image in ("png", "jpg"):
        (row,) = write_dataset(Lmdb, [item], tmp_path / image, every=8, image=image)
        data = entries(tmp_path / image / row["file"])["0000000000"]
        wrong = np.abs(opencv(data).astype(int) - pictures_of(item.clip_file)[0]).mean()
        assert wrong < (3 if image == "jpg" else 1e-9)
        sizes.append(len(data))
    assert sizes[1] < sizes[0] / 2


def test_an_environment_is_one_small_file(collected: Collection, tmp_path: Path) -> None:
    """It may grow to 1 TiB, and takes what it holds."""
    (row,) = write_dataset(Lmdb, collected.items()[:1], tmp_path / "out")
    place = tmp_path / "out" / row["file"]
    assert [path.name for path in place.iterdir()] == ["data.mdb"]
    held = sum(len(value) for value in entries(place).values())
    stat = (place / "data.mdb").stat()
    assert MAP_SIZE == 1 << 40
    assert held < stat.st_size < 2 * held + 64 * 1024
    assert stat.st_blocks * 512 < 2 * held + 64 * 1024


def test_the_same_again(collected: Collection, tmp_path: Path) -> None:
    items = collected.items(crop="follow", size=64)
    for name in ("one", "two"):
        write_dataset(Lmdb, items, tmp_path / name, every=4)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


@pytest.mark.parametrize("wrong", [{"every": 0}, {"image": "gif"}, {"evry": 1}])
def test_wrong_settings_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))) as caught:
        Lmdb(ExportOptions(settings=wrong))
    assert caught.value.reason == "bad_options"


def test_an_export_is_all_there_and_the_same_again(exported: Exported, tmp_path: Path) -> None:
    options = {"unit": "segment", "crop": "follow", "size": 64, "settings": {"every": 4}}
    out, manifest = exported("lmdb", tmp_path / "one", **options)
    records = items_of(out)
    assert len(records) == manifest["counts"]["items"] == 3
    for record in records:
        assert list(record["files"]) == [f"{record['item_id']}.lmdb/data.mdb"]
        found = entries(out / f"{record['item_id']}.lmdb")
        assert json.loads(found["__size__"]) == [64, 64]
        assert opencv(found["0000000003"]).shape == (64, 64, 3)
    again, _ = exported("lmdb", tmp_path / "two", **options)
    assert digests(out) == digests(again)
