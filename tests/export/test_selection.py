"""Conditions choose items, in an order that never changes, and reach nothing but the catalogue."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from facelib.catalog.reader import Catalog
from facelib.errors import FacelibError, SettingsError, StoreError
from facelib.export.names import CROPS, FORMATS
from facelib.export.options import ExportOptions, checked, shares_of
from facelib.export.selection import sampled, select
from facelib.media.crop_policies import POLICIES
from tests.support.export_items import Collection


def chosen(collected: Collection, **options: object) -> list[str]:
    with Catalog(collected.store) as catalog:
        return [row["item_id"] for row in select(catalog, ExportOptions.model_validate(options))]


def test_all_clips_by_source_and_start(collected: Collection) -> None:
    with Catalog(collected.store) as catalog:
        rows = catalog.rows("SELECT clip_id FROM clips ORDER BY video_id, start_frame, number")
    assert chosen(collected) == [row["clip_id"] for row in rows]
    assert len(rows) == 5


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ("TRUE", 5),
        ("clips.has_audio", None),
        ("syncnet.confidence IS NOT NULL OR TRUE", 5),
        ("uploads.licence LIKE '%' OR uploads.licence IS NULL", 5),
        ("videos.width > 0 -- a comment", 5),
        ("clips.seconds > 0 AND clips.face_share < 2 AND NOT clips.is_duplicate AND window_side > 0", 5),
        ("clips.seconds > 1000", 0),
        ("clip_id = 'none'", 0),
    ],
)
def test_conditions(collected: Collection, where: str, left: int | None) -> None:
    if left == 0:
        with pytest.raises(StoreError) as caught:
            chosen(collected, where=where)
        assert caught.value.reason == "nothing_selected"
        assert "5 clips" in caught.value.hint
        return
    found = chosen(collected, where=where)
    assert len(found) == left if left is not None else 0 < len(found) <= 5


@pytest.mark.parametrize(
    "where",
    [
        "no_such_column > 1",
        "TRUE; DROP TABLE clips",
        "clips.face_side >",
        "",
        "(SELECT count(*) FROM read_csv('{file}')) > 0",
        "(SELECT count(*) FROM read_text('{file}')) > 0",
        "TRUE); ATTACH '{file}' AS other; SELECT (1",
        "TRUE); SET enable_external_access = true; SELECT (1",
    ],
)
def test_a_condition_that_is_none_or_reaches_out_is_refused(collected: Collection, tmp_path: Path, where: str) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(SettingsError) as caught:
        chosen(collected, where=where.format(file=file))
    assert caught.value.reason == "bad_where" and ("it is empty" in str(caught.value)) == (not where)
    assert "docs/reference/tables.md" in caught.value.hint


@pytest.mark.parametrize("rule", ["dense", "legacy", "strict"])
def test_segments_by_rule(collected: Collection, rule: str) -> None:
    with Catalog(collected.store) as catalog:
        wanted = catalog.rows("SELECT clip_id, start_frame FROM segments WHERE rule = ? ORDER BY ALL", [rule])
    if not wanted:
        with pytest.raises(StoreError, match="no segment of rule"):
            chosen(collected, unit="segment", rule=rule)
        return
    found = chosen(collected, unit="segment", rule=rule)
    assert sorted(found) == sorted(f"{row['clip_id']}.{row['start_frame']:06d}" for row in wanted)


def test_a_sample_keeps_the_order_and_what_it_had_when_the_collection_grows() -> None:
    rows = [{"item_id": f"clip{n}"} for n in range(50)]
    some = sampled(rows[:40], 10, seed=3)
    assert some == [row for row in rows if row in some]
    assert len(some) == 10
    assert some == sampled(rows[:40], 10, seed=3) != sampled(rows[:40], 10, seed=4)
    kept = [row for row in sampled(rows, 10, seed=3) if row in rows[:40]]
    assert all(row in some for row in kept)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"size": 101}, "101 is odd"),
        ({"size": -2}, "greater than or equal to 0"),
        ({"crop": "round"}, "there is no policy 'round'"),
        ({"crop": "given"}, "facelib reproduce"),
        ({"splits": "80/10"}, "add up to 100"),
        ({"splits": "a/b"}, "add up to 100"),
        ({"splits": "25/25/25/25"}, "two or three shares"),
        ({"unit": "frame"}, "'clip' or 'segment'"),
        ({"wher": "TRUE"}, "wher: there is no such setting; did you mean where?"),
        ({"zzz": "TRUE"}, "zzz: there is no such setting; there are where, unit"),
    ],
)
def test_options_that_cannot_be_used_are_named(values: dict[str, object], told: str) -> None:
    with pytest.raises(FacelibError) as caught:
        checked(ExportOptions, values, "export")
    assert told in str(caught.value)


def test_shares() -> None:
    assert shares_of("90/10") == {"train": 0.9, "val": 0.1}
    assert shares_of("") == {}


def test_the_form_offers_every_crop_policy_and_format() -> None:
    assert set(CROPS) == set(POLICIES) - {"given"}
    folder = Path(__file__).resolve().parents[2] / "facelib" / "export" / "formats"
    assert set(FORMATS) == {path.stem for path in folder.glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_measure_that_is_no_number_is_none(
    collected: Collection, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    plain = Catalog.rows

    def measured(self: Catalog, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        rows = plain(self, sql, list(parameters))
        return [{**row, "inconsistency": value, "hyperiqa": 0.5} for row in rows]

    monkeypatch.setattr(Catalog, "rows", measured)
    with Catalog(collected.store) as catalog:
        rows = select(catalog, ExportOptions())
    assert {(row["inconsistency"], row["hyperiqa"]) for row in rows} == {(None, 0.5)}
