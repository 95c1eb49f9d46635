"""A page that has not changed is rendered once, and anything that it shows counts."""

import logging
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
SAME = {"use_directory_urls": True}


@pytest.fixture
def build(house):
    """`build(text)` renders a page as a build does; says how often that was."""
    house("snippets/my_lesson/x.py", "a = 1\n")
    house("mkdocs.yml", "site_name: A\n")
    disk_cache._makers.cache_clear()
    calls = []

    def once(text=TEXT, uri="a.md", config=SAME, found=FILES, warns=False):
        def render(config, files):
            calls.append(text)
            page.content, page.toc = f"<p>{len(calls)}</p>", get_toc(TOKENS)
            page._title_from_render, page.present_anchor_ids = "T", {"t", "one"}
            page.links_to_anchors = {files[1]: {"there": "b.md#there"}}
            if warns:
                logging.getLogger("mkdocs.structure.pages").warning("no %s", "c.md")

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
    assert build(uri="b.md")[1] == 5


def test_what_is_around_a_page_counts_too(build, house):
    build()
    assert build(config={"use_directory_urls": False})[1] == 2
    assert build(found=Files([*FILES, File("c.md")]))[1] == 3, "a link may lead there"
    house("mkdocs.yml", "site_name: B\n")
    assert build()[1] == 4


def test_what_was_said_is_said_again(build, caplog):
    build(warns=True)
    build(warns=True)
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert told == 2 * [("WARNING", "no c.md")]


def test_a_file_that_is_not_there_is_no_error_here(build):
    build('--8<-- "snippets/my_lesson/gone.py"\n')
