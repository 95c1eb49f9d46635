"""Every page, on a phone and on a desk, in the light and in the dark scheme."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import axe_playwright_python
import pytest

from browser.budgets import WATCH, page_faults
from browser.conftest import HEIGHT, forget
from scripts.common.paths import lessons

AXE = (
    Path(axe_playwright_python.__file__)
    .with_name("axe.min.js")
    .read_text(encoding="utf-8")
)
OPTIONS = {
    "runOnly": [
        "wcag2a",
        "wcag2aa",
        "wcag21a",
        "wcag21aa",
        "wcag22aa",
        "best-practice",
    ],
    "resultTypes": ["violations"],  # do not describe thousands of passed nodes
    "preload": False,
}
# What a scheme changes is colours: all else was asked in the light one.
COLOURS = {**OPTIONS, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
# Half of axe's time goes into colours, and all pages have the same ones. So on a phone
# and in the dark they are asked of one page of each kind; the lessons' tools have tests
# of their own, in both schemes.
NO_COLOURS = {**OPTIONS, "rules": {"color-contrast": {"enabled": False}}}
# Code has thousands of tokens in a dozen colours: axe is slow, and one of each kind in
# each kind of box, and in marked lines, says as much. The others become plain text.
ONE_TOKEN_OF_A_KIND = """
const seen = new Set()
for (const token of document.querySelectorAll(".highlight code :is(span, a)")) {
  if (token.matches(".hll")) continue
  const box = token.closest(".hll, .admonition, details")
  const kind = `${token.className} in ${box?.className}`
  if (seen.has(kind)) token.replaceWith(...token.childNodes)
  seen.add(kind)
}
"""
PAPER = "getComputedStyle(document.body).getPropertyValue('--md-default-bg-color')"
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"


def complaints(opened, address, options=OPTIONS, within="html") -> list[str]:
    """What is wrong with an open page, all its disclosures open: a line each.

    `within` says which part of it axe is to look at.
    """
    opened.open_all()
    opened.page.evaluate(AXE)
    opened.page.evaluate(ONE_TOKEN_OF_A_KIND)
    result = opened.page.evaluate("args => axe.run(...args)", [within, options])
    enough = 10 if options is not COLOURS and within == "html" else 0
    assert len(result["passes"]) > enough, "axe has hardly looked at anything"
    wrong = [
        f"axe {found['id']}: {node['target']} {node['html'][:80]}"
        for found in result["violations"]
        for node in found["nodes"][:5]
    ]
    wide = opened.page.evaluate(TOO_WIDE)
    wrong += [f"is {wide} px wider than its window"] if wide > 0 else []
    wrong += [f"asks for {url}" for url in opened.requests if not local(url, address)]
    return wrong + opened.console


def one_of_each_kind(names: list[str]) -> list[str]:
    """Of lessons, practice notebooks and the guide's pages one each; all others."""
    kinds = {}
    for name in names:
        above, _, own = name.rstrip("/").rpartition("/")
        kind = "a lesson" if own in lessons() else f"{above}/" if above else own
        kinds.setdefault(kind, name)
    return list(kinds.values())


def test_one_page_of_each_kind(pages):
    folders = ["notebooks/x/", "notebooks/y/", "guide/", "guide/x/", "guide/y/"]
    of_lessons = [f"{slug}/" for slug in lessons()]
    found = one_of_each_kind(["", "404.html", *of_lessons, *folders, "evidence/"])
    assert found[:4] == ["", "404.html", of_lessons[0], "notebooks/x/"]
    assert found[4:] == ["guide/", "guide/x/", "evidence/"]
    assert {"", "404.html", "evidence/"} < set(one_of_each_kind(pages)) < set(pages)


def asked_of(name: str, width: int, scheme: str, kinds: list[str]) -> dict | None:
    """What axe is asked of a page; None if another page is asked in its place."""
    if name in kinds:
        return OPTIONS if scheme == "light" else COLOURS
    if scheme == "dark":
        return None
    return NO_COLOURS if width == 390 else OPTIONS


def begin(opened, url: str, width: int) -> None:
    """Open a page in a window that showed others, as for the first time."""
    opened.requests.clear()
    opened.console.clear()
    forget(opened.page)
    opened.page.set_viewport_size({"width": width, "height": HEIGHT})
    opened.page.goto(url)


