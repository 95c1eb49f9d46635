"""A lesson in the hands of a reader: copying, predicting, by mouse and keyboard."""

from itertools import groupby

import pytest
from playwright.sync_api import expect

from scripts.page.program import program

SLUG = "saving-and-loading"
RESULT = "xpath=following-sibling::details[contains(@class, 'captured')][1]"
PLACE = "box => [...document.querySelectorAll('details')].indexOf(box)"


@pytest.fixture
def lesson(visit):
    """The lesson's page."""
    return visit(f"{SLUG}/").page


def predictions(page) -> list:
    """Every prediction, its result, and whether that opens with this answer.

    Questions in a row may share a result; it waits for the last of them.
    """
    pairs = [(box, box.locator(RESULT)) for box in page.locator(".predict").all()]
    shared = groupby(pairs, key=lambda pair: pair[1].evaluate(PLACE))
    groups = [list(group) for _, group in shared]
    return [(*pair, pair is group[-1]) for group in groups for pair in group]


def is_open(box) -> bool:
    """Is a disclosure open?"""
    return box.get_attribute("open") is not None


def check_opened(prediction, result, last) -> None:
    """The result is open and said to be, unless another question comes before it."""
    name, status = prediction.get_attribute("id"), prediction.get_by_role("status")
    expect(status, f"{name} says nothing").to_contain_text("whole output")
    assert is_open(result) == last, (
        f"{name}: its result is {'shut' if last else 'open'}"
    )
    assert ("open below" in status.inner_text()) == last, name


def test_each_prediction_has_its_result(lesson):
    found = lesson.locator(".predict").all()
    assert len(found) >= 6
    for prediction in found:
        name, result = prediction.get_attribute("id"), prediction.locator(RESULT)
        assert result.count() == 1, f"{name} has no result after it"
        assert not is_open(result), f"{name}: its result is open"
        assert prediction.locator("details.answer").count() >= 2, name


def test_the_copy_button_gives_the_code(visit):
    opened = visit(f"{SLUG}/", permissions=["clipboard-read", "clipboard-write"])
    opened.open_all()
    lesson = opened.page
    shown = lesson.locator(".language-python.highlight").all()
    blocks = program(SLUG)
    assert len(shown) == len(blocks) > 0
    for element, block in zip(shown, blocks, strict=True):
        lesson.evaluate("navigator.clipboard.writeText('nothing was copied')")
        element.locator("button[data-md-type=copy]").click()
        lesson.wait_for_function(
            "navigator.clipboard.readText().then(text => text != 'nothing was copied')"
        )
        copied = lesson.evaluate("navigator.clipboard.readText()")
        assert copied.rstrip("\n") == block.code.rstrip("\n"), block.name


def test_an_answer_opens_its_result_by_mouse(lesson):
    for number, (prediction, result, last) in enumerate(predictions(lesson)):
        answers = prediction.locator("details.answer").all()
        name = prediction.get_attribute("id")
        assert not is_open(result), f"{name}: its result was open before the answer"
        answers[number % len(answers)].locator("summary").click()
        check_opened(prediction, result, last)
        answers[(number + 1) % len(answers)].locator("summary").click()
        assert [is_open(answer) for answer in answers].count(True) == 1
        check_opened(prediction, result, last)  # a second answer changes nothing


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_an_answer_opens_its_result_by_keyboard(lesson, key):
    for prediction, result, last in predictions(lesson):
        name = prediction.get_attribute("id")
        prediction.evaluate("box => { box.tabIndex = -1; box.focus() }")
        lesson.keyboard.press("Tab")
        lesson.keyboard.press(key)
        check_opened(prediction, result, last)
        answer = prediction.locator("details.answer").first
        assert is_open(answer), f"{name}: {key} did not open the first answer"
        focus = answer.locator("summary:focus-visible")
        assert focus.count() == 1, f"{name}: the focus is lost"
        outline = focus.evaluate("box => getComputedStyle(box).outline")
        assert "solid" in outline and " 0px" not in outline, f"{name}: {outline}"
        top, height = focus.evaluate(
            "box => { const r = box.getBoundingClientRect(); return [r.top, r.height] }"
        )
        assert 0 <= top <= 800 - height, f"{name}: the focus is out of sight"


def test_without_javascript_all_is_a_plain_disclosure(visit):
    page = visit(f"{SLUG}/", java_script_enabled=False).page
    for prediction in page.locator(".predict").all():
        result, answer = prediction.locator(RESULT), prediction.locator(".answer").last
        answer.locator("summary").click()
        said = answer.locator("p").all()
        assert is_open(answer) and said and all(part.is_visible() for part in said)
        was_open = is_open(result)
        result.locator("summary").first.click()
        assert is_open(result) != was_open
    assert page.locator("article h1").is_visible()


def test_pictures_say_what_they_show(lesson):
    for image in lesson.locator("article img").all():
        assert (image.get_attribute("alt") or "").strip(), image.get_attribute("src")
    for svg in lesson.locator("article svg").all():
        title = svg.locator("> title")
        says = title.text_content() if title.count() else ""
        assert len(says) > 20, f"a plot says only '{says}'"


BAR = ".md-header__topic:last-child"


@pytest.mark.parametrize("width", [390, 1280])
def test_the_bar_names_the_section_that_one_is_in(visit, width):
    page = visit(f"{SLUG}/", width=width).page
    bar, name = page.locator(BAR), "1 · Saving and Loading"
    assert bar.text_content().strip() == name
    heads = page.locator("article > h2").all()
    for number in (3, 1):  # down, and up again
        heads[number - 1].evaluate("h => scrollTo(0, h.offsetTop + 20)")
        title = heads[number - 1].text_content().removesuffix("#").strip()
        expect(bar).to_have_text(f"§ {number} {title}")  # no lesson: “1 · …”
        expect(bar).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    expect(bar).to_have_text(name)


NAMED = {
    "": "Practical Patterns",
    "contributing/": "Contributing",
    "field-guide/": "Field guide",
    "field-guide/saving-and-resuming/": "Saving and resuming",
    "notebooks/gpu-training-practice/": "Practice: GPU Training",
    "404.html": "No page here",
}


@pytest.mark.parametrize("name", NAMED)
def test_on_other_pages_the_bar_names_the_page(visit, name):
    page = visit(name, width=390).page
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(300)
    assert page.locator(BAR).text_content().strip() == NAMED[name]


# Of the outputs with columns: how many lines they have, and how many one sees
COLUMNS = """() => [...document.querySelectorAll(".language-text code")]
  .filter(code => code.textContent.split("\\n")
    .filter(line => /\\S {2,}\\S/.test(line)).length > 1)
  .map(code => {
    const lines = code.textContent.replace(/\\n$/, "").split("\\n").length
    const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(code)
    const around = parseFloat(paddingTop) + parseFloat(paddingBottom)
    return [lines, Math.round((code.clientHeight - around) / parseFloat(lineHeight))]
  })"""


def test_an_output_keeps_its_columns_on_a_phone(visit):
    opened = visit("gpu-training/", width=320)
    opened.open_all()
    found = opened.page.evaluate(COLUMNS)
    assert found
    for lines, seen in found:
        assert seen == lines
