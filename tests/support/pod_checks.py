"""What the Kubernetes API looks at before it takes a pod."""

import re
from decimal import Decimal
from typing import Any

from kubernetes.utils.quantity import parse_quantity  # type: ignore[import-untyped]

from operators.pod_models import problems

_LABEL = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_LONGEST_PREFIX = 253
_ANNOTATION_BYTES = 262144


def refusals(pod: dict[str, Any]) -> list[str]:
    """Why the API would refuse a pod: unknown fields, values of a wrong type, bad names, labels and quantities."""
    found = problems("V1Pod", pod)
    if found:
        return found
    metadata, spec = pod["metadata"], pod["spec"]
    if not _NAME.fullmatch(metadata["name"]):
        found.append(f"name {metadata['name']!r}")
    for key, value in metadata.get("labels", {}).items():
        found += [] if _is_key(key) and _LABEL.fullmatch(value) else [f"label {key}={value!r}"]
    annotations = metadata.get("annotations", {})
    found += [f"annotation {key!r}" for key in annotations if not _is_key(key)]
    if sum(len(key) + len(value.encode()) for key, value in annotations.items()) > _ANNOTATION_BYTES:
        found.append("annotations are too long")
    if spec.get("activeDeadlineSeconds", 1) < 1:
        found.append("activeDeadlineSeconds must be at least 1")
    found += _volumes(spec)
    for box in spec["containers"]:
        found += _container(box, {volume["name"] for volume in spec.get("volumes", [])})
    return found


def _is_key(key: str) -> bool:
    prefix, _, name = key.rpartition("/")
    return bool(name and _LABEL.fullmatch(name)) and (
        not prefix or bool(_PREFIX.fullmatch(prefix) and len(prefix) <= _LONGEST_PREFIX)
    )


def _volumes(spec: dict[str, Any]) -> list[str]:
    volumes = spec.get("volumes", [])
    names = [volume["name"] for volume in volumes]
    found = [] if len(set(names)) == len(names) else [f"volumes of one name: {names}"]
    found += [f"volume {volume['name']}: not one source" for volume in volumes if len(volume) != 2]
    sizes = [volume["emptyDir"].get("sizeLimit") for volume in volumes if "emptyDir" in volume]
    return found + [text for size in sizes if size is not None for text in _quantity("sizeLimit", size)]


def _container(box: dict[str, Any], volumes: set[str]) -> list[str]:
    found = [] if box.get("image") else ["a container has no image"]
    given = box.get("resources", {})
    for kind in ("requests", "limits"):
        for name, value in (given.get(kind) or {}).items():
            found += _quantity(f"{kind}.{name}", value)
    for name, value in (given.get("requests") or {}).items():
        limit = (given.get("limits") or {}).get(name)
        if limit is not None and parse_quantity(value) > parse_quantity(limit):
            found.append(f"requests.{name} is above its limit")
    mounts = box.get("volumeMounts", [])
    paths = [mount["mountPath"] for mount in mounts]
    found += [] if len(set(paths)) == len(paths) else [f"two mounts at one path: {paths}"]
    found += [f"mount of {mount['name']}, which is no volume" for mount in mounts if mount["name"] not in volumes]
    return found + [f"variable {env['name']!r}" for env in box.get("env", []) if not _VARIABLE.fullmatch(env["name"])]


def _quantity(where: str, value: str) -> list[str]:
    try:
        return [] if parse_quantity(value) > Decimal(0) else [f"{where}: {value} is not above nothing"]
    except ValueError as error:
        return [f"{where}: {error}"]
