"""Holds clips that are new in the catalogue against all others, and writes down which are alike and how.

Clips with sound are looked up by their sound, which tells two takes of one unmoving camera apart; the pictures of what
is found are compared then. Clips without sound are looked up by the hash of the face. The cost grows with the number of
new clips, and with all clips only by one pass over the columns that are searched.

What very many clips share, such as a jingle or a still picture, does not make a row for each two of them: sound that
more than ``COMMON`` clips have finds nothing, and of equal pictures a few stand for all others
(:mod:`facelib.collection.equal_pictures`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from facelib.catalog.writer import CatalogWriter
from facelib.collection.equal_pictures import STANDING, equals
from facelib.collection.intake import batches
from facelib.curate.duplicate_settings import DuplicateSettings
from facelib.curate.hamming import pairs_within
from facelib.curate.sound_match import entries, likely_shifts, match
from facelib.distances import distance
from facelib.media.sound_print import STEPS_A_SECOND, from_text

BATCH = 5000
"""New clips that are looked up at a time, and pairs that are compared at a time; bounds the memory."""
COMMON = 1000
"""Clips that may share a word of their sound; what more share, such as a jingle, tells nothing of any two."""

CURRENT = "SELECT h.clip_id, v.commit_key || ' ' || ? AS state FROM hashes h JOIN videos v USING (video_id)"
GONE = f"SELECT clip_id FROM compared ANTI JOIN ({CURRENT}) USING (clip_id, state)"  # noqa: S608
NEW = f"SELECT * FROM ({CURRENT}) ANTI JOIN compared USING (clip_id)"  # noqa: S608
ABOUT = (
    "SELECT h.clip_id, h.video_id, h.picture, h.mirrored, h.pictures, h.sound, c.start_s, c.end_s "
    "FROM hashes h JOIN clips c USING (clip_id) WHERE h.clip_id IN (SELECT unnest(?::VARCHAR[]))"
)
BY_SOUND = """
CREATE OR REPLACE TEMP TABLE met AS
WITH new AS (SELECT * FROM sound_words WHERE clip_id IN (SELECT unnest(?::VARCHAR[]))),
common AS (
    SELECT word FROM sound_words WHERE word IN (SELECT word FROM new) GROUP BY 1 HAVING count(DISTINCT clip_id) > ?
),
pairs AS (
    SELECT least(n.clip_id, o.clip_id) AS one, greatest(n.clip_id, o.clip_id) AS other,
        if(n.clip_id < o.clip_id, o.step - n.step, n.step - o.step) AS shift
    FROM (SELECT * FROM new ANTI JOIN common USING (word)) n
    JOIN sound_words o ON n.word = o.word AND n.clip_id <> o.clip_id
)
SELECT one, other, list(shift ORDER BY shift) AS shifts FROM pairs GROUP BY ALL ORDER BY ALL
"""
KNOWN = """
SELECT clip_id, other_id FROM similar_clips
SEMI JOIN (SELECT unnest(?::VARCHAR[]) AS clip_id, unnest(?::VARCHAR[]) AS other_id) USING (clip_id, other_id)
"""
FIELDS = ("clip_id", "video_id", "picture", "mirrored", "pictures", "sound", "start_s", "end_s")

FaceVectors = Callable[[Sequence[str]], Mapping[str, NDArray[np.float32]]]
Row = dict[str, Any]


class SimilarClips:
    """Keeps ``similar_clips`` and what it is found by up to date.

    Args:
        catalog: the new catalogue, with the tables that the commits gave.
        settings: what counts as alike.
        vectors: gives the face vectors of some clips; those without one are left out.
        metric: of these vectors.
        near: largest distance of the vectors of duplicates; below 0 there are none by this.
        keep_lock: called before each batch.
    """

    def __init__(
        self,
        catalog: CatalogWriter,
        settings: DuplicateSettings,
        vectors: FaceVectors,
        metric: str,
        near: float,
        keep_lock: Callable[[], None],
    ) -> None:
        self._catalog = catalog
        self._settings = settings
        self._vectors = vectors
        self._metric = metric
        self._near = near
        self._keep_lock = keep_lock

    def update(self) -> int:
        """Forget what is gone or has changed, and compare what is new; returns the number of clips compared."""
        key = f"{self._settings.compared_by()},{self._near:g}"
        gone = self._ids(GONE, key)
        for batch in batches(gone, BATCH):
            self._keep_lock()
            for table, column in (("similar_clips", "clip_id"), ("similar_clips", "other_id")):
                self._catalog.delete(table, column, batch)
            for table in ("sound_words", "compared"):
                self._catalog.delete(table, "clip_id", batch)
        new = self._ids(f"SELECT clip_id FROM ({NEW}) ORDER BY 1", key)  # noqa: S608
        for batch in batches(new, BATCH):
            self._keep_lock()
            self._enter(batch)
            if self._settings.sound == "agree":
                self._write(self._with_sound(batch))
        if new:
            self._write(self._by_picture())
        self._catalog.query(f"INSERT INTO compared {NEW}", [key])
        return len(new)

    def _ids(self, sql: str, key: str) -> list[str]:
        return [clip_id for (clip_id,) in self._catalog.query(sql, [key])]

    def _about(self, clip_ids: Sequence[str]) -> dict[str, Row]:
        rows = self._catalog.query(ABOUT, [list(clip_ids)])
        return {row[0]: dict(zip(FIELDS, row, strict=True)) for row in rows}

    def _enter(self, batch: Sequence[str]) -> None:
        """Make clips known by their sound."""
        words, steps, ids = [np.zeros(0, np.uint32)], [np.zeros(0, np.int32)], []
        for clip_id, row in sorted(self._about(batch).items()):
            found, places = entries(from_text(row["sound"]))
            words.append(found)
            steps.append(places)
            ids += [clip_id] * len(found)
        columns = {"word": np.concatenate(words), "step": np.concatenate(steps), "clip_id": pa.array(ids, pa.string())}
        self._catalog.insert_table("sound_words", pa.table(columns))

    def _with_sound(self, batch: Sequence[str]) -> Iterator[Row]:
        self._catalog.query(BY_SOUND, [list(batch), COMMON])
        ((count,),) = self._catalog.query("SELECT count(*) FROM met")
        for start in range(0, count, BATCH):
            self._keep_lock()
            page = "SELECT one, other, shifts FROM met WHERE rowid >= ? AND rowid < ? ORDER BY rowid"
            yield from self._sounding_alike(self._catalog.query(page, [start, start + BATCH]))
        self._catalog.query("DROP TABLE met")

    def _sounding_alike(self, met: list[tuple[str, str, list[int]]]) -> Iterator[Row]:
        about = self._about(sorted({clip for one, other, _ in met for clip in (one, other)}))
        least = round(self._settings.min_overlap_s * STEPS_A_SECOND) - STEPS_A_SECOND
        prints = {clip_id: from_text(row["sound"]) for clip_id, row in about.items()}
        for one, other, shifts in met:
            found = match(prints[one], prints[other], likely_shifts(np.array(shifts)), least=max(4, least))
            if found is None or found.error > self._settings.max_sound_error:
                continue
            a, b = about[one], about[other]
            shift = b["start_s"] - a["start_s"] + found.shift / STEPS_A_SECOND
            overlap = min(a["end_s"] + shift, b["end_s"]) - max(a["start_s"] + shift, b["start_s"])
            yield _row(a, b, sound_error=found.error, shift_s=shift, overlap_s=max(0.0, overlap))

    def _by_picture(self) -> Iterator[Row]:
        """Pairs of which at least one is new, and at least one has no sound where sound counts."""
        settings = self._settings
        if settings.hash_distance < 0:
            return
        everything = self._catalog.columns(
            f"SELECT h.clip_id, picture, mirrored, heard, k.clip_id IS NULL AS fresh, nth <= {STANDING} AS stands "  # noqa: S608
            f"FROM ({equals(settings)}) AS h LEFT JOIN compared k USING (clip_id) ORDER BY 1"
        )
        ids = everything.column("clip_id").to_numpy(zero_copy_only=False)
        picture, mirrored = (everything.column(name).to_numpy() for name in ("picture", "mirrored"))
        heard, fresh, stands = (
            everything.column(name).to_numpy(zero_copy_only=False) for name in ("heard", "fresh", "stands")
        )
        whole = np.ones(len(ids), np.bool_)
        sides = ((fresh & ~heard, whole), (fresh & heard, ~heard & ~fresh))
        for asking, some, asked in (
            part for a, b in sides for part in ((a, a, b & stands), (a, a & stands, b & ~stands))
        ):
            rows, others = np.flatnonzero(some), np.flatnonzero(asked)
            for hashes in (picture, mirrored):
                for found in pairs_within(hashes[rows], settings.hash_distance, against=picture[others]):
                    self._keep_lock()
                    one, other = rows[found.one], others[found.other]
                    twice = asking[other] & (one > other)  # met from both sides
                    chosen = (one != other) & ~twice
                    yield from self._silent(ids[one[chosen]], ids[other[chosen]])

    def _silent(self, ones: Any, others: Any) -> Iterator[Row]:
        for start in range(0, len(ones), BATCH):
            met = zip(ones[start : start + BATCH], others[start : start + BATCH], strict=True)
            batch = sorted({(min(a, b), max(a, b)) for a, b in met})
            about = self._about(sorted({clip for pair in batch for clip in pair}))
            for one, other in batch:
                a, b = about[one], about[other]
                lengths = [row["end_s"] - row["start_s"] for row in (a, b)]
                same_length = abs(lengths[0] - lengths[1]) <= self._settings.silent_tolerance_s
                row = _row(a, b, sound_error=None, shift_s=b["start_s"] - a["start_s"], overlap_s=min(lengths))
                if self._settings.sound == "ignore" or (same_length and self._in_step(a, b)):
                    yield row

    def _in_step(self, one: Row, other: Row) -> bool:
        """Whether the hashed frames, in order, differ by no more than the limit in the mean."""
        ours, theirs = _hashes(one["pictures"]), _hashes(other["pictures"])
        if len(ours) != len(theirs):
            return False
        turned = np.packbits(np.unpackbits(ours.view(np.uint8)).reshape(-1, 8)[:, ::-1]).view(np.uint64)
        found = min(np.bitwise_count(hashes ^ theirs).mean() for hashes in (ours, turned))
        return bool(found <= self._settings.hash_distance)

    def _write(self, rows: Iterable[Row]) -> None:
        """Keep what can make a duplicate clip, or upload: of one video only clips whose faces are alike too."""
        rows = iter(rows)
        while found := list(islice(rows, BATCH)):
            self._keep_lock()
            by_pair = {(row["clip_id"], row["other_id"]): row for row in found}
            for pair in self._catalog.query(KNOWN, [list(side) for side in zip(*by_pair, strict=True)]):
                del by_pair[pair]
            batch = list(by_pair.values())
            vectors = self._vectors(sorted({row[side] for row in batch for side in ("clip_id", "other_id")}))
            for row in batch:
                one, other = vectors.get(row["clip_id"]), vectors.get(row["other_id"])
                if one is not None and other is not None:
                    row["distance"] = float(distance(one, other, self._metric))
            kept = [row for row in batch if not row.pop("same_video") or self._faces_alike(row)]
            self._catalog.insert("similar_clips", kept)

    def _faces_alike(self, row: Row) -> bool:
        near = row["distance"] is not None and row["distance"] <= self._near
        return bool(near or row["difference"] <= self._settings.hash_distance)


def _row(one: Row, other: Row, **values: Any) -> Row:
    straight = (one["picture"] ^ other["picture"]).bit_count()
    turned = (one["mirrored"] ^ other["picture"]).bit_count()
    return {
        "clip_id": one["clip_id"],
        "other_id": other["clip_id"],
        "same_video": one["video_id"] == other["video_id"],
        "difference": min(straight, turned),
        "mirrored": turned < straight,
        "distance": None,
        **values,
    }


def _hashes(text: str) -> Any:
    return np.array([int(text[at : at + 16], 16) for at in range(0, len(text), 16)], np.uint64)
