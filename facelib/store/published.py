"""The pointer that readers open everything through.

``published/<n>.json`` names one DuckDB file and one version of every vector table that belong together, and the commits
read. The highest n is current. A reader that opened a pointer keeps what it names; the writer only adds.
"""

from dataclasses import asdict, dataclass, field

from facelib.errors import StoreError
from facelib.store import documents, layout
from facelib.store.objects import Store


@dataclass(frozen=True)
class VectorTable:
    """One version of one LanceDB table and what its vectors mean."""

    name: str
    version: int
    rows: int
    task: str
    model: str
    digest: str
    dimensions: int
    metric: str


@dataclass(frozen=True)
class Publication:
    """The versions that belong together.

    Args:
        number: 1, 2, 3 ...
        catalog: key of the DuckDB file.
        index: key of the LanceDB folder.
        last_commit: key of the newest commit record that was read; empty when there was none.
        published: when, UTC, ISO 8601.
        vectors: one entry a vector table.
        counts: rows of each catalogue table.
    """

    number: int
    catalog: str
    index: str
    last_commit: str
    published: str
    vectors: tuple[VectorTable, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)


def newest(store: Store) -> Publication | None:
    """The current publication; None before the first."""
    number = _highest(store)
    while number:
        try:
            return read(store, number)
        except StoreError as error:
            # A takedown removes the older pointers as soon as it has written a newer one.
            seen, number = number, _highest(store)
            if error.reason != "missing" or number == seen:
                raise
    return None


def _highest(store: Store) -> int:
    names = [name for name in store.names(layout.PUBLISHED) if name.endswith(".json")]
    return int(names[-1].removesuffix(".json")) if names else 0


def read(store: Store, number: int) -> Publication:
    """A publication by its number."""
    document = documents.decode(store.read(layout.published(number)))
    vectors = tuple(VectorTable(**item) for item in document.pop("vectors"))
    return Publication(**document, vectors=vectors)


def write(store: Store, publication: Publication) -> bool:
    """Make a publication current. False when another writer was first with this number."""
    return store.put(layout.published(publication.number), documents.encode(asdict(publication)))
