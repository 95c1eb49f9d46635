"""The grader in the hands of a reader."""

import re

import pytest
from listing import ROOT
from playwright.sync_api import expect

from browser.grading import (
    ANSWERED,
    CLEAR,
    PLACE,
    answer,
    cell,
    focused,
    give,
    report,
    text,
)
from browser.test_pages import TOO_WIDE, complaints

RAW = ROOT / "data/FashionMNIST/raw"
CAPTURES = ROOT / "docs/captures/fashion-mnist-project/cpu"
CONTRASTS = """() => {
  const channels = color => color.match(/[\\d.]+/g).slice(0, 3)
    .map(part => color.startsWith("color(srgb") ? Number(part) : part / 255)
  const light = color => channels(color)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0.05)
  const paper = getComputedStyle(document.body).backgroundColor
  return [...document.querySelectorAll(".confusion-matrix td[class]")].map(cell => {
    const back = getComputedStyle(cell).backgroundColor
    const pair = [back.endsWith(", 0)") ? paper : back, getComputedStyle(cell).color]
    const [dark, bright] = pair.map(light).sort((a, b) => a - b)
    return bright / dark
  })
}"""
# From the drop's event until the frame with the report has been drawn
DROP = """async content => {
  const files = new DataTransfer()
  files.items.add(new File([content], "predictions.csv"))
  const answer = document.getElementById("grader-answer")
  const start = performance.now()
  const done = new Promise(seen =>
    new MutationObserver(seen).observe(answer, { childList: true }))
  const options = { bubbles: true, cancelable: true, dataTransfer: files }
  document.getElementById("grader-drop").dispatchEvent(new DragEvent("drop", options))
  await done
  await new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)))
  return performance.now() - start
}"""
# The file slow.csv is read only when a test calls window.release
SLOW = """() => {
  const read = Blob.prototype.arrayBuffer
  Blob.prototype.arrayBuffer = async function () {
    if (this.name === "slow.csv") await new Promise(done => (window.release = done))
    return read.call(this)
  }
}"""


@pytest.fixture(scope="module")
def labels():
    """The true classes of the test images."""
    return list((RAW / "t10k-labels-idx1-ubyte").read_bytes()[8:])


