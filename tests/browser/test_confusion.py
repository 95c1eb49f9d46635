"""The confusion explorer in the hands of a reader."""

import io
import re

import numpy
import pytest
import torch
from listing import ROOT
from PIL import Image
from playwright.sync_api import expect

from browser import grading
from browser.grading import PLACE, cell, focused, give, numbers, text

AT_FIRST, AT_ONCE = 20, 60  # images that are shown, and that each press adds
RAW = ROOT / "data/FashionMNIST/raw"
SPRITE = re.compile(r"fashion-mnist/([\w-]*\d\.png)$")
AT_A_WHOLE_PIXEL = """node => {
  node.style.cssText = "position: fixed; top: 0; left: 0; z-index: 99"
}"""
COUNTS = """box => [...document.querySelectorAll(`${box} .confusion-matrix tbody tr`)]
  .map(row => [...row.querySelectorAll("td")].map(cell => [
    cell.textContent, cell.className, cell.style.getPropertyValue("--tint")]))"""


@pytest.fixture(scope="module")
def order():
    """Where the validation images stand among all images that one may train on."""
    numbers = torch.randperm(60000, generator=torch.Generator().manual_seed(0))
    return numbers[:5000].tolist()


@pytest.fixture(scope="module")
def labels(order):
    """The true classes of the validation images."""
    found = (RAW / "train-labels-idx1-ubyte").read_bytes()[8:]
    return [found[number] for number in order]


@pytest.fixture(scope="module")
def truth():
    """The true classes of the test images."""
    return list((RAW / "t10k-labels-idx1-ubyte").read_bytes()[8:])


@pytest.fixture
def page(visit):
    """The lesson's page."""
    return visit(PLACE).page


def shown_numbers(page, box="#confusion") -> list[int]:
    """The numbers of the images that are shown."""
    texts = page.locator(f"{box} .confusion-images li").all_text_contents()
    return [int(text) for text in texts]


def counts(page, box="#confusion") -> list:
    """[true][predicted]: text, class and tint of each cell of a matrix."""
    return page.evaluate(COUNTS, box)


def test_each_cell_shows_its_images_and_no_other(page, labels):
    data = grading.labels(page)
    guesses = [int(digit) for digit in data["validation"]["baseline"]]
    assert len(guesses) == len(labels) == 5000
    classes = data["classes"]
    for label, guess in ((6, 4), (6, 6), (2, 4), (0, 9)):
        button = cell(page, classes[label], classes[guess])
        right = [n for n in range(5000) if (labels[n], guesses[n]) == (label, guess)]
        name = button.get_attribute("aria-label")
        assert f": {len(right):,} image" in name
        button.click()
        expect(page.locator("#confusion [role=status]")).to_contain_text(name)
        expect(page.locator("#confusion [aria-current]")).to_have_text(
            f"{len(right):,}"
        )
        seen = shown_numbers(page)
        assert seen == right[:AT_FIRST]
        more = page.locator("#confusion > button")
        while more.is_visible():
            assert f"the first {len(seen)} are shown" in page.inner_text("#confusion")
            more.click()
            seen = shown_numbers(page)
            assert seen == right[: len(seen)]
        assert seen == right
        assert "the first" not in page.locator("#confusion [role=status]").inner_text()


