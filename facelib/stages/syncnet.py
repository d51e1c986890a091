"""``syncnet``: how well lips and sound of each clip match, by how much one leads, and which parts speak in sync."""

from collections.abc import Iterable
from itertools import chain
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from facelib.media.grid import GRID_FPS
from facelib.models.faces import Floats
from facelib.models.syncnet import FRAMES, SyncNet, sound_windows
from facelib.stages.base import Job, Output, Params
from facelib.stages.clips import SERIES, Clip, ClipStage, Unmeasurable, row_of, series
from facelib.stages.mouth_correlation import mouth_sync
from facelib.stages.shift_curve import SHIFTS, shift_row
from facelib.stages.sync_scores import Edges, distances, frame_confidence, legacy_frame_confidence, score
from facelib.stages.sync_segments import RULES, segments
from facelib.stages.sync_windows import ClipSound, groups, picture_windows, sound_of

BATCH = 20
SYNCNET_COST = 1.0


class SyncnetParams(Params):
    """How lips and sound are compared."""

    model: Literal["mouth_correlation", "syncnet_v2", "none"] = Field(
        "mouth_correlation",
        description="'syncnet_v2'; or 'mouth_correlation', experimental: no weights, no confidence, no segments.",
    )
    max_shift: int = Field(15, ge=1, le=50, description="Largest offset that is looked for, frames of 40 ms.")
    edges: Edges = Field(
        "valid", description="Pairs beyond the clip's ends: left out, or (legacy) zero vectors, which bias the shifts."
    )
    windows: Literal["legacy", "all"] = Field(
        "legacy", description="Of n frames, score n - 5 windows, or all n - 4: the last needs 15 ms of sound too many."
    )
    min_frames: int = Field(
        36, ge=6, description="Clips with sound for fewer frames are rejected; 36 give every shift of 15 its 16 pairs."
    )
    min_peak: float = Field(-60.0, le=0, description="Clips whose loudest sample is below are rejected, dBFS.")
    good: float = Field(2.1, description="Confidence above which a frame counts in good_ratio.")
    rules: tuple[Literal["legacy", "dense", "strict"], ...] = Field(
        ("legacy", "dense", "strict"),
        description="Segments: confidence above 2.1; the same with 80 % good frames; above 3.0 with 80 % good frames.",
    )


