"""A real Chromium, driven by Playwright: the one of the system, else the one that Playwright installed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
)
HOW = "there is no browser: run requirements/browser.sh, which installs Chromium and says why where it cannot"
WIDTHS = {1280: 900, 390: 844}
"""Widths of a desk and of a telephone, px, each with a height."""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WAIT_MS = 90_000
"""What a page may take on a machine that is busy with other things, ms; nothing waits longer than it has to."""
TEST_SECONDS = 900
"""What a test may take there; the first one also makes the collection, and starts the dashboard."""
LOOKS = 3
SETTLED = """() => {
    const one = (selector) => document.querySelector(selector);
    return one("[data-testid=stApp][data-test-script-state=notRunning]")
        && one("[data-testid=stMain] :is(h1, [data-testid=stAlert])")
        && !one("[data-testid=stSkeleton], [data-testid=stAppSkeleton], [data-stale=true]");
}"""
"""Holds at one moment; each part alone also holds at times before it."""


def executable() -> str | None:
    """The system's Chromium; None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def require() -> None:
    """Skip the test where there is no browser, or nothing to drive it with."""
    pytest.importorskip("playwright", reason="needs the package playwright")
    try:
        with launched():
            pass
    except RuntimeError as error:
        pytest.skip(str(error))


@contextmanager
def launched() -> "Iterator[Browser]":
    """A running browser.

    Raises:
        RuntimeError: neither the system nor Playwright has one; the message says how to get it.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = executable()
        if path is None and not Path(playwright.chromium.executable_path).exists():
            raise RuntimeError(HOW)
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(
    browser: "Browser",
    url: str,
    *,
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
    wait: bool = True,
) -> "Iterator[Page]":
    """A page in a session of its own, drawn to its end.

    Args:
        browser: of :func:`launched`.
        url: whole address.
        width: of the window, px: one of ``WIDTHS``.
        scheme: what the system prefers.
        wait: until a page of the dashboard is drawn.
    """
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.set_default_timeout(WAIT_MS)
    try:
        page = context.new_page()
        page.goto(url)
        if wait:
            settle(page)
        yield page
    finally:
        context.close()


def settle(page: "Page") -> None:
    """Wait until the script of the page ran to its end, and everything it drew is there and hears keys and clicks.

    A rerun begins some time after the click or key that asks for it: wait first for something that only it draws.
    """
    # Streamlit loads the code of a kind of element when the first one is drawn, and a key is heard a moment after
    # its button is there: all of it has to hold again, looked at some frames later.
    for _ in range(LOOKS):
        page.wait_for_function(SETTLED)
