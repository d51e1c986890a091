"""Problems as a sentence and a way on."""

import logging
import shlex
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboards import faults
from facelib import settings
from facelib.errors import FacelibError, ModelError, SettingsError

_log = logging.getLogger(__name__)

START = """facelib models fetch
FACELIB_STORE={store} facelib ingest --channel PATH_OR_URL"""

PASSING = frozenset({"catalog_locked", "bad_catalog", "bad_index", "old_catalog", "unreadable"})
"""Reasons of what a later look may find mended."""


@contextmanager
def shown() -> Iterator[None]:
    """Show what goes wrong in the block as a sentence; a stack trace goes to the log only."""
    try:
        yield
    except Exception as error:
        problem = faults.named(error)
        if problem is None:
            _show_unforeseen(error)
            return
        _log.warning("%s: %s", problem.reason, error)
        show(problem)


def show(error: FacelibError) -> None:
    """One problem: what is wrong, and what to do."""
    if error.reason == "not_published":
        _show_start(error)
        return
    operator = isinstance(error, ModelError | SettingsError)
    icon = ":material/build:" if operator else ":material/info:"
    box = st.error if operator else st.warning
    box(plain(f"{_sentence(error.message)} {_sentence(error.hint)}".strip()), icon=icon)
    if error.reason in PASSING:
        st.button("Look again", icon=":material/refresh:", key=f"again-{error.reason}")


def plain(text: str) -> str:
    """Text for a Markdown element, with everything that Markdown would read as markup shown as it is.

    >>> plain("a_b [c](d)")
    'a\\\\_b \\\\[c\\\\](d)'
    """
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#$:|~" else letter for letter in text)


def _show_unforeseen(error: Exception) -> None:
    number = uuid.uuid4().hex[:8]
    _log.error("unforeseen problem %s", number, exc_info=error)
    st.error(
        f"This page met a problem that it has no words for. Who runs the dashboard finds it in its log as {number}.",
        icon=":material/error:",
    )
    st.button("Look again", icon=":material/refresh:", key="again-unforeseen")


def _show_start(error: FacelibError) -> None:
    st.info(plain(_sentence(error.message)), icon=":material/inventory_2:")
    st.markdown("Fetch the models once, take in a folder of videos or a channel, and come back to this page:")
    # The dashboard may have been told of a store that a shell beside it does not know of.
    st.code(START.format(store=shlex.quote(settings.load().open_store().address)), language="shell")
    st.button("Look again", icon=":material/refresh:")


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:] + ("" if not message or message.endswith((".", "!", "?")) else ".")
