"""``docs/reference/settings.md``: every setting with its variable, key in facelib.toml, type, default and meaning."""

import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs.markdown import code, page, table
from facelib import variables
from facelib.settings import Settings
from facelib.variables import OTHERS, PREFIX, Setting
from operators.settings import PodSettings, TaskSettings

_NAMES = {
    Any: "value",
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    SecretStr: "secret",
}
_NAMES |= {type(None): "none"}
_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_LONG = 60


def settings(model: type[BaseModel] = Settings, prefix: str = PREFIX) -> list[Setting]:
    """Every setting of a settings class, nested ones included, in the order of the code."""
    return variables.settings(model, prefix)


def render() -> str:
    """The page."""
    introduction = (
        "Every setting can stand in `facelib.toml` in the current folder (or the file that `FACELIB_CONFIG` names) and "
        "in an environment variable; the variable wins. In the file, `crawl.min_hours` is `min_hours` below "
        "`[crawl]`. A variable of a list or an object is JSON, such as `FACELIB_CHANNELS='[\"~/Videos\"]'`.\n\n"
        "What does not exist is refused: a key in the file, and a variable that begins with `FACELIB_`. So is a "
        "place that is empty, such as `FACELIB_STORE=`, which would be the current folder: write `.` for that one."
    )
    return page("Settings", introduction, *_library(), _tasks(), _others())


def _library() -> Iterator[str]:
    everything = settings()
    sections = list(dict.fromkeys(_section(setting) for setting in everything))
    for section in sections:
        chosen = [setting for setting in everything if _section(setting) == section]
        title = f"## `[{section}]`" if section else "## At the top of the file"
        yield "\n\n".join([title, *_about(section), _table(chosen), *_long_defaults(chosen)])


def _section(setting: Setting) -> str:
    return setting.key.rpartition(".")[0]


def _about(section: str) -> list[str]:
    if section.startswith("pipeline."):
        return ["Part of every fingerprint: a change makes the results that depend on it stale."]
    return []


def _table(chosen: list[Setting]) -> str:
    rows = [
        [code(s.key), code(s.variable), kind(s.field), _default(s.field), (s.field.description or "").rstrip(".")]
        for s in chosen
    ]
    return table(["key", "variable", "type", "default", "meaning and unit"], rows)


def _long_defaults(chosen: list[Setting]) -> list[str]:
    long = [s for s in chosen if len(_toml(default_of(s.field))) > _LONG]
    return [f"Default of `{s.key}`:\n\n```\n{_toml(default_of(s.field))}\n```" for s in long]


def _default(field: FieldInfo) -> str:
    text = _toml(default_of(field))
    return "below" if len(text) > _LONG else code(text)


def default_of(field: FieldInfo) -> Any:
    """The default of a field; None where it must be set."""
    value = field.get_default(call_default_factory=True, validated_data={})
    return None if value is PydanticUndefined else value


def kind(field: FieldInfo) -> str:
    """The type of a field in words, with its bounds.

    >>> kind(Settings.model_fields["threads"])
    'whole number ≥ 0'
    """
    bounds = [
        f"{sign} {getattr(m, name):g}" for m in field.metadata for name, sign in _SIGNS.items() if hasattr(m, name)
    ]
    return " ".join([_type(field.annotation), ", ".join(bounds)]).strip()


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(code(value) for value in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(argument) for argument in arguments)
    if origin in (list, tuple):
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"{_type(arguments[1])} by {_type(arguments[0])}"
    return _NAMES[annotation]


def _toml(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Path | SecretStr):
        return json.dumps(str(value))
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _tasks() -> str:
    rows = [
        [code(s.variable), kind(s.field), _default(s.field), (s.field.description or "").rstrip(".")]
        for model, prefix in ((TaskSettings, "FACELIB_TASK_"), (PodSettings, "FACELIB_POD_"))
        for s in settings(model, prefix)
    ]
    return (
        "## Tasks and pods of Airflow\n\nRead from the environment of the DAG processor and the workers; they have no "
        "place in `facelib.toml`.\n\n" + table(["variable", "type", "default", "meaning and unit"], rows)
    )


def _others() -> str:
    rows = [[code(name), code(default), meaning] for name, (default, meaning) in OTHERS.items()]
    return "## Other variables\n\n" + table(["variable", "default", "meaning"], rows)
