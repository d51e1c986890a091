"""One clip as the parts of the page see it: its rows, its results, its sound."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facelib.collection.clip.results import stage_result
from facelib.collection.clip.timeline import FPS, ClipTimeline
from facelib.errors import StoreError
from facelib.search import FaceSearch
from facelib.store.objects import Store


@dataclass(frozen=True)
class Look:
    """A clip of the newest publication.

    Args:
        store: the store.
        search: over the publication.
        clip: columns as of ``Catalog.clips``.
        timeline: what was measured of each frame.
    """

    store: Store
    search: FaceSearch
    clip: dict[str, Any]
    timeline: ClipTimeline

    @property
    def clip_id(self) -> str:
        """Its id."""
        return str(self.clip["clip_id"])

    @property
    def seconds(self) -> float:
        """Its length, s."""
        return self.timeline.n_frames / FPS

    def rows(self, table: str, order: str) -> list[dict[str, Any]]:
        """The rows of a table of the catalogue about the clip."""
        sql = f"SELECT * FROM {table} WHERE clip_id = ? ORDER BY {order}"  # noqa: S608 - names of ours
        return self.search.catalog.rows(sql, [self.clip_id])

    def sound(self) -> Path | None:
        """Its sound, 16 kHz mono WAV; None where it has none.

        Raises:
            StoreError: it has some, and the file is gone.
        """
        if not self.clip["has_audio"]:
            return None
        key = f"{self.clip['media_key'].removesuffix('.mp4')}.wav"
        if not self.store.exists(key):
            raise StoreError(
                "the file of this clip's sound is not in the store",
                hint="'facelib doctor' says what is missing",
                reason="no_file",
            )
        return self.store.local(key)

    def must(self, stage: str) -> None:
        """Say why a stage told nothing of the clip.

        Raises:
            StoreError: always; with the reason where the stage was not computed.
        """
        stage_result(self.store, self.search.catalog, self.clip["video_id"], stage)
        rejects = self.search.catalog.rows(
            "SELECT reason, measured, threshold, unit FROM rejects "
            "WHERE video_id = ? AND stage = ? AND kind = 'clip' AND start_frame = ? AND number = ?",
            [self.clip["video_id"], stage, self.clip["start_frame"], self.clip["number"]],
        )
        why = "; ".join(f"{r['reason']} ({r['measured']:g} {r['unit']}, wanted {r['threshold']:g})" for r in rejects)
        raise StoreError(
            f"the stage {stage} measured nothing in this clip" + (f": {why}" if why else ""), reason="no_row"
        )

    def offsets(self) -> dict[str, float]:
        """By how many seconds the sound leads, by the method that found it."""
        found: dict[str, float] = {}
        for row in self.rows("syncnet", "experimental"):
            if row["offset_s"] is not None:
                found[row["method"]] = row["offset_s"]
        for row in self.rows("speaker", "clip_id"):
            if row["offset_s"] is not None:
                found["light_asd"] = row["offset_s"]
        return found

    def sync_words(self) -> list[str]:
        """What the methods of lip sync say, a sentence each."""
        said = []
        for row in self.rows("syncnet", "experimental"):
            about = f"{row['method']}{' (experimental, a hint only)' if row['experimental'] else ''}"
            if row["offset_s"] is None:
                said.append(f"{about}: no offset was found{_because(row['reason'])}.")
                continue
            figures = [f"{name} {row[column]:.2f}" for name, column in _FIGURES if row[column] is not None]
            said.append(
                f"{about}: {_leads(row['offset_frames'], row['offset_s'])}" + "".join(f", {f}" for f in figures)
            )
        for row in self.rows("speaker", "clip_id"):
            if row["offset_s"] is not None:
                state = "in sync" if row["in_sync"] else "not in sync"
                leads = _leads(row["offset_frames"], row["offset_s"])
                said.append(f"light_asd: {leads}, {state}, sync score {row['sync_score']:.2f} (logit)")
        return said

    def segment_rule(self) -> str:
        """The rule whose segments are shown: the strictest that found any; empty where none did."""
        rules = {row["rule"] for row in self.rows("segments", "rule")}
        return next((rule for rule in ("strict", "dense", "legacy") if rule in rules), "")


_FIGURES = (
    ("LSE-C", "confidence"),
    ("LSE-D", "min_distance"),
    ("correlation at no shift above that at far ones", "score"),
)


def _leads(frames: int, seconds: float) -> str:
    if frames == 0:
        return "sound and picture are together (0 frames)"
    way = "leads" if frames > 0 else "lags"
    return f"the sound {way} by {abs(frames)} frame{'' if abs(frames) == 1 else 's'} of 40 ms ({abs(seconds):.2f} s)"


def _because(reason: str | None) -> str:
    return f" ({reason.replace('_', ' ')})" if reason else ""
