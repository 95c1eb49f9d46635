"""The window that tests share is as a new one for each of them."""

import socket
import threading
from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError

from browser import conftest
from browser.conftest import emptied, open_in

STATE = """() => [localStorage.getItem("mine"), sessionStorage.getItem("mine"),
  matchMedia("print").matches, matchMedia("(prefers-color-scheme: dark)").matches,
  innerWidth]"""
TRANSFERRED = """() => performance.getEntriesByType("resource")
  .find(entry => entry.name.endsWith("site.css")).transferSize"""


def test_nothing_stays_of_the_test_before(visit, address):
    page = visit("evidence/").page
    for storage in ("localStorage", "sessionStorage"):
        page.evaluate(f"{storage}.setItem('mine', 'kept')")
    page.emulate_media(media="print", color_scheme="dark")
    page.route("**/evidence/", lambda route: route.abort())
    assert page.evaluate(STATE) == ["kept", "kept", True, True, 1280]
    assert emptied([page], address, 390, "light") is page
    page.goto(f"{address}evidence/")
    assert page.evaluate(STATE) == [None, None, False, False, 390]


def test_what_was_loaded_is_asked_for_again(visit, address):
    page = visit("evidence/").page
    page.goto(f"{address}misconceptions/")
    assert page.evaluate(TRANSFERRED) == 0, "the second page has it from the cache"
    emptied([page], address, 1280, "light")
    page.goto(f"{address}evidence/")
    assert page.evaluate(TRANSFERRED) > 1000


def test_a_closed_window_is_not_given_out(visit, address):
    page = visit("evidence/", own=True).page
    page.close()
    assert emptied([page], address, 1280, "light") is None
    assert emptied([], address, 1280, "light") is None


def test_a_window_that_is_stuck_is_closed_and_named(visit, address, monkeypatch):
    monkeypatch.setattr(conftest, "STUCK", 2_000)
    page = visit("evidence/", own=True).page
    page.evaluate("void setTimeout(() => { while (true); }, 100)")
    page.wait_for_timeout(500)
    with pytest.warns(UserWarning, match="was stuck in .*/evidence/"):
        assert emptied([page], address, 1280, "light") is None
    assert page.is_closed()


@pytest.fixture
def answers_from():
    """Serve a page from the n-th window on: those before wait for it in vain."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held, asked_for = [], []

        def answer(connection, first):
            with suppress(OSError):  # the test is over, or the browser has gone
                if connection.recv(65536).startswith(b"GET / "):
                    asked_for.append(connection)
                if len(asked_for) >= first:
                    body = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
                    connection.sendall(body)

        def take(first):
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # closed
                    return
                held.append(connection)  # one that asks nothing holds up no other
                what = (connection, first)
                threading.Thread(target=answer, args=what, daemon=True).start()

        def serve(first):
            threading.Thread(target=take, args=(first,), daemon=True).start()
            return f"http://127.0.0.1:{server.getsockname()[1]}/"

        yield serve
        for connection in held:
            connection.close()


def test_a_chromium_that_hangs_at_a_window_s_first_page_is_started_anew(
    browser, answers_from, monkeypatch
):
    monkeypatch.setattr(conftest, "FIRST", 2_000)
    before = browser.chromium
    with pytest.warns(UserWarning, match="Chromium hung at http"):
        opened = open_in(browser, answers_from(2))
    assert not before.is_connected() and browser.chromium.is_connected()
    assert opened.page.inner_text("body") == "hi"
    opened.page.context.close()


def test_a_page_that_never_comes_is_a_failure(browser, answers_from, monkeypatch):
    monkeypatch.setattr(conftest, "FIRST", 1_000)
    monkeypatch.setattr(conftest, "PATIENCE", 2_000)
    with pytest.warns(UserWarning, match="hung"), pytest.raises(TimeoutError):
        open_in(browser, answers_from(9))
