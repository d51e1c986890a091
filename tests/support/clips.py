"""Clips for tests of stages that measure clips, without a whole pipeline before them."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from facelib.media.audio import SAMPLES_PER_FRAME, cut, read_speech, write_wav
from facelib.media.grid import GridReader
from facelib.models.faces import Floats
from facelib.stages.base import Job, Output, Reject
from facelib.stages.clips import Clip, ClipStage, Unmeasurable
from facelib.store import records
from facelib.store.results import Result


def clip_of(
    path: Path,
    *,
    box: tuple[float, float, float, float] | None = None,
    boxes: Floats | None = None,
    sound: Path | None = None,
    n_frames: int | None = None,
) -> Clip:
    """Any video file as a clip.

    Args:
        path: the file; its sound is not read.
        box: the face, the same in every frame; the middle half of the picture by default.
        boxes: (n_frames, 4) the face in each frame.
        sound: a WAV file of 16 kHz mono.
        n_frames: fewer frames than the file has.
    """
    with GridReader(path, stop=n_frames) as reader:
        for _ in reader:
            pass
        count, width, height = reader.n_frames, reader.width, reader.height
    if boxes is None:
        boxes = np.tile(np.array(box or (width / 4, height / 4, width * 3 / 4, height * 3 / 4), np.float32), (count, 1))
    nothing = np.full((count, 5, 2), np.nan, np.float32)
    return Clip(
        clip_id=path.stem,
        start_frame=0,
        number=0,
        n_frames=count,
        start_s=0.0,
        end_s=count / 25,
        width=width,
        height=height,
        boxes=boxes,
        scores=np.ones(count, np.float32),
        keypoints=nothing,
        has_audio=sound is not None,
        video=path,
        sound=sound,
    )


def with_sound_of(clip: Clip, source: Path, folder: Path) -> Clip:
    """The clip with the sound of a media file, as ``track`` would cut it from frame 0 on."""
    samples = read_speech(source)
    assert samples is not None
    place = folder / f"{clip.clip_id}.wav"
    write_wav(place, cut(samples, 0, clip.n_frames))
    assert len(samples) and SAMPLES_PER_FRAME == 640
    return dataclasses.replace(clip, has_audio=True, sound=place)


def measure(stage: ClipStage[Any], clips: list[Clip], folder: Path, **inputs: Result) -> Output:
    """What a stage makes of some clips, held against its schemas; ``inputs`` are results of stages that it reads."""
    output = Output(tables={name: [] for name in stage.tables})
    folder.mkdir(exist_ok=True)
    job = Job("video", "0" * 16, None, inputs, {}, folder)
    stage.open()
    for clip in clips:
        try:
            stage.measure(clip, job, output)
        except Unmeasurable as why:
            output.rejects.append(
                Reject("clip", clip.start_frame, clip.number, why.reason, why.measured, why.threshold, why.unit)
            )
    stage.finish(clips, job, output)
    for name, schema in stage.tables.items():
        records.table(output.tables[name], schema)
    return output
