"""Boxes do not stand in boxes that stand in boxes: each costs a reader width."""

import pytest

from scripts.common.paths import lessons

DEEPEST = 2
# What draws a frame. An answer is a row of its question's card, and small print has none.
DEPTHS = """() => {
  const boxes = ".admonition, details, .predict"
  return [...document.querySelectorAll(".md-content :is(.admonition, details, .predict)")].map(box => {
    let depth = 0
    for (let other = box; other; other = other.parentElement) depth += other.matches(boxes)
    const says = box.querySelector("summary, .admonition-title, .predict-question")
    return [depth, says.textContent.trim().slice(0, 60)]
  })
}"""


@pytest.mark.parametrize("slug", lessons())
def test_no_box_stands_deeper_than_in_one_other(visit, slug):
    found = visit(f"{slug}/").page.evaluate(DEPTHS)
    assert len(found) > 20, "hardly a box was found"
    deep = [f"{depth} deep: {says}" for depth, says in found if depth > DEEPEST]
    assert not deep, f"{slug}:\n" + "\n".join(deep)


def test_a_box_that_is_too_deep_is_found(visit):
    page = visit(f"{lessons()[0]}/").page
    put = "b => b.insertAdjacentHTML('beforeend', '<details><summary>x</summary></details>')"
    page.locator(".predict > details").first.evaluate(put)
    assert [3, "x"] in page.evaluate(DEPTHS)
