"""Who may use the dashboard, and for what: logins, roles, and no login on the loopback interface alone."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboards import access, login
from facelib import settings
from facelib.dashboard_settings import DashboardSettings, Role, person
from facelib.errors import SettingsError

AUTH = {
    "redirect_uri": "https://faces.example.org/oauth2callback",
    "cookie_secret": "0123456789abcdef0123456789abcdef",
    "client_id": "faces",
    "client_secret": "hidden-word",
    "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
}
ROLES: dict[str, Role] = {"ada@example.org": "admin", "qa": "reviewer", "leads": "admin", "eve@example.org": "none"}


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"email": "ada@example.org"}, "admin"),
        ({"email": "ADA@Example.org", "email_verified": True}, "admin"),
        ({"email": "ada@example.org", "email_verified": False}, "viewer"),
        ({"email": "someone@example.org"}, "viewer"),
        ({"email": "someone@example.org", "groups": ["qa"]}, "reviewer"),
        ({"groups": ["qa", "leads"]}, "admin"),
        ({"groups": "qa"}, "reviewer"),
        ({"groups": ["ada@example.org"]}, "viewer"),
        ({"groups": [7, None]}, "viewer"),
        ({"email": "eve@example.org", "groups": ["leads"]}, "none"),
        ({}, "viewer"),
    ],
)
def test_a_role_comes_from_the_person_then_the_groups(claims: dict[str, Any], role: Role) -> None:
    assert DashboardSettings(roles=ROLES).role(claims) == role


def test_strangers_may_be_shut_out() -> None:
    assert DashboardSettings(roles=ROLES, default_role="none").role({"email": "someone@example.org"}) == "none"


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"email": "Ada@example.org", "sub": "17"}, "ada@example.org"),
        ({"email": "ada@example.org", "email_verified": False, "sub": "17"}, "17"),
        ({}, "unknown"),
    ],
)
def test_decisions_carry_a_name_that_was_verified(claims: dict[str, Any], name: str) -> None:
    assert person(claims) == name


@pytest.mark.parametrize("missing", sorted(AUTH))
def test_a_login_that_lacks_something_is_named(missing: str) -> None:
    with pytest.raises(SettingsError, match=missing) as raised:
        login.check({name: value for name, value in AUTH.items() if name != missing})
    assert AUTH["client_secret"] not in str(raised.value)


def test_several_providers_are_offered() -> None:
    shared = {name: AUTH[name] for name in login.SHARED}
    each = {name: AUTH[name] for name in login.OF_PROVIDER}
    assert login.check({**shared, "google": each, "okta": each}).providers == ("google", "okta")
    with pytest.raises(SettingsError, match=r"okta\.client_id"):
        login.check({**shared, "google": each, "okta": {**each, "client_id": ""}})


def test_a_cookie_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(SettingsError, match="can be guessed"):
        login.check({**AUTH, "cookie_secret": "secret"})


def page_of_rights() -> None:
    """A page that needs rights, for AppTest."""
    import streamlit as st

    from dashboards import access, problems

    with problems.shown():
        access.enter()
        access.draw_user()
        st.write(f"user {access.user()}, review {access.may('review')}, admin {access.may('admin')}")
        if st.button("Release"):
            access.require("admin", "release a quarantined upload")
            st.success("released")


Enter = Callable[..., AppTest]


@pytest.fixture
def enter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Enter]:
    """Opens the page with a login or without one, as somebody."""
    monkeypatch.chdir(tmp_path)

    def enter_(claims: dict[str, Any] | None = None, *, auth: bool = False, **variables: str) -> AppTest:
        for name, value in variables.items():
            monkeypatch.setenv(f"FACELIB_DASHBOARD__{name.upper()}", value)
        settings.load.cache_clear()
        page = AppTest.from_function(page_of_rights)
        if auth:
            page.secrets["auth"] = dict(AUTH)
        page.user = claims or {}
        return page.run()

    yield enter_
    settings.load.cache_clear()


def text(page: AppTest) -> str:
    assert not page.exception
    shown = [*page.title, *page.markdown, *page.error, *page.warning, *page.success, *page.caption]
    return " ".join(element.value for element in shown).replace("\\", "")


def test_without_a_login_the_one_at_the_machine_may_all(enter: Enter) -> None:
    page = enter()
    assert f"user {getpass.getuser()}, review True, admin True" in text(page)
    page.button[0].click().run()
    assert "released" in text(page)
    assert "user Ada, review True" in text(enter(user="Ada"))


@pytest.mark.parametrize("address", ["0.0.0.0", None, "192.0.2.7"])
def test_other_machines_are_not_served_without_a_login(
    enter: Enter, monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    monkeypatch.setattr(st, "get_option", {"server.address": address, "secrets.files": []}.get)
    assert "would serve other machines without a login" in text(enter())
    assert "review" not in text(enter())
    assert "admin True" in text(enter(without_login="true"))


@pytest.mark.parametrize(
    ("address", "headers", "alone"),
    [
        ("127.0.0.1", ["Host", "Origin"], True),
        ("127.8.9.10", [], True),
        ("::1", [], True),
        ("localhost", [], True),
        ("0.0.0.0", [], False),
        ("::", [], False),
        ("", [], False),
        (None, [], False),
        ("faces.example.org", [], False),
        ("127.0.0.1", ["X-Forwarded-For"], False),
        ("127.0.0.1", ["forwarded"], False),
        ("localhost", ["X-Real-IP"], False),
    ],
)
def test_loopback_without_a_proxy_is_one_machine(address: str | None, headers: list[str], alone: bool) -> None:
    assert access.serves_one_machine(address, headers) is alone


def test_nobody_gets_in_before_the_login(enter: Enter) -> None:
    page = enter(auth=True)
    assert [button.label for button in page.button] == ["Log in"]
    assert "for people who are known here" in text(page)
    assert "review" not in text(page)


@pytest.mark.parametrize(
    ("email", "rights"),
    [
        ("ada@example.org", "review True, admin True"),
        ("rita@example.org", "review True, admin False"),
        ("viola@example.org", "review False, admin False"),
    ],
)
def test_a_role_gives_rights(enter: Enter, email: str, rights: str) -> None:
    roles = '{"ada@example.org": "admin", "rita@example.org": "reviewer"}'
    page = enter({"is_logged_in": True, "email": email}, auth=True, roles=roles)
    assert f"user {email}, {rights}" in text(page)
    next(button for button in page.button if button.label == "Release").click().run()
    if "admin True" in rights:
        assert "released" in text(page)
    else:
        assert "To release a quarantined upload, you need the role admin" in text(page)
        assert not page.success


def test_somebody_without_a_role_sees_nothing(enter: Enter) -> None:
    page = enter({"is_logged_in": True, "email": "eve@example.org"}, auth=True, default_role="none")
    assert "eve@example.org may not see this collection" in text(page)
    assert [button.label for button in page.button] == ["Log out"]


def test_a_secrets_file_that_cannot_be_read_shuts_the_door(enter: Enter, tmp_path: Path) -> None:
    broken = tmp_path / "secrets.toml"
    broken.write_text("[auth\nclient_id = 7")
    st.config.set_option("secrets.files", [str(broken)])
    try:
        page = enter()
    finally:
        st.config.set_option("secrets.files", [])
    assert "secrets.toml cannot be read" in text(page)
    assert "review" not in text(page)
