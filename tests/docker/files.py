"""The files of docker/: read, parsed, and its scripts as modules."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"


def script(name: str) -> ModuleType:
    """A script of docker/ as a module; the folder is no package, since a package on the index has its name."""
    found = importlib.util.spec_from_file_location(f"facelib_docker_{name}", DOCKER / f"{name}.py")
    assert found and found.loader
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


def documents(path: Path) -> list[dict[str, Any]]:
    """Every document of a YAML file."""
    return [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]


def facelib_variables(value: Any) -> set[str]:
    """Names of facelib's variables that are keys, or values of ``name``, anywhere in a document."""
    found: set[str] = set()
    if isinstance(value, dict):
        names = [*value, value.get("name")]
        found |= {name for name in names if isinstance(name, str) and name.startswith("FACELIB_")}
        for inner in value.values():
            found |= facelib_variables(inner)
    elif isinstance(value, list):
        for inner in value:
            found |= facelib_variables(inner)
    return found
