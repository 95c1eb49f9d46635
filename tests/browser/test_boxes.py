"""Boxes do not stand in boxes that stand in boxes: each costs a reader width."""

import pytest

from scripts.common.paths import lessons

DEEPEST = 2
# What draws a frame; an answer is a row of its question's card.
DEPTHS = """() => {
  const all = ".admonition, details, .predict"
  return [...document.querySelectorAll(all)].map(box => {
    let depth = 0
    for (let part = box; part; part = part.parentElement) depth += part.matches(all)
    const says = box.querySelector("summary, .admonition-title, .predict-question")
    return [depth, says.textContent.trim().slice(0, 60)]
  })
}"""
DEEPER = "<details><summary>x</summary></details>"


@pytest.mark.parametrize("slug", lessons())
def test_no_box_stands_deeper_than_in_one_other(visit, slug):
    found = visit(f"{slug}/").page.evaluate(DEPTHS)
    assert len(found) > 20, "hardly a box was found"
    deep = [f"{depth} deep: {says}" for depth, says in found if depth > DEEPEST]
    assert not deep, f"{slug}:\n" + "\n".join(deep)


def test_a_box_that_is_too_deep_is_found(visit):
    page = visit(f"{lessons()[0]}/").page
    box = page.locator(".predict > details").first
    box.evaluate("(box, html) => box.insertAdjacentHTML('beforeend', html)", DEEPER)
    assert [3, "x"] in page.evaluate(DEPTHS)
