"""The page Dataset: a selection, what is in it, a snapshot of it, exports."""

import streamlit as st


def show_view(view: str) -> None:
    """Show another view from the next run on."""
    st.session_state["next_view"] = view
