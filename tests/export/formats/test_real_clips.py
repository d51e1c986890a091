"""Real talkers become a dataset in each format, and are themselves when they are read back."""

import io
import json
import wave
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from facelib.export.format import format_class
from facelib.export.item import Item
from facelib.media.audio import Samples, read_speech
from facelib.media.picture import Picture
from tests.support.export_items import Collection, collection, pictures_of, write_dataset
from tests.support.films import Face, Film

FRAMES = 25
Read = tuple[list[Picture], Samples]


@pytest.fixture(scope="module")
def talkers(media_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A second of two of them."""
    face = Face("somebody", (256, 256), (256, 256), offset_frames=1, size=(200, 220))
    films = [
        Film(name, FRAMES, (face,), source=media_dir / name, size=(512, 512))
        for name in ("talker_a.mp4", "talker_b.mp4")
    ]
    return collection(tmp_path_factory.mktemp("talkers"), films)


def from_lmdb(out: Path, item: Item) -> Read:
    lmdb = pytest.importorskip("lmdb")
    path = str(out / f"{item.item_id}.lmdb")
    with lmdb.open(path, readonly=True, lock=False) as environment, environment.begin() as transaction:
        count = json.loads(transaction.get(b"__len__"))
        data = [transaction.get(f"{index:010d}".encode()) for index in range(count)]
        return [_decoded(np.frombuffer(value, np.uint8)) for value in data], _wav(transaction.get(b"__audio__"))


def from_hdf5(out: Path, item: Item) -> Read:
    h5py = pytest.importorskip("h5py")
    with h5py.File(out / f"{item.item_id}.h5") as file:
        frames = [_decoded(file[f"{index:010d}"][()]) for index in range(file.attrs["stored_frames"])]
        return frames, file["audio"][:]


def from_webdataset(out: Path, item: Item) -> Read:
    wds = pytest.importorskip("webdataset")
    shards = [str(path) for path in sorted(out.glob("*.tar"))]
    for sample in wds.WebDataset(shards, shardshuffle=False).decode():
        if sample["json"]["item_id"] == item.item_id:
            video = out / "read.mp4"
            video.write_bytes(sample["mp4"])
            return pictures_of(video), _wav(sample["wav"])
    raise AssertionError(item.item_id)


def from_datasets(out: Path, item: Item) -> Read:
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(str(out), cache_dir=str(out.with_name("cache")), split="train")
    loaded = loaded.cast_column("video", datasets.Video(decode=False))
    (row,) = [row for row in loaded if row["item_id"] == item.item_id]
    path = Path(row["video"]["path"])
    samples = read_speech(path)
    assert samples is not None
    return pictures_of(path), samples


def _decoded(data: np.ndarray) -> Picture:
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _wav(data: bytes) -> Samples:
    with wave.open(io.BytesIO(data)) as sound:
        return np.frombuffer(sound.readframes(-1), "<i2").astype(np.int16)


@pytest.mark.parametrize(
    ("name", "settings", "read"),
    [
        ("lmdb", {"every": 1}, from_lmdb),
        ("hdf5", {"every": 1}, from_hdf5),
        ("webdataset", {}, from_webdataset),
        ("hugging_face", {}, from_datasets),
    ],
)
def test_a_talker_is_what_it_was(
    talkers: Collection, tmp_path: Path, name: str, settings: dict[str, int], read: Callable[[Path, Item], Read]
) -> None:
    items = talkers.items()
    assert len(items) == 2
    write_dataset(format_class(name), items, tmp_path / "out", **settings)
    for item in items:
        pictures, samples = read(tmp_path / "out", item)
        assert np.array_equal(np.stack(pictures), np.stack(pictures_of(item.clip_file)))
        wanted = item.sound()
        assert wanted is not None
        assert not wanted[:640].any(), "the sound led by a frame, so it was delayed by one"
        if name == "hugging_face":  # AAC: near, and in place
            n = min(len(samples), len(wanted))
            assert n >= len(wanted) - 1024
            assert np.corrcoef(samples[:n], wanted[:n])[0, 1] > 0.98
        else:
            assert np.array_equal(samples, wanted)
