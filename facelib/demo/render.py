"""Making one upload: its sound, its frames, its file and its truth."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from facelib.demo.animate import move
from facelib.demo.movie import write_movie
from facelib.demo.picture import Image
from facelib.demo.portraits import PORTRAITS
from facelib.demo.scene import CAPTION, HEIGHT, WIDTH, Cast, render_cards, render_faces
from facelib.demo.truth import GRID_FPS, Truth, read_truth, tell_truth, write_truth
from facelib.demo.uploads import NARRATOR, VOICES, Line, Shot, UploadSpec
from facelib.demo.voice import Speech, Utterance, Voice, join, loudness, shift, speak

# Raised whenever the same specification gives another picture or sound.
RENDERER = 1

Passages = dict[tuple[int, int], list[tuple[float, float]]]


def recipe(spec: UploadSpec) -> str:
    """Digest of everything that an upload is made from, in hexadecimal."""
    keys = sorted({role.portrait for shot in spec.shots for role in shot.roles})
    people = {PORTRAITS[key].person for key in keys}
    made_from = {
        "renderer": RENDERER,
        "size": [WIDTH, HEIGHT],
        "caption": CAPTION,
        "upload": asdict(spec),
        "portraits": [asdict(PORTRAITS[key]) for key in keys],
        "voices": [asdict(VOICES[person]) for person in sorted(people)] + [asdict(NARRATOR)],
    }
    return hashlib.sha256(json.dumps(made_from, sort_keys=True, default=str).encode()).hexdigest()


def video_path(folder: Path, name: str) -> Path:
    """Where an upload's file lies."""
    return folder / f"{name}.mp4"


def finished(folder: Path, spec: UploadSpec) -> Truth | None:
    """The upload's truth if its file is there, whole and made from this very recipe."""
    try:
        truth = read_truth(folder, spec.name)
        with video_path(folder, spec.name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return truth if (truth.recipe, truth.sha256) == (recipe(spec), digest) else None


def render_upload(folder: Path, spec: UploadSpec, pictures: Mapping[str, Image]) -> Truth:
    """Write an upload's file and then its truth; each appears whole or not at all.

    Args:
        folder: where to.
        spec: what to make.
        pictures: portraits as BGR by their keys.
    """
    seconds = sum(shot.frames for shot in spec.shots) / spec.fps
    tracks, passages = _speak(spec, seconds)
    mixed = Speech(np.sum([track.samples for track in tracks.values()], axis=0, dtype=np.int16), _rate(tracks))
    path = video_path(folder, spec.name)
    part = path.with_name(f".{path.name}.part")
    frames = _frames(spec, tracks, pictures)
    sound = shift(mixed, spec.sound_shift_frames / GRID_FPS)
    write_movie(part, frames, spec.fps, (WIDTH, HEIGHT), sound, index_first=not spec.truncated)
    if spec.truncated:
        # As an upload that broke off: its frames are there, the index that a reader needs is not.
        os.truncate(part, part.stat().st_size * 6 // 10)
    digest = hashlib.sha256(part.read_bytes()).hexdigest()
    # A web server tells a file's time of change as its date, and readers of feeds may take that for the upload's.
    os.utime(part, (spec.published.timestamp(), spec.published.timestamp()))
    part.replace(path)
    truth = tell_truth(spec, passages, recipe=recipe(spec), sha256=digest)
    write_truth(folder, truth)
    return truth


def _rate(tracks: Mapping[tuple[int, int], Speech]) -> int:
    return next(iter(tracks.values())).rate


def _speak(spec: UploadSpec, seconds: float) -> tuple[dict[tuple[int, int], Speech], Passages]:
    """The sound of each role, as long as the upload and in time with the picture, and when each speaks."""
    tracks: dict[tuple[int, int], Speech] = {}
    passages: Passages = {}
    rate = 0
    for number, shot in enumerate(spec.shots):
        for index, (voice, lines) in enumerate(heard_in(shot)):
            spoken = [(line.begin, speak(Utterance(line.text, voice))) for line in lines]
            passages[number, index] = [(begin, begin + speech.seconds) for begin, speech in spoken]
            if spoken:
                tracks[number, index] = join(spoken, seconds)
                rate = tracks[number, index].rate
    for key in passages.keys() - tracks.keys():
        tracks[key] = Speech(np.zeros(round(seconds * rate), np.int16), rate)
    return tracks, passages


def heard_in(shot: Shot) -> list[tuple[Voice, tuple[Line, ...]]]:
    """Voice and lines of everybody who is heard in a shot; of the narrator where nobody is seen."""
    if not shot.roles:
        return [(NARRATOR, shot.narration)]
    return [(VOICES[PORTRAITS[role.portrait].person], role.lines) for role in shot.roles]


def _frames(
    spec: UploadSpec, tracks: Mapping[tuple[int, int], Speech], pictures: Mapping[str, Image]
) -> Iterator[Image]:
    """All frames of an upload, shot after shot."""
    total = sum(shot.frames for shot in spec.shots)
    begin = 0
    for number, shot in enumerate(spec.shots):
        cast = []
        for index, role in enumerate(shot.roles):
            heard = loudness(tracks[number, index], spec.fps, total)[begin : begin + shot.frames]
            # Seeded by the words of the upload's name, so that no two uploads move alike.
            seed = int.from_bytes(hashlib.sha256(f"{spec.name} {number} {index}".encode()).digest()[:4], "big")
            motion = move(heard, spec.fps, role.face_height, seed)
            cast.append(Cast(PORTRAITS[role.portrait], pictures[role.portrait], role.face_height, motion))
        yield from render_faces(cast, shot.frames) if cast else render_cards(shot.cards, shot.frames)
        begin += shot.frames
