"""What the registry knows of a model: where its weights come from, their digest, and what their licence allows."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal


@dataclass(frozen=True)
class PackageFile:
    """A file inside a package of the Python package index, so that a mirror serves it too.

    Args:
        package, version: the package.
        member: path of the file in it.
        sdist: whether the package has no wheel.
    """

    package: str
    version: str
    member: str
    sdist: bool = False

    def __str__(self) -> str:
        return f"package {self.package} {self.version}"

    @property
    def file_name(self) -> str:
        """Name of the file on disk."""
        return PurePosixPath(self.member).name


@dataclass(frozen=True)
class HttpFile:
    """A file at an https address.

    Args:
        url: the address.
        member: path of the file in the zip archive that lies there; empty when the address is the file itself.
    """

    url: str
    member: str = ""

    def __str__(self) -> str:
        return self.url

    @property
    def file_name(self) -> str:
        """Name of the file on disk."""
        return PurePosixPath(self.member or self.url).name


@dataclass(frozen=True)
class HubFiles:
    """Files of a Hugging Face repository, kept together in a folder.

    Args:
        repo: owner and name.
        files: the files wanted.
        revision: branch, tag or commit.
    """

    repo: str
    files: tuple[str, ...]
    revision: str = "main"

    def __str__(self) -> str:
        return f"hub {self.repo}@{self.revision}"

    @property
    def file_name(self) -> str:
        """Name of the folder on disk."""
        return "files"


Source = PackageFile | HttpFile | HubFiles


@dataclass(frozen=True)
class ModelEntry:
    """One set of weights.

    Args:
        task: what it is for.
        profile: ``lite`` needs nothing but a package index.
        licence: of the weights.
        commercial: whether the licence allows commercial use.
        source: where the weights come from.
        homepage: where its authors describe it.
        sha256: digest of the file; None when it is recorded at the first fetch.
        size_bytes: size of the file; None when it is not known.
    """

    task: str
    profile: Literal["lite", "full"]
    licence: str
    commercial: bool
    source: Source
    homepage: str
    sha256: str | None = None
    size_bytes: int | None = None
