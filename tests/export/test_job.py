"""Exports are complete or go on, say what they hold, and give the same bytes again."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from facelib.digests import digest_file
from facelib.errors import FacelibError, SettingsError, StoreError
from facelib.export import job
from facelib.export.formats.clips import Clips
from facelib.export.item import Item
from facelib.export.job import export
from facelib.export.options import ExportOptions
from facelib.store import documents, layout
from facelib.store.objects import Store
from tests.support.export_items import Collection, digests

NEAR = {"dlib_resnet": 0.6}


def run(store: Store, folder: Path, name: str = "clips", **options: Any) -> dict[str, Any]:
    return export(store, name, folder, ExportOptions(**options), same_person=NEAR)


def of_dataset(folder: Path) -> dict[str, str]:
    return {path: digest for path, digest in digests(folder).items() if not path.startswith(".export/")}


def test_the_manifest_says_what_is_there(collected: Collection, tmp_path: Path) -> None:
    manifest = run(collected.store, tmp_path / "set")
    items = [json.loads(line) for line in (tmp_path / "set" / "items.jsonl").read_text().splitlines()]
    assert json.loads((tmp_path / "set" / "manifest.json").read_text()) == manifest
    assert manifest["counts"]["items"] == len(items) == 5
    assert sum(manifest["licences"].values()) == 5
    assert manifest["options"]["where"] == "TRUE"
    assert manifest["collection"]["vectors"][0]["sha256"]
    sums = dict(reversed(line.split("  ")) for line in (tmp_path / "set" / "SHA256SUMS").read_text().splitlines())
    files = of_dataset(tmp_path / "set")
    assert {path: digest for path, digest in files.items() if path in sums} == sums
    assert set(files) - set(sums) == {"manifest.json", "items.jsonl", "SHA256SUMS"}
    for item in items:
        assert item["url"] and item["video_id"] and item["results"]["track"]
        for path, digest in item["files"].items():
            assert digest_file(tmp_path / "set" / path) == digest


def test_the_same_export_gives_the_same_files(collected: Collection, tmp_path: Path) -> None:
    for name in ("one", "two"):
        run(collected.store, tmp_path / name, splits="60/20/20", crop="follow")
    assert of_dataset(tmp_path / "one") == of_dataset(tmp_path / "two")


def test_a_second_run_writes_nothing_and_mends_what_is_damaged(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "set"
    run(collected.store, folder)
    before = of_dataset(folder)
    written: list[str] = []
    plain = Clips.write

    def counted(self: Clips, items: Sequence[Item], into: Path) -> list[dict[str, Any]]:
        written.extend(item.item_id for item in items)
        return plain(self, items, into)

    monkeypatch.setattr(Clips, "write", counted)
    run(collected.store, folder)
    assert written == []
    assert of_dataset(folder) == before
    first, second, *_ = sorted((folder / "clips").rglob("*.mp4"))
    first.unlink()
    second.write_bytes(b"half")
    run(collected.store, folder)
    assert sorted(written) == [first.stem, second.stem]
    assert of_dataset(folder) == before


@pytest.mark.parametrize("after", [0, 1, 3])
def test_an_interrupted_export_goes_on(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    whole, folder = tmp_path / "whole", tmp_path / "set"
    run(collected.store, whole)
    plain, calls = Clips.write, [0]

    def dies(self: Clips, items: Sequence[Item], into: Path) -> list[dict[str, Any]]:
        calls[0] += 1
        if calls[0] > after:
            (into / "half.mp4").write_bytes(b"half")
            raise KeyboardInterrupt
        return plain(self, items, into)

    with monkeypatch.context() as patch:
        patch.setattr(Clips, "write", dies)
        with pytest.raises(KeyboardInterrupt):
            run(collected.store, folder)
    assert not (folder / "manifest.json").exists()
    assert not list(folder.rglob("half.mp4"))
    with (folder / ".export" / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"batch": "/4", "ro')
    run(collected.store, folder)
    assert of_dataset(folder) == of_dataset(whole)


def test_an_item_that_fails_holds_back_no_other(collected: Collection, tmp_path: Path) -> None:
    store = Store(shutil.copytree(collected.store.root, tmp_path / "store"))
    clip = next(store.root.glob(f"{layout.MEDIA}/*/*/*.mp4"))
    clip.unlink()
    told: list[str] = []
    manifest = export(store, "clips", tmp_path / "set", ExportOptions(), same_person=NEAR, say=told.append)
    assert manifest["counts"]["items"] == 4
    assert list(manifest["failures"]) == [clip.stem]
    assert "no_file" in manifest["failures"][clip.stem]
    assert clip.stem in told[0]
    assert clip.stem not in (tmp_path / "set" / "items.jsonl").read_text()


def test_in_a_shard_only_the_item_that_fails_is_missing(collected: Collection, tmp_path: Path) -> None:
    store = Store(shutil.copytree(collected.store.root, tmp_path / "store"))
    clip = sorted(store.root.glob(f"{layout.MEDIA}/*/*/*.mp4"))[1]
    clip.write_bytes(b"not a film")
    manifest = run(store, tmp_path / "set", "webdataset", crop="follow")
    assert list(manifest["failures"]) == [clip.stem]
    assert manifest["counts"]["items"] == 4
    assert len(list((tmp_path / "set").rglob("*.tar"))) == 1


def test_a_video_that_was_taken_down_is_left_out_also_while_the_export_runs(
    collected: Collection, tmp_path: Path
) -> None:
    store = Store(shutil.copytree(collected.store.root, tmp_path / "store"))
    folder = tmp_path / "set"
    gone = next(iter(collected.films))
    options = ExportOptions()
    job._planned(store, Clips(options), "clips", folder, options, NEAR)
    store.put(layout.deny(gone), documents.encode({"reason": "asked"}))
    manifest = run(store, folder)
    assert manifest["failures"]
    assert all("denied" in why for why in manifest["failures"].values())
    assert gone not in (folder / "items.jsonl").read_text()
    assert not run(store, tmp_path / "new")["failures"]


@pytest.mark.parametrize("split_by", ["person", "video", "channel"])
def test_nobody_is_in_two_splits(collected: Collection, tmp_path: Path, split_by: str) -> None:
    manifest = run(collected.store, tmp_path / "set", splits="50/25/25", split_by=split_by)
    items = [json.loads(line) for line in (tmp_path / "set" / "items.jsonl").read_text().splitlines()]
    splits: dict[str, set[str]] = {}
    for item in items:
        splits.setdefault(item["group"], set()).add(item["split"])
    assert all(len(found) == 1 for found in splits.values())
    assert len(splits) == {"person": 4, "video": len(collected.films), "channel": 1}[split_by]
    assert sum(split["items"] for split in manifest["counts"]["splits"].values()) == 5


@pytest.mark.parametrize(
    ("prepare", "options", "reason"),
    [
        (lambda folder: folder.mkdir() or (folder / "a.txt").write_text("mine"), {}, "not_empty"),
        (lambda folder: folder.write_text("a file"), {}, "not_empty"),
        (lambda folder: None, {"settings": {"every": 2}}, "bad_options"),
    ],
)
def test_folders_and_settings_that_cannot_be_used(
    collected: Collection, tmp_path: Path, prepare: Any, options: dict[str, Any], reason: str
) -> None:
    prepare(tmp_path / "set")
    with pytest.raises(FacelibError) as caught:
        run(collected.store, tmp_path / "set", **options)
    assert caught.value.reason == reason


def test_another_export_in_the_folder_is_refused(collected: Collection, tmp_path: Path) -> None:
    run(collected.store, tmp_path / "set")
    before = of_dataset(tmp_path / "set")
    with pytest.raises(SettingsError) as caught:
        run(collected.store, tmp_path / "set", size=64)
    assert caught.value.reason == "other_export"
    assert of_dataset(tmp_path / "set") == before


def test_nothing_published_and_no_such_format(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        run(Store(tmp_path / "store"), tmp_path / "set")
    assert caught.value.reason == "not_published"
    assert not (tmp_path / "set").exists()
    with pytest.raises(SettingsError, match="there is no format 'zip'"):
        run(Store(tmp_path / "store"), tmp_path / "set", "zip")
