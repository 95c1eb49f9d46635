"""A page on paper: few sheets, no heading alone at the foot of one, nothing twice."""

import itertools
import re

import pytest
from playwright.sync_api import expect

from scripts.common.paths import lessons

SHEETS = 25  # of A4, for a lesson
# Above the edge of a sheet, in points: the margin of print.css, a heading, two lines.
FOOT = 37 + 20 + 2 * 13
PLACE = re.compile(rb"/Title \(([^\n]*)\)\n/Dest \[\d+ 0 R /XYZ [\d.]+ ([\d.]+) 0\]")
SLUG = "saving-and-loading"
LOOKS = """row => [
  getComputedStyle(row).fontWeight, getComputedStyle(row, "::after").content]"""
OPEN = "() => [...document.querySelectorAll('.answer[open]')].map(a => a.dataset.id)"


def printed(page) -> bytes:
    """What the printer gets, with a list of its headings."""
    return page.pdf(format="A4", outline=True, tagged=True)


def sheets(pdf: bytes) -> int:
    """How many sheets a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def alone(pdf: bytes) -> list[tuple[str, float]]:
    """The headings at the foot of a sheet, each with its height above the edge."""
    places = [(name.decode(), float(height)) for name, height in PLACE.findall(pdf)]
    assert len(places) > 5, "the PDF lists no headings any more"
    return [(name, height) for name, height in places if height < FOOT]


@pytest.mark.parametrize("slug", lessons())
def test_a_lesson_takes_few_sheets_and_no_heading_stands_alone(visit, slug, say):
    pdf = printed(visit(f"{slug}/").page)
    say(f"sheets of A4 that {slug} takes: {sheets(pdf)}")
    assert 5 < sheets(pdf) <= SHEETS
    assert not alone(pdf)


def test_a_heading_alone_is_found(visit):
    """A page on which each heading stands at the foot of a sheet."""
    page = visit(f"{SLUG}/").page
    page.add_style_tag(
        content="h2 { break-before: page; position: relative; top: 258mm }"
    )
    assert alone(printed(page))


def test_what_stands_twice_is_printed_once(visit):
    page = visit(f"{SLUG}/").page
    page.locator(".predict").first.locator(".answer > summary").first.click()
    page.emulate_media(media="print")
    for gone in (".passport", ".predict-shows", ".predict-status", ".answer-right"):
        boxes = page.locator(f"article {gone}")
        assert boxes.count(), gone
        assert not [box for box in boxes.all() if box.is_visible()], gone
    harness = page.locator("details.harness")
    assert harness.first.locator("> summary").is_visible()
    assert not harness.first.locator("code").last.is_visible()


def test_of_the_answers_the_right_one_and_the_readers_are_told_apart(visit):
    """Whichever is open: the printer opens them all, and the last one stays open."""
    page = visit(f"{SLUG}/").page
    card = page.locator(".predict").first
    mine = card.locator(".answer[data-answer=wrong]").first
    mine.locator("> summary").click()
    expect(mine).to_have_attribute("data-mine", "")
    other = card.locator(".answer:not([data-mine])").last
    other.evaluate("answer => (answer.open = true)")
    page.emulate_media(media="print")
    for answer in card.locator(".answer").all():
        weight, mark = answer.locator("> summary").evaluate(LOOKS)
        is_mine = answer.get_attribute("data-mine") is not None
        assert weight == ("700" if is_mine else "400")
        assert (mark == '"✓"') == (answer.get_attribute("data-answer") == "right")
        assert answer.locator("> p").first.evaluate("p => p.offsetHeight") > 10
    tops = "boxes => boxes.map(box => box.getBoundingClientRect())"
    rows = card.locator(".answer > :is(summary, p:not(.answer-right))")
    boxes = rows.evaluate_all(tops)
    for above, below in itertools.pairwise(boxes):
        assert above["bottom"] <= below["top"] + 1, "one stands on another"


def test_after_printing_the_answer_that_was_open_is_open_again(visit):
    page = visit(f"{SLUG}/").page
    for card, number in zip(page.locator(".predict").all()[:3], (0, 1, 0), strict=True):
        card.locator(".answer > summary").nth(number).click()
    before = page.evaluate(OPEN)
    assert len(before) == 3
    printed(page)
    page.wait_for_timeout(200)
    assert page.evaluate(OPEN) == before
