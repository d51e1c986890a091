"""Agreement: how often two reviewers say the same, and the clips on which they differ."""

from html import escape

import streamlit as st

from dashboards import access, cards, collection, url
from dashboards.problems import plain, shown
from dashboards.review.state import ReviewState
from dashboards.words import counted, percent
from facelib.collection.review import reviews
from facelib.curate.agreement import Agreement, agreement
from facelib.curate.review_events import DROP, KEEP, VERDICTS

PAGE = 12
"""Clips on which reviewers differ, a page."""


def draw(state: ReviewState) -> None:
    """The view."""
    reviewers = state.events.reviewers()
    if len(reviewers) < 2:
        st.info("Agreement needs two reviewers who judged the same clips.", icon=":material/group:")
        st.markdown(
            "Have a colleague open this page and switch on **Second opinion** beside the queue: it then holds the "
            "clips that you judged."
        )
        return
    labels = {name: f"{name} ({counted(clips, 'clip')})" for name, clips in reviewers.items()}
    left, right = st.columns(2)
    with left:
        first = url.select("Reviewer", list(labels), "first", words=labels)
    others = [name for name in labels if name != first]
    with right:
        second = url.select("Compared with", others, "other", words=labels)
    found = agreement(state.events.verdicts_of(first), state.events.verdicts_of(second))
    if not found.clips:
        st.info(plain(f"No clip was judged by both {first} and {second} yet."), icon=":material/group:")
    else:
        _draw_figures(found, first, second)
    _draw_open(state)


def _draw_figures(found: Agreement, first: str, second: str) -> None:
    with st.container(horizontal=True, gap="medium"):
        st.metric("Judged by both", counted(found.clips, "clip"), width=180)
        st.metric("Same verdict", percent(found.share), width=180)
        kappa = "–" if found.kappa is None else f"{found.kappa:.2f}"
        help_ = "1 is full agreement, 0 what chance gives. A dash: both gave one and the same verdict throughout."
        st.metric("Cohen's kappa, −1 to 1", kappa, help=help_, width=220)
    st.html(_table(found, first, second))


def _table(found: Agreement, first: str, second: str) -> str:
    """HTML of the confusion table."""
    head = "".join(f'<th scope="col">{escape(second)}: {verdict}</th>' for verdict in VERDICTS)
    rows = "".join(
        f'<tr><th scope="row">{escape(first)}: {a}</th>'
        + "".join(f'<td class="{"same" if a == b else "differ"}">{found.table[a, b]:,}</td>' for b in VERDICTS)
        + "</tr>"
        for a in VERDICTS
    )
    return (
        '<table class="confusion"><caption>Clips by verdict of each</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _draw_open(state: ReviewState) -> None:
    """The disagreements of any reviewers that nobody settled: these clips have no verdict."""
    open_ = state.events.disagreements()
    st.subheader("To settle", anchor=False)
    if not open_:
        st.caption("Reviewers agree on every clip, or somebody settled it.")
        return
    st.caption(
        f"{counted(len(open_), 'clip')} on which reviewers differ. Until one of them is settled it has no verdict, and "
        "no export that asks for kept clips takes it."
    )
    shown_ = open_[url.page(len(open_), PAGE, "settle_page")]
    known = state.catalog.clips(shown_)
    with st.container(key="results"):
        for clip_id in shown_:
            if clip_id in known:
                with st.container(border=True, gap="small"):
                    playable = collection.has_media(known[clip_id]["media_key"])
                    st.html(cards.card(known[clip_id], playable=playable))
                    _draw_settle(state, clip_id)


def _draw_settle(state: ReviewState, clip_id: str) -> None:
    said = sorted(state.events.standing(clip_id).items())
    st.caption(plain(" · ".join(f"{by}: {r.verdict}" + (f", {r.reason}" if r.reason else "") for by, r in said)))
    if access.may("review"):
        with st.container(horizontal=True, gap="small"):
            for label, verdict in (("Keep", KEEP), ("Drop", DROP)):
                key = f"settle-{verdict}-{clip_id}"
                st.button(label, key=key, on_click=_settle, args=(state, clip_id, verdict))


def _settle(state: ReviewState, clip_id: str, verdict: str) -> None:
    with shown():
        reviews.judge(state.store, state.catalog, clip_id, verdict, state.user, settles=True)
