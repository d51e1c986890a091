"""From uploads to kept clips: hours in and out of each stage, why they were lost, and what it cost."""

import streamlit as st

from dashboards.tables import bar, table
from dashboards.words import counted, length
from facelib.catalog.reader import Catalog
from facelib.curate.yields import StageYield, Yields, yields
from facelib.store.objects import Store

MOST = 4
"""Reasons of a stage that are shown; the others in one line."""
HOUR = 3600


@st.cache_data(max_entries=4, show_spinner="Adding up hours …")
def _yields(catalog_key: str, _catalog: Catalog) -> Yields:
    return yields(_catalog.rows)


def draw(store: Store, catalog: Catalog) -> None:
    """The view."""
    found = _yields(f"{store.address} {catalog.publication.catalog}", catalog)
    total = found.total
    st.header("From uploads to kept clips", anchor=False)
    if not total.uploads:
        st.info("No upload is known yet: crawl a channel first.", icon=":material/filter_alt:")
        return
    with st.container(horizontal=True, key="totals"):
        _metric("Uploads", f"{total.uploads:,}", f"{length(total.hours_listed * HOUR)} long")
        _metric("Clips", f"{total.clips:,}", f"{length(total.hours_clips * HOUR)} long")
        share = total.hours_kept / total.hours_clips if total.hours_clips else 0.0
        _metric("Kept by the rules", length(total.hours_kept * HOUR), f"{share:.0%} of clip hours")
        per = total.kept_per_compute_hour
        each = "no cost known yet" if per is None else f"{per:,.1f} h kept for each hour of it"
        _metric("Compute", length(total.compute_s), each)
    st.html(table("Hours by stage", COLUMNS, [_row(stage, found) for stage in found.stages], right=(2, 3, 4, 5)))
    st.caption(
        "After 'track' hours are those of faces: two faces at a time count twice. A clip may fail several rules, and "
        "then counts for each. Compute is that of the results in force, and of downloads."
    )
    _draw_losses(found)


COLUMNS = ("Stage", "Hours of", "In", "Out", "Share kept", "Compute")


def _row(stage: StageYield, found: Yields) -> list[str]:
    share = stage.hours_out / stage.hours_in if stage.hours_in else 0.0
    spent = sum(one.seconds or 0.0 for one in found.stages)
    cost = bar((stage.seconds or 0.0) / spent if spent else 0.0, length(stage.seconds)) if stage.seconds else "–"
    hours = [length(value * HOUR) for value in (stage.hours_in, stage.hours_out)]
    return [stage.stage, stage.of, *hours, bar(share, f"{share:.0%}") if stage.hours_in else "–", cost]


def _draw_losses(found: Yields) -> None:
    st.header("Why hours were lost", anchor=False)
    lossy = [stage for stage in found.stages if stage.lost]
    if not lossy:
        st.info("Nothing was lost.", icon=":material/check_circle:")
        return
    rows = []
    for stage in lossy:
        worst = max(loss.hours for loss in stage.lost) or 1.0
        for number, loss in enumerate(stage.lost[:MOST]):
            name = stage.stage if number == 0 else ""
            told = bar(loss.hours / worst, length(loss.hours * HOUR))
            rows.append([name or " ", loss.reason.replace("_", " "), told, f"{loss.count:,}"])
        more = stage.lost[MOST:]
        if more:
            hours = length(sum(loss.hours for loss in more) * HOUR)
            count = sum(loss.count for loss in more)
            rows.append([" ", f"{counted(len(more), 'other reason')}", hours, f"{count:,}"])
    st.html(table("Losses", ("Stage", "Reason", "Hours", "Things"), rows, right=(2, 3)))


def _metric(label: str, value: str, more: str) -> None:
    st.metric(label, value, more, delta_color="off", delta_arrow="off", border=True, width=210)
