"""Errors that a user can act on.

Every error that facelib raises on purpose names the thing it is about and the way on, so that a command line, a task
log or a page can show it as it is, without a stack trace.
"""


class FacelibError(Exception):
    """A problem with a name and a way on.

    Args:
        message: what is wrong, naming the upload, file, model or setting it is about.
        hint: what the user can do about it; empty where the message already says so.
        reason: a short stable code in snake_case, stored in reject and quarantine rows and counted in tables.

    Example:
        >>> str(FacelibError("no such file: a.mp4", hint="check the path", reason="file_missing"))
        'no such file: a.mp4 (check the path)'
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", reason: str = "error") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class MediaError(FacelibError):
    """A media file that cannot be read, or is outside the limits."""


class SourceError(FacelibError):
    """A channel that cannot be listed, or an upload that cannot be fetched."""


class ModelError(FacelibError):
    """A model whose weights are missing or do not verify."""

    exit_code = 78


class StageOff(FacelibError):
    """A stage that the settings take out of the pipeline. A task of it is skipped, like one without weights."""

    exit_code = ModelError.exit_code


class StoreError(FacelibError):
    """An object store that cannot be read or written, or holds something unexpected."""


class SettingsError(FacelibError):
    """A setting with a value that cannot be used."""
