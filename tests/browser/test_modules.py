"""Our scripts are ES modules: no name is shared that is not imported."""

import re
import shutil

import pytest
import tiny
from bs4 import BeautifulSoup
from listing import ROOT
from playwright.sync_api import expect

from browser import grading
from browser.conftest import Opened, listen
from browser.pastes import GOOD
from browser.test_explorer import paste, plant
from browser.test_pages import file_of
from scripts.browser.static_server import served

ASSETS = ROOT / "docs/assets"
FILES = sorted(ASSETS.rglob("*.js"))
CLASSIC = {"site.js"}  # the one that also has to work in a copy on the disk
DECLARED = re.compile(
    r"^(?:export )?(?:async )?(?:const|let|var|class|function\*?) +([\w$]+|[\[{])", re.M
)
IMPORTED = re.compile(r'^import .* from "(.*)"$', re.M)
CAPTURES = "docs/captures/fashion-mnist-project/cpu/"


def names(code: str) -> list[str]:
    """What a script declares at its top level, where our style has no indent."""
    return DECLARED.findall(re.sub(r"/\*.*?\*/", "", code, flags=re.S))


def imports(path) -> set:
    """The files that a module imports, and those that these import."""
    found = set()
    for name in IMPORTED.findall(path.read_text(encoding="utf-8")):
        file = (path.parent / name).resolve()
        found |= {file} | imports(file)
    return found


def scripts_of(html: str) -> tuple[list[str], list[str], list[str]]:
    """Addresses of our classic scripts, our modules and our preloaded modules."""
    page = BeautifulSoup(html, "html.parser")
    scripts = [script for script in page.find_all("script", src=True) if ours(script)]
    links = page.find_all("link", rel="modulepreload")
    return (
        [script["src"] for script in scripts if script.get("type") != "module"],
        [script["src"] for script in scripts if script.get("type") == "module"],
        [link["href"] for link in links],
    )


def ours(script) -> bool:
    """Is it a script of docs/assets, and not the theme's?"""
    return "assets/javascripts/" not in script["src"]


def test_no_name_is_declared_twice(say):
    found = [(name, path) for path in FILES for name in names(path.read_text("utf-8"))]
    where = {}
    for name, path in found:
        where.setdefault(name, []).append(path.name)
    twice = {name: files for name, files in where.items() if len(files) > 1}
    say(f"{len(found)} names in {len(FILES)} files of docs/assets")
    assert len(found) > 50 and not twice


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("const a = 1\nlet b\nvar c\nclass D {}\nfunction e() {}", list("abcDe")),
        ("export async function f() {}\nexport const g = 1", ["f", "g"]),
        ("const { h } = i\nconst [j] = k", ["{", "["]),
        ("/*\nconst a = 1\n*/\n// let b\nwhen(() => {\n  const c = 1\n})", []),
    ],
)
def test_which_names_are_found(code, found):
    assert names(code) == found


def test_each_page_loads_modules_and_one_script_without_names(site, pages):
    for name in pages:
        html = (site / file_of(name)).read_text(encoding="utf-8")
        classic, modules, preloaded = scripts_of(html)
        assert {src.rpartition("/")[2] for src in classic} == CLASSIC, name
        assert len(modules) >= 2, name
        there = [src.partition("assets/")[2] for src in (*modules, *preloaded)]
        assert len(there) == len(set(there)), name
        needed = {ASSETS / src.partition("assets/")[2] for src in modules}
        needed |= {file for path in needed for file in imports(path)}
        assert {ASSETS / src for src in there} == needed, (
            f"{name}: what is imported is preloaded, and nothing else"
        )
    for file in CLASSIC:
        assert names((ASSETS / file).read_text(encoding="utf-8")) == []


@pytest.fixture(scope="module")
def all_tools(tmp_path_factory):
    """The address, below a path, of a page with every tool that we have."""
    root, folder = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("served")
    keys = "{{ explorer }}\n\n{{ confusion }}\n\n{{ grader }}"
    plant(root, ["cpu", "cuda"], grading.SLUG, keys)
    for name in ("baseline_runs.json", "handed_in.json"):
        shutil.copyfile(ROOT / CAPTURES / name, root / CAPTURES / name)
    snippets = root / "snippets"
    experiment = snippets / "gpu_training/crossover.py"
    shutil.copy(experiment, snippets / "fashion_mnist_project")
    done = tiny.run((*tiny.BUILD[:-1], str(folder / "deep/down")), root)
    assert done.returncode == 0, done.stdout
    with served(folder) as host:
        yield f"{host}deep/down/{grading.PLACE}"


def test_every_tool_is_alive_on_a_page_that_has_them_all(browser, all_tools):
    with browser.new_context() as context:
        opened = Opened(context.new_page())
        listen(opened)
        page = opened.page
        page.goto(all_tools)
        assert paste(page, GOOD) == "Drawn: your CPU."
        grading.cell(page, "Shirt", "Coat").click()
        status = page.locator("#confusion [role=status]")
        expect(status).to_contain_text("Shirt taken for Coat: ")
        image = page.locator("#confusion .confusion-images img").first
        image.evaluate("image => image.decode()")
        labels = grading.labels(page)["labels"]
        said = grading.give(page, grading.text(labels))
        assert said.startswith("predictions.csv is graded. Test accuracy 100.00 %.")
        assert paste(page, "nonsense").startswith("The paste is not JSON")
        assert grading.report(page)["score"] == "Test accuracy 100.00 %"
        assert opened.console == []


def test_a_copy_on_the_disk_is_whole_and_has_no_tools(browser, site):
    """Browsers load no modules from a disk: there it is as without JavaScript."""
    with browser.new_context() as context:
        opened = Opened(context.new_page())
        listen(opened)
        page = opened.page
        page.goto((site / grading.SLUG / "index.html").as_uri())
        expect(page.locator("#confusion table")).to_be_visible()
        for says in ("Seeing the images behind a number", "The grader is"):
            expect(page.get_by_text(f"{says} ")).to_contain_text("needs JavaScript")
            expect(page.get_by_text(f"{says} ")).to_contain_text("from a web server")
        assert page.locator(".grader :is(button, input)").count() == 0
        answer = page.locator(".predict .answer").first
        answer.locator("summary").click()
        expect(answer).to_have_attribute("open", "")
        # What the one classic script does
        assert page.locator(".md-code__button").count() > 10
        page.locator("label.md-header__button[for=__palette_1]").click()
        assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
        ours = [line for line in opened.console if "/assets/" in line]
        # What is preloaded is refused, too; a slow machine is told that nothing uses it
        refused = "^failed|by CORS|A preload|was preloaded"
        assert ours and not [x for x in ours if not re.search(refused, x)]
