"""WebDataset shards, read with webdataset, with torch's DataLoader and with datasets."""

import io
import json
import tarfile
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelib.export.formats.webdataset import WebDataset, item_id_of, key_of
from facelib.export.item import Item
from facelib.export.tables import described
from tests.export.conftest import Exported
from tests.support.export_items import Collection, digests, items_of, pictures_of, write_dataset

wds = pytest.importorskip("webdataset")


def by_sound(row: dict[str, Any]) -> str:
    return "train" if row["has_audio"] else "test"


def samples_of(shards: list[Path]) -> list[dict[str, Any]]:
    """Samples as a training run gets them, members decoded by webdataset."""
    urls = [str(path) for path in shards]
    return list(wds.WebDataset(urls, shardshuffle=False).decode())


def shards_in(folder: Path, split: str = "") -> list[Path]:
    return sorted((folder / split).glob("shard-*.tar"))


def test_samples_are_the_clips(collected: Collection, tmp_path: Path) -> None:
    items = collected.items()
    write_dataset(WebDataset, items, tmp_path / "out", shard_items=2)
    shards = shards_in(tmp_path / "out")
    assert [path.name for path in shards] == [f"shard-{number:06d}.tar" for number in range(3)]
    samples = samples_of(shards)
    assert [item_id_of(sample["__key__"]) for sample in samples] == [item.item_id for item in items]
    for item, sample in zip(items, samples, strict=True):
        assert sample["txt"] == item.row["title"]
        assert {name: sample["json"][name] for name in described(item)} == described(item)
        assert np.array_equal(sample["boxes.npy"], item.face_boxes())
        video = tmp_path / "read.mp4"
        video.write_bytes(sample["mp4"])
        assert np.array_equal(np.stack(pictures_of(video)), np.stack(pictures_of(item.clip_file)))
        _same_sound(sample, item)
        landmarks = item.landmarks()
        assert sample["json"]["has_landmarks"] == ("landmarks.npy" in sample) == (landmarks is not None)
        assert landmarks is None or np.array_equal(sample["landmarks.npy"], landmarks)


def _same_sound(sample: dict[str, Any], item: Item) -> None:
    wanted = item.sound()
    assert ("wav" in sample) == (wanted is not None)
    if wanted is not None:
        # A shard is a tar of plain files: what webdataset leaves as bytes is a WAV file.
        with wave.open(io.BytesIO(sample["wav"])) as sound:
            assert (sound.getframerate(), sound.getnchannels()) == (16_000, 1)
            assert np.array_equal(np.frombuffer(sound.readframes(-1), "<i2"), wanted)


def test_cropped_pictures_are_near(collected: Collection, tmp_path: Path) -> None:
    items = collected.items(crop="follow", size=96)[:1]
    write_dataset(WebDataset, items, tmp_path / "out")
    (sample,) = samples_of(shards_in(tmp_path / "out"))
    video = tmp_path / "read.mp4"
    video.write_bytes(sample["mp4"])
    shown, wanted = pictures_of(video), list(items[0].pictures())
    assert len(shown) == len(wanted) == sample["json"]["n_frames"]
    assert np.abs(np.stack(shown).astype(int) - np.stack(wanted)).mean() < 4


def test_a_loader_with_two_workers_gets_each_sample_once(collected: Collection, tmp_path: Path) -> None:
    from torch.utils.data import DataLoader

    items = collected.items()
    write_dataset(WebDataset, items, tmp_path / "out", shard_items=2)
    shards = [str(path) for path in shards_in(tmp_path / "out")]
    stream = wds.WebDataset(shards, shardshuffle=False).decode().to_tuple("__key__", "json", "boxes.npy")
    loaded = {item_id_of(key): (about, boxes) for key, about, boxes in DataLoader(stream, None, num_workers=2)}
    assert sorted(loaded) == sorted(item.item_id for item in items)
    for item in items:
        about, boxes = loaded[item.item_id]
        assert about["n_frames"] == len(boxes) == item.n_frames


