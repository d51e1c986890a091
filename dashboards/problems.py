"""Problems as a sentence and a way on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from facelib.errors import FacelibError, ModelError, SettingsError

_log = logging.getLogger(__name__)

START = """facelib models fetch
facelib ingest --channel PATH_OR_URL"""


@contextmanager
def shown() -> Iterator[None]:
    """Show a FacelibError of the block on the page instead of letting it end the page."""
    try:
        yield
    except FacelibError as error:
        _log.warning("%s: %s", error.reason, error)
        show(error)


def show(error: FacelibError) -> None:
    """One problem: what is wrong, and what to do."""
    if error.reason == "not_published":
        _show_start(error)
        return
    operator = isinstance(error, ModelError | SettingsError)
    icon = ":material/build:" if operator else ":material/info:"
    box = st.error if operator else st.warning
    box(plain(f"{_sentence(error.message)} {_sentence(error.hint)}".strip()), icon=icon)


def plain(text: str) -> str:
    """Text for a Markdown element, with everything that Markdown would read as markup shown as it is.

    >>> plain("a_b [c](d)")
    'a\\\\_b \\\\[c\\\\](d)'
    """
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#$:|~" else letter for letter in text)


def _show_start(error: FacelibError) -> None:
    st.info(plain(_sentence(error.message)), icon=":material/inventory_2:")
    st.markdown("Fetch the models once, take in a folder of videos or a channel, and come back to this page:")
    st.code(START, language="shell")
    st.button("Look again", icon=":material/refresh:")


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:] + ("" if not message or message.endswith((".", "!", "?")) else ".")
