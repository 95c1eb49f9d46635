"""The site's search finds every name in code, each of its parts, and pasted errors."""

import json
import re

import pytest
from playwright.sync_api import expect

from browser.searching import search
from scripts.common.paths import address_of, programs
from scripts.page import program as program_pages
from scripts.web.slim_search import COMMON, SHORTEST

INDEX = "search/search_index.json"
NAME = re.compile(r"[A-Za-z_]\w*")


@pytest.fixture(scope="module")
def index(site):
    return json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))


def test_every_name_and_every_part_of_one_is_in_the_index(index, say):
    separator = re.compile(index["config"]["separator"])
    seen = 0
    for slug in programs():
        texts = [
            f"{entry['title']} {entry['text']}"
            for entry in index["docs"]
            if entry["location"].startswith(address_of(slug))
        ]
        tokens = set(separator.split(" ".join(texts).lower()))
        code = "\n".join(block.code for block in program_pages.program(slug))
        names = {name.lower() for name in NAME.findall(code) if name not in COMMON}
        parts = names | {part for name in names for part in name.split("_")}
        parts = {p for p in parts if len(p) >= SHORTEST and p not in COMMON}
        assert parts <= tokens, f"{slug}: {sorted(parts - tokens)}"
        seen += len(parts)
    say(f"parts of names that the search knows: {seen}")
    assert seen > 500


FOUND = [
    *("no_grad", "OneCycleLR", "pin_memory", "get_rng_state", "deepcopy"),
    *("is_available", "lr_scheduler", "torch.no_grad", "torch.cuda.is_available()"),
    *("state_dict", "weights_only=True", "manual_seed", "torch.save", "GradScaler"),
    "RuntimeError: Error(s) in loading state_dict for Net:",
    "size mismatch for out.weight: copying a param with shape torch.Size([10, 64])",
    'Missing key(s) in state_dict: "out.weight", "out.bias".',
    "_pickle.UnpicklingError: Weights only load failed.",
    "RuntimeError: Expected all tensors to be on the same device, but found ~ ^2 + -x",
]


def test_it_is_found(visit):
    """All in one window: the index is loaded once."""
    opened = visit("")
    page = opened.page
    page.wait_for_load_state("networkidle")
    assert not [url for url in opened.requests if "search" in url.rpartition("/")[2]]
    page.keyboard.press("/")
    lost = []
    for text in FOUND:
        try:
            expect(search(page, text).locator("article").first).to_be_visible()
        except AssertionError:
            lost.append(text)
    assert not lost
    page.locator("body").press("Escape")
    page.keyboard.press("/")
    assert sum(url.endswith(INDEX) for url in opened.requests) == 1


def test_a_link_to_a_search_fetches_the_index_by_itself(visit):
    page = visit("?q=map_location").page
    expect(page.locator(".md-search-result article").first).to_be_visible()


def test_words_that_were_searched_for_are_marked(visit):
    page = visit("saving-and-loading/?h=optimizer").page
    expect(page.locator("article mark").first).to_be_visible()


def test_an_index_that_does_not_come_is_said(visit):
    opened = visit("", own=True)
    page = opened.page
    page.context.route(f"**/{INDEX}", lambda route: route.fulfill(status=500))
    page.locator(".md-search__input").focus()
    says = page.locator(".md-search-result__meta")
    expect(says).to_contain_text("could not be loaded. Reload the page")
    page.wait_for_load_state("networkidle")
    opened.thrown.clear()  # the theme's own, which it does not catch


def test_without_a_connection_the_search_says_so_and_then_goes_on(visit):
    opened = visit("", own=True)
    page = opened.page
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    field, says = page.locator(".md-search__input"), ".md-search-result__meta"
    field.focus()
    expect(page.locator(says)).to_contain_text("There is no connection")
    field.press_sequentially("map")
    expect(page.locator(says)).to_contain_text("There is no connection")
    assert not opened.console
    page.context.set_offline(False)
    field.press_sequentially("_location")
    expect(page.locator(".md-search-result article").first).to_be_visible()
    assert not opened.console
