"""Settings of Airflow's side: read from environment variables, with errors that name the variable."""

import os
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as SourceError

from facelib.errors import SettingsError

_HINT = "docs/reference/settings.md lists all"


class VariableSettings(BaseSettings):
    """Settings whose class names a prefix; every problem is told with the variable that it is in.

    Raises:
        SettingsError: a value cannot be used, is no JSON where JSON is needed, or a variable of this prefix is unknown.
    """

    model_config = SettingsConfigDict(allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        """An empty variable is an absent one where a setting may be absent."""
        optional = {name for name, field in cls.model_fields.items() if field.get_default() is None}
        return {name: value for name, value in values.items() if value != "" or name not in optional}

    def __init__(self, **values: Any) -> None:
        prefix = str(self.model_config.get("env_prefix", ""))
        _refuse_unknown(prefix, list(type(self).model_fields))
        try:
            super().__init__(**values)
        except ValidationError as error:
            problems = "; ".join(_problem(prefix, details) for details in error.errors(include_url=False))
            raise SettingsError(problems, hint=_HINT, reason="bad_settings") from None
        except SourceError as error:
            raise SettingsError(_not_json(prefix, type(self)), hint=_HINT, reason="bad_settings") from error


def _refuse_unknown(prefix: str, fields: list[str]) -> None:
    """Refuse a variable that nothing reads. A prefix that other settings share is looked at where they are read."""
    if prefix == "FACELIB_":
        return
    known = [prefix + name.upper() for name in fields]
    for name in sorted(os.environ):
        if name.upper().startswith(prefix) and name.upper() not in known:
            near = get_close_matches(name.upper(), known, n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise SettingsError(f"there is no variable {name}{meant}", hint=_HINT, reason="bad_settings")


def _problem(prefix: str, details: Any) -> str:
    field, *inner = (str(part) for part in details["loc"])
    where = ": ".join(filter(None, [prefix + field.upper(), ".".join(inner)]))
    return f"{where}: {str(details['msg']).removeprefix('Value error, ')}"


def _not_json(prefix: str, model: type[BaseSettings]) -> str:
    """Which variable holds what is no JSON: the reader itself names only the field."""
    import json

    for name, field in model.model_fields.items():
        variable = prefix + name.upper()
        text = os.environ.get(variable)
        if text is None or not isinstance(field.get_default(call_default_factory=True, validated_data={}), dict | list):
            continue
        try:
            json.loads(text)
        except ValueError as error:
            return f"{variable}: {text!r} is not JSON: {error}"
    return f"a variable that begins with {prefix} is not JSON"
