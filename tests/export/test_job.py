"""Exports are complete or go on, say what they hold, and give the same bytes again."""

import errno
import json
import multiprocessing
import os
import shutil
import signal
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from facelib.cli.export import empty_splits
from facelib.digests import digest_file
from facelib.errors import FacelibError, SettingsError, StoreError
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


def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that gets the id of each item that is written from now on."""
    written: list[str] = []
    plain = Item.write_video

    def counted(self: Item, path: Path, **options: Any) -> None:
        written.append(self.item_id)
        plain(self, path, **options)

    monkeypatch.setattr(Item, "write_video", counted)
    return written


def interrupted(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Begin an export that is killed after some batches."""
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
            run(store, folder)


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


def test_several_processes_write_the_same_files_and_failures(collected: Collection, tmp_path: Path) -> None:
    store = Store(shutil.copytree(collected.store.root, tmp_path / "store"))
    sorted(store.root.glob(f"{layout.MEDIA}/*/*/*.mp4"))[1].write_bytes(b"not a film")
    manifests = [
        export(store, "lmdb", tmp_path / str(n), ExportOptions(crop="follow"), same_person=NEAR, processes=n)
        for n in (1, 2)
    ]
    assert manifests[0] == manifests[1]
    assert len(manifests[0]["failures"]) == 1
    assert of_dataset(tmp_path / "1") == of_dataset(tmp_path / "2")
    assert not list((tmp_path / "2" / ".export").glob("batch-*"))


def test_a_process_that_is_killed_is_one_error_and_the_next_run_goes_on(collected: Collection, tmp_path: Path) -> None:
    def kill(done: int, total: int) -> None:
        os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)

    options = ExportOptions(crop="follow")
    with pytest.raises(StoreError) as error:
        export(collected.store, "lmdb", tmp_path, options, same_person=NEAR, processes=2, progress=kill)
    assert error.value.reason == "killed" and "--processes 1" in (error.value.hint or "")
    manifest = export(collected.store, "lmdb", tmp_path, options, same_person=NEAR)
    assert manifest["counts"]["items"] == 5 and not manifest["failures"]


