"""The clip itself: a player, and over it the face's box and landmarks of each frame."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboards import cards, collection, url
from dashboards.clip import source
from dashboards.problems import show
from facelib.collection.clip.timeline import ClipTimeline
from facelib.errors import FacelibError
from facelib.models.landmark import CLOSED, GROUPS

HERE = Path(__file__).parent
HTML = (
    '<div class="stage"><video controls loop playsinline preload="metadata"></video>'
    '<canvas aria-hidden="true"></canvas></div>'
)
SCALE = 4
"""Places are sent as whole numbers of so many parts of a pixel."""
NONE = -32768
"""Stands for a place that was not measured."""
MOST = 3000
"""Of longer clips every second frame is sent, or fewer: two minutes of landmarks are one megabyte."""
LINES = [[part.start, part.stop, name in CLOSED] for name, part in GROUPS.items()]

_player = st.components.v2.component(
    "clip_player",
    html=HTML,
    css=HERE.joinpath("player.css").read_text(),
    js=HERE.joinpath("player.js").read_text(),
)


def draw(clip: dict[str, Any], timeline: ClipTimeline) -> None:
    """The player with switches for what is drawn over it; a sentence where the file is gone."""
    key = clip["media_key"]
    if not collection.has_media(key):
        st.warning(
            "The file of this clip is not in the store. 'facelib doctor' says what is missing.",
            icon=":material/videocam_off:",
        )
        source.draw(clip, source.switch(clip))
        return
    stage = st.container()
    with st.container(horizontal=True):
        box = url.toggle("Face box", "box")
        marks = url.toggle("Landmarks", "marks")
        whole = source.switch(clip)
    data: dict[str, Any] = {
        "src": collection.url_of(key),
        "poster": collection.url_of(f"{key.removesuffix('.mp4')}.jpg"),
        "label": f"Clip {cards.span(clip)} of {clip['title'] or clip['video_id']}",
        "width": clip["x2"] - clip["x1"],
        "height": clip["y2"] - clip["y1"],
        "frames": timeline.n_frames,
        "stride": stride(timeline.n_frames),
        "scale": SCALE,
        "lines": LINES,
    }
    try:
        data["boxes"] = packed(timeline.boxes()[:: data["stride"]]) if box else ""
        data["points"] = packed(timeline.landmarks()[:: data["stride"]]) if marks else ""
    except FacelibError as error:
        show(error)
    source.draw(clip, whole)
    with stage:
        _player(key=f"player-{clip['clip_id']}", data=data)


def stride(n_frames: int) -> int:
    """Of how many frames one is sent.

    >>> stride(200), stride(3000), stride(3001)
    (1, 1, 2)
    """
    return max(1, -(-n_frames // MOST))


def packed(places: NDArray[np.float32]) -> str:
    """Places in pixels as base64 of little-endian 16-bit numbers, in quarters of a pixel.

    >>> import base64, numpy as np
    >>> np.frombuffer(base64.b64decode(packed(np.array([1.5, np.nan], np.float32))), "<i2").tolist()
    [6, -32768]
    """
    whole = np.clip(np.round(places.astype(np.float64) * SCALE), NONE + 1, -NONE - 1)
    return base64.b64encode(np.where(np.isfinite(whole), whole, NONE).astype("<i2").tobytes()).decode()
