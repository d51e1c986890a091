"""The query in the URL: what it says survives, what it cannot mean is left out."""

from __future__ import annotations

from datetime import date

import pytest

from dashboards.query import COUNTS, MAX_PAGE, Query
from dashboards.ranges import Range
from facelib.catalog.reader import ClipFilter
from facelib.curate.rule_sql import Column
from facelib.find import conditions
from facelib.find.measured import Measure, between, holds

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
DAYS = (FIRST, LAST)
CHANNELS = ["news-1", "talks-2"]
MEASURES = {
    "iqa.sharpness": Measure("iqa.sharpness", Column('iqa."sharpness"', "FLOAT", "sharpness", ("iqa",))),
    "iqa.blurry": Measure("iqa.blurry", Column('iqa."blurry"', "BOOLEAN", "whether it is blurred", ("iqa",))),
}


def read(parameters: dict[str, list[str]]) -> Query:
    return Query.from_url(parameters, channels=CHANNELS, days=DAYS, measures=MEASURES)


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(clip="v-0123456789.000025.0.12345678"),
        Query(channels=("talks-2", "news-1")),
        Query(days=(date(2026, 2, 1), date(2026, 2, 3))),
        Query(clip="a", like="voice"),
        Query(text="sea “deep” & <b>", where="words", page=3),
        Query(people=("person-1", "person-2"), licences=("", "CC BY"), verdicts=("kept", "unknown")),
        Query(ranges=(Range("iqa.sharpness", 20.5, None), Range("iqa.blurry", truth=False))),
        Query(ranges=(Range("iqa.sharpness"), Range("iqa.blurry"))),
        Query(clip="a", channels=("news-1",), days=(FIRST, date(2026, 1, 2)), sound=True, count=COUNTS[-1]),
    ],
)
def test_a_query_survives_its_url(query: Query) -> None:
    assert read(query.to_url()) == query


def test_the_default_query_leaves_the_url_empty() -> None:
    assert Query().to_url() == {}


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ({"count": ["7"]}, Query()),
        ({"count": ["many"]}, Query()),
        ({"count": []}, Query()),
        ({"sound": ["maybe"]}, Query()),
        ({"channel": ["gone-9", "news-1", "news-1"]}, Query(channels=("news-1",))),
        ({"since": ["yesterday"]}, Query()),
        ({"since": ["2026-02-30"]}, Query()),
        ({"since": ["2026-03-01"], "until": ["2026-02-01"]}, Query()),
        ({"since": ["2025-01-01"], "until": ["2027-01-01"]}, Query()),
        ({"since": ["2026-03-01"]}, Query(days=(date(2026, 3, 1), LAST))),
        ({"until": ["2026-02-01"]}, Query(days=(FIRST, date(2026, 2, 1)))),
        ({"nonsense": ["1"]}, Query()),
        ({"like": ["hair"], "in": ["nowhere"], "verdict": ["good"]}, Query()),
        ({"page": ["0"]}, Query()),
        ({"page": ["-2"]}, Query()),
        ({"page": ["two"]}, Query()),
        ({"page": ["²"]}, Query()),
        ({"page": ["9" * 30]}, Query(page=MAX_PAGE)),
        ({"m": ["iqa.nothing:1..2", "no", ""]}, Query()),
        ({"m": ["iqa.sharpness:nan..inf"]}, Query(ranges=(Range("iqa.sharpness"),))),
        ({"m": ["iqa.sharpness:1..", "iqa.sharpness:..2"]}, Query(ranges=(Range("iqa.sharpness", None, 2.0),))),
        ({"m": ["iqa.blurry:perhaps"]}, Query(ranges=(Range("iqa.blurry"),))),
        ({"q": ["w" * 999]}, Query(text="w" * 300)),
    ],
)
def test_what_cannot_be_used_is_left_out(parameters: dict[str, list[str]], query: Query) -> None:
    assert read(parameters) == query


def test_days_are_left_out_where_none_is_known() -> None:
    assert Query.from_url({"since": ["2026-02-01"]}, channels=[], days=None, measures={}) == Query()


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (Query(clip="a", count=24), ClipFilter()),
        (Query(channels=("news-1",)), ClipFilter(channels=("news-1",))),
        (Query(days=DAYS), ClipFilter(first_day="2026-01-01", last_day="2026-03-31")),
        (Query(sound=True), ClipFilter(has_audio=True)),
        (Query(text="a", page=2, verdicts=("kept", "dropped", "unknown")), ClipFilter()),
        (Query(verdicts=("kept",)), ClipFilter(conditions=(conditions.judged(("kept",)),))),
        (Query(people=("p",)), ClipFilter(conditions=(conditions.showing(("p",)),))),
        (Query(licences=("",)), ClipFilter(conditions=(conditions.licensed(("",)),))),
        (Query(ranges=(Range("iqa.sharpness"),)), ClipFilter()),
        (
            Query(ranges=(Range("iqa.sharpness", 1.0, None), Range("iqa.blurry", truth=True))),
            ClipFilter(conditions=(between(MEASURES["iqa.sharpness"], 1.0, None), holds(MEASURES["iqa.blurry"], True))),
        ),
    ],
)
def test_filters_reach_the_catalogue(query: Query, wanted: ClipFilter) -> None:
    assert query.wanted(MEASURES) == wanted
