"""The source video of the clip, played from the second at which the clip begins, where its file is kept."""

from html import escape
from typing import Any

import streamlit as st

from dashboards import cards, collection, url


def switch(clip: dict[str, Any]) -> str:
    """A switch; returns the address of the source file where it is on.

    There is none where the file is not kept, or no browser plays it.
    """
    address = collection.source_of(clip["video_id"])
    start = cards.span(clip).partition("–")[0]
    return address if address and url.toggle(f"Source video at {start}", "source") else ""


def draw(clip: dict[str, Any], address: str) -> None:
    """The player of a source file; nothing without its address, which the player asks for the part that is played."""
    if not address:
        return
    name = escape(f"Source video {clip['title'] or clip['video_id']}, from {clip['start_s']:.2f} s on")
    st.html(
        f'<video class="source" controls playsinline preload="metadata" aria-label="{name}" '
        f'src="{escape(address)}#t={clip["start_s"]:.2f}"></video>'
    )