def local(url: str, address: str) -> bool:
    """Does a request stay on the site?"""
    return url.startswith((address, "data:", f"blob:{address}"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_has_a_fault(visit, changed_pages, site, address, say, width, scheme):
    """Neither for a reader nor by the table of budgets, which is asked first."""
    wrong, papers, spent = [], set(), {}
    kinds = one_of_each_kind(changed_pages)
    opened = visit("404.html", width, scheme, script=WATCH)
    for name in changed_pages:
        options, found = asked_of(name, width, scheme, kinds), []
        if options is None:
            continue
        begin(opened, address + name, width)
        if scheme == "light":
            found, spent[name] = page_faults(opened, site, address)
            opened.page.goto(opened.page.url)  # it has scrolled to the end: begin again
        papers.add(opened.page.evaluate(PAPER))
        found = dict.fromkeys(found + complaints(opened, address, options))
        wrong += [f"{name or 'index'}: {fault}" for fault in found]
        if width == 390:  # and as narrow as a desk at 400 percent
            opened.page.set_viewport_size({"width": 320, "height": 800})
            if opened.page.evaluate(TOO_WIDE) > 0:
                wrong.append(f"{name or 'index'} is too wide at 320 px")
    if (width, scheme) == (390, "light"):
        said = ", ".join(f"{n or '.'} {s / 1000:.0f}" for n, s in spent.items())
        say(f"transferred on a first load, kB: {said}")
    assert not wrong, f"{width} px, {scheme}:\n" + "\n".join(wrong)
    assert scheme == "dark" or max(spent.values()) > 50_000, "hardly any was counted"
    assert papers == {"#fbf8f1" if scheme == "light" else "#1b1917"}


def test_the_menu_opens_by_keyboard(visit):
    page = visit("", width=390).page
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    link = page.locator(".md-sidebar--primary a:focus")
    link.wait_for(state="visible")


def test_a_wide_table_can_be_scrolled_by_keyboard(visit):
    page = visit("evidence/", width=390).page
    box = page.locator(".md-typeset__scrollwrap").first
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("box => box.scrollLeft > 0", arg=box.element_handle())
    # and what a row is about stays in sight, on a ground of its own
    first = box.locator("tbody tr > :first-child").first
    assert first.bounding_box()["x"] == box.bounding_box()["x"]
    ground = first.evaluate("cell => getComputedStyle(cell).backgroundColor")
    assert ground == "rgb(251, 248, 241)"


@pytest.mark.parametrize("name", ["gpu-training/", "evidence/"])
def test_no_number_and_no_date_is_broken(visit, name):
    opened = visit(name, width=390)
    opened.open_all()
    lines = """cells => cells.map(cell => {
      const range = document.createRange()
      range.selectNodeContents(cell)
      return [range.getClientRects().length, cell.textContent]
    })"""
    found = opened.page.locator("td.number").evaluate_all(lines)
    assert len(found) > 50 and not [text for count, text in found if count > 1]


class Links(HTMLParser):
    """The ids of a page, and what it links to or loads."""

    def __init__(self, html: str):
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.targets: list[str] = []
        self.descriptions: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids.update([found["id"]] if "id" in found else [])
        self.targets += [found[key] for key in ("href", "src") if found.get(key)]
        if found.get("name") == "description":
            self.descriptions.append(found["content"])


def file_of(name: str) -> str:
    """`evidence/` → `evidence/index.html`."""
    return f"{name}index.html" if not name or name.endswith("/") else name


def test_links_and_anchors_lead_somewhere(site, pages):
    files = {name: file_of(name) for name in pages}
    parsed = {
        file: Links((site / file).read_text(encoding="utf-8"))
        for file in files.values()
    }
    wrong, followed = [], 0
    for name, file in files.items():
        for target in parsed[file].targets:
            url = urlsplit(urljoin(f"http://site/{name}", target))
            if url.netloc != "site":
                continue
            followed += 1
            goal = file_of(unquote(url.path).lstrip("/"))
            missing = not (site / goal).is_file()
            fragment = unquote(url.fragment)
            lost = fragment and goal in parsed and fragment not in parsed[goal].ids
            if missing or lost:
                wrong.append(f"{name or 'index'} links to {target}")
    assert followed > 20 * len(pages)
    assert not wrong, "\n".join(wrong)


def test_no_id_stands_twice_on_a_page(site, pages):
    """Also not in pictures: two plots of a page have their markers and clips."""
    wrong, found = [], 0
    for name in pages:
        ids = Links((site / file_of(name)).read_text(encoding="utf-8")).ids
        found += len(ids)
        wrong += [f"{name or 'index'}: {id}" for id, count in ids.items() if count > 1]
    assert found > 20 * len(pages)
    assert not wrong, "\n".join(wrong)


def test_the_mark_is_in_the_bar_and_on_the_tab(site, pages):
    (path,) = re.findall(' d="[^"]+"', (site / "assets/mark.svg").read_text("utf-8"))
    for name in pages:
        html = (site / file_of(name)).read_text(encoding="utf-8")
        assert html.count(path) == 2, f"{name}: once in the bar, once in the menu"
        icons = re.findall('<link rel="icon" href="([^"]+)"', html)
        assert [icon.rpartition("/")[2] for icon in icons] == ["mark.svg"], name


def test_every_page_is_described(site, pages):
    for name in pages:
        described = Links(
            (site / file_of(name)).read_text(encoding="utf-8")
        ).descriptions
        assert len(described) == 1, f"{name}: {described}"
        assert 40 <= len(described[0]) <= 200, f"{name}: {described[0]}"
