"""Which uploads are wanted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from facelib import settings as all_settings
from facelib.errors import SettingsError, SourceError
from facelib.ids import video_id
from facelib.sources.base import Upload
from facelib.sources.select import digest, rejects, sampled
from facelib.sources.select_settings import SelectSettings

CC = "Creative Commons Attribution license (reuse allowed)"
KEY = "dQw4w9WgXcQ"


def talk(**known: Any) -> Upload:
    url = f"https://www.youtube.com/watch?v={KEY}"
    return Upload(video_id=video_id("youtube", KEY), extractor="youtube", key=KEY, url=url, **known)


FORMATS = {"formats": [{"height": 90, "vcodec": "none"}, {"height": 720, "vcodec": "avc1"}, {"height": None}]}


@pytest.mark.parametrize(
    ("rules", "known", "info", "reason"),
    [
        ({}, {}, {}, None),
        ({"min_seconds": 60}, {"duration_s": 59.5}, None, "filtered_duration"),
        ({"min_seconds": 60}, {"duration_s": 60.0}, None, None),
        ({"min_seconds": 60}, {}, None, None),
        ({"min_seconds": 60}, {}, {"duration": 12}, "filtered_duration"),
        ({"max_seconds": 60}, {"duration_s": 60.5}, None, "filtered_duration"),
        ({"max_seconds": 60}, {"duration_s": 60.0}, {}, None),
        ({"min_height": 1080}, {}, None, None),
        ({"min_height": 1080}, {}, FORMATS, "filtered_height"),
        ({"min_height": 720}, {}, FORMATS, None),
        ({"min_height": 720}, {}, {"height": 360}, "filtered_height"),
        ({"min_height": 720}, {}, {"formats": [{"height": None}]}, None),
        ({"licences": ["*creative commons*"]}, {"licence": CC}, None, None),
        ({"licences": ["cc0", "CC-BY*"]}, {"licence": CC}, None, "filtered_licence"),
        ({"licences": ["*commons*"]}, {}, None, None),
        ({"licences": ["*commons*"]}, {}, {"license": CC}, None),
        ({"licences": ["*commons*"]}, {}, {"title": "x"}, "filtered_licence"),
        ({"licences": ["*commons*"]}, {}, {}, "filtered_licence"),
        ({"licences": ["*commons*"], "allow_unknown_licence": True}, {}, {}, None),
        ({"title_pattern": r"\binterview\b"}, {"title": "An Interview"}, None, None),
        ({"title_pattern": r"\binterview\b"}, {"title": "Interviews"}, None, "filtered_title"),
        ({"title_pattern": "interview"}, {}, None, None),
        ({"title_pattern": "interview"}, {}, {"title": "a song"}, "filtered_title"),
        ({"not_title_pattern": "#shorts|trailer"}, {"title": "My Trailer"}, None, "filtered_title"),
        ({"not_title_pattern": "#shorts|trailer"}, {"title": "My talk"}, {}, None),
        ({"description_pattern": "speaker:"}, {"description": "cut sh"}, None, None),
        ({"description_pattern": "speaker:"}, {}, {"description": "Speaker: Ann"}, None),
        ({"description_pattern": "speaker:"}, {}, {"description": "no one"}, "filtered_description"),
        ({"first_day": "2024-03-01"}, {"upload_day": "2024-02-29"}, None, "filtered_day"),
        ({"first_day": "2024-03-01", "last_day": "2024-03-01"}, {"upload_day": "2024-03-01"}, None, None),
        ({"last_day": "2024-03-01"}, {}, {"upload_date": "20240302"}, "filtered_day"),
        ({"last_day": "2024-03-01"}, {}, None, None),
        ({}, {}, {"live_status": "is_live"}, "filtered_live"),
        ({}, {}, {"live_status": "post_live"}, "filtered_live"),
        ({}, {}, {"live_status": "is_upcoming"}, "filtered_upcoming"),
        ({}, {}, {"is_live": True}, "filtered_live"),
        ({}, {}, {"live_status": "was_live", "availability": "public"}, None),
        ({}, {}, {"availability": "subscriber_only"}, "filtered_members_only"),
        ({}, {"extra": {"availability": "subscriber_only"}}, None, "filtered_members_only"),
        ({}, {}, {"availability": "premium_only"}, "filtered_premium_only"),
        ({}, {}, {"availability": "private"}, "filtered_private"),
        ({}, {}, {"availability": "needs_auth"}, None),
        ({"allow_closed": True}, {}, {"availability": "subscriber_only"}, None),
    ],
)
def test_rules(
    rules: dict[str, Any], known: dict[str, Any], info: Mapping[str, Any] | None, reason: str | None
) -> None:
    rejection = rejects(talk(**known), info, SelectSettings(**rules))
    assert (rejection.reason if rejection else None) == reason
    if rejection:
        assert rejection.measured and rejection.wanted
        assert rejection.final == (reason not in ("filtered_live", "filtered_upcoming"))


def test_a_rejection_says_what_was_measured() -> None:
    rejection = rejects(talk(), FORMATS, SelectSettings(min_height=1080))
    assert str(rejection) == "720 px, wanted: at least 1080 px"


@pytest.mark.parametrize("line", [KEY, f"https://youtu.be/{KEY}", video_id("youtube", KEY)])
def test_an_exclusion_list_rejects(tmp_path: Path, line: str) -> None:
    path = tmp_path / "done list.txt"
    path.write_text(f"JGwWNGJdvx8\n{line}\n")
    rejection = rejects(talk(), None, SelectSettings(exclude=(path,)))
    assert rejection and rejection.reason == "filtered_excluded" and str(path) in rejection.measured
    path.write_text("JGwWNGJdvx8\n")
    assert rejects(talk(), None, SelectSettings(exclude=(path,))) is None
    path.unlink()
    with pytest.raises(SourceError, match="done list") as caught:
        rejects(talk(), None, SelectSettings(exclude=(path,)))
    assert caught.value.reason == "list_unreadable"
    with pytest.raises(SourceError, match="done list") as caught:
        digest(SelectSettings(exclude=(path,)))
    assert caught.value.reason == "list_unreadable"


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"title_pattern": "(unclosed"}, r"'\(unclosed' is no regular expression: missing \)"),
        ({"first_day": "2024-2-1"}, "'2024-2-1' is not a day"),
        ({"first_day": "2024-02-02", "last_day": "2024-02-01"}, "last_day 2024-02-01 is before"),
        ({"min_seconds": 10, "max_seconds": 5}, "max_seconds 5 is less"),
        ({"min_secs": 10}, "min_secs"),
        ({"sample": -1}, "sample"),
    ],
)
def test_bad_rules_are_named(rules: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        SelectSettings(**rules)


def test_rules_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACELIB_SELECT__MIN_SECONDS", "60")
    monkeypatch.setenv("FACELIB_SELECT__LICENCES", '["*commons*"]')
    monkeypatch.setenv("FACELIB_SELECT__EXCLUDE", '["done.csv"]')
    found = all_settings.Settings().select
    assert (found.min_seconds, found.licences, found.exclude) == (60, ("*commons*",), (Path("done.csv"),))
    monkeypatch.setenv("FACELIB_SELECT__TITLE_PATTERN", "(")
    all_settings.load.cache_clear()
    with pytest.raises(SettingsError, match=r"select\.title_pattern: '\(' is no regular expression"):
        all_settings.load()


IDS = [f"video-{n}" for n in range(1000)]


def test_a_sample_depends_on_seed_and_ids_alone() -> None:
    first = sampled(IDS, SelectSettings(sample=100, seed=1))
    assert len(first) == 100 and first < set(IDS)
    assert sampled(reversed(IDS), SelectSettings(sample=100, seed=1)) == first
    other = sampled(IDS, SelectSettings(sample=100, seed=2))
    assert len(first & other) < 30
    assert sampled(IDS, SelectSettings(sample=200, seed=1)) > first
    grown = sampled([*IDS, *(f"new-{n}" for n in range(10))], SelectSettings(sample=100, seed=1))
    assert len(grown) == 100 and len(first - grown) == len({v for v in grown if v.startswith("new")})


@pytest.mark.parametrize(("sample", "count"), [(0, 1000), (1000, 1000), (5000, 1000), (1, 1)])
def test_sizes_of_samples(sample: int, count: int) -> None:
    assert len(sampled(IDS, SelectSettings(sample=sample))) == count


def test_a_digest_knows_the_rules_and_the_lists(tmp_path: Path) -> None:
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text(f"{KEY}\n")
    two.write_text(f"{KEY}\n")
    assert digest(SelectSettings(exclude=(one,))) == digest(SelectSettings(exclude=(two,)))
    assert len({digest(SelectSettings()), digest(SelectSettings(seed=1)), digest(SelectSettings(exclude=(one,)))}) == 3
    before = digest(SelectSettings(exclude=(one,)))
    one.write_text("JGwWNGJdvx8\n")
    assert digest(SelectSettings(exclude=(one,))) != before
