"""Atom feeds (RFC 4287), which yt-dlp does not read as lists, as listings in the form that it gives others."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree

ATOM = "{http://www.w3.org/2005/Atom}"
MEDIA = "{http://search.yahoo.com/mrss/}"
NAMESPACE = "http://www.w3.org/2005/Atom"
HEAD_BYTES = 2048


def looks_like_atom(head: str) -> bool:
    """Whether a document begins as an Atom feed does.

    Args:
        head: its first :data:`HEAD_BYTES` characters.

    >>> looks_like_atom('<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">'), looks_like_atom("<rss>")
    (True, False)
    """
    return "<feed" in head and NAMESPACE in head


def atom_listing(body: str, url: str) -> dict[str, Any] | None:
    """The listing of a feed: a title, and an entry for each link to a video.

    Of an entry's links the enclosure counts first, then Media RSS content, then the page.

    Args:
        body: the document.
        url: its address, which relative links start from.

    Returns:
        As ``YoutubeDL.extract_info`` gives a playlist; None where it is no feed that can be read.
    """
    try:
        feed = ElementTree.fromstring(body.encode())  # noqa: S314
    except ElementTree.ParseError:
        return None
    if feed.tag != f"{ATOM}feed":
        return None
    entries = [entry for found in feed.findall(f"{ATOM}entry") if (entry := _entry(found, url))]
    return {"_type": "playlist", "title": _text(feed, f"{ATOM}title"), "entries": entries}


def _entry(entry: ElementTree.Element, url: str) -> dict[str, Any] | None:
    links = {link.get("rel", "alternate"): link.get("href", "") for link in reversed(entry.findall(f"{ATOM}link"))}
    content = next((c.get("url", "") for c in entry.iter(f"{MEDIA}content") if _is_video(c.get("type", ""))), "")
    address = links.get("enclosure") or (content if not links.get("alternate") else "") or links.get("alternate")
    if not address:
        return None
    thumbnail = next((picture.get("url") for picture in entry.iter(f"{MEDIA}thumbnail")), None)
    description = next((found.text for found in entry.iter(f"{MEDIA}description") if found.text), "")
    return {
        "_type": "url",
        "url": urljoin(url, address.strip()),
        "title": _text(entry, f"{ATOM}title"),
        "description": description or _text(entry, f"{ATOM}summary"),
        "timestamp": _time(_text(entry, f"{ATOM}published") or _text(entry, f"{ATOM}updated")),
        "uploader": _text(entry, f"{ATOM}author/{ATOM}name") or None,
        "license": _text(entry, f"{ATOM}rights") or None,
        "thumbnail": thumbnail,
    }


def _is_video(kind: str) -> bool:
    # YouTube's feeds name a player of the past here, which is no file.
    return kind.startswith("video/")


def _text(element: ElementTree.Element, path: str) -> str:
    return " ".join((element.findtext(path) or "").split())


def _time(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
