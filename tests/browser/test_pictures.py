"""Plots and drawings as they are seen: words that can be read and hide none other."""

import json

import pytest

from scripts.common.paths import TREE, lessons

LEAST = 11  # px
MOST = 18  # px: more than the text around it shouts
PAGES = ["", "misconceptions/", *(f"{slug}/" for slug in lessons())]
FILES = sorted([*TREE.captures.rglob("*.svg"), *TREE.assets.rglob("*.svg")])
# Of each picture: what it shows, and of each of its words the text, the size, and the
# place where it is seen (none while a drawing that moves hides it).
MEASURE = """() => [...document.querySelectorAll("article svg.plot")].map(svg => {
  const place = what => (({left, top, right, bottom}) =>
    [left, top, right, bottom])(what.getBoundingClientRect());
  const frame = place(svg);
  const unit = (frame[2] - frame[0]) / svg.viewBox.baseVal.width;
  const words = [...svg.querySelectorAll("text")].map(word => {
    const {fontSize, visibility} = getComputedStyle(word);
    const where = visibility === "visible" ? place(word) : null;
    return [word.textContent, parseFloat(fontSize) * unit, where];
  });
  return {shows: svg.querySelector("title").textContent, frame, words};
})"""
SHOW = """pictures => document.querySelector("article").innerHTML =
  pictures.map(svg => `<figure>${svg}</figure>`).join("")"""
PICTURE = (
    '<svg class="plot" viewBox="0 0 340 20" font-size="12"><title>{}</title>'
    '<text x="{}" y="15">several</text><text x="{}" y="15">words</text></svg>'
)


def wrong(picture: dict) -> list[str]:
    """What is wrong with the places of a picture's words: those outside, and pairs."""
    left, top, right, bottom = picture["frame"]
    words = [(text, place) for text, _, place in picture["words"] if place]
    found = [
        f"{text} leaves the picture"
        for text, (x1, y1, x2, y2) in words
        if x1 < left - 1 or x2 > right + 1 or y1 < top - 1 or y2 > bottom + 1
    ]
    for number, (text, one) in enumerate(words):
        for other_text, other in words[:number]:
            wide = min(one[2], other[2]) - max(one[0], other[0])
            high = min(one[3], other[3]) - max(one[1], other[1])
            if wide > 1 and high > 2:  # a line of text has so much air above it
                found.append(f"{other_text} and {text}")
    return found


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [390, 1280])
def test_every_word_of_every_picture_can_be_read(visit, name, width):
    opened = visit(name, width=width)
    opened.open_all()
    pictures = opened.page.evaluate(MEASURE)
    assert len(pictures) >= 2, "no picture on this page"
    sizes = {
        f"{word} ({picture['shows'][:40]})": size
        for picture in pictures
        for word, size, _ in picture["words"]
    }
    assert len(sizes) >= 10
    assert not {word: size for word, size in sizes.items() if size < LEAST}
    assert not {word: size for word, size in sizes.items() if size > MOST}


@pytest.mark.parametrize("width", [390, 1280])
def test_no_word_of_a_picture_hides_another_or_leaves_it(visit, width):
    """All pictures, also those that no page shows now."""
    page = visit("", width=width).page
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    page.evaluate(SHOW, [text for text in texts if "<title>" in text])
    pictures = page.evaluate(MEASURE)
    assert len(pictures) >= 25
    bad = {picture["shows"]: found for picture in pictures if (found := wrong(picture))}
    assert not bad, json.dumps(bad, indent=1, ensure_ascii=False)


def test_words_that_hide_one_another_are_noticed(visit):
    page = visit("", width=390).page
    made = [PICTURE.format("good", 5, 200), PICTURE.format("hidden", 5, 20)]
    made += [PICTURE.format("outside", 5, 330)]
    made += [made[1].replace("<text", '<text visibility="hidden"', 1)]
    page.evaluate(SHOW, made)
    found = [wrong(picture) for picture in page.evaluate(MEASURE)]
    assert found == [[], ["several and words"], ["words leaves the picture"], []]
