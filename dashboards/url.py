"""Widgets whose state lives in the URL by name, so that a view can be shared, reloaded and gone back to.

A value that is the default is left out of the URL; one that cannot be used is passed over.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T", bound=str)
V = TypeVar("V")
LAST_PATH = "last_path"
"""Key of the path of the page that this session saw last; there is none in its first run."""


def select(label: str, options: Sequence[T], key: str, *, words: Mapping[T, str] | None = None, **more: Any) -> T:
    """A select box; the first option is the default."""
    restore(key, options[0], lambda text: next((option for option in options if option == text), None))
    if st.session_state[key] not in options:
        st.session_state[key] = options[0]
    chosen: T = st.selectbox(label, options, format_func=_labels(words), key=key, **more)
    return remember(key, chosen, options[0])


def segments(label: str, options: Sequence[T], key: str, *, words: Mapping[T, str], **more: Any) -> T:
    """A row of options of which one is chosen; the first is the default."""
    restore(key, options[0], lambda text: next((option for option in options if option == text), None))
    chosen: T | None = st.segmented_control(label, options, format_func=_labels(words), key=key, required=True, **more)
    return remember(key, chosen or options[0], options[0])


def toggle(label: str, key: str, **more: Any) -> bool:
    """A switch, off by default."""
    restore(key, False, lambda text: text == "yes")
    on: bool = st.toggle(label, key=key, **more)
    return remember(key, on, False)


def number(label: str, key: str, default: float, **more: Any) -> float:
    """A number field; whole where the default is."""
    kind = type(default)
    restore(key, default, lambda text: _number(text, kind, more.get("min_value"), more.get("max_value")))
    given: float | None = st.number_input(label, key=key, value=None, **more)
    return remember(key, default if given is None else given, default)


def page(items: int, size: int, key: str) -> slice:
    """Page numbers where the items fill more than one page; returns the part of them that is to be shown."""
    pages = max(1, -(-items // size))
    given = st.query_params.get(key)
    from_url = int(_number(given or "1", int, 1, pages) or 1)
    # This widget takes a default, and then must not be set through the state of the session as well.
    if st.session_state.get(key, 1) > pages or st.session_state.get(f"url-{key}") != given:
        st.session_state.pop(key, None)
    chosen = st.pagination(pages, default=from_url, key=key) if pages > 1 else 1
    remember(key, chosen, 1)
    return slice((chosen - 1) * size, chosen * size)


def forget(key: str) -> None:
    """Set a widget to its default from the next run on."""
    st.query_params.pop(key, None)
    st.session_state.pop(key, None)


def restore(key: str, default: Any, read: Callable[[str], Any]) -> None:
    """Set a widget from the URL when it is drawn for the first time, or the URL was changed from outside."""
    given = st.query_params.get(key)
    if key in st.session_state and st.session_state.get(f"url-{key}") == given:
        return
    value = None if given is None else read(given)
    st.session_state[key] = default if value is None else value


def remember(key: str, value: V, default: V) -> V:
    """Write a widget's value into the URL; returns it."""
    text = "yes" if value is True else str(value)
    if value == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != text:
        st.query_params[key] = text
    st.session_state[f"url-{key}"] = st.query_params.get(key)
    return value


def _labels(words: Mapping[T, str] | None) -> Callable[[T], str]:
    return lambda option: str(words[option]) if words is not None and option in words else str(option)


def _number(text: str, kind: type, least: float | None, most: float | None) -> float | None:
    """A number within its limits; None where the text is none.

    >>> _number("7", int, 1, 9), _number("70", int, 1, 9), _number("x", int, 1, 9), _number("nan", float, None, None)
    (7, None, None, None)
    """
    try:
        value: float = kind(text)
    except ValueError:
        return None
    inside = (least is None or value >= least) and (most is None or value <= most) and abs(value) < float("inf")
    return value if inside else None
