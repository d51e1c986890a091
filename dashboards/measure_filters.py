"""Sliders on what was measured, each under the distribution of its column."""

from html import escape

import streamlit as st

from dashboards import collection
from dashboards.ranges import Range
from facelib.catalog.reader import Catalog
from facelib.curate.rules import plain
from facelib.find.measured import Measure, Spread

STEPS = 100
_TABLES = {
    "clip_people": "person",
    "clips": "clip",
    "embed": "same face",
    "hubert": "audio features",
    "image": "look",
    "iqa": "picture",
    "landmarks": "head and mouth",
    "speaker": "active speaker",
    "speech": "speech",
    "syncnet": "lip sync",
    "uploads": "upload",
    "videos": "source",
}
_TRUTHS = {"either": None, "yes": True, "no": False}


def draw(catalog: Catalog, measures: dict[str, Measure]) -> tuple[Range, ...]:
    """The widgets; returns what they say, a range for each measure that was chosen."""
    if not measures:
        return ()
    if any(name not in measures for name in st.session_state.get("measures", [])):
        st.session_state.measures = [name for name in st.session_state.measures if name in measures]
    chosen = st.multiselect(
        "Measures",
        list(measures),
        format_func=lambda name: label(measures[name]),
        key="measures",
        placeholder="Sharpness, yaw, speech …",
        help="Each measure that you choose gets a slider below. Clips without the measure do not pass.",
    )
    return tuple(_draw_one(catalog, measures[name]) for name in chosen)


def restore(ranges: tuple[Range, ...]) -> None:
    """Set the widgets at the next drawing."""
    for name in st.session_state.get("ranges", {}):
        st.session_state.pop(_key(name), None)
    st.session_state.update(measures=[chosen.name for chosen in ranges], ranges={r.name: r for r in ranges})


def label(measure: Measure) -> str:
    """A measure in words, with its unit.

    >>> from facelib.curate.rule_sql import Column
    >>> label(Measure("speech.snr_db", Column("", "FLOAT", "estimated ratio of speech to noise, dB")))
    'speech: snr (dB)'
    """
    table, _, name = measure.name.partition(".")
    unit = measure.column.unit
    words = name.replace("_", " ")
    if unit and words.endswith(f" {unit.lower()}"):
        words = words[: -len(unit) - 1]
    return f"{_TABLES.get(table, table)}: {words}" + (f" ({unit})" if unit else "")


def histogram(spread: Spread, low: float, high: float, words: str) -> str:
    """The distribution as a picture; the bins inside of a range stand out.

    Args:
        spread: the distribution.
        low, high: the range.
        words: what it shows, for readers of the screen.
    """
    top, bins = max(spread.counts) or 1, len(spread.counts)
    width = (spread.high - spread.low) / bins or 1.0
    bars = []
    for number, count in enumerate(spread.counts):
        middle = spread.low + (number + 0.5) * width
        kind = "in" if low <= middle <= high else "out"
        # The root lets small bins be seen beside a large one.
        bars.append(f'<i class="{kind}" style="height:{100 * (count / top) ** 0.5:.0f}%"></i>')
    return f'<div class="spread" role="img" aria-label="{escape(words)}">{"".join(bars)}</div>'


def _draw_one(catalog: Catalog, measure: Measure) -> Range:
    key, given = _key(measure.name), st.session_state.get("ranges", {}).get(measure.name)
    st.session_state.setdefault("ranges", {}).setdefault(measure.name, Range(measure.name))
    if not measure.is_number:
        said = {truth: word for word, truth in _TRUTHS.items()}
        if key not in st.session_state:
            st.session_state[key] = said[given.truth if given else None]
        word = st.segmented_control(label(measure), list(_TRUTHS), key=key, required=True, help=measure.column.meaning)
        return Range(measure.name, truth=_TRUTHS[word or "either"])
    spread = collection.spread_of(catalog, measure)
    if spread is None or spread.high <= spread.low:
        value = "no value" if spread is None else f"the value {plain(spread.low)}"
        st.caption(f"{label(measure)}: every clip has {value}.")
        return Range(measure.name)
    return _draw_slider(measure, spread, key, given)


def _draw_slider(measure: Measure, spread: Spread, key: str, given: Range | None) -> Range:
    whole = measure.column.kind == "INTEGER"
    low, high = (round(spread.low), round(spread.high)) if whole else (spread.low, spread.high)
    if key not in st.session_state:
        ends = (given.low if given else None, given.high if given else None)
        first = low if ends[0] is None else min(max(ends[0], low), high)
        last = high if ends[1] is None else max(min(ends[1], high), low)
        st.session_state[key] = (int(first), int(last)) if whole else (float(first), float(last))
    shown = st.empty()
    step = max(1, round((high - low) / STEPS)) if whole else (high - low) / STEPS
    chosen = st.slider(
        label(measure), low, high, key=key, step=step, format=_format(low, high, whole), help=_help(measure, spread)
    )
    first, last = chosen if isinstance(chosen, tuple) else (low, high)
    unit = f" {measure.column.unit}" if measure.column.unit else ""
    words = f"Distribution of {label(measure)} from {plain(low)} to {plain(high)}{unit}"
    shown.html(histogram(spread, first, last, words))
    # At an end of the slider there is no limit: a few values lie beyond the histogram.
    return Range(measure.name, None if first <= low else float(first), None if last >= high else float(last))


def _help(measure: Measure, spread: Spread) -> str:
    missing = f" Not measured of {spread.missing:,} clips." if spread.missing else ""
    return f"{measure.column.meaning[:1].upper()}{measure.column.meaning[1:]}.{missing}"


def _format(low: float, high: float, whole: bool) -> str:
    if whole:
        return "%d"
    size = max(abs(low), abs(high), high - low)
    return "%.0f" if size >= 100 else "%.1f" if size >= 10 else "%.2f" if size >= 1 else "%.3g"


def _key(name: str) -> str:
    return f"m-{name}"
