"""What others left in this browser's storage, under the theme's names, is nothing."""

import json

import pytest

DARK = "(prefers-color-scheme: dark)"
OTHERS = {"scheme": "slate", "primary": "red", "accent": "red"}
GARBAGE = {
    "half": "{",
    "null": "null",
    "a number": "99",
    "a text": '"slate"',
    "a list": "[1]",
    "nothing in it": "{}",
    "no such scheme": json.dumps({"index": 99, "color": {"media": "", "scheme": "x"}}),
    "no number": json.dumps({"index": "__proto__", "color": {"scheme": "slate"}}),
    "no colour": json.dumps({"index": 1}),
    "null inside": json.dumps({"index": 1, "color": None}),
    "another site's": json.dumps({"index": 2, "color": {"media": "", **OTHERS}}),
    "another's, alike": json.dumps({"index": 1, "color": {"media": DARK, **OTHERS}}),
}
PAGE = "field-guide/devices-speed-precision/"  # lighter than a lesson
BODY = "document.body.dataset"
BUTTONS = "document.querySelectorAll('.md-code__button').length"


PARTS = ["mdColorScheme", "mdColorPrimary", "mdColorAccent", "mdColorMedia"]
LOOKS = f"{PARTS}.map(part => {BODY}[part])"


def open_with(opened, address, value):
    """Open a page after something was kept under the palette's name."""
    opened.page.goto(f"{address}evidence/")
    opened.page.evaluate("value => localStorage.setItem('/.__palette', value)", value)
    for name in ("__tabs", "__announce", "__consent"):
        opened.page.evaluate(f"localStorage.setItem('/.{name}', '{{')")
    opened.page.wait_for_load_state("networkidle")  # or the next page cuts it off
    opened.console.clear()
    opened.page.goto(f"{address}{PAGE}")
    opened.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_breaks_nothing(visit, address, name):
    opened = visit(PAGE, scheme="light")
    page = opened.page
    buttons, looks = page.evaluate(BUTTONS), page.evaluate(LOOKS)
    open_with(opened, address, GARBAGE[name])
    assert page.evaluate(BUTTONS) == buttons > 10
    assert not opened.console
    assert page.evaluate(LOOKS) == looks and looks[0] == "default"
    page.locator(".md-header label[for=__palette_1]").click()
    assert page.evaluate(f"{BODY}.mdColorScheme") == "slate"
    page.reload()
    assert page.evaluate(f"{BODY}.mdColorScheme") == "slate", "ours is kept"
    assert not opened.console
