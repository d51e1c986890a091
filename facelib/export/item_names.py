"""Names for formats whose folders tell people and videos apart."""

from urllib.parse import parse_qs, urlsplit

from facelib.export.item import Item
from facelib.export.options import ExportOptions
from facelib.store import uploads


def listed(item: Item) -> dict[str, str]:
    """What the list of an item's upload says of it, by name; empty where it came from no list."""
    extra: dict[str, str] = uploads.read_upload(item.video.store, item.video.video_id).get("extra") or {}
    return extra


def site_id(item: Item) -> str:
    """The id that the site gives an item's upload: YouTube's, else the store's name of it."""
    if item.row["extractor"] != "youtube":
        return item.video.video_id
    parts = urlsplit(str(item.row["url"]))
    named = parse_qs(parts.query).get("v", [""])[0] or parts.path.strip("/").rpartition("/")[2]
    return named or item.video.video_id


def person(item: Item, options: ExportOptions) -> str | None:
    """The group of clips of one person that an item belongs to; None where items are grouped in another way."""
    return str(item.row["group"]) if options.split_by == "person" and item.row.get("group") else None