class Syncnet(ClipStage[SyncnetParams]):
    """Scores the crop that SyncNet was trained on, in batches over the clips of a video."""

    name = "syncnet"
    version = 3
    params_type = SyncnetParams
    after: ClassVar[tuple[str, ...]] = ("track", "landmarks")
    cost = 0.02
    published: ClassVar[tuple[str, ...]] = ("syncnet", "segments")
    tables: ClassVar = {
        "syncnet": pa.schema(
            [
                ("clip_id", pa.string()),
                ("method", pa.string()),
                ("experimental", pa.bool_()),
                ("offset_frames", pa.int32()),
                ("offset_s", pa.float64()),
                ("confidence", pa.float32()),
                ("min_distance", pa.float32()),
                ("frame_confidence", pa.float32()),
                ("good_ratio", pa.float32()),
                ("score", pa.float32()),
                ("frames_scored", pa.int32()),
                ("sound_gap_s", pa.float64()),
                ("reason", pa.string()),
            ]
        ),
        "segments": pa.schema(
            [
                ("clip_id", pa.string()),
                ("rule", pa.string()),
                ("start_frame", pa.int32()),
                ("end_frame", pa.int32()),
                ("seconds", pa.float64()),
                ("good_ratio", pa.float32()),
                ("mean_confidence", pa.float32()),
                ("offset_frames", pa.int32()),
            ]
        ),
        "series": SERIES,
        "shifts": SHIFTS,
    }

    @classmethod
    def reads(cls, params: SyncnetParams) -> tuple[str, ...]:
        """The weight-free method needs the mouth opening of ``landmarks``."""
        return cls.after if params.model == "mouth_correlation" else ("track",)

    @classmethod
    def models(cls, params: SyncnetParams) -> tuple[str, ...]:
        """SyncNet, if it is chosen."""
        return ("syncnet_v2",) if params.model == "syncnet_v2" else ()

    @classmethod
    def predicted(cls, params: SyncnetParams) -> float:
        """SyncNet looks at 25 windows a second."""
        return SYNCNET_COST if params.model == "syncnet_v2" else cls.cost

    def open(self) -> None:
        """Load the model."""
        if self.params.model == "syncnet_v2":
            self._net = SyncNet(self.weights("syncnet_v2"), device=self.device)

    def measure(self, clip: Clip, job: Job, output: Output) -> None:
        """Say whether a clip can be scored; :meth:`finish` scores all together. The weight-free method rejects none."""
        if self.params.model == "syncnet_v2":
            self._sound(clip)
            if next(clip.frames(threads=self.threads), None) is None:
                raise Unmeasurable("no_frames", 0, 1, "frames")

    def finish(self, clips: list[Clip], job: Job, output: Output) -> None:
        """Score those clips of a video that can be."""
        if self.params.model == "mouth_correlation":
            self._correlate(clips, job, output)
            return
        rejected = {(reject.start_frame, reject.number) for reject in output.rejects}
        for group in groups([clip for clip in clips if (clip.start_frame, clip.number) not in rejected]):
            self._score(group, output)

    def _sound(self, clip: Clip) -> ClipSound:
        return sound_of(clip, min_peak=self.params.min_peak, min_frames=self.params.min_frames)

    def _score(self, clips: list[Clip], output: Output) -> None:
        sounds = [self._sound(clip) for clip in clips]
        spare = FRAMES if self.params.windows == "legacy" else FRAMES - 1
        counts = [sound.n_frames - spare for sound in sounds]
        both = list(zip(clips, sounds, counts, strict=True))
        pictures = (picture_windows(clip, count, threads=self.threads) for clip, _, count in both)
        cepstra = (sound_windows(sound.samples, sound.n_frames)[:count] for _, sound, count in both)
        batch, ends = self.batch(BATCH), np.cumsum(counts)[:-1]
        lips = np.split(np.array(batch.map(self._net.lips, chain.from_iterable(pictures))), ends)
        heard = np.split(np.array(batch.map(self._net.sound, chain.from_iterable(cepstra))), ends)
        for clip, sound, seen, other in zip(clips, sounds, lips, heard, strict=True):
            self._record(clip, sound, seen, other, output)

    def _record(self, clip: Clip, sound: ClipSound, lips: Floats, heard: Floats, output: Output) -> None:
        params, n = self.params, clip.n_frames
        scores = score(distances(lips, heard, params.max_shift, params.edges))
        confidence = frame_confidence(scores, n)
        known = confidence[np.isfinite(confidence)]
        row = row_of(
            self.tables["syncnet"],
            clip_id=clip.clip_id,
            method=params.model,
            experimental=False,
            **_offset(scores.offset_frames),
            confidence=scores.confidence,
            min_distance=scores.min_distance,
            frame_confidence=float(np.median(known)),
            good_ratio=float((known > params.good).mean()),
            frames_scored=sound.n_frames,
            sound_gap_s=sound.gap_s,
        )
        output.tables["syncnet"].append(row)
        output.tables["series"].append(series(clip.clip_id, "sync_confidence", "distance", range(n), confidence))
        # The means run from the largest lead of the sound to its largest lag.
        by_shift = scores.means[::-1].astype(np.float32)
        output.tables["shifts"].append(shift_row(clip.clip_id, "sync_distance", "distance", by_shift))
        legacy = score(distances(lips, heard, params.max_shift, "legacy"))
        for rule in params.rules:
            used, frames = (legacy, legacy_frame_confidence(legacy, n)) if rule == "legacy" else (scores, confidence)
            output.tables["segments"] += _segment_rows(clip.clip_id, rule, frames, used.offset_frames)

    def _correlate(self, clips: list[Clip], job: Job, output: Output) -> None:
        rows = job.inputs["landmarks"].rows("series")
        openings = {row["clip_id"]: row for row in rows if row["measure"] == "mouth_opening"}
        for clip in clips:
            found = self._mouth(clip, openings.get(clip.clip_id), output)
            about = {"clip_id": clip.clip_id, "method": self.params.model, "experimental": True}
            output.tables["syncnet"].append(row_of(self.tables["syncnet"], **about, **found))

    def _mouth(self, clip: Clip, row: dict[str, Any] | None, output: Output) -> dict[str, Any]:
        samples = clip.speech()
        if samples is None or row is None:
            return {"reason": "no_audio" if samples is None else "no_landmarks"}
        opening = np.full(clip.n_frames, np.nan, np.float32)
        opening[row["frames"]] = [np.nan if value is None else value for value in row["values"]]
        found = mouth_sync(opening, samples, fps=GRID_FPS, max_shift=self.params.max_shift)
        if np.isfinite(found.curve).any():
            output.tables["shifts"].append(shift_row(clip.clip_id, "mouth_correlation", "correlation", found.curve))
        score = None if np.isnan(found.score) else found.score
        if found.offset_frames is None:
            return {"reason": found.reason, "score": score}
        return {**_offset(found.offset_frames), "score": score}


def _offset(frames: int) -> dict[str, Any]:
    return {"offset_frames": frames, "offset_s": frames / GRID_FPS}


def _segment_rows(
    clip_id: str, rule: str, confidence: np.ndarray[Any, np.dtype[np.float64]], offset: int
) -> Iterable[dict[str, Any]]:
    for found in segments(confidence, RULES[rule]):
        yield {
            "clip_id": clip_id,
            "rule": rule,
            "start_frame": found.start,
            "end_frame": found.end,
            "seconds": (found.end - found.start) / GRID_FPS,
            "good_ratio": found.good_ratio,
            "mean_confidence": found.mean_confidence,
            "offset_frames": offset,
        }
