"""A clip as a card: player, what it is, how near it is."""

from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from dashboards.collection import url_of
from dashboards.words import person
from facelib.find.shown import Shown

FAR = 2.0
"""Right end of the distance bar, in thresholds of the model: hardly any two faces are further apart."""


@dataclass(frozen=True)
class Near:
    """How near a clip is to what was searched for.

    Args:
        distance: in the metric of the model.
        threshold: below it both are taken for one.
        same: what they are then, such as ``same person``.
    """

    distance: float
    threshold: float
    same: str

    @property
    def is_same(self) -> bool:
        """Whether the distance is below the threshold."""
        return self.distance < self.threshold


def card(
    clip: dict[str, Any], *, near: Near | None = None, note: str = "", shown: Shown | None = None, playable: bool
) -> str:
    """HTML of one clip.

    Args:
        clip: columns as of ``Catalog.clips``.
        near: how near it is to what was searched for, if it was.
        note: why else it was found.
        shown: who it is and what the rules say, if that is to be told.
        playable: whether its file is in the store.
    """
    badge = f'<span class="badge">{escape(near.same)}</span>' if near and near.is_same else ""
    score = _distance(near) if near else f'<p class="distance">{escape(note)}</p>' if note else ""
    stage = _player(clip, badge) if playable else _absent(badge)
    told = _told(clip, shown) if shown else ""
    return f'<article class="clip">{stage}<div class="facts">{score}{_facts(clip)}{told}</div></article>'


def label(clip: dict[str, Any]) -> str:
    """One line that tells a clip from all others."""
    digest = clip["clip_id"].rsplit(".", 1)[-1]
    channel = f" · {clip['channel_title']}" if clip["channel_title"] else ""
    return f"{clip['title'] or clip['video_id']} · {span(clip)}{channel} · {digest}"


def span(clip: dict[str, Any]) -> str:
    """When it is, in its source.

    >>> span({"start_s": 65.2, "end_s": 3671.0})
    '1:05–1:01:11'
    """
    return f"{_clock(clip['start_s'])}–{_clock(clip['end_s'])}"


def meaning(near: Near) -> str:
    """A distance and what it means.

    >>> meaning(Near(0.3149, 0.6, "same person"))
    'distance 0.31 · same person below 0.60'
    """
    return f"distance {near.distance:.2f} · {near.same} below {near.threshold:.2f}"


def length(clip: dict[str, Any]) -> str:
    """How long it is.

    >>> length({"start_s": 65.2, "end_s": 72.04})
    '6.8 s'
    """
    return f"{clip['end_s'] - clip['start_s']:.1f} s"


def _player(clip: dict[str, Any], badge: str) -> str:
    video, picture = clip["media_key"], f"{clip['media_key'].removesuffix('.mp4')}.jpg"
    name = escape(f"Clip {span(clip)} of {clip['title'] or clip['video_id']}")
    return (
        f'<div class="stage"><video src="{escape(url_of(video))}" poster="{escape(url_of(picture))}" '
        f'preload="none" controls playsinline loop aria-label="{name}"></video>{badge}</div>'
    )


def _absent(badge: str) -> str:
    return (
        f'<div class="stage gone"><p>The file of this clip is not in the store. '
        f"<code>facelib doctor</code> says what is missing.</p>{badge}</div>"
    )


def _distance(near: Near) -> str:
    kind = "same" if near.is_same else "other"
    at, limit = min(near.distance / (FAR * near.threshold), 1) * 100, 100 / FAR
    return (
        f'<div class="meter" aria-hidden="true"><i class="{kind}" style="width:{at:.1f}%"></i>'
        f'<b style="left:{limit:.1f}%"></b></div><p class="distance">{meaning(near)}</p>'
    )


def _told(clip: dict[str, Any], shown: Shown) -> str:
    """Who it is, and badges: verdict, sync, licence."""
    who = ""
    if shown.person_id:
        name = escape(person(shown.person_id, shown.person))
        where = f"./?person={quote(shown.person_id)}"
        who = f'<p class="who"><a href="{escape(where)}" target="_self" title="All clips of this person">{name}</a></p>'
    tags = []
    if shown.keep is not None:
        why = f' title="failed: {escape(", ".join(shown.failed_rules))}"' if shown.failed_rules else ""
        tags.append(f'<li class="{"good" if shown.keep else "bad"}"{why}>{"kept" if shown.keep else "dropped"}</li>')
    if shown.in_sync is not None:
        tags.append(
            f'<li class="{"good" if shown.in_sync else "bad"}">{"in sync" if shown.in_sync else "not in sync"}</li>'
        )
    if clip.get("licence"):
        tags.append(f'<li title="licence">{escape(clip["licence"])}</li>')
    return who + (f'<ul class="tags" aria-label="Badges">{"".join(tags)}</ul>' if tags else "")


def _facts(clip: dict[str, Any]) -> str:
    title = escape(clip["title"] or clip["video_id"])
    url = clip["url"] or ""
    if url.startswith(("https://", "http://")):
        shown = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{title}</a>'
    else:
        shown = title
    where = _line(clip["channel_title"], clip["upload_day"])
    sound = "with sound" if clip["has_audio"] else "no sound"
    what = _line(span(clip), length(clip), f"face {clip['face_side']:.0f} px", sound)
    more = f"clip?id={quote(clip['clip_id'])}"
    about = f'<a href="{escape(more)}" target="_self" aria-label="Details of {title}, {span(clip)}">Details</a>'
    return f'<p class="title" title="{title}">{shown}</p>{where}{what}<p class="where">{about}</p>'


def _line(*parts: str | None) -> str:
    return '<p class="where">' + " · ".join(f"<span>{escape(part)}</span>" for part in parts if part) + "</p>"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
