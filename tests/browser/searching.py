"""Typing into the site's search, for tests."""

from playwright.sync_api import expect

FIELD, FOUND = ".md-search__input", ".md-search-result"


def search(page, text: str):
    """Open the search, look for a text, and return the list of what is found.

    Something that is nowhere comes first: what is shown then is of this text.
    """
    field, found = page.locator(FIELD), page.locator(FOUND)
    field.focus()
    for wanted in ("zzzzzz", text):
        field.fill(wanted)
        field.press("End")  # the theme listens to keys
        if wanted != text:
            expect(found).to_contain_text("No matching")
    return found
