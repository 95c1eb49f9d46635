"""The field guide, as somebody comes to it: with one line of a message."""

import re

import pytest
from playwright.sync_api import expect

from browser.searching import search
from scripts.content import guide

ENTRIES = [entry for slug in guide.slugs() for entry in guide.entries(slug)]


def pasted(entry) -> str:
    """What somebody pastes who has this problem: its message, or else the symptom."""
    return next(iter(entry.messages), entry.title.strip("“”"))


def test_the_search_puts_the_entry_of_a_pasted_line_first(visit, say):
    """All in one window: the index is loaded once."""
    page = visit("field-guide/").page
    wrong = []
    for entry in ENTRIES:
        first = search(page, pasted(entry)).locator("a[href*='#']").first
        expect(first).to_be_attached()
        if f"{entry.slug}/" not in (href := first.get_attribute("href")) or (
            f"#{entry.id}" not in href
        ):
            wrong.append(f"{pasted(entry)!r} finds {href} before {entry.id}")
    say(f"entries that the search puts first: {len(ENTRIES) - len(wrong)}")
    assert ENTRIES and not wrong, "\n".join(wrong)


def test_what_beginners_type_finds_its_entry_among_the_first_three(visit, say):
    page = visit("field-guide/").page
    page.keyboard.press("/")
    field, found = page.locator(".md-search__input"), page.locator(".md-search-result")
    wrong, searches = [], guide.searches()
    for id, texts in searches.items():
        for text in texts:
            field.fill("zzzzzz")
            field.press("End")
            expect(found).to_contain_text("No matching")
            field.fill(text)
            field.press("End")
            expect(found.locator("li").first).to_be_attached()
            seen = found.locator("li > a[href*='#']")  # what is folded is deeper
            first = [a.get_attribute("href") for a in seen.all()[:3]]
            if not any(href.endswith(f"#{id}") for href in first):
                wrong.append(f"{text!r} finds {first} before {id}")
    say(f"searches of beginners: {sum(map(len, searches.values()))}")
    assert searches and not wrong, "\n".join(wrong)


def test_a_best_model_that_is_the_last_one_leads_to_the_lesson(visit):
    page = visit("field-guide/").page
    typed = "the best model I kept in a variable is the same as the last one"
    first = search(page, typed).locator("li > a[href*='#']").first
    expect(first).to_have_attribute(
        "href", re.compile("saving-and-loading/.*#keeping-the-best-weights$")
    )


@pytest.mark.parametrize("slug", guide.slugs())
def test_each_entry_is_listed_and_its_link_leads_to_it(visit, slug):
    page = visit("field-guide/").page
    for entry in guide.entries(slug):
        link = page.locator(f"a[href$='{slug}/#{entry.id}']")
        expect(link.first).to_be_visible()
