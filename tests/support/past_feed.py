"""A feed on this machine with uploads of past days, and an Airflow that ingests it without models."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from pathlib import Path
from xml.etree import ElementTree

from facelib.demo.airflow import Airflow
from facelib.demo.airflow_config import free_port
from tests.support.http_server import Answer, HttpServer, serve
from tests.support.pipelines import MODELS, write_film

DAGS = Path(__file__).resolve().parents[2] / "dags"
OFF = ("landmarks", "syncnet", "image", "hubert", "speech", "voice")


@contextmanager
def feed_of(days: Mapping[str, date], folder: Path) -> Iterator[HttpServer]:
    """Serve one short film without a face for each name, and ``/feed.xml`` that lists them all."""
    with serve() as server:
        for number, name in enumerate(days):
            film = write_film(folder / f"{name}.mp4", 30, value=60 + 5 * number)
            server.routes[f"/{name}.mp4"] = Answer(film.read_bytes(), "video/mp4")
        list_uploads(server, days)
        yield server


def list_uploads(server: HttpServer, days: Mapping[str, date]) -> None:
    """Have the feed list these uploads and no others, each uploaded at noon UTC of its day."""
    rss = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(rss, "channel")
    ElementTree.SubElement(channel, "title").text = "Past days"
    for name, day in days.items():
        item = ElementTree.SubElement(channel, "item")
        published = format_datetime(datetime.combine(day, time(12), UTC))
        for tag, text in (("title", name), ("pubDate", published), ("guid", name)):
            ElementTree.SubElement(item, tag).text = text
        about = {"url": server.url(f"/{name}.mp4"), "length": "1", "type": "video/mp4"}
        ElementTree.SubElement(item, "enclosure", about)
    server.routes["/feed.xml"] = Answer(ElementTree.tostring(rss), "application/rss+xml")


def environment(folder: Path, feed: str) -> dict[str, str]:
    """Settings of a store in a folder that ingests a feed, with every stage off that needs a face."""
    return {
        "FACELIB_STORE": str(folder / "store"),
        "FACELIB_WORK_DIR": str(folder / "work"),
        "FACELIB_MODELS_DIR": str(MODELS),
        "FACELIB_CHANNELS": json.dumps([feed]),
        "FACELIB_THREADS": "1",
        "FACELIB_DOWNLOAD__UPLOAD_INTERVAL_S": "0",
        "FACELIB_PIPELINE__PROBE__MIN_BYTES": "1000",
        "FACELIB_TASK_RETRIES": "0",
        **{f"FACELIB_PIPELINE__{stage.upper()}__MODEL": "none" for stage in OFF},
    }


def airflow_for(folder: Path, env: Mapping[str, str]) -> Airflow:
    """An Airflow with the DAGs of this project, not started yet."""
    return Airflow(folder / "airflow", DAGS, env, port=free_port(), parallelism=3)


def command(env: Mapping[str, str], *argv: str) -> None:
    """Run one facelib command with these settings."""
    import os

    subprocess.run([str(Path(sys.executable).with_name("facelib")), *argv], env={**os.environ, **env}, check=True)
