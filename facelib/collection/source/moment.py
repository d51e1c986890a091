"""Where the source of a clip can be watched at the second at which the clip begins."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

YOUTUBE = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "youtu.be"})


def at_second(url: str, seconds: float) -> str:
    """The address of an upload with the time in it; empty where it is no web address.

    YouTube takes the time as a parameter; players of plain files and some sites as a media fragment, which does no harm
    elsewhere. Parameters that the address has stay; a time that it names is replaced.

    Args:
        url: where the upload was fetched from.
        seconds: of the source; whole seconds are used, so that nothing of the clip is missed.

    >>> at_second("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3", 65.9)
    'https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=65s'
    >>> at_second("https://example.org/talk.mp4", 65.9)
    'https://example.org/talk.mp4#t=65'
    >>> at_second("file:///videos/talk.mp4", 65.9)
    ''
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    whole = max(0, int(seconds))
    if host in YOUTUBE:
        kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in ("t", "start")]
        return urlunsplit(parts._replace(query=urlencode([*kept, ("t", f"{whole}s")])))
    return urlunsplit(parts._replace(fragment=f"t={whole}"))
