"""Audit trail: every verdict, by whom, when, and what became of it."""

from html import escape

import streamlit as st

from dashboards import access, url
from dashboards.problems import plain, shown
from dashboards.review.state import ReviewState
from dashboards.words import counted, minute
from facelib.collection.review import reviews
from facelib.curate.review_events import GOLD, Review

PAGE = 20
"""Events a page."""
STATES = ("in force", "replaced", "undone", "no clip fits")


def draw(state: ReviewState) -> None:
    """The view."""
    if not state.events.events:
        st.info("Nobody decided anything about a clip yet.", icon=":material/history:")
        st.markdown("What people say under **Judge** is listed here at once, and stays for good.")
        return
    names = sorted({review.by for review in state.events.events.values()})
    left, right = st.columns(2)
    with left:
        by = url.select("Who", ["everybody", *names], "who")
    with right:
        kind = url.select("State", ["any", *STATES], "state")
    found = [
        review
        for review in reversed(state.events.events.values())
        if by in ("everybody", review.by) and kind in ("any", state.events.state(review.event_id))
    ]
    if not found:
        st.info("No decision is like this.", icon=":material/filter_alt_off:")
        return
    st.caption(f"{counted(len(found), 'decision')}, the newest first. Times are UTC.")
    some = found[url.page(len(found), PAGE, "audit_page")]
    titles = {
        clip_id: clip["title"] or clip["video_id"]
        for clip_id, clip in state.catalog.clips([review.clip_id for review in some]).items()
    }
    with st.container(key="audit", gap="small"):
        for review in some:
            _draw_event(state, review, titles.get(review.clip_id, review.video_id))


def _draw_event(state: ReviewState, review: Review, title: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.html(_line(review, title, state.events.state(review.event_id)))
        own = review.by == state.user and access.may("review")
        if not review.undone_by and (own or access.may("admin")):
            label = f"Undo the {_what(review)} by {review.by} of {minute(review.at)}"
            key = f"undo-{review.event_id}"
            st.button("Undo", key=key, help=plain(label), on_click=_undo, args=(state, review.event_id))


def _line(review: Review, title: str, now: str) -> str:
    """HTML of one decision."""
    because = f": {escape(review.reason)}" if review.reason else ""
    tags = "".join(f'<span class="tag">{escape(tag)}</span>' for tag in review.tags)
    undone = f" by {escape(review.undone_by)}, {minute(review.undone_at)}" if review.undone_by else ""
    clip = f" <code>{escape(review.clip_id)}</code>" if review.clip_id else ""
    return (
        f'<div class="event"><p><b>{escape(review.by)}</b> {escape(_said(review))}{because} {tags}</p>'
        f'<p class="where">{minute(review.at)} · {escape(title)}{clip}</p>'
        f'<p class="where"><span class="state">{now}</span>{undone}</p></div>'
    )


def _what(review: Review) -> str:
    return "gold verdict" if review.kind == GOLD else "settlement" if review.settles else "review"


def _said(review: Review) -> str:
    if review.kind == GOLD:
        return f"made it a gold clip to {review.verdict}" if review.verdict else "made it no gold clip any more"
    return f"settled it: {review.verdict}" if review.settles else f"said {review.verdict}"


def _undo(state: ReviewState, event_id: str) -> None:
    with shown():
        events = reviews.read(state.store, state.catalog)
        others = access.may("admin")
        reviews.undo(state.store, state.catalog, events, event_id, state.user, of_others=others)
