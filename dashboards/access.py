"""Who uses the dashboard, and what they may do.

With an ``[auth]`` section in Streamlit's ``secrets.toml`` people log in by OpenID Connect, and the settings give each a
role. Without one there is no login: the dashboard then answers on the loopback interface only, and whoever sits at the
machine may do everything.
"""

import getpass
import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from dashboards import came_for
from dashboards.login import Login, configured
from dashboards.problems import plain
from facelib import settings
from facelib.dashboard_settings import RIGHTS, DashboardSettings, Right, Role, person
from facelib.errors import SettingsError

FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-real-ip"})
"""Headers of a request that came through a proxy, and so perhaps from another machine."""
NEEDED: dict[Right, str] = {"view": "viewer", "review": "reviewer", "admin": "admin"}


def user() -> str:
    """The name that decisions carry: the e-mail address of who logged in, else the name of the settings."""
    if configured():
        return person(_claims())
    return _conf().user or getpass.getuser()


def role() -> Role:
    """The role of who uses the page; admin where there is no login."""
    if not configured():
        return "admin"
    return _conf().role(_claims()) if st.user.get("is_logged_in") else "none"


def may(right: Right) -> bool:
    """Whether who uses the page has a right: ``view``, ``review`` or ``admin``."""
    return right in RIGHTS[role()]


def require(right: Right, action: str) -> None:
    """Go on only with a right; else say which role is needed, and end this run of the page.

    Args:
        right: what is needed.
        action: what is about to be done, such as ``release a quarantined upload``.
    """
    if not may(right):
        st.warning(
            f"To {plain(action)}, you need the role {NEEDED[right]}; yours is {role()}. Ask who runs this dashboard.",
            icon=":material/lock:",
        )
        st.stop()


def enter() -> None:
    """Let people in: refuse to serve other machines without a login, ask who is there, shut out who has no role.

    Raises:
        SettingsError: the dashboard would serve other machines without a login, or its login is not complete.
    """
    login = configured()
    if login is None:
        alone = serves_one_machine(st.get_option("server.address"), st.context.headers)
        if not (alone or _conf().without_login):
            raise SettingsError(
                "the dashboard would serve other machines without a login",
                hint="start it with --server.address 127.0.0.1 and no proxy before it, or configure a login ([auth] in "
                ".streamlit/secrets.toml), or set FACELIB_DASHBOARD__WITHOUT_LOGIN=true where something in front of it "
                "decides who may reach it",
                reason="no_login",
            )
        return
    if not st.user.get("is_logged_in"):
        _draw_login(login)
        st.stop()
    if role() == "none":
        st.warning(f"{plain(user())} may not see this collection. Ask who runs this dashboard.", icon=":material/lock:")
        st.button("Log out", on_click=st.logout)
        st.stop()
    came_for.go_there()


def draw_user() -> None:
    """Who is logged in, and the way out; nothing where there is no login."""
    if configured():
        with st.sidebar:
            st.caption(f"{plain(user())} · {role()}")
            st.button("Log out", key="log_out", icon=":material/logout:", on_click=st.logout)


def serves_one_machine(address: str | None, headers: Iterable[str]) -> bool:
    """Whether a request can only have come from the server's own machine.

    Args:
        address: that the server listens on; none means every address.
        headers: names of the request's headers, which tell of a proxy.

    >>> [serves_one_machine(a, ()) for a in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "", None, "host.example")]
    [True, True, True, False, False, False, False]
    >>> serves_one_machine("127.0.0.1", ["Host", "X-Forwarded-For"])
    False
    """
    if FORWARDED & {name.lower() for name in headers}:
        return False
    try:
        return address == "localhost" or ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def _draw_login(login: Login) -> None:
    st.title("Talking faces", anchor=False)
    st.write("This collection is for people who are known here.")
    came_for.keep()
    for provider in login.providers:
        label = f"Log in with {provider.capitalize()}" if provider else "Log in"
        st.button(
            label, key=f"login-{provider}", type="primary", icon=":material/login:", on_click=st.login, args=(provider,)
        )


def _claims() -> Mapping[str, Any]:
    return st.user.to_dict()


def _conf() -> DashboardSettings:
    return settings.load().dashboard
