"""Every page by keyboard, without JavaScript, zoomed, printed, without motion."""

import pytest
from playwright.sync_api import expect

from browser.test_pages import one_of_each_kind
from scripts.common.paths import address_of, lessons
from scripts.content import guide

KINDS = ["", "saving-and-loading/", "gpu-training/", "fashion-mnist-project/"]
KINDS += ["misconceptions/", "evidence/", "contributing/", "404.html"]
KINDS += ["field-guide/", *(address_of(slug) for slug in guide.slugs())]
KINDS += [f"notebooks/{slug}-practice/" for slug in lessons()]
MOST = 700  # stops of the focus on one page
STOP = """() => {
  const at = document.activeElement
  if (at === document.body || at === document.documentElement) return null
  const shown = at.matches(".md-option") ? at.nextElementSibling : at
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(shown)
  const box = shown.getBoundingClientRect()
  const again = "walked" in at.dataset
  const all = [...document.querySelectorAll("*")]
  const place = all.indexOf(at)
  at.dataset.walked = ""
  return {
    name: `${at.tagName} ${at.className} ${at.textContent.trim().slice(0, 40)}`,
    again, place,
    outline: outlineStyle !== "none" && parseFloat(outlineWidth) >= 1,
    seen: box.bottom > 0 && box.top < innerHeight && box.width > 0,
    inside: !!at.closest("article"),
  }
}"""
MISSED = """() => [...document.querySelectorAll(
  "article :is(a[href], button, summary, input, select, textarea, [tabindex='0'])")]
  .filter(box => box.checkVisibility() && !box.disabled && !("walked" in box.dataset)
    && box.tabIndex >= 0 && !box.matches(".headerlink, input[type=radio]"))
  .map(box => `${box.tagName} ${box.className} ${box.textContent.slice(0, 40)}`)"""


def test_no_page_is_left_out(pages):
    assert sorted(KINDS) == pages


# Both widths and both schemes, each once; on a phone one page of each kind
WALKS = [(name, 1280, "light") for name in KINDS]
WALKS += [(name, 390, "dark") for name in one_of_each_kind(KINDS)]


@pytest.mark.parametrize(("name", "width", "scheme"), WALKS)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    visit, say, name, width, scheme
):
    page = visit(name, width, scheme).page
    wrong, last, stops = [], -1, 0
    for _ in range(MOST):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None or stop["again"]:
            break
        stops += 1
        if not stop["outline"]:
            wrong.append(f"no visible focus: {stop['name']}")
        if not stop["seen"]:
            wrong.append(f"out of sight: {stop['name']}")
        if stop["inside"] and stop["place"] < last:
            wrong.append(f"goes back: {stop['name']}")
        last = stop["place"] if stop["inside"] else last
    assert not wrong, "\n".join(wrong[:20])
    assert 3 < stops < MOST
    assert not page.evaluate(MISSED)
    say(f"stops of the keyboard on {name or '.'} at {width} px: {stops}")


def test_the_first_stop_skips_to_the_text(visit):
    page = visit("gpu-training/").page
    page.keyboard.press("Tab")
    assert "md-skip" in page.evaluate("document.activeElement.className")
    page.keyboard.press("Enter")
    assert page.url.endswith("#gpu-training")


