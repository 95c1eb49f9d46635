"""The window that tests share is as a new one for each of them."""

import pytest

from browser import conftest
from browser.conftest import emptied

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
