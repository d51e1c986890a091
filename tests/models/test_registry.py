import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from facelib.digests import digest_file
from facelib.errors import ModelError, SettingsError
from facelib.models import registry
from facelib.models.entry import HttpFile, HubFiles, PackageFile
from facelib.models.registry import LOCK, NOT_FETCHED, Weights


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The registry with a face detector of a few bytes."""
    content = b"weights"
    pinned = replace(registry.ENTRIES["centerface"], sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(registry.ENTRIES, "centerface", pinned)
    return content


@pytest.fixture
def unpinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry with a face detector whose digest nobody knows."""
    monkeypatch.setitem(registry.ENTRIES, "centerface", replace(registry.ENTRIES["centerface"], sha256=None))


def put(folder: Path, content: bytes) -> Path:
    path = Weights(folder).path("centerface")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", list(registry.ENTRIES))
def test_every_entry_is_complete(name: str) -> None:
    entry = registry.ENTRIES[name]
    assert entry.task and entry.licence and entry.homepage.startswith("https://")
    if isinstance(entry.source, PackageFile):
        assert entry.sha256 and len(entry.sha256) == 64 and int(entry.sha256, 16) >= 0 and entry.size_bytes
    elif isinstance(entry.source, HttpFile):
        assert entry.source.url.startswith("https://")
    else:
        assert isinstance(entry.source, HubFiles) and entry.source.files


@pytest.mark.parametrize("name", registry.LITE)
def test_lite_is_from_the_package_index_and_free_for_any_use(name: str) -> None:
    entry = registry.ENTRIES[name]
    assert entry.commercial and isinstance(entry.source, PackageFile)


def test_missing_weights_name_the_model_the_licence_and_the_command(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        Weights(tmp_path).file("centerface")
    message = str(caught.value)
    assert caught.value.reason == "no_weights" and caught.value.exit_code == 78
    assert "centerface" in message and "MIT" in message and "facelib models fetch centerface" in message


def test_an_unknown_name_lists_the_names(tmp_path: Path) -> None:
    for ask in (lambda: Weights(tmp_path).file("nothing"), lambda: Weights(tmp_path, {"nothing": tmp_path})):
        with pytest.raises(SettingsError) as caught:
            ask()
        assert caught.value.reason == "no_model" and "centerface" in str(caught.value)
        assert caught.value.exit_code == 1


def test_only_the_pinned_file_is_handed_out(tmp_path: Path, small: bytes) -> None:
    path = put(tmp_path, small)
    assert Weights(tmp_path).file("centerface") == path
    put(tmp_path, small + b"!")
    with pytest.raises(ModelError) as caught:
        Weights(tmp_path).file("centerface")
    assert caught.value.reason == "bad_weights"


@pytest.mark.usefixtures("unpinned")
def test_a_digest_that_nobody_knows_is_recorded_once_and_held_to(tmp_path: Path) -> None:
    weights = Weights(tmp_path)
    assert weights.digest("centerface") == NOT_FETCHED
    assert weights.open_digests(["centerface"]) == {"centerface": NOT_FETCHED}
    put(tmp_path, b"first")
    weights.record("centerface")
    first = hashlib.sha256(b"first").hexdigest()
    assert json.loads((tmp_path / LOCK).read_text()) == {"centerface": first}
    assert weights.state("centerface") == "sound" and weights.open_digests(["centerface"]) == {"centerface": first}
    put(tmp_path, b"second!")
    weights.record("centerface")
    assert weights.state("centerface") == "damaged" and weights.digest("centerface") == first


def test_weights_of_the_users_own_count_with_their_own_digest(tmp_path: Path) -> None:
    own = tmp_path / "mine.onnx"
    own.write_bytes(b"mine")
    weights = Weights(tmp_path / "models", {"centerface": own})
    assert weights.file("centerface") == own
    assert weights.open_digests(["centerface", "dlib_resnet"]) == {"centerface": hashlib.sha256(b"mine").hexdigest()}
    own.unlink()
    with pytest.raises(ModelError, match="FACELIB_WEIGHTS"):
        weights.file("centerface")


def test_the_digest_of_a_folder_is_that_of_its_names_and_files(tmp_path: Path) -> None:
    digests = set()
    for number, (name, content) in enumerate((("a.bin", b"1"), ("b.bin", b"1"), ("a.bin", b"2"), ("a.bin", b"1"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / name).write_bytes(content)
        digests.add(Weights(tmp_path, {"centerface": folder}).digest("centerface"))
    assert len(digests) == 3


def test_a_file_is_read_again_only_when_it_changed(
    tmp_path: Path, small: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counted(path: Path) -> str:
        read.append(path)
        return digest_file(path)

    monkeypatch.setattr("facelib.models.registry.digest_file", counted)
    path, weights = put(tmp_path, small), Weights(tmp_path)
    assert weights.state("centerface") == weights.state("centerface") == "sound"
    assert len(read) == 1
    path.write_bytes(small[::-1])
    os.utime(path, ns=(1, 1))
    assert weights.state("centerface") == "damaged"
    assert len(read) == 2
