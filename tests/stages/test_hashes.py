"""The stage ``hashes`` on a real clip as others upload it again."""

import dataclasses
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelib.catalog.measures import MEASURES
from facelib.curate.sound_match import match
from facelib.media.picture_hash import average_hash, majority, mirrored
from facelib.media.sound_print import STEPS_A_SECOND, from_text
from facelib.models.registry import Weights
from facelib.stages.clips import Clip
from facelib.stages.hashes import Hashes, HashesParams
from tests.support.clips import clip_of, measure, with_sound_of

pytestmark = [pytest.mark.media, pytest.mark.xdist_group("hashes")]

FACE = (88.0, 60.0, 424.0, 410.0)
"""Where the face of talker_a is, of a picture of 512 by 512."""
UPLOADS: dict[str, tuple[str, ...]] = {
    "encoded": ("-crf", "34", "-b:a", "32k"),
    "rescaled": ("-vf", "scale=320:320", "-crf", "28"),
    "mirrored": ("-vf", "hflip", "-crf", "26"),
    "trimmed": ("-ss", "1.4", "-t", "4", "-crf", "26", "-af", "volume=0.4"),
}


def made(clips: list[Clip], folder: Path, **params: Any) -> list[dict[str, Any]]:
    return measure(Hashes(HashesParams(**params), Weights(folder), threads=1), clips, folder / "scratch").tables[
        "hashes"
    ]


def talker(path: Path, folder: Path, *, side: int = 512, turned: bool = False) -> Clip:
    x1, y1, x2, y2 = (edge * side / 512 for edge in FACE)
    box = (side - x2, y1, side - x1, y2) if turned else (x1, y1, x2, y2)
    return with_sound_of(clip_of(path, box=box), path, folder)


@pytest.fixture(scope="module")
def rows(media_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    import imageio_ffmpeg

    folder = tmp_path_factory.mktemp("uploads")
    clips = [talker(media_dir / f"{name}.mp4", folder) for name in ("talker_a", "talker_b", "talker_a_voice_of_b")]
    for name, options in UPLOADS.items():
        path = folder / f"{name}.mp4"
        head = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-threads", "1"]
        before = list(options[:4]) if "-ss" in options else []
        coded = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", *options[len(before) :], str(path)]
        subprocess.run([*head, *before, "-i", str(media_dir / "talker_a.mp4"), *coded], check=True)
        clips.append(talker(path, folder, side=320 if name == "rescaled" else 512, turned=name == "mirrored"))
    return {row["clip_id"]: row for row in made(clips, folder)}


@pytest.mark.parametrize(
    ("name", "column", "shift"),
    [("encoded", "picture", 0), ("rescaled", "picture", 0), ("mirrored", "mirrored", 0), ("trimmed", "picture", 1.4)],
)
def test_uploaded_again(rows: dict[str, dict[str, Any]], name: str, column: str, shift: float) -> None:
    own, other = rows["talker_a"], rows[name]
    assert (own["picture"] ^ other[column]).bit_count() <= 4
    words = from_text(other["sound"]), from_text(own["sound"])
    best = match(*words, list(range(-8, 60)), least=64)
    assert best is not None and best.error < 0.12
    assert best.shift / STEPS_A_SECOND == pytest.approx(shift, abs=0.1)


@pytest.mark.parametrize(("name", "same_picture"), [("talker_b", False), ("talker_a_voice_of_b", True)])
def test_something_else(rows: dict[str, dict[str, Any]], name: str, same_picture: bool) -> None:
    own, other = rows["talker_a"], rows[name]
    bits = min((own[column] ^ other["picture"]).bit_count() for column in ("picture", "mirrored"))
    assert (bits <= 8) == same_picture and (same_picture or bits > 12)
    best = match(from_text(own["sound"]), from_text(other["sound"]), list(range(-120, 120, 2)), least=96)
    assert best is not None and best.error > 0.38


def test_what_is_in_a_row(rows: dict[str, dict[str, Any]]) -> None:
    row = rows["talker_a"]
    hashes = [int(row["pictures"][at : at + 16], 16) for at in range(0, 80, 16)]
    assert len(row["pictures"]) == 80
    assert row["picture"] == majority(hashes) and row["mirrored"] == mirrored(row["picture"])
    assert list(MEASURES["hashes"]) == Hashes.tables["hashes"].names == list(row)


@pytest.mark.parametrize("n", [1, 3, 12])
def test_short_and_mute(media_dir: Path, tmp_path: Path, n: int) -> None:
    (row,) = made([clip_of(media_dir / "talker_a.mp4", n_frames=n)], tmp_path, frames=5)
    assert len(row["pictures"]) == 16 * min(n, 5)
    assert row["sound"] == ""


def test_silence_has_no_fingerprint(media_dir: Path, tmp_path: Path) -> None:
    path = media_dir / "talker_a_silence.mp4"
    (row,) = made([with_sound_of(clip_of(path, n_frames=60), path, tmp_path)], tmp_path)
    assert row["sound"] == ""


def test_the_square_is_that_of_the_face(media_dir: Path, tmp_path: Path) -> None:
    clip = clip_of(media_dir / "talker_a.mp4", box=(106, 106, 306, 306), n_frames=1)
    (row,) = made([clip], tmp_path, scale=1.0)
    ((_, picture),) = clip.frames()
    assert row["picture"] == average_hash(np.ascontiguousarray(picture[106:306, 106:306]))


def test_a_clip_without_a_frame_is_rejected(media_dir: Path, tmp_path: Path) -> None:
    clip = dataclasses.replace(clip_of(media_dir / "talker_a.mp4", n_frames=2), n_frames=0)
    output = measure(Hashes(HashesParams(), Weights(tmp_path), threads=1), [clip], tmp_path / "scratch")
    assert [reject.reason for reject in output.rejects] == ["no_frames"] and not output.tables["hashes"]
