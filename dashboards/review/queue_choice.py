"""Which clips come next: the choice of a queue, kept in the URL, and the queue itself, kept for the session."""

from dataclasses import dataclass

import streamlit as st

from dashboards import url
from dashboards.review.state import ReviewState, choose_rules
from facelib.collection.review.queue import Order, QueueOrder, mixed, orders, queue
from facelib.curate.rule_margins import has_limit
from facelib.curate.rules import RuleSet

ORDERS: dict[Order, str] = {
    "random": "Random sample",
    "uncertain": "Uncertain: near any threshold",
    "near": "Near one rule's threshold",
    "failing": "Failing one rule",
}


@dataclass(frozen=True)
class Choice:
    """A queue as it was chosen.

    Args:
        rules: the rule set that clips are shown against.
        order: what comes first.
        second: whether only clips count that others judged and the user did not.
        muted: whether clips start without sound.
    """

    rules: RuleSet
    order: QueueOrder
    second: bool
    muted: bool


def draw(state: ReviewState) -> Choice:
    """The widgets in the sidebar."""
    with st.sidebar:
        st.subheader("Queue", anchor=False)
        rules = choose_rules(state)
        kind = url.select("Order", orders(rules), "order", words=ORDERS, on_change=_other)
        rule = ""
        if kind in ("near", "failing"):
            names = [each.name for each in rules.rules if kind == "failing" or has_limit(each)]
            rule = url.select("Rule", names, "rule", on_change=_other)
        seed = 0
        if kind in ("random", "failing"):
            help_ = "The same seed gives the same clips: a colleague with it judges the same sample."
            seed = int(url.number("Seed", "seed", 0, min_value=0, max_value=9999, step=1, help=help_, on_change=_other))
        second = url.toggle(
            "Second opinion",
            "second",
            help="Only clips that somebody else judged and you did not; their verdicts are not shown.",
            on_change=_other,
        )
        muted = url.toggle("Start without sound", "muted")
    return Choice(rules, QueueOrder(kind, rule, seed), second, muted)


def _other() -> None:
    """Begin the queue that was chosen: the clip in the URL is one of the queue before."""
    st.query_params.pop("clip", None)


def waiting(state: ReviewState, choice: Choice) -> list[str]:
    """The clips of the queue that the user neither judged nor skipped, in order."""
    key = (state.catalog.publication.catalog, state.user, choice.rules, choice.order, choice.second)
    held = st.session_state.get("review_queue")
    if held is None or held[0] != key:
        held = st.session_state.review_queue = (key, _made(state, choice))
        st.session_state.review_skipped = set()
    mine, skipped = state.events.verdicts_of(state.user), st.session_state.review_skipped
    left = [clip_id for clip_id in held[1] if clip_id not in mine and clip_id not in skipped]
    if not left and held[1]:
        more = _made(state, choice, without=skipped)
        st.session_state.review_queue = (key, more)
        return more
    return left


def _made(state: ReviewState, choice: Choice, without: set[str] | frozenset[str] = frozenset()) -> list[str]:
    mine = state.events.verdicts_of(state.user)
    judged = [clip_id for clip_id in state.events.by_clip if state.events.standing(clip_id)] if choice.second else None
    found = queue(state.catalog, choice.rules, choice.order, without=[*mine, *without], among=judged)
    if choice.second:
        return found
    gold = [clip_id for clip_id in state.events.gold() if clip_id not in mine and clip_id not in without]
    return mixed(found, list(state.catalog.clips(gold)), seed=choice.order.seed)
