"""The drawings that move: each control does what it says; still where nothing moves."""

import pytest
from listing import ROOT
from playwright.sync_api import expect

from browser.test_pages import complaints
from scripts.captures import capture_file
from scripts.content.drawings import moving_loss_scale

MOVING = {
    "safe-save": ("saving-and-loading/", 0),
    "two-clocks": ("gpu-training/", 0),
    "loss-scale": ("gpu-training/", 1),
}
STYLES = ".moving { display: none; }"  # how its stylesheet begins
LEAST = 44  # px: what a finger hits
# Of each part: is it as in the still drawing?
STILL = """drawing => [...drawing.querySelectorAll("[data-at]")].map(part => {
  const { opacity, visibility, transform } = getComputedStyle(part)
  const shown = part.getAttribute("visibility") === "hidden" ? "hidden" : "visible"
  return opacity === "1" && visibility === shown && transform === "none"
})"""
SEEN = """drawing => [...drawing.querySelectorAll("text")].filter(text => {
  const { opacity, visibility } = getComputedStyle(text.closest("[data-at]") ?? text)
  return visibility === "visible" && opacity === "1"
}).map(text => text.textContent)"""
PLACES = """() => [...document.querySelectorAll("svg[data-moves]")].map(drawing => {
  const caption = drawing.closest("figure").querySelector("figcaption")
  return caption.getBoundingClientRect().top - drawing.getBoundingClientRect().top
})"""


@pytest.fixture(params=MOVING)
def name(request):
    """One moving drawing after the other."""
    return request.param


class Picture:
    """A moving drawing on its page, and what a reader does with it."""

    def __init__(self, page, name) -> None:
        self.page = page
        place = MOVING[name][1]
        self.figure = page.locator("figure:has(svg[data-moves])").nth(place)
        self.drawing = self.figure.locator("svg")
        self.slider = self.figure.get_by_role("slider")
        self.figure.scroll_into_view_if_needed()

    def button(self, name):
        return self.figure.get_by_role("button", name=name)

    def flip(self) -> None:
        """Press the switch, if it has one."""
        for switch in self.figure.locator("[aria-pressed]").all():
            switch.press("Space")

    def said(self) -> str:
        return self.figure.get_by_role("status").inner_text()

    def seen(self) -> list[str]:
        return self.drawing.evaluate(SEEN)

    def at(self, frame) -> str:
        """What is said once the slider stands at a frame."""
        self.slider.fill(str(frame))
        return self.said()


@pytest.fixture
def show(visit):
    """Open the page of a moving drawing: `show("two-clocks", width=390)`."""

    def open_at(name, *window, **options) -> Picture:
        opened = visit(MOVING[name][0], *window, **options)
        picture = Picture(opened.page, name)
        picture.opened = opened
        return picture

    return open_at


def test_it_is_still_until_it_is_touched(show, name):
    picture = show(name)
    assert all(picture.drawing.evaluate(STILL))
    assert picture.said() and picture.drawing.get_attribute("data-moved") is None
    assert picture.opened.console == []


def test_its_controls_are_large_and_nothing_moves_below_them(show, name):
    picture = show(name)
    controls = [picture.slider, *picture.figure.get_by_role("button").all()]
    last = int(picture.slider.get_attribute("max"))
    for width in (1280, 390, 320):
        picture.page.set_viewport_size({"width": width, "height": 800})
        for control in controls:
            box = control.bounding_box()
            assert box["height"] >= LEAST and box["width"] >= LEAST, box
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
        if width == 320:
            break  # there a sentence may take one line more
        tall = picture.figure.bounding_box()["height"]
        for frame in [*range(last + 1), *range(last + 1)]:
            picture.at(frame)
            assert picture.figure.bounding_box()["height"] == tall
            if frame == last:
                picture.flip()


def test_its_controls_have_their_place_before_they_come(visit, browser, address):
    for slug in {slug for slug, _ in MOVING.values()}:
        there = visit(slug, width=390).page
        expect(there.locator(".moving").first).to_be_attached()
        with browser.new_context(viewport={"width": 390, "height": 800}) as context:
            page = context.new_page()
            page.route("**/moving.js", lambda route: route.abort())
            page.goto(address + slug)
            assert page.locator(".moving").count() == 0
            assert page.evaluate(PLACES) == there.evaluate(PLACES)


def test_without_javascript_and_on_paper_it_is_the_still_drawing(show, name):
    plain = show(name, java_script_enabled=False)
    assert plain.page.locator(".moving").count() == 0
    assert plain.figure.get_by_role("slider").count() == 0
    height = plain.figure.bounding_box()["height"]
    printed = show(name)
    assert printed.figure.bounding_box()["height"] > height + LEAST
    printed.slider.focus()
    printed.page.keyboard.press("Home")
    printed.flip()
    assert not all(printed.drawing.evaluate(STILL))
    printed.page.emulate_media(media="print")
    assert all(printed.drawing.evaluate(STILL))
    expect(printed.slider).to_be_hidden()
    expect(printed.figure.get_by_role("status")).to_be_hidden()


@pytest.mark.parametrize(
    ("name", "scheme"), [("safe-save", "dark"), ("two-clocks", "light")]
)
def test_axe_finds_nothing_once_it_has_moved(show, name, scheme, address):
    picture = show(name, scheme=scheme)
    picture.slider.focus()
    for key in ("End", "ArrowLeft"):
        picture.page.keyboard.press(key)
    picture.flip()
    expect(picture.figure.locator("[aria-pressed=true]")).to_be_visible()
    assert picture.drawing.get_attribute("data-moved") == ""
    moved = "figure:has(svg[data-moves])"
    assert complaints(picture.opened, address, within=moved) == []


