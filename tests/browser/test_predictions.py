"""A prediction's card: its verdict, what the run showed, what is remembered."""

import json

import pytest
from playwright.sync_api import expect

from scripts.common.paths import lessons
from scripts.content import questions

SLUG = "saving-and-loading"
# Gives a wrong answer to every question; says what stands in each card afterwards.
ANSWER_WRONG = """async () => {
  const mark = row => getComputedStyle(row.querySelector("summary"), "::after").content
  const found = []
  for (const card of document.querySelectorAll(".predict")) {
    const right = card.querySelector("[data-answer=right]")
    const wrong = card.querySelector("[data-answer=wrong]")
    const before = mark(right) === '"✓"' || card.querySelector(".predict-shows").open
    const told = new Promise(done => wrong.addEventListener("toggle", done))
    wrong.querySelector("summary").click()
    await told
    found.push({
      name: card.id, before, right: mark(right), wrong: mark(wrong),
      mine: card.querySelectorAll("[data-mine]").length,
      shown: card.querySelector(".predict-shows > p").checkVisibility(),
      status: card.querySelector("[role=status]").textContent,
      reason: right.querySelector("p").textContent,
      verdict: [...wrong.querySelectorAll("p")].at(-1).textContent,
    })
  }
  return found
}"""
HEIGHTS = "[...document.querySelectorAll('.answer > summary')].map(r => r.offsetHeight)"
LEAST = 44  # px: what a finger hits


@pytest.fixture
def lesson(visit):
    """The lesson's page."""
    return visit(f"{SLUG}/").page


def answers(card, kind):
    """The answers of a card that are "right" or "wrong"."""
    return card.locator(f".answer[data-answer={kind}]")


def opened(card):
    """The answer of a card that is open."""
    return card.locator(".answer[open]")


def kept(page):
    """What the browser keeps of this lesson."""
    text = page.evaluate(
        "Object.entries(localStorage).find(([key]) => key.endsWith('progress'))[1]"
    )
    return json.loads(text)["lessons"][SLUG]


@pytest.mark.parametrize("slug", lessons())
def test_after_any_answer_the_right_one_is_marked_and_the_run_speaks(visit, slug):
    cards = visit(f"{slug}/").page.evaluate(ANSWER_WRONG)
    assert len(cards) == len(questions.read(slug)["predictions"]) > 3
    for card in cards:
        assert card.pop("reason").removeprefix("Right. ") in card.pop("verdict"), card
        assert card.pop("status").startswith("Your answer differs from the run"), card
        name = card.pop("name")
        assert card == {
            "before": False,
            "right": '"✓"',
            "wrong": '"✗"',
            "mine": 1,
            "shown": True,
        }, name


def test_a_card_shows_what_was_captured(lesson):
    numbers = 0
    for key, asked in questions.read(SLUG)["predictions"].items():
        card = lesson.locator(f"#predict-{key} .predict-shows")
        found = questions.measured(SLUG, asked)
        if "number" in found:
            assert card.locator("strong").text_content() == found["number"]
            numbers += 1
        else:
            lines = [f"{label}: {value}" for label, value in found["lines"]]
            assert card.locator("code").all_text_contents() == lines
    assert numbers >= 4


@pytest.mark.parametrize(("width", "columns"), [(390, 1), (1280, 2)])
def test_the_whole_row_is_to_be_pressed(visit, width, columns):
    page = visit(f"{SLUG}/", width).page
    heights = page.evaluate(HEIGHTS)
    assert len(heights) > 30 and min(heights) >= LEAST
    card = page.locator(".predict").first
    row = card.locator(".answer > summary").nth(1)
    outer, box = card.bounding_box(), row.bounding_box()
    assert box["width"] > outer["width"] / columns - 50
    plain = row.evaluate("row => getComputedStyle(row).backgroundColor")
    place = {"x": box["width"] - 3, "y": box["height"] - 3}
    row.hover(position=place)
    assert row.evaluate("row => getComputedStyle(row).backgroundColor") != plain
    row.click(position=place)
    assert opened(card).count() == 1


