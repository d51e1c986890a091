"""The sample channel's feed: RSS 2.0 with one enclosure for each upload, and a local server for it.

`python -m facelib.demo.feed FOLDER --port 8765` serves a folder until it is interrupted.
"""

import argparse
import json
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from xml.etree import ElementTree

from facelib.demo.render import video_path
from facelib.demo.server import FolderServer
from facelib.demo.truth import Truth, read_truth
from facelib.errors import FacelibError

FEED_NAME = "feed.xml"
DEFAULT_PORT = 8765
_STATE_NAME = "channel.json"
_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"


def base_url(port: int) -> str:
    """The address of a feed server on this machine, without a slash at the end."""
    return f"http://127.0.0.1:{port}"


def read_listed(folder: Path) -> tuple[str, ...]:
    """Names of the uploads that the feed lists, oldest first; empty where there is no channel."""
    try:
        return tuple(json.loads((folder / _STATE_NAME).read_text(encoding="utf-8"))["listed"])
    except FileNotFoundError:
        return ()


def write_feed(folder: Path, url: str, listed: Sequence[str]) -> Path:
    """Write `feed.xml`, and which uploads it lists.

    Args:
        folder: holds the uploads with their truths.
        url: base of the enclosures' addresses, without a slash at the end.
        listed: names of uploads.
    """
    truths = sorted((read_truth(folder, name) for name in listed), key=lambda truth: truth.published)
    state = {"url": url, "listed": [truth.name for truth in truths]}
    _replace(folder / _STATE_NAME, json.dumps(state, indent=2).encode() + b"\n")
    ElementTree.register_namespace("itunes", _ITUNES)
    rss = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(rss, "channel")
    about = "Animated public-domain portraits with synthetic voices, made to try facelib out."
    for tag, text in (("title", "Sample channel"), ("link", f"{url}/{FEED_NAME}"), ("description", about)):
        ElementTree.SubElement(channel, tag).text = text
    for truth in reversed(truths):
        channel.append(_item(folder, url, truth))
    ElementTree.indent(rss)
    path = folder / FEED_NAME
    _replace(path, ElementTree.tostring(rss, encoding="utf-8", xml_declaration=True) + b"\n")
    return path


def rewrite_feed(folder: Path, url: str | None = None, add: str | None = None) -> Path:
    """Write the feed again with another base address, or with one more upload.

    Raises:
        FacelibError: `channel_missing` where the folder holds no channel.
    """
    try:
        state = json.loads((folder / _STATE_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"no sample channel in {folder}"
        raise FacelibError(message, hint="run 'make demo' once, which makes it", reason="channel_missing") from error
    listed = [*state["listed"], *([add] if add and add not in state["listed"] else [])]
    return write_feed(folder, url or state["url"], listed)


def _item(folder: Path, url: str, truth: Truth) -> ElementTree.Element:
    """An upload's entry."""
    item = ElementTree.Element("item")
    fields = (
        ("title", truth.title),
        ("description", truth.description),
        ("pubDate", format_datetime(datetime.fromisoformat(truth.published))),
        (f"{{{_ITUNES}}}duration", str(round(truth.duration_s))),
    )
    for tag, text in fields:
        ElementTree.SubElement(item, tag).text = text
    ElementTree.SubElement(item, "guid", isPermaLink="false").text = truth.name
    video = video_path(folder, truth.name)
    length = str(video.stat().st_size)
    ElementTree.SubElement(item, "enclosure", url=f"{url}/{video.name}", length=length, type="video/mp4")
    return item


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, so that a reader never sees half of it."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


@contextmanager
def serve(folder: Path, port: int = 0, log: Path | None = None) -> Iterator[str]:
    """Serve a channel's folder on the loopback interface from a thread; the feed is written for the address it gets.

    Args:
        folder: as `facelib.demo.channel.build_channel` leaves it.
        port: 0 takes any free one.
        log: where requests are noted; None notes them nowhere.

    Yields:
        The base address, without a slash at the end.

    Raises:
        FacelibError: `port_taken`, or `channel_missing`.
    """
    with FolderServer(folder, port, log) as server:
        rewrite_feed(folder, server.url)
        server.start()
        try:
            yield server.url
        finally:
            server.shutdown()


def main(argv: Sequence[str] | None = None) -> int:
    """Serve a folder until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m facelib.demo.feed", description="Serve the sample channel.")
    parser.add_argument("folder", type=Path, help="folder of the channel")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port on 127.0.0.1; 0 takes any free one")
    parser.add_argument("--log", type=Path, default=None, help="file in which requests are noted")
    asked = parser.parse_args(argv)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with serve(asked.folder, asked.port, asked.log) as url:
            print(f"{url}/{FEED_NAME}", flush=True)
            stop.wait()
    except FacelibError as error:
        parser.exit(error.exit_code, f"{error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
