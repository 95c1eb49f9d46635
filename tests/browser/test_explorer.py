"""The explorer in the hands of a reader, friendly or not, with and without a GPU.

On sites of one page with made-up captures, and on the real page where it holds one.
"""

import json
import re
import shutil
from contextlib import ExitStack
from functools import cache

import made_up
import pytest
import tiny
from listing import ROOT
from playwright.sync_api import expect

from browser.conftest import thrown_by
from browser.pastes import BAD, EVIL, GOOD, SAME
from browser.test_pages import TOO_WIDE, complaints
from scripts.browser.static_server import served
from scripts.captures import capture_file, expected
from scripts.common.paths import captures_of

SLUG = "gpu-training"
REAL = ROOT / "docs" / f"{SLUG}.md"
HAS_REAL = REAL.exists() and "{{ explorer }}" in REAL.read_text(encoding="utf-8")
RECORDED = captures_of(SLUG, "cuda") / "crossover.json"
PRINTED = sorted(captures_of(SLUG).parent.glob("*/crossover_paste-paste.txt"))
SITES = ["cpu", "both", *(["real"] if HAS_REAL else [])]
ON = {
    name: pytest.mark.parametrize("address", [name], indirect=True)
    for name in [*SITES, "small"]
}
BARS = """() => [...document.querySelectorAll("#explorer-bars li")].map(line => [
  line.querySelector(".explorer-name").innerText,
  line.querySelector(".explorer-time").innerText,
  parseFloat(line.querySelector(".explorer-fill").style.width),
  line.querySelector(".explorer-fill").offsetWidth,
])"""
TOLD = """() => [
  document.getElementById("explorer-answer").textContent,
  document.activeElement.matches("textarea[aria-invalid=true]"),
]"""


def plant(root, devices, slug=SLUG, keys="{{ explorer }}", small=False):
    """A tree whose only lesson has these keys; the explorer's captures are made up.

    A small GPU has too little memory for the widest net.
    """
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("scripts", "snippets", "docs/assets", "docs/overrides"):
        shutil.copytree(ROOT / folder, root / folder, ignore=ignored)
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    nav = f"nav:\n  - Index: index.md\n  - 2 · Explorer: {slug}.md\n"
    text = re.sub(r"nav:\n(  .*\n)+", nav, text)
    if devices == ["cpu"]:  # and with addresses of the other kind
        text += "use_directory_urls: false\n"
    (root / "mkdocs.yml").write_text(text, encoding="utf-8")
    (root / "docs/index.md").write_text(
        "# Nothing\n\n## In preparation\n", encoding="utf-8"
    )
    (root / f"docs/{slug}.md").write_text(
        f"# Made up\n\nBefore.\n\n{keys}\n", encoding="utf-8"
    )
    made_of = expected.wanted(SLUG, "crossover", "cpu").fingerprint
    for device in devices:
        path = root / f"docs/captures/{slug}/{device}/crossover.json"
        path.parent.mkdir(parents=True)
        capture = made_up.capture(device, made_of)
        if small and device == "cuda":
            made_up.without_the_widest(capture)
        path.write_text(capture_file.seal(capture), encoding="utf-8")


@pytest.fixture(scope="module")
def open_site(request, tmp_path_factory):
    """A function that gives the address of a page with an explorer, built once."""
    with ExitStack() as servers:

        @cache
        def address(name):
            if name == "real":
                folder = request.getfixturevalue("site")
                return servers.enter_context(served(folder)) + f"{SLUG}/"
            devices = ["cpu"] if name == "cpu" else ["cpu", "cuda"]
            root = tmp_path_factory.mktemp("tree")
            plant(root, devices, small=name == "small")
            folder = tmp_path_factory.mktemp("served")
            done = tiny.run((*tiny.BUILD[:-1], str(folder / "deep/down")), root)
            assert done.returncode == 0, done.stdout
            host = servers.enter_context(served(folder))
            page = f"{SLUG}.html" if name == "cpu" else f"{SLUG}/"
            return f"{host}deep/down/{page}"  # under a path, as on GitHub Pages

        yield address


@pytest.fixture(params=SITES)
def address(request, open_site):
    """The address of a page with an explorer."""
    return open_site(request.param)