def rows(card):
    """The answers of a card by the line of the page in which they begin."""
    tops = "rows => rows.map(row => Math.round(row.getBoundingClientRect().top))"
    found = card.locator(".answer").evaluate_all(tops)
    return [found.count(top) for top in sorted(set(found))]


def test_two_answers_stand_in_a_row_until_one_of_them_opens(lesson):
    card = lesson.locator(".predict").first
    assert card.locator(".answer").count() == 3 and rows(card) == [2, 1]
    for opens, then in ((0, [1, 2]), (1, [1, 1, 1]), (2, [2, 1])):
        card.locator(".answer > summary").nth(opens).click()
        assert rows(card) == then
        inside = "c => c.clientWidth - 2 * parseFloat(getComputedStyle(c).paddingLeft)"
        assert opened(card).bounding_box()["width"] == card.evaluate(inside)
        assert min(lesson.evaluate(HEIGHTS)) >= LEAST


def test_digits_answer_where_the_focus_is(lesson):
    first, second = lesson.locator(".predict").all()[:2]
    first.locator("summary").first.focus()
    lesson.keyboard.press("Control+1")
    lesson.keyboard.press("9")
    assert not opened(first).count()
    for digit in (3, 1):
        lesson.keyboard.press(str(digit))
        assert opened(first).count() == 1
        row = first.locator(".answer").nth(digit - 1)
        expect(row).to_have_attribute("open", "")
        assert row.locator("summary:focus").count() == 1
    assert not opened(second).count()


def test_no_letter_leaves_the_page(lesson):
    """The theme turns pages by them; whoever slips would lose what is on this one."""
    address = lesson.url
    for place in ("body", ".predict summary", "input[type=range]"):
        lesson.locator(place).first.focus()
        for key in ("n", "p", ",", "."):
            lesson.keyboard.press(key)
    lesson.wait_for_timeout(300)
    assert lesson.url.partition("#")[0] == address.partition("#")[0]
    lesson.locator(".md-search__input").focus()
    lesson.keyboard.type("n, p.")
    assert lesson.locator(".md-search__input").input_value() == "n, p."


def test_the_first_answer_is_kept_and_comes_back(lesson):
    card = lesson.locator(".predict").first
    wrong, right = answers(card, "wrong").first, answers(card, "right")
    for answer in (wrong, right):
        answer.locator("summary").click()
        expect(answer).to_have_attribute("open", "")
    guess = {"answer": wrong.get_attribute("data-id"), "right": False}
    assert kept(lesson)["first"] == {card.get_attribute("id"): guess}
    lesson.reload()
    expect(opened(card)).to_have_attribute("data-id", guess["answer"])
    expect(card.locator(".answer[data-mine]")).to_have_count(1)
    assert (
        card.locator(".answer[data-mine]").get_attribute("data-id") == guess["answer"]
    )
    expect(card.locator(".predict-shows > p")).to_be_visible()
    assert not card.get_by_role("status").inner_text(), "it is not said again"
    assert not opened(lesson.locator(".predict").nth(1)).count()


def test_the_head_and_the_menu_count_and_lead_on(lesson):
    line, cards = lesson.locator(".lesson-progress"), lesson.locator(".predict")
    count = cards.count()
    assert line.inner_text().startswith(f"{count} predictions on this page")
    answers(cards.nth(0), "right").locator("summary").click()
    answers(cards.nth(2), "wrong").first.locator("summary").click()
    expect(line).to_contain_text(f"2 of {count} predictions answered, 1 as the run.")
    expect(lesson.locator(".menu-progress")).to_have_text(f"2/{count}")
    line.get_by_role("link", name="Next open question").click()
    key = cards.nth(1).get_attribute("id")
    assert lesson.url.endswith(f"#{key}")
    assert cards.nth(1).bounding_box()["y"] < 200
    for card in cards.all():
        if not opened(card).count():
            answers(card, "right").locator("summary").click()
    expect(line).to_have_text(
        f"{count} of {count} predictions answered, {count - 1} as the run. "
    )


