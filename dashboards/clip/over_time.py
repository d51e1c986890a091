"""What was measured of the clip from frame to frame: speech, sync, quality, pose."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st

from dashboards import url
from dashboards.clip import charts
from dashboards.clip.look import Look
from dashboards.problems import plain
from dashboards.words import counted
from facelib.collection.clip.sound import Waveform, waveform
from facelib.collection.clip.timeline import Series
from facelib.errors import FacelibError

FIRST = "face_sharpness"
CURVES = {
    "sync_distance": (
        "mean distance of lips and sound (SyncNet)",
        "The lowest point is the offset; how far it lies below the median of the curve is the confidence, LSE-C.",
    ),
    "speaking_by_shift": (
        "mean score that the face speaks, logit (Light-ASD)",
        "The highest point is the offset; how far it rises above shifts of 0.24 s and more is the sync score.",
    ),
    "mouth_correlation": (
        "correlation of mouth and sound, −1 to 1",
        "Movement of the mouth against the sound: a hint only, which no verdict rests on. Its score is how far the "
        "curve within 0.08 s of no shift rises above that at 0.24 s and more: a peak elsewhere does not raise it.",
    ),
}
"""What each curve over shifts shows, with its unit, and how it is read."""


def draw(look: Look) -> None:
    """Four charts; a sentence in place of each that has nothing to show."""
    for title, part in (
        ("Speech", _speech),
        ("Lip sync", _sync),
        ("Picture quality", _quality),
        ("Head pose", _pose),
        ("Mouth and eyes", _openings),
    ):
        st.subheader(title, anchor=False)
        _said(part, look)


def _said(part: Callable[[Look], None], look: Look) -> None:
    """Draw a part, or say why it cannot be."""
    try:
        part(look)
    except FacelibError as error:
        hint = f" {error.hint[:1].upper()}{error.hint[1:]}." if error.hint else ""
        st.info(plain(f"{error.message[:1].upper()}{error.message[1:]}.{hint}"), icon=":material/info:")


def _speech(look: Look) -> None:
    sound = look.sound()
    if sound is None:
        st.info("This clip has no sound.", icon=":material/volume_off:")
        return
    rows = look.rows("speech_segments", "start_s")
    start = look.clip["start_s"]
    speech = [(max(0.0, row["start_s"] - start), min(look.seconds, row["end_s"] - start)) for row in rows]
    voice = next(iter(look.rows("voice", "clip_id")), {})
    change = voice["change_at_s"] - start if voice.get("speaker_change") and voice["change_at_s"] is not None else None
    charts.wave(_waveform(look.clip["media_key"], sound), speech, change, look.seconds)
    told = next(iter(look.rows("speech", "clip_id")), None)
    if told is None:
        _said(lambda at: at.must("speech"), look)
        return
    words = [f"{counted(len(speech), 'segment')} of speech, {told['speech_s'] or 0:.1f} of {look.seconds:.1f} s"]
    words += (
        [f"loudness {told['loudness_lufs']:.1f} LUFS".replace("-", "−")] if told["loudness_lufs"] is not None else []
    )
    words += [f"speech over noise {told['snr_db']:.0f} dB"] if told["snr_db"] is not None else []
    words += ["the voice changes at the dashed line"] if change is not None else []
    st.caption(plain(" · ".join(words)))


@st.cache_data(max_entries=64, ttl=600, show_spinner=False)
def _waveform(key: str, _sound: Path) -> Waveform:
    return waveform(_sound)


def _sync(look: Look) -> None:
    offsets = look.offsets()
    for sentence in look.sync_words():
        st.caption(plain(sentence))
    confidence = _try(look, "syncnet", "sync_confidence")
    if confidence is not None:
        parts = [
            (row["start_frame"] / 25, row["end_frame"] / 25)
            for row in look.rows("segments", "start_frame")
            if row["rule"] == look.segment_rule()
        ]
        shades = [charts.shade(parts, look.seconds, charts.SPEECH, f"in sync, rule {look.segment_rule()}")]
        said = f"Confidence of SyncNet over the clip, with {len(parts)} segments in sync."
        charts.lines([confidence], look.seconds, said, title="confidence, a distance", shades=shades if parts else [])
    speaking = _try(look, "speaker", "speaking")
    if speaking is not None:
        said = "Score that the face speaks, over the clip; above 0 it does."
        charts.lines([speaking], look.seconds, said, title="the face speaks, logit; above 0 it does")
    curves = _curves(look)
    for curve in curves:
        title, hint = CURVES[curve.measure]
        found = "; ".join(f"{charts.word(method)} found {offset:+.2f} s" for method, offset in offsets.items())
        charts.shifts(curve, offsets, f"{title} at each shift of the sound. {found}", title=title)
        st.caption(hint)
    if not curves and confidence is None and speaking is None:
        st.info(
            "There is no sync curve: the results of lip sync that this clip has hold none. One is made of speech and a "
            "mouth that moves, or by a model of lip sync; earlier versions of the stages made none.",
            icon=":material/info:",
        )


def _curves(look: Look) -> list[Series]:
    """The curves over shifts of the sound that the stages of lip sync made of this clip."""
    found: list[Series] = []
    for stage in ("syncnet", "speaker"):
        with suppress(FacelibError):
            found += look.timeline.shifts(stage).values()
    return found


def _try(look: Look, stage: str, measure: str) -> Series | None:
    """A series, or None where the stage has none."""
    try:
        return look.timeline.series(stage).get(measure)
    except FacelibError:
        return None


def _quality(look: Look) -> None:
    found = look.timeline.series("iqa")
    if not found:
        st.info("No picture of this clip was measured by the stage iqa.", icon=":material/info:")
        return
    names = sorted(found, key=lambda name: (name != FIRST, name))
    words = {name: charts.word(name).capitalize() for name in names}
    chosen = found[url.select("Measure", names, "quality", words=words)]
    low, high = float(chosen.values.min()), float(chosen.values.max())
    title = f"{charts.word(chosen.measure)}, {chosen.unit}"
    said = f"{words[chosen.measure]} over the clip, from {low:.4g} to {high:.4g} ({chosen.unit})."
    charts.lines([chosen], look.seconds, said, title=title)
    st.caption(plain(f"{len(chosen.values)} of {look.timeline.n_frames} frames were measured"))


def _pose(look: Look) -> None:
    _together(look, ("yaw", "pitch", "roll"), "degrees", "Head pose over the clip")
    st.caption("Above 0: the nose points to the right of the picture (yaw), up (pitch), the head is turned clockwise.")


def _openings(look: Look) -> None:
    title = "opening, ratio"
    _together(look, ("mouth_opening", "eye_opening"), title, "How far mouth and eyes are open over the clip")
    st.caption("Mouth: gap between the inner lips in eye distances. Eyes: height over width.")


def _together(look: Look, names: tuple[str, ...], title: str, said: str) -> None:
    found: dict[str, Any] = look.timeline.series("landmarks")
    chosen = [found[name] for name in names if name in found]
    if not chosen:
        look.must("landmarks")
        return
    ranges = ", ".join(f"{charts.word(s.measure)} {s.values.min():.3g} to {s.values.max():.3g}" for s in chosen)
    charts.lines(chosen, look.seconds, f"{said}: {ranges} ({title}).", title=title)
