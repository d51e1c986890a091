"""A sentence as a vector among those of the clips' pictures: CLIP searches by what is to be seen."""

from contextlib import suppress
from functools import cached_property
from threading import Lock, Thread

from facelib.errors import FacelibError, StoreError
from facelib.find.weights import weights_of
from facelib.models.open_clip import OpenClip
from facelib.settings import Settings
from facelib.store.published import Publication, VectorTable

TASK, MODEL = "image", "open_clip"


def table_of(publication: Publication) -> VectorTable | None:
    """The vectors that a sentence can be searched in: open_clip's with the most clips; None without."""
    found = [t for t in publication.vectors if t.task == TASK and t.model == MODEL and t.rows]
    return max(found, key=lambda table: table.rows, default=None)


class LookQuery:
    """Makes vectors of sentences. Threads may share one; the model is loaded at the first sentence.

    Args:
        settings: of the weights.
        publication: whose clips are searched.

    Raises:
        StoreError: no clip has a vector of open_clip; reason ``no_vectors``.
    """

    def __init__(self, settings: Settings, publication: Publication) -> None:
        table = table_of(publication)
        if table is None:
            raise StoreError(
                "no published clip has a vector that a sentence can be searched by",
                hint="set pipeline.image.model to open_clip (profile full) and run the stage image",
                reason="no_vectors",
            )
        self.table = table
        self._settings, self._lock = settings, Lock()

    def get_ready(self) -> None:
        """Load the model meanwhile, so that the first sentence waits less for it; what fails is said by that one."""
        Thread(target=self._load, name="load open_clip", daemon=True).start()

    def _load(self) -> None:
        with self._lock, suppress(FacelibError):
            self._model  # noqa: B018

    def vector(self, text: str) -> list[float]:
        """The vector of a sentence.

        Raises:
            ModelError: the weights are not here, or torch is not.
        """
        with self._lock:
            return [float(value) for value in self._model.encode_text([text])[0]]

    @cached_property
    def _model(self) -> OpenClip:
        return OpenClip(weights_of(self._settings, self.table))
