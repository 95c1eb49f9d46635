"""The site at a root, under a sub-path and from any plain server; and its search."""

import functools
import os
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from listing import ROOT
from playwright.sync_api import expect

from browser.conftest import Opened, listen
from scripts.browser.static_server import served

PREFIX = "/course/x/"
# What a reader types, and the section that answers it.
QUERIES = {
    "state_dict": "saving-and-loading/#what-a-state_dict-is",
    "GradScaler": "gpu-training/#mixed-precision-in-the-loop",
    "weights_only": "saving-and-loading/#the-risk-of-weights_onlyfalse",
    "size mismatch": "saving-and-loading/#loading-into-the-wrong-net",
    "AttributeError Can't get attribute": "saving-and-loading/#whole-model",
    "expected device": "gpu-training/#what-else-has-to-move",
}


class Plain(SimpleHTTPRequestHandler):
    """Python's own server: no compression, no page of ours for what is lost."""

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The site as it is built for an address below another."""
    folder = tmp_path_factory.mktemp("published")
    env = {**os.environ, "SITE_URL": f"https://reader.example{PREFIX}"}
    env |= {"REPO_URL": "https://github.com/reader/patterns", "BRANCH": "main"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", folder]
    subprocess.run(command, cwd=ROOT, env=env, check=True)
    return folder


@pytest.fixture
def opened(browser):
    """A window, and what was asked for in it: (status, address)."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    found = Opened(context.new_page())
    listen(found)
    found.answers = []
    note = found.answers.append
    found.page.on("response", lambda answer: note((answer.status, answer.url)))
    yield found
    context.close()


GOOD = {200, 304}  # 304: a file that is seconds old is asked for again, and is the same


def walk(opened, address, pages):
    """Open pages; everything answers, nothing complains, nothing is elsewhere."""
    for name in pages:
        opened.page.goto(address + name, wait_until="networkidle")
        assert opened.page.locator("h1").count() == 1, name
    assert len(opened.answers) > 5 * len(pages)
    wrong = [
        a for a in opened.answers if a[0] not in GOOD or not a[1].startswith(address)
    ]
    assert not wrong and not opened.console


PAGES = ["", "gpu-training/", "notebooks/gpu-training-practice/"]


def test_from_a_plain_static_server(opened, site):
    handler = functools.partial(Plain, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        walk(opened, f"http://127.0.0.1:{server.server_port}/", PAGES)
        server.shutdown()


@pytest.mark.parametrize("prefix", ["/", PREFIX])
def test_the_same_folder_at_a_root_and_below_one(opened, site, prefix):
    with served(site, prefix) as address:
        walk(opened, address, PAGES)


def test_built_for_a_sub_path(opened, published):
    with served(published, PREFIX) as address:
        walk(opened, address, PAGES)


def test_a_lost_reader_finds_back_from_anywhere(opened, published):
    with served(published, PREFIX) as address:
        opened.page.goto(f"{address}no/such/place/", wait_until="networkidle")
        assert opened.answers[0][0] == 404
        assert {status for status, _ in opened.answers[1:]} <= GOOD
        style = "getComputedStyle(document.body).getPropertyValue('--paper')"
        assert opened.page.evaluate(style).strip() == "#fbf8f1"
        link = opened.page.locator("article a", has_text="GPU Training").first
        link.click()
        expect(opened.page.locator("h1")).to_contain_text("GPU Training")


@pytest.mark.parametrize("prefix", ["/", PREFIX])
def test_search_finds_names_and_error_messages(opened, site, prefix):
    page = opened.page
    with served(site, prefix) as address:
        page.goto(address, wait_until="networkidle")
        for query, answer in QUERIES.items():
            field = page.locator(".md-search__input")
            field.fill("")
            field.press_sequentially(query)
            where, _, section = answer.partition("#")
            # Each letter searches anew: wait for the section that answers the whole.
            its_href = f"[href*='/{where}?h='][href$='#{section}']"
            link = page.locator(f".md-search-result__link{its_href}")
            expect(link, query).to_be_attached()
            found = page.locator(".md-search-result__link").evaluate_all(
                "links => links.map(link => link.getAttribute('href'))"
            )
            assert not [href for href in found if "/notebooks/" in href], query


def test_a_request_that_fails_is_noted_and_one_that_is_called_off_is_not(visit):
    opened = visit("")
    leave = "const stop = new AbortController(); setTimeout(() => stop.abort());"
    fetch = "return fetch('{}', {{ signal: stop.signal }}).catch(() => 0) }}"
    opened.page.evaluate("() => {" + leave + fetch.format("evidence/?slow"))
    assert not opened.console
    opened.page.evaluate(
        "() => { const stop = new AbortController();"
        + fetch.format("http://127.0.0.1:9/nobody")
    )
    assert "failed: http://127.0.0.1:9/nobody" in opened.console
