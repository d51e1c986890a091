"""Holds clips and whole channels against a person of the collection."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from facelib.catalog.reader import Catalog
from facelib.collection.people.decisions import find_person
from facelib.collection.people.tables import same_person
from facelib.curate.verify import Reference, Verdict, verify
from facelib.distances import unit
from facelib.errors import StoreError
from facelib.index.neighbours import Neighbours
from facelib.store.objects import Store
from facelib.store.published import VectorTable

MAX_CLIPS = 200
"""Clips of a person that its reference is made of: those nearest to its core."""


@dataclass(frozen=True)
class ChannelVerdict:
    """A channel held against a person.

    Args:
        channel_id: the channel.
        name: the person.
        threshold: the distance below which a face counts as the person's.
        clips: clips of the channel that have a face vector.
        same_person: how many of them show the person.
        seconds: length of these clips, s.
        same_person_seconds: length of those that show the person, s.
        without_vector: clips of the channel that could not be held against anybody.
        verdicts: of each clip, nearest first.
    """

    channel_id: str
    name: str
    threshold: float
    clips: int
    same_person: int
    seconds: float
    same_person_seconds: float
    without_vector: int
    verdicts: tuple[Verdict, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


class PersonCheck:
    """Answers whether clips show a person, from the vectors of one publication.

    Args:
        store: the store.
        catalog: the published catalogue.
        distance: below it a face counts as the person's; 0 takes the model's own.
    """

    def __init__(self, store: Store, catalog: Catalog, *, distance: float = 0.0) -> None:
        self._store = store
        self._catalog = catalog
        self._distance = distance

    def reference(self, person: str, *, without: Sequence[str] = ()) -> Reference:
        """The mean face of a person of the collection.

        Args:
            person: its id or name.
            without: clips that must not speak for it, because they are to be held against it.

        Raises:
            StoreError: the person is not known (``no_person``), or no other clip of it has a vector (``no_vector``).
        """
        row = find_person(self._catalog, person)
        clips = self._catalog.rows(
            "SELECT clip_id, vector_table FROM clip_people p JOIN vectors v USING (clip_id) WHERE person_id = ? "
            "AND vector_table IN (SELECT unnest(?::VARCHAR[])) AND clip_id NOT IN (SELECT unnest(?::VARCHAR[])) "
            "ORDER BY distance NULLS LAST, clip_id",
            [row["person_id"], [table.name for table in self._tables()], list(without)],
        )
        if not clips:
            raise StoreError(
                f"no other clip of {row['name'] or row['person_id']} has a face vector",
                hint="hold the clip against pictures instead: 'facelib verify CLIP --picture PICTURE'",
                reason="no_vector",
            )
        counts: dict[str, int] = {}
        for clip in clips:
            counts[clip["vector_table"]] = counts.get(clip["vector_table"], 0) + 1
        table = self._table(max(sorted(counts), key=lambda name: counts[name]))
        chosen = [clip["clip_id"] for clip in clips if clip["vector_table"] == table.name][:MAX_CLIPS]
        mean = np.mean(list(self._vectors(table, chosen).values()), axis=0)
        numbers = unit(mean) if table.metric == "cosine" else mean
        threshold = self._distance or same_person(table.model)
        name = row["name"] or row["person_id"]
        return Reference(
            name, table.model, table.digest, table.metric, threshold, tuple(float(number) for number in numbers)
        )

    def clips(self, clip_ids: Sequence[str], person: str) -> tuple[Reference, list[Verdict]]:
        """Hold clips against a person, nearest first; what they say of it does not count.

        Raises:
            StoreError: as :meth:`reference`; or a clip has no vector (``no_vector``).
        """
        reference = self.reference(person, without=clip_ids)
        found = self._verify(reference, clip_ids)
        missing = sorted(set(clip_ids) - {verdict.clip_id for verdict in found})
        if missing:
            hint = "'facelib search --face PICTURE' shows ids of clips"
            raise StoreError(f"there is no clip {missing[0]!r} with a face vector", hint=hint, reason="no_vector")
        return reference, found

    def channel(self, channel_id: str, reference: Reference) -> ChannelVerdict:
        """Hold every clip of the uploads that a channel shows against a person.

        Raises:
            StoreError: the channel is not known (``no_channel``), or the reference is of another model.
        """
        known = [row["channel_id"] for row in self._catalog.rows("SELECT channel_id FROM channels ORDER BY 1")]
        if channel_id not in known:
            shown = ", ".join(known[:5]) or "there are none"
            raise StoreError(f"there is no channel {channel_id!r}", hint=f"such as {shown}", reason="no_channel")
        rows = self._catalog.rows(
            "SELECT clip_id, end_s - start_s AS seconds FROM clips WHERE video_id IN "
            "(SELECT video_id FROM sightings WHERE channel_id = ?) ORDER BY 1",
            [channel_id],
        )
        seconds = {row["clip_id"]: row["seconds"] for row in rows}
        found = self._verify(reference, list(seconds))
        same = [verdict.clip_id for verdict in found if verdict.same_person]
        return ChannelVerdict(
            channel_id,
            reference.name,
            reference.same_person,
            len(found),
            len(same),
            float(sum(seconds[verdict.clip_id] for verdict in found)),
            float(sum(seconds[clip_id] for clip_id in same)),
            len(rows) - len(found),
            tuple(found),
        )

    def _verify(self, reference: Reference, clip_ids: Sequence[str]) -> list[Verdict]:
        made = [t for t in self._tables() if (t.model, t.digest) == (reference.model, reference.digest)]
        if not made:
            raise StoreError(
                f"no clip was embedded by {reference.model} ({reference.digest[:12]})",
                hint="make the reference again with the model of the clips",
                reason="wrong_model",
            )
        vectors = self._vectors(made[0], clip_ids)
        plain = {clip_id: vector.tolist() for clip_id, vector in vectors.items()}
        return verify(plain, reference, model=reference.model, digest=reference.digest)

    def _vectors(self, table: VectorTable, clip_ids: Sequence[str]) -> dict[str, Any]:
        folder = self._store.vectors(self._catalog.publication.index)
        return dict(Neighbours(folder, table.name, table.metric, version=table.version).of(clip_ids))

    def _tables(self) -> list[VectorTable]:
        return [table for table in self._catalog.publication.vectors if table.task == "identity"]

    def _table(self, name: str) -> VectorTable:
        return next(table for table in self._tables() if table.name == name)
