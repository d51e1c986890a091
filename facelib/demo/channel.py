"""The whole sample channel in one call."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from facelib.demo.feed import DEFAULT_PORT, base_url, read_listed, rewrite_feed, write_feed
from facelib.demo.portraits import fetch_portraits, read_picture
from facelib.demo.render import finished, render_upload, video_path
from facelib.demo.truth import Truth
from facelib.demo.uploads import UPLOADS, UploadSpec

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload of the channel: its file, its truth, and whether the feed lists it."""

    video: Path
    truth: Truth
    listed: bool


def build_channel(
    folder: Path,
    cache: Path,
    progress: Progress | None = None,
    *,
    uploads: Sequence[UploadSpec] = UPLOADS,
    url: str = base_url(DEFAULT_PORT),
    jobs: int = 2,
) -> list[Upload]:
    """Fetch the portraits, make every upload and write the feed. What is there and up to date is left alone.

    An upload that was added to the feed stays in it.

    Args:
        folder: where the channel lies; made if absent.
        cache: where portraits lie; made if absent.
        progress: told of each step in a short sentence.
        uploads: what to make.
        url: base address for the feed's enclosures; a server that starts writes its own.
        jobs: uploads made at a time.

    Raises:
        ModelError: a portrait's package cannot be fetched.
        FacelibError: espeak-ng is missing or fails.
    """
    tell = progress or (lambda _: None)
    folder.mkdir(parents=True, exist_ok=True)
    truths = {spec.name: finished(folder, spec) for spec in uploads}
    missing = [spec for spec in uploads if truths[spec.name] is None]
    if missing:
        tell("fetching the portraits")
        keys = sorted({role.portrait for spec in missing for shot in spec.shots for role in shot.roles})
        pictures = {key: read_picture(path) for key, path in fetch_portraits(cache, keys).items()}

        def make(spec: UploadSpec) -> Truth:
            truth = render_upload(folder, spec, pictures)
            tell(f"made {spec.name}: {truth.title}")
            return truth

        with ThreadPoolExecutor(jobs) as pool:
            truths |= {truth.name: truth for truth in pool.map(make, missing)}
    before = read_listed(folder)
    listed = {spec.name for spec in uploads if spec.listed or spec.name in before}
    if missing or listed != set(before):
        write_feed(folder, url, sorted(listed))
    return [Upload(video_path(folder, name), truth, name in listed) for name, truth in truths.items() if truth]


def add_upload(folder: Path, uploads: Sequence[UploadSpec] = UPLOADS) -> str | None:
    """List the next upload that the feed does not list yet; its name, or None where all are listed.

    Raises:
        FacelibError: `channel_missing` where the folder holds no channel.
    """
    before = read_listed(folder)
    waiting = [spec for spec in uploads if spec.name not in before]
    name = min(waiting, key=lambda spec: spec.published).name if before and waiting else None
    rewrite_feed(folder, add=name)
    return name
