"""What is asked of all pages together: each is opened once for it."""

import re
from typing import NamedTuple

import pytest

from browser.conftest import open_in
from scripts.common.paths import lessons

# Every character on a page that asks for the face.
ASKED = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found = new Set()
  while (texts.nextNode()) {
    const { fontFamily } = getComputedStyle(texts.currentNode.parentElement)
    if (/^"?Headings/.test(fontFamily))
      for (const letter of texts.currentNode.data.trim()) found.add(letter)
  }
  return [...found]
}"""
# Those of some characters that it lacks: two faces that differ stand in for them.
LACKS = """async letters => {
  await document.fonts.load("100px Headings")
  const pen = document.createElement("canvas").getContext("2d")
  const wide = (letter, other) => {
    pen.font = `700 100px Headings, ${other}`
    return pen.measureText(letter).width
  }
  return letters.filter(it => wide(it, "monospace") !== wide(it, "sans-serif"))
}"""
WITHOUT = {"→"}  # stands between two numbers of the front page, in another face
BAR = ".md-header__topic:last-child"
# What the links at the foot are called, and where they lead
FOOT = """links => links.map(link => [
  link.querySelector(".md-ellipsis").textContent.trim(),
  new URL(link.href).pathname.slice(1),
])"""


class Page(NamedTuple):
    """What one page shows."""

    letters: list[str]  # in the face of the headings
    bar: str
    foot: list[tuple[str, str]]


@pytest.fixture(scope="module")
def shown(browser, address, pages):
    """Address of a page → what it shows; and a window that has been there."""
    opened, found = open_in(browser, address), {}
    for name in pages:
        opened.page.goto(address + name)
        bar = opened.page.locator(BAR).text_content().strip()
        foot = opened.page.locator("a.md-footer__link").evaluate_all(FOOT)
        found[name] = Page(opened.page.evaluate(ASKED), bar, foot)
    yield found, opened.page
    opened.page.context.close()


def test_the_face_has_every_character_of_the_headings(shown):
    found, page = shown
    asked = {letter for each in found.values() for letter in each.letters}
    assert len(asked) > 40
    lacks = set(page.evaluate(LACKS, sorted(asked | WITHOUT | {"ж"})))
    assert lacks == WITHOUT | {"ж"}


def test_only_a_lesson_is_named_like_one(shown):
    """In the bar, and in the links at the foot to the pages before and after."""
    addresses = {f"{slug}/" for slug in lessons()}
    like = re.compile(r"\d · ")
    for name, page in shown[0].items():
        assert bool(like.match(page.bar)) == (name in addresses), f"{name}: {page.bar}"
        for says, leads in page.foot:
            to_lesson = leads in addresses
            assert bool(like.match(says)) == to_lesson, f"{name} leads to {says}"
    assert addresses <= {leads for page in shown[0].values() for _, leads in page.foot}


def test_the_contributors_tables_are_read_on_a_phone_without_scrolling(visit):
    page = visit("contributing/", 390).page
    widths = "boxes => boxes.map(box => [box.scrollWidth, box.clientWidth])"
    found = page.locator(".md-typeset__scrollwrap").evaluate_all(widths)
    assert found and all(table <= room for table, room in found), found
