"""Profiles: which implementation each stage takes. The fields of the stages' parameters are the profile ``lite``."""

from collections.abc import Mapping
from typing import Any, Literal

Profile = Literal["lite", "full"]

PROFILES: dict[str, dict[str, dict[str, Any]]] = {
    "lite": {},
    "full": {
        "detect": {"detector": "scrfd"},
        "landmarks": {"model": "insightface_1k3d68"},
        "syncnet": {"model": "syncnet_v2"},
        "speaker": {"model": "light_asd"},
        "iqa": {"models": ["hyperiqa", "clipiqa+"], "hands": True},
        "image": {"model": "open_clip"},
        "hubert": {"model": "hubert"},
        "voice": {"model": "resemblyzer"},
        "embed": {"model": "arcface"},
    },
}
"""Parameters by profile and stage that differ from the defaults."""


def merged(profile: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a profile under those that the user chose; a preset stands in place of the profile's.

    >>> merged({"embed": {"model": "arcface"}}, {"embed": {"best": 3}, "track": {"crf": 20}})
    {'embed': {'model': 'arcface', 'best': 3}, 'track': {'crf': 20}}
    """
    together = {stage: dict(params) for stage, params in profile.items()}
    for stage, params in chosen.items():
        if stage in together and isinstance(params, Mapping) and params.get("preset", "none") == "none":
            together[stage] |= params
        else:
            together[stage] = params
    return together
