"""What a model does with one clip, or with several at once where its batch is larger than a clip."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.models.clip import SyntheticClip
from facelib.models.device import Batch
from facelib.models.light_asd import SIDE as SPEAKER_SIDE
from facelib.models.light_asd import LightAsd
from facelib.models.resemblyzer import Resemblyzer, stretches
from facelib.models.syncnet import FRAMES, SyncNet, sound_windows
from facelib.models.syncnet import SIDE as LIP_SIDE
from facelib.models.transnetv2 import SIZE, ShotChances, TransNetV2

Work = Callable[[int], Iterator[float]]
"""Works with a batch of this size and tells, after each call of the model, how many clips are done since the start."""
FRAMES_OF_IMAGE, FACES_OF_CLIP = 8, 12
"""Pictures of a clip that the stages ``iqa`` and ``image``, and the stage ``embed``, look at."""


def over(items: Sequence[Any], run: Callable[[list[Any]], Any]) -> Work:
    """A model that takes pieces of a clip, such as frames, in lists.

    >>> list(over("abcd", list)(3))
    [0.75, 1.0]
    """

    def work(batch: int) -> Iterator[float]:
        clips = -(-batch // len(items))
        pieces = list(items) * clips
        for first in range(0, len(pieces), batch):
            part = pieces[first : first + batch]
            run(part)
            yield (first + len(part)) / len(items)

    return work


def whole(run: Callable[[int], Any]) -> Work:
    """A model that takes a clip as a whole and cuts it into batches itself."""

    def work(batch: int) -> Iterator[float]:
        run(batch)
        yield 1.0

    return work


def detector(model: Any, clip: SyntheticClip, long_side: int) -> Work:
    """A detector on every frame of a wide picture of the size that suits it."""
    frames = clip.pictures(long_side, long_side * 9 // 16)
    return over(frames, partial(model.detect_batch, min_score=0.5))


def faces(model: Any, clip: SyntheticClip) -> Work:
    """A face recognition model on the faces that a clip is judged by."""

    def run(pictures: list[Any]) -> Any:
        return model.embed(pictures, np.stack([clip.box] * len(pictures)), np.stack([clip.keypoints] * len(pictures)))

    return over(clip.frames[:FACES_OF_CLIP], run)


def landmarks(model: Any, clip: SyntheticClip) -> Work:
    """A landmark model on every frame."""

    def run(pictures: list[Any]) -> Any:
        return model.points(pictures, np.stack([clip.box] * len(pictures)), np.stack([clip.keypoints] * len(pictures)))

    return over(clip.frames, run)


def pictures(run: Callable[[list[Any]], Any], clip: SyntheticClip) -> Work:
    """A model that looks at eight frames of a clip."""
    return over(clip.frames[:FRAMES_OF_IMAGE], run)


def sync(model: SyncNet, clip: SyntheticClip) -> Work:
    """Every window of lips and of sound."""
    frames = clip.pictures(LIP_SIDE, LIP_SIDE)
    lips = [np.stack(frames[number : number + FRAMES]) for number in range(clip.n_frames - FRAMES + 1)]
    windows = list(zip(lips, sound_windows(clip.samples, clip.n_frames), strict=True))

    def run(part: list[Any]) -> None:
        seen, heard = zip(*part, strict=True)
        model.lips(seen)
        model.sound(heard)

    return over(windows, run)


def speaker(model: LightAsd, clip: SyntheticClip) -> Work:
    """Vectors of all pictures and of the sound, and the scores of the whole clip."""
    crops = clip.grey(SPEAKER_SIDE)

    def run(batch: int) -> None:
        seen = model.pictures(crops, Batch(batch))
        model.scores(seen[None], model.sound(clip.samples, clip.n_frames, Batch(batch))[None])

    return whole(run)


def voice(model: Resemblyzer, clip: SyntheticClip) -> Work:
    """The stretches of the sound, of as many clips one after the other as fill a batch."""
    count = len(stretches(len(clip.samples)))

    def work(batch: int) -> Iterator[float]:
        clips = -(-batch // count)
        model.embed(np.tile(clip.samples, clips), Batch(batch))
        yield float(clips)

    return work


def speech(model: Any, clip: SyntheticClip) -> Work:
    """Three layers of a speech encoder for the whole clip, which is one call whatever the batch."""
    return whole(lambda batch: model.features(clip.samples))


def cuts(model: TransNetV2, clip: SyntheticClip) -> Work:
    """The chance of a cut at every frame; windows come one at a time, as frames are decoded."""
    frames = clip.pictures(*SIZE)

    def run(batch: int) -> None:
        chances = ShotChances(model)
        for frame in frames:
            chances.add(frame)
        chances.finish()

    return whole(run)
