"""A face to search by, from a picture that a person gives. The picture itself is never written anywhere."""

import base64
from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboards import collection
from facelib.models.reference_faces import QueryFace
from facelib.search import FaceSearch

TYPES = ("jpg", "jpeg", "png", "webp", "bmp")
MAX_MB = 20
CROP_SIDE = 160
CROP_SCALE = 1.5
MAX_FACES = 12


def upload(*, on_new: Callable[[], Any]) -> bytes | None:
    """The way in for a picture; None without one.

    Args:
        on_new: called when a person gave one.
    """

    def changed() -> None:
        st.session_state.face = 0
        if st.session_state.get(_key()) is not None:
            on_new()

    given = st.file_uploader(
        "Search by a picture of a face", type=TYPES, key=_key(), max_upload_size=MAX_MB, on_change=changed
    )
    return given.getvalue() if given is not None else None


def forget() -> None:
    """Let the picture go: a new upload field takes the place of the old one."""
    st.session_state.picture_round = st.session_state.get("picture_round", 0) + 1


def choose_face(search: FaceSearch, picture: bytes) -> QueryFace:
    """The face to search for; where the picture shows several, a person chooses.

    Raises:
        FacelibError: it is no picture or shows no face, or a model is missing.
    """
    found: list[QueryFace] = collection.faces(search, picture)
    shown = found[:MAX_FACES]
    chosen: int = min(st.session_state.get("face", 0), len(shown) - 1)
    crops = _crops(picture, tuple(face.box for face in shown))
    if len(found) > 1:
        more = f", the largest {MAX_FACES} of them here" if len(found) > len(shown) else ""
        st.markdown(f"**{len(found)} faces** in the picture{more}. Which one?")
    with st.container(key="faces", horizontal=True, gap="small"):
        for number, crop in enumerate(crops):
            _draw_face(number, crop, chosen=number == chosen, alone=len(shown) == 1)
    return shown[chosen]


def _draw_face(number: int, crop: str, *, chosen: bool, alone: bool) -> None:
    with st.container(width=112, gap="small"):
        st.image(crop, width=112, alt=f"Face {number + 1} of the picture")
        if not alone:
            st.button(
                f"Face {number + 1}",
                key=f"face-{number}",
                type="primary" if chosen else "secondary",
                width="stretch",
                on_click=lambda: st.session_state.update(face=number),
            )


@st.cache_data(max_entries=4, scope="session", show_spinner=False)
def _crops(picture: bytes, boxes: tuple[tuple[float, float, float, float], ...]) -> list[str]:
    """A square crop around each box as a data URL, so that no file of it is kept by the server."""
    import cv2

    from facelib.media.still import read_picture

    image = read_picture(picture)
    height, width = image.shape[:2]
    urls = []
    for x1, y1, x2, y2 in boxes:
        side = min(CROP_SCALE * max(x2 - x1, y2 - y1), width, height)
        left = round(min(max(0, (x1 + x2 - side) / 2), width - side))
        top = round(min(max(0, (y1 + y2 - side) / 2), height - side))
        crop = image[top : top + max(1, round(side)), left : left + max(1, round(side))]
        small = cv2.resize(crop, (CROP_SIDE, CROP_SIDE), interpolation=cv2.INTER_AREA)
        _, encoded = cv2.imencode(".jpg", small)
        urls.append("data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode())
    return urls


def _key() -> str:
    return f"picture-{st.session_state.get('picture_round', 0)}"
