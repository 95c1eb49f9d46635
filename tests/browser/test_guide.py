"""The field guide, as somebody comes to it: with one line of a message."""

import pytest
from playwright.sync_api import expect

from scripts.content import guide

ENTRIES = [entry for slug in guide.slugs() for entry in guide.entries(slug)]


def pasted(entry) -> str:
    """What somebody pastes who has this problem: its message, or else the symptom."""
    return next(iter(entry.messages), entry.title.strip("“”"))


def test_the_search_puts_the_entry_of_a_pasted_line_first(visit, say):
    """All in one window: the index is loaded once."""
    page = visit("field-guide/").page
    page.keyboard.press("/")
    field, found = page.locator(".md-search__input"), page.locator(".md-search-result")
    wrong = []
    for entry in ENTRIES:
        field.fill("zzzzzz")
        field.press("End")  # the theme listens to keys
        expect(found).to_contain_text("No matching")
        field.fill(pasted(entry))
        field.press("End")
        first = found.locator("a[href*='#']").first
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


@pytest.mark.parametrize("slug", guide.slugs())
def test_each_entry_is_listed_and_its_link_leads_to_it(visit, slug):
    page = visit("field-guide/").page
    for entry in guide.entries(slug):
        link = page.locator(f"a[href$='{slug}/#{entry.id}']")
        expect(link.first).to_be_visible()
