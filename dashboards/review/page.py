"""Review: people judge clips, see how well they agree, and set thresholds by what they saw."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboards import url
from dashboards.problems import shown
from dashboards.review import agreement, audit, gold, judge, state, thresholds
from dashboards.review.state import ReviewState

STYLE = Path(__file__).with_name("style.css")
VIEWS: dict[str, tuple[str, Callable[[ReviewState], None]]] = {
    "judge": ("Judge", judge.draw),
    "agreement": ("Agreement", agreement.draw),
    "gold": ("Gold clips", gold.draw),
    "audit": ("Audit trail", audit.draw),
    "thresholds": ("Thresholds", thresholds.draw),
}


def draw() -> None:
    """The page."""
    st.title("Review", anchor=False)
    st.html(STYLE)
    now = state.read()
    words = {name: label for name, (label, _) in VIEWS.items()}
    view = url.segments("View", list(VIEWS), "view", words=words, label_visibility="collapsed")
    with shown():
        VIEWS[view][1](now)
