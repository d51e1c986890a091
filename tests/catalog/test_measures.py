from typing import Any

import pytest

from facelib.catalog.measures import MEASURES
from facelib.catalog.schema import BY_VIDEO, TABLES
from facelib.catalog.writer import ARROW
from facelib.stages.base import Stage
from facelib.stages.pipeline import PIPELINE

ADDED = {"clips": {"media_key"}}
"""Columns that publish adds to those of the stage."""
PUBLISHED = [(stage, table) for stage in PIPELINE for table in stage.published]
IDS = [f"{stage.name}.{table}" for stage, table in PUBLISHED]


@pytest.mark.parametrize(("stage", "table"), PUBLISHED, ids=IDS)
def test_a_published_table_is_described_as_it_is(stage: type[Stage[Any]], table: str) -> None:
    described = {
        column: ARROW[kind]
        for column, (kind, _) in TABLES[table].items()
        if column not in {"video_id"} | ADDED.get(table, set())
    }
    assert described == dict(zip(stage.tables[table].names, stage.tables[table].types, strict=True))


@pytest.mark.parametrize(("table", "column"), [(table, column) for table in TABLES for column in TABLES[table]])
def test_every_column_is_explained(table: str, column: str) -> None:
    kind, doc = TABLES[table][column]
    assert kind in ARROW and doc.strip() == doc != ""


def test_every_measure_comes_from_one_stage() -> None:
    tables = [table for _, table in PUBLISHED]
    assert len(tables) == len(set(tables))
    assert set(MEASURES) <= set(tables)
    assert set(tables) <= set(BY_VIDEO)


@pytest.mark.parametrize("table", MEASURES)
def test_a_measure_belongs_to_a_clip(table: str) -> None:
    assert next(iter(MEASURES[table])) == "clip_id"
    assert list(TABLES[table])[:2] == ["video_id", "clip_id"]
