"""Charts over the seconds of a clip; colours are told apart on light and dark grounds, lines by their dashes too.

For those who do not see it a chart has one sentence; shades and marks, which it tells too, have no text of their own.
"""

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from dashboards import vega
from dashboards.vega import Part
from facelib.collection.clip.sound import Waveform
from facelib.collection.clip.timeline import Series

COLOURS = ("#14a394", "#c98a1b", "#8b7fd6")
DASHES = ([1, 0], [6, 3], [2, 2])
SPEECH, MARK = "#14a394", "#d0496b"
HEIGHT = 170


def lines(found: Sequence[Series], seconds: float, said: str, *, title: str, shades: Sequence[Part] = ()) -> None:
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
    legend = {"orient": "top", "title": None} if len(names) > 1 else None
    dashes = [list(dash) for dash in DASHES[: len(names)]]
    drawn = vega.layer(
        frame,
        {"type": "line", "strokeWidth": 2, "point": {"size": 45} if sparse else False},
        x=_seconds(seconds),
        y=vega.number("value", title=None, scale={"zero": False}),
        color=vega.name("what", title=None, scale={"domain": names, "range": COLOURS[: len(names)]}, legend=legend),
        strokeDash=vega.name("what", title=None, scale={"domain": names, "range": dashes}, legend=legend),
        tooltip=[
            vega.name("what", title="measure"),
            vega.number("s", title="at, s", format=".2f"),
            vega.number("value", title="value", format=".4g"),
        ],
    )
    _show([*shades, drawn], title, said, more=40 if legend else 0)


def wave(found: Waveform, speech: Sequence[tuple[float, float]], change_s: float | None, seconds: float) -> None:
    """The waveform, with segments of speech behind it and the moment at which the voice changes."""
    frame = pd.DataFrame(
        {"s": found.seconds, "end": found.seconds + found.step_s, "low": found.low, "high": found.high}
    )
    drawn = vega.layer(
        frame,
        {"type": "bar", "color": "#7f8f97"},
        x=_seconds(seconds),
        x2={"field": "end"},
        y=vega.number("low", title=None, scale={"domain": _around_zero(found)}),
        y2={"field": "high"},
    )
    layers = [shade(speech, seconds, SPEECH, "speech"), drawn]
    if change_s is not None:
        at = pd.DataFrame({"s": [change_s], "what": ["the voice changes"]})
        layers.append(vega.layer(at, _rule([4, 3]), x=vega.number("s"), tooltip=vega.name("what")))
    told = "; ".join(f"{start:.1f} to {end:.1f} s" for start, end in speech) or "none"
    said = f"Waveform of {seconds:.1f} s of sound. Segments of speech: {told}."
    _show(layers, "level, share of full scale; speech is shaded", said)


def shade(parts: Sequence[tuple[float, float]], seconds: float, colour: str, what: str) -> Part:
    """Stretches of the clip, as a layer behind others."""
    frame = pd.DataFrame({"s": [a for a, _ in parts], "end": [b for _, b in parts], "what": [what for _ in parts]})
    return vega.layer(
        frame.astype({"s": float, "end": float, "what": str}),
        {"type": "rect", "color": colour, "opacity": 0.22, "aria": False},
        x=_seconds(seconds),
        x2={"field": "end"},
        tooltip=[
            vega.name("what"),
            vega.number("s", title="from, s", format=".2f"),
            vega.number("end", title="to, s", format=".2f"),
        ],
    )


def shifts(curve: Series, offsets: dict[str, float], said: str, *, title: str) -> None:
    """A curve over shifts of the sound, with what was measured as its offset, s, by method."""
    frame = pd.DataFrame({"shift": curve.seconds, "value": curve.values})
    layers = [
        vega.layer(
            frame,
            {"type": "line", "color": COLOURS[0], "strokeWidth": 2, "point": {"color": COLOURS[0], "size": 25}},
            x=vega.number("shift", title="the sound leads by, s", scale={"nice": False}),
            y=vega.number("value", title=None, scale={"zero": False}),
            tooltip=[
                vega.number("shift", title="the sound leads by, s", format="+.2f"),
                vega.number("value", title=curve.unit, format=".3f"),
            ],
        )
    ]
    for place, (method, offset) in enumerate(offsets.items()):
        at = pd.DataFrame({"shift": [offset], "what": [f"{word(method)}: {offset:+.2f} s"]})
        align, dx = ("right", -5) if offset > 0 else ("left", 5)
        text = {"type": "text", "align": align, "dx": dx, "color": MARK, "fontWeight": "bold", "aria": False}
        below = {"value": {"expr": f"height - {8 + 16 * place}"}}
        layers.append(vega.layer(at, _rule(DASHES[place % 3]), x=vega.number("shift"), tooltip=vega.name("what")))
        layers.append(vega.layer(at, text, x=vega.number("shift"), y=below, text=vega.name("what")))
    _show(layers, title, said)


def word(measure: str) -> str:
    """A name of a measure as it is read.

    >>> word("face_sharpness")
    'face sharpness'
    """
    return measure.replace("_", " ")


def _show(layers: Sequence[Part], title: str, said: str, *, more: int = 0) -> None:
    """Draw a chart with what its values are written above it, where long units have room on a phone."""
    with st.container(gap=None):
        st.html(f'<p class="above">{escape(title)}</p>')
        vega.show(layers, said, height=HEIGHT + 45 + more)


def _rule(dash: Sequence[int]) -> Part:
    return {"type": "rule", "color": MARK, "strokeWidth": 2, "strokeDash": list(dash), "aria": False}


def _seconds(length: float) -> Part:
    return vega.number("s", title="time in the clip, s", scale={"domain": [0, length], "nice": False})


def _around_zero(found: Waveform) -> list[float]:
    most = max(float(np.abs(found.low).max(initial=0.0)), float(np.abs(found.high).max(initial=0.0)), 0.01)
    return [-most, most]
