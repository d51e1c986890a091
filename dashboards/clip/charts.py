"""Charts over the seconds of a clip; colours are told apart on light and dark grounds, lines by their dashes too.

For those who do not see it a chart has one sentence; shades and marks, which it tells too, have no text of their own.
"""

import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from facelib.collection.clip.sound import Waveform
from facelib.collection.clip.timeline import Series

COLOURS = ("#14a394", "#c98a1b", "#8b7fd6")
DASHES = ([1, 0], [6, 3], [2, 2])
SPEECH, MARK = "#14a394", "#d0496b"
HEIGHT = 170


def lines(found: Sequence[Series], seconds: float, said: str, *, title: str, shades: Sequence[Any] = ()) -> None:
    """Measures of one unit over the clip.

    Args:
        found: at most three.
        seconds: length of the clip, s.
        said: what the chart shows, for those who do not see it.
        title: of the values, with their unit.
        shades: layers below the lines.
    """
    frame = pd.concat(
        [pd.DataFrame({"s": one.seconds, "value": one.values, "what": word(one.measure)}) for one in found]
    )
    names = [word(one.measure) for one in found]
    sparse = max(len(one.values) for one in found) < 40
    legend = alt.Legend(orient="top", title=None) if len(names) > 1 else None
    colours = alt.Scale(domain=names, range=list(COLOURS[: len(names)]))
    dashes = alt.Scale(domain=names, range=[list(dash) for dash in DASHES[: len(names)]])
    drawn = (
        alt.Chart(frame)
        .mark_line(strokeWidth=2, point={"size": 45} if sparse else False)
        .encode(
            x=_seconds(seconds),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False)),
            color=alt.Color("what:N", title=None, scale=colours, legend=legend),
            strokeDash=alt.StrokeDash("what:N", title=None, scale=dashes, legend=legend),
            tooltip=[
                alt.Tooltip("what:N", title="measure"),
                alt.Tooltip("s:Q", title="at, s", format=".2f"),
                alt.Tooltip("value:Q", title="value", format=".4g"),
            ],
        )
    )
    _show(alt.layer(*shades, drawn), title, said, more=40 if legend else 0)


def wave(found: Waveform, speech: Sequence[tuple[float, float]], change_s: float | None, seconds: float) -> None:
    """The waveform, with segments of speech behind it and the moment at which the voice changes."""
    frame = pd.DataFrame(
        {"s": found.seconds, "end": found.seconds + found.step_s, "low": found.low, "high": found.high}
    )
    drawn = (
        alt.Chart(frame)
        .mark_bar(color="#7f8f97")
        .encode(
            x=_seconds(seconds),
            x2="end:Q",
            y=alt.Y("low:Q", title=None, scale=alt.Scale(domain=_around_zero(found))),
            y2="high:Q",
        )
    )
    layers = [shade(speech, seconds, SPEECH, "speech"), drawn]
    if change_s is not None:
        at = alt.Chart(pd.DataFrame({"s": [change_s], "what": ["the voice changes"]}))
        layers.append(
            at.mark_rule(color=MARK, strokeWidth=2, strokeDash=[4, 3], aria=False).encode(x="s:Q", tooltip="what:N")
        )
    told = "; ".join(f"{start:.1f} to {end:.1f} s" for start, end in speech) or "none"
    said = f"Waveform of {seconds:.1f} s of sound. Segments of speech: {told}."
    _show(alt.layer(*layers), "level, share of full scale; speech is shaded", said)


def shade(parts: Sequence[tuple[float, float]], seconds: float, colour: str, what: str) -> Any:
    """Stretches of the clip, as a layer behind others."""
    frame = pd.DataFrame({"s": [a for a, _ in parts], "end": [b for _, b in parts], "what": [what for _ in parts]})
    tips = [alt.Tooltip("what:N"), alt.Tooltip("s:Q", title="from, s", format=".2f")]
    tips.append(alt.Tooltip("end:Q", title="to, s", format=".2f"))
    return (
        alt.Chart(frame.astype({"s": float, "end": float, "what": str}))
        .mark_rect(color=colour, opacity=0.22, aria=False)
        .encode(x=_seconds(seconds), x2="end:Q", tooltip=tips)
    )


def shifts(curve: Series, offsets: dict[str, float], said: str, *, title: str) -> None:
    """A curve over shifts of the sound, with what was measured as its offset, s, by method."""
    frame = pd.DataFrame({"shift": curve.seconds, "value": curve.values})
    drawn = (
        alt.Chart(frame)
        .mark_line(color=COLOURS[0], strokeWidth=2, point={"color": COLOURS[0], "size": 25})
        .encode(
            x=alt.X("shift:Q", title="the sound leads by, s", scale=alt.Scale(nice=False)),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False)),
            tooltip=[
                alt.Tooltip("shift:Q", title="the sound leads by, s", format="+.2f"),
                alt.Tooltip("value:Q", title=curve.unit, format=".3f"),
            ],
        )
    )
    marks: list[Any] = []
    for place, (method, offset) in enumerate(offsets.items()):
        at = pd.DataFrame({"shift": [offset], "what": [f"{word(method)}: {offset:+.2f} s"]})
        rule = alt.Chart(at).mark_rule(color=MARK, strokeWidth=2, strokeDash=list(DASHES[place % 3]), aria=False)
        side = -1 if offset > 0 else 1
        text = alt.Chart(at).mark_text(
            align="left" if side > 0 else "right", dx=5 * side, color=MARK, fontWeight="bold", aria=False
        )
        marks.append(rule.encode(x="shift:Q", tooltip="what:N"))
        marks.append(text.encode(x="shift:Q", y=alt.value(alt.ExprRef(f"height - {8 + 16 * place}")), text="what:N"))
    _show(alt.layer(drawn, *marks), title, said)


def word(measure: str) -> str:
    """A name of a measure as it is read.

    >>> word("face_sharpness")
    'face sharpness'
    """
    return measure.replace("_", " ")


def _show(chart: Any, title: str, said: str, *, more: int = 0) -> None:
    """Draw a chart with what its values are written above it, where long units have room on a phone."""
    above = alt.TitleParams(textwrap.wrap(title, 46), anchor="start", fontSize=12, fontWeight="normal")
    st.altair_chart(chart.properties(title=above), width="stretch", height=HEIGHT + 70 + more, alt=said)


def _seconds(length: float) -> Any:
    return alt.X("s:Q", title="time in the clip, s", scale=alt.Scale(domain=[0, length], nice=False))


def _around_zero(found: Waveform) -> list[float]:
    most = max(float(np.abs(found.low).max(initial=0.0)), float(np.abs(found.high).max(initial=0.0)), 0.01)
    return [-most, most]
