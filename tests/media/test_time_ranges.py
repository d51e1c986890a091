import pytest

from facelib.errors import MediaError
from facelib.media.time_ranges import parse_area, parse_minutes, parse_range


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("00:10-00:25", 250, 625),
        ("1:02-1:10", 1550, 1750),
        ("75:00-75:01", 112_500, 112_525),
        ("01:02:03.500-01:02:04", 93_088, 93_100),
        ("12.4-15", 310, 375),
        ("310f-375f", 310, 375),
        (" 0:01 – 0:02 ", 25, 50),
        ("-0:30", 0, 750),
        ("5:00-", 7500, None),
        ("0.02-0.06", 1, 2),
    ],
)
def test_range(text: str, start: int, end: int | None) -> None:
    found = parse_range(text)
    assert (found.start_frame, found.end_frame) == (start, end)


@pytest.mark.parametrize(
    "text",
    ["", "0:10", "0:10-0:10", "0:20-0:10", "1:60-2:00", "1:61:00-", "a-b", "0:10-0:11-0:12", "1.00:2-", "0-0.01"],
)
def test_bad_range_is_named(text: str) -> None:
    with pytest.raises(MediaError) as error:
        parse_range(text)
    assert error.value.reason == "bad_time" and repr(text) in error.value.message and error.value.hint


@pytest.mark.parametrize(("text", "start", "end"), [("2-4.5", 3000, 6750), ("-1", 0, 1500), ("0.5-", 750, None)])
def test_minutes(text: str, start: int, end: int | None) -> None:
    found = parse_minutes(text)
    assert (found.start_frame, found.end_frame) == (start, end)


@pytest.mark.parametrize("text", ["2", "4-2", "1:00-2:00"])
def test_bad_minutes(text: str) -> None:
    with pytest.raises(MediaError) as error:
        parse_minutes(text)
    assert error.value.reason == "bad_time"


def test_area() -> None:
    assert parse_area("10 20 330 260") == parse_area("10,20, 330,260") == (10, 20, 330, 260)


@pytest.mark.parametrize("text", ["", "1 2 3", "1 2 3 4 5", "10 20 10 30", "a b c d", "1.5 2 3 4"])
def test_bad_area(text: str) -> None:
    with pytest.raises(MediaError) as error:
        parse_area(text)
    assert error.value.reason == "bad_rectangle"
