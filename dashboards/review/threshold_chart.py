"""The curve of precision and recall over a threshold, with the present and the chosen value marked."""

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from facelib.collection.review.tuning import Limit
from facelib.curate.rules import plain
from facelib.curate.threshold import Point

COLOURS = {"precision": "#14a394", "recall": "#c98a1b"}
"""Both are told apart on light and dark grounds, and by the colour-blind; the line of recall is dashed besides."""
NOW, NEW = "#8a979e", "#d0496b"


def draw(curve: Sequence[Point], limit: Limit, chosen: float) -> None:
    """Draw a curve.

    Args:
        curve: points in order of the threshold.
        limit: the present one.
        chosen: the one that is looked at.
    """
    rows = [
        {"threshold": point.threshold, "share": share, "what": what}
        for point in curve
        for what, share in (("precision", point.precision), ("recall", point.recall))
        if share is not None
    ]
    title = f"{limit.column}" + (f", {limit.unit}" if limit.unit else "")
    lines = (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(interpolate="step-after" if limit.side == "max" else "step-before", strokeWidth=2.5, point=True)
        .encode(
            x=alt.X("threshold:Q", title=title, scale=alt.Scale(zero=False, nice=True)),
            y=alt.Y(
                "share:Q", title="share of judged clips", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])
            ),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
                legend=alt.Legend(orient="top"),
            ),
            strokeDash=alt.StrokeDash(
                "what:N", title=None, scale=alt.Scale(domain=list(COLOURS), range=[[1, 0], [6, 3]])
            ),
            tooltip=[
                alt.Tooltip("what:N", title="line"),
                alt.Tooltip("threshold:Q", title=title, format=".6g"),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
    )
    marks = _mark(limit.value, "now", NOW) + (_mark(chosen, "new", NEW) if chosen != limit.value else [])
    chart = alt.layer(lines, *marks)
    said = (
        f"Precision and recall over {title}; the threshold is {plain(limit.value)} now, {plain(chosen)} is looked at."
    )
    st.altair_chart(chart.properties(height=300), width="stretch", alt=said)


def _mark(value: float, word: str, colour: str) -> list[alt.Chart]:
    frame = pd.DataFrame([{"threshold": value, "word": f"{word}: {plain(value)}"}])
    line = alt.Chart(frame).mark_rule(color=colour, strokeWidth=2, strokeDash=[4, 3]).encode(x="threshold:Q")
    text = (
        alt.Chart(frame)
        .mark_text(align="left", dx=5, dy=8 if word == "now" else 24, color=colour, fontWeight="bold")
        .encode(x="threshold:Q", y=alt.value(0), text="word:N")
    )
    return [line, text]
