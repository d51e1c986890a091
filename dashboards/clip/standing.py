"""Every measure of the clip beside those of the whole collection."""

from collections import defaultdict
from html import escape
from typing import Any

import streamlit as st

from dashboards import collection
from dashboards.clip.charts import word
from dashboards.clip.look import Look
from dashboards.clip.tables import bullets, table
from facelib import settings
from facelib.collection.clip.report import ClipReport, clip_report
from facelib.collection.clip.standing import Standing, standings

SHOWN_OVER_TIME = frozenset({"segments", "speech_segments"})
FEW = 20
"""With fewer clips a place among them says little."""


def draw(look: Look) -> None:
    """Bars by group, the values that are no numbers, and what has no value."""
    found = _standings(
        settings.load().open_store().address, look.search.catalog.publication.catalog, look.clip_id, look
    )
    report = clip_report(look.search.catalog, look.clip_id)
    clips = look.search.catalog.publication.counts.get("clips", 0)
    st.caption(f"Each bar says how many percent of the {clips:,} clips, or of their uploads, have a smaller value.")
    if clips < FEW:
        st.info(f"With {clips} clips in the collection, a place among them says little.", icon=":material/info:")
    groups: dict[str, list[Standing]] = defaultdict(list)
    for one in found:
        groups[one.name.partition(".")[0]].append(one)
    for name in sorted(groups, key=lambda name: (list(TITLES).index(name) if name in TITLES else len(TITLES), name)):
        st.subheader(TITLES.get(name, name.capitalize()), anchor=False)
        st.html(bars(groups[name]))
    _draw_rest(report, {one.name for one in found})


@st.cache_data(max_entries=64, show_spinner="Comparing with the collection …")
def _standings(root: str, publication: str, clip_id: str, _look: Look) -> list[Standing]:
    catalog = _look.search.catalog
    return standings(catalog, _look.clip, collection.known(catalog).measures)


def bars(group: list[Standing]) -> str:
    """HTML of some measures."""
    return '<dl class="stands">' + "".join(map(_bar, group)) + "</dl>"


def _bar(one: Standing) -> str:
    name = word(one.name.partition(".")[2])
    unit = f" {one.unit}" if one.unit else ""
    noun = "uploads" if one.name.startswith(("videos.", "uploads.")) else "clips"
    spread = one.low < one.high
    place = f"the same in all {one.known:,} {noun}"
    if spread:
        reach = f"{number(one.low)} to {number(one.high)}{unit}"
        place = f"more than {one.percentile:.0f}% of {one.known:,} {noun} · {reach}"
    share = one.percentile if spread else 0.0
    return (
        f"<div><dt><span>{escape(name)}</span><b>{number(one.value)}{escape(unit)}</b></dt>"
        f'<dd><span class="bar" aria-hidden="true"><i style="width:{share:.1f}%"></i></span>'
        f'{escape(place)}</dd><dd class="more">{escape(one.meaning)}</dd>'
        f'<dd class="what"><details><summary>What it is</summary>{escape(one.meaning)}</details></dd></div>'
    )


def number(value: float) -> str:
    """A number with four digits that count.

    >>> number(0.123456), number(1234567.0), number(12.0)
    ('0.1235', '1,234,567', '12')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _draw_rest(report: ClipReport, told: set[str]) -> None:
    rows = [
        (f"{m.table}: {word(m.column)}", _text(m.value), m.meaning)
        for m in report.measures
        if f"{m.table}.{m.column}" not in told and m.value not in (None, "") and m.table not in SHOWN_OVER_TIME
    ]
    if rows:
        st.subheader("Other values", anchor=False)
        st.html(table("Values without a place among all", ("Measure", "Value", "What it is"), rows))
    remarks = report.remarks()
    if remarks:
        st.subheader("What has no value", anchor=False)
        st.html(bullets(remarks))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else str(value)


TITLES = {
    "iqa": "Picture quality",
    "image": "Look",
    "landmarks": "Landmarks and pose",
    "syncnet": "Lip sync",
    "speaker": "Who speaks",
    "speech": "Speech",
    "voice": "Voice",
    "hubert": "Audio features",
    "embed": "Identity",
    "clip_people": "Person",
    "clips": "Size and length",
    "videos": "Source video",
    "uploads": "Upload",
}
"""Groups in the order in which they are shown."""