def test_a_shard_holds_one_split(collected: Collection, tmp_path: Path) -> None:
    items = collected.items(by_sound)
    write_dataset(WebDataset, items, tmp_path / "out", shard_items=3)
    for split, count in (("train", 2), ("test", 1)):
        shards = shards_in(tmp_path / "out", split)
        assert len(shards) == count
        found = [item_id_of(sample["__key__"]) for sample in samples_of(shards)]
        assert found == [item.item_id for item in items if item.split == split]
    document = json.loads((tmp_path / "out" / "dataset.json").read_text())
    counts = {shard["url"]: shard["nsamples"] for shard in document["shardlist"]}
    assert counts == {"test/shard-000000.tar": 1, "train/shard-000000.tar": 3, "train/shard-000001.tar": 1}
    assert document["splits"] == {"test": 1, "train": 4}
    assert document["samples"] == len(items)


def test_uniform_samples_all_have_every_member(collected: Collection, tmp_path: Path) -> None:
    items = collected.items()
    write_dataset(WebDataset, items, tmp_path / "out", uniform=True)
    kinds = ("wav", "json", "landmarks.npy")
    shards = [str(path) for path in shards_in(tmp_path / "out")]
    read = list(wds.WebDataset(shards, shardshuffle=False).decode().to_tuple(*kinds))
    assert len(read) == len(items)
    for item, (wav, about, landmarks) in zip(items, read, strict=True):
        with wave.open(io.BytesIO(wav)) as sound:
            samples = np.frombuffer(sound.readframes(-1), "<i2")
        assert len(samples) == item.n_frames * 640
        assert about["has_audio"] == samples.any() == (item.sound() is not None)
        assert about["has_landmarks"] == np.isfinite(landmarks).all() == (item.landmarks() is not None)
        assert landmarks.shape == (item.n_frames, 68, 2)


def test_nothing_of_the_machine_is_in_a_shard(collected: Collection, tmp_path: Path) -> None:
    items = collected.items(by_sound)
    for name in ("one", "two"):
        write_dataset(WebDataset, items, tmp_path / name)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    with tarfile.open(shards_in(tmp_path / "one", "train")[0]) as shard:
        members = shard.getmembers()
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {(0, 0, 0, "", "", 0o644)}
    for key in dict.fromkeys(member.name.split(".")[0] for member in members):
        own = [member.name for member in members if member.name.startswith(f"{key}.")]
        assert own == sorted(own)


@pytest.mark.parametrize("item_id", ["file_a.mp4-0123456789.000025.0.96e63223", "a-1.000025.0.x.000004", "plain"])
def test_keys_are_reversible_and_have_no_dot(item_id: str) -> None:
    assert "." not in key_of(item_id)
    assert item_id_of(key_of(item_id)) == item_id


def test_long_names_survive(collected: Collection, tmp_path: Path) -> None:
    item = collected.items()[0]
    item.item_id = "x" * 120 + ".000000.0.d506b9e5"
    write_dataset(WebDataset, [item], tmp_path / "out")
    (sample,) = samples_of(shards_in(tmp_path / "out"))
    assert item_id_of(sample["__key__"]) == item.item_id


def test_an_export_streams_whole(exported: Exported, tmp_path: Path) -> None:
    out, manifest = exported("webdataset", tmp_path / "out", splits="60/20/20", settings={"shard_items": 2})
    document = json.loads((out / "dataset.json").read_text())
    urls = [shard["url"] for shard in document["shardlist"]]
    samples = samples_of([out / url for url in urls])
    records = {record["item_id"]: record for record in items_of(out)}
    assert {item_id_of(sample["__key__"]): sample["json"]["split"] for sample in samples} == {
        item_id: record["split"] for item_id, record in records.items()
    }
    assert len(samples) == manifest["counts"]["items"] == document["samples"]
    for sample in samples:
        (shard,) = records[item_id_of(sample["__key__"])]["files"]
        assert shard in urls
        assert shard.startswith(f"{sample['json']['split']}/")
