import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from numpy.typing import NDArray

from facelib.export.formats.voxceleb2 import VoxCeleb2
from facelib.export.item import Item
from facelib.export.options import ExportOptions
from facelib.index.reader import Index
from facelib.media.grid import GridReader
from facelib.sources.voxceleb_file import read_voxceleb
from facelib.store.published import VectorTable
from tests.export.formats.exports import exported, files_in
from tests.support.export_items import Collection


def known_as(monkeypatch: pytest.MonkeyPatch, **said: Any) -> None:
    """Let the store say this of every upload."""
    monkeypatch.setattr("facelib.store.uploads.read_upload", lambda store, video_id: said)


@pytest.mark.parametrize("unit", ["clip", "segment"])
def test_our_text_is_read_by_the_reader_of_voxceleb(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unit: str
) -> None:
    voxceleb = VoxCeleb2(ExportOptions.model_validate({"unit": unit}))
    items = collected.items(**voxceleb.options.model_dump())
    known_as(monkeypatch, key="a-_9aaaaaaa")
    items = [
        Item({**item.row, "extractor": "youtube", "person": f"p{n:05d}"}, item.video, voxceleb.options)
        for n, item in enumerate(items)
    ]
    rows = voxceleb.write(items, tmp_path)
    frame_size = np.array([192, 144, 192, 144])
    for number, (item, row) in enumerate(zip(items, rows, strict=True)):
        path = (tmp_path / row["file"]).with_suffix(".txt")
        clip, faults = read_voxceleb(path, tmp_path)
        assert faults == [] and clip is not None and clip.fractions
        assert (clip.identity, clip.reference) == (f"p{number:05d}", "a-_9aaaaaaa")
        assert path.relative_to(tmp_path).parts[:2] == (clip.identity, clip.reference)
        assert clip.number == f"{item.row['number_in_video'] + 1:05d}"
        assert clip.frames.tolist() == list(range(item.first, item.last))
        sides = np.concatenate([item.boxes[:, :2], item.boxes[:, 2:] - item.boxes[:, :2]], axis=1)
        assert np.abs(clip.boxes - sides / frame_size).max() <= 0.0005 + 1e-6
        assert clip.offset == (item.row["offset_frames"] or 0)
        assert clip.speaker_confidence == (item.row["sync_confidence"] or 0) and clip.face_confidence == 0
        with GridReader(tmp_path / row["file"]) as reader:
            assert (reader.width, reader.height, sum(shown.count for shown in reader)) == (224, 224, item.n_frames)


def test_folders_are_people_and_videos(collected: Collection, tmp_path: Path) -> None:
    folder = exported(collected, "voxceleb2", tmp_path / "out", size=64)
    table = pandas.read_csv(folder / "voxceleb2.csv")
    assert table["identity"].tolist() == ["p00000", "p00000", "p00001", "p00002", "p00003"]
    assert table["file"].tolist()[3:] == [
        "p00002/file_carla_and_dan.mp4-f543e7edb3/00001.mp4",
        "p00003/file_carla_and_dan.mp4-f543e7edb3/00002.mp4",
    ]
    assert all((folder / name).with_suffix(".txt").is_file() for name in table["file"])
    again = exported(collected, "voxceleb2", tmp_path / "again", size=64)
    assert files_in(folder) == files_in(again)


def test_the_text_as_voxceleb_writes_it(collected: Collection, tmp_path: Path) -> None:
    folder = exported(collected, "voxceleb2", tmp_path / "out", where="uploads.title = 'Anna again'", size=64)
    lines = next(folder.rglob("00001.txt")).read_text("utf-8").split("\n")
    assert lines[:7] == [
        "Identity  : \tp00000",
        "Reference : \tfile_anna_second.mp4-baff77e3be",
        "Offset    : \t0",
        "FV Conf   : \t0.000\t(0)",
        "ASD Conf  : \t5.250",
        "",
        "FRAME \tX \tY \tW \tH ",
    ]
    assert lines[-1] == "" and len(lines) == 7 + 40 + 1
    assert all(re.fullmatch(r"\d{6} (\t\d\.\d{3} ){4}", line) for line in lines[7:-1])


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ("id00017", "id00017"),
        ("id00017 id00018", None),
        ("", None),
        ("../../../evil", None),
        ("/tmp/evil", None),
        ("..", None),
        ("\U00010330" * 64, None),
    ],
)
def test_identity_without_groups_of_people(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, people: str, expected: str | None
) -> None:
    known_as(monkeypatch, extra={"identity": people})
    voxceleb = VoxCeleb2(ExportOptions(split_by="video", size=64))
    item = collected.items(**voxceleb.options.model_dump())[0]
    row = voxceleb.write([Item({**item.row, "group": item.row["video_id"]}, item.video, voxceleb.options)], tmp_path)[0]
    assert row["identity"] == (expected or item.row["clip_id"])


@pytest.mark.parametrize(
    ("key", "expected"), [("a-_9aaaaaaa", "a-_9aaaaaaa"), ("../../evil", None), ("", None), ("https://e.org/a", None)]
)
def test_the_reference_is_the_key_of_the_upload_and_never_a_path(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, expected: str | None
) -> None:
    known_as(monkeypatch, key=key)
    voxceleb = VoxCeleb2(ExportOptions(size=64))
    item = collected.items(**voxceleb.options.model_dump())[0]
    url = "https://www.youtube.com/watch?v=..%2F..%2Fevil&v=dQw4w9WgXcQ"
    row = {**item.row, "extractor": "youtube", "url": url}
    (written,) = voxceleb.write([Item(row, item.video, voxceleb.options)], tmp_path)
    assert written["reference"] == (expected or item.video.video_id)


def test_people_are_named_by_face_vectors_alone(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Index.vectors_of

    def without_first(self: Index, table: VectorTable, clips: Sequence[str]) -> tuple[list[str], NDArray[np.float32]]:
        known, vectors = plain(self, table, clips)
        return known[1:], vectors[1:]

    monkeypatch.setattr(Index, "vectors_of", without_first)
    folder = exported(collected, "voxceleb2", tmp_path / "out", size=64)
    table = pandas.read_csv(folder / "voxceleb2.csv")
    assert table["identity"].tolist()[1:] == ["p00000", "p00001", "p00002", "p00003"]
    assert table["identity"][0] == table["clip_id"][0]