@pytest.fixture
def page(visit):
    """The page with an explorer."""
    opened = visit("")
    yield opened.page
    assert not thrown_by(opened)


def has_gpu(address) -> bool:
    """Are a GPU's times on this page?"""
    if "deep/down" in address:
        return not address.endswith(".html")
    return RECORDED.exists()


def bars(page) -> list[tuple[str, str]]:
    """(machine, time) of each bar; bars that stand together are drawn to scale."""
    found = page.evaluate(BARS)
    scale = [float(t.split()[0].replace(",", "")) / part for _, t, part, _ in found]
    assert found and max(scale) == pytest.approx(min(scale), rel=0.01), (found, scale)
    assert all(drawn > 0 for *_, drawn in found), found
    return [(name, time) for name, time, *_ in found]


def paste(page, line) -> str:
    """What the page answers to a paste."""
    text = line if isinstance(line, str) else json.dumps(line)
    page.locator("#explorer-own").evaluate("box => { box.open = true }")
    page.locator("#explorer-line").fill(text)
    page.locator("#explorer form").evaluate("form => form.requestSubmit()")
    return page.locator("#explorer-answer").text_content()


def choose(page, width, batch) -> str:
    """What the page says of a cell."""
    page.locator(f'#explorer-map input[value="{width},{batch}"]').check()
    return page.locator("#explorer-says").inner_text()


def the_map(page) -> dict:
    """{(width, batch): (its number, is it in the colour of the slower one)}."""
    labels = page.locator("#explorer-map label").evaluate_all(
        "all => all.map(label => [label.firstChild.value, label.textContent, "
        "label.classList.contains('explorer-slower')])"
    )
    return {tuple(map(int, at.split(","))): (said, low) for at, said, low in labels}


