"""Writing frames and sound as an mp4 of H.264 and AAC."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from facelib.demo.picture import Image
from facelib.demo.voice import Speech

_AUDIO_RATE = 44100
_BLOCK = 4096


def write_movie(
    path: Path, frames: Iterable[Image], fps: int, size: tuple[int, int], sound: Speech, *, index_first: bool = True
) -> None:
    """Encode frames and sound that begin together.

    One encoder thread, so that the same frames give the same bytes whatever the machine's number of cores.

    Args:
        path: the file to write.
        frames: BGR, each of shape (height, width, 3).
        fps: frames a second.
        size: width and height.
        sound: mono; written as stereo at 44.1 kHz.
        index_first: put the file's index before its frames, as a file made for the web has it.
    """
    options = {"movflags": "+faststart"} if index_first else {}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        video = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "crf": "22"})
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        video.codec_context.thread_count = 1
        audio = container.add_stream("aac", rate=_AUDIO_RATE, layout="stereo", options={"aac_coder": "fast"})
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=_AUDIO_RATE)
        for number, image in enumerate(frames):
            # OpenCV converts in a third of the time that the encoder's own conversion takes, to the same limited range.
            planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for at in range(0, len(sound.samples), _BLOCK):
            block = np.ascontiguousarray(sound.samples[None, at : at + _BLOCK])
            heard = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            heard.sample_rate, heard.pts, heard.time_base = sound.rate, at, Fraction(1, sound.rate)
            for resampled in resampler.resample(heard):
                container.mux(audio.encode(resampled))
        for resampled in resampler.resample(None):
            container.mux(audio.encode(resampled))
        container.mux(audio.encode(None))
