"""What every upload holds: texts that the store can keep, and days that exist."""

import json

import pytest

from facelib.sources.base import Upload, whole_text
from facelib.sources.entries import information, resolved

UPLOAD = Upload(video_id="v", extractor="generic", key="k", url="http://127.0.0.1/k")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("plain", "plain"),
        ("naïve \U0001f600", "naïve \U0001f600"),
        ("cut \ud83d", "cut \ufffd"),
        ("\ude00 cut", "\ufffd cut"),
        ("\ud83d\ude00", "\U0001f600"),
        ("a\udcff.mp4", "a\ufffd.mp4"),
    ],
)
def test_texts_are_made_whole(text: str, whole: str) -> None:
    assert whole_text(text) == whole
    upload = Upload(**{**UPLOAD.to_dict(), "title": text, "uploader": text, "extra": {text: text}})
    assert (upload.title, upload.uploader, upload.extra) == (whole, whole, {whole: whole})
    told = information({"title": text, "tags": [text], text: 1})
    assert told == {"title": whole, "tags": [whole], whole: 1}
    json.dumps([upload.to_dict(), told], ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("20240229", "2024-02-29"),
        ("20230229", None),
        ("20240000", None),
        ("00000101", None),
        ("2024-1-1", None),
        ("²⁰²⁴⁰¹⁰¹", None),
        ("", None),
        (20240101, None),
    ],
)
def test_a_day_is_one_of_the_calendar(given: object, day: str | None) -> None:
    assert resolved(UPLOAD, {"upload_date": given}).upload_day == day


@pytest.mark.parametrize(("stored", "day"), [("2024-02-29", "2024-02-29"), ("2024-00-00", None), (None, None)])
def test_a_stored_day_is_one_of_the_calendar(stored: str | None, day: str | None) -> None:
    assert Upload.from_dict(UPLOAD.to_dict() | {"upload_day": stored}).upload_day == day
