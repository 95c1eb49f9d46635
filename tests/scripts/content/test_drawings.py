"""The drawings: small, in words too, with words that can be read, on their pages."""

import gzip
import re
import xml.etree.ElementTree as xml

import pytest
from listing import ROOT

from scripts.common.errors import SiteError
from scripts.common.paths import TREE, lessons
from scripts.content import drawings, questions
from scripts.content.drawings import pen, saving_and_loading
from scripts.content.drawings.pen import Drawing

MOST = 4_000  # bytes, compressed
PHONE = 350 / pen.WIDTH  # how large a unit is there, in px, in a box
LEAST = 11  # px
SPACE = "{http://www.w3.org/2000/svg}"
FILES = drawings.files()


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def svg(request):
    """One drawing after the other."""
    return FILES[request.param]


def test_each_lesson_has_its_drawings_and_each_drawing_its_page(say):
    pages = {
        slug: (TREE.docs / f"{slug}.md").read_text(encoding="utf-8")
        for slug in lessons()
    }
    for path in FILES:
        slug, _ = drawings.DRAWINGS[path.stem]
        include = f'\n--8<-- "{TREE.name(path)}"\n'
        assert pages[slug].count(include) == 1, path.stem
    shown = {slug: page.count("docs/assets/drawings/") for slug, page in pages.items()}
    say(f"drawings that are seen without opening anything: {shown}")
    assert shown["saving-and-loading"] >= 5 and shown["gpu-training"] >= 5


def test_it_is_small_and_says_what_it_shows(svg):
    assert len(gzip.compress(svg.encode())) <= MOST
    root = xml.fromstring(svg)
    assert len(root.find(f"{SPACE}title").text) > 80
    assert "\n\n" not in svg and root.get("role") == "img"


def test_it_has_only_colours_that_follow_the_scheme(svg):
    colours = set(re.findall(r'(?:fill|stroke)="([^"]*)"', svg)) - {"none"}
    assert colours and colours <= set(pen.style.COLOURS.values())
    assert " id=" not in svg


def test_its_words_can_be_read_and_stay_inside(svg):
    root = xml.fromstring(svg)
    height = float(root.get("height"))
    for word in root.iter(f"{SPACE}text"):
        share = float(word.get("font-size", "1em").removesuffix("em"))
        size = share * float(root.get("font-size"))
        assert size * PHONE >= LEAST, word.text
        assert size <= float(word.get("y")) <= height - size / 4, word.text
        wide = 0.54 * size * len(word.text)  # in a face that is wide
        x, anchor = float(word.get("x")), word.get("text-anchor", "start")
        left = x - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
        assert left >= -2 and left + wide <= pen.WIDTH + 8, word.text


def test_the_files_are_those_that_are_drawn():
    assert {path.name for path in TREE.drawings.iterdir()} == {p.name for p in FILES}
    assert not list(drawings.orphans())


def test_what_no_function_draws_is_an_orphan(house):
    house("docs/assets/drawings/old.svg", "<svg/>")
    assert [path.name for path in drawings.orphans()] == ["old.svg"]


def test_a_number_that_is_missing_is_named(monkeypatch, house):
    monkeypatch.setattr(drawings, "lessons", lambda: ["saving-and-loading"])
    only = {"state-dict": drawings.DRAWINGS["state-dict"]}
    monkeypatch.setattr(drawings, "DRAWINGS", only)
    house("docs/captures/saving-and-loading/cpu/state_dict-look.txt", "nothing: 1\n")
    with pytest.raises(SiteError, match=r"state_dict-look.txt has no line that starts"):
        drawings.files()


def test_what_it_shows_is_what_was_captured():
    """The numbers are not drawn by hand: another capture draws another picture."""
    text = FILES[TREE.drawings / "kill.svg"]
    hashed = questions.captured("saving-and-loading", "kill-compare:resumed")
    assert text.count(f">{hashed}<") == 2 and "killed at 37" in text
    source = ROOT / "scripts/content/drawings/saving_and_loading.py"
    assert hashed not in source.read_text(encoding="utf-8")


