"""Which clips and uploads show again what another one shows: the tables that publish brings up to date."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from facelib.catalog.writer import CatalogWriter, rows_of
from facelib.collection.duplicates.equal_pictures import INVOLVED, standing
from facelib.collection.duplicates.similar_clips import FaceVectors, SimilarClips
from facelib.collection.people.tables import same_person, vector_table
from facelib.curate import earlier_items
from facelib.curate.duplicate_settings import DuplicateSettings
from facelib.curate.duplicate_uploads import ClipPair, Upload, duplicate_uploads
from facelib.curate.duplicates import Likeness, Quality, duplicates_of_kept
from facelib.curate.hash_parts import Hashes
from facelib.curate.people import PeopleSettings
from facelib.index.neighbours import Neighbours
from facelib.store.options import VectorFolder

Row = dict[str, Any]

_INVOLVED = f"""
WITH c AS MATERIALIZED (
    SELECT clip_id, video_id, face_side, end_s, start_s, has_audio FROM {rows_of("clips", "involved")}
),
u AS MATERIALIZED (SELECT video_id, upload_day, first_seen FROM {rows_of("uploads", "involved")}),
i AS MATERIALIZED (SELECT clip_id, face_sharpness FROM {rows_of("iqa", "involved")}),
y AS MATERIALIZED (SELECT clip_id, experimental, confidence FROM {rows_of("syncnet", "involved")})
SELECT c.clip_id, c.video_id, c.face_side, i.face_sharpness, c.end_s - c.start_s,
    if(y.experimental, NULL, y.confidence), c.has_audio, coalesce(nullif(u.upload_day, ''), '9999'), u.first_seen
FROM c JOIN u USING (video_id) LEFT JOIN i USING (clip_id) LEFT JOIN y USING (clip_id)
WHERE c.clip_id IN (SELECT clip_id FROM involved)
"""  # noqa: S608 - names of ours
_UPLOADS = f"""
SELECT v.video_id, coalesce(v.width, 0), coalesce(v.height, 0), coalesce(v.duration_s, 0), coalesce(v.has_audio, FALSE),
    coalesce(nullif(u.upload_day, ''), '9999'), u.first_seen,
    c.seconds, i.sharpness
