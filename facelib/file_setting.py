"""A setting that names a file."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator


def _is_no_empty_path(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError("it is empty; write the path of a file, or take the setting away")
    return value


FilePath = Annotated[Path | None, BeforeValidator(_is_no_empty_path)]
"""A setting that names a file: empty text, which would stand for the current folder, is an error."""
