"""Clips of a grid play while the pointer rests on them, or the keyboard's focus is on them."""

from pathlib import Path

import streamlit as st

_hover = st.components.v2.component("clip_hover", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"))


def listen() -> None:
    """Have all cards of the page listen; drawn once a page, and not to be seen."""
    with st.container(key="hover"):
        _hover(key="clip_hover")
