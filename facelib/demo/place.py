"""Where a demo keeps its things, and the settings that its processes get."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from facelib.ids import channel_id
from facelib.settings import Settings, load

DATA = Path("data")
CURRENT = DATA / "current-demo"
SAMPLE = "sample channel"
_OF_SAMPLE = {
    "FACELIB_DOWNLOAD__UPLOAD_INTERVAL_S": "0",
    # Nobody is in many of its few uploads.
    "FACELIB_CURATE__PEOPLE__MIN_NEIGHBOURS": "1",
}


@dataclass(frozen=True)
class Place:
    """The folder of one demo: the sample channel, or one source of the user's own.

    Args:
        root: the folder.
        source: what is crawled: a URL or a folder; for the sample channel the URL of its feed.
        sample: whether it is the sample channel.
    """

    root: Path
    source: str
    sample: bool

    @classmethod
    def of(cls, source: str | None, feed_url: str) -> "Place":
        """The place of a source; None is the sample channel."""
        if source is None:
            return cls((DATA / "demo").resolve(), feed_url, True)
        where = str(Path(source).expanduser().resolve()) if _exists(source) else source
        return cls((DATA / channel_id("demo", where)).resolve(), where, False)

    @classmethod
    def current(cls, feed_url: str) -> "Place":
        """The place of the last demo; the sample channel when there was none."""
        source = json.loads(CURRENT.read_text())["source"] if CURRENT.is_file() else None
        return cls.of(source, feed_url)

    def remember(self) -> None:
        """Make this the place that ``make up`` serves."""
        DATA.mkdir(exist_ok=True)
        CURRENT.write_text(json.dumps({"source": None if self.sample else self.source}))

    @property
    def airflow(self) -> Path:
        """AIRFLOW_HOME."""
        return self.root / "airflow"

    @property
    def channel(self) -> Path:
        """The sample channel's files."""
        return self.root / "channel"

    def environment(self) -> dict[str, str]:
        """The settings of every process of this demo, as environment variables."""
        return {
            "FACELIB_STORE": str(self.root / "store"),
            "FACELIB_WORK_DIR": str(self.root / "work"),
            "FACELIB_MODELS_DIR": str((DATA / "models").resolve()),
            "FACELIB_CHANNELS": json.dumps([self.source]),
            "FACELIB_CRAWL__MIN_HOURS": "0",
            **(_OF_SAMPLE if self.sample else {}),
        }

    def settings(self) -> Settings:
        """The same settings for this process."""
        os.environ.update(self.environment())
        load.cache_clear()
        return load()


def _exists(source: str) -> bool:
    try:
        return Path(source).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # an address that is too long for a file name, or an unknown user
        return False
