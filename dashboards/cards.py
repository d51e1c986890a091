"""A clip as a card: player, what it is, how near it is."""

from html import escape
from typing import Any

from dashboards.collection import url_of
from facelib.search import Hit

FAR = 2.0
"""Right end of the distance bar, in thresholds of the model: hardly any two faces are further apart."""


def card(clip: dict[str, Any], *, hit: Hit | None = None, playable: bool) -> str:
    """HTML of one clip.

    Args:
        clip: columns as of ``Catalog.clips``.
        hit: its place in a result, if it is one.
        playable: whether its file is in the store.
    """
    badge = '<span class="badge">same person</span>' if hit and hit.same_person else ""
    distance = _distance(hit) if hit else ""
    stage = _player(clip, badge) if playable else _absent(badge)
    return f'<article class="clip">{stage}<div class="facts">{distance}{_facts(clip)}</div></article>'


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


def meaning(distance: float, threshold: float) -> str:
    """A distance and what it means.

    >>> meaning(0.3149, 0.6)
    '0.31 · same person below 0.60'
    """
    return f"{distance:.2f} · same person below {threshold:.2f}"


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


def _distance(hit: Hit) -> str:
    kind = "same" if hit.same_person else "other"
    at, limit = min(hit.distance / (FAR * hit.threshold), 1) * 100, 100 / FAR
    return (
        f'<div class="meter" aria-hidden="true"><i class="{kind}" style="width:{at:.1f}%"></i>'
        f'<b style="left:{limit:.1f}%"></b></div><p class="distance">{meaning(hit.distance, hit.threshold)}</p>'
    )


def _facts(clip: dict[str, Any]) -> str:
    title = escape(clip["title"] or clip["video_id"])
    url = clip["url"] or ""
    if url.startswith(("https://", "http://")):
        shown = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{title}</a>'
    else:
        shown = title
    where = _line(clip["channel_title"], clip["upload_day"])
    sound = "with sound" if clip["has_audio"] else "no sound"
    what = _line(span(clip), f"face {clip['face_side']:.0f} px", sound)
    return f'<p class="title" title="{title}">{shown}</p>{where}{what}'


def _line(*parts: str | None) -> str:
    return '<p class="where">' + " · ".join(f"<span>{escape(part)}</span>" for part in parts if part) + "</p>"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
