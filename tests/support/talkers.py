"""A published collection of two real people, as a pipeline leaves it, made in seconds: for the dashboard in a browser.

Pictures, sound and the vectors of the two faces are real; what slow models would have found is written down.
"""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.models import identity
from facelib.models.centerface import CenterFace
from facelib.models.reference_faces import query_faces
from facelib.models.registry import Weights
from facelib.publish import publish
from facelib.store import quarantine
from tests.support.collections import list_channel
from tests.support.export_items import Collection, collection
from tests.support.film_measures import TOLD, embed
from tests.support.films import Face, Film

SIZE = (512, 512)
TALKERS = {"ada": ("talker_a.mp4", (301, 275), (260, 329)), "bela": ("talker_b.mp4", (271, 292), (259, 328))}
"""Name of a person → file, and centre and size of the face in it, px."""
FILMS_EACH = 6
BROKEN = "toy_broken-0123456789"
"""An upload that is in quarantine."""
BROKEN_REASON = "not_media"


def published(folder: Path, media: Path, weights: Weights) -> Collection:
    """Six short clips of each talker, two persons, and an upload in quarantine."""
    films = [_film(media, person, number) for person in TALKERS for number in range(FILMS_EACH)]
    faces = {person: _vector(media / file, weights) for person, (file, _, _) in TALKERS.items()}
    made = collection(folder, films, {**TOLD, "embed": partial(embed, vectors=partial(_near, faces))})
    list_channel(made.store, [BROKEN])
    quarantine.enter(
        made.store, BROKEN, "probe", "f" * 32, error="MediaError", reason=BROKEN_REASON, message="it is not a video"
    )
    publish(made.store)
    return made


def portrait(path: Path) -> bytes:
    """The first picture of a video, as a JPEG."""
    import cv2

    return cv2.imencode(".jpg", _first(path))[1].tobytes()


def _film(media: Path, person: str, number: int) -> Film:
    file, (x, y), size = TALKERS[person]
    n_frames = 36 + number
    face = Face(person, (x, y), (x, y), number % 3 - 1, ((0, n_frames),), size=size)
    title = f"{person.capitalize()}, part {number + 1}"
    licence = ("CC BY 4.0", "CC BY-SA 4.0", "")[number % 3]
    name = f"{person}_{number}.mp4"
    return Film(name, n_frames, (face,), title=title, licence=licence, source=media / file, size=SIZE)


def _vector(path: Path, weights: Weights) -> NDArray[np.float32]:
    found = query_faces(
        _first(path), CenterFace(weights.file("centerface")), identity.make("dlib", weights.file, threads=1)
    )
    return np.asarray(found[0].vector, np.float32)


def _near(faces: dict[str, NDArray[np.float32]], person: str) -> NDArray[np.float32]:
    """Three vectors as near to that of a person's first picture as those of other pictures are."""
    spread = np.random.default_rng(list(person.encode())).normal(size=(3, faces[person].size))
    return np.asarray(faces[person] + 0.01 * spread, np.float32)


def _first(path: Path) -> NDArray[np.uint8]:
    with GridReader(path, threads=1, stop=1) as reader:
        return to_bgr(next(iter(reader)).frame)
