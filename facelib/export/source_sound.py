"""The sound of items as the source has it, at its own sample rate."""

from pathlib import Path

import numpy as np

from facelib.export.item import Item
from facelib.media.audio import Samples, map_speech


class SourceSound:
    """Reads the sound of sources. That of the last one is kept in a temporary file, since items come by video."""

    def __init__(self) -> None:
        self._last: tuple[Path, int, Samples | None] | None = None

    def of(self, item: Item) -> tuple[Samples, int] | None:
        """The sound of exactly an item's frames, mono int16, moved into sync, and its rate in Hz.

        None where the source was let go, or has no sound that decodes. What lies beyond its ends is silence.
        """
        probed, source = item.video.find("probe"), item.video.source
        rate = int(probed.head["facts"].get("sample_rate") or 0) if probed else 0
        if source is None or not rate:
            return None
        if self._last is None or self._last[:2] != (source, rate):
            self._last = None
            self._last = (source, rate, map_speech(source, rate=rate))
        samples = self._last[2]
        if samples is None:
            return None
        begin = int(item.row["start_frame"]) - item.offset_frames
        first, last = (round((begin + frame) * rate / item.fps) for frame in (item.first, item.last))
        cut = np.zeros(last - first, np.int16)
        part = samples[max(0, first) : max(0, last)]
        cut[max(0, -first) :][: len(part)] = part
        return cut, rate
