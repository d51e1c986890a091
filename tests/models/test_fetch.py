"""Weights from an https address, here from a real server on the loopback address."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from facelib.errors import ModelError
from facelib.models import registry
from facelib.models.entry import HttpFile, HubFiles
from facelib.models.fetch import fetch
from facelib.models.registry import Weights
from tests.support.http_server import Answer, HttpServer, serve

CONTENT = b"w" * 3_000_000
NAME = "centerface"


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serve() as running:
        yield running


def point(monkeypatch: pytest.MonkeyPatch, url: str, *, sha256: str | None = None, member: str = "") -> None:
    """Let the registry take the face detector from an address."""
    changed = replace(registry.ENTRIES[NAME], source=HttpFile(url, member), sha256=sha256)
    monkeypatch.setitem(registry.ENTRIES, NAME, changed)


def archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("models/det.onnx", CONTENT)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("path", "member", "name"), [("/det.onnx", "", "det.onnx"), ("/all.zip", "models/det.onnx", "det.onnx")]
)
def test_a_file_or_a_member_of_an_archive(
    server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, member: str, name: str
) -> None:
    server.routes = {"/det.onnx": Answer(CONTENT), "/all.zip": Answer(archive())}
    point(monkeypatch, server.url(path), member=member)
    weights, told = Weights(tmp_path), []
    found = fetch([NAME], weights, progress=lambda model, done, total: told.append((model, done, total)))
    assert found == {NAME: tmp_path / NAME / name}
    assert found[NAME].read_bytes() == CONTENT
    assert weights.pinned(NAME) == hashlib.sha256(CONTENT).hexdigest()
    assert told[-1][1] == told[-1][2]
    fetch([NAME], weights)
    assert len(server.requests) == 1
    assert [item.name for item in (tmp_path / NAME).iterdir()] == [name]


@pytest.mark.parametrize(
    ("answer", "sha256", "reason"),
    [
        (Answer(status=404), None, "weights_unavailable"),
        (Answer(CONTENT, drop_after=1000), None, "weights_unavailable"),
        (Answer(CONTENT), "0" * 64, "digest_mismatch"),
        (Answer(b"<html>quota</html>", "text/html; charset=utf-8"), None, "weights_unavailable"),
        (Answer(status=302, headers={"Location": "http://elsewhere.invalid/x"}), None, "host_not_allowed"),
    ],
)
def test_what_goes_wrong_leaves_nothing_behind(
    server: HttpServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    sha256: str | None,
    reason: str,
) -> None:
    server.routes = {"/det.onnx": answer}
    point(monkeypatch, server.url("/det.onnx"), sha256=sha256)
    with pytest.raises(ModelError) as caught:
        fetch([NAME], Weights(tmp_path))
    assert caught.value.reason == reason
    assert [item for item in tmp_path.rglob("*") if item.is_file()] == []


def test_an_archive_without_the_member(server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.routes = {"/all.zip": Answer(archive())}
    point(monkeypatch, server.url("/all.zip"), member="other.onnx")
    with pytest.raises(ModelError) as caught:
        fetch([NAME], Weights(tmp_path))
    assert caught.value.reason == "member_missing"


def test_a_hub_that_is_not_reached(server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    changed = replace(registry.ENTRIES[NAME], source=HubFiles("someone/model", ("config.json",)), sha256=None)
    monkeypatch.setitem(registry.ENTRIES, NAME, changed)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url(""))
    with pytest.raises(ModelError, match="someone/model") as caught:
        fetch([NAME], Weights(tmp_path))
    assert caught.value.reason in ("weights_unavailable", "member_missing")
