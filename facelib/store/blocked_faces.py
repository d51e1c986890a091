"""Face templates of persons that were taken down, kept so that they stay out: the only face data that a takedown keeps.

There are none unless the settings, or whoever takes a person down, ask for it. A template names no person, no video and
no clip; it lies with the deny list, which no takedown rewrites, and goes by :func:`remove` alone.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from facelib.errors import StoreError
from facelib.store import documents, layout
from facelib.store.decisions import Decision
from facelib.store.objects import Store
from facelib.store.source_checks import HIDE_VIDEO

BLOCKED = "blocked_person"
"""Why a video is hidden that shows a face like a template."""


@dataclass(frozen=True)
class FaceTemplate:
    """The mean face of a person that was taken down.

    Args:
        takedown_id: of the takedown that keeps it.
        model: that made the vectors, by its name in the registry.
        digest: sha256 of its weights; vectors of other models are not held against it.
        metric: of the vectors: ``l2`` or ``cosine``.
        distance: below which a clip shows the person.
        vector: the mean of the vectors of the person's clips.
        since: when it was made, UTC, ISO 8601.
    """

    takedown_id: str
    model: str
    digest: str
    metric: str
    distance: float
    vector: tuple[float, ...]
    since: str


def write(store: Store, template: FaceTemplate) -> None:
    """Keep a template; one that is there already stays."""
    store.put(layout.blocked_face(template.takedown_id, template.digest), documents.encode(asdict(template)))


def read_all(store: Store, takedown_id: str | None = None) -> list[FaceTemplate]:
    """All templates, or those of one takedown."""
    found = []
    for name in store.names(layout.BLOCKED_FACES):
        if takedown_id is None or name.startswith(f"{takedown_id}_"):
            document = documents.decode(store.read(f"{layout.BLOCKED_FACES}/{name}"))
            found.append(FaceTemplate(**document | {"vector": tuple(document["vector"])}))
    return found


def remove(store: Store, takedown_id: str) -> int:
    """Remove the templates of a takedown; returns how many. Raises StoreError when there is none (``no_template``)."""
    found = read_all(store, takedown_id)
    if not found:
        raise StoreError(
            f"no face template is kept for a takedown {takedown_id!r}",
            hint="'facelib takedown blocked' shows all",
            reason="no_template",
        )
    for template in found:
        store.remove(layout.blocked_face(takedown_id, template.digest))
    return len(found)


def hidden_by(events: Iterable[Decision]) -> dict[str, Decision]:
    """By video that templates have hidden, the first decision to do so, whatever was decided since."""
    found: dict[str, Decision] = {}
    for event in events:
        if event.kind == HIDE_VIDEO and event.value["reason"] == BLOCKED and event.value["hidden"]:
            found.setdefault(event.value["video_id"], event)
    return found
