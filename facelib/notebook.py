"""Pictures and tables of pictures for notebooks; thumbnails are part of the output, so they show wherever it is opened.

Example:
    >>> from facelib.notebook import dataframe_with_images, image_gallery
    >>> image_gallery("dataset/faces", page_size=40)  # doctest: +SKIP
    >>> dataframe_with_images("dataset/faces.csv", "dataset", sort_by="score")  # doctest: +SKIP
"""

import base64
import csv as csv_files
import html
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from facelib.errors import FacelibError, SettingsError
from facelib.media.face_crop import scaled
from facelib.media.grid import GridReader
from facelib.media.picture import Picture, to_bgr
from facelib.media.still import encoded, read_picture

IMAGES = ("jpg", "jpeg", "png", "webp", "bmp")
VIDEOS = ("mp4", "mkv", "mov", "webm", "avi")
"""Files of which the first frame is shown."""
FILE_COLUMNS = ("file_name", "file", "file_relative")
"""Columns of a table that name a picture, the first that there is counts."""


@dataclass(frozen=True)
class Html:
    """HTML that a notebook shows as it is; ``data`` has its text."""

    data: str

    def _repr_html_(self) -> str:
        return self.data


def image_gallery(
    folder: str | Path,
    page_size: int = 50,
    page_number: int = 1,
    *,
    height: int = 150,
    extensions: Sequence[str] = IMAGES,
    subfolders: bool = False,
    centered: bool = False,
) -> Html:
    """One page of the pictures in a folder, by name.

    Args:
        folder: the folder.
        page_size: pictures on a page.
        page_number: which page, from 1.
        height: of the thumbnails, px.
        extensions: which files, without the dot; case is ignored. Of a video the first frame is shown.
        subfolders: whether folders in the folder are looked into; names then have the folder before them.
        centered: whether pictures stand in the middle of the line.

    Raises:
        SettingsError: there is no such folder, picture or page.
    """
    root = Path(folder)
    if not root.is_dir():
        raise SettingsError(f"there is no folder {root}", hint="name one that holds pictures", reason="no_folder")
    if page_size < 1 or height < 1:
        raise SettingsError("page_size and height must be above 0", reason="bad_options")
    wanted = {f".{extension.lower().lstrip('.')}" for extension in extensions}
    found = (path for path in (root.rglob("*") if subfolders else root.iterdir()) if path.suffix.lower() in wanted)
    paths = sorted(path for path in found if path.is_file())
    if not paths:
        kinds, hint = ", ".join(sorted(wanted)), "" if subfolders else "subfolders=True looks into its folders too"
        raise SettingsError(f"there are no files {kinds} in {root}", hint=hint, reason="no_pictures")
    pages = math.ceil(len(paths) / page_size)
    if not 1 <= page_number <= pages:
        raise SettingsError(
            f"there is no page {page_number}: {len(paths)} pictures are {pages} pages", reason="no_page"
        )
    shown = paths[(page_number - 1) * page_size : page_number * page_size]
    figures = "".join(_figure(path, path.relative_to(root).as_posix(), height) for path in shown)
    title = f"{_safe(str(root))}: page {page_number} of {pages}, {len(paths)} pictures"
    style = f"display:flex;flex-wrap:wrap;gap:4px;justify-content:{'center' if centered else 'flex-start'}"
    return Html(f'<p>{title}</p><div style="{style}">{figures}</div>')


