"""The plan of an export: every item with its split, batch and results, so that a later run goes on with the same."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.curate.splits import person_groups, person_labels, split_groups
from facelib.errors import StoreError
from facelib.export.numbering import numbered
from facelib.export.options import ExportOptions, shares_of
from facelib.export.selection import select
from facelib.index.reader import Index
from facelib.store import generations, snapshots, uploads
from facelib.store.objects import Store


@dataclass(frozen=True)
class ExportPlan:
    """What an export is made of.

    Args:
        collection: the publication that it was planned on and the digests of the models in it.
        rows: the items, in order; each with ``split``, ``group``, ``batch``, its number in its split, ``person``,
            None where nobody was told apart, and ``listed``: what the list that its upload came from says of it, by
            column.
        stages: fingerprint of each stage that was computed, by video.
    """

    collection: dict[str, Any]
    rows: list[dict[str, Any]]
    stages: dict[str, dict[str, str]]

    def batches(self) -> dict[tuple[str, int], list[dict[str, Any]]]:
        """Items that are written together, by split and number."""
        found: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
        for row in self.rows:
            found[row["split"], row["batch"]].append(row)
        return dict(found)


def make_plan(
    store: Store,
    options: ExportOptions,
    batch: int,
    same_person: Mapping[str, float],
    without: set[str] | None = None,
    names_people: bool = False,
) -> ExportPlan:
    """Choose the items of an export.

    Args:
        store: a store with a publication.
        options: what is wanted.
        batch: items that are written together.
        same_person: by face recognition model, the distance below which two faces may be one person.
        without: videos that are left out, those on the deny list.
        names_people: whether each row also gets ``person``, None for a clip without a face vector.

    Raises:
        StoreError: nothing was published or selected, or there are no face vectors to split people by.
        SettingsError: the condition cannot be read.
    """
    named = snapshots.read(store, options.snapshot).as_publication() if options.snapshot else None
    with Catalog(store, named) as catalog:
        rows = [row for row in select(catalog, options) if row["video_id"] not in (without or set())]
        videos = sorted({row["video_id"] for row in rows})
        computed = catalog.rows(
            "SELECT video_id, stage, fingerprint FROM stages WHERE reason = '' AND video_id IN "
            "(SELECT unnest(?::VARCHAR[])) ORDER BY ALL",
            [videos],
        )
        publication = catalog.publication
    rows = numbered(rows)
    apart = options.split_by == "person" and (names_people or bool(options.splits))
    labels = _people(Index(store, publication), rows, options, same_person) if apart else {}
    groups = _groups(rows, options, labels)
    told = dict(zip(videos, store.at_once(lambda video: uploads.listed(store, video), videos), strict=True))
    seconds: dict[str, float] = defaultdict(float)
    for row in rows:
        row["group"], row["person"] = groups[row["clip_id"]], labels.get(row["clip_id"])
        row["listed"] = told[row["video_id"]]
        seconds[row["group"]] += float(row["last"] - row["first"])
    shares = shares_of(options.splits)
    split_of = split_groups(seconds, shares, options.seed) if shares else dict.fromkeys(seconds, "")
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        row["split"] = split_of[row["group"]]
        row["batch"] = counts[row["split"]] // batch
        counts[row["split"]] += 1
    stages: dict[str, dict[str, str]] = defaultdict(dict)
    for entry in computed:
        stages[entry["video_id"]][entry["stage"]] = entry["fingerprint"]
    numbers = sorted({int(row["source_generation"]) for row in rows})
    collection = {
        "publication": publication.number,
        "last_commit": publication.last_commit,
        **({"snapshot": options.snapshot} if options.snapshot else {}),
        "vectors": [{"task": v.task, "model": v.model, "sha256": v.digest} for v in publication.vectors],
        "pipeline": {str(number): generations.read(store, number) for number in numbers if _kept(store, number)},
    }
    return ExportPlan(collection, rows, dict(stages))


def _people(
    index: Index, rows: list[dict[str, Any]], options: ExportOptions, same_person: Mapping[str, float]
) -> dict[str, str]:
    """Who is in the clips by their face vectors; without splits nobody where they cannot be told apart."""
    try:
        table = index.table("identity")
        if table.model not in same_person:
            raise StoreError(f"nobody said how near two faces of one person are to {table.model}", reason="no_vectors")
    except StoreError as error:
        if not options.splits:
            return {}
        raise StoreError(
            f"people cannot be told apart for the splits: {error.message}",
            hint="let the stage embed run, or use --split-by video",
            reason=error.reason,
        ) from error
    known, vectors = index.vectors_of(table, list(dict.fromkeys(row["clip_id"] for row in rows)))
    return person_labels(known, vectors, same_person[table.model], table.metric)


def _groups(rows: list[dict[str, Any]], options: ExportOptions, labels: Mapping[str, str]) -> dict[str, str]:
    """What must not be in two splits, by clip; one without a name where there are no splits of people."""
    if options.split_by != "person":
        column = {"video": "video_id", "channel": "channel_id"}[options.split_by]
        return {row["clip_id"]: str(row[column]) for row in rows}
    return person_groups(rows, labels) if options.splits else {row["clip_id"]: "" for row in rows}


def _kept(store: Store, number: int) -> bool:
    try:
        generations.read(store, number)
    except StoreError:
        return False
    return True
