"""The address that somebody came by before the login: Streamlit comes back from the provider to the first page."""

from pathlib import Path

import streamlit as st

_came_for = st.components.v2.component("came_for", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"))


def keep() -> None:
    """Have the browser's tab remember the address of this page."""
    _draw(keep=True)


def go_there() -> None:
    """Lead to the address that the tab remembers, and forget it; nothing where it remembers none."""
    _draw(keep=False)


def _draw(*, keep: bool) -> None:
    with st.container(key="came_for"):
        _came_for(key=f"came_for_{keep}", data={"keep": keep})
