"""Quarantine: what failed and why; release it for another try, or ignore it."""

from typing import Any

import streamlit as st

from dashboards import access
from dashboards.pipeline import airflow
from dashboards.problems import plain, shown
from dashboards.words import counted, minute
from facelib import settings
from facelib.catalog.reader import Catalog
from facelib.collection.state import quarantine_desk as desk
from facelib.collection.state.quarantine_desk import QuarantineDesk
from facelib.collection.state.runs import Run, runs_of
from facelib.store.objects import Store
from facelib.store.quarantine import Entry

PAGE = 20
"""Entries a page."""
ALL = "All reasons"


def draw(store: Store, catalog: Catalog) -> None:
    """The view."""
    st.header("Quarantine", anchor=False)
    found = QuarantineDesk(store, catalog)
    reasons = found.reasons()
    if not reasons:
        st.info("Nothing is in quarantine.", icon=":material/check_circle:")
        return
    kinds = [ALL, *(f"{row['stage']}: {_words(row['reason'])}" for row in reasons)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox("Reason", kinds, key="why", bind="query-params", width=360)
        ignored = st.toggle("Those that are ignored", key="ignored", bind="query-params")
    one = next((row for row, name in zip(reasons, kinds[1:], strict=True) if name == kind), {})
    stage, reason = one.get("stage", ""), one.get("reason", "")
    number = found.count(stage=stage, reason=reason, ignored=ignored)
    if not number:
        st.info("None is ignored." if ignored else "None is left that nobody ignores.", icon=":material/check_circle:")
        return
    st.caption(
        f"{counted(number, 'failure')} as of the last publication, the newest first. What is released is tried again "
        "by the next run; what is ignored stays where it is. A new version of a stage or model tries again by itself."
    )
    pages = -(-number // PAGE)
    page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    rows = found.page(PAGE, (page - 1) * PAGE, stage=stage, reason=reason, ignored=ignored)
    runs = runs_of(store, [row["video_id"] for row in rows])
    for row in rows:
        with st.container(border=True, gap="small"):
            _draw_entry(row, found.entry(row), runs.get(row["video_id"]), ignored=ignored)


def _draw_entry(row: dict[str, Any], entry: Entry | None, run: Run | None, *, ignored: bool) -> None:
    title = plain(row["title"] or row["video_id"])
    channel = f" · {plain(row['channel_title'])}" if row["channel_title"] else ""
    st.subheader(f"{title}{channel}", anchor=False)
    st.write(f"**{row['stage']}: {_words(row['reason'])}.** {plain(row['message'])}")
    tries = counted(row["attempts"], "try").replace("trys", "tries")
    st.caption(f"{minute(row['entered'])} · {tries} · {row['error']} · {plain(row['video_id'])}")
    with st.container(horizontal=True, vertical_alignment="center"):
        if entry is None:
            st.badge("Released: the next run tries it again", icon=":material/replay:", color="green")
        elif access.may("admin"):
            key = f"{row['video_id']}-{row['stage']}-{row['fingerprint']}"
            st.button("Release", key=f"release-{key}", icon=":material/replay:", on_click=_release, args=(entry,))
            word = "Do not ignore" if ignored else "Ignore"
            st.button(word, key=f"ignore-{key}", on_click=_ignore, args=(entry,), kwargs={"ignored": not ignored})
        link = airflow.run_link(run) if run else ""
        if link and run:
            st.link_button(
                f"Run of {minute(run.started)} in Airflow", link, icon=":material/open_in_new:", type="tertiary"
            )


def _release(entry: Entry) -> None:
    access.require("admin", "release a quarantined upload")
    with shown():
        desk.release(settings.load().open_store(), entry, access.user())
        st.toast("Released. The next run tries it again.", icon=":material/replay:")


def _ignore(entry: Entry, *, ignored: bool) -> None:
    access.require("admin", "ignore a failure")
    with shown():
        desk.ignore(settings.load().open_store(), entry, access.user(), ignored=ignored)
        st.toast("It is ignored now." if ignored else "It counts again.")


def _words(reason: str) -> str:
    return reason.replace("_", " ")
