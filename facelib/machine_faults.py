"""Errors of the machine, not of what is worked on: they end a run, and are held against no video."""

import errno

from facelib.errors import StoreError

ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""Errors of the operating system that would hit all other work too."""

STORE_FAULTS = frozenset(
    {
        "store_unwritable",
        "store_unreachable",
        "store_error",
        "no_bucket",
        "no_credentials",
        "bad_credentials",
        "access_denied",
        "wrong_region",
        "no_conditional_writes",
    }
)
"""Reasons for which a store can be neither read nor written now, whatever the key."""


def is_machine_fault(error: BaseException) -> bool:
    """Whether an error says that the machine is out of space, memory or files, or the store cannot be reached.

    Example:
        >>> is_machine_fault(OSError(errno.ENOSPC, "No space left on device")), is_machine_fault(ValueError("no day"))
        (True, False)
    """
    if isinstance(error, StoreError):
        return error.reason in STORE_FAULTS
    out_of_memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return out_of_memory or (isinstance(error, OSError) and error.errno in ERRNOS)
