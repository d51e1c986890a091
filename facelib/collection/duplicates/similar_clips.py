"""Holds clips that are new in the catalogue against all others, and writes down which are alike and how.

Clips with sound are looked up by their sound, which tells two takes of one unmoving camera apart; the pictures of what
is found are compared then. Clips without sound are looked up by the hash of the face. The cost grows with the number of
new clips, and with all clips only by one pass over the column that is searched: 8 bytes a clip for pictures.

What very many clips share, such as a jingle or a still picture, does not make a row for each two of them: sound that
more than ``COMMON`` clips have finds nothing, and of equal pictures a few stand for all others
(:mod:`facelib.collection.duplicates.equal_pictures`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from facelib.catalog.writer import CatalogWriter, rows_of
from facelib.collection.duplicates.equal_pictures import STANDING, equals
from facelib.collection.intake import batches
from facelib.curate.duplicate_settings import DuplicateSettings
from facelib.curate.hamming import pairs_within
from facelib.curate.hamming_few import near_any
from facelib.curate.sound_match import entries
from facelib.curate.sound_pairs import match_pairs
from facelib.distances import distance
from facelib.media.sound_print import STEPS_A_SECOND, from_text

BATCH = 5000
"""New clips that are looked up at a time, and pairs that are compared at a time; bounds the memory."""
COMMON = 1000
"""Clips that may share a word of their sound; what more share, such as a jingle, tells nothing of any two."""

# Each table is cut down to the videos at hand before any join: ids of clips are long, and comparing them is the cost.
CURRENT = f"""
CREATE OR REPLACE TEMP TABLE current AS
WITH h AS MATERIALIZED (SELECT clip_id, video_id FROM {rows_of("hashes")}),
v AS MATERIALIZED (SELECT video_id, commit_key FROM {rows_of("videos")})
SELECT h.clip_id, h.video_id, v.commit_key || ' ' || ? AS state FROM h JOIN v USING (video_id)
"""  # noqa: S608 - names of ours
BEFORE = f"CREATE OR REPLACE TEMP TABLE before AS SELECT clip_id, state FROM {rows_of('compared')}"  # noqa: S608
GONE = "SELECT clip_id FROM before ANTI JOIN current USING (clip_id, state)"
NEW = (
    "SELECT clip_id, video_id, state FROM current "
    "WHERE NOT EXISTS (FROM before WHERE before.clip_id = current.clip_id AND before.state = current.state) "
    "ORDER BY clip_id"
)
ABOUT = f"""
WITH asked AS MATERIALIZED (SELECT unnest(?::VARCHAR[]) AS clip_id),
h AS MATERIALIZED (
    SELECT clip_id, video_id, picture, mirrored, pictures, sound FROM hashes
    WHERE rowid IN (SELECT rowid FROM hashes WHERE clip_id IN (FROM asked))
),
c AS MATERIALIZED (SELECT clip_id, start_s, end_s FROM {rows_of("clips", "h")})
SELECT h.clip_id, h.video_id, h.picture, h.mirrored, h.pictures, h.sound, c.start_s, c.end_s
FROM h JOIN c USING (clip_id)
"""  # noqa: S608 - names of ours
ENTERED = "CREATE OR REPLACE TEMP TABLE entered (word UINTEGER)"
"""Makes the table of the words of new clips."""
WITH_NEW = """
CREATE OR REPLACE TEMP TABLE shared AS
SELECT word, step, clip_id, clip_id IN (SELECT unnest(?::VARCHAR[])) AS is_new FROM sound_words
WHERE rowid IN (SELECT rowid FROM sound_words WHERE word IN (FROM entered))
"""
"""Every place of every word that a new clip has."""
NUMBERED = """
CREATE OR REPLACE TEMP TABLE numbered AS
SELECT clip_id, (row_number() OVER (ORDER BY clip_id))::INTEGER AS number FROM (SELECT DISTINCT clip_id FROM shared)
"""
"""Numbers for their clips, in the order of their ids: numbers are joined and grouped much faster than ids."""
BY_SOUND = """
CREATE OR REPLACE TEMP TABLE met AS
WITH places AS (
    SELECT word, step, number, is_new FROM shared
    ANTI JOIN (SELECT word FROM shared GROUP BY 1 HAVING count(DISTINCT clip_id) > ?) USING (word)
    JOIN numbered USING (clip_id)
),
agreeing AS (
    SELECT a.number AS one, b.number AS other, b.step - a.step AS shift, count(*) AS votes
    FROM places a JOIN places b ON a.word = b.word AND a.number < b.number AND (a.is_new OR b.is_new) GROUP BY ALL
)
SELECT one, other, list(shift ORDER BY shift) AS shifts, list(votes ORDER BY shift) AS votes,
    row_number() OVER (ORDER BY one, other) - 1 AS place
