"""Trying again after a network error, with growing pauses."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from facelib.sources.failures import classify
from facelib.sources.retries import RETRIES
from facelib.sources.ytdlp import DownloadSettings

T = TypeVar("T")


def with_retries(action: Callable[[], T], url: str, settings: DownloadSettings) -> T:
    """What `action` returns, tried `settings.retries` more times after failures that are tried again at once.

    Other failures that may pass, such as a rate limit, need minutes to hours: whoever planned the work tries again.
    `facelib.sources.retries.RETRIES` tells them apart.

    Raises:
        FacelibError: the last error, told by `classify`. KeyboardInterrupt and the like pass through.
    """
    attempt = 0
    while True:
        try:
            return action()
        except Exception as error:
            failure = classify(error, url)
            rule = RETRIES.get(failure.reason)
            if rule is None or not rule.at_once or attempt == settings.retries:
                raise failure from (None if failure is error else error)
        time.sleep(settings.backoff(attempt))
        attempt += 1
