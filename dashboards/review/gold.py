"""Gold clips: those whose verdict is known, and how reviewers do on them."""

import streamlit as st

from dashboards import access, cards, collection, url
from dashboards.problems import shown
from dashboards.review.state import ReviewState
from dashboards.words import counted, percent
from facelib.collection.review import reviews
from facelib.curate.agreement import score

PAGE = 12
"""Gold clips a page."""


def draw(state: ReviewState) -> None:
    """The view. Which clips are gold is told to admins alone: others are to judge them like any clip."""
    gold = state.events.gold()
    if not gold:
        st.info("There is no gold clip yet.", icon=":material/trophy:")
        st.markdown(
            "An admin makes one with **Gold** below a clip under **Judge**. From then on it comes up in every queue, "
            "and each reviewer is held against its verdict."
        )
        return
    st.caption(f"{counted(len(gold), 'gold clip')}; one clip in ten of a queue is one that you did not judge yet.")
    admin = access.may("admin")
    reviewers = list(state.events.reviewers()) if admin else [state.user]
    rows = {name: score(gold, state.events.verdicts_of(name)) for name in reviewers}
    st.subheader("Scores" if admin else "Your score", anchor=False)
    st.table(
        {
            "Reviewer": list(rows),
            "Gold clips judged": [found.judged for found in rows.values()],
            "Right": [found.right for found in rows.values()],
            "Right, %": [percent(found.share) for found in rows.values()],
        },
        hide_index=True,
    )
    if admin:
        _draw_clips(state, gold)


def _draw_clips(state: ReviewState, gold: dict[str, str]) -> None:
    st.subheader("Gold clips", anchor=False)
    known = state.catalog.clips(list(gold))
    there = [clip_id for clip_id in gold if clip_id in known]
    part = url.page(len(there), PAGE, "gold_page")
    with st.container(key="results"):
        for clip_id in there[part]:
            with st.container(border=True, gap="small"):
                st.html(cards.card(known[clip_id], playable=collection.has_media(known[clip_id]["media_key"])))
                st.caption(f"Right verdict: {gold[clip_id]}")
                st.button("Not gold", key=f"not-gold-{clip_id}", on_click=_not_gold, args=(state, clip_id))


def _not_gold(state: ReviewState, clip_id: str) -> None:
    with shown():
        reviews.set_gold(state.store, state.catalog, clip_id, "", state.user)
