"""Caption files as they came, by language."""

from dataclasses import dataclass
from pathlib import Path

from facelib.store import layout
from facelib.store.objects import Store

AUTOMATIC = "auto"


@dataclass(frozen=True)
class CaptionFile:
    """One caption file of an upload.

    Args:
        language: as the site names it.
        automatic: whether the site made it from the sound.
        extension: its format: `vtt`, `srt`, `json3` or another.
        key: where it lies.
    """

    language: str
    automatic: bool
    extension: str
    key: str


def keep(store: Store, video_id: str, file: Path) -> str:
    """Put a caption file named `<video_id>.<language>[.auto].<ext>` into the store; returns its name there.

    What was kept first stays.
    """
    name = file.name.removeprefix(f"{video_id}.")
    store.put_file(f"{layout.captions(video_id)}/{name}", file, move=True)
    return name


def files(store: Store, video_id: str) -> list[CaptionFile]:
    """The caption files of an upload, by name."""
    folder = layout.captions(video_id)
    found = []
    for name in store.names(folder):
        language, *automatic, extension = name.split(".")
        found.append(CaptionFile(language, automatic == [AUTOMATIC], extension, f"{folder}/{name}"))
    return found
