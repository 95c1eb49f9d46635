"""The site at a root, under a sub-path and from any plain server; and its search."""

import functools
import os
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from browser.conftest import Opened, listen
from scripts.serving import served
from scripts.tree import ROOT

PREFIX = "/course/x/"
QUERIES = ["state_dict", "GradScaler", "weights_only", "size mismatch"]
QUERIES += ["AttributeError Can't get attribute", "expected device"]


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


def walk(opened, address, pages):
    """Open pages; everything answers, nothing complains, nothing is elsewhere."""
    for name in pages:
        opened.page.goto(address + name, wait_until="networkidle")
        assert opened.page.locator("h1").count() == 1, name
    assert len(opened.answers) > 5 * len(pages)
    wrong = [a for a in opened.answers if a[0] != 200 or not a[1].startswith(address)]
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
        assert {status for status, _ in opened.answers[1:]} == {200}
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
        for query in QUERIES:
            field = page.locator(".md-search__input")
            field.fill("")
            field.press_sequentially(query)
            first = page.locator(".md-search-result__link").first
            expect(first, query).to_be_attached()
            assert (first.get_attribute("href") or "").startswith(("http", ".", "/"))
            meta = page.locator(".md-search-result__meta")
            expect(meta).to_contain_text("matching")
        assert "notebooks/" not in page.locator(".md-search-result__list").inner_html()
