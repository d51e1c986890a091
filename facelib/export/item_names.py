"""Names for formats whose folders tell people and videos apart: each is one part of a path, whatever a list says."""

import re
from typing import Any

from facelib.export.item import Item
from facelib.store import uploads

_NAME = re.compile(r"\w[\w.-]{0,63}")
_SITE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST = 120
"""Bytes of a name: two of them and a number make a file name, of which file systems take 255."""


def plain_name(text: str) -> str:
    """A text as it is where it can be one part of a path; else nothing.

    Letters, digits, ``_``, ``.`` and ``-``, 64 at most, the first a letter, a digit or ``_``.

    Example:
        >>> plain_name("id00017"), plain_name("../id00017"), plain_name("/id")
        ('id00017', '', '')
    """
    return text if _NAME.fullmatch(text) and len(text.encode()) <= _LONGEST else ""


def listed(item: Item) -> dict[str, str]:
    """What the list of an item's upload says of it, by name; empty where it came from no list."""
    return uploads.listed(item.video.store, item.video.video_id)


def hdtf_name(item: Item) -> tuple[str, str] | None:
    """HDTF's subset and name of an item's upload; None where it came from no list of HDTF, or they are no names."""
    known = _upload(item)
    if not str(known.get("channel_id", "")).startswith("hdtf_"):
        return None
    extra = known.get("extra") or {}
    subset, name = plain_name(extra.get("subset", "")), plain_name(extra.get("name", ""))
    return (subset, name) if subset and name else None


def site_id(item: Item) -> str:
    """The id that the site gives an item's upload: YouTube's, else the store's name of it."""
    key = str(_upload(item).get("key", "")) if item.row["extractor"] == "youtube" else ""
    return key if _SITE_ID.fullmatch(key) else item.video.video_id


def person(item: Item) -> str | None:
    """The people that an item's face was told to be one of, by face vectors; None where it has no vector."""
    return item.row.get("person") or None


def _upload(item: Item) -> dict[str, Any]:
    return uploads.read_upload(item.video.store, item.video.video_id)
