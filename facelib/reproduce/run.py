"""Cutting annotated clips from the videos that are in the store, each on its own: one that fails stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from facelib.digests import digest_file
from facelib.errors import FacelibError, MediaError
from facelib.fetching.download import STAGE as DOWNLOAD
from facelib.machine_faults import is_machine_fault
from facelib.media.audio import Samples, map_speech
from facelib.media.grid import GridReader
from facelib.media.part import write_part
from facelib.reproduce.annotated import AnnotatedClip, FrameSize, NotWritten
from facelib.reproduce.journal import Journal
from facelib.reproduce.report import Row
from facelib.store import deny, download_log, layout, quarantine, uploads
from facelib.store.objects import Store

Watch = Callable[[Row], None]


def reproduce(
    store: Store,
    clips: Iterable[AnnotatedClip],
    folder: Path,
    *,
    channel: str,
    force: bool = False,
    crf: int = 14,
    watch: Watch = lambda row: None,
) -> list[Row]:
    """Write each clip that can be written to ``folder``, and tell what became of each.

    Files appear under their names when they are complete. A clip that was written before, on the same terms, is left as
    it is, also when its video is no longer here.

    Args:
        store: holds the downloads.
        clips: those of one video should follow one another: its sound is decoded once.
        folder: of the dataset.
        channel: what ``facelib crawl`` takes to list these videos, for messages.
        force: write again what is there.
        crf: quality of H.264, 0 (lossless) to 51.
        watch: called with each row.

    Returns:
        One row a clip, in order.
    """
    run = _Run(store, folder, Journal(folder), channel, force, crf)
    rows = []
    for clip in clips:
        try:
            row = run.row(clip)
        except _Unavailable as error:
            row = _row(clip, error.status, error.reason, str(error))
        except NotWritten as error:
            row = _row(clip, error.status, "", str(error))
        except Exception as error:
            if is_machine_fault(error):
                raise
            reason = error.reason if isinstance(error, FacelibError) else "exception"
            row = _row(clip, "failed", reason, str(error) or type(error).__name__)
        rows.append(row)
        watch(row)
    return rows


def listed(clips: Iterable[AnnotatedClip]) -> list[Row]:
    """What the lists alone tell of each clip: ``listed``, or what is missing."""
    rows = []
    for clip in clips:
        missing = clip.lacks()
        rows.append(_row(clip, missing.status if missing else "listed", "", str(missing or "")))
    return rows


@dataclass
class _Run:
    """The state of one call: the video that is open, the names that were used."""

    store: Store
    folder: Path
    journal: Journal
    channel: str
    force: bool
    crf: int
    source: _Source | None = None
    names: set[str] = field(default_factory=set)

    def row(self, clip: AnnotatedClip) -> Row:
        """The row of a clip that was written, now or before."""
        if clip.name in self.names:
            raise _Unavailable("failed", "repeated_name", f"another clip is called {clip.name} too")
        self.names.add(clip.name)
        if deny.is_denied(self.store, clip.video_id):
            raise _Unavailable("denied", "denied", "the video was taken down")
        missing = clip.lacks()
        if missing:
            raise missing
        done = None if self.force else self.journal.done(clip)
        if done is not None:
            return replace(done, status="exists")
        if self.source is None or self.source.video_id != clip.video_id:
            self.source = None  # what cannot be opened must not leave the video before it
            self.source = _Source(clip.video_id, _found(self.store, clip.video_id, self.channel))
        row = self.source.write(clip, self.folder, self.crf)
        self.journal.note(clip, row)
        return row


class _Unavailable(NotWritten):
    """A video that is not here, with the code of the reason."""

    def __init__(self, status: str, reason: str, why: str) -> None:
        super().__init__(status, why)
        self.reason = reason


class _Source:
    """One video that is here."""

    def __init__(self, video_id: str, path: Path) -> None:
        self.video_id = video_id
        self._path = path
        with GridReader(path) as reader:
            self._size: FrameSize = (reader.width, reader.height)
        self._speech: tuple[Samples | None] | None = None

    def write(self, clip: AnnotatedClip, folder: Path, crf: int) -> Row:
        """Write one clip.

        Raises:
            NotWritten: what is needed for it is not there.
            MediaError: it cannot be cut.
        """
        cut = clip.cut(self._size)
        if self._speech is None:
            self._speech = (map_speech(self._path),)
        path = folder / f"{clip.name}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        how: dict[str, Any] = {"rectangles": cut.rectangles, "size": cut.size, "speech": self._speech[0], "crf": crf}
        try:
            frames = write_part(self._path, path, clip.start, clip.end, **how)
        except MediaError as error:
            if error.reason == "no_frames":
                raise NotWritten("past_end", str(error)) from error
            raise
        x1, y1, x2, y2 = cut.union()
        return replace(
            _row(clip, "written", "", ""),
            height=self._size[1],
            x1=x1,
            y1=y1,
            x2=x2,
            y2=y2,
            frames=frames,
            notes=" ".join((*cut.notes, *["shorter"] * (frames < clip.end - clip.start))),
            file=path.relative_to(folder).as_posix(),
            sha256=digest_file(path),
        )


def _found(store: Store, video_id: str, channel: str) -> Path:
    """The file of a video."""
    revision = uploads.revision(store, video_id)
    if revision is None:
        raise _Unavailable("not_downloaded", *_why_not_downloaded(store, video_id, channel))
    if not revision.exists(store):
        name = PurePosixPath(revision.place(store)).name
        raise _Unavailable("source_let_go", "source_let_go", f"{name} was downloaded and is gone")
    return revision.local(store)


def _why_not_downloaded(store: Store, video_id: str, channel: str) -> tuple[str, str]:
    """Code and sentence: what the last try of the download said, or that there was none."""
    for entry in quarantine.active(store, video_id=video_id):
        if entry.stage == DOWNLOAD:
            return entry.reason, entry.message
    tries = download_log.attempts(store, video_id)
    if tries and tries[-1].reason:
        return tries[-1].reason, tries[-1].message
    if store.exists(layout.upload(video_id)):
        return "not_tried", "'facelib download' fetches it"
    return "not_listed", f"'facelib crawl --channel {channel}' and 'facelib download' fetch it"


def _row(clip: AnnotatedClip, status: str, reason: str, message: str) -> Row:
    return Row(
        clip=clip.name,
        status=status,
        reason=reason,
        message=message,
        video_id=clip.video_id,
        start_frame=clip.start,
        end_frame=clip.end,
        seconds=clip.seconds,
        annotated_height=clip.annotated_height,
    )
