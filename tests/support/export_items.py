"""A published collection of short clips whose truth is known, made without running a model: for tests of exports.

Films are encoded, probed, linked to tracks and cut by the real code; what models would have found is written down.
Five clips of four people: see :data:`tests.support.films.FILMS`.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.clock import now
from facelib.digests import digest_file
from facelib.export.format import Format
from facelib.export.item import Item, VideoResults
from facelib.export.manifest import ITEMS
from facelib.export.options import ExportOptions
from facelib.export.selection import select
from facelib.media.grid import GridReader
from facelib.media.picture import Picture, to_bgr
from facelib.models.registry import Weights
from facelib.publish import publish
from facelib.stages import pipeline
from facelib.stages.base import REJECTS, Job, Output
from facelib.stages.commit import commit_video
from facelib.stages.pipeline import PipelineSettings
from facelib.store import generations, records, results, uploads
from facelib.store.objects import Store
from facelib.store.results import Result
from facelib.store.uploads import Revision
from tests.support.film_measures import TOLD, Told
from tests.support.films import FILMS, Film, write_source

STAGES = {
    "track": {"min_face_side": 40, "min_seconds": 0.4},
    "syncnet": {"model": "syncnet_v2"},
    "hubert": {"model": "hubert"},
}
"""Parameters of stages: short clips with small faces, and models of the profile full."""
CHANNEL = {"channel_id": "channel_x", "url": "https://example.org/x", "title": "Talks", "kind": "channel"}


@dataclass
class Collection:
    """The published store, and the films in it by id of the video."""

    store: Store
    films: dict[str, Film] = field(default_factory=dict)

    def items(self, split: Callable[[dict[str, Any]], str] = lambda row: "", **options: Any) -> list[Item]:
        """The items of an export with these options, in order.

        Args:
            split: name of the split of a row; ``batch`` of the row is 0.
            options: of :class:`ExportOptions`.
        """
        chosen = ExportOptions(**options)
        with Catalog(self.store) as catalog:
            rows = select(catalog, chosen)
            stages = catalog.rows("SELECT video_id, stage, fingerprint FROM stages WHERE reason = ''")
        videos = {
            name: VideoResults(
                self.store, name, {row["stage"]: row["fingerprint"] for row in stages if row["video_id"] == name}
            )
            for name in self.films
        }
        return [
            Item({**row, "split": split(row), "batch": 0, "number": number}, videos[row["video_id"]], chosen)
            for number, row in enumerate(rows)
        ]


def write_dataset(kind: type[Format], items: Sequence[Item], folder: Path, **settings: Any) -> list[dict[str, Any]]:
    """Write a dataset as an export does: split by split, batch by batch, each into an empty folder."""
    made = kind(ExportOptions(settings=settings))
    rows: list[dict[str, Any]] = []
    for split in dict.fromkeys(item.split for item in items):
        own = [item for item in items if item.split == split]
        for number, first in enumerate(range(0, len(own), made.batch)):
            part = own[first : first + made.batch]
            for item in part:
                item.row = {**item.row, "batch": number}
            with _joined(folder) as empty:
                rows += made.write(part, empty)
    with _joined(folder) as empty:
        made.finish(rows, empty)
    return rows


@contextmanager
def _joined(folder: Path) -> Iterator[Path]:
    """An empty folder whose files are then moved to their place."""
    empty = folder.with_name(f"{folder.name}.new")
    empty.mkdir(parents=True)
    yield empty
    for path in sorted(path for path in empty.rglob("*") if path.is_file()):
        place = folder / path.relative_to(empty)
        place.parent.mkdir(parents=True, exist_ok=True)
        assert not place.exists()
        path.rename(place)
    shutil.rmtree(empty)


def pictures_of(path: Path) -> list[Picture]:
    """Every frame of a video of 25 frames/s, BGR."""
    with GridReader(path, threads=1) as reader:
        return [to_bgr(shown.frame) for shown in reader for _ in range(shown.count)]


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file of a dataset, by its path in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): digest_file(path) for path in files}


def items_of(folder: Path) -> list[dict[str, Any]]:
    """The lines of the list of items of an export."""
    return [json.loads(line) for line in (folder / ITEMS).read_text().splitlines()]


def collection(folder: Path, films: Sequence[Film] = FILMS, told: Told = TOLD) -> Collection:
    """Make films, work through them and publish. The same clips, bytes and ids each time.

    Args:
        told: what models would have found, by stage.
    """
    made = Collection(Store(folder / "store"))
    settings = PipelineSettings.model_validate(STAGES).model_dump(mode="json")
    generation = generations.current(made.store, settings)
    for film in films:
        made.films[film.video_id] = film
        _work(made.store, film, write_source(film, folder), settings, folder, told)
        commit_video(made.store, film.video_id, settings, generation, None)
    publish(made.store)
    return made


def _work(store: Store, film: Film, source: Path, settings: dict[str, Any], folder: Path, told: Told) -> None:
    moment, digest = now(), digest_file(source)
    document = {
        "video_id": film.video_id,
        "extractor": "file",
        "url": f"https://example.org/{film.name}",
        "title": film.title or film.name,
        "channel_id": CHANNEL["channel_id"],
        "channel_title": CHANNEL["title"],
        "channel_url": CHANNEL["url"],
        "upload_day": "2026-01-05",
        "duration_s": film.n_frames / 25,
        "licence": film.licence or None,
        "uploader": "somebody",
        "first_seen": "2026-01-06T00:00:00+00:00",
    }
    uploads.record_sighting(store, film.video_id, document, moment)
    uploads.record_listing(store, CHANNEL, [{"video_id": film.video_id, "title": film.title}], moment)
    uploads.resolve(store, film.video_id, {"upload_day": "2026-01-05"})
    revision = Revision(1, digest, source.stat().st_size, "", str(source), moment.isoformat())
    uploads.add_revision(store, revision, film.video_id)
    names = pipeline.chain(settings, digest)
    found: dict[str, Result] = {}
    for stage in ("probe", "detect", "track", "landmarks", "syncnet", "iqa", "image", "hubert", "embed"):
        scratch = folder / "scratch" / film.video_id / stage
        scratch.mkdir(parents=True)
        job = Job(film.video_id, names[stage], source, found, {}, scratch)
        if stage in ("probe", "track"):
            kind = pipeline.stage_class(stage)
            output = kind(pipeline.params_of(settings, stage), Weights(folder / "models"), threads=1).process(job)
        else:
            output = told[stage](film, job)
        found[stage] = _written(store, film, stage, names[stage], output)


def _written(store: Store, film: Film, stage: str, name: str, output: Output) -> Result:
    schemas = pipeline.stage_class(stage).tables
    tables = {table: records.table(output.tables.get(table, []), schema) for table, schema in schemas.items()}
    tables["rejects"] = records.table([vars(reject) for reject in output.rejects], REJECTS)
    head = {"version": 1, "params": {}, "models": [], "inputs": {}, "facts": output.facts, "seconds": 0.0}
    head["media_seconds"] = film.n_frames / 25
    return results.write(
        store,
        stage=stage,
        video_id=film.video_id,
        fingerprint=name,
        head=head,
        tables=tables,
        media=output.media,
    )
