"""Measured offsets against true shifts, and what is called in sync."""

from benchmarks.accuracy.collection import Collection, Row
from benchmarks.accuracy.place import Place
from benchmarks.accuracy.section import named, not_measured, number, section, share, verdict
from benchmarks.accuracy.truth import IN_SYNC, SHIFTS
from docs.markdown import code, table
from facelib.stages.speaker import SpeakerParams

NEAR = 1
"""An offset is right when it is at most this many frames off."""
METHODS = {"light_asd": "offset_frames", "mouth_correlation": "mouth_offset"}


def offsets(collection: Collection, place: Place) -> str:
    """The section on offsets."""
    rows = []
    misses: list[str] = []
    errors: dict[str, list[int | None]] = {name: [] for name in METHODS}
    for file, true in SHIFTS.items():
        for clip in collection.of(file):
            cells = []
            for name, column in METHODS.items():
                error = None if clip[column] is None else clip[column] - true
                errors[name].append(error)
                good = error is not None and abs(error) <= NEAR
                misses += [] if good else [f"{code(name)} in {code(file)}"]
                cells.append(number(clip[column], "+d") + ("" if good else " **missed**"))
            rows.append([code(file), str(clip["end_frame"] - clip["start_frame"]), f"{true:+d}", *cells])
    summary = [_summary(name, found) for name, found in errors.items()]
    return section(
        "Offset of the sound",
        "Frames of 40 ms by which the sound leads; below 0 it lags. An offset is right when it is at most "
        f"{NEAR} frame off. `mouth_correlation` is experimental and needs no weights.",
        table(["file", "frames", "true", "`light_asd`", "`mouth_correlation`, experimental"], rows),
        table(["method", "exact", f"within {NEAR} frame", "mean error, frames"], summary),
        named(misses),
        not_measured(place, {"syncnet_v2": ("syncnet_v2",)}),
    )


def in_sync(collection: Collection) -> str:
    """The section on what is called in sync."""
    rows, misses, right = [], [], 0
    for file, true in IN_SYNC.items():
        for clip in collection.of(file):
            good = (clip["in_sync"] is True) is true
            right += good
            misses += [] if good else [code(file)]
            scores = [
                number(clip["mean_score"], "+.2f"),
                number(clip["offset_frames"], "+d"),
                number(clip["sync_score"]),
            ]
            rows.append([code(file), "yes" if true else "no", _said(clip), *scores, verdict(good)])
    without = [code(file) for file in IN_SYNC if not collection.of(file)]
    return section(
        "In sync or not",
        "`light_asd`: a clip is in sync when its offset is 2 frames or less and its sync score "
        f"{SpeakerParams().min_sync_score} or more. A clip without sound is not scored, which counts as not in sync. "
        f"Right: {share(right, len(rows))}.",
        table(["file", "true", "in sync", "mean score, logit", "offset, frames", "sync score, logit", "result"], rows),
        named(misses),
        f"Files without a clip: {', '.join(without)}." if without else "",
    )


def _said(clip: Row) -> str:
    if clip["in_sync"] is None:
        return f"not computed: {clip['speaker_reject']}" if clip["speaker_reject"] else "not computed"
    return "yes" if clip["in_sync"] else "no"


def _summary(name: str, errors: list[int | None]) -> list[str]:
    known = [abs(error) for error in errors if error is not None]
    mean = sum(known) / len(known) if known else None
    exact, near = sum(error == 0 for error in known), sum(error <= NEAR for error in known)
    return [code(name), share(exact, len(errors)), share(near, len(errors)), f"{number(mean)} (n = {len(known)})"]
