"""Judge: one clip after the other, by keyboard or by touch."""

from typing import Any

import streamlit as st

from dashboards import access, url
from dashboards.problems import plain, shown
from dashboards.review import player, queue_choice
from dashboards.review.queue_choice import Choice
from dashboards.review.state import ReviewState
from dashboards.words import counted
from facelib.collection.clip.explain import judged
from facelib.collection.review import reviews
from facelib.curate.review_events import DROP, KEEP

HERE = "review"
"""Path of the page."""
REASONS = ("out of sync", "not the speaker", "blurred or dark", "face covered", "several faces", "bad cut")
"""Reasons to drop a clip that take one key; 1 is the first."""


def draw(state: ReviewState) -> None:
    """The view."""
    choice = queue_choice.draw(state)
    clip_ids = queue_choice.waiting(state, choice)
    asked = st.query_params.get("clip", "")
    known = state.catalog.clips([*({asked} - {""}), *clip_ids[:3]])
    if asked and asked not in known:
        _draw_gone(asked)
        return
    current = asked or next((clip_id for clip_id in clip_ids if clip_id in known), "")
    if not current:
        _draw_done(state, choice)
        return
    # A browser that is led here from another page is at its address for a moment after the run began: the clip would
    # stand in the address of that page, to which the way back leads.
    if st.session_state.get(url.LAST_PATH, HERE) == HERE:
        st.query_params["clip"] = current
    _draw_progress(state, clip_ids)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.html(player.player(known[current], muted=choice.muted))
        _draw_decision(state, current)
    with right:
        _draw_facts(state, choice, known[current])
    st.html(player.ahead([known[clip_id] for clip_id in clip_ids[:3] if clip_id != current and clip_id in known][:2]))


def _draw_progress(state: ReviewState, clip_ids: list[str]) -> None:
    mine = state.events.reviewers().get(state.user, 0)
    st.caption(plain(f"{counted(len(clip_ids), 'clip')} left in this queue · {mine:,} judged by {state.user}"))


def _draw_decision(state: ReviewState, clip_id: str) -> None:
    if not access.may("review"):
        st.info("You may look at clips here. To judge them, ask for the role reviewer.", icon=":material/lock:")
        _button("Next", "S", clip_id, _skip, (clip_id,), icon=":material/skip_next:")
        return
    said = state.events.standing(clip_id).get(state.user)
    if said:
        because = f" ({said.reason})" if said.reason else ""
        st.caption(plain(f"You said {said.verdict}{because} before. What you say now takes its place."))
    with st.container(horizontal=True, gap="small", key="verdict"):
        for label, key, verdict, icon in (("Keep", "K", KEEP, "check"), ("Drop", "D", DROP, "close")):
            _button(label, key, clip_id, _judge, (state, clip_id, verdict), icon=f":material/{icon}:", primary=True)
        _button("Skip", "S", clip_id, _skip, (clip_id,), icon=":material/skip_next:")
        last = st.session_state.get("review_last")
        _button("Undo", "U", clip_id, _undo, (state, last), icon=":material/undo:", disabled=last is None)
    st.markdown("**Drop because it is …**")
    with st.container(horizontal=True, gap="small", key="reasons"):
        for number, reason in enumerate(REASONS, start=1):
            _button(reason.capitalize(), str(number), clip_id, _judge, (state, clip_id, DROP, reason))
    _draw_words(state, clip_id)
    if access.may("admin"):
        _draw_gold(state, clip_id)


def _draw_words(state: ReviewState, clip_id: str) -> None:
    known = sorted({tag for review in state.events.events.values() for tag in review.tags})
    left, right = st.columns(2)
    with left:
        st.multiselect("Tags", known, key=f"tags-{clip_id}", accept_new_options=True, placeholder="None")
    with right:
        st.text_input("Reason in your words", key=f"reason-{clip_id}", max_chars=reviews.MAX_TEXT)


def _draw_gold(state: ReviewState, clip_id: str) -> None:
    with st.popover("Gold", icon=":material/trophy:", help="Measure reviewers by this clip"):
        st.markdown("What does a good reviewer say of this clip?")
        for label, verdict in (("Keep it", KEEP), ("Drop it", DROP), ("It is no gold clip", "")):
            _button(label, None, clip_id, _gold, (state, clip_id, verdict))


def _draw_facts(state: ReviewState, choice: Choice, clip: dict[str, Any]) -> None:
    st.subheader("This clip", anchor=False)
    st.html(player.about(clip))
    if choice.rules.rules:
        st.html(player.rules(judged(state.catalog, choice.rules, clip["clip_id"]), choice.rules.name))
    else:
        st.caption(
            plain(f"The rule set {choice.rules.name} has no rule: every clip passes. Choose another one beside.")
        )


def _draw_done(state: ReviewState, choice: Choice) -> None:
    if choice.second:
        st.info("Nobody else judged a clip that you did not judge yet.", icon=":material/done_all:")
    elif choice.order.order == "failing":
        st.info(
            plain(f"No clip that you did not judge fails the rule {choice.order.rule}."), icon=":material/done_all:"
        )
    else:
        st.info("You judged or skipped every clip of this queue.", icon=":material/done_all:")
    st.markdown("Choose another order, rule or seed in the sidebar, or look at the clips that you skipped.")
    st.button("Show skipped clips again", icon=":material/replay:", on_click=_start_again)


def _draw_gone(clip_id: str) -> None:
    said = f"The clip {clip_id} is not in the published collection: it was replaced, or taken down."
    st.warning(plain(said), icon=":material/info:")
    st.button("Go on with the queue", icon=":material/skip_next:", on_click=_next)


def _button(
    label: str,
    shortcut: str | None,
    clip_id: str,
    on_click: Any,
    args: tuple[Any, ...],
    *,
    icon: str | None = None,
    primary: bool = False,
    disabled: bool = False,
) -> None:
    """A button of one clip: a key pressed twice must not judge the clip that comes next, unseen."""
    st.button(
        label,
        key=f"{label}-{clip_id}",
        shortcut=shortcut,
        icon=icon,
        type="primary" if primary else "secondary",
        on_click=on_click,
        args=args,
        disabled=disabled,
    )


def _judge(state: ReviewState, clip_id: str, verdict: str, reason: str = "") -> None:
    typed = st.session_state.get(f"reason-{clip_id}", "")
    words = "; ".join(part for part in (reason, typed) if part)
    tags = st.session_state.get(f"tags-{clip_id}", [])
    with shown():
        decision = reviews.judge(state.store, state.catalog, clip_id, verdict, state.user, reason=words, tags=tags)
        st.session_state.review_last = (decision.event_id, clip_id)
        _next()


def _undo(state: ReviewState, last: tuple[str, str]) -> None:
    """Undo the user's last verdict, and go back to its clip."""
    with shown():
        reviews.undo(state.store, state.catalog, reviews.read(state.store, state.catalog), last[0], state.user)
        st.session_state.pop("review_last")
        st.query_params["clip"] = last[1]


def _gold(state: ReviewState, clip_id: str, verdict: str) -> None:
    with shown():
        reviews.set_gold(state.store, state.catalog, clip_id, verdict, state.user)


def _skip(clip_id: str) -> None:
    st.session_state.setdefault("review_skipped", set()).add(clip_id)
    _next()


def _next() -> None:
    st.query_params.pop("clip", None)


def _start_again() -> None:
    st.session_state.pop("review_queue", None)
    _next()