def test_a_second_run_writes_nothing_and_mends_what_is_damaged(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "set"
    run(collected.store, folder)
    before = of_dataset(folder)
    written = counting(monkeypatch)
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
    interrupted(collected.store, folder, monkeypatch, after)
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


@pytest.mark.parametrize("after", [0, 2])
def test_a_video_that_was_taken_down_is_left_out_also_while_the_export_runs(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    store = Store(shutil.copytree(collected.store.root, tmp_path / "store"))
    folder = tmp_path / "set"
    gone = next(iter(collected.films))
    interrupted(store, folder, monkeypatch, after)
    store.put(layout.deny(gone), documents.encode({"reason": "asked"}))
    manifest = run(store, folder)
    assert manifest["failures"]
    assert all("denied" in why for why in manifest["failures"].values())
    assert gone not in (folder / "items.jsonl").read_text()
    assert not list(folder.rglob(f"{gone}*"))
    assert not run(store, tmp_path / "new")["failures"]


@pytest.mark.parametrize("name", ["clips", "webdataset", "hdtf"])
def test_a_takedown_takes_what_an_export_wrote_before(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    store = Store(shutil.copytree(collected.store.root, tmp_path / "store"))
    folder, gone = tmp_path / "set", next(iter(collected.films))
    run(store, folder, name)
    store.put(layout.deny(gone), documents.encode({"reason": "asked"}))
    manifest = run(store, folder, name)
    assert manifest["failures"] and manifest["counts"]["items"] + len(manifest["failures"]) == 5
    run(store, tmp_path / "new", name)
    left = {path for path in of_dataset(folder) if path not in ("manifest.json", "items.jsonl", "SHA256SUMS")}
    new = {path for path in of_dataset(tmp_path / "new") if path not in ("manifest.json", "items.jsonl", "SHA256SUMS")}
    assert left == new
    rows = [json.loads(line) for line in (folder / ".export" / "journal.jsonl").read_text().splitlines() if line]
    assert gone not in json.dumps([[row["rows"], row["files"]] for row in rows])
    if name == "webdataset":
        with tarfile.open(folder / "shard-000000.tar") as shard:
            members = shard.getnames()
        assert members and not [member for member in members if gone.replace(".", "~") in member]
    # What was taken down is no reason to write the others again and again.
    written = counting(monkeypatch)
    run(store, folder, name)
    assert written == []


def test_a_file_that_a_later_run_does_not_write_is_removed(collected: Collection, tmp_path: Path) -> None:
    store = Store(shutil.copytree(collected.store.root, tmp_path / "store"))
    folder = tmp_path / "set"
    run(store, folder)
    first = sorted((folder / "clips").iterdir())[0]
    first.write_bytes(b"half")
    next(store.root.glob(f"{layout.MEDIA}/*/*/{first.name}")).unlink()
    assert list(run(store, folder)["failures"]) == [first.stem]
    assert not first.exists() and (folder / "clips").is_dir()


def test_two_exports_never_write_into_one_folder(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "set"
    refused: list[str] = []
    plain = Clips.write

    def meanwhile(self: Clips, items: Sequence[Item], into: Path) -> list[dict[str, Any]]:
        if not refused:
            with pytest.raises(SettingsError) as caught:
                run(collected.store, folder)
            refused.append(caught.value.reason)
        return plain(self, items, into)

    monkeypatch.setattr(Clips, "write", meanwhile)
    assert not run(collected.store, folder)["failures"]
    assert refused == ["in_use"]


@pytest.mark.parametrize("left", ["plan.tmp", "lock", "batch-0/half.mp4"])
def test_a_first_run_that_was_killed_does_not_block_its_folder(
    collected: Collection, tmp_path: Path, left: str
) -> None:
    path = tmp_path / "set" / ".export" / left
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half")
    assert run(collected.store, tmp_path / "set")["counts"]["items"] == 5


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (OSError(errno.ENAMETOOLONG, "File name too long"), False),
        (FileNotFoundError(errno.ENOENT, "No such file"), False),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (MemoryError(), True),
    ],
)
def test_an_error_of_one_item_ends_no_export(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, ends: bool
) -> None:
    plain = Clips.write

    def fails(self: Clips, items: Sequence[Item], into: Path) -> list[dict[str, Any]]:
        if items[0].row["number_in_video"]:
            raise error
        return plain(self, items, into)

    monkeypatch.setattr(Clips, "write", fails)
    if ends:
        with pytest.raises(type(error)):
            run(collected.store, tmp_path / "set")
    else:
        assert len(run(collected.store, tmp_path / "set")["failures"]) == 1


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda row, into: row | {"score": float("nan")}, "ValueError"),
        (lambda row, into: row | {"title": "\ud83d"}, "UnicodeEncodeError"),
        (lambda row, into: shutil.rmtree(into / "clips") or row, "nothing_written"),
        (lambda row, into: (into / "link").symlink_to("/etc") or row, "outside_folder"),
        (lambda row, into: row | {"file": "clips/../../../../evil.mp4"}, "outside_folder"),
        (lambda row, into: (into / row["file"]).rename(into / "one.mp4") and row, "name_taken"),
    ],
)
def test_rows_and_files_that_a_dataset_cannot_hold_are_failures(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Any, reason: str
) -> None:
    plain = Clips.write

    def spoilt(self: Clips, items: Sequence[Item], into: Path) -> list[dict[str, Any]]:
        return [spoil(row, into) for row in plain(self, items, into)]

    monkeypatch.setattr(Clips, "write", spoilt)
    for _ in range(2):
        failures = run(collected.store, tmp_path / "set")["failures"]
        assert len(failures) == (4 if reason == "name_taken" else 5)
        assert all(why.startswith(reason) for why in failures.values())


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
    empty = {"train", "val", "test"} - set(manifest["counts"]["splits"])
    assert set(empty_splits(manifest)) == {f"items in {split}" for split in empty}
    assert empty if split_by == "channel" else len(empty) < 2


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


def test_nothing_is_exported_into_the_store(collected: Collection) -> None:
    with pytest.raises(SettingsError) as caught:
        run(collected.store, collected.store.root / "set")
    assert caught.value.reason == "in_store" and not (collected.store.root / "set").exists()


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


def test_an_export_that_was_begun_before_an_option_came_goes_on(collected: Collection, tmp_path: Path) -> None:
    run(collected.store, tmp_path / "set")
    path = tmp_path / "set" / ".export" / "plan.json"
    begun = documents.decode(path.read_bytes())
    del begun["asked"]["options"]["seed"]
    path.write_bytes(documents.encode(begun))
    assert run(collected.store, tmp_path / "set")["counts"]["items"] == 5
