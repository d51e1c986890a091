"""The login by a real OpenID Connect provider: who comes by a link sees its page afterwards, as the role allows."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from facelib.catalog.reader import Catalog
from tests.support import chromium, oidc_provider
from tests.support.dashboard_process import Dashboard, free_port, serving
from tests.support.export_items import Collection

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.timeout(chromium.TEST_SECONDS)]
ADMIN, VIEWER, STRANGER = "ada@example.org", "bob@example.org", "eve@example.org"
ROLES = {ADMIN: "admin", VIEWER: "viewer"}


@pytest.fixture(scope="module")
def guarded(talking: Collection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """The dashboard with a login."""
    chromium.require()
    folder, port = tmp_path_factory.mktemp("guarded"), free_port()
    with oidc_provider.serve([ADMIN, VIEWER, STRANGER]) as provider:
        section = {
            "redirect_uri": f"http://127.0.0.1:{port}/oauth2callback",
            "cookie_secret": secrets.token_urlsafe(32),
            "client_id": oidc_provider.CLIENT_ID,
            "client_secret": oidc_provider.CLIENT_SECRET,
            "server_metadata_url": provider.metadata_url,
        }
        (folder / ".streamlit").mkdir()
        lines = [f"{name} = {json.dumps(value)}" for name, value in section.items()]
        (folder / ".streamlit" / "secrets.toml").write_text("\n".join(["[auth]", *lines]))
        variables = {
            "FACELIB_DASHBOARD__ROLES": json.dumps(ROLES),
            "FACELIB_DASHBOARD__DEFAULT_ROLE": "none",
        }
        with serving(Path(talking.store.address), folder, variables, port=port) as running:
            yield running


@pytest.mark.parametrize(("who", "role"), [(ADMIN, "admin"), (VIEWER, "viewer"), (STRANGER, "")])
def test_the_page_of_the_link_comes_after_the_login(
    guarded: Dashboard, talking: Collection, browser: Browser, who: str, role: str
) -> None:
    with Catalog(talking.store) as catalog:
        clip = catalog.rows("SELECT min(clip_id) AS first FROM clips")[0]["first"]
    context = browser.new_context()
    try:
        page = context.new_page()
        page.set_default_timeout(chromium.WAIT_MS)
        page.goto(f"{guarded.url}/clip?id={clip}")
        page.wait_for_function("sessionStorage.getItem('facelib-came-for')")
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("link", name=who).click()
        page.get_by_text(clip if role else "may not see this collection").first.wait_for()
        if role:
            assert page.url == f"{guarded.url}/clip?id={clip}"
            page.get_by_text(f"{who} · {role}").wait_for()
            page.goto(f"{guarded.url}/people")
            page.get_by_text(f"{who} · {role}").wait_for()
            assert re.search(r"/people$", page.url), "the address that was kept leads away once"
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("button", name="Log in").wait_for()
    finally:
        context.close()
