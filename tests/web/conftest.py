"""Tests of pages.

Most use Django's test client: fast, with each role. `as_user(user)` gives one that is signed in, `visitor` one that is
not. Tests marked `browser` drive a real Chromium against the whole ASGI application in a thread of its own; anything
the browser complains about (an error of a script, a refusal by the Content-Security-Policy) fails the test.
"""

import os
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from mainstay.config.asgi import application
from mainstay.people.models import User
from tests.harness import PATIENCE, until

# Playwright's sync interface leaves an event loop running in this thread; Django would refuse to use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
BACKEND = "django.contrib.auth.backends.ModelBackend"
WIDTHS = (390, 768, 1440)
# Milliseconds. What a browser does on a machine that stands still for a while comes all the same.
BROWSER_PATIENCE = 90_000
expect.set_options(timeout=BROWSER_PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests need a Chromium."""
    if CHROMIUM is None:
        skip = pytest.mark.skip(reason="no Chromium on the PATH")
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(skip)


@pytest.fixture(autouse=True)
def _forgetful_cache() -> None:
    """What one test counted is nothing to the next."""
    cache.clear()


@pytest.fixture
def visitor(db: None) -> Client:
    """Charlie: somebody who is not signed in, and must see nothing."""
    return Client()


@pytest.fixture
def as_user(db: None) -> Callable[[User], Client]:
    """A client signed in as a user."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client

    return sign_in


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    """The address of the whole application, served by uvicorn from a thread."""
    # Connections of the server's threads close after each request, so that nothing holds the database afterwards.
    connections.settings["default"]["CONN_MAX_AGE"] = 0
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(application, log_level="error", lifespan="on", ws="none")
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until(lambda: running.started or not thread.is_alive(), every=0.01, what="the start of the server")
        assert running.started
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        running.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this folder."""
    with sync_playwright() as play:
        launched = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield launched
        launched.close()


# What is said would go by itself after ten seconds, in which a slow machine may not have come to read or to undo it.
# And nothing is to be seen, so that Playwright presses and fills nothing, before the scripts that answer are there.
_STEADY = """const steady = new CSSStyleSheet(), still = ".toast { animation: none !important }";
steady.replaceSync(still);
document.adoptedStyleSheets = [steady];"""
_SETTLED = """if (window === top) {
  steady.replaceSync(`${still} html { visibility: hidden !important }`);
  addEventListener("load", () => {
    steady.replaceSync(still);
    document.querySelector("[autofocus]")?.focus();  // which the browser could not do
  });
}"""


def profile(browser: Browser, *, has_script: bool = True, **options: Any) -> BrowserContext:
    """A fresh profile of the browser, patient with the machine."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, reduced_motion="reduce", java_script_enabled=has_script, **options
    )
    context.set_default_timeout(BROWSER_PATIENCE)
    context.add_init_script(f"(() => {{ {_STEADY}{_SETTLED if has_script else ''} }})()")
    return context


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A page of a fresh browser profile; it fails the test when the browser complains."""
    context = profile(browser, base_url=server)
    opened = context.new_page()
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A form that is refused answers 422, and a request that a newer one replaces is aborted: no faults.
        if message.type in ("error", "warning") and not re.search("422|AbortError", message.text):
            complaints.append(f"{message.type}: {message.text}")

    opened.on("console", note)
    opened.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    yield opened
    context.close()
    assert complaints == []


def sign_in(page: Page, user: User) -> None:
    """Give the browser a session of the user; a test of the sign-in page goes through the form."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}])


def go(page: Page, path: str) -> None:
    """Open a page and wait until htmx has taken hold of it."""
    page.goto(path)
    page.wait_for_function("() => window.htmx && document.readyState === 'complete'")


def page_fits(page: Page) -> bool:
    """True when nothing makes the page scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def fits_at_every_width(page: Page) -> dict[int, bool]:
    """Whether the page that is open fits on a phone, a tablet and a desk."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = page_fits(page)
    return found
