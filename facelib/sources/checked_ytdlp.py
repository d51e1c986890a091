"""The parts of yt-dlp that are made to ask only the hosts they may; :mod:`facelib.sources.checked` opens them.

Importing this takes a second, because yt-dlp does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from yt_dlp import YoutubeDL
from yt_dlp.extractor.generic import GenericIE as PlainGenericIE
from yt_dlp.networking._requests import RequestsRH
from yt_dlp.networking.exceptions import RequestError
from yt_dlp.utils import UnsupportedError

from facelib.sources.addresses import watched_pools
from facelib.sources.atom import HEAD_BYTES, atom_listing, looks_like_atom
from facelib.sources.base import DownloadError
from facelib.sources.failures import classify, too_large
from facelib.sources.hosts import HostPolicy
from facelib.sources.resume import ResumeValidators

_SORTING = threading.Lock()


class CheckedYoutubeDL(YoutubeDL):  # type: ignore[misc]
    """A YoutubeDL whose requests are checked; see :func:`facelib.sources.checked.open_ytdlp`."""

    def __init__(
        self,
        parameters: dict[str, Any],
        policy: HostPolicy,
        validators: ResumeValidators | None,
        max_bytes: int | None,
    ) -> None:
        self._policy, self._validators, self._max_bytes = policy, validators, max_bytes
        self._transferring = False
        self.caption_failures: dict[str, str] = {}
        super().__init__(parameters, auto_init=True)
        self.add_info_extractor(GenericIE())

    def build_request_director(self, handlers: Any, preferences: Any = None) -> Any:
        """Every handler that yt-dlp has, with its own for http and https in place of the plain one."""
        own = _checked_handler(self._policy)
        return super().build_request_director([own if h is RequestsRH else h for h in handlers], preferences)

    def urlopen(self, request: Any) -> Any:
        """The answer to a request; the address is looked at before, and that of the answer after it."""
        url = request if isinstance(request, str) else request.url
        self._policy.check(url)
        validators = self._validators if self._transferring else None
        if validators and not isinstance(request, str):
            validators.condition(url, request.headers)
        try:
            response = super().urlopen(request)
        except Refused as refused:
            raise refused.cause from None
        # Other request handlers, for web sockets and browser impersonation, follow redirects on their own.
        self._policy.check(response.url)
        if self._transferring:
            _check_length(response, self._max_bytes)
        if validators:
            validators.remember(url, response.headers)
        return response

    def dl(self, *args: Any, **kwargs: Any) -> Any:
        """Transfer a file."""
        # Only answers that are written to a file say which file the partial one belongs to.
        self._transferring = True
        try:
            return super().dl(*args, **kwargs)
        finally:
            self._transferring = False

    def sort_formats(self, info_dict: Any) -> None:
        """Bring the formats of an upload into order."""
        # yt-dlp keeps the order of one sort in a class variable, which threads would overwrite for each other.
        with _SORTING:
            super().sort_formats(info_dict)

    def _write_subtitles(self, info_dict: Any, filename: str) -> Any:
        """Each language on its own: captions that cannot be had are noted and hold nothing back."""
        written: list[Any] = []
        for language, caption in (info_dict.get("requested_subtitles") or {}).items():
            one = {**info_dict, "requested_subtitles": {language: caption}}
            try:
                written += super()._write_subtitles(one, filename) or []
            except Exception as error:
                failure = classify(error, str(caption.get("url") or info_dict.get("webpage_url")))
                self.caption_failures[language] = failure.message
        return written

    def save_cookies(self) -> None:
        """The user's cookie file is read, never written: many processes may share it."""


class Refused(RequestError):  # type: ignore[misc]
    """Carries a refusal through yt-dlp's network layer, which lets only its own errors pass."""


class AtomFound(Exception):
    """Carries a feed past what would search it for embedded players."""


class GenericIE(PlainGenericIE):  # type: ignore[misc]
    """yt-dlp's reader of pages that it knows no site for, which then reads Atom feeds too."""

    def _webpage_read_content(self, *args: Any, **kwargs: Any) -> Any:
        content = super()._webpage_read_content(*args, **kwargs)
        if looks_like_atom(content[:HEAD_BYTES]):
            raise AtomFound(content)
        return content

    def _real_extract(self, url: str) -> Any:
        try:
            return super()._real_extract(url)
        except AtomFound as found:
            listing = atom_listing(str(found), url)
        if listing is None:
            raise UnsupportedError(url)
        return {"id": self._generic_id(url), **listing}


def _checked_handler(policy: HostPolicy) -> type[RequestsRH]:
    """yt-dlp's handler for http and https, which then looks at the address of each hop before it is asked."""

    class CheckedRequestsRH(RequestsRH):  # type: ignore[misc]
        def _create_instance(self, *args: Any, **kwargs: Any) -> Any:
            session = super()._create_instance(*args, **kwargs)
            for adapter in session.adapters.values():
                # Those of a proxy are others: behind it, the proxy alone knows whom a name leads to.
                adapter.poolmanager.pool_classes_by_scheme = watched_pools(_carried(policy.check_address))
            adapter_of, check = session.get_adapter, _carried(policy.check)

            def checked(url: str) -> Any:
                check(url)
                return adapter_of(url)

            session.get_adapter = checked
            return session

    return CheckedRequestsRH


def _carried(check: Callable[..., None]) -> Callable[..., None]:
    """The same check, whose refusal passes through yt-dlp's network layer."""

    def carried(*arguments: str) -> None:
        try:
            check(*arguments)
        except DownloadError as error:
            raise Refused(cause=error) from error

    return carried


def _check_length(response: Any, max_bytes: int | None) -> None:
    length = str(response.headers.get("Content-Length") or "")
    if max_bytes is not None and length.isdigit() and int(length) > max_bytes:
        response.close()
        raise too_large(response.url, int(length), max_bytes)
