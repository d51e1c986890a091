"""The README's example names what exists, and its table of models is the registry's."""

import ast
import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from facelib.models.registry import ENTRIES
from facelib.search import FaceSearch, Hit
from facelib.settings import Settings
from facelib.stages import pipeline

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def _example() -> ast.Module:
    found = re.search(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found
    return ast.parse(found[1])


def _imported() -> dict[str, Any]:
    imports = ast.Module([n for n in _example().body if isinstance(n, ast.Import | ast.ImportFrom)], [])
    names: dict[str, Any] = {}
    exec(compile(imports, "README.md", "exec"), names)
    return names


def test_example_compiles_and_imports() -> None:
    compile(_example(), "README.md", "exec")
    assert {"ingest", "FaceSearch", "Settings"} <= set(_imported())


def test_calls_of_the_example_fit_their_signatures() -> None:
    named, checked = _imported(), []
    for call in (node for node in ast.walk(_example()) if isinstance(node, ast.Call)):
        keywords = {str(k.arg): None for k in call.keywords}
        if isinstance(call.func, ast.Name) and call.func.id in named:
            function = named[call.func.id]
            arguments: list[None] = [None] * len(call.args)
        elif isinstance(call.func, ast.Attribute):
            function = getattr(FaceSearch, call.func.attr)
            arguments = [None] * (1 + len(call.args))
        else:
            continue
        inspect.signature(function).bind(*arguments, **keywords)
        checked.append(function.__name__)
    assert {"ingest", "FaceSearch", "Settings", "faces", "nearest"} <= set(checked)


def test_what_the_example_reads_of_a_hit_exists() -> None:
    read = {
        node.attr
        for node in ast.walk(_example())
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "hit"
    }
    assert read and read <= {field.name for field in fields(Hit)}


def test_table_of_models_agrees_with_the_registry() -> None:
    rows = re.findall(r"^\| ([\w /,]+) \| [^|]+ \| ([^|]+) \| (yes|no) \|$", README, re.MULTILINE)
    used = [ENTRIES[name] for name in pipeline.models(Settings().pipeline.model_dump(mode="json"))]
    expected = [(entry.task, entry.licence, "yes" if entry.commercial else "no") for entry in used]
    assert sorted(rows) == sorted(expected)


def test_python_that_it_asks_for_is_what_the_project_takes() -> None:
    project = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert 'requires-python = ">=3.11,<3.14"' in project and "Python 3.11 to 3.13" in README
