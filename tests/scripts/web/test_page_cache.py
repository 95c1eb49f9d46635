"""A page that has not changed is rendered once, and anything that it shows counts."""

import logging
import threading
from types import SimpleNamespace

import pytest
from mkdocs.structure.toc import get_toc

from scripts.common import disk_cache
from scripts.web import page_cache

TEXT = '```python\n--8<-- "snippets/my_lesson/x.py:one"\n```\n'
ONE = {"name": "One", "id": "one", "level": 2, "children": []}
TOKENS = [{"name": "T", "id": "t", "level": 1, "children": [ONE]}]


class File:
    """A file of a build."""

    inclusion = SimpleNamespace(name="INCLUDED")

    def __init__(self, src_uri):
        self.src_uri, self.url = src_uri, f"{src_uri}/"


class Files(list):
    """The files of a build, by their names."""

    def get_file_from_path(self, uri):
        return next(file for file in self if file.src_uri == uri)


FILES = Files([File("a.md"), File("b.md")])
SAME = {"use_directory_urls": True, "mdx_configs": {}, "validation": {}}
SAME["markdown_extensions"] = ["tables"]


@pytest.fixture
def build(house):
    """`build(text)` renders a page as a build does; says how often that was."""
    house("snippets/my_lesson/x.py", "a = 1\n")
    disk_cache._makers.cache_clear()
    calls = []

    def once(text=TEXT, uri="a.md", config=SAME, found=FILES, warns=False, other=None):
        def render(config, files):
            calls.append(text)
            page.content, page.toc = f"<p>{len(calls)}</p>", get_toc(TOKENS)
            page._title_from_render = "T"
            page.present_anchor_ids = {"t", "one", None}  # of an `id` without a value
            page.links_to_anchors = {files[1]: {"there": "b.md#there"}}
            if warns:
                logging.getLogger("mkdocs.structure.pages").warning("no %s", "c.md")
            if other:
                other()

        page = SimpleNamespace(
            file=SimpleNamespace(src_uri=uri), render=render, content=None
        )
        assert page_cache.remember(page, text) == text
        page.render(config, found)
        return page, len(calls)

    yield once
    disk_cache._makers.cache_clear()


def test_the_same_page_is_rendered_once(build):
    first, _ = build()
    second, calls = build()
    assert calls == 1 and second.content == first.content == "<p>1</p>"
    for page in (first, second):
        assert page._title_from_render == "T"
        assert page.present_anchor_ids == {"t", "one"}
        assert page.links_to_anchors == {FILES[1]: {"there": "b.md#there"}}
        assert str(page.toc) == str(get_toc(TOKENS))
        assert [link.level for link in page.toc.items[0].children] == [2]
    second.toc.items.append("changed by a template")
    assert len(build()[0].toc) == 1


def test_what_changes_is_rendered_again(build, house):
    build()
    assert build(TEXT + "More.")[1] == 2
    assert build()[1] == 3
    house("snippets/my_lesson/x.py", "a = 2\n")
    assert build()[1] == 4, "what it includes counts too"
    assert build(uri="b/c.md")[1] == 5
    assert build(uri="b-c.md")[1] == 6


def test_what_is_around_a_page_counts_too(build):
    build()
    others = {"use_directory_urls": False, "mdx_configs": {"toc": {}}}
    others |= {"validation": {"links": {}}, "markdown_extensions": []}
    for count, (name, value) in enumerate(others.items(), start=2):
        assert build(config={**SAME, name: value})[1] == count, name
    assert build()[1] == 6
    assert build(found=Files([*FILES, File("c.md")]))[1] == 7, "a link may lead there"


def test_what_is_included_by_what_is_included_counts_too(build, house):
    house("snippets/my_lesson/x.py", '--8<-- "snippets/my_lesson/y.py"\n')
    house("snippets/my_lesson/y.py", "a = 1\n")
    assert [build()[1], build()[1]] == [1, 1]
    house("snippets/my_lesson/y.py", '--8<-- "snippets/my_lesson/x.py"\n')
    assert build()[1] == 2, "two that include each other are read once each"


def test_what_was_said_is_said_again(build, caplog):
    build(warns=True)
    build(warns=True)
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert told == 2 * [("WARNING", "no c.md")]


@pytest.fixture
def level():
    """A function that sets how much MkDocs says, as its switches -q and -v do."""
    mkdocs = logging.getLogger("mkdocs")
    before = mkdocs.level
    yield mkdocs.setLevel
    mkdocs.setLevel(before)


def test_a_quiet_build_keeps_its_warnings_for_the_next_one(build, caplog, level):
    level(logging.ERROR)
    build(warns=True)
    assert not caplog.records
    level(logging.WARNING)
    assert build(warns=True)[1] == 1
    assert [record.getMessage() for record in caplog.records] == ["no c.md"]


def test_what_a_server_says_meanwhile_is_no_words_of_the_page(build, level):
    level(logging.INFO)
    mkdocs, heard = logging.getLogger("mkdocs"), []
    handler = logging.Handler(logging.WARNING)
    handler.handle = lambda record: heard.append(record.getMessage())  # it counts

    def serve():
        for say, words in ((mkdocs.info, "connected"), (mkdocs.warning, "code 404")):
            thread = threading.Thread(target=say, args=[words])
            thread.start()
            thread.join()

    mkdocs.addHandler(handler)
    try:
        build(warns=True, other=serve)
        assert heard == ["code 404", "no c.md"]
        assert build(warns=True, other=serve)[1] == 1
    finally:
        mkdocs.removeHandler(handler)
    assert heard == ["code 404", "no c.md", "no c.md"]


def test_what_was_said_before_an_error_is_not_lost(build, caplog):
    def fails():
        raise KeyError("table")

    handlers = logging.getLogger("mkdocs").handlers
    for _ in range(2):
        with pytest.raises(KeyError):
            build(warns=True, other=fails)
    assert [record.getMessage() for record in caplog.records] == 2 * ["no c.md"]
    assert logging.getLogger("mkdocs").handlers is handlers
    assert build()[1] == 3


def test_a_talkative_build_remembers_nothing(build, level):
    level(logging.DEBUG)
    assert [build()[1], build()[1]] == [1, 2]
    level(logging.INFO)
    assert build()[1] == 3


def test_a_file_that_is_not_there_is_no_error_here(build):
    build('--8<-- "snippets/my_lesson/gone.py"\n')
