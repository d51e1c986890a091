"""Parts of a pod's specification, read strictly: what the Kubernetes API does not know is an error, not dropped."""

import json
import re
import reprlib
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from kubernetes.client import ApiClient  # type: ignore[import-untyped]
from kubernetes.client import models as k8s

from facelib.errors import SettingsError

_LIST = re.compile(r"list\[(.+)\]")
_MAP = re.compile(r"dict[(\[](\w+), (.+)[)\]]")
_PLAIN: dict[str, tuple[type, ...]] = {
    "str": (str,), "int": (int,), "float": (int, float), "bool": (bool,), "datetime": (str, datetime),
    "object": (object,),
}  # fmt: skip


def problems(kind: str, document: Any, path: str = "") -> list[str]:
    """What of a document the Kubernetes API would refuse by its form: unknown fields and values of a wrong type.

    Args:
        kind: name of a model, such as ``V1Pod``.
        document: what YAML or JSON gives.
        path: where the document is, for the messages.

    Example:
        >>> problems("V1Toleration", {"key": "gpu", "operater": "Exists"})
        ['operater: there is no such field in V1Toleration']
    """
    if document is None:
        return []
    if kind in _PLAIN:
        fits = isinstance(document, _PLAIN[kind]) and not (isinstance(document, bool) and kind in ("int", "float"))
        return [] if fits else [f"{path or kind}: {reprlib.repr(document)} is no {kind}"]
    if found := _LIST.fullmatch(kind):
        if not isinstance(document, list):
            return [f"{path or kind}: {reprlib.repr(document)} is no list"]
        return [text for n, item in enumerate(document) for text in problems(found[1], item, f"{path}[{n}]")]
    if not isinstance(document, dict):
        return [f"{path or kind}: {reprlib.repr(document)} is no object"]
    if found := _MAP.fullmatch(kind):
        return [text for key, item in document.items() for text in problems(found[2], item, _below(path, key))]
    return _fields(kind, document, path)


def model(kind: str, document: Any, variable: str) -> Any:
    """The model of a document.

    Args:
        kind: name of a model, such as ``V1Affinity``, or ``list[V1Toleration]``.
        document: what YAML or JSON gives.
        variable: the setting that it comes from, for the message.

    Raises:
        SettingsError: the document is none of this kind.
    """
    wrong = problems(kind, document)
    if not wrong:
        try:
            return ApiClient().deserialize(SimpleNamespace(data=json.dumps(document, default=str)), kind)
        except ValueError as error:
            wrong = [str(error)]
    raise SettingsError(f"{variable}: {'; '.join(wrong)}", hint="docs/cluster.md", reason="bad_settings")


def _fields(kind: str, document: dict[str, Any], path: str) -> list[str]:
    form = getattr(k8s, kind)
    types = {json_name: form.openapi_types[name] for name, json_name in form.attribute_map.items()}
    found: list[str] = []
    for key, value in document.items():
        if key in types:
            found += problems(types[key], value, _below(path, key))
        else:
            found.append(f"{_below(path, key)}: there is no such field in {kind}")
    return found


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else str(key)
