"""A YoutubeDL that asks only the hosts it may."""

from __future__ import annotations

from typing import Any

from facelib.sources.hosts import HostPolicy
from facelib.sources.resume import ResumeValidators


def open_ytdlp(
    parameters: dict[str, Any],
    policy: HostPolicy,
    validators: ResumeValidators | None = None,
    max_bytes: int | None = None,
) -> Any:
    """A YoutubeDL, to be used in a `with` block, that asks only the hosts that `policy` allows, redirects included.

    Args:
        parameters: see `facelib.sources.ytdlp.options`.
        policy: the hosts that may be asked.
        validators: what keeps a partial file from being continued with another one.
        max_bytes: files that a host announces as larger are refused before their first byte.
    """
    from facelib.sources.checked_ytdlp import CheckedYoutubeDL

    return CheckedYoutubeDL(parameters, policy, validators, max_bytes)
