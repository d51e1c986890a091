"""The sound of a clip, for stages that cannot do without."""

from facelib.media.audio import Samples
from facelib.stages.clips import Clip, Unmeasurable


def sound_of(clip: Clip) -> Samples:
    """640 samples a frame at 16 kHz. Raises Unmeasurable ``no_audio`` where the clip has no sound."""
    samples = clip.speech()
    if samples is None:
        raise Unmeasurable("no_audio", 0, 1, "sound streams")
    return samples
