"""Names of videos and channels: stable, safe as a file name and as an object key, never made from a title.

A name is `<kind>_<readable part>-<10 hex digits>`. The readable part is for people; the digits, the start of
sha256(kind, NUL, key), are what makes two names differ. The key is used as it is, so keys that differ in case differ.
"""

import hashlib
import re
import unicodedata
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

MAX_LENGTH = 80
_KIND_LENGTH = 24
_DIGITS = 10
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(
    r"(utm_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|mc_cid|mc_eid|_hsenc|_hsmi)", re.I
)
_SAFE = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


def video_id(extractor: str, key: str) -> str:
    """The name of one upload.

    Args:
        extractor: which site or kind of source knows the upload (`youtube`, `generic`, `file`); case is ignored.
        key: the site's own id exactly as the site writes it, or the canonical URL where there is none.

    Returns:
        At most 80 characters of [a-z0-9._-]; `is_safe_id` holds.

    Example:
        >>> video_id("youtube", "dQw4w9WgXcQ")
        'youtube_dqw4w9wgxcq-ddb06764c1'
    """
    readable = key
    if "://" in key:
        # The last part of a path says more than a long prefix that a whole site shares.
        parts = urlsplit(key)
        name = unquote(parts.path).rstrip("/").rpartition("/")[2]
        readable = re.sub(r"\.\w{2,5}$", "", name) or parts.netloc
    return _name(extractor, key, readable)


def channel_id(kind: str, url: str) -> str:
    """The name of one channel, from its kind (`channel`, `folder`) and URL; spellings of one URL give one name.

    Example:
        >>> channel_id("channel", "HTTPS://Example.org:443/feed.xml#top") == channel_id(
        ...     "channel", "https://example.org/feed.xml"
        ... )
        True
    """
    key = canonical_url(url)
    parts = urlsplit(key)
    path = unquote(parts.path)
    if parts.scheme == "file":
        path = path.rstrip("/").rpartition("/")[2]
    return _name(kind, key, f"{parts.netloc.removeprefix('www.')}{path}" or key)


def canonical_url(url: str) -> str:
    """One spelling for the URLs that mean the same file.

    Scheme and host in lower case, no user name, default port, fragment or tracking parameter, query parameters sorted,
    `file://` paths made absolute with links resolved. Anything that is not http, https or file is returned stripped.

    Example:
        >>> canonical_url("HTTPS://Example.org:443/a.mp4?utm_source=x&b=2&a=1#t=3")
        'https://example.org/a.mp4?a=1&b=2'
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a broken IPv6 address or port: keep what was given
        return url
    scheme = parts.scheme.lower()
    if scheme == "file":
        return Path(unquote(parts.path)).resolve().as_uri()
    if scheme not in _DEFAULT_PORTS or not parts.hostname:
        return url
    host = _ascii_host(parts.hostname)
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    query = "&".join(sorted(p for p in parts.query.split("&") if p and not _TRACKING.fullmatch(p.partition("=")[0])))
    # Quoting what a URL may not hold, and nothing else, makes the raw and the encoded spelling of a path one.
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    return urlunsplit((scheme, host, path, quote(query, safe="/%:@!$&'()*+,;=~?"), ""))


def is_safe_id(text: str) -> bool:
    """Whether `text` may be used as a name of a file or object: short, lower case, no path, no reserved name."""
    return (
        _SAFE.fullmatch(text) is not None
        and ".." not in text
        and not text.endswith(".")
        and _RESERVED.fullmatch(text) is None
    )


def _name(kind: str, key: str, readable: str) -> str:
    kind = kind.lower()
    digest = hashlib.sha256(f"{kind}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    head = _slug(kind, _KIND_LENGTH)
    return f"{head}_{_slug(readable, MAX_LENGTH - len(head) - _DIGITS - 2)}-{digest}"


def _slug(text: str, length: int) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"\.{2,}", ".", re.sub(r"[^a-z0-9._]+", "_", plain))
    return plain.strip("._")[:length].strip("._") or "x"


def _ascii_host(host: str) -> str:
    host = host.lower().rstrip(".")
    if ":" in host:  # IPv6
        return f"[{host}]"
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
