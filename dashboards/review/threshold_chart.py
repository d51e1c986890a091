"""The curve of precision and recall over a threshold, with the present and the chosen value marked."""

from collections.abc import Sequence

import pandas as pd

from dashboards import vega
from dashboards.vega import Part
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
    names = list(COLOURS)
    lines = vega.layer(
        pd.DataFrame(rows),
        {
            "type": "line",
            "interpolate": "step-after" if limit.side == "max" else "step-before",
            "strokeWidth": 2.5,
            "point": True,
        },
        x=vega.number("threshold", title=title, scale={"zero": False, "nice": True}),
        y=vega.number("share", title="share of judged clips", axis={"format": "%"}, scale={"domain": [0, 1]}),
        color=vega.name(
            "what", title=None, scale={"domain": names, "range": list(COLOURS.values())}, legend={"orient": "top"}
        ),
        strokeDash=vega.name("what", title=None, scale={"domain": names, "range": [[1, 0], [6, 3]]}),
        tooltip=[
            vega.name("what", title="line"),
            vega.number("threshold", title=title, format=".6g"),
            vega.number("share", format=".1%"),
        ],
    )
    marks = _mark(limit.value, "now", NOW) + (_mark(chosen, "new", NEW) if chosen != limit.value else [])
    said = (
        f"Precision and recall over {title}; the threshold is {plain(limit.value)} now, {plain(chosen)} is looked at."
    )
    vega.show([lines, *marks], said, height=300)


def _mark(value: float, word: str, colour: str) -> list[Part]:
    frame = pd.DataFrame([{"threshold": value, "word": f"{word}: {plain(value)}"}])
    rule = {"type": "rule", "color": colour, "strokeWidth": 2, "strokeDash": [4, 3]}
    text = {"type": "text", "align": "left", "dx": 5, "dy": 8 if word == "now" else 24, "color": colour}
    x = vega.number("threshold")
    return [
        vega.layer(frame, rule, x=x),
        vega.layer(frame, {**text, "fontWeight": "bold"}, x=x, y={"value": 0}, text=vega.name("word")),
    ]
