"""What is searched for: a picture, words, a person, a sound or a clip. One way at a time; the last used counts."""

from dataclasses import dataclass
from typing import get_args

import streamlit as st

from dashboards import cards, collection, picture_query, sidebar
from dashboards.problems import plain
from dashboards.query import MAX_TEXT, In, Like
from facelib import settings
from facelib.catalog.reader import Catalog, ClipFilter
from facelib.find import likeness, looks, voices
from facelib.search import FaceSearch

WAYS = {
    "picture": ":material/image: Picture",
    "words": ":material/search: Words",
    "person": ":material/person: Person",
    "voice": ":material/mic: Voice",
    "clip": ":material/movie: Clip",
}
PICKABLE = 500
"""Clips in the list to pick from, the newest; any other is found by its id in the URL or by 'more like this'."""
SOUNDS = ("wav", "mp3", "m4a", "ogg", "opus", "flac", "mp4", "webm")
MAX_SOUND_MB = 20
_WHERE: dict[In, str] = {"both": "Texts and pictures", "words": "Texts", "picture": "Pictures"}
_LIKE: dict[Like, str] = {"face": "Same face", "voice": "Like voice", "look": "Like picture"}


@dataclass(frozen=True)
class Asked:
    """What is searched for; nothing shows the newest clips."""

    picture: bytes | None = None
    sound: bytes | None = None
    text: str = ""
    where: In = "both"
    clip: str = ""
    like: Like = "face"


def draw(search: FaceSearch) -> Asked:
    """The way in, and what was given."""
    way = st.segmented_control(
        "Search by",
        list(WAYS),
        format_func=lambda name: WAYS[name],
        key="way",
        required=True,
        label_visibility="collapsed",
        on_change=_leave_clip,
        width="stretch",
    )
    if way == "words":
        return _draw_words(search)
    if way == "person":
        if not sidebar.draw_people(search.catalog):
            st.caption(
                "Choose one or more persons to see all their clips. Nobody is here? Persons come with the face "
                "vectors of three or more clips like each other."
            )
        return Asked()
    if way == "voice":
        return _draw_voice(search)
    if way == "clip":
        return _draw_clip(search)
    return Asked(picture=picture_query.upload(on_new=lambda: st.session_state.update(clip="", pick=None)))


def more_like(clip_id: str, like: Like = "face") -> None:
    """Search by a clip from the next run on; a picture that was given is let go."""
    st.session_state.update(clip=clip_id, pick=clip_id or None, like=like)
    if clip_id:
        st.session_state.way = "clip"
    picture_query.forget()


def _leave_clip() -> None:
    if st.session_state.way != "clip":
        st.session_state.clip = ""


def _draw_words(search: FaceSearch) -> Asked:
    pictures = looks.table_of(search.catalog.publication) is not None
    if pictures:
        collection.look_query(search)
    text = st.text_input(
        "Words in titles, channels and captions" + (", or what is to be seen" if pictures else ""),
        key="text",
        max_chars=MAX_TEXT,
        icon=":material/search:",
        placeholder='interview "climate change"' + (" · a man with glasses outdoors" if pictures else ""),
        help="Words in quotation marks have to follow each other. The last word may be the beginning of one.",
    )
    where: In = "both"
    if pictures:
        options = list(get_args(In))
        where = (
            st.segmented_control("Where", options, format_func=lambda name: _WHERE[name], key="where", required=True)
            or "both"
        )
    return Asked(text=text.strip(), where=where)


def _draw_voice(search: FaceSearch) -> Asked:
    if voices.table_of(search.catalog.publication) is None:
        st.info(
            "No published clip has a vector of its voice. Set pipeline.voice.model to resemblyzer, run the stage "
            "voice, and publish.",
            icon=":material/mic_off:",
        )
        return Asked()
    left, right = st.columns(2, gap="medium")
    with left:
        given = st.file_uploader(
            "A sound in which one person speaks", type=SOUNDS, key="sound_file", max_upload_size=MAX_SOUND_MB
        )
    with right:
        spoken = st.audio_input("Or speak yourself, 2 s or longer", key="sound_spoken")
    chosen = given or spoken
    return Asked(sound=chosen.getvalue() if chosen is not None else None)


def _draw_clip(search: FaceSearch) -> Asked:
    clip: str = st.session_state.get("clip", "")
    labels = _pickable(settings.load().open_store().address, search.catalog.publication.catalog, search.catalog)
    if clip and clip not in labels:
        labels = {clip_id: cards.label(row) for clip_id, row in search.catalog.clips([clip]).items()} | labels
    st.selectbox(
        "Pick a clip",
        list(labels),
        index=None,
        format_func=lambda clip_id: labels.get(clip_id, clip_id),
        key="pick",
        on_change=lambda: more_like(st.session_state.pick or ""),
        placeholder="Type a title, channel or time",
        help=f"The newest {PICKABLE} clips. 'More like this' on any card does the same.",
    )
    if clip and clip not in labels:
        st.warning(
            f"The clip {plain(clip)} is not in the published collection: it was replaced, or taken down. "
            "Pick another one.",
            icon=":material/info:",
        )
        return Asked()
    return Asked(clip=clip, like=_draw_like(search) if clip else "face")


@st.cache_data(max_entries=2, show_spinner=False)
def _pickable(root: str, publication: str, _catalog: Catalog) -> dict[str, str]:
    """The newest clips by id, each in a line; worked out once a publication."""
    recent = collection.recent(_catalog, ClipFilter(), limit=PICKABLE)
    rows = _catalog.clips(recent)
    return {clip_id: cards.label(rows[clip_id]) for clip_id in recent if clip_id in rows}


def _draw_like(search: FaceSearch) -> Like:
    publication = search.catalog.publication
    tasks: dict[Like, str] = {"face": "identity", "voice": voices.TASK, "look": looks.TASK}
    offered = [like for like, task in tasks.items() if like == "face" or likeness.table_of(publication, task)]
    if len(offered) == 1:
        return "face"
    if st.session_state.get("like") not in offered:
        st.session_state.like = "face"
    return (
        st.segmented_control(
            "What is to be like it", offered, format_func=lambda name: _LIKE[name], key="like", required=True
        )
        or "face"
    )
