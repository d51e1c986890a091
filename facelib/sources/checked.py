"""A YoutubeDL that asks only the hosts it may.

The classes are made at first use, inside functions, because yt-dlp takes a second to import.
"""

from __future__ import annotations

import functools
import threading
from typing import Any

from facelib.sources.atom import HEAD_BYTES, atom_listing, looks_like_atom
from facelib.sources.base import DownloadError
from facelib.sources.failures import classify, too_large
from facelib.sources.hosts import HostPolicy
from facelib.sources.resume import ResumeValidators

_SORTING = threading.Lock()


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
    return _downloader_class()(parameters, policy, validators, max_bytes)


@functools.cache
def _refused_class() -> Any:
    """The error that carries a refusal through yt-dlp's network layer, which lets only its own errors pass."""
    from yt_dlp.networking.exceptions import RequestError

    return type("Refused", (RequestError,), {})


def _handler_class(policy: HostPolicy) -> Any:
    """yt-dlp's handler for http and https, which then looks at the address of each hop before it is asked."""
    from yt_dlp.networking._requests import RequestsRH

    class CheckedRequestsRH(RequestsRH):  # type: ignore[misc]
        def _create_instance(self, *args: Any, **kwargs: Any) -> Any:
            session = super()._create_instance(*args, **kwargs)
            adapter_of = session.get_adapter

            def checked(url: str) -> Any:
                try:
                    policy.check(url)
                except DownloadError as error:
                    raise _refused_class()(cause=error) from error
                return adapter_of(url)

            session.get_adapter = checked
            return session

    return CheckedRequestsRH


@functools.cache
def _generic_class() -> Any:
    """yt-dlp's reader of pages that it knows no site for, which then reads Atom feeds too."""
    from yt_dlp.extractor.generic import GenericIE as PlainGenericIE
    from yt_dlp.utils import UnsupportedError

    class AtomFound(Exception):
        """Carries a feed past what would search it for embedded players."""

    class GenericIE(PlainGenericIE):  # type: ignore[misc]
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

    return GenericIE


@functools.cache
def _downloader_class() -> Any:
    from yt_dlp import YoutubeDL
    from yt_dlp.networking._requests import RequestsRH

    class CheckedYoutubeDL(YoutubeDL):  # type: ignore[misc]
        def __init__(self, parameters: dict[str, Any], *checks: Any) -> None:
            self._policy, self._validators, self._max_bytes = checks
            self._transferring = False
            self.caption_failures: dict[str, str] = {}
            super().__init__(parameters, auto_init=True)
            self.add_info_extractor(_generic_class()())

        def build_request_director(self, handlers: Any, preferences: Any = None) -> Any:
            own = _handler_class(self._policy)
            return super().build_request_director([own if h is RequestsRH else h for h in handlers], preferences)

        def urlopen(self, request: Any) -> Any:
            url = request if isinstance(request, str) else request.url
            self._policy.check(url)
            validators = self._validators if self._transferring else None
            if validators and not isinstance(request, str):
                validators.condition(url, request.headers)
            try:
                response = super().urlopen(request)
            except _refused_class() as refused:
                raise refused.cause from None
            # Other request handlers, for web sockets and browser impersonation, follow redirects on their own.
            self._policy.check(response.url)
            if self._transferring:
                _check_length(response, self._max_bytes)
            if validators:
                validators.remember(url, response.headers)
            return response

        def dl(self, *args: Any, **kwargs: Any) -> Any:
            # Only answers that are written to a file say which file the partial one belongs to.
            self._transferring = True
            try:
                return super().dl(*args, **kwargs)
            finally:
                self._transferring = False

        def sort_formats(self, info_dict: Any) -> None:
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

    return CheckedYoutubeDL


def _check_length(response: Any, max_bytes: int | None) -> None:
    length = str(response.headers.get("Content-Length") or "")
    if max_bytes is not None and length.isdigit() and int(length) > max_bytes:
        response.close()
        raise too_large(response.url, int(length), max_bytes)