@pytest.fixture(scope="module")
def mixed():
    """Predictions with something in every cell of the matrix, and full ones."""
    return [5 if n < 5000 else (7 * n + n // 10) % 10 for n in range(10000)]


@pytest.fixture
def page(visit):
    """The lesson's page."""
    return visit(PLACE).page


def test_nothing_leaves_the_page_and_nothing_is_stored(visit, mixed):
    opened = visit(PLACE)
    page = opened.page
    page.wait_for_load_state("networkidle")
    kept = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    before, asked = page.evaluate(kept), len(opened.requests)
    give(page, text(mixed))
    page.wait_for_timeout(300)
    assert len(opened.requests) == asked
    assert page.evaluate(kept) == before
    expect(page.get_by_text("nothing is sent, nothing is stored")).to_be_visible()


def test_the_first_result_is_there_within_a_second(page, mixed, in_time):
    milliseconds = page.evaluate(DROP, text(mixed).decode())
    expect(page.locator("#grader-report")).to_be_visible()
    assert report(page)["says"]
    in_time("from a drop to the grader's report", milliseconds / 1000, 1)


@pytest.fixture
def drag(page):
    """A function that drags files of the disk onto a place of the page, and drops."""
    session = page.context.new_cdp_session(page)

    def drop(locator, *paths):
        page.evaluate(CLEAR)
        locator.scroll_into_view_if_needed()
        box = locator.bounding_box()
        at = {"x": box["x"] + 20, "y": box["y"] + 10}
        data = {"items": [], "files": [str(p) for p in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            event = {"type": kind, **at, "data": data}
            session.send("Input.dispatchDragEvent", event)

    return drop


def test_what_can_be_dropped(page, drag, tmp_path, mixed):
    zone = page.locator("#grader-drop")
    file, other, folder = (
        tmp_path / name for name in ("mine.csv", "b.csv", "a folder")
    )
    file.write_bytes(text(mixed))
    other.write_bytes(b"")
    folder.mkdir()
    drag(zone, file)
    page.wait_for_function(ANSWERED)
    assert answer(page).startswith("mine.csv is graded. Test accuracy ")
    assert page.evaluate("document.getElementById('grader-file').files[0].name") == (
        "mine.csv"
    )
    for paths, says in (
        ([file, other], "These are 2 files; choose one file of predictions."),
        ([folder], "a folder is a folder; choose one file of predictions."),
    ):
        drag(zone, *paths)
        page.wait_for_function(ANSWERED)
        assert answer(page) == f"{says} The report below is still on mine.csv."
    drag(page.locator("h1"), file)  # beside it: the page does not become that file
    page.wait_for_timeout(300)
    assert PLACE in page.url and page.locator("#grader-drop").count() == 1
    assert answer(page) == ""


def test_a_file_that_was_mended_on_disk_is_read_again(page, labels, tmp_path):
    path = tmp_path / "mine.csv"
    for content, says in (
        (b"nonsense\nmore\n", "Line 2 "),
        (b"", "The file is empty"),
        (text(labels), "mine.csv is graded."),
        (text([*labels[:-1], 77]), "Line 10000 is 77"),
        (text(labels), "mine.csv is graded."),
    ):
        path.write_bytes(content)
        page.evaluate(CLEAR)
        with page.expect_file_chooser() as asked:
            page.locator("#grader-file").click()
        field = "document.getElementById('grader-file')"
        assert page.evaluate(f"{field}.value") == "", "or it would be no change"
        asked.value.set_files(path)
        page.wait_for_function(ANSWERED)
        assert answer(page).startswith(says)
        wrong = "false" if "graded" in says else "true"
        assert page.evaluate(f"{field}.getAttribute('aria-invalid')") == wrong


def test_of_two_files_the_later_one_counts(page, labels, mixed):
    page.evaluate(SLOW)
    slow = {"name": "slow.csv", "mimeType": "text/csv", "buffer": text(labels)}
    page.set_input_files("#grader-file", slow)
    page.wait_for_function("window.release !== undefined")
    give(page, text(mixed), "later.csv")
    page.evaluate("window.release()")
    page.wait_for_timeout(300)
    assert answer(page).startswith("later.csv is graded.")
    assert page.locator("#grader-title").inner_text() == "Report on later.csv"


def test_a_hostile_name_is_only_text_and_not_long(visit, labels):
    opened = visit(PLACE, width=390)
    name = "<img src=x onerror=alert(1)>\u202e" + "🙂" * 50 + "x" * 50
    give(opened.page, text(labels), name)
    shown = opened.page.locator("#grader-title").inner_text()
    assert shown.startswith("Report on <img src=x onerror=alert(1)>?🙂🙂")
    assert shown.endswith("🙂…") and len(shown.removeprefix("Report on ")) == 80
    assert opened.page.locator("#grader-report img").count() == 0
    assert opened.page.evaluate(TOO_WIDE) <= 0
    assert opened.console == []


def test_a_screen_reader_has_names_for_all_of_it(page, mixed):
    give(page, text(mixed))
    field = page.get_by_label("Drop your predictions.csv here, or choose it.")
    assert field.get_attribute("id") == "grader-file"
    expect(field).to_have_accessible_description(
        re.compile("^predictions.csv is graded.* nothing is stored")
    )
    shirts = page.locator("#confusion").get_by_role(
        "button", name=re.compile(r"^Shirt taken for Coat: \d+ images$")
    )
    assert shirts.count() >= 1
    assert page.locator("#confusion").get_by_role("grid").count() == 1
    for box in ("#confusion", "#grader-report"):
        grid = page.locator(box).get_by_role("grid")
        expect(grid).to_have_accessible_name(re.compile("(validation|test) images"))
        assert grid.get_by_role("rowheader").count() == 10
        assert grid.get_by_role("columnheader").count() == 10
        assert grid.get_by_role("button").count() == 100
    region = page.get_by_role("region", name="Report on predictions.csv")
    assert region.get_by_role("heading").count() == 3
    for name in ("Save the report", "Print the report"):
        assert region.get_by_role("button", name=name).count() == 1
    bars = page.locator(".grader-classes td:has(span)")
    assert bars.count() == 10
    assert page.locator(".grader-classes td:has(span):not([aria-hidden])").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_has_no_fault_with_everything_open(visit, address, mixed, width, scheme):
    opened = visit(PLACE, width, scheme)
    page = opened.page
    give(page, text(mixed))
    give(page, b"nonsense\nmore\n")
    for box in ("#confusion", "#grader-report"):
        cell(page, "Shirt", "Coat", box).click()
    wrong = complaints(opened, address, within=".grader")
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) == 200 and min(contrasts) >= 4.5, min(contrasts)
    targets = page.locator(".grader button:visible").evaluate_all(
        "all => all.map(b => b.getBoundingClientRect()).map(r => [r.width, r.height])"
    )
    assert min(min(size) for size in targets) >= 24, "a target is too small"
    if width == 390:
        wide = "(box => box.scrollWidth - box.clientWidth)"
        box = "document.querySelector('.confusion-scroll')"
        assert page.evaluate(f"{wide}({box})") <= 0, "the matrix does not fit a phone"
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate(TOO_WIDE) <= 0
    assert not wrong, "\n".join(wrong)


def test_the_saved_report_has_every_number(page, mixed):
    give(page, text(mixed), "mine.csv")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the report").click()
    assert download.value.suggested_filename == "fashion-mnist-report.txt"
    saved = download.value.path().read_text(encoding="utf-8")
    shown = report(page)
    assert "report on mine.csv, 20" in saved.splitlines()[0]
    for part in (
        shown["score"],
        *shown["says"].rstrip(".").split(". "),
        *shown["bars"],
    ):
        assert re.search(rf"^(- )?{re.escape(part)}$", saved, re.M), part
    lines = [line.split("  ") for line in saved.splitlines()]
    lines = [[part.strip() for part in line if part.strip()] for line in lines]
    for name, *row in shown["classes"]:
        assert [name, *row] in lines
    for (name, *_), row in zip(shown["classes"], shown["confusion"], strict=True):
        assert [name, *[n.replace(",", "") for n in row]] in lines


def test_on_paper_there_is_the_report_alone_or_with_its_page(page, mixed):
    give(page, text(mixed))
    cell(page, "Shirt", "Sandal", "#grader-report").click()
    expect(page.locator("#grader-report .confusion-scroll ~ button")).to_be_visible()
    page.emulate_media(media="print")
    for selector in ("h1", "#confusion table", "#grader-report table >> nth=0"):
        expect(page.locator(selector)).to_be_visible()
    for selector in ("#grader-drop", "text=Save the report", "text=largest mistakes"):
        expect(page.locator(selector).first).to_be_hidden()
    expect(page.locator(".confusion-mistakes").first).to_be_hidden()
    expect(page.locator("#grader-report .confusion-scroll ~ button")).to_be_hidden()
    page.emulate_media(media="screen")
    page.evaluate("window.print = () => window.printed = document.body.className")
    page.get_by_role("button", name="Print the report").click()
    assert "grader-printing" in page.evaluate("window.printed")
    page.emulate_media(media="print")
    expect(page.locator("#grader-report .grader-score")).to_be_visible()
    expect(page.locator("#grader-report table").last).to_be_visible()
    for selector in ("h1", "#confusion table", "header", "footer", "#grader-drop"):
        expect(page.locator(selector).first).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("h1")).to_be_visible()


def test_other_pages_do_not_load_it(visit):
    opened = visit("")
    asked = [url.rpartition("/")[2] for url in opened.requests]
    tools = {"labels.js", "confusion.js", "grader.js", "untrusted.js"}
    assert "site.css" in str(asked) and not tools & set(asked)
    assert opened.page.locator("#grader-form").count() == 0
    assert ".grader" not in "".join(opened.page.locator("style").all_text_contents())


def test_it_works_by_keyboard(page, labels, tmp_path):
    path = tmp_path / "predictions.csv"
    path.write_bytes(text(labels))
    # Not waited for: Chromium may take a while until it lets a test answer the dialog
    page.on("filechooser", lambda dialog: dialog.set_files(path))
    page.locator("#grader-file").focus()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Space")
    page.wait_for_function(ANSWERED)
    assert focused(page) == "grader-file"
    page.keyboard.press("Tab")
    assert focused(page) == "grader-ours"
    page.keyboard.press("Tab")
    assert focused(page) == "T-shirt/top recognised: 1,000 images"
    page.keyboard.press("Tab")
    assert focused(page) == "Save the report"
    with page.expect_download():
        page.keyboard.press("Space")


def grade_ours(page) -> None:
    """Press the button, and wait for the answer."""
    page.evaluate(CLEAR)
    page.get_by_role("button", name="Grade our baseline").click()
    page.wait_for_function(ANSWERED)


def test_our_baseline_is_graded_as_its_run_was(visit):
    opened = visit(PLACE)
    page = opened.page
    page.wait_for_load_state("networkidle")
    assert not [url for url in opened.requests if "baseline.js" in url], "not yet"
    grade_ours(page)
    printed = (CAPTURES / "submit-submit.txt").read_text(encoding="utf-8")
    accuracy, low, high = re.findall(r"\d+\.\d", printed)[:3]
    shown = report(page)
    found = [float(n) for n in re.findall(r"\d+\.\d\d", shown["score"] + shown["says"])]
    assert [f"{number:.1f}" for number in found] == [accuracy, low, high]
    assert {row[3] for row in shown["classes"]} == {"0.0"}, "seed 0 against seed 0"
    assert answer(page).startswith(
        f"Our baseline is graded. Test accuracy {found[0]:.2f}"
    )
    assert page.get_by_role("heading", name="Report on our baseline").count() == 1
    kept = page.evaluate("JSON.stringify({...localStorage})")
    assert "accuracy" not in kept, "it is not the reader's"
    asked = [url for url in opened.requests if "baseline.js" in url]
    assert len(asked) == 1 and opened.console == []


def test_predictions_that_cannot_be_loaded_are_said(visit):
    page = visit(PLACE).page
    page.route("**/baseline.js", lambda route: route.abort())
    grade_ours(page)
    assert answer(page) == "The baseline’s predictions could not be loaded."
    assert page.locator("#grader-report").is_hidden()


LINE = """() => {
  const drawing = document.querySelector("#grader-report svg")
  const whisker = drawing.querySelector(".grader-whisker")
  const number = (node, name) => Number(node.getAttribute(name))
  const ticks = [...drawing.querySelectorAll("text")]
    .filter(tick => /^\\d\\d$/.test(tick.textContent))
    .map(tick => [Number(tick.textContent), number(tick, "x")])
  const [, across] = whisker.querySelectorAll("line")
  const area = node => node.getBoundingClientRect().toJSON()
  return {
    ticks, ends: [number(across, "x1"), number(across, "x2")],
    at: number(whisker.querySelector("circle"), "cx"),
    says: drawing.querySelector("title").textContent,
    label: whisker.querySelector("text").textContent,
    inside: area(drawing), whisker: area(whisker),
    moves: getComputedStyle(whisker).animationName,
  }
}"""


@pytest.mark.parametrize("right", [0, 8000, 8350, 8800, 9040, 9160, 10000])
def test_the_interval_stands_on_the_line_of_the_bars(page, labels, right):
    wrong = [(label + 1) % 10 for label in labels[right:]]
    give(page, text(labels[:right] + wrong))
    page.wait_for_timeout(1000)  # it has dropped in
    found = page.evaluate(LINE)
    says = report(page)
    low, high = map(float, re.findall(r"\d+\.\d\d", says["says"])[:2])
    (first, left), (last, end) = found["ticks"][0], found["ticks"][-1]
    assert (first, last) == (83, 92)

    def place(percent):
        return left + (end - left) * min(max(percent - first, 0) / (last - first), 1)

    assert found["ends"] == [pytest.approx(place(p), abs=0.3) for p in (low, high)]
    assert found["at"] == pytest.approx(place(right / 100), abs=0.3)
    assert found["label"] == f"you: {right / 100:.2f}"
    assert f"On top, you: {right / 100:.2f}, 95 % interval {low:.2f}" in found["says"]
    for edge, compare in (("left", 1), ("right", -1), ("top", 1), ("bottom", -1)):
        assert compare * (found["whisker"][edge] - found["inside"][edge]) >= 0, edge


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_interval_drops_in_unless_less_motion_is_asked_for(visit, mixed, motion):
    page = visit(PLACE).page
    page.emulate_media(reduced_motion=motion)
    give(page, text(mixed))
    moves = page.evaluate(LINE)["moves"]
    assert moves == ("none" if motion == "reduce" else "whisker")
    assert page.locator("#bars .grader-whisker").count() == 0, "in the report alone"