def table(page) -> dict:
    """{(width, batch): [time of each machine]} of the table."""
    rows = page.locator("#explorer tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return {(int(w), int(b)): times for w, b, *times in rows}


def test_each_choice_shows_what_the_table_says(page, address):
    shown = table(page)
    assert set(shown) == set(made_up.CELLS)
    for (width, batch), times in shown.items():
        says = choose(page, width, batch)
        assert says.startswith(f"Width {width}, batch {batch}: ")
        assert [time for _, time in bars(page)] == [f"{time} ms" for time in times]
        assert has_gpu(address) == ("times as long" in says or "close" in says), says
    sentence = page.get_by_text("No GPU has been recorded yet.")
    assert sentence.count() == (not has_gpu(address))


@ON["cpu"]
def test_one_machine_alone_has_no_winner_and_a_bar_that_says_something(page):
    assert choose(page, 256, 64) == (
        "Width 256, batch 64: 9.19 ms on our CPU; its slowest choice takes 2,098 ms."
    )
    small = page.evaluate(BARS)
    assert choose(page, 4096, 1024) == (
        "Width 4096, batch 1024: 2,098 ms on our CPU, its slowest choice."
    )
    large = page.evaluate(BARS)
    assert small[0][2] / large[0][2] == pytest.approx(9.19 / 2098, rel=0.01)
    assert paste(page, GOOD) == "Drawn: your CPU."
    says = page.locator("#explorer-says").inner_text()
    assert "your CPU is fastest; our CPU takes 16,785 times as long." in says


@ON["both"]
def test_the_winner_and_the_ratio_are_those_of_the_times(page):
    assert choose(page, 64, 16) == (
        "Width 64, batch 16: the CPU beside our GPU is fastest; our CPU takes 2.00 "
        "times as long; our GPU takes 2.66 times as long."
    )
    says = choose(page, 4096, 1024)
    assert "our GPU is fastest; the CPU beside our GPU takes" in says
    assert choose(page, *made_up.CLOSE).startswith(
        "Width 256, batch 16: too close to call: the CPU beside our GPU and our GPU"
    )
    names = [name for name, _ in bars(page)]
    assert names == ["Our CPU", "Our GPU", "The CPU beside our GPU"]


def test_a_good_paste_is_drawn_and_removed_again(page):
    before, said = bars(page), page.locator("#explorer-says").inner_text()
    remove = page.get_by_role("button", name="Remove my machine")
    expect(remove).to_be_hidden()
    assert paste(page, GOOD) == "Drawn: your CPU."
    assert bars(page) == [*before, ("Your CPU", "0.125 ms")]
    line = page.locator("#explorer-bars li").last
    assert "A reader's machine, 4 threads, torch 2.15.0+cpu" in line.inner_text()
    says = page.locator("#explorer-says").inner_text()
    assert "your CPU is fastest; " in says
    assert says.count("times as long") == len(before)
    assert paste(page, GOOD | {"device": "cuda", "ms": slow()}) == "Drawn: your GPU."
    assert bars(page) == [*before, ("Your GPU", "9,000,000 ms")]
    assert "your GPU takes" in page.locator("#explorer-says").inner_text()
    remove.click()
    expect(remove).to_be_hidden()
    assert (bars(page), page.locator("#explorer-says").inner_text()) == (before, said)


@ON["both"]
def test_a_line_as_the_notebook_prints_it_is_taken(page):
    for line in [path.read_text(encoding="utf-8") for path in PRINTED]:
        assert re.fullmatch("Drawn: your [CG]PU.", paste(page, line)), line


@ON["both"]
def test_a_line_that_was_changed_on_its_way_is_mended(page):
    for name, line in SAME.items():
        page.locator("#explorer-remove").evaluate("button => button.click()")
        expect(page.locator("#explorer-remove")).to_be_hidden()
        assert paste(page, line) == "Drawn: your CPU.", name
        assert bars(page)[-1] == ("Your CPU", "0.125 ms"), name
        shown = page.locator("#explorer-bars li").last.inner_text()
        assert "reader's machine, 4 threads, torch 2.15.0+cpu" in shown, name


@ON["both"]
def test_a_short_time_gives_no_infinite_ratio(page):
    short = GOOD | {"ms": [[width, batch, 1e-3] for width, batch in made_up.CELLS]}
    assert paste(page, short) == "Drawn: your CPU."
    for width, batch in made_up.CELLS:
        assert "Infinity" not in choose(page, width, batch)


def slow() -> list:
    """Times of a slow machine, in another order."""
    return [[width, batch, 9e6] for width, batch in reversed(made_up.CELLS)]


@ON["both"]
def test_a_bad_paste_is_refused_in_a_sentence(visit):
    opened = visit("")
    page = opened.page
    paste(page, GOOD)
    elements = page.evaluate("document.querySelectorAll('*').length")
    before, wrong = bars(page), []
    for name, (line, says) in BAD.items():
        paste(page, line)
        said, invalid = page.evaluate(TOLD)
        if says not in said or not 20 < len(said) < 260 or not said.endswith("."):
            wrong.append(f"{name}: {said}")
        if not invalid:
            wrong.append(f"{name}: the field does not say that it is wrong")
        if bars(page) != before:
            wrong.append(f"{name} was drawn")
    assert not wrong, "\n".join(wrong)
    assert len(BAD) >= 15
    assert page.evaluate("document.querySelectorAll('*').length") == elements
    assert page.evaluate("({}).x") is None
    assert opened.console == []
    assert paste(page, GOOD) == "Drawn: your CPU."
    assert page.locator("textarea[aria-invalid=false]").count() == 1


@ON["both"]
def test_a_hostile_name_is_only_text_and_not_long(visit):
    opened = visit("")
    assert paste(opened.page, GOOD | {"machine": EVIL}) == "Drawn: your CPU."
    line = opened.page.locator("#explorer-bars li").last
    assert EVIL in line.inner_text()
    assert line.locator("img, script").count() == 0
    paste(opened.page, GOOD | {"machine": "🙂" * 500})
    assert "🙂" * 79 + "…, 4" in line.inner_text()
    assert "🙂" * 80 not in line.inner_text()
    assert opened.console == [] and len(opened.requests) > 3
    assert all(url.startswith("http://127.0.0.1") for url in opened.requests)


@pytest.mark.parametrize("number", [1e-3, 9.99e6])
@ON["both"]
def test_no_number_is_too_wide(visit, number):
    opened = visit("", width=390)
    rows = [[width, batch, number] for width, batch in made_up.CELLS]
    assert paste(opened.page, GOOD | {"ms": rows}) == "Drawn: your CPU."
    choose(opened.page, 4096, 1024)
    assert opened.page.evaluate(TOO_WIDE) <= 0


EACH = [("both", w, s) for w in (390, 1280) for s in ("light", "dark")]


@pytest.mark.parametrize(
    ("address", "width", "scheme"), [*EACH, ("cpu", 390, "dark")], indirect=["address"]
)
def test_it_has_no_fault(visit, address, width, scheme):
    opened = visit("", width, scheme)
    paste(opened.page, GOOD)
    paste(opened.page, EVIL)
    host = re.match(r"http://[^/]+/", address)[0]
    wrong = complaints(opened, host, within="#explorer")
    opened.page.set_viewport_size({"width": 320, "height": 800})
    assert opened.page.evaluate(TOO_WIDE) <= 0
    assert not wrong, "\n".join(wrong)


def focused(page) -> str:
    """What has the focus: its id, or what kind of button it is."""
    return page.evaluate("document.activeElement.id || document.activeElement.type")


def test_it_works_by_keyboard(page):
    page.locator("#explorer-map input:checked").focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    says = page.locator("#explorer-says")
    assert "Width 256, batch 256: " in says.inner_text()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")  # out of the map: nothing happens
    assert "Width 64, batch 256: " in says.inner_text()
    outline = page.locator("label:has(:focus-visible)").evaluate(
        "label => getComputedStyle(label).outline"
    )
    assert "solid" in outline and " 0px" not in outline
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # on the summary
    page.keyboard.press("Tab")
    assert focused(page) == "explorer-line"
    page.keyboard.insert_text("nonsense")
    page.keyboard.press("Tab")
    assert focused(page) == "submit"
    outline = page.evaluate("getComputedStyle(document.activeElement).outline")
    assert "solid" in outline and " 0px" not in outline
    page.keyboard.press("Enter")
    assert focused(page) == "explorer-line"  # the field that is wrong
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(json.dumps(GOOD))
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert "your CPU is fastest" in page.locator("#explorer-says").inner_text()
    page.keyboard.press("Tab")
    assert focused(page) == "explorer-remove"
    page.keyboard.press("Enter")
    assert focused(page) == "explorer-line"  # not lost with its button
    assert "your CPU" not in page.locator("#explorer-says").inner_text()


def test_at_the_edges_of_the_map_words_and_choice_stay_together(page):
    cells, says = list(the_map(page)), page.locator("#explorer-says")
    checked = page.locator("#explorer-map input:checked")
    columns = len({batch for _, batch in cells})
    for corner in (0, columns - 1, len(cells) - columns, len(cells) - 1):
        for key in ("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"):
            choose(page, *cells[corner])
            checked.focus()
            page.keyboard.press(key)
            expect(checked).to_be_focused()
            width, batch = checked.get_attribute("value").split(",")
            assert says.inner_text().startswith(f"Width {width}, batch {batch}: ")
            row, column = divmod(corner, columns)
            up_or_down = {"ArrowUp": row - 1, "ArrowDown": row + 1}.get(key)
            if up_or_down is not None and 0 <= up_or_down < len(cells) // columns:
                goal = cells[up_or_down * columns + column]
            elif up_or_down is not None:
                goal = cells[corner]  # out of the map: it stays
            else:  # as in any group of radio buttons
                goal = cells[(corner + (1 if key == "ArrowRight" else -1)) % len(cells)]
            assert (int(width), int(batch)) == goal, key


@ON["cpu"]
def test_the_map_of_one_machine_has_its_times(page):
    shown = the_map(page)
    assert {cell: said for cell, (said, _) in shown.items()} == {
        cell: times[0].split()[0] for cell, times in table(page).items()
    }
    assert not any(low for _, low in shown.values())
    assert (
        page.locator("#explorer-key").inner_text() == "Milliseconds a step on our CPU."
    )


@ON["both"]
def test_the_map_has_a_ratio_in_each_cell_and_a_colour_for_the_slower(page):
    times = {
        cell: [float(time.split()[0].replace(",", "")) for time in row]
        for cell, row in table(page).items()
    }
    shown = the_map(page)
    assert list(shown) == list(times)
    for cell, (said, low) in shown.items():
        _, gpu, beside = times[cell]
        assert float(said) == pytest.approx(beside / gpu, rel=0.01), cell
        assert low == (beside < gpu), cell
    assert {low for _, low in shown.values()} == {True, False}
    key = page.locator("#explorer-key")
    assert "the CPU beside our GPU, divided by that of our GPU. Below" in (
        key.inner_text()
    )
    paste(page, GOOD)
    assert "beside our GPU, divided by that of your CPU. Below" in key.inner_text()
    assert the_map(page) != shown
    page.get_by_role("button", name="Remove my machine").click()
    assert the_map(page) == shown


@ON["small"]
def test_what_a_gpu_had_no_memory_for_is_said_in_the_map_and_not_drawn(page):
    shown = the_map(page)
    assert [cell for cell, (said, _) in shown.items() if said == "–"] == [
        (4096, batch) for batch in made_up.BATCHES
    ]
    name = "Width 4096, batch 1024: not recorded"
    assert page.get_by_role("radio", name=name, exact=True).count() == 1
    says = page.locator("#explorer-says")
    alone = "Width 4096, batch 1024: 2,098 ms on our CPU, its slowest choice."
    assert says.inner_text() == alone
    assert [machine for machine, _ in bars(page)] == ["Our CPU"]
    paste(page, GOOD)
    assert "our CPU takes" in says.inner_text() and "GPU" not in says.inner_text()
    page.locator('#explorer-map input[value="1024,1024"]').check(force=True)
    assert "our GPU" in says.inner_text() and len(bars(page)) == 4


@ON["both"]
def test_it_opens_with_a_cell_in_words_and_tells_of_another_on_hover(page):
    says = page.locator("#explorer-says")
    before = says.inner_text()
    assert before.startswith("Width 4096, batch 1024: our GPU is fastest")
    page.locator('#explorer-map input[value="256,64"]').hover()
    assert says.inner_text().startswith("Width 256, batch 64: ")
    page.locator("#explorer-key").hover()
    assert says.inner_text() == before


@ON["both"]
def test_a_screen_reader_has_names_for_all_of_it(page):
    paste(page, "")
    for role, name in [
        ("group", "Which training step?"),
        ("radio", "Width 64, batch 16: 0.376 times"),
        ("textbox", "The line that the last block of this page's notebook prints"),
    ]:
        assert page.get_by_role(role, name=name, exact=True).count() == 1, name
    field = page.get_by_role("textbox", name="The line")
    described = re.compile("^Nothing has been pasted.* nothing is stored")
    expect(field).to_have_accessible_description(described)
    assert page.get_by_role("status").count() == 2
    assert page.locator(".explorer-bar:not([aria-hidden=true])").count() == 0
    assert page.locator("#explorer :is(h1, h2, h3, h4)").count() == 0


def test_without_javascript_the_table_stands_there(visit):
    page = visit("", java_script_enabled=False).page
    assert page.locator("#explorer table tbody tr").count() == 16
    expect(page.locator("#explorer table")).to_be_visible()
    expect(page.get_by_text("needs JavaScript")).to_be_visible()
    assert page.locator("#explorer :is(input, textarea, button)").count() == 0


def test_with_javascript_the_table_is_a_click_away(page):
    assert page.get_by_text("needs JavaScript").count() == 0
    expect(page.locator("#explorer table")).to_be_hidden()
    page.get_by_text("Every time, as a table").click()
    expect(page.locator("#explorer table")).to_be_visible()


@ON["both"]
def test_on_paper_there_are_bars_and_the_table_and_no_field(page):
    page.emulate_media(media="print")
    expect(page.locator("#explorer-bars")).to_be_visible()
    expect(page.locator("#explorer textarea")).to_be_hidden()
    expect(page.locator("#explorer table")).to_be_visible()


@ON["both"]
def test_other_pages_do_not_load_it(visit):
    opened = visit("../")
    assert opened.page.get_by_role("heading", name="Nothing").count() == 1
    assert not [url for url in opened.requests if "explorer.js" in url]
    assert opened.page.locator("#explorer-form").count() == 0
