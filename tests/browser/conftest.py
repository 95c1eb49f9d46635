"""The site, served, and a browser that notes what a page does."""

import os
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import expect

from scripts.browser.chromium import chromium
from scripts.browser.static_server import served

# Milliseconds until something that does not come is called a failure; a busy machine
# needs many of them for what takes an idle one no time.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


@dataclass
class Opened:
    """A page that is open, with what it has said and asked for so far."""

    page: object
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open_all(self) -> None:
        """Open every disclosure, also those of which one at a time may be open."""
        self.page.evaluate(
            "document.querySelectorAll('details').forEach("
            "box => { box.removeAttribute('name'); box.open = true })"
        )


@pytest.fixture(autouse=True, scope="module")
def untraced_server(untraced_threads):
    """The site is served by threads of this process."""


@pytest.fixture(scope="session")
def pages(site) -> list[str]:
    """The address of every page of the site, relative to its root."""
    found = [path.relative_to(site).as_posix() for path in site.rglob("*.html")]
    assert len(found) >= 5, found
    return sorted(name.removesuffix("index.html") for name in found)


@pytest.fixture(scope="session")
def changed_pages(pages) -> list[str]:
    """The pages that `scripts/test --quick` asks for, or every one.

    For tests that look at each page by itself, and take seconds for each.
    """
    asked = os.environ.get("QUICK_PAGES", "").split()
    found = [n for n in pages if (n.rstrip("/").split("/")[-1] or "index") in asked]
    return found or pages


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served."""
    with served(site) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """Chromium, started once."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser, address):
    """Open a page in a window of its own: `visit("evidence/", width=390)`."""
    opened = []

    def open_page(name, *window, **options) -> Opened:
        opened.append(open_in(browser, address + name, *window, **options))
        return opened[-1]

    yield open_page
    for page in opened:
        page.page.context.close()


def open_in(browser, url, width=1280, scheme="light", script="", **options) -> Opened:
    """Open a page in a window of its own, where `script` runs before all else."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        reduced_motion="reduce",
        **options,
    )
    if script:
        context.add_init_script(script)
    opened = Opened(context.new_page())
    opened.page.set_default_timeout(PATIENCE)
    listen(opened)
    opened.page.goto(url)
    return opened


def listen(opened: Opened) -> None:
    """Note what a page complains of, and every address that it asks for."""
    page, said = opened.page, opened.console
    page.on("console", lambda line: said.append(f"{line.type}: {line.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("requestfailed", lambda request: said.extend(failed(request)))
    page.on("request", lambda request: opened.requests.append(request.url))


def failed(request) -> list[str]:
    """That a request failed; not one called off because its page was left."""
    called_off = request.failure == "net::ERR_ABORTED"
    return [] if called_off else [f"failed: {request.url}"]
