"""``docs/reference/stages.md``: what each stage reads, makes and can be told."""

from typing import Any

from docs.markdown import code, page, prose, table
from docs.pages.settings import default_of, kind
from facelib.stages.base import Stage
from facelib.stages.pipeline import PIPELINE


def render() -> str:
    """The page."""
    introduction = (
        "In the order in which they run; `commit` comes after the last one and writes the "
        "[record](../architecture.md#commit-records) that says which results belong together. A stage's version is "
        "part of its fingerprint and is raised whenever its output changes. [Add one](../../CONTRIBUTING.md)."
    )
    overview = table(
        ["stage", "version", "reads", "models", "cost"],
        [[f"[`{s.name}`](#{s.name})", str(s.version), _reads(s), _models(s), f"{s.cost:g}"] for s in PIPELINE],
    )
    note = "Cost is the predicted seconds of compute for each second of video on one CPU core; it sizes shards."
    return page("Stages", introduction, overview, note, *(_section(stage) for stage in PIPELINE))


def _section(stage: type[Stage[Any]]) -> str:
    facts = table(
        ["", ""],
        [
            ["version", str(stage.version)],
            ["reads", _reads(stage)],
            ["models", _models(stage)],
            ["tables", ", ".join(f"[`{t}`](tables.md#{stage.name}-{t})" for t in stage.tables)],
        ],
    )
    parameters = table(
        ["parameter", "type", "default", "meaning and unit"],
        [
            [code(name), kind(field), code(default_of(field)), (field.description or "").rstrip(".")]
            for name, field in stage.params_type.model_fields.items()
        ],
    )
    told = [text for text in (prose(stage.__doc__), prose(stage.params_type.__doc__)) if text]
    section = code(f"[pipeline.{stage.name}]")
    return "\n\n".join([f"## {stage.name}", told[0], facts, f"Parameters, set below {section}:", parameters])


def _reads(stage: type[Stage[Any]]) -> str:
    source = ["the source"] if stage.reads_source else []
    return ", ".join([*source, *(code(before) for before in stage.after)])


def _models(stage: type[Stage[Any]]) -> str:
    names = stage.models(stage.params_type())
    return ", ".join(f"[`{name}`](models.md)" for name in names) or "none"
