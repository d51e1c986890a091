"""Faces of picture files as vectors of the model in the settings: for comparing and grouping pictures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.distances import distance
from facelib.errors import MediaError
from facelib.media.still import read_picture
from facelib.models import identity
from facelib.models.centerface import CenterFace
from facelib.models.reference_faces import query_faces
from facelib.settings import QUERY_DETECTOR, Settings
from facelib.stages.embed import Embed, EmbedParams


@dataclass(frozen=True)
class Comparison:
    """Two faces held against each other.

    Args:
        distance: in the metric of the model; 0 is the same vector.
        threshold: the distance below which the model takes two faces for one person.
        same_person: whether the distance is below it.
        model: name of the model.
        metric: ``l2`` or ``cosine``.
    """

    distance: float
    threshold: float
    same_person: bool
    model: str
    metric: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


class PictureFaces:
    """Finds the largest face of pictures, and its vector. Needs weights, and no collection.

    Example:
        >>> from facelib.settings import load  # doctest: +SKIP
        >>> PictureFaces(load()).compare(Path("a.jpg"), Path("b.jpg")).same_person  # doctest: +SKIP
        True
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._params: EmbedParams = getattr(settings.pipeline, Embed.name)
        self.kind = identity.KINDS[self._params.model]

    @property
    def same_person(self) -> float:
        """The distance below which two faces are taken for one person."""
        return self._params.max_distance or self.kind.same_person

    def vector(self, picture: Path) -> tuple[float, ...]:
        """The vector of the largest face.

        Raises:
            MediaError: it is no picture, or shows no face (``no_face``).
            ModelError: the weights of a model are not here.
        """
        found = query_faces(read_picture(picture), self._detector, self._model)
        if not found:
            hint = "use one with a face at least 40 px wide"
            raise MediaError(f"no face was found in {picture}", hint=hint, reason="no_face")
        return found[0].vector

    def vectors(self, pictures: Sequence[Path]) -> tuple[list[Path], NDArray[np.float32], dict[Path, MediaError]]:
        """The vectors of many: pictures with a face, (n, dim) vectors, and why the others have none."""
        found: dict[Path, tuple[float, ...]] = {}
        failed: dict[Path, MediaError] = {}
        for picture in pictures:
            try:
                found[picture] = self.vector(picture)
            except MediaError as error:
                failed[picture] = error
        numbers = np.array(list(found.values()), np.float32).reshape(len(found), self.kind.dim)
        return list(found), numbers, failed

    def compare(self, one: Path, other: Path) -> Comparison:
        """Hold the largest face of a picture against that of another. Raises as :meth:`vector`."""
        vectors = np.array([self.vector(one), self.vector(other)], np.float32)
        away = float(distance(vectors[0], vectors[1], self.kind.metric))
        return Comparison(away, self.same_person, away < self.same_person, self.kind.weights, self.kind.metric)

    @cached_property
    def _detector(self) -> CenterFace:
        return CenterFace(self._settings.open_weights().file(QUERY_DETECTOR))

    @cached_property
    def _model(self) -> identity.IdentityModel:
        weights = self._settings.open_weights()
        return identity.make(self._params.model, weights.file, threads=self._settings.threads, area=self._params.area)
