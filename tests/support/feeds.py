"""A store, and a feed of pages and files on a real server that it downloads from."""

from pathlib import Path
from typing import Any

from facelib.fetching.crawl import crawl
from facelib.fetching.download import DownloadReport, download
from facelib.store import download_log, uploads
from facelib.store.objects import Store
from tests.sources.conftest import make_clip
from tests.support.http_server import Answer, HttpServer
from tests.support.pipelines import settings_in

CLIP = make_clip(frames=5)
GOOD = Answer(CLIP, "video/mp4")
WORDS = Answer(b"WEBVTT\n\n00:00.000 --> 00:01.500\nhello there\n", "text/vtt")
PAGE = (
    "<html><head><title>{0}</title></head><body><video src='/{0}.mp4'>"
    "<track kind='captions' src='/{0}.vtt' srclang='en'></video></body></html>"
)


class Feed:
    """A store, and a feed of pages or files on a real server."""

    def __init__(self, folder: Path, server: HttpServer) -> None:
        self.server, self.settings = server, settings_in(folder)
        self.change(retries=0, upload_interval_s=0.0, host_pause_s=0.0, backoff_s=0.01, allowed_hosts=("localhost",))
        self.store: Store = self.settings.open_store()

    def change(self, **values: Any) -> None:
        """Change settings of the download."""
        self.settings.download = self.settings.download.model_copy(update=values)

    def list(self, *addresses: str) -> dict[str, str]:
        """Make uploads known; their ids by title, which is the last part of the address."""
        items = "".join(
            f"<item><title>{a.rpartition('/')[2]}</title><pubDate>01 Mar 2024 10:00:00 GMT</pubDate>"
            f'<enclosure url="{a}" type="video/mp4"/></item>'
            for a in (a if "://" in a else self.server.url(a) for a in addresses)
        )
        body = f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()
        self.server.routes["/feed.xml"] = Answer(body, "application/rss+xml")
        crawl(self.store, self.settings, [self.server.url("/feed.xml")], force=True)
        return {uploads.read_upload(self.store, v)["title"]: v for v in uploads.videos(self.store)}

    def run(self, **options: Any) -> DownloadReport:
        """Download what is listed and not here."""
        return download(self.store, self.settings, **options)

    def last(self, video_id: str) -> download_log.Attempt:
        """What was written down of the last try."""
        return download_log.attempts(self.store, video_id)[-1]