def dataframe_with_images(
    csv: str | Path,
    root: str | Path,
    *,
    height: int = 120,
    sort_by: str | None = None,
    filter: tuple[str, float | None, float | None] | None = None,
    limit: int = 200,
) -> Html:
    """A CSV file as a table with the picture of each row in its first column.

    Args:
        csv: the file; its column ``file_name``, ``file`` or ``file_relative`` names a picture or video below ``root``.
        root: the folder that these names begin in.
        height: of the thumbnails, px.
        sort_by: a column; ``-`` before its name puts the largest first. Numbers sort as numbers, empty fields last.
        filter: a column, and the least and the largest number in it that are shown; None is no bound.
        limit: rows that are shown at most.

    Raises:
        SettingsError: there is no such file or column, or a column to be filtered has text.

    Example:
        >>> dataframe_with_images("faces.csv", ".", sort_by="-score", filter=("score", 0.9, None))  # doctest: +SKIP
    """
    columns, rows = _read(Path(csv))
    named = next((name for name in FILE_COLUMNS if name in columns), None)
    if named is None:
        hint = f"it has {', '.join(columns)}"
        raise SettingsError(f"{csv} has no column {' or '.join(FILE_COLUMNS)}", hint=hint, reason="no_column")
    if filter is not None:
        rows = list(_filtered(rows, filter, columns, csv))
    if sort_by is not None:
        name = sort_by.removeprefix("-")
        _known(name, columns, csv)
        rows = _sorted(rows, name, largest_first=sort_by.startswith("-"))
    head = "".join(f"<th>{_safe(name)}</th>" for name in ("", *columns))
    body = "".join(
        f"<tr><td>{_thumbnail(Path(root) / row[named], height)}</td>"
        + "".join(f"<td>{_safe(row[name])}</td>" for name in columns)
        + "</tr>"
        for row in rows[:limit]
    )
    told = f"<p>{_safe(str(csv))}: {min(limit, len(rows))} of {len(rows)} rows</p>"
    return Html(f"{told}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv_files.DictReader(file, restval="")
            rows = [{name: value for name, value in row.items() if name is not None} for row in reader]
            return list(reader.fieldnames or ()), rows
    except (OSError, UnicodeDecodeError, csv_files.Error) as error:
        raise SettingsError(f"cannot read {path} as a CSV file: {error}", reason="no_table") from error


def _known(name: str, columns: Sequence[str], csv: str | Path) -> None:
    if name not in columns:
        raise SettingsError(f"{csv} has no column {name!r}", hint=f"it has {', '.join(columns)}", reason="no_column")


def _filtered(
    rows: list[dict[str, str]],
    bounds: tuple[str, float | None, float | None],
    columns: Sequence[str],
    csv: str | Path,
) -> Iterable[dict[str, str]]:
    """Rows within the bounds; one with an empty field is never among them."""
    name, least, largest = bounds
    _known(name, columns, csv)
    for line, row in enumerate(rows, start=2):
        value = _number(row[name])
        if value is None and row[name]:
            said = f"{csv}, row {line}: {name} is {row[name]!r}, which is no number"
            raise SettingsError(said, hint="filter by a column of numbers", reason="no_number")
        if value is not None and (least is None or value >= least) and (largest is None or value <= largest):
            yield row


def _sorted(rows: list[dict[str, str]], name: str, *, largest_first: bool) -> list[dict[str, str]]:
    filled = [row for row in rows if row[name]]
    numbers = all(_number(row[name]) is not None for row in filled)
    key: Callable[[dict[str, str]], float | str] = lambda row: float(row[name]) if numbers else row[name]  # noqa: E731
    return sorted(filled, key=key, reverse=largest_first) + [row for row in rows if not row[name]]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return None if math.isnan(value) else value


def _figure(path: Path, name: str, height: int) -> str:
    caption = f'<figcaption style="font-size:11px;max-width:{2 * height}px">{_safe(name)}</figcaption>'
    return f'<figure style="margin:0">{_thumbnail(path, height)}{caption}</figure>'


def _thumbnail(path: Path, height: int) -> str:
    """A picture as a tag that holds its bytes; a sentence where it cannot be read."""
    try:
        picture = _first_frame(path) if path.suffix.lower().lstrip(".") in VIDEOS else read_picture(path)
    except FacelibError as error:
        return f"<em>{_safe(error.message)}</em>"
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    data = base64.b64encode(encoded(scaled(picture, (width, height)), "jpg", 85)).decode()
    return f'<img width="{width}" height="{height}" alt="{_safe(path.name)}" src="data:image/jpeg;base64,{data}">'


def _first_frame(path: Path) -> Picture:
    with GridReader(path, stop=1) as reader:
        return to_bgr(next(iter(reader)).frame, rotation=reader.rotation)


def _safe(text: str) -> str:
    return html.escape(text, quote=True)
