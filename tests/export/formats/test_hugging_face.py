"""Folders for datasets.load_dataset, read with it: without torchcodec, so media come as bytes or paths."""

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from facelib.export.formats.hugging_face import COLUMNS, HuggingFace
from facelib.export.options import ExportOptions
from facelib.export.tables import described
from tests.export.conftest import Exported
from tests.support.export_items import Collection, digests, items_of, pictures_of, write_dataset

datasets = pytest.importorskip("datasets")

SPLITS = {"anna": "train", "ben_": "val", "carl": "test"}
LAYOUTS = ["folder", "parquet"]


def split_of(row: dict[str, Any]) -> str:
    return SPLITS[row["video_id"].removeprefix("file_")[:4]]


def load(folder: Path, cache: Path) -> Any:
    """The dataset, with media as they are."""
    loaded = datasets.load_dataset(str(folder), cache_dir=str(cache))
    loaded = loaded.cast_column("video", datasets.Video(decode=False))
    return loaded.cast_column("audio", datasets.Audio(decode=False)) if "audio" in _names(loaded) else loaded


def _names(loaded: Any) -> list[str]:
    return next(iter(loaded.column_names.values()))


def card_of(folder: Path) -> Any:
    _, head, _ = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(head)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_rows_are_the_clips(collected: Collection, tmp_path: Path, layout: str) -> None:
    items = collected.items(split_of)
    write_dataset(HuggingFace, items, tmp_path / "out", layout=layout, shard_items=1)
    loaded = load(tmp_path / "out", tmp_path / "cache")
    assert set(loaded) == {"train", "validation", "test"}
    video = tmp_path / "read.mp4"
    for split, name in (("train", "train"), ("val", "validation"), ("test", "test")):
        own = [item for item in items if item.split == split]
        assert loaded[name]["item_id"] == [item.item_id for item in own]
        for item, row in zip(own, loaded[name], strict=True):
            known = described(item)
            assert {column: row[column] for column in COLUMNS} == pytest.approx({c: known[c] for c in COLUMNS})
            shown = row["video"]
            assert Path(shown["path"]).name == f"{item.item_id}.mp4"
            video.write_bytes(shown["bytes"] or Path(shown["path"]).read_bytes())
            assert np.array_equal(np.stack(pictures_of(video)), np.stack(pictures_of(item.clip_file)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_columns_have_types(collected: Collection, tmp_path: Path, layout: str) -> None:
    """Also in a split where a column is empty throughout."""
    write_dataset(HuggingFace, collected.items(split_of), tmp_path / "out", layout=layout)
    loaded = load(tmp_path / "out", tmp_path / "cache")
    for split in loaded.values():
        assert {name: split.features[name].dtype for name in COLUMNS} == COLUMNS
        assert isinstance(split.features["video"], datasets.Video)
    assert loaded["validation"]["sync_confidence"] == [None]
    unknown = set(described(collected.items()[0])) - set(COLUMNS)
    assert unknown == {"split"}


def test_sound_sample_by_sample(collected: Collection, tmp_path: Path) -> None:
    items = collected.items()
    write_dataset(HuggingFace, items, tmp_path / "out", layout="parquet")
    loaded = load(tmp_path / "out", tmp_path / "cache")
    assert set(loaded) == {"train"}
    assert isinstance(loaded["train"].features["audio"], datasets.Audio)
    for item, row in zip(items, loaded["train"], strict=True):
        wanted = item.sound()
        assert (row["audio"] is None) == (wanted is None)
        if wanted is not None:
            with wave.open(io.BytesIO(row["audio"]["bytes"])) as sound:
                assert np.array_equal(np.frombuffer(sound.readframes(-1), "<i2"), wanted)


def test_tables_are_as_long_as_asked(collected: Collection, tmp_path: Path) -> None:
    write_dataset(HuggingFace, collected.items(), tmp_path / "out", layout="parquet", shard_items=2)
    tables = sorted(path.name for path in (tmp_path / "out" / "data").iterdir())
    assert tables == [f"train-{number:05d}.parquet" for number in range(3)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_card_is_the_truth(collected: Collection, tmp_path: Path, layout: str) -> None:
    items = collected.items(split_of)
    write_dataset(HuggingFace, items, tmp_path / "out", layout=layout)
    head = card_of(tmp_path / "out")
    assert head["license"] == ["cc-by-4.0", "cc-by-sa-4.0", "unknown"]
    assert head["size_categories"] == ["n<1K"]
    said = {feature["name"]: feature["dtype"] for feature in head["dataset_info"]["features"]}
    assert {name: said[name] for name in COLUMNS} == COLUMNS
    splits = {entry["split"]: entry["path"] for entry in head["configs"][0]["data_files"]}
    assert set(splits) == {"train", "validation", "test"}
    for patterns in splits.values():
        for pattern in patterns:
            assert list((tmp_path / "out").glob(pattern))


def test_the_card_quotes_the_condition(collected: Collection, tmp_path: Path) -> None:
    where = "uploads.title LIKE '%a|b%'\nOR clips.face_side > 40"
    made = HuggingFace(ExportOptions(where=where))
    made.finish([described(item) for item in collected.items()], tmp_path)
    assert "| where | `uploads.title LIKE '%a\\|b%' OR clips.face_side > 40` |" in (tmp_path / "README.md").read_text()


def test_the_same_again(collected: Collection, tmp_path: Path) -> None:
    items = collected.items(split_of)
    for name in ("one", "two"):
        for layout in LAYOUTS:
            write_dataset(HuggingFace, items, tmp_path / name / layout, layout=layout)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_export_loads_whole(exported: Exported, tmp_path: Path, layout: str) -> None:
    """The manifest and lists beside the data do not confuse the loader."""
    settings = {"layout": layout, "shard_items": 2} if layout == "parquet" else {}
    out, manifest = exported("hugging_face", tmp_path / "out", splits="50/25/25", settings=settings)
    loaded = load(out, tmp_path / "cache")
    called = {"train": "train", "val": "validation", "test": "test"}
    wanted = {record["item_id"]: called[record["split"]] for record in items_of(out)}
    assert {row["item_id"]: name for name, rows in loaded.items() for row in rows} == wanted
    assert sum(len(rows) for rows in loaded.values()) == manifest["counts"]["items"] == 5
    people = {row["item_id"]: row["title"][:4] for rows in loaded.values() for row in rows}
    assert len({wanted[item_id] for item_id, person in people.items() if person == "Anna"}) == 1