FROM {rows_of("videos", "involved")} v JOIN {rows_of("uploads", "involved")} u USING (video_id)
LEFT JOIN (
    SELECT video_id, sum(end_s - start_s) AS seconds FROM {rows_of("clips", "involved")} GROUP BY 1
) c USING (video_id)
LEFT JOIN (
    SELECT video_id, median(face_sharpness) AS sharpness FROM {rows_of("iqa", "involved")} GROUP BY 1
) i USING (video_id)
"""  # noqa: S608 - names of ours
_IN_ORDER = """
SELECT h.clip_id, h.video_id, h.picture FROM hashes h JOIN clips c USING (clip_id)
JOIN uploads u ON u.video_id = h.video_id
ORDER BY u.first_seen, h.video_id, c.start_frame, c.number
"""


@dataclass(frozen=True)
class Faces:
    """Face vectors of one model, and how near those of duplicates are.

    Args:
        of: gives the vectors of some clips; those without one are left out.
        metric: of the vectors.
        near: largest distance of duplicates; below 0 none are by their vectors.
    """

    of: FaceVectors
    metric: str
    near: float

    @classmethod
    def none(cls) -> Self:
        """Where there are no vectors."""
        return cls(lambda clip_ids: {}, "cosine", -1.0)


def update(
    catalog: CatalogWriter,
    index: VectorFolder,
    models: Mapping[str, Mapping[str, Any]],
    settings: DuplicateSettings,
    keep_lock: Callable[[], None],
) -> dict[str, int]:
    """Bring ``similar_clips``, ``duplicates`` and ``duplicate_uploads`` up to the clips of the catalogue.

    Clips that were compared before, under the same commit and settings, are not compared again; the two last tables are
    made from ``similar_clips`` each time, which is as long as there are like clips.

    Args:
        catalog: the new catalogue, with the tables that the commits gave.
        index: the LanceDB folder, with the vectors of these commits.
        models: what the vectors of each table mean: task, model, metric.
        settings: what counts as a duplicate.
        keep_lock: called before each batch.

    Returns:
        Clips that were compared, and rows of the two tables.
    """
    faces = _faces(catalog, index, models, settings.face_share)
    compared = SimilarClips(catalog, settings, faces.of, faces.metric, faces.near, keep_lock).update()
    pairs = _pairs(catalog)
    if not pairs and settings.rule != "earlier":
        catalog.replace_all("duplicates", [])
        catalog.replace_all("duplicate_uploads", [])
        return {"compared": compared, "duplicates": 0, "duplicate_uploads": 0}
    catalog.query(INVOLVED)
    clips = {row[0]: row for row in catalog.query(_INVOLVED)}
    if settings.rule == "earlier":
        rows = _like_earlier(catalog, faces, settings)
    else:
        rows = _like_kept(pairs, clips, settings, faces, standing(catalog, settings))
    catalog.replace_all("duplicates", rows)
    uploads = _uploads(catalog, pairs, clips, settings)
    catalog.replace_all("duplicate_uploads", uploads)
    return {"compared": compared, "duplicates": len(rows), "duplicate_uploads": len(uploads)}


def near_of(model: str, share: float) -> float:
    """The largest distance of the vectors of duplicates; -1 where the model is not known, or none shall be compared."""
    return share * same_person(model) if share >= 0 and same_person(model) else -1.0


def in_order(query: Callable[[str], list[tuple[Any, ...]]]) -> tuple[list[str], list[str], Hashes]:
    """Every hashed clip by first sighting, video and time: ids, videos, and hashes of the face."""
    rows = query(_IN_ORDER)
    return [row[0] for row in rows], [row[1] for row in rows], np.array([row[2] for row in rows], np.uint64)


def _faces(catalog: CatalogWriter, index: VectorFolder, models: Mapping[str, Mapping[str, Any]], share: float) -> Faces:
    table = vector_table(catalog, models, PeopleSettings())
    if not table:
        return Faces.none()
    metric = str(models[table]["metric"])
    return Faces(Neighbours(index, table, metric).of, metric, near_of(str(models[table]["model"]), share))


def _pairs(catalog: CatalogWriter) -> list[Row]:
    names = ("clip_id", "other_id", "difference", "mirrored", "sound_error", "distance", "shift_s", "overlap_s")
    rows = catalog.query(f"SELECT {', '.join(names)} FROM similar_clips ORDER BY clip_id, other_id")  # noqa: S608
    return [dict(zip(names, row, strict=True)) for row in rows]


def _like_kept(
    pairs: list[Row], clips: Mapping[str, tuple[Any, ...]], settings: DuplicateSettings, faces: Faces, first: set[str]
) -> list[Row]:
    like: dict[str, list[Likeness]] = defaultdict(list)
    about: dict[tuple[str, str], Row] = {}
    for pair in pairs:
        if pair["difference"] <= settings.hash_distance:
            found = {"stage": 2, "difference": float(pair["difference"]), "unit": "bits"}
        elif pair["distance"] is not None and pair["distance"] <= faces.near:
            found = {"stage": 3, "difference": pair["distance"], "unit": faces.metric}
        else:
            continue
        rank = pair["difference"] if found["stage"] == 2 else 64 + pair["distance"]
        for one, other in ((pair["clip_id"], pair["other_id"]), (pair["other_id"], pair["clip_id"])):
            covered = pair["overlap_s"] >= settings.cover * clips[one][4] - 1e-6
            like[one].append(Likeness(other, rank, covered))
            about[one, other] = found | {"mirrored": pair["mirrored"]}

    def order(clip_id: str) -> tuple[Any, ...]:
        if clip_id in first:
            return (0, clip_id)
        _, _, side, sharpness, seconds, confidence, sound, day, seen = clips[clip_id]
        quality = Quality(sound, side, sharpness, seconds, confidence).order()
        return (1, (day, seen) if settings.keep == "earlier" else quality, day, seen, clip_id)

    rows = []
    for clip_id, likeness in sorted(duplicates_of_kept(sorted(like, key=order), like).items()):
        row = {"clip_id": clip_id, "video_id": clips[clip_id][1], "kept_clip_id": likeness.other}
        row |= about[clip_id, likeness.other]
        if row["stage"] == 2 and clips[likeness.other][1] == row["video_id"]:
            row["stage"] = 1
        rows.append(row)
    return rows


def _like_earlier(catalog: CatalogWriter, faces: Faces, settings: DuplicateSettings) -> list[Row]:
    ids, videos, hashes = in_order(catalog.query)
    rows = []
    found = earlier_items.three_stages(ids, videos, hashes, settings.hash_distance, faces.of, faces.near, faces.metric)
    for stage in found:
        for place in np.flatnonzero(stage.judged.duplicate):
            clip, near = stage.items[place], stage.items[stage.judged.nearest[place]]
            rows.append(
                {
                    "clip_id": ids[clip],
                    "video_id": videos[clip],
                    "kept_clip_id": ids[near],
                    "stage": stage.number,
                    "difference": float(stage.judged.difference[place]),
                    "unit": faces.metric if stage.number == 3 else "bits",
                    "mirrored": False,
                }
            )
    return sorted(rows, key=lambda row: str(row["clip_id"]))


def _uploads(
    catalog: CatalogWriter, pairs: list[Row], clips: Mapping[str, tuple[Any, ...]], settings: DuplicateSettings
) -> list[Row]:
    uploads = {}
    for video_id, width, height, duration, sound, day, seen, clip_s, sharpness in catalog.query(_UPLOADS):
        # A second more or less is how files are cut, not how good they are.
        quality = Quality(sound, width * height or None, sharpness, round(clip_s or 0), None).order()
        order = (day, seen) if settings.keep == "earlier" else (*quality, day, seen)
        uploads[video_id] = Upload(video_id, order, duration, (width, height), clip_s or 0.0)
    shared = [
        ClipPair(
            video_id=clips[pair["clip_id"]][1],
            other_video_id=clips[pair["other_id"]][1],
            seconds=clips[pair["clip_id"]][4],
            other_seconds=clips[pair["other_id"]][4],
            alike=pair["difference"] <= settings.hash_distance,
            **{name: pair[name] for name in ("clip_id", "other_id", "shift_s", "overlap_s", "mirrored")},
        )
        for pair in pairs
        if clips[pair["clip_id"]][1] != clips[pair["other_id"]][1]
    ]
    found = duplicate_uploads(
        shared, uploads, least_share=settings.upload_share, tolerance_s=settings.shift_tolerance_s
    )
    return [asdict(pair) for pair in found]