FROM agreeing GROUP BY one, other ORDER BY place
"""
"""Pairs of clips of which one is new, at which shifts words of them agree, and how many; numbered from 0."""
KNOWN = """
SELECT clip_id, other_id FROM similar_clips
SEMI JOIN (SELECT unnest(?::VARCHAR[]) AS clip_id, unnest(?::VARCHAR[]) AS other_id) USING (clip_id, other_id)
"""
FRESH = "CREATE OR REPLACE TEMP TABLE fresh AS SELECT unnest(?::VARCHAR[]) AS clip_id"
LOOKED_AT = "SELECT picture FROM looked_at"
WHAT = "duplicates"
FIELDS = ("clip_id", "video_id", "picture", "mirrored", "pictures", "sound", "start_s", "end_s")

FaceVectors = Callable[[Sequence[str]], Mapping[str, NDArray[np.float32]]]
Row = dict[str, Any]


def compared_by(settings: DuplicateSettings, near: float) -> str:
    """Names what decides which clips are alike; all are compared again when it changes."""
    return f"{settings.compared_by()},{near:g}"


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
        key = compared_by(self._settings, self._near)
        if self._catalog.state(WHAT) != key:
            self._catalog.touch_all()
        self._catalog.query(CURRENT, [key])
        self._catalog.query(BEFORE)
        gone = [clip_id for (clip_id,) in self._catalog.query(GONE)]
        for batch in batches(gone, BATCH):
            self._keep_lock()
            for table, column in (("similar_clips", "clip_id"), ("similar_clips", "other_id")):
                self._catalog.delete(table, column, batch)
            for table in ("sound_words", "compared"):
                self._catalog.delete(table, "clip_id", batch)
        new = self._catalog.query(NEW)
        for batch in batches(new, BATCH):
            self._keep_lock()
            self._enter(batch)
            if self._settings.sound == "agree":
                self._write(self._with_sound([clip_id for clip_id, *_ in batch]))
        if new:
            self._write(self._by_picture([clip_id for clip_id, *_ in new]))
        self._catalog.note(WHAT, key)
        return len(new)

    def _about(self, clip_ids: Sequence[str]) -> dict[str, Row]:
        rows = self._catalog.query(ABOUT, [list(clip_ids)])
        return {row[0]: dict(zip(FIELDS, row, strict=True)) for row in rows}

    def _enter(self, batch: Sequence[tuple[str, str, str]]) -> None:
        """Make clips, with their videos and states, known, and known by their sound."""
        words, steps, ids = [np.zeros(0, np.uint32)], [np.zeros(0, np.int32)], []
        about = self._about([clip_id for clip_id, *_ in batch])
        for clip_id, row in sorted(about.items()):
            found, places = entries(from_text(row["sound"]))
            words.append(found)
            steps.append(places)
            ids += [clip_id] * len(found)
        heard = set(ids)
        compared = [{"clip_id": c, "video_id": v, "heard": c in heard, "state": state} for c, v, state in batch]
        self._catalog.insert("compared", compared)
        columns = {"word": np.concatenate(words), "step": np.concatenate(steps), "clip_id": pa.array(ids, pa.string())}
        self._catalog.insert_table("sound_words", pa.table(columns))
        self._catalog.query(ENTERED)
        self._catalog.insert_table("entered", pa.table({"word": np.unique(columns["word"])}))

    def _with_sound(self, batch: Sequence[str]) -> Iterator[Row]:
        self._catalog.query(WITH_NEW, [list(batch)])
        self._catalog.query(NUMBERED)
        self._catalog.query(BY_SOUND, [COMMON])
        ((count,),) = self._catalog.query("SELECT count(*) FROM met")
        for start in range(0, count, BATCH):
            self._keep_lock()
            page = "SELECT * FROM met WHERE place >= ? AND place < ? ORDER BY place"
            yield from self._sounding_alike(self._catalog.columns(page, [start, start + BATCH]))
        for table in ("entered", "shared", "numbered", "met"):
            self._catalog.query(f"DROP TABLE {table}")

    def _sounding_alike(self, met: pa.Table) -> Iterator[Row]:
        numbers, sides = np.unique([met.column(side).to_numpy() for side in ("one", "other")], return_inverse=True)
        ones, others = sides.reshape(2, -1).astype(np.int64)
        named = "SELECT clip_id FROM numbered WHERE number IN (SELECT unnest(?::INTEGER[])) ORDER BY number"
        ids = [clip_id for (clip_id,) in self._catalog.query(named, [numbers.tolist()])]
        rows = self._about(ids)
        about = [rows[clip_id] for clip_id in ids]
        least = round(self._settings.min_overlap_s * STEPS_A_SECOND) - STEPS_A_SECOND
        shifts, votes = (met.column(name).combine_chunks() for name in ("shifts", "votes"))
        found = match_pairs(
            [from_text(row["sound"]) for row in about],
            ones,
            others,
            shifts.value_parent_indices().to_numpy().astype(np.int64),
            shifts.flatten().to_numpy().astype(np.int64),
            votes.flatten().to_numpy().astype(np.int64),
            least=max(4, least),
        )
        for pair, steps, error in zip(found.pair.tolist(), found.shift.tolist(), found.error.tolist(), strict=True):
            if error > self._settings.max_sound_error:
                continue
            a, b = about[ones[pair]], about[others[pair]]
            shift = b["start_s"] - a["start_s"] + steps / STEPS_A_SECOND
            overlap = min(a["end_s"] + shift, b["end_s"]) - max(a["start_s"] + shift, b["start_s"])
            yield _row(a, b, sound_error=error, shift_s=shift, overlap_s=max(0.0, overlap))

    def _by_picture(self, new: Sequence[str]) -> Iterator[Row]:
        """Pairs of which at least one is new, and at least one has no sound where sound counts."""
        settings = self._settings
        if settings.hash_distance < 0:
            return
        everything = self._like_new(new)
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

    def _like_new(self, new: Sequence[str]) -> pa.Table:
        """The new clips, and all whose picture is near one of theirs, with those that are equal to them."""
        self._catalog.query(FRESH, [list(new)])
        asked = self._catalog.columns(
            f"SELECT picture, mirrored FROM {rows_of('hashes')} WHERE clip_id IN (SELECT clip_id FROM fresh)"  # noqa: S608
        )
        hashes = np.concatenate([asked.column(name).to_numpy() for name in ("picture", "mirrored")])
        every = self._catalog.columns("SELECT picture FROM hashes").column("picture").to_numpy()
        near = np.unique(every[near_any(hashes, every, self._settings.hash_distance)])
        self._catalog.query("CREATE OR REPLACE TEMP TABLE looked_at (picture UBIGINT)")
        self._catalog.insert_table("looked_at", pa.table({"picture": near}))
        found = self._catalog.columns(
            f"SELECT h.clip_id, picture, mirrored, heard, k.clip_id IS NOT NULL AS fresh, nth <= {STANDING} AS stands "  # noqa: S608
            f"FROM ({equals(self._settings, LOOKED_AT)}) AS h LEFT JOIN fresh k USING (clip_id) ORDER BY 1"
        )
        self._catalog.query("DROP TABLE fresh")
        self._catalog.query("DROP TABLE looked_at")
        return found

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
