"""Find a face again: by picture or by clip, among the published clips."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from facelib.catalog.reader import Catalog, ClipFilter
from facelib.curate.verify import Reference, Verdict, verify
from facelib.errors import MediaError, StoreError
from facelib.find import vectors
from facelib.index.reader import Index, Neighbour
from facelib.media.still import read_picture
from facelib.models import identity
from facelib.models.centerface import CenterFace
from facelib.models.reference_faces import QueryFace, query_faces, reference_vector
from facelib.settings import QUERY_DETECTOR, Settings
from facelib.stage_state import explain
from facelib.stages.embed import Embed, EmbedParams
from facelib.store.objects import Store
from facelib.store.published import VectorTable


@dataclass(frozen=True)
class Hit:
    """A clip that was found.

    Args:
        clip_id: the clip.
        distance: from the query, in the metric of the model; 0 is the same vector.
        threshold: the distance below which the model takes two faces for one person.
        clip: catalogue columns of the clip and its upload.
        media: where the mp4 is, a path or an `s3://` URL; wav and jpg lie beside it.
    """

    clip_id: str
    distance: float
    threshold: float
    clip: dict[str, Any]
    media: str

    @property
    def same_person(self) -> bool:
        """Whether the distance is within the threshold."""
        return self.distance < self.threshold

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "same_person": self.same_person}


class FaceSearch:
    """Searches one publication; open a new one to see a newer. Threads may share one; models are loaded once.

    Query pictures are embedded by the model of the settings in force (``pipeline.embed``), and searched among the clips
    that this model has embedded.

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
        self._embed: EmbedParams = getattr(settings.pipeline, Embed.name)
        self._kind = identity.KINDS[self._embed.model]
        self._same_person = self._embed.max_distance or self._kind.same_person
        self._lock = Lock()
        self.index = Index(self._store, self.catalog.publication)

    def faces(self, picture: Path | bytes) -> list[QueryFace]:
        """The faces of a picture, largest first, each with its vector.

        Raises:
            MediaError: it is no picture, or shows no face.
            ModelError: the weights of the model are not here.
            StoreError: the clips were embedded by other weights or another model.
        """
        image = read_picture(picture)
        with self._lock:
            found = query_faces(image, self._detector, self._embedder)
        if not found:
            raise MediaError(
                "no face was found in the picture", hint="use one with a face at least 40 px wide", reason="no_face"
            )
        return found

    def of_clip(self, clip_id: str) -> list[float]:
        """The vector of a published clip."""
        return self.index.vector(self._table, clip_id)

    def reference(self, name: str, pictures: Sequence[Path | bytes]) -> Reference:
        """A person to hold clips against, from one or more pictures of them alone.

        Raises:
            MediaError: a picture cannot be read, or shows no face.
        """
        images = [read_picture(picture) for picture in pictures]
        with self._lock:
            vector = reference_vector(images, self._detector, self._embedder)
        table, metric = self._table, self._kind.metric
        numbers = tuple(float(value) for value in vector)
        return Reference(name, table.model, table.digest, metric, self._same_person, numbers)

    def verify(self, reference: Reference, clip_ids: Sequence[str]) -> list[Verdict]:
        """How far some clips are from a person, nearest first.

        Raises:
            StoreError: a clip has no vector, or the reference is another model's; reason ``wrong_model``.
        """
        table = self._table
        own = {clip_id: self.of_clip(clip_id) for clip_id in clip_ids}
        return verify(own, reference, model=table.model, digest=table.digest)

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
        near = vectors.nearest(
            self.catalog, self.index, self._table, vector, limit=limit, wanted=wanted, without=without
        )
        return self._hits(near)

    def _hits(self, near: list[Neighbour]) -> list[Hit]:
        clips = self.catalog.clips([neighbour.clip_id for neighbour in near])
        return [
            Hit(
                n.clip_id,
                n.distance,
                self._same_person,
                clips[n.clip_id],
                self._store.location(clips[n.clip_id]["media_key"]),
            )
            for n in near
        ]

    @cached_property
    def _table(self) -> VectorTable:
        """The vectors of the clips that the model of the settings has made."""
        mine = self._kind.weights
        there = [t for t in self.catalog.publication.vectors if t.task == identity.TASK and t.rows]
        found = [t for t in there if t.model == mine]
        if not there:
            raise self._nothing()
        if not found:
            made = ", ".join(sorted({t.model for t in there}))
            raise StoreError(
                f"the clips were embedded by {made}, and the settings name {mine}",
                hint="set pipeline.embed.model to the model of the clips, or run the stage embed again",
                reason="wrong_model",
            )
        if len(found) > 1:
            digest = self._settings.open_weights().digest(mine)
            found = [t for t in found if t.digest == digest] or found
        return found[0] if len(found) == 1 else self.index.table(identity.TASK, mine)

    def _nothing(self) -> StoreError:
        """Why no clip can be searched."""
        states = self.catalog.rows(
            "SELECT reason FROM stages WHERE stage = ? AND reason <> '' GROUP BY 1 ORDER BY count(*) DESC, 1",
            [Embed.name],
        )
        message, hint = "no published clip has a face vector", "'facelib status' shows what was found and dropped"
        if states:
            why, hint = explain(states[0]["reason"])
            message += f": {Embed.name} was not computed: {why}"
        return StoreError(message, hint=hint, reason="no_vectors")

    @cached_property
    def _embedder(self) -> identity.IdentityModel:
        weights, table = self._settings.open_weights(), self._table
        digest = weights.digest(table.model)
        if digest != table.digest and weights.state(table.model) == "sound":
            raise StoreError(
                f"the weights of {table.model} here ({digest[:12]}) are not those that the clips were embedded with "
                f"({table.digest[:12]})",
                hint="use the same weights on all machines, or run the stage embed again",
                reason="wrong_model",
            )
        threads, area = self._settings.threads, self._embed.area
        return identity.make(self._embed.model, weights.file, threads=threads, area=area)

    @cached_property
    def _detector(self) -> CenterFace:
        return CenterFace(self._settings.open_weights().file(QUERY_DETECTOR))
