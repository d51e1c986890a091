import ast
import json
import math
import pickle
import wave
from pathlib import Path
from typing import Any

import cv2
import lmdb
import numpy as np
import pandas
import pytest

from facelib.export.formats.facial_scraper import FacialScraper
from facelib.export.item import Item, VideoResults
from facelib.export.options import ExportOptions
from facelib.export.scraper_names import block_name
from facelib.export.scraper_table import COLUMNS, scraper_frame, write_scraper_table
from facelib.export.source_sound import SourceSound
from facelib.media.grid import GridReader
from tests.export.formats.exports import exported, files_in
from tests.support.export_items import Collection

NAMES = (
    "file_original file_relative lmdb_file lmdb_relative lmdb_num_frames audio_file audio_relative start_frame "
    "end_frame start_time end_time num_frames width height original_duration original_resolution original_fps "
    "clip_score hyperiqa clipiqa+"
)


@pytest.fixture(scope="module")
def folder(collected: Collection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = {"lmdb": True, "scores_in_name": True, "root": "/data/scraped"}
    return exported(collected, "facial_scraper", tmp_path_factory.mktemp("scraper") / "out", settings=settings)


def test_the_twenty_columns_in_both_files(collected: Collection, folder: Path) -> None:
    table, pickled = pandas.read_csv(folder / "ex-metadata.csv"), pandas.read_pickle(folder / "ex-metadata.pkl")
    assert table.columns.tolist() == pickled.columns.tolist() == NAMES.split() == list(COLUMNS)
    assert len(table) == len(pickled) == 5
    for item, (_, row), (_, text) in zip(collected.items(), pickled.iterrows(), table.iterrows(), strict=True):
        assert isinstance(row["file_original"], str) and isinstance(row["original_resolution"], list)
        assert ast.literal_eval(text["original_resolution"]) == row["original_resolution"] == [192, 144]
        assert (row["start_frame"], row["end_frame"], row["num_frames"]) == (0, item.n_frames, item.n_frames)
        assert (row["width"], row["height"]) == item.size
        assert row["end_time"] == pytest.approx(item.n_frames / 25) and row["original_fps"] == 25.0
        assert row["clip_score"] == pytest.approx(0.04) and row["hyperiqa"] == pytest.approx(0.61)
        assert row["clipiqa+"] == pytest.approx(0.72)
        assert row["file_original"] == f"/data/scraped/{row['file_relative']}"
        assert row["lmdb_file"] == f"/data/scraped/{row['lmdb_relative']}"
        assert (row["audio_file"] is None) == (not item.row["has_audio"])
        assert isinstance(text["audio_file"], str) == item.row["has_audio"]
    kinds = {name: str(pickled[name].dtype) for name in NAMES.split()}
    assert kinds == COLUMNS


def test_files_are_those_of_the_clip(collected: Collection, folder: Path) -> None:
    rows = pandas.read_pickle(folder / "ex-metadata.pkl").to_dict("records")
    for item, row in zip(collected.items(), rows, strict=True):
        assert row["file_relative"].startswith(f"{item.row['video_id']}/{item.row['video_id']}_block_")
        with GridReader(folder / row["file_relative"]) as reader:
            assert sum(shown.count for shown in reader) == item.n_frames
        path = str(folder / row["lmdb_relative"])
        with lmdb.open(path, readonly=True, lock=False) as environment, environment.begin() as transaction:
            last = transaction.get(f"{row['lmdb_num_frames'] - 1:010d}".encode())
            assert transaction.get(f"{row['lmdb_num_frames']:010d}".encode()) is None
        picture = cv2.imdecode(np.frombuffer(last, np.uint8), cv2.IMREAD_COLOR)
        assert np.array_equal(picture, list(item.pictures())[2 * (row["lmdb_num_frames"] - 1)])
        if row["audio_relative"]:
            with wave.open(str(folder / row["audio_relative"])) as file:
                assert (file.getnframes(), file.getnchannels()) == (item.n_frames * 640, 1)


def test_the_name_has_the_scores(folder: Path) -> None:
    name = Path(pandas.read_csv(folder / "ex-metadata.csv")["file_relative"][0]).name
    assert name == (
        "file_anna_first.mp4-9c5c2fd20d_block_0_start_0.00_end_1.92_frames_48_res_120x102_origdur_1.92"
        "_origres_192x144_origfps_25.00_clipscore_0.0400_iqa_hyperiqa_0.6100_iqa_clipiqa+_0.7200.mp4"
    )


def test_native_sound_is_the_sound_of_the_source_in_sync(collected: Collection, tmp_path: Path) -> None:
    item = next(item for item in collected.items() if item.offset_frames == -3)
    assert FacialScraper(ExportOptions()).write([item], tmp_path)[0]["note"] == ""
    with wave.open(str(next(tmp_path.rglob("*.wav")))) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(float)
    told = collected.films[item.row["video_id"]].samples().astype(float)[3 * 640 :]
    assert len(samples) == item.n_frames * 640
    assert np.corrcoef(samples[: len(told)], told)[0, 1] > 0.99
    assert not samples[-640:].any()


def test_sound_has_the_rate_of_the_source(collected: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [item for item in collected.items(unit="segment") if item.row["video_number"] == 1]
    for item in items:
        probed = item.video.find("probe")
        assert probed is not None
        monkeypatch.setitem(probed.head["facts"], "sample_rate", 44_100)
    reader = SourceSound()
    for item, first in zip(items, (4, 28), strict=True):
        found = reader.of(item)
        assert found is not None and found[1] == 44_100 and len(found[0]) == item.n_frames * 1764
        told = collected.films[item.row["video_id"]].samples()[(first - 2) * 640 :][: item.n_frames * 640]
        places = np.arange(len(found[0])) * 16_000 / 44_100
        assert np.corrcoef(found[0], np.interp(places, np.arange(len(told)), told))[0, 1] > 0.99


def test_sound_of_a_source_that_was_let_go(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VideoResults, "source", None)
    item: Item = collected.items()[0]
    row = FacialScraper(ExportOptions()).write([item], tmp_path)[0]
    assert row["note"] == "the source was let go: its sound has 16000 Hz"
    with wave.open(str(next(tmp_path.rglob("*.wav")))) as file:
        assert np.array_equal(np.frombuffer(file.readframes(file.getnframes()), np.int16), item.sound())


def test_equal_exports_have_equal_bytes(collected: Collection, folder: Path, tmp_path: Path) -> None:
    settings = {"lmdb": True, "scores_in_name": True, "root": "/data/scraped"}
    again = exported(collected, "facial_scraper", tmp_path / "again", settings=settings)
    assert files_in(again) == files_in(folder)
    plain = exported(collected, "facial_scraper", tmp_path / "plain")
    assert not list(plain.rglob("*.lmdb")) and len(list(plain.rglob("*_block_0.mp4"))) == 4
    assert "\n" + str(tmp_path) not in (plain / "ex-metadata.csv").read_text("utf-8")


def test_a_pickle_does_not_depend_on_which_objects_are_shared(tmp_path: Path) -> None:
    name, size = "a" * 30, [10, 20]
    row: dict[str, Any] = dict.fromkeys(COLUMNS, 1) | {"file_original": name, "original_resolution": size}
    shared = [row | {"clip_score": None}, row]
    apart = json.loads(json.dumps(shared))
    assert pickle.dumps(shared) != pickle.dumps(apart)
    written = []
    for number, rows in enumerate((shared, apart)):
        (tmp_path / str(number)).mkdir()
        write_scraper_table(rows, tmp_path / str(number))
        written.append((tmp_path / str(number) / "ex-metadata.pkl").read_bytes())
    assert written[0] == written[1]
    assert math.isnan(pandas.read_pickle(tmp_path / "0" / "ex-metadata.pkl")["clip_score"][0])


def test_no_rows() -> None:
    assert scraper_frame([]).shape == (0, 20)


@pytest.mark.parametrize("part", ["x" * 300, "é" * 200 + "-0123456789", "talk"])
def test_names_stay_below_255_bytes(part: str) -> None:
    row: dict[str, Any] = {
        **{"start_time": 12345.678, "end_time": 12399.001, "num_frames": 12000, "width": 3840, "height": 2160},
        **{"original_duration": 14400.0, "original_resolution": [7680, 4320], "original_fps": 59.94},
        **{"clip_score": None, "hyperiqa": 0.5, "clipiqa+": float("nan")},
    }
    for name in (block_name(part, 1234, row), block_name(part, 1234)):
        assert len(name.encode()) <= 250 and "_block_1234" in name
    assert block_name(part, 0, row).endswith("_clipscore_nan_iqa_hyperiqa_0.5000_iqa_clipiqa+_nan")
    assert block_name(part, 0).startswith(part[:4]) and part[-4:] + "_block_0" in block_name(part, 0)