def test_the_verdict_leads_to_the_whole_output(lesson):
    card = lesson.locator("#predict-doomed")
    answers(card, "right").locator("summary").click()
    card.get_by_role("link", name="The whole output").click()
    place = lesson.url.partition("#")[2]
    assert lesson.locator(f"details.captured[open]#{place}").count() == 1


def test_what_opens_by_itself_is_no_answer(lesson):
    """The browser opens an answer in which it finds words that are looked for."""
    card = lesson.locator(".predict").first
    answers(card, "wrong").first.evaluate("answer => (answer.open = true)")
    answers(card, "right").locator("summary").click()
    expect(card.locator("[data-mine]")).to_have_attribute("data-answer", "right")
    (guess,) = kept(lesson)["first"].values()
    assert guess["right"]


def store(page, first, answered=()):
    """Keep something as this lesson's progress, and open the page anew."""
    lesson = {"answered": list(answered), "first": first}
    text = json.dumps({"version": 1, "lessons": {SLUG: lesson}})
    page.evaluate("text => localStorage.setItem('/progress', text)", text)
    page.reload()


def test_a_first_answer_that_is_none_any_more_gives_way(lesson):
    card = lesson.locator("#predict-doomed")
    store(lesson, {"predict-doomed": {"answer": "000000", "right": True}})
    assert not opened(card).count()
    answers(card, "wrong").first.locator("summary").click()
    expect(card.locator("[data-mine]")).to_have_attribute("data-answer", "wrong")
    assert not kept(lesson)["first"]["predict-doomed"]["right"]


def test_questions_of_another_time_are_not_counted(lesson):
    count = lesson.locator(".predict").count()
    line = lesson.locator(".lesson-progress")
    old = {f"predict-old{n}": {"answer": "0a0a0a", "right": True} for n in range(30)}
    store(lesson, old, old)
    assert line.inner_text().startswith(f"{count} predictions on this page")
    store(lesson, {}, ["predict-doomed"])
    expect(line).to_contain_text(f"1 of {count} predictions answered. Next")


def test_two_windows_agree_on_the_first_answer(lesson):
    other = lesson.context.new_page()
    other.goto(lesson.url)
    rows = "#predict-doomed .answer > summary"
    lesson.locator(rows).nth(0).click()
    first = lesson.locator("#predict-doomed .answer").nth(0).get_attribute("data-id")
    # Chromium tells another window what was kept, but not at once
    known = "id => Object.values(localStorage).some(kept => kept.includes(id))"
    other.wait_for_function(known, arg=first)
    other.locator(rows).nth(1).click()
    mine = other.locator("#predict-doomed [data-mine]")
    expect(mine).to_have_attribute("data-id", first)


def test_a_question_that_waits_for_another_says_so_no_longer(lesson):
    first, second = lesson.locator("#predict-resume, #predict-sgd").all()
    answers(first, "right").locator("summary").click()
    status = first.get_by_role("status")
    expect(status).to_contain_text("opens when its other question has an answer too")
    answers(second, "right").locator("summary").click()
    expect(status).to_contain_text("is open below")


FULL = "() => { Storage.prototype.setItem = () => { throw new Error('full') } }"


def first_stays(page):
    """Whether the answer that was pressed first stays the reader's."""
    card = page.locator(".predict").first
    rows = card.locator(".answer > summary").all()
    for row in (rows[1], rows[0]):
        row.click()
        expect(card.locator(".answer[open] > summary")).to_have_text(row.inner_text())
    mine = card.locator(".answer[data-mine]")
    expect(mine).to_have_count(1)
    return card.locator(".answer").nth(1).get_attribute("data-mine") == ""


def test_the_first_answer_stays_marked_where_nothing_can_be_kept(visit, lesson):
    lesson.evaluate(FULL)
    assert first_stays(lesson)
    line = lesson.locator(".lesson-progress")
    expect(line).to_contain_text("This browser will not remember it.")
    assert first_stays(visit("").page), "the front page keeps no answers"
