"""``FACELIB_...`` environment variables: which there are, and what is said about one that cannot be used."""

import json
import os
import re
import types
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource
from pydantic_settings.exceptions import SettingsError as SourceError

from facelib.errors import SettingsError

PREFIX = "FACELIB_"
OTHER_PREFIXES = ("FACELIB_TASK_", "FACELIB_POD_")
"""Variables of Airflow's side, which has settings classes of its own."""

OTHERS = {
    "FACELIB_CONFIG": ("facelib.toml", "The settings file. Named but absent is an error; the default may be absent."),
    "FACELIB_AIRFLOW_PORT": ("8080", "Port on 127.0.0.1 of the Airflow that `make demo` and `make up` start."),
    "FACELIB_DASHBOARD_PORT": ("8501", "Port on 127.0.0.1 of the dashboard that `make up` starts."),
    "FACELIB_FEED_PORT": ("8765", "Port on 127.0.0.1 of the sample channel's feed during `make demo`."),
    "FACELIB_DEMO_LIMIT_S": ("86400", "Seconds after which `make demo` gives up."),
    "FACELIB_RUN": ("", "Run that JSON lines of the log name; by default the run of Airflow's task."),
    "FACELIB_MEDIA_URL": ("", "Where the dashboard's pages get clips; by default from a server of their own."),
    "FACELIB_DEMO_CACHE": ("", "Folder of the demo's portraits for the tests; named but absent fails them."),
    "FACELIB_TEST_MEDIA": ("", "Folder of real clips for the tests; named but absent fails them."),
}
"""Variables that are read on their own, outside any settings class: default and meaning."""

# Kubernetes and Docker tell a container of a service named facelib-... by variables of these forms.
_SERVICE_LINK = re.compile(r"_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$")
_SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://")

_SAME = frozenset({"model", "models", "detector"})
"""What chooses a model, whose name differs from section to section."""


@dataclass(frozen=True)
class Setting:
    """One setting: its key in facelib.toml, its environment variable and its field."""

    key: str
    variable: str
    field: FieldInfo


def settings(model: type[BaseModel], prefix: str = PREFIX, path: tuple[str, ...] = ()) -> list[Setting]:
    """Every setting of a settings class, nested ones included, in the order of the code."""
    found: list[Setting] = []
    for name, field in model.model_fields.items():
        inner = section(field)
        if inner is not None:
            found += settings(inner, prefix, (*path, name))
        else:
            key = (*path, name)
            found.append(Setting(".".join(key), prefix + "__".join(key).upper(), field))
    return found


def section(field: FieldInfo) -> type[BaseModel] | None:
    """The settings class of a field that is a section; None for a value."""
    inner = field.annotation
    return inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """The settings of a section that may be meant by a name which is none of them, likeliest first.

    >>> nearest("min_hour", ["min_hours", "max_uploads"]), nearest("model", ["step", "detector"])
    (['min_hours'], ['detector'])
    """
    there = list(names)
    return get_close_matches(name, there, n=2) or [other for other in there if {name, other} <= _SAME]


def check(model: type[BaseModel], names: Iterable[str]) -> None:
    """Refuse variables that nothing reads.

    Args:
        model: the settings class.
        names: of all environment variables, in any case; those of other programs are left alone.

    Raises:
        SettingsError: a variable is unknown; the message names it and the nearest one that there is.
    """
    leaves = settings(model)
    known = [setting.variable for setting in leaves]
    sections = {variable.rsplit("__", n)[0] for variable in known for n in range(1, variable.count("__") + 1)}
    free = tuple(f"{setting.variable}__" for setting in leaves if _is(setting.field, dict))
    problems = []
    for name in sorted(names):
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper.startswith((*OTHER_PREFIXES, *free)) or _is_service(name):
            continue
        if upper not in known and upper not in sections and upper not in OTHERS:
            near = _near(upper, [*known, *OTHERS, *sections])
            problems.append(f"there is no variable {name}" + (f"; did you mean {near}?" if near else ""))
    if problems:
        hint = "docs/reference/settings.md lists all; a section and its setting are parted by two underscores"
        raise SettingsError("; ".join(problems), hint=hint, reason="bad_settings")


def _near(variable: str, names: list[str]) -> str:
    """The nearest variable: of the same section where there is such a section."""
    above, _, last = variable.rpartition("__")
    beside = [name.removeprefix(f"{above}__") for name in names if name.rpartition("__")[0] == above]
    if above and beside:
        found = nearest(last.lower(), [name.lower() for name in beside])
        return " or ".join(f"{above}__{name.upper()}" for name in found)
    return next(iter(get_close_matches(variable, names, n=1)), "")


class VariableSource(EnvSettingsSource):
    """The variables of a settings class; unknown ones and values that are no JSON are errors that name the variable."""

    def __call__(self) -> dict[str, Any]:
        """The values that variables set.

        Raises:
            SettingsError: a variable is unknown, or a list or an object is not written as JSON.
        """
        check(self.settings_cls, os.environ)
        try:
            return super().__call__()
        except SourceError as error:
            if isinstance(error.__cause__, _NotJson):
                raise _not_json(error.__cause__) from error
            raise

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """A list or an object out of JSON."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError as error:
            raise _NotJson(field_name, field, value) from error


class _NotJson(ValueError):
    def __init__(self, field_name: str, field: FieldInfo, value: str) -> None:
        super().__init__(f"{field_name} is not JSON")
        self.field_name, self.field, self.value = field_name, field, value


def _not_json(found: _NotJson) -> SettingsError:
    ends = (f"__{found.field_name}".upper(), f"{PREFIX}{found.field_name}".upper())
    variable = next(n for n, v in os.environ.items() if v == found.value and n.upper().endswith(ends))
    secret = _is(found.field, SecretStr)
    told = "the value" if secret else repr(found.value)
    if _is(found.field, dict) or section(found.field):
        return SettingsError(
            f'{variable}: {told} is not JSON; an object is written as \'{{"name": "value"}}\'', reason="bad_settings"
        )
    parts = ["..."] if secret else [part.strip() for part in found.value.strip("[]() ").split(",") if part.strip()]
    example = json.dumps([part.strip("'\"") for part in parts], ensure_ascii=False)
    return SettingsError(
        f"{variable}: {told} is not JSON; a list is written as '{example}'",
        hint=f"{variable}='{example}'",
        reason="bad_settings",
    )


def _is(field: FieldInfo, kind: type) -> bool:
    """Whether a field's type, or a part of it, is of this kind."""
    return _holds(field.annotation, kind)


def _holds(annotation: Any, kind: type) -> bool:
    if annotation is kind or get_origin(annotation) is kind:
        return True
    inner = get_args(annotation) if get_origin(annotation) in (list, tuple, dict, Union, types.UnionType) else ()
    return any(_holds(part, kind) for part in inner)


def _is_service(name: str) -> bool:
    return bool(_SERVICE_LINK.search(name) or _SERVICE_ADDRESS.match(os.environ.get(name, "")))
