"""``docs/reference/formats.md``: each dataset format, what lies where, how it is read, and its settings."""

from docs.markdown import code, page, prose, table
from docs.pages.settings import default_of, kind
from facelib.export.format import Format, format_class
from facelib.export.names import FORMATS
from facelib.export.options import ExportOptions


def render() -> str:
    """The page."""
    introduction = (
        "`facelib export FORMAT FOLDER` writes a dataset from the published collection, and so does the DAG "
        "`dataset_export`. Beside the files of the format lie `manifest.json` (the query, the digests of the models, "
        "the settings of the pipeline, licences, counts, what failed and why), `items.jsonl` (one line an item: where "
        "it comes from, its licence, the results behind it, sha256 of its files) and `SHA256SUMS`, for "
        "`sha256sum --check`. `.export/` holds the plan and the journal that an interrupted export goes on from."
    )
    overview = table(
        ["format", "what it writes", "read with"],
        [[f"[`{name}`](#{name})", format_class(name).summary, code(format_class(name).read_with)] for name in FORMATS],
    )
    options = table(
        ["option", "type", "default", "meaning and unit"],
        [
            [code(name), kind(field), code(default_of(field)), (field.description or "").rstrip(".")]
            for name, field in ExportOptions.model_fields.items()
        ],
    )
    sections = [_section(name, format_class(name)) for name in FORMATS]
    return page("Dataset formats", introduction, overview, "## Options of every format", options, *sections)


def _section(name: str, made: type[Format]) -> str:
    parts = [f"## {name}", prose(made.__doc__)]
    fields = made.settings_type.model_fields
    if fields:
        rows = [
            [code(key), kind(field), code(default_of(field)), (field.description or "").rstrip(".")]
            for key, field in fields.items()
        ]
        parts += ["Settings, given as `--set NAME=VALUE`:", table(["setting", "type", "default", "meaning"], rows)]
    if made.packages:
        parts.append(f"Needs {', '.join(code(package) for package in made.packages)}: `pip install 'facelib[export]'`.")
    return "\n\n".join(parts)