ODD = {
    "kill-kill:killed at step": ("thirty-seven", "", "1,037"),
    "half-limits:columns": ("float32, float16", "float32, bf16, float16"),
    "half-limits:largest number": ("1, x, 3", "0, 1, 1"),
    "optimizer_state-size:Adam": ("none",),
    "kill-compare:final step": ("0",),
    "lost_scheduler_quick-rates:CosineAnnealingLR, both lost": ("high, low", "0, 0"),
}


@pytest.mark.parametrize("lost", saving_and_loading.RESUMES)
def test_the_rates_are_drawn_as_they_were_captured(lost):
    """The curve begins with the captured rate; it has to pass the other two."""
    label = f"lost_scheduler_quick-rates:CosineAnnealingLR, {lost}"
    first, second, last = map(
        float, re.findall(r"[\d.]+\d", questions.captured("saving-and-loading", label))
    )
    drawn = saving_and_loading.falling(first, saving_and_loading.RESUMES[lost][0])
    assert drawn[0] == first and len(drawn) == 21
    assert drawn[1] == pytest.approx(second, abs=6e-6)
    assert drawn[19] == pytest.approx(last, abs=6e-6)


@pytest.mark.parametrize("label", ODD)
def test_an_odd_capture_is_an_error_that_names_the_drawing(label, monkeypatch):
    for odd in ODD[label]:
        for module in ("saving_and_loading", "gpu_training"):
            monkeypatch.setattr(
                f"scripts.content.drawings.{module}.captured",
                lambda slug, key, odd=odd: (
                    odd if key == label else questions.captured(slug, key)
                ),
            )
        with pytest.raises(SiteError, match=r"the drawing [\w-]+ cannot be made of wh"):
            drawings.files()


def test_two_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two drawings called kill"):
        drawings.drawing("saving-and-loading", "kill")(lambda: Drawing(1, ""))


def test_what_is_written_is_escaped_and_coordinates_are_short():
    image = Drawing(10, "a < b & c")
    image.words(1.25, 2.0, "<b> & c")
    text = image.svg()
    assert "<title>a &lt; b &amp; c</title>" in text and "&lt;b&gt; &amp; c" in text
    assert 'x="1.2" y="2"' in text


def test_what_is_no_coordinate_is_written_as_it_is():
    image = Drawing(10, "A box.")
    image.rect(0.123, 0, 5, 5, opacity=0.12, stroke=1.25)
    found = re.search("<rect.*/>", image.svg())[0]
    assert 'x="0.1"' in found
    assert 'fill-opacity="0.12"' in found and 'stroke-width="1.25"' in found


def test_words_too_small_for_a_phone_are_refused_and_larger_ones_are_a_share():
    image = Drawing(40, "A number.")
    with pytest.raises(ValueError, match=r"'small' is 11 units high: 12.6 at least"):
        image.words(0, 15, "small", size=11)
    image.words(0, 15, "as usual")
    image.words(0, 40, "29", size=2 * pen.SIZE, bold=True)
    usual, large = re.findall("<text.*/text>", image.svg())
    assert "font-size" not in usual
    assert 'font-weight="700" font-size="2em"' in large


@pytest.mark.parametrize(
    ("end", "points"),
    [((10, 0), "10.0,0.0 4.0,-3.8 4.0,3.8"), ((0, 0), "0.0,0.0 0.0,0.0 0.0,0.0")],
)
def test_an_arrow_ends_in_a_head_that_points_there(end, points):
    image = Drawing(10, "An arrow.")
    image.line(0, 0, *end, arrow=True)
    found = re.search(r'points="([^"]*)"', image.svg())[1].replace("-0.0", "0.0")
    assert sorted(found.split()) == sorted(points.split())
