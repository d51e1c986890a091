import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from facelib.digests import digest_file
from facelib.errors import ModelError
from facelib.models import registry


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The registry with a face detector of a few bytes."""
    content = b"weights"
    pinned = replace(registry.ENTRIES["centerface"], sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(registry.ENTRIES, "centerface", pinned)
    return content


def put(folder: Path, content: bytes) -> Path:
    path = registry.path("centerface", folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", list(registry.ENTRIES))
def test_every_entry_is_complete(name: str) -> None:
    entry = registry.ENTRIES[name]
    assert len(entry.sha256) == 64 and int(entry.sha256, 16) >= 0
    assert entry.size_bytes > 0 and entry.licence and entry.homepage.startswith("https://")
    assert registry.digest(name) == entry.sha256


def test_missing_weights_name_the_model_the_licence_and_the_command(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        registry.weights("centerface", tmp_path)
    message = str(caught.value)
    assert caught.value.reason == "no_weights" and caught.value.exit_code == 78
    assert "centerface" in message and "MIT" in message and "facelib models fetch centerface" in message


def test_an_unknown_name_lists_the_names(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        registry.weights("nothing", tmp_path)
    assert caught.value.reason == "no_model" and "centerface" in str(caught.value)


def test_only_the_pinned_file_is_handed_out(tmp_path: Path, small: bytes) -> None:
    path = put(tmp_path, small)
    assert registry.weights("centerface", tmp_path) == path
    put(tmp_path, small + b"!")
    with pytest.raises(ModelError) as caught:
        registry.weights("centerface", tmp_path)
    assert caught.value.reason == "bad_weights"


def test_a_file_is_read_again_only_when_it_changed(
    tmp_path: Path, small: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counted(path: Path) -> str:
        read.append(path)
        return digest_file(path)

    monkeypatch.setattr("facelib.models.registry.digest_file", counted)
    path = put(tmp_path, small)
    assert registry.verify("centerface", tmp_path) and registry.verify("centerface", tmp_path)
    assert len(read) == 1
    path.write_bytes(small[::-1])
    os.utime(path, ns=(1, 1))
    assert not registry.verify("centerface", tmp_path)
    assert len(read) == 2
