"""Making lists ready for work: each upload once, without those of earlier lists, shuffled, in files of a given size."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from facelib.errors import SourceError
from facelib.sources.base import Upload
from facelib.sources.exclusions import exclusions
from facelib.sources.list_file import COLUMNS, LINE, ListSource
from facelib.sources.list_report import BadLine, by_reason
from facelib.sources.select import rank
from facelib.sources.ytdlp import DownloadSettings

ROWS_A_FILE = 5000


@dataclass(frozen=True)
class Prepared:
    """What became of a list.

    Attributes:
        listed: uploads of the list, each once.
        excluded: those of them that an exclusion list names.
        kept: rows that were written.
        files: where, in order.
        bad_lines: lines of the list that were left out, duplicates too.
        bad_exclusions: lines of the exclusion lists that name nothing, by list.
    """

    listed: int
    excluded: int
    kept: int
    files: tuple[Path, ...]
    bad_lines: tuple[BadLine, ...]
    bad_exclusions: dict[str, tuple[BadLine, ...]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with the lines left out counted by reason too."""
        files = [str(path) for path in self.files]
        return asdict(self) | {"files": files, "left_out": by_reason(self.bad_lines)}


def prepare(
    path: Path,
    out_dir: Path,
    settings: DownloadSettings,
    *,
    exclude: Sequence[Path] = (),
    shuffle: int | None = None,
    split: int = ROWS_A_FILE,
    sample: int = 0,
) -> Prepared:
    """Write the uploads of a list to `out_dir/<name of the list>-00001.csv`, `-00002.csv` ...

    The files have the columns `video_id` (YouTube's id, else empty), `url` and all others of the list, and are lists
    themselves. Relative paths become `file://` addresses. An existing file is never overwritten.

    Args:
        path: the list, as `ListSource` reads it.
        out_dir: made where it is absent.
        settings: which hosts may be asked.
        exclude: lists of what to leave out, as `exclusions` reads them.
        shuffle: seed of the order, which depends on the seed and the uploads alone; None keeps the list's.
        split: most rows of a file.
        sample: so many uploads are drawn by the seed, 0 where there is none; 0 takes all.

    Raises:
        SourceError: `list_exists` where there are such files already, `list_empty` where nothing is left, and those of
            `ListSource.list_uploads` and `exclusions`.
    """
    existing = _existing(path, out_dir)
    if existing:
        raise SourceError(
            f"{existing} is there already", hint="choose another folder: no list is overwritten", reason="list_exists"
        )
    left_out = {str(each): exclusions(each) for each in exclude}
    source = ListSource(path, settings)
    listed = list(source.list_uploads())
    unwanted = frozenset().union(*(ids for ids, _ in left_out.values()))
    wanted = [upload for upload in listed if upload.video_id not in unwanted]
    chosen = _chosen(wanted, shuffle, sample)
    if not chosen:
        raise SourceError(f"nothing is left of {path} after the exclusions", reason="list_empty")
    names = tuple(dict.fromkeys(name for upload in chosen for name in upload.extra if name not in (*COLUMNS, LINE)))
    out_dir.mkdir(parents=True, exist_ok=True)
    files = tuple(
        _write(out_dir / f"{path.stem}-{number:05d}.csv", names, chosen[start : start + split])
        for number, start in enumerate(range(0, len(chosen), split), 1)
    )
    bad_exclusions = {name: bad for name, (_, bad) in left_out.items() if bad}
    return Prepared(len(listed), len(listed) - len(wanted), len(chosen), files, tuple(source.bad_lines), bad_exclusions)


def _existing(path: Path, out_dir: Path) -> Path | None:
    name = re.compile(re.escape(path.stem) + r"-\d{5,}\.csv")
    found = (each for each in sorted(out_dir.iterdir()) if name.fullmatch(each.name)) if out_dir.is_dir() else iter(())
    return next(found, None)


def _chosen(uploads: list[Upload], shuffle: int | None, sample: int) -> list[Upload]:
    drawn = sorted(uploads, key=lambda upload: rank(shuffle or 0, upload.video_id))
    if sample:
        drawn = drawn[:sample]
    if shuffle is not None:
        return drawn
    kept = {upload.video_id for upload in drawn}
    return [upload for upload in uploads if upload.video_id in kept]


def _write(path: Path, names: Sequence[str], uploads: Sequence[Upload]) -> Path:
    """Write one file under a temporary name, and give it its own where that is free."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("video_id", "url", *names))
            for upload in uploads:
                identifier = upload.key if upload.extractor == "youtube" else ""
                writer.writerow((identifier, upload.url, *(upload.extra.get(name, "") for name in names)))
        os.link(partial, path)
    except FileExistsError:
        raise SourceError(f"{path} is there already", hint="choose another folder", reason="list_exists") from None
    finally:
        partial.unlink(missing_ok=True)
    return path