def test_an_image_is_the_one_that_it_is_said_to_be(visit, order, truth):
    page = visit(PLACE).page
    give(page, text(truth))
    wanted = [("#confusion", "Shirt", "Coat"), ("#confusion", "Bag", "Bag")]
    wanted += [
        ("#confusion", "Ankle boot", "Sneaker"),
        ("#grader-report", "Bag", "Bag"),
    ]
    for box, label, guess in wanted:
        file, kind = "train-images-idx3-ubyte", "Validation"
        if box == "#grader-report":
            file, kind = "t10k-images-idx3-ubyte", "Test"
        pixels = numpy.frombuffer((RAW / file).read_bytes()[16:], "B")
        cell(page, label, guess, box).click()
        says = page.locator(f"{box} [role=status]")
        expect(says).to_contain_text(f"number in the {kind.lower()} set")
        items = page.locator(f"{box} .confusion-images li").all()
        for item in items[:2] + items[-1:]:
            shown = int(item.text_content())
            assert item.locator("img").get_attribute("alt") == f"{kind} image {shown}"
            number = order[shown] if kind == "Validation" else shown
            item.locator("img").evaluate("image => image.decode()")
            item.locator(".confusion-image").evaluate(AT_A_WHOLE_PIXEL)
            shot = Image.open(io.BytesIO(item.locator(".confusion-image").screenshot()))
            assert shot.size == (56, 56)
            drawn = numpy.asarray(shot.convert("L")).astype(int)[::2, ::2]
            image = pixels[784 * number :][:784].reshape(28, 28).astype(int)
            assert abs(drawn - (image + 8) // 17 * 17).max() <= 2, number


def test_the_largest_mistakes_are_named_and_lead_to_their_cells(page):
    rows = [[int(n.replace(",", "")) for n, *_ in row] for row in counts(page)]
    wrong = [n for a, row in enumerate(rows) for b, n in enumerate(row) if a != b]
    buttons = page.locator("#confusion .confusion-mistakes button")
    named = [int(numbers(name)[-1]) for name in buttons.all_text_contents()]
    assert named == sorted(wrong, reverse=True)[:4]
    buttons.first.click()
    current = page.locator("#confusion [aria-current]")
    assert current.get_attribute("aria-label") == buttons.first.text_content()
    expect(page.locator("#confusion .confusion-images li")).to_have_count(
        min(AT_FIRST, int(numbers(buttons.first.text_content())[-1]))
    )


def test_without_javascript_it_says_so_and_the_table_is_the_same(visit, page):
    bare = visit(PLACE, java_script_enabled=False).page
    for says in ("Seeing the images behind a number", "The grader is"):
        expect(bare.get_by_text(f"{says} ")).to_contain_text("needs JavaScript")
        assert page.get_by_text(f"{says} ").count() == 0
    assert bare.locator(".grader :is(button, input)").count() == 0
    expect(bare.locator("#confusion table")).to_be_visible()
    rows = [
        [
            (td.text_content(), td.get_attribute("class"), td.get_attribute("style"))
            for td in row.locator("td").all()
        ]
        for row in bare.locator("#confusion tbody tr").all()
    ]
    ours = [[(n, kind, f"--tint: {t}") for n, kind, t in row] for row in counts(page)]
    assert rows == ours and len(rows) == 10
    for part in ("caption", "thead"):
        static, made = (
            p.locator(f"#confusion {part}").inner_text() for p in (bare, page)
        )
        assert static == made


def fetched(opened) -> list[str]:
    """The names of the pictures that a page has asked for."""
    return [found[1] for url in opened.requests if (found := SPRITE.search(url))]


def test_images_are_fetched_only_when_asked_for(visit, truth):
    opened = visit(PLACE)
    page = opened.page
    page.wait_for_load_state("networkidle")
    give(page, text(truth))
    page.wait_for_load_state("networkidle")
    assert fetched(opened) == []
    cell(page, "Shirt", "Coat").click()
    page.wait_for_load_state("networkidle")
    assert fetched(opened) == ["validation-6.png"]
    cell(page, "Bag", "Bag", "#grader-report").click()
    page.wait_for_load_state("networkidle")
    assert fetched(opened) == ["validation-6.png", "8.png"]
    assert opened.console == []


def test_it_opens_at_its_largest_mistake_when_the_reader_comes_near(visit):
    opened = visit(PLACE)
    page = opened.page
    current = page.locator("#confusion [aria-current]")
    page.wait_for_load_state("networkidle")
    assert current.count() == 0, (
        "its pictures are fetched by who looks at something else"
    )
    page.locator("#confusion table").scroll_into_view_if_needed()
    largest = page.locator("#confusion .confusion-mistakes button").first.text_content()
    expect(current).to_have_attribute("aria-label", largest)
    expect(page.locator("#confusion [role=status]")).to_contain_text(largest)
    assert len(shown_numbers(page)) == min(AT_FIRST, int(numbers(largest)[-1]))
    page.wait_for_load_state("networkidle")
    assert len(fetched(opened)) == 1


def test_what_the_reader_chose_stays_when_it_comes_near(visit):
    page = visit(PLACE).page
    cell(page, "Bag", "Bag").evaluate("button => button.click()")
    page.locator("#confusion table").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    current = page.locator("#confusion [aria-current]")
    assert current.get_attribute("aria-label").startswith("Bag recognised")


def test_images_that_cannot_be_loaded_are_said_to_be(visit):
    opened = visit(PLACE)
    opened.page.route("**/validation-6.png", lambda route: route.abort())
    cell(opened.page, "Shirt", "Coat").click()
    status = opened.page.locator("#confusion [role=status]")
    expect(status).to_contain_text("They could not be loaded.")


def test_it_works_by_keyboard(page):
    cell(page, "T-shirt/top", "T-shirt/top").focus()
    steps = [
        ("ArrowRight", "T-shirt/top taken for Trouser"),
        ("ArrowDown", "Trouser recognised"),
        ("End", "Trouser taken for Ankle boot"),
        ("ArrowRight", "Trouser taken for Ankle boot"),
        ("Home", "Trouser taken for T-shirt/top"),
        ("ArrowLeft", "Trouser taken for T-shirt/top"),
        ("ArrowUp", "T-shirt/top recognised"),
        ("ArrowUp", "T-shirt/top recognised"),
        ("Control+End", "Ankle boot recognised"),
        ("ArrowDown", "Ankle boot recognised"),
        ("Control+Home", "T-shirt/top recognised"),
    ]
    for key, name in steps:
        page.keyboard.press(key)
        assert focused(page).startswith(f"{name}: "), key
    outline = page.evaluate("getComputedStyle(document.activeElement).outline")
    assert "solid" in outline and " 0px" not in outline
    assert page.locator("#confusion td button[tabindex='0']").count() == 1
    page.keyboard.press("Control+Home")
    page.keyboard.press("Enter")
    assert "T-shirt/top recognised" in page.inner_text("#confusion [role=status]")
    page.keyboard.press("End")
    page.keyboard.press("Space")
    assert "for Ankle boot: 0 images." in page.inner_text("#confusion [role=status]")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")  # back to where the focus was in the matrix
    assert focused(page).startswith("T-shirt/top taken for Ankle boot")
    page.keyboard.press("Tab")
    largest = page.locator(".confusion-mistakes button").first
    assert focused(page) == largest.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#confusion [aria-current]")).to_have_attribute(
        "aria-label", focused(page)
    )
    cell(page, "T-shirt/top", "T-shirt/top").focus()
    page.keyboard.press("Enter")
    for _ in range(5):
        page.keyboard.press("Tab")
    assert focused(page) == f"Show {AT_ONCE} more"
    while page.locator("#confusion > button").is_visible():
        page.keyboard.press("Enter")
    shown = shown_numbers(page)
    presses = (len(shown) - AT_FIRST - 1) // AT_ONCE  # before the last one
    assert int(focused(page)) == shown[AT_FIRST + presses * AT_ONCE] and presses
