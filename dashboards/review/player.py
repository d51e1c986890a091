"""The clip that is judged: a large player, what it is, how it stands to each rule; and the next one, fetched ahead."""

from html import escape
from typing import Any

from dashboards.cards import span
from dashboards.collection import has_media, url_of

SIGNS = {"passed": "✓", "failed": "✗", "unknown": "?"}


def player(clip: dict[str, Any], *, muted: bool) -> str:
    """HTML of the player; a sentence where the file is gone."""
    key = clip["media_key"]
    if not has_media(key):
        said = "The file of this clip is not in the store. <code>facelib doctor</code> says what is missing. Skip it."
        return f'<div class="judged gone"><p>{said}</p></div>'
    name = escape(f"Clip {span(clip)} of {clip['title'] or clip['video_id']}")
    return (
        f'<div class="judged"><video src="{escape(url_of(key))}" poster="{escape(_poster(key))}" controls autoplay '
        f'{"muted " if muted else ""}loop playsinline preload="auto" aria-label="{name}"></video></div>'
    )


def ahead(clips: list[dict[str, Any]]) -> str:
    """HTML that has the browser fetch the files of clips that come next; nothing of it is seen or read out."""
    fetched = "".join(
        f'<video src="{escape(url_of(clip["media_key"]))}" preload="auto" muted tabindex="-1"></video>'
        for clip in clips
        if has_media(clip["media_key"])
    )
    return f'<div class="ahead" aria-hidden="true">{fetched}</div>'


def about(clip: dict[str, Any]) -> str:
    """HTML of what the clip is and where it is from."""
    title = escape(clip["title"] or clip["video_id"])
    url = clip["url"] or ""
    if url.startswith(("https://", "http://")):
        title = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{title}</a>'
    seconds = clip["end_s"] - clip["start_s"]
    facts = {
        "Source": title,
        "Time": f"{span(clip)}, {seconds:.1f} s",
        "Channel": escape(clip["channel_title"] or clip["channel_id"] or "not known"),
        "Upload day": escape(clip["upload_day"] or "not known"),
        "Face": f"{clip['face_side']:.0f} px" if clip["face_side"] is not None else "not measured",
        "Sound": "yes" if clip["has_audio"] else "none",
        "Clip": f"<code>{escape(clip['clip_id'])}</code>",
    }
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items())
    return f'<dl class="about">{rows}</dl>'


def rules(judged: list[dict[str, Any]], name: str) -> str:
    """HTML table of the rules on a clip."""
    rows = "".join(
        f'<tr class="{rule["state"]}"><th scope="row">{escape(rule["rule"])}</th>'
        f"<td>{escape(_measured(rule))}</td><td>{escape(_with_unit(rule['wanted'], rule['unit']))}</td>"
        f'<td><span aria-hidden="true">{SIGNS[rule["state"]]}</span> {rule["state"]}</td></tr>'
        for rule in judged
    )
    head = "".join(f'<th scope="col">{word}</th>' for word in ("Rule", "Measured", "Wanted", "Outcome"))
    return (
        f'<table class="rules"><caption>Rule set {escape(name)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _poster(key: str) -> str:
    return url_of(f"{key.removesuffix('.mp4')}.jpg")


def _measured(rule: dict[str, Any]) -> str:
    return "not measured" if rule["found"] == "not measured" else _with_unit(rule["found"], rule["unit"])


def _with_unit(value: str, unit: str) -> str:
    return f"{value} {unit}".strip()
