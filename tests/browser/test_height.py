"""With everything closed a lesson is no longer than planned, down to its end."""

import pytest

TALLEST = {  # pixels at 1280 px
    "saving-and-loading": 22_000,
    "gpu-training": 26_000,
    "fashion-mnist-project": 17_000,
}
# What a page fetches or draws only once the reader comes near is part of its height.
SCROLL = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += 600) {
    scrollTo(0, y)
    await new Promise(done => setTimeout(done, 50))
  }
}"""
HEIGHT = "document.documentElement.scrollHeight"
WHAT_COMES_LATE = {"fashion-mnist-project": "#confusion [aria-current]"}


def height_of(page, slug):
    """The height of a page that somebody has scrolled to its end, in pixels."""
    page.evaluate(SCROLL)
    if slug in WHAT_COMES_LATE:
        page.wait_for_selector(WHAT_COMES_LATE[slug])
    page.wait_for_load_state("networkidle")
    return page.evaluate(HEIGHT)


@pytest.mark.parametrize("slug", TALLEST)
def test_a_lesson_is_not_longer_than_planned(visit, slug):
    page = visit(f"{slug}/").page
    found = height_of(page, slug)
    print(f"{slug}: {found:,} of {TALLEST[slug]:,} px")
    assert found <= TALLEST[slug]


def test_an_open_box_makes_it_longer(visit):
    slug = "gpu-training"
    page = visit(f"{slug}/").page
    page.locator(".harness").first.evaluate("box => (box.open = true)")
    assert height_of(page, slug) > TALLEST[slug]
