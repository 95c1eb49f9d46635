"""The theme's menu by keyboard: on a phone a drawer with panels, on a desk a list."""

import pytest
from playwright.sync_api import expect

OPENER = "label:not(.md-nav__title)[for={}] > button"
BACK = ".md-sidebar--primary .md-nav__title[for={}] > button"
# Labels of the theme that are to be seen, and can be used by a pointer alone
WITHOUT_A_KEY = """() => [...document.querySelectorAll("label[for^=__]")]
  .filter(label => label.checkVisibility({ visibilityProperty: true }))
  .filter(({ htmlFor }) => htmlFor !== "__search") // its field takes it
  .filter(label => !label.matches(".md-overlay, .md-nav__title[for=__drawer]"))
  .filter(label => !label.control.matches(".md-option")) // a radio button
  .filter(label => !label.querySelector("button"))
  .map(label => label.outerHTML)"""


@pytest.fixture
def phone(visit):
    """A lesson on a phone."""
    return visit("gpu-training/", width=390).page


def open_menu(page) -> None:
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".md-sidebar--primary a:focus")).to_be_visible()


def test_escape_closes_the_menu_and_gives_the_focus_back(phone):
    menu = phone.get_by_role("button", name="Menu")
    expect(menu).to_have_attribute("aria-expanded", "false")
    open_menu(phone)
    expect(menu).to_have_attribute("aria-expanded", "true")
    phone.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(menu).to_have_attribute("aria-expanded", "false")
    expect(phone.locator(".md-sidebar--primary a").first).not_to_be_visible()
    phone.keyboard.press("Escape")  # nothing is open
    expect(menu).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("key", ["Enter", "Space"])
@pytest.mark.parametrize("panel", ["__toc", "__nav_5", "__nav_6"])
def test_a_panel_of_the_menu_opens_and_closes_by_key(phone, panel, key):
    open_menu(phone)
    opener = phone.locator(OPENER.format(panel))
    for _ in range(30):
        phone.keyboard.press("Tab")
        if opener.evaluate("button => button === document.activeElement"):
            break
    expect(opener).to_be_focused()
    phone.keyboard.press(key)
    back = phone.locator(BACK.format(panel))
    expect(back).to_be_focused()
    expect(back).to_have_attribute("aria-expanded", "true")
    assert back.get_attribute("aria-label") == opener.get_attribute("aria-label")
    phone.keyboard.press("Tab")
    inside = phone.locator(
        f".md-sidebar--primary nav:has(> label[for={panel}]) a:focus"
    )
    expect(inside).to_be_visible()
    back.focus()
    phone.keyboard.press(key)
    expect(opener).to_be_focused()
    expect(inside).not_to_be_visible()


@pytest.mark.parametrize("width", [390, 1000, 1280])
def test_no_label_of_the_theme_is_without_a_key(visit, width):
    page = visit("field-guide/saving-and-resuming/", width=width).page
    if page.get_by_role("button", name="Menu").is_visible():
        open_menu(page)
    assert not page.evaluate(WITHOUT_A_KEY)
    labels = page.locator("label > span.md-nav__icon, label[for=__drawer] > svg")
    assert labels.count() == 0, "each icon has become a button"
    assert page.locator("label[tabindex]").count() == 0, "no stop is there twice"


def test_on_a_desk_a_part_of_the_menu_opens_and_the_focus_stays(visit):
    page = visit("gpu-training/").page
    opener = page.locator(OPENER.format("__nav_5"))
    link = page.locator("label[for=__nav_5] ~ nav a").first
    expect(link).not_to_be_visible()
    opener.focus()
    for key in ("Enter", "Space"):
        page.keyboard.press(key)
        expect(opener).to_be_focused()
        expect(link).to_be_visible(visible=key == "Enter")


def test_with_the_mouse_a_label_opens_once(phone):
    phone.get_by_role("button", name="Menu").click()
    phone.locator("label.md-nav__link[for=__toc]").click()
    expect(phone.locator(BACK.format("__toc"))).to_be_visible()
    phone.locator(BACK.format("__toc")).click()
    expect(phone.locator(OPENER.format("__toc"))).to_be_focused()


def test_on_a_phone_tab_reaches_the_search_and_escape_leaves_it(phone):
    field = phone.locator(".md-search__input")
    for _ in range(8):
        phone.keyboard.press("Tab")
        if field.evaluate("field => field === document.activeElement"):
            break
    expect(field).to_be_focused()
    expect(phone.locator(".md-search__output")).to_be_visible()
    phone.keyboard.press("Escape")
    expect(field).not_to_be_focused()
    expect(phone.locator(".md-search__output")).not_to_be_visible()
