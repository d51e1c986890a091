"""``docs/reference/tables.md``: the tables of the catalogue, the index, the commit records and the results."""

import pyarrow as pa

from docs.markdown import code, page, table
from facelib.catalog import schema
from facelib.index.writer import arrow_schema
from facelib.stages.base import REJECTS
from facelib.stages.commit import COMMIT_REJECTS, PUBLISHED_TABLES, VECTORS
from facelib.stages.pipeline import PIPELINE

_DIMENSIONS = 1234
"""Stands for the length of a vector, which the model decides."""


def render() -> str:
    """The page."""
    introduction = (
        "Times are seconds of the source, boxes are pixels of the source `x1 y1 x2 y2`, frames are on the 25 fps grid "
        "with the end exclusive, unless a column says otherwise. [Architecture](../architecture.md) tells how the "
        "tables come about."
    )
    return page("Tables", introduction, _catalogue(), _index(), _commits(), _results())


def _catalogue() -> str:
    parts = [
        "## Catalogue",
        "One DuckDB file a publication. Open it through `facelib.catalog.reader.Catalog`, which picks the published "
        f"one and opens it read-only. Replaced video by video: {', '.join(code(name) for name in schema.BY_VIDEO)}.",
    ]
    for name, columns in schema.TABLES.items():
        rows = [[code(column), kind.lower(), text] for column, (kind, text) in columns.items()]
        parts += [f"### {name}", table(["column", "type", "meaning and unit"], rows)]
    for name, (columns, _) in schema.VIEWS.items():
        told = table(["column", "meaning"], [[code(column), text] for column, text in columns.items()])
        parts += [f"### {name}", "A view of these tables.", told]
    return "\n\n".join(parts)


def _index() -> str:
    return "\n\n".join(
        [
            "## Index",
            "One LanceDB table for each task and model, named `<task>_<model>_<12 digits of the weights' sha256>`: "
            "vectors of different models never mix.",
            _columns(arrow_schema(_DIMENSIONS)).replace(str(_DIMENSIONS), "length of the model's vector"),
        ]
    )


def _commits() -> str:
    copied = ", ".join(f"`{name}` of `{stage}`" for stage, names in PUBLISHED_TABLES.items() for name in names)
    return "\n\n".join(
        [
            "## Commit records",
            f"One Parquet file of one row: a JSON `head` and one list-of-struct column for each table. It holds "
            f"{copied} as in the results below, and:",
            "### commit: rejects",
            _columns(COMMIT_REJECTS),
            "### commit: vectors",
            _columns(VECTORS),
        ]
    )


def _results() -> str:
    parts = [
        "## Results of stages",
        "Laid out like commit records, one file for each stage, video and fingerprint. Per-frame series are here and "
        "nowhere else. Every result also has a table `rejects`:",
        _columns(REJECTS),
    ]
    for stage in PIPELINE:
        for name, columns in stage.tables.items():
            parts += [f"### {stage.name}: {name}", _columns(columns)]
    return "\n\n".join(parts)


def _columns(columns: pa.Schema) -> str:
    return table(["column", "type"], [[code(field.name), _type(field.type)] for field in columns])


def _type(kind: pa.DataType) -> str:
    if pa.types.is_fixed_size_list(kind):
        return f"list of {kind.list_size} {_type(kind.value_type)}"
    if pa.types.is_list(kind):
        return f"list of {_type(kind.value_type)}"
    return str(kind)
