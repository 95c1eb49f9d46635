"""Every page keeps to the table of budgets; and each budget can be broken."""

import os
import shutil

import pytest

from browser.budgets import BUDGETS, WATCH, link_fault, page_faults, site_faults
from browser.conftest import open_in
from browser.test_pages import Links, complaints, file_of
from scripts import audit
from scripts.browser import lighthouse_runs
from scripts.browser.static_server import served
from scripts.captures import capture_file, of_site


def test_the_site_as_a_whole_does(site):
    assert not site_faults(site)


def test_links_to_other_hosts_have_the_right_form(site, pages):
    parsed = [
        Links((site / file_of(name)).read_text(encoding="utf-8")) for name in pages
    ]
    found = {t for links in parsed for t in links.targets if ":" in t.split("/")[0]}
    assert len(found) >= 2
    assert not list(filter(None, map(link_fault, found)))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://pytorch.org/", "not https"),
        ("https://localhost/", "no host"),
        ("https://pytorch.org/a b", "blank"),
        ("javascript:alert(1)", "not https"),
        ("https://pytorch.org/docs/", None),
    ],
)
def test_the_form_of_a_link(url, says):
    fault = link_fault(url)
    assert fault is None if says is None else says in fault


NOISE = os.urandom(BUDGETS["bytes of a page"])
LATE = """<script>requestAnimationFrame(() => setTimeout(() => document.body.prepend(
  Object.assign(document.createElement("div"), { style: "height: 200px" })), 100))
</script>"""
IMAGE = '<img src="https://other.example/x.png" alt="x" width="1" height="1">'
BROKEN = {
    "another host": (IMAGE, "asks for https://other.example/x.png"),
    "weight": (
        '<script src="/noise.js.png"></script>',
        f"bytes of {BUDGETS['bytes of a page']}",
    ),
    "a stylesheet": ('<link rel="stylesheet" href="/assets/print.css">', "waits for 4"),
    "a script": ('<script src="/assets/site.js"></script>', "waits for 4 files"),
    "console": ("<script>console.error('oh no')</script>", "error: oh no"),
    "an exception": ("<script>undefined.x</script>", "error: "),
    "shift": (LATE, "shifts by 0."),
    "an image without a text": ('<img src="/x.png" width="1" height="1">', "no alt"),
    "an image without a size": ('<img src="/x.png" alt="x">', "has no width"),
    "axe": ("<button></button>", "axe button-name"),
    "too wide": ('<div style="width: 3000px">x</div>', "px wider than its window"),
}


@pytest.fixture(scope="module")
def broken(site, tmp_path_factory):
    """A copy of the site, and a way to put something into its front page."""
    copy = shutil.copytree(site, tmp_path_factory.mktemp("broken") / "site")
    (copy / "noise.js.png").write_bytes(NOISE)
    whole = (copy / "index.html").read_text(encoding="utf-8")

    def put(html):
        page = whole.replace("</article>", f"{html}</article>")
        assert page != whole or not html
        (copy / "index.html").write_text(page, encoding="utf-8")

    with served(copy) as address:
        yield copy, address, put


def faults_of(browser, broken):
    copy, address, _ = broken
    opened = open_in(browser, address, script=WATCH)
    wrong = page_faults(opened, copy, address)[0] + complaints(opened, address)
    opened.page.context.close()
    return wrong


def test_the_copy_is_without_fault(browser, broken):
    broken[2]("")
    assert not faults_of(browser, broken)


@pytest.mark.parametrize("name", BROKEN)
def test_each_budget_of_a_page_can_be_broken(browser, broken, name):
    html, says = BROKEN[name]
    broken[2](html)
    wrong = faults_of(browser, broken)
    assert any(says in fault for fault in wrong), wrong


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("search/search_index.json", os.urandom(BUDGETS["bytes of the search index"])),
        ("assets/site.css", b"\n" * (BUDGETS["lines of site.css"] + 1)),
        ("assets/predict.js", b"\n" * BUDGETS["lines of site-wide JavaScript"]),
        ("assets/grader.js", b"\n" * (BUDGETS["lines of a tool's JavaScript"] + 1)),
        ("assets/grader.css", b"\n" * (BUDGETS["lines of a tool's CSS"] + 1)),
    ],
)
def test_each_budget_of_the_site_can_be_broken(site, tmp_path, name, content):
    copy = shutil.copytree(site, tmp_path / "site")
    (copy / name).write_bytes(content)
    (fault,) = site_faults(copy)
    assert name.split("/")[-1] in fault


KINDS = ["gpu-training/", "notebooks/gpu-training-practice/"]  # all: scripts/audit.py


def lighthouse_faults(found):
    """What is below the table in one run; performance is a time, see in_time."""
    least = {name: BUDGETS[name] for name in lighthouse_runs.CATEGORIES[1:]}
    return [f"{n} {found[n]:.0f}" for n, least in least.items() if found[n] < least]


@pytest.mark.parametrize("name", KINDS)
def test_lighthouse(address, say, name):
    found = lighthouse_runs.audit(address + name)
    say(f"Lighthouse, one run, {name or '.'}: {audit.line([found])}")
    assert not lighthouse_faults(found)


def test_what_was_recorded_keeps_to_the_table(say):
    capture = capture_file.load(of_site.lighthouse_path())
    pages = capture["result"]["runs"]
    assert len(pages) >= 10 and capture["repeats"] >= 5
    for name, runs in pages.items():
        least = {name: BUDGETS[name] for name in lighthouse_runs.CATEGORIES[1:]}
        least["performance"] = BUDGETS["performance, median"]
        for figure, wanted in least.items():
            assert round(audit.middle(runs, figure)) >= wanted, f"{name}: {figure}"
        assert audit.middle(runs, lighthouse_runs.SHIFT) == BUDGETS["layout shift"], (
            name
        )


def test_lighthouse_can_be_failed(broken):
    _, address, put = broken
    put(f"<button></button>{LATE}")
    assert any(
        "accessibility" in f for f in lighthouse_faults(lighthouse_runs.audit(address))
    )
