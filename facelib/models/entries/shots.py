"""Shot detectors."""

from facelib.models.entry import ModelEntry

ENTRIES: dict[str, ModelEntry] = {}
