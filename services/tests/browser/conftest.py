"""A real browser before the whole fleet. Skips where there is no Chromium, but fails where CI is true."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    WebSocket,
    expect,
    sync_playwright,
)

from tests.end_to_end.conftest import fleet
from tests.end_to_end.fleet import Fleet

__all__ = ["fleet"]
OpenBrowser = Callable[..., BrowserContext]
TIMEOUT_MS = 20_000  # the whole fleet and a browser share a machine with other tests
# A browser writes down what answers it gets: none while it is offline, and that an account is of another place.
EXPECTED = re.compile(r"ERR_INTERNET_DISCONNECTED|status of 409")
expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's, by its path: Playwright's own downloads are for other systems."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing = "there is no chromium: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        # Its sandbox cannot start for root; it loads nothing but what this fleet serves.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        launched = playwright.chromium.launch(executable_path=program, args=arguments)
        yield launched
        launched.close()


@pytest.fixture
def people(browser: Browser, fleet: Fleet) -> Iterator[OpenBrowser]:
    """Opens a browser of somebody's own. In the end none may have said an error or looked beyond this machine."""
    opened: list[BrowserContext] = []
    wrong: list[str] = []

    def watch(page: Page) -> None:
        def said(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"} and not EXPECTED.search(message.text):
                wrong.append(f"{message.type}: {message.text}")

        def asked(request: Request | WebSocket) -> None:
            if urlsplit(request.url).netloc != urlsplit(fleet.origin).netloc:
                wrong.append(f"asked {request.url}")

        page.on("console", said)
        page.on("pageerror", lambda error: wrong.append(f"uncaught: {error}"))
        page.on("request", asked)
        page.on("websocket", asked)

    def open_browser(**options: object) -> BrowserContext:
        context = browser.new_context(**{"timezone_id": "Europe/Berlin", **options})  # type: ignore[arg-type]
        context.set_default_timeout(TIMEOUT_MS)
        context.on("page", watch)
        opened.append(context)
        return context

    yield open_browser
    for context in opened:
        context.close()
    assert wrong == []
