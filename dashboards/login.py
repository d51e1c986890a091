"""The login by OpenID Connect, as Streamlit's ``secrets.toml`` has it."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from facelib.errors import SettingsError

SHARED = ("redirect_uri", "cookie_secret")
OF_PROVIDER = ("client_id", "client_secret", "server_metadata_url")
SECRET_LETTERS = 32
"""Shortest secret that signs the cookies, letters."""


@dataclass(frozen=True)
class Login:
    """A login that is configured.

    Args:
        providers: names of the sections of several providers; one None stands for the only one.
    """

    providers: tuple[str | None, ...]


def configured() -> Login | None:
    """The login; None where ``secrets.toml`` has no ``[auth]`` section, or is absent.

    Raises:
        SettingsError: ``secrets.toml`` cannot be read, or its ``[auth]`` section lacks something.
    """
    if not any(Path(file).exists() for file in st.get_option("secrets.files")) and not st.secrets.load_if_toml_exists():
        return None
    try:
        section = st.secrets.to_dict().get("auth")
    except (StreamlitSecretNotFoundError, OSError, ValueError) as error:
        # A file that cannot be read must not count as none: that would open the dashboard to everyone.
        raise _bad("cannot be read") from error
    return None if section is None else check(section)


def check(section: dict[str, Any]) -> Login:
    """The login that an ``[auth]`` section describes.

    Raises:
        SettingsError: it lacks something; the message names each. Nothing of it is shown.
    """
    missing = [name for name in SHARED if not section.get(name)]
    providers = {name: value for name, value in section.items() if isinstance(value, dict) and name != "client_kwargs"}
    alone = any(section.get(name) for name in OF_PROVIDER) or not providers
    asked: list[tuple[str | None, dict[str, Any]]] = [(None, section)] if alone else [*providers.items()]
    for name, value in asked:
        missing += [f"{name}.{key}" if name else key for key in OF_PROVIDER if not value.get(key)]
    if missing:
        raise _bad(f"lacks {', '.join(missing)} in its section auth")
    if len(section["cookie_secret"]) < SECRET_LETTERS:
        raise _bad(f"has a cookie_secret of fewer than {SECRET_LETTERS} letters, which can be guessed")
    if find_spec("authlib") is None:
        raise SettingsError(
            "a login is configured, but the package Authlib, which it needs, is not installed",
            hint="install facelib with its extra 'dashboard'",
            reason="no_login",
        )
    return Login(tuple(name for name, _ in asked))


def _bad(what: str) -> SettingsError:
    return SettingsError(
        f"the file .streamlit/secrets.toml {what}", hint="docs/dashboard.md shows a whole one", reason="bad_settings"
    )
