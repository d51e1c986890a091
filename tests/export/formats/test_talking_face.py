import wave
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas
import pytest

from facelib.export.formats.talking_face import TalkingFace
from facelib.export.item import Item
from facelib.export.options import ExportOptions
from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from tests.export.formats.exports import exported, files_in
from tests.support.export_items import Collection


def read_wav(path: Path) -> np.ndarray[Any, Any]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def read_landmarks(path: Path) -> np.ndarray[Any, Any]:
    lines = path.read_text("ascii").splitlines()
    assert [line.split(" ")[0] for line in lines] == [f"{n:06d}.png" for n in range(1, len(lines) + 1)]
    return np.array([[[int(x) for x in pair.split("_")] for pair in line.split()[1:]] for line in lines])


@pytest.fixture(scope="module")
def folder(collected: Collection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(collected, "talking_face", tmp_path_factory.mktemp("talking") / "out")


def test_every_file_has_the_length_of_its_clip(collected: Collection, folder: Path) -> None:
    items = collected.items()
    assert len(items) == 5
    for item in items:
        name, n = item.item_id, item.n_frames
        with GridReader(folder / "video" / f"{name}.mp4") as reader:
            coded = [to_bgr(shown.frame) for shown in reader]
        frames = sorted((folder / "frames" / name).iterdir())
        assert [path.name for path in frames] == [f"{number:06d}.png" for number in range(1, n + 1)]
        for path, picture in zip(frames, coded, strict=True):
            assert np.array_equal(cv2.imread(str(path)), picture)
        points = item.landmarks()
        if points is not None:
            read = read_landmarks(folder / "landmarks" / f"{name}.txt")
            assert read.shape == (n, 68, 2) and np.array_equal(read, np.trunc(points))
        sound = item.sound()
        if sound is not None:
            assert np.array_equal(read_wav(folder / "audio" / f"{name}.wav"), sound) and len(sound) == 640 * n
            assert np.load(folder / "hubert" / f"{name}.npy").shape == (3, 2 * n, 1024)


def test_what_was_not_measured_is_said_and_left_out(collected: Collection, folder: Path) -> None:
    notes = pandas.read_csv(folder / "talking_face.csv", keep_default_na=False).set_index("item_id")["note"]
    silent = next(item for item in collected.items() if not item.row["has_audio"])
    pointless = next(item for item in collected.items() if item.landmarks() is None)
    assert notes[silent.item_id] == "no sound; no HuBERT features"
    assert notes[pointless.item_id] == "no landmarks"
    assert sorted(set(notes)) == ["", "no landmarks", "no sound; no HuBERT features"]
    assert not list(folder.rglob(f"{pointless.item_id}.txt")) and not list(folder.rglob(f"{silent.item_id}.wav"))


def test_features_move_with_the_sound(collected: Collection, folder: Path) -> None:
    item = next(item for item in collected.items() if item.offset_frames == 2)
    whole = item.array("hubert", "hubert.npy")
    assert whole is not None
    moved = np.load(folder / "hubert" / f"{item.item_id}.npy")
    assert np.array_equal(moved[:, 4:], whole[:, :-4])
    assert np.array_equal(moved[:, :4], whole[:, [0] * 4])


def test_features_of_a_segment_are_those_of_its_frames(collected: Collection, tmp_path: Path) -> None:
    folder = exported(collected, "talking_face", tmp_path / "out", unit="segment", settings={"frames": False})
    item = next(item for item in collected.items(unit="segment") if item.first == 28)
    whole = item.array("hubert", "hubert.npy")
    assert whole is not None
    assert np.array_equal(np.load(folder / "hubert" / f"{item.item_id}.npy"), whole[:, 2 * 26 : 2 * 42])
    assert not (folder / "frames").exists()


@pytest.mark.parametrize(("shape", "written"), [((25, 96, 8), True), ((96, 8), True), ((25, 95, 8), False)])
def test_features_too_short_are_left_out(
    collected: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], written: bool
) -> None:
    item = collected.items()[0]
    arrays = {"whisper.npy": np.zeros(shape, np.float32)}
    monkeypatch.setattr(Item, "array", lambda self, stage, name: arrays.get(name))
    row = TalkingFace(ExportOptions(settings={"frames": False})).write([item], tmp_path)[0]
    assert (tmp_path / "whisper" / f"{item.item_id}.npy").exists() == written
    assert ("whisper has 95 steps in place of 96" in row["note"]) == (not written)


def test_a_torch_dataset_reads_it(folder: Path) -> None:
    torch = pytest.importorskip("torch")
    names = sorted(
        path.stem for path in (folder / "hubert").iterdir() if list(folder.glob(f"landmarks/{path.stem}.txt"))
    )

    class Clips(torch.utils.data.Dataset):  # type: ignore[name-defined, misc]
        def __len__(self) -> int:
            return len(names)

        def __getitem__(self, index: int) -> dict[str, Any]:
            name = names[index]
            frames = [cv2.imread(str(path)) for path in sorted((folder / "frames" / name).iterdir())]
            return {
                "frames": torch.from_numpy(np.stack([np.asarray(frame) for frame in frames])),
                "sound": torch.from_numpy(read_wav(folder / "audio" / f"{name}.wav").copy()),
                "landmarks": torch.from_numpy(read_landmarks(folder / "landmarks" / f"{name}.txt")),
                "hubert": torch.from_numpy(np.load(folder / "hubert" / f"{name}.npy")),
            }

    read = list(torch.utils.data.DataLoader(Clips(), batch_size=1))
    assert len(read) == len(names) == 3
    for batch in read:
        n = batch["frames"].shape[1]
        assert batch["frames"].dtype == torch.uint8 and batch["landmarks"].shape == (1, n, 68, 2)
        assert batch["sound"].shape == (1, 640 * n) and batch["hubert"].shape == (1, 3, 2 * n, 1024)


def test_splits_have_folders_of_their_own_and_jpeg_is_smaller(collected: Collection, tmp_path: Path) -> None:
    options: dict[str, Any] = {"splits": "50/50", "where": "clips.number = 0"}
    png = exported(collected, "talking_face", tmp_path / "png", **options)
    jpg = exported(collected, "talking_face", tmp_path / "jpg", **options, settings={"image": "jpg", "quality": 80})
    assert {path.name for path in png.iterdir() if path.is_dir() and path.name[0] != "."} == {"train", "val"}
    sizes = [sum(len(data) for name, data in files_in(f).items() if "/frames/" in name) for f in (png, jpg)]
    assert 0 < 2 * sizes[1] < sizes[0]