def test_each_way_to_save_moment_by_moment(show):
    picture = show("safe-save")
    kill = picture.button("Kill it now")
    assert picture.at(1).startswith("torch.save: the old file is empt")
    seen = picture.seen()
    assert seen.count("old") == 1 and {"empty", "half"} < set(seen)
    assert not [text for text in seen if text.startswith("left:")]
    kill.click()
    left = [[text for text in picture.seen() if text.startswith("left:")]]
    for moment in (0, 2, 3):
        assert "illed" in picture.at(moment)
        left.append([text for text in picture.seen() if text.startswith("left:")])
    old, new, nothing = (
        f"left: {what}"
        for what in ("the old state", "the new state", "nothing to load")
    )
    assert left == [[nothing, old], [old, old], [nothing, old], [new, new]]
    kill.click()
    assert picture.said().startswith("In both ways, path holds the new state.")
    valued = picture.slider.get_attribute("aria-valuetext")
    assert valued == "3. replace" and valued in picture.figure.inner_text()


def bar(picture) -> list[float]:
    """How wide the clocks are that run, in units of the drawing."""
    return picture.drawing.evaluate("""drawing => [...drawing.querySelectorAll(
      "[data-grows][data-now]")].map(clock => {
        const scale = drawing.getBoundingClientRect().width / 400
        return Math.round(clock.getBoundingClientRect().width / scale)
      })""")


def test_a_clock_stops_early_or_late(show):
    picture = show("two-clocks")
    wide = [(picture.at(frame), bar(picture))[1] for frame in (0, 3, 6, 28)]
    assert wide == [[0], [33], [66], [66]]
    assert "does not" not in picture.said() and "did not wait" in picture.said()
    assert "the call is back" in picture.seen()
    waits = picture.button("synchronize()")
    waits.press("Enter")
    assert "timed the whole work" in picture.said()
    wide = [(picture.at(frame), bar(picture))[1] for frame in (6, 26, 27, 28)]
    assert wide == [[66], [286], [297], [297]]
    assert {"synchronize() is back", "waits in synchronize()"} < set(picture.seen())
    assert "the call is back" not in picture.seen()


def test_play_runs_to_the_end_and_pauses_and_nothing_runs_by_itself(show):
    picture = show("two-clocks")
    picture.page.emulate_media(reduced_motion="no-preference")
    expect(picture.slider).to_have_value("0")
    picture.button("Play").click()
    expect(picture.slider).not_to_have_value("0")
    picture.button("Pause").click()
    paused = picture.slider.input_value()
    picture.page.wait_for_timeout(400)
    assert picture.slider.input_value() == paused
    picture.button("Play").click()
    expect(picture.slider).to_have_value("28")
    expect(picture.button("Play")).to_be_visible()
    picture.button("Play").click()
    expect(picture.slider).not_to_have_value("28")
    picture.page.emulate_media(reduced_motion="reduce")
    expect(picture.button("Next")).to_be_visible()
    stopped = picture.slider.input_value()
    picture.page.wait_for_timeout(400)
    assert picture.slider.input_value() == stopped


def test_who_wants_no_motion_goes_step_by_step(show):
    picture = show("two-clocks")
    step, frames = picture.button("Next"), []
    for _ in range(6):
        step.click()
        frames.append(int(picture.slider.input_value()))
    assert frames == [0, 6, 8, 27, 0, 6]
    timed = "part => getComputedStyle(part).transitionDuration"
    cursor = picture.drawing.locator("[data-slides]")
    assert cursor.evaluate(timed) == "0s"
    picture.page.emulate_media(reduced_motion="no-preference")
    assert cursor.evaluate(timed) == "0.13s"


def test_the_gradients_grow_with_the_loss(show):
    capture = ROOT / "docs/captures/gpu-training/cpu/gradient_sizes.json"
    result = capture_file.load(capture)["result"]
    picture = show("loss-scale")
    expect(picture.slider).to_have_attribute("aria-valuetext", "× 65,536")
    moving = picture.drawing.locator("[data-slides]")
    scale = picture.drawing.bounding_box()["width"] / 400
    start = moving.bounding_box()["x"]
    for row in result["series"]["scales"]:
        power = row["power"]
        said = picture.at(power)
        assert f"{row['zero'] or 'none'}" in said.replace(",", ""), power
        assert ("GradScaler would skip" in said) == (row["infinite"] > 0)
        moved = (moving.bounding_box()["x"] - start) / scale
        assert moved == pytest.approx(moving_loss_scale.UNIT * (power - 16), abs=0.1)
        labelled = "loss × 65,536" in picture.seen()
        assert labelled == (power == 16)
    picture.slider.press("ArrowLeft")
    expect(picture.slider).to_have_attribute("aria-valuetext", "× 8,388,608")


def test_only_a_page_with_such_a_drawing_loads_what_moves_it(site, pages):
    for page in pages:
        path = site / page if page.endswith(".html") else site / page / "index.html"
        html = path.read_text(encoding="utf-8")
        drawn = "data-moves=" in html
        assert drawn == (page in {slug for slug, _ in MOVING.values()}), page
        assert ("assets/moving.js" in html) == drawn, page
        assert (STYLES in html) == drawn, page
