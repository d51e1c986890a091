"""The video that is measured: a talker of the sample channel, at 720p."""

from pathlib import Path

import cv2

from facelib.demo.channel import build_channel
from facelib.demo.uploads import UPLOADS
from facelib.media.audio import read_speech
from facelib.media.encode import ClipWriter
from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr

TALKER = "harbour"
TIMES = 3
SIZE = (1280, 720)
CACHE = Path("data/cache/portraits")


def talking_film(folder: Path) -> Path:
    """A talking person at 1280x720 and 25 fps with sound, about 20 s."""
    uploads = [spec for spec in UPLOADS if spec.name == TALKER]
    (made,) = build_channel(folder / "channel", CACHE, uploads=uploads)
    film = folder / "film.mp4"
    with ClipWriter(film, *SIZE, crf=20) as writer:
        for _ in range(TIMES):
            for shown in GridReader(made.video):
                picture = cv2.resize(to_bgr(shown.frame), SIZE, interpolation=cv2.INTER_CUBIC)
                for _ in range(shown.count):
                    writer.write(picture)
            speech = read_speech(made.video)
            if speech is not None:
                writer.write_audio(speech)
    return film
