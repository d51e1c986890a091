import base64
import html as html_module
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facelib.errors import SettingsError
from facelib.media.encode import ClipWriter
from facelib.notebook import Html, dataframe_with_images, image_gallery


def write_picture(path: Path, value: int, size: tuple[int, int] = (60, 90)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((*size, 3), value, np.uint8))
    return path


def pictures_in(found: Html) -> list[np.ndarray[Any, Any]]:
    data = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', found.data)
    read = [cv2.imdecode(np.frombuffer(base64.b64decode(text), np.uint8), cv2.IMREAD_COLOR) for text in data]
    return [np.asarray(picture) for picture in read]


def captions(found: Html) -> list[str]:
    return re.findall(r"<figcaption[^>]*>([^<]*)<", found.data)


class Balanced(HTMLParser):
    """Fails on a tag that is not closed, and collects the tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(7):
        write_picture(tmp_path / f"{number}.png", 30 * number)
    write_picture(tmp_path / "inner" / "7.PNG", 210)
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({}, ["0.png", "1.png", "2.png", "3.png", "4.png", "5.png", "6.png"]),
        ({"page_size": 3}, ["0.png", "1.png", "2.png"]),
        ({"page_size": 3, "page_number": 3}, ["6.png"]),
        ({"subfolders": True, "page_size": 4, "page_number": 2}, ["4.png", "5.png", "6.png", "inner/7.PNG"]),
        ({"extensions": ["txt"]}, ["notes.txt"]),
        ({"extensions": [".TXT", "png"], "page_size": 100}, [*(f"{n}.png" for n in range(7)), "notes.txt"]),
    ],
)
def test_a_page_of_the_gallery(folder: Path, arguments: dict[str, Any], names: list[str]) -> None:
    found = image_gallery(folder, **arguments)
    assert captions(found) == names
    assert found._repr_html_() == found.data
    Balanced(found.data)


def test_thumbnails_are_the_pictures(folder: Path) -> None:
    found = pictures_in(image_gallery(str(folder), height=40))
    assert [picture.shape for picture in found] == [(40, 60, 3)] * 7
    assert [round(picture.mean()) for picture in found] == pytest.approx([30 * n for n in range(7)], abs=1)


def test_centered(folder: Path) -> None:
    assert "justify-content:center" in image_gallery(folder, centered=True).data
    assert "justify-content:center" not in image_gallery(folder).data


def test_names_are_escaped_and_damaged_files_are_said(tmp_path: Path) -> None:
    write_picture(tmp_path / "<img onerror='x'>\"&.png", 9)
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG nothing")
    found = image_gallery(tmp_path)
    assert captions(found) == [html_module.escape("<img onerror='x'>\"&.png"), "damaged.png"]
    assert Balanced(found.data).seen.count("img") == 1
    assert "damaged.png" not in found.data.split("<em>")[0] and "is not a picture" in found.data


@pytest.mark.parametrize(
    ("arguments", "reason", "said"),
    [
        ({"folder": "absent"}, "no_folder", "absent"),
        ({"page_number": 4, "page_size": 3}, "no_page", "7 pictures are 3 pages"),
        ({"page_number": 0}, "no_page", "no page 0"),
        ({"page_size": 0}, "bad_options", "page_size"),
        ({"height": 0}, "bad_options", "height"),
        ({"extensions": ["gif"]}, "no_pictures", ".gif"),
    ],
)
def test_gallery_errors(folder: Path, arguments: dict[str, Any], reason: str, said: str) -> None:
    given = {"folder": folder, **arguments}
    with pytest.raises(SettingsError, match=re.escape(said)) as error:
        image_gallery(**given)
    assert error.value.reason == reason


TABLE = "file,score,name\n3.png,0.5,b\n1.png,,<i>a</i>\n2.png,10,c\n0.png,9,a\n"


def cells(found: Html, column: int) -> list[str]:
    rows = re.findall(r"<tr><td>.*?</tr>", found.data)
    return [re.findall(r"<td>(.*?)</td>", row)[column] for row in rows]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({}, ["3.png", "1.png", "2.png", "0.png"]),
        ({"sort_by": "score"}, ["3.png", "0.png", "2.png", "1.png"]),
        ({"sort_by": "-score"}, ["2.png", "0.png", "3.png", "1.png"]),
        ({"sort_by": "file"}, ["0.png", "1.png", "2.png", "3.png"]),
        ({"filter": ("score", 9, None)}, ["2.png", "0.png"]),
        ({"filter": ("score", None, 9)}, ["3.png", "0.png"]),
        ({"filter": ("score", 1, 9.5), "sort_by": "score"}, ["0.png"]),
        ({"limit": 2}, ["3.png", "1.png"]),
    ],
)
def test_rows_of_a_table(folder: Path, arguments: dict[str, Any], names: list[str]) -> None:
    (folder / "table.csv").write_text(TABLE, "utf-8")
    found = dataframe_with_images(folder / "table.csv", folder, **arguments)
    assert cells(found, 1) == names
    means = [round(picture.mean()) for picture in pictures_in(found)]
    assert means == pytest.approx([30 * int(name[0]) for name in names], abs=1)
    assert {picture.shape[0] for picture in pictures_in(found)} == {120}
    assert "<i>" not in found.data
    Balanced(found.data)


def test_a_clip_shows_its_first_frame_and_an_absent_file_a_sentence(tmp_path: Path) -> None:
    with ClipWriter(tmp_path / "clip.mp4", 64, 48) as writer:
        for value in (200, 10):
            writer.write(np.full((48, 64, 3), value, np.uint8))
    (tmp_path / "t.csv").write_text("file\nclip.mp4\ngone.jpg\n", "utf-8")
    found = dataframe_with_images(tmp_path / "t.csv", tmp_path, height=24)
    (picture,) = pictures_in(found)
    assert picture.shape == (24, 32, 3) and abs(picture.mean() - 200) < 3
    assert "gone.jpg" in found.data and "<em>" in found.data


@pytest.mark.parametrize(
    ("text", "arguments", "reason", "said"),
    [
        (None, {}, "no_table", "t.csv"),
        ("a,b\n1,2\n", {}, "no_column", "file_name or file"),
        (TABLE, {"sort_by": "size"}, "no_column", "'size'"),
        (TABLE, {"filter": ("size", 0, 1)}, "no_column", "'size'"),
        (TABLE, {"filter": ("name", 0, 1)}, "no_number", "row 2: name is 'b'"),
        ("", {}, "no_column", "no column"),
    ],
)
def test_table_errors(tmp_path: Path, text: str | None, arguments: dict[str, Any], reason: str, said: str) -> None:
    if text is not None:
        (tmp_path / "t.csv").write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=re.escape(said)) as error:
        dataframe_with_images(tmp_path / "t.csv", tmp_path, **arguments)
    assert error.value.reason == reason
