"""The site, served, and a browser that notes what a page does."""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import TimeoutError, expect

from scripts.browser.chromium import chromium, launch
from scripts.browser.static_server import served

# Milliseconds until something that does not come is called a failure; a busy machine
# needs many of them for what takes an idle one no time.
PATIENCE = 60_000
STUCK = 20_000  # milliseconds in which the last test's page does not give way to a file
FIRST = 30_000  # milliseconds for a window's first page; then Chromium starts anew
HEIGHT = 800  # of a window, in px
expect.set_options(timeout=PATIENCE)


@dataclass
class Opened:
    """A page that is open, with what it has said and asked for so far."""

    page: object
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    thrown: list[str] = field(default_factory=list)  # errors that no script caught
    listeners: list[tuple] = field(default_factory=list)

    def on(self, event: str, listener: Callable) -> None:
        """Have something called for an event of the page, until `unlisten`."""
        self.page.on(event, listener)
        self.listeners.append((event, listener))

    def unlisten(self) -> None:
        """Call nothing any more."""
        while self.listeners:
            self.page.remove_listener(*self.listeners.pop())

    def open_all(self) -> None:
        """Open every disclosure, also those of which one at a time may be open."""
        self.page.evaluate(
            "document.querySelectorAll('details').forEach("
            "box => { box.removeAttribute('name'); box.open = true })"
        )


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


class Restartable:
    """A Chromium that is replaced by a new one when it hangs."""

    def __init__(self, chromium):
        self.chromium = chromium

    def new_context(self, **options):
        """A window's surroundings: what it stores, and what it emulates."""
        return self.chromium.new_context(**options)

    def start_anew(self):
        """Close Chromium with all its windows, by force if need be, and start it."""
        kind = self.chromium.browser_type
        self.chromium.close()
        self.chromium = launch(kind)


@pytest.fixture(scope="session")
def browser():
    """Chromium, started once, unless it hangs."""
    with chromium() as started:
        browser = Restartable(started)
        yield browser
        browser.chromium.close()


@pytest.fixture(scope="session")
def kept() -> list:
    """The window that `visit` gives to one test after the other, if there is one."""
    return []


@pytest.fixture
def visit(browser, address, kept):
    """Open a page in a window: `visit("evidence/", width=390)`.

    A new window is a new process, which takes longer than most pages. So the first one
    of a test is the last test's, with nothing stored and nothing emulated; with
    `own=True`, with a script or with options of the browser, it is a new one.
    """
    opened = []

    def open_page(name, width=1280, scheme="light", own=False, **options) -> Opened:
        if opened or own or options:
            found = open_in(browser, address + name, width, scheme, **options)
        else:
            page = emptied(kept, address, width, scheme)
            if page:
                found = Opened(page)
                listen(found)
                page.goto(address + name)
            else:
                found = open_in(browser, address + name, width, scheme)
            kept[:] = [found.page]
        opened.append(found)
        return found

    yield open_page
    for found in opened:
        if [found.page] == kept:
            found.unlisten()
        else:
            found.page.context.close()


def thrown_by(opened: Opened) -> list[str]:
    """The errors of a page that no script caught, the last one too."""
    if not opened.page.is_closed():
        opened.page.evaluate("0")  # until then, what came last may not be here yet
    return opened.thrown


def emptied(kept, address, width, scheme):
    """The kept window as a new one would be; None if it is closed, or there is none.

    One that is stuck in its page is closed, with a warning: the next tests are not
    about that page, and all of them would wait for it.
    """
    if not kept or kept[0].is_closed():
        return None
    (page,) = kept
    page.unroute_all()
    left = page.url
    try:
        # What is of the site and stores nothing
        page.goto(f"{address}assets/mark.svg", timeout=STUCK)
    except TimeoutError:
        warnings.warn(f"a window was stuck in {left}, and is closed", stacklevel=2)
        page.context.close()
        return None
    page.evaluate("localStorage.clear(); sessionStorage.clear()")
    forget(page)
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(
        media="null", color_scheme=scheme, reduced_motion="reduce", forced_colors="null"
    )
    page.mouse.move(0, 0)
    return page


def forget(page) -> None:
    """Forget what was loaded: what a page asks for is to be seen again."""
    tools = page.context.new_cdp_session(page)
    tools.send("Network.clearBrowserCache")
    tools.detach()


def new_page(browser, width=1280, scheme="light", script="", **options):
    """A page in a window of its own, where `script` runs before all else."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        color_scheme=scheme,
        reduced_motion="reduce",
        **options,
    )
    if script:
        context.add_init_script(script)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def open_in(browser, url, *window, **options) -> Opened:
    """Open a page in a window of its own; the options are those of new_page.

    On a busy machine, a new window may hang before it shows anything, and so do those
    that are opened after it: Chromium is started anew then, with a warning, and another
    window gets all the time that there is.
    """
    opened = Opened(new_page(browser, *window, **options))
    listen(opened)
    try:
        opened.page.goto(url, timeout=FIRST)
    except TimeoutError:
        warnings.warn(f"Chromium hung at {url}, and is started anew", stacklevel=2)
        browser.start_anew()
        opened = Opened(new_page(browser, *window, **options))
        listen(opened)
        opened.page.goto(url)
    return opened


def listen(opened: Opened) -> None:
    """Note what a page complains of, and every address that it asks for."""
    said = opened.console
    opened.on("console", lambda line: said.append(f"{line.type}: {line.text}"))
    opened.on("pageerror", lambda error: said.append(f"error: {error}"))
    opened.on("pageerror", lambda error: opened.thrown.append(f"{error}"))
    opened.on("requestfailed", lambda request: said.extend(failed(request)))
    opened.on("request", lambda request: opened.requests.append(request.url))


def failed(request) -> list[str]:
    """That a request failed; not one called off because its page was left."""
    called_off = request.failure == "net::ERR_ABORTED"
    return [] if called_off else [f"failed: {request.url}"]
