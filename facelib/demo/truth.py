"""What is known of an upload because it was made so: the yardstick for what the pipeline finds in it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from facelib.demo.picture import Box
from facelib.demo.portraits import PORTRAITS
from facelib.demo.scene import CAPTION, HEIGHT, WIDTH, face_boxes
from facelib.demo.uploads import UploadSpec

GRID_FPS = 25


@dataclass(frozen=True, slots=True)
class ExpectedClip:
    """One face through one shot.

    Attributes:
        person: who it is.
        portrait: which portrait of them.
        start_frame, end_frame: first grid frame, and the one after the last.
        box: the face box x1 y1 x2 y2 in pixels with the head at rest; it moves by a few percent of its height.
        face_side_px: the box's larger side.
        speaks_s: begin and end, in seconds of the picture, of each passage in which the mouth moves.
    """

    person: str
    portrait: str
    start_frame: int
    end_frame: int
    box: Box
    face_side_px: float
    speaks_s: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """One upload's truth, written beside it as `<name>.truth.json`.

    Attributes:
        name, title, published: as in the feed; `published` is ISO 8601 in UTC.
        description: what it shows, with credits.
        duration_s, fps, frames, width, height: of the file, had it not been truncated.
        grid_frames: frames on the grid of 25 a second.
        has_audio: whether it has a sound track.
        sound_shift_frames: grid frames by which the sound leads the picture (positive: the sound is early).
        cuts: grid frame with which each shot after the first begins.
        people: everybody on screen, sorted.
        clips: what a perfect pipeline cuts out; a track so wide that it is divided gives more.
        expected_clips: their number.
        outcome: what becomes of it.
        recipe: digest of everything that it was made from.
        sha256: of the file.
    """

    name: str
    title: str
    published: str
    description: str
    duration_s: float
    fps: int
    frames: int
    width: int
    height: int
    grid_frames: int
    has_audio: bool
    sound_shift_frames: int
    cuts: tuple[int, ...]
    people: tuple[str, ...]
    clips: tuple[ExpectedClip, ...]
    expected_clips: int
    outcome: Literal["published", "quarantined"]
    recipe: str
    sha256: str


def truth_path(folder: Path, name: str) -> Path:
    """Where an upload's truth lies."""
    return folder / f"{name}.truth.json"


def write_truth(folder: Path, truth: Truth) -> None:
    """Write it beside the upload, whole or not at all."""
    path = truth_path(folder, truth.name)
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(asdict(truth), indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def read_truth(folder: Path, name: str) -> Truth:
    """Read it back.

    Raises:
        OSError: there is none.
        ValueError, KeyError, TypeError: it is not a truth as this version writes it.
    """
    raw = json.loads(truth_path(folder, name).read_text(encoding="utf-8"))
    clips = tuple(
        ExpectedClip(**{**one, "box": tuple(one["box"]), "speaks_s": tuple((a, b) for a, b in one["speaks_s"])})
        for one in raw["clips"]
    )
    return Truth(**{**raw, "cuts": tuple(raw["cuts"]), "people": tuple(raw["people"]), "clips": clips})


def grid_frame(frame: int, fps: int) -> int:
    """The first grid frame that shows this frame or a later one."""
    return -(-frame * GRID_FPS // fps)


def tell_truth(spec: UploadSpec, passages: dict[tuple[int, int], list[tuple[float, float]]], **digests: str) -> Truth:
    """The truth of an upload.

    Args:
        spec: what it was made from.
        passages: when each role speaks in seconds of the picture, by (shot, role).
        digests: `recipe` and `sha256`.
    """
    clips: list[ExpectedClip] = []
    cuts: list[int] = []
    begin = 0
    for number, shot in enumerate(spec.shots):
        end = begin + shot.frames
        if begin:
            cuts.append(grid_frame(begin, spec.fps))
        portraits = [PORTRAITS[role.portrait] for role in shot.roles]
        boxes = face_boxes(portraits, [role.face_height for role in shot.roles]) if portraits else []
        for index, (portrait, box) in enumerate(zip(portraits, boxes, strict=True)):
            clips.append(
                ExpectedClip(
                    person=portrait.person,
                    portrait=portrait.key,
                    start_frame=grid_frame(begin, spec.fps),
                    end_frame=grid_frame(end, spec.fps),
                    box=(round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1)),
                    face_side_px=round(max(box[2] - box[0], box[3] - box[1]), 1),
                    speaks_s=tuple((round(a, 3), round(b, 3)) for a, b in passages[number, index]),
                )
            )
        begin = end
    kept = () if spec.truncated else tuple(clips)
    return Truth(
        name=spec.name,
        title=spec.title,
        published=spec.published.isoformat().replace("+00:00", "Z"),
        description=_describe(spec),
        duration_s=round(begin / spec.fps, 3),
        fps=spec.fps,
        frames=begin,
        width=WIDTH,
        height=HEIGHT,
        grid_frames=grid_frame(begin, spec.fps),
        has_audio=True,
        sound_shift_frames=spec.sound_shift_frames,
        cuts=tuple(cuts),
        people=tuple(sorted({clip.person for clip in clips})),
        clips=kept,
        expected_clips=len(kept),
        outcome="quarantined" if spec.truncated else "published",
        **digests,
    )


def _describe(spec: UploadSpec) -> str:
    """What the upload shows and whose pictures it uses."""
    portraits = sorted({role.portrait for shot in spec.shots for role in shot.roles})
    if not portraits:
        return "Moving title cards and a synthetic voice (espeak-ng); nobody is on screen."
    credits = "; ".join(f"{PORTRAITS[key].person}: {PORTRAITS[key].credit}" for key in portraits)
    return f"{CAPTION.capitalize()} (espeak-ng): nobody shown here said this. Portraits: {credits}."
