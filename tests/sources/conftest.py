"""A server, tiny real clips and quick settings for the tests of sources."""

import io
from collections.abc import Callable, Iterator

import av
import numpy as np
import pytest

from facelib.sources.ytdlp import DownloadSettings
from tests.support.http_server import HttpServer, serve


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serve() as running:
        yield running


def make_clip(seed: int = 0, frames: int = 25, size: int = 128, container: str = "mp4") -> bytes:
    """A real H.264 video of noise at 25 frames a second; `seed` makes its bytes differ."""
    noise = np.random.default_rng(seed)
    held = io.BytesIO()
    with av.open(held, "w", format=container) as output:
        stream = output.add_stream("libx264", rate=25)
        stream.width = stream.height = size
        stream.pix_fmt = "yuv420p"
        for _ in range(frames):
            image = noise.integers(0, 255, (size, size, 3), dtype=np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        output.mux(stream.encode())
    return held.getvalue()


@pytest.fixture(scope="session")
def clips() -> list[bytes]:
    return [make_clip(seed) for seed in range(3)]


@pytest.fixture
def settings() -> DownloadSettings:
    return DownloadSettings(backoff_s=0.01, upload_interval_s=0.0, socket_timeout_s=5.0, retries=2)


@pytest.fixture
def feed() -> Callable[[list[str]], bytes]:
    """An RSS feed with one item for each enclosure address, on days 2024-03-01, 02, ..."""

    def build(addresses: list[str]) -> bytes:
        items = "".join(
            f"<item><title>Talk {n}</title><guid>guid-{n}</guid><pubDate>0{n} Mar 2024 23:30:00 GMT</pubDate>"
            f'<description>About {n}</description><enclosure url="{a.replace("&", "&amp;")}" type="video/mp4"/></item>'
            for n, a in enumerate(addresses, 1)
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Talks</title>{items}</channel></rss>'.encode()

    return build
