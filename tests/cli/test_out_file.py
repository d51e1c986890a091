from pathlib import Path

import pytest

from facelib.cli.out_file import writing
from facelib.errors import SettingsError, StoreError
from facelib.store.objects import Store


@pytest.mark.parametrize(
    ("name", "endings", "reason"),
    [
        pytest.param("points.csv", (".txt", ".npy"), "bad_format", id="another ending"),
        pytest.param("none/points.txt", (".txt",), "no_folder", id="no such folder"),
        pytest.param("folder.txt", (".txt",), "not_writable", id="a folder"),
        pytest.param("file", (), "not_writable", id="a file where a folder is wanted"),
        pytest.param("store/media/clip.mp4", (".mp4",), "in_store", id="a file of the store"),
        pytest.param("link.mp4", (".mp4",), "in_store", id="a link into the store"),
        pytest.param("store", (), "in_store", id="the store"),
    ],
)
def test_places_that_cannot_be_written_are_refused(
    name: str, endings: tuple[str, ...], reason: str, tmp_path: Path
) -> None:
    for folder in ("store/media", "folder.txt"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("file", "store/media/clip.mp4"):
        (tmp_path / file).write_bytes(b"kept")
    (tmp_path / "link.mp4").symlink_to(tmp_path / "store/media/clip.mp4")
    with pytest.raises(SettingsError) as refused, writing(tmp_path / name, Store(tmp_path / "store"), *endings) as out:
        out.write_bytes(b"lost")
    assert refused.value.reason == reason
    assert (tmp_path / "store/media/clip.mp4").read_bytes() == b"kept"


@pytest.mark.parametrize(("name", "endings"), [("a.TXT", (".npy", ".txt")), ("new", ()), ("old", ())])
def test_other_places_are_taken_as_they_are(name: str, endings: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with writing(tmp_path / name, Store(tmp_path / "store"), *endings) as out:
        assert out == tmp_path / name


def test_what_goes_wrong_while_writing_is_said(tmp_path: Path) -> None:
    store, out = Store(tmp_path / "store"), tmp_path / "a.txt"
    with pytest.raises(SettingsError, match=r"cannot write .*a\.txt: No space left"), writing(out, store, ".txt"):
        raise OSError(28, "No space left on device")
    with pytest.raises(StoreError), writing(out, store, ".txt"):
        raise StoreError("a file of the store is gone")
