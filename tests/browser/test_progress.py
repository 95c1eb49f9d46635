"""The reader's own progress: kept in this browser alone, and nothing breaks without."""

import json

import pytest
from playwright.sync_api import expect

from browser import grading
from browser.conftest import open_in
from browser.test_pages import one_of_each_kind

ENTRY = "/progress"  # of storage; the site is served at the root of its host
LESSON, PROJECT = "saving-and-loading/", "fashion-mnist-project/"
FULL = "() => { Storage.prototype.setItem = () => { throw new Error('full') } }"
UNTOUCHED = "14 predictions"
BLOCKED = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, {
    configurable: true,
    get() { throw new DOMException("blocked", "SecurityError") },
  })
"""


def entry(page):
    """What stands in storage: one entry of ours, or None."""
    text = page.evaluate(
        "Object.entries(localStorage).find(([key]) => key.endsWith('progress'))?.[1]"
    )
    return text and json.loads(text)


def row(page, slug):
    return page.locator(f".front-progress[data-lesson='{slug}']").inner_text()


def test_answers_are_counted_once_and_survive(visit, address):
    page = visit(LESSON).page
    first = page.locator(".predict").first
    for answer in first.locator(".answer > summary").all():
        answer.click()
    page.wait_for_function(
        "Object.keys(localStorage).some(k => k.endsWith('progress'))"
    )
    key = first.get_attribute("id")
    assert entry(page)["lessons"]["saving-and-loading"]["answered"] == [key]
    count = page.locator(".predict").count()
    page.goto(address)
    assert row(page, "saving-and-loading").startswith(f"1 of {count} predictions answ")
    assert row(page, "gpu-training") == UNTOUCHED
    page.reload()
    assert row(page, "saving-and-loading").startswith("1 of ")


def test_a_lesson_is_read_when_its_end_was_seen(visit, address):
    page = visit("gpu-training/").page
    page.wait_for_timeout(300)
    assert entry(page) is None
    page.locator(".md-content h2").last.scroll_into_view_if_needed()
    page.wait_for_function(
        "Object.keys(localStorage).some(k => k.endsWith('progress'))"
    )
    page.goto(address)
    assert row(page, "gpu-training").endswith(", read to the end")
    assert "read to the end" not in row(page, "saving-and-loading")


def test_the_best_bar_is_kept(visit, address):
    page = visit(PROJECT).page
    send = (
        "([name, accuracy]) => document.dispatchEvent(new CustomEvent('bar', "
        "{detail: {name, accuracy}}))"
    )
    for bar in (["baseline", 88.0], ["good", 90.1], ["baseline", 88.2]):
        page.evaluate(send, bar)
    page.goto(address)
    assert row(page, "fashion-mnist-project").endswith("bar reached: good")


def test_the_grader_tells_of_a_bar(visit):
    page = visit(PROJECT).page
    page.evaluate("document.addEventListener('bar', e => (window.told = e.detail))")
    labels = [int(digit) for digit in grading.labels(page)["labels"]]
    grading.give(page, grading.text([(label + 1) % 10 for label in labels]))
    assert page.evaluate("window.told") is None, "no bar was reached"
    grading.give(page, grading.text(labels))
    told = page.evaluate("window.told")
    assert told["accuracy"] == 100
    assert f"Bar reached: {told['name']}" in grading.report(page)["says"]


def test_it_is_exported_erased_and_imported(visit, address, tmp_path):
    page = visit("").page
    page.evaluate(
        "entry => localStorage.setItem(entry, JSON.stringify({version: 1, lessons:"
        " {'gpu-training': {answered: ['predict-a'], read: true}}}))",
        ENTRY,
    )
    page.reload()
    with page.expect_download() as got:
        page.get_by_role("button", name="Export").click()
    saved = json.loads(got.value.path().read_text(encoding="utf-8"))
    assert saved["lessons"]["gpu-training"]["answered"] == ["predict-a"]
    saved["lessons"]["gpu-training"]["first"] = {
        "predict-a": {"answer": "0a1b2c", "right": True},
        "predict-b": {"answer": "<b>", "right": True},
    }
    (tmp_path / "mine.json").write_text(json.dumps(saved), encoding="utf-8")
    (tmp_path / "others.json").write_text('{"version": 9}', encoding="utf-8")
    page.get_by_role("button", name="Erase").click()
    assert entry(page), "it asks once"
    page.get_by_role("button", name="Erase for good").click()
    assert entry(page) is None
    assert row(page, "gpu-training") == UNTOUCHED
    give(page, tmp_path / "others.json")
    expect(page.locator("#progress-says")).to_contain_text("others.json holds no progr")
    assert entry(page) is None
    large = json.dumps(saved) + " " * 10**6
    (tmp_path / "large.json").write_text(large, encoding="utf-8")
    give(page, tmp_path / "large.json")
    expect(page.locator("#progress-says")).to_contain_text("large.json holds no progre")
    page.evaluate(FULL)
    give(page, tmp_path / "mine.json")
    expect(page.locator("#progress-says")).to_contain_text("This browser keeps no more")
    page.reload()
    give(page, tmp_path / "mine.json")
    expect(page.locator("#progress-says")).to_contain_text("Taken from mine.json")
    assert "1 of 14 predictions answered, 1 as the run" in row(page, "gpu-training")
    assert list(entry(page)["lessons"]["gpu-training"]["first"]) == ["predict-a"]


@pytest.mark.parametrize("lessons", [{}, {"intro": {"read": True}}])
def test_a_file_without_a_lesson_of_ours_changes_nothing(visit, tmp_path, lessons):
    page = visit("").page
    kept = {"version": 1, "lessons": {"gpu-training": {"read": True}}}
    page.evaluate("([k, v]) => localStorage.setItem(k, v)", [ENTRY, json.dumps(kept)])
    page.reload()
    before = entry(page)
    file = tmp_path / "others.json"
    file.write_text(json.dumps({"version": 1, "lessons": lessons}), encoding="utf-8")
    give(page, file)
    expect(page.locator("#progress-says")).to_contain_text("others.json holds no progr")
    assert entry(page) == before


def test_a_key_held_down_erases_nothing(visit):
    page = visit("").page
    page.reload()
    page.get_by_role("button", name="Erase").focus()
    for _ in range(2):  # without a release between them the browser says "repeat"
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    assert page.get_by_role("button", name="Erase for good").is_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#progress-says")).to_contain_text("Erased")


def give(page, file):
    """Import a file."""
    with page.expect_file_chooser() as asked:
        page.get_by_role("button", name="Import").click()
    asked.value.set_files(file)


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "null",
        "7",
        '{"version": 9}',
        '{"version": 1, "lessons": {"a": 1}}',
        '{"version": 1, "lessons": {"gpu-training": {"answered": [1], "bar": "x"}}}',
        '{"version": 1, "lessons": {"gpu-training": {"first": [null, 7], "of": "x"}}}',
        '{"version": 1, "lessons": {"gpu-training": {"first": {"a": null}}}}',
        '{"version": 1, "lessons": {"gpu-training": {"answered": [null, ["a"]]}}}',
        '{"version": 1, "lessons": {"gpu-training": {"bar": {"accuracy": 90}}}}',
        '{"version": 1, "lessons": []}',
    ],
)
def test_what_others_wrote_there_breaks_nothing(visit, text):
    opened = visit("")
    page = opened.page
    page.wait_for_load_state("networkidle")
    page.evaluate("pair => localStorage.setItem(...pair)", [ENTRY, text])
    page.reload()
    assert row(page, "gpu-training") == UNTOUCHED
    assert not opened.console


def test_where_storage_is_blocked_no_page_breaks(browser, address, pages):
    context = browser.new_context(reduced_motion="reduce")
    context.add_init_script(BLOCKED)
    wrong = []
    for name in one_of_each_kind(pages):
        page = context.new_page()
        page.on("console", lambda line, name=name: wrong.append((name, line.text)))
        page.on("pageerror", lambda error, name=name: wrong.append((name, f"{error}")))
        page.goto(address + name)
        for answer in page.locator(".answer > summary").all()[:1]:
            answer.click()
        if name == "":
            said = page.locator("#progress-says").inner_text()
            assert said.startswith("This browser does not let"), said
            assert not page.locator("#progress button").count()
        page.close()
    context.close()
    assert not wrong


# As full as a browser lets it be
FILLED = """() => {
  for (let size = 1 << 22; size >= 1; size >>= 1)
    try {
      for (let n = 0; ; n++) localStorage.setItem(`full-${size}-${n}`, "x".repeat(size))
    } catch {}
}"""


@pytest.mark.parametrize("full", [FULL, FILLED])
def test_where_storage_is_full_answers_are_counted_while_the_page_is_open(visit, full):
    opened = visit(LESSON)
    page, line = opened.page, opened.page.locator(".lesson-progress")
    page.evaluate(full)
    cards = page.locator(".predict")
    for number in range(3):
        cards.nth(number).locator(".answer > summary").nth(number % 2).click()
        expect(line).to_contain_text(f"{number + 1} of {cards.count()} predictions ans")
        says = line.inner_text()
        assert says.count("This browser will not remember it.") == 1, says
    answered = [cards.nth(number).get_attribute("id") for number in range(4)]
    assert line.locator("a").get_attribute("href") == f"#{answered[3]}"
    menu = page.locator(".menu-progress")
    assert menu.text_content() == f"3/{cards.count()}"
    # a second answer to a question is none of its own
    cards.first.locator(".answer > summary").nth(1).click()
    expect(line).to_contain_text(f"3 of {cards.count()} predictions")
    page.evaluate(
        "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    )
    expect(line).to_contain_text("3 of ")
    expect(line).to_contain_text("will not remember")
    page.reload()
    expect(line).not_to_contain_text("answered,")
    assert entry(page) is None and not opened.console


def test_where_storage_is_blocked_a_card_works_all_the_same(browser, address):
    opened = open_in(browser, f"{address}{LESSON}", script=BLOCKED)
    page = opened.page
    card = page.locator(".predict").first
    for number in (1, 0):
        card.locator(".answer > summary").nth(number).click()
        expect(card.locator(".answer").nth(number)).to_have_attribute("open", "")
    expect(card.locator(".answer").nth(1)).to_have_attribute("data-mine", "")
    expect(card.locator(".predict-shows > p").first).to_be_visible()
    expect(card.get_by_role("status")).to_contain_text("Your answer ")
    line = page.locator(".lesson-progress")
    expect(line).to_contain_text("1 of ")
    expect(line).to_contain_text("This browser will not remember it.")
    page.reload()
    assert not page.locator(".answer[open], [data-mine]").count()
    assert not opened.console
    page.context.close()


def test_without_javascript_it_says_so(visit):
    page = visit("", java_script_enabled=False).page
    assert "Without JavaScript, your progress" in page.locator("#progress").inner_text()
    assert not page.locator("#progress button").count()
