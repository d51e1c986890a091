"""A folder for training talking faces: video, sound, frames, landmarks and audio features of each clip."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from facelib.errors import StoreError
from facelib.export.format import Format
from facelib.export.frame_store import PictureSettings
from facelib.export.item import Item
from facelib.export.landmark_text import write_landmark_text
from facelib.export.tables import described, write_csv
from facelib.media.audio import write_wav

STEPS = {"hubert": 2, "whisper": 2, "mfcc": 4}
"""Steps a frame of 1/25 s of the features that the stage ``hubert`` can make, by their model."""


class TalkingFaceSettings(PictureSettings):
    """Which frames are written."""

    frames: bool = Field(True, description="Whether each frame is also written as a picture.")


class TalkingFace(Format):
    """One folder for each kind of file, in a folder for each split where there are splits.

    * ``video/<id>.mp4``: 25 frames/s;
    * ``audio/<id>.wav``: mono, 16 kHz, 640 samples a frame;
    * ``frames/<id>/000001.png``: the F frames;
    * ``landmarks/<id>.txt``: F lines ``000001.png x_y x_y ...``, 68 points in whole px of these frames;
    * ``hubert/<id>.npy``: (layers, 2F, dims) as the stage ``hubert`` computed it; ``whisper/`` and ``mfcc/`` (4F, dims)
      where it was set to those;
    * ``talking_face.csv``: what is known of each clip.

    A file that cannot have its full length is left out, and the clip's ``note`` says why. Features are moved with the
    sound where that was moved into sync; what is uncovered repeats the first or last step.
    """

    summary: ClassVar[str] = "25 fps video, 16 kHz sound, frames, landmark text and HuBERT arrays"
    read_with: ClassVar[str] = "a torch Dataset over the folder; numpy.load"
    settings_type = TalkingFaceSettings

    def write(self, items: Sequence[Item], folder: Path) -> list[dict[str, Any]]:
        """The files of each item."""
        rows = []
        for item in items:
            notes = [item.note, *self._write(item, folder / item.split)]
            rows.append({**described(item), "note": "; ".join(note for note in notes if note)})
        return rows

    def finish(self, rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
        """The table."""
        write_csv(rows, folder / "talking_face.csv")

    def _write(self, item: Item, root: Path) -> list[str]:
        name, notes = item.item_id, []
        item.write_video(_place(root / "video", f"{name}.mp4"))
        sound = item.sound()
        if sound is None:
            notes.append("no sound")
        else:
            write_wav(_place(root / "audio", f"{name}.wav"), sound)
        if self.settings.frames:
            self._write_frames(item, root / "frames" / name)
        notes.append(_write_landmarks(item, root))
        notes.append(_write_features(item, root))
        return notes

    def _write_frames(self, item: Item, place: Path) -> None:
        place.mkdir(parents=True)
        for number, picture in enumerate(item.pictures(), start=1):
            (place / f"{number:06d}.{self.settings.image}").write_bytes(self.settings.encoded(picture))


def _write_landmarks(item: Item, root: Path) -> str:
    points = item.landmarks()
    if points is None or len(points) != item.n_frames:
        return "no landmarks"
    try:
        write_landmark_text(points, _place(root / "landmarks", f"{item.item_id}.txt"))
    except StoreError as error:
        return error.message
    return ""


def _write_features(item: Item, root: Path) -> str:
    found = [(model, item.array("hubert", f"{model}.npy")) for model in STEPS]
    computed = [(model, features) for model, features in found if features is not None]
    notes = [] if any(model == "hubert" for model, _ in computed) else ["no HuBERT features"]
    for model, features in computed:
        whole = int(item.row["end_frame"] - item.row["start_frame"]) * STEPS[model]
        if features.shape[-2] != whole:
            notes.append(f"{model} has {features.shape[-2]} steps in place of {whole}")
            continue
        part = _in_sync(features, item, STEPS[model])
        np.save(_place(root / model, f"{item.item_id}.npy"), part, allow_pickle=False)
    return "; ".join(notes)


def _in_sync(features: NDArray[Any], item: Item, per_frame: int) -> NDArray[Any]:
    """The steps of an item's frames, as its sound was moved."""
    steps = np.arange(item.first * per_frame, item.last * per_frame) - item.offset_frames * per_frame
    return np.ascontiguousarray(features.take(np.clip(steps, 0, features.shape[-2] - 1), axis=-2))


def _place(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name