def test_search_opens_and_closes_by_keyboard(visit):
    page = visit("").page
    page.wait_for_load_state("networkidle")
    page.keyboard.press("/")
    expect(page.locator(".md-search__input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".md-search__input")).not_to_be_focused()


def test_the_scheme_changes_by_keyboard_and_stays(visit):
    page = visit("", scheme="light").page
    scheme = "document.body.dataset.mdColorScheme"
    assert page.evaluate(scheme) == "default"
    page.locator(".md-option:checked").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(scheme) == "slate"
    page.reload()
    assert page.evaluate(scheme) == "slate", "the reader's choice is kept"
    page.locator(".md-header label[for=__palette_0]").click()
    assert page.evaluate(scheme) == "default"


def test_the_scheme_follows_the_system_until_the_reader_chooses(visit):
    page = visit("evidence/", scheme="dark").page
    scheme = "document.body.dataset.mdColorScheme"
    assert page.evaluate(scheme) == "slate"
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"{scheme} === 'default'")


TEXTS = "[...document.querySelectorAll('article pre')].map(box => box.textContent)"


@pytest.mark.parametrize("name", KINDS)
def test_without_javascript_a_page_is_complete(visit, name):
    with_it = visit(name, width=390).page
    page = visit(name, width=390, java_script_enabled=False).page
    assert page.locator("h1").is_visible()
    shown = page.locator("article pre").all_text_contents()
    assert shown == with_it.locator("article pre").all_text_contents()
    assert not page.locator("article :is(select, textarea, input):visible").count()
    for tool in ("#grader", "#explorer", "#confusion"):
        for box in page.locator(tool).all():
            assert "JavaScript" in box.inner_text(), tool
    page.locator("label.md-header__button[for=__drawer]").click()
    expect(page.locator(".md-nav--primary a").first).to_be_visible()


TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"


@pytest.mark.parametrize("name", KINDS)
def test_zoomed_nothing_is_lost(visit, name):
    """200 and 400 percent of a desk's window; and text twice as large."""
    opened = visit(name)
    page = opened.page
    opened.open_all()
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 400})
        assert page.evaluate(TOO_WIDE) <= 0, f"{width} px"
    page.set_viewport_size({"width": 1280, "height": 800})
    page.evaluate("document.documentElement.style.fontSize = '250%'")
    assert page.evaluate(TOO_WIDE) <= 0, "text at 200 percent"


def test_nothing_moves_for_whoever_asked_for_that(visit):
    opened = visit("gpu-training/")
    opened.open_all()
    moving = "document.getAnimations().filter(a => a.animationName).length"
    assert opened.page.evaluate(moving) == 0
    smooth = "getComputedStyle(document.documentElement).scrollBehavior"
    assert opened.page.evaluate(smooth) == "auto"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_icons_are_seen_in_the_readers_own_colours(visit, scheme):
    page = visit("gpu-training/", scheme=scheme, forced_colors="active").page
    colour = "(box, part) => getComputedStyle(box, part).backgroundColor"
    behind = page.locator("body").evaluate(f"box => ({colour})(box)")
    icons = ("details.captured > summary", ".md-code__button", ".md-nav__icon")
    for icon in icons:
        mask = page.locator(icon).first.evaluate(f"box => ({colour})(box, '::after')")
        assert mask not in (behind, "rgba(0, 0, 0, 0)"), icon


def test_on_a_phone_no_copy_button_covers_code(visit):
    page = visit("saving-and-loading/", width=390).page
    covered = """() => [...document.querySelectorAll(".md-code__nav")].map(nav => {
      const code = nav.parentElement.querySelector("code")
      const first = document.createRange()
      first.selectNodeContents(code)
      return nav.getBoundingClientRect().bottom - first.getClientRects()[0].top
    }).filter(Number.isFinite)"""
    found = page.evaluate(covered)
    assert len(found) > 10 and max(found) <= 1


@pytest.mark.parametrize("name", ["saving-and-loading/", "fashion-mnist-project/"])
def test_a_printed_page_keeps_code_and_outputs(visit, name):
    page = visit(name).page
    closed = "article details:not([open], .harness)"
    height = "box => box.getBoundingClientRect().height"
    code = ":is(.language-python, .language-text) code"
    boxes = page.locator(f"{closed} {code}").all()
    assert boxes, "nothing stands in a closed box"
    page.emulate_media(media="print")
    for box in boxes:
        assert box.evaluate(height) > 10, box.text_content()[:60]
    for gone in (".md-header", ".md-sidebar", ".lesson-buttons", ".md-code__nav"):
        for box in page.locator(gone).all()[:3]:
            assert not box.is_visible(), gone
    assert len(page.pdf()) > 100_000


def test_the_evidence_fits_a_desk(visit):
    page = visit("evidence/").page
    page.wait_for_load_state("networkidle")
    over = "boxes => boxes.map(box => box.scrollWidth - box.clientWidth)"
    found = page.locator(".md-typeset__scrollwrap").evaluate_all(over)
    assert len(found) > 4 and max(found) == 0
