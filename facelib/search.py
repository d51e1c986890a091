"""Find a face again: by picture or by clip, among the published clips."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.catalog.reader import Catalog, ClipFilter
from facelib.curate.people import group
from facelib.errors import MediaError
from facelib.index.reader import EXACT_ROWS, OVERFETCH, Index, Neighbour
from facelib.media.still import read_picture
from facelib.models.centerface import CenterFace
from facelib.models.dlib_resnet import DlibResNet
from facelib.models.faces import Faces
from facelib.settings import Settings
from facelib.store.objects import Store

TASK = "identity"
MODEL = "dlib_resnet"
LONG_SIDE = 640


@dataclass(frozen=True)
class QueryFace:
    """A face of a query picture: its box ``x1 y1 x2 y2`` in pixels, detector score 0..1, and vector."""

    box: tuple[float, float, float, float]
    score: float
    vector: tuple[float, ...]


@dataclass(frozen=True)
class Hit:
    """A clip that was found.

    Args:
        clip_id: the clip.
        distance: from the query, in the metric of the model; 0 is the same vector.
        same_person: whether the distance is within the model's threshold for one person.
        clip: catalogue columns of the clip and its upload.
        media: local path of the mp4; wav and jpg lie beside it.
    """

    clip_id: str
    distance: float
    same_person: bool
    clip: dict[str, Any]
    media: Path

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "media": str(self.media)}


class FaceSearch:
    """Searches one publication; open a new one to see a newer. Threads may share one; models are loaded once.

    Raises:
        StoreError: nothing was published yet.

    Example:
        >>> from facelib.settings import load  # doctest: +SKIP
        >>> from facelib.search import FaceSearch  # doctest: +SKIP
        >>> search = FaceSearch(load())  # doctest: +SKIP
        >>> face = search.faces(Path("portrait.jpg"))[0]  # doctest: +SKIP
        >>> [(hit.clip_id, hit.distance) for hit in search.nearest(face.vector, limit=5)]  # doctest: +SKIP
    """

    def __init__(self, settings: Settings, store: Store | None = None) -> None:
        self._settings = settings
        self._store = store or settings.open_store()
        self.catalog = Catalog(self._store)
        self._lock = Lock()
        self._index = Index(self._store, self.catalog.publication)

    def faces(self, picture: Path | bytes) -> list[QueryFace]:
        """The faces of a picture, largest first, each with its vector.

        Raises:
            MediaError: it is no picture, or shows no face.
        """
        image = read_picture(picture)
        found = self._detect(image)
        if not len(found.boxes):
            raise MediaError(
                "no face was found in the picture", hint="use one with a face at least 40 px wide", reason="no_face"
            )
        rgb: NDArray[np.uint8] = np.ascontiguousarray(image[:, :, ::-1])
        with self._lock:
            vectors = self._embedder.embed(rgb, found.boxes)
        faces = []
        for i in np.argsort(-((found.boxes[:, 2] - found.boxes[:, 0]) * (found.boxes[:, 3] - found.boxes[:, 1]))):
            x1, y1, x2, y2 = (float(edge) for edge in found.boxes[i])
            faces.append(QueryFace((x1, y1, x2, y2), float(found.scores[i]), tuple(float(v) for v in vectors[i])))
        return faces

    def of_clip(self, clip_id: str) -> list[float]:
        """The vector of a published clip."""
        return self._index.vector(self._index.table(TASK, MODEL), clip_id)

    def people(self) -> dict[str, int]:
        """Which person each clip shows, numbered from 0; for small collections only.

        Raises:
            ValueError: the collection is too large to compare every clip with every other.
        """
        vectors = self._index.vectors(self._index.table(TASK, MODEL))
        labels = group(list(vectors.values()), DlibResNet.same_person)
        return dict(zip(vectors, (int(label) for label in labels), strict=True))

    def nearest(
        self, vector: Sequence[float], *, limit: int = 20, wanted: ClipFilter | None = None, without: str | None = None
    ) -> list[Hit]:
        """The clips whose face is nearest to a vector, nearest first.

        Args:
            vector: of :meth:`faces` or :meth:`of_clip`.
            limit: at most this many.
            wanted: only clips that pass.
            without: leave this clip out, for 'more like this'.
        """
        wanted = wanted or ClipFilter()
        table = self._index.table(TASK, MODEL)
        among = None if wanted.is_empty else self.catalog.clip_ids(wanted, limit=EXACT_ROWS)
        filtered = not wanted.is_empty and among is None
        fetch = limit + 1
        while True:
            fetch = fetch * OVERFETCH if filtered else fetch
            found = self._index.nearest(table, vector, limit=min(fetch, table.rows), among=among)
            ids = [neighbour.clip_id for neighbour in found]
            passing = self._passing(ids, wanted) if filtered else set(ids)
            near = [n for n in found if n.clip_id in passing and n.clip_id != without][:limit]
            if len(near) == limit or not filtered or fetch >= table.rows:
                return self._hits(near)

    def _hits(self, near: list[Neighbour]) -> list[Hit]:
        clips = self.catalog.clips([neighbour.clip_id for neighbour in near])
        return [
            Hit(
                n.clip_id,
                n.distance,
                n.distance < DlibResNet.same_person,
                clips[n.clip_id],
                self._store.path(clips[n.clip_id]["media_key"]),
            )
            for n in near
        ]

    def _passing(self, clip_ids: list[str], wanted: ClipFilter) -> set[str]:
        condition, parameters = wanted.sql()
        rows = self.catalog.rows(
            "SELECT c.clip_id FROM clips c JOIN uploads u USING (video_id) "  # noqa: S608 - a condition of ours
            f"WHERE c.clip_id IN (SELECT unnest(?::VARCHAR[])) AND {condition}",
            [clip_ids, *parameters],
        )
        return {row["clip_id"] for row in rows}

    @cached_property
    def _embedder(self) -> DlibResNet:
        weights = self._settings.open_weights()
        return DlibResNet(weights.file(MODEL), weights.file("dlib_landmarks5"))

    @cached_property
    def _detector(self) -> CenterFace:
        return CenterFace(self._settings.open_weights().file("centerface"))

    def _detect(self, image: NDArray[np.uint8]) -> Faces:
        import cv2

        scale = min(1.0, LONG_SIDE / max(image.shape[:2]))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
        with self._lock:
            return self._detector.detect(np.asarray(small, np.uint8), min_score=0.5).scaled(1 / scale)
