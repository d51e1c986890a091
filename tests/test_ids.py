"""Names of videos and channels."""

import os
from pathlib import Path

import pytest

from facelib.ids import MAX_LENGTH, canonical_url, channel_id, is_safe_id, video_id


@pytest.mark.parametrize(
    ("extractor", "key", "start"),
    [
        ("youtube", "dQw4w9WgXcQ", "youtube_dqw4w9wgxcq-"),
        ("YouTube", "-_aB.c", "youtube_ab.c-"),
        ("generic", "https://example.org/a/My%20Talk.mp4?v=1", "generic_my_talk-"),
        ("generic", "https://example.org/", "generic_example.org-"),
        ("generic", "https://example.org/v1.2/..%2f..%2fetc%2fpasswd", "generic_passwd-"),
        ("file", "file:///media/alice.mkv", "file_alice-"),
        ("site", "Привет, мир", "site_x-"),
        ("site", "演讲 42 é", "site_42_e-"),
        ("site", "../../etc/passwd", "site_etc_passwd-"),
        ("site", "a..b....c", "site_a.b.c-"),
        ("site", "CON", "site_con-"),
        ("site", "", "site_x-"),
        ("", "key", "x_key-"),
        ("con", "nul", "con_nul-"),
        ("bbc.co.uk:iplayer", "p0\0\n", "bbc.co.uk_iplayer_p0-"),
        ("long-extractor-name-that-goes-on-and-on", "k" * 500, "long_extractor_name_that_kkkk"),
        ("site", "\udcff", "site_x-"),
    ],
)
def test_a_video_id_is_readable_safe_and_bounded(extractor: str, key: str, start: str) -> None:
    name = video_id(extractor, key)
    assert name.startswith(start) and is_safe_id(name) and len(name) <= MAX_LENGTH
    assert name == video_id(extractor.upper(), key)


def test_the_digest_is_of_the_lower_case_extractor_and_the_key_as_it_is() -> None:
    import hashlib

    digest = hashlib.sha256(b"youtube\0dQw4w9WgXcQ").hexdigest()[:10]
    assert video_id("Youtube", "dQw4w9WgXcQ") == f"youtube_dqw4w9wgxcq-{digest}"
    assert video_id("youtube", "dQw4w9WgXcQ") != video_id("youtube", "dqw4w9wgxcq")
    assert video_id("a", "b") != video_id("a\0b", "")[: len(video_id("a", "b"))]


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Example.ORG", "https://example.org/"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("https://example.org:80/a", "https://example.org:80/a"),
        ("https://example.org/a#t=1", "https://example.org/a"),
        ("https://example.org/a?utm_source=x&UTM_Medium=y&fbclid=z", "https://example.org/a"),
        ("https://example.org/a?b=2&a=1&b=1", "https://example.org/a?a=1&b=1&b=2"),
        ("https://example.org/a?x=&y", "https://example.org/a?x=&y"),
        ("https://me:secret@example.org/a", "https://example.org/a"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://example.org/é b", "https://example.org/%C3%A9%20b"),
        ("https://example.org/%C3%A9%20b", "https://example.org/%C3%A9%20b"),
        ("https://example.org/A/b", "https://example.org/A/b"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
        ("http://[broken/a", "http://[broken/a"),
        ("http://host:notaport/a", "http://host:notaport/a"),
        (" rtmp://host/a ", "rtmp://host/a"),
    ],
)
def test_canonical_url(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


def test_a_file_url_is_absolute_with_links_resolved(tmp_path: Path) -> None:
    real = tmp_path / "real name.mp4"
    real.touch()
    (tmp_path / "link.mp4").symlink_to(real)
    assert canonical_url((tmp_path / "link.mp4").as_uri()) == real.resolve().as_uri()
    assert canonical_url(f"file://{tmp_path}/x/..{os.sep}real%20name.mp4") == real.resolve().as_uri()


@pytest.mark.parametrize(
    ("kind", "url", "start"),
    [
        ("channel", "https://www.youtube.com/@Some.One/videos", "channel_youtube.com_some.one_videos-"),
        ("channel", "https://example.org/feed.xml?utm_source=x", "channel_example.org_feed.xml-"),
        ("folder", "file:///srv/media", "folder_media-"),
        ("folder", "file:///", "folder_file-"),
    ],
)
def test_channel_id(kind: str, url: str, start: str) -> None:
    name = channel_id(kind, url)
    assert name.startswith(start) and is_safe_id(name)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("youtube_a-0123456789", True),
        ("a" * 80, True),
        ("a" * 81, False),
        ("", False),
        (".hidden", False),
        ("a/b", False),
        ("a..b", False),
        ("a.", False),
        ("Upper", False),
        ("con", False),
        ("nul.txt", False),
        ("console", True),
        ("a\n", False),
        ("a b", False),
    ],
)
def test_is_safe_id(text: str, safe: bool) -> None:
    assert is_safe_id(text) is safe
