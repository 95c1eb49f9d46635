"""A page that has not changed is rendered once, and anything that it shows counts."""

from types import SimpleNamespace

import pytest

from scripts.web import page_cache

TEXT = '```python\n--8<-- "snippets/my_lesson/x.py:one"\n```\n'


@pytest.fixture
def build(house, monkeypatch):
    """`build(text)` renders a page as a build does; says how often that was."""
    house("snippets/my_lesson/x.py", "a = 1\n")
    monkeypatch.setattr(page_cache, "KNOWN", {})
    calls = []

    def once(text=TEXT, uri="a.md"):
        def render(config, files):
            calls.append(text)
            page.content, page.toc = f"<p>{len(calls)}</p>", [len(calls)]
            page._title_from_render, page.present_anchor_ids = "T", {"t"}

        page = SimpleNamespace(file=SimpleNamespace(src_uri=uri), render=render)
        assert page_cache.remember(page, text) == text
        page.render({}, {})
        return page, len(calls)

    return once


def test_the_same_page_is_rendered_once(build):
    first, _ = build()
    second, calls = build()
    assert calls == 1 and second.content == first.content == "<p>1</p>"
    assert second._title_from_render == "T" and second.present_anchor_ids == {"t"}
    second.toc.append("changed by a template")
    assert build()[0].toc == [1]


def test_what_changes_is_rendered_again(build, house):
    build()
    assert build(TEXT + "More.")[1] == 2
    assert build()[1] == 3
    house("snippets/my_lesson/x.py", "a = 2\n")
    assert build()[1] == 4, "what it includes counts too"
    assert build(uri="b.md")[1] == 5


def test_a_file_that_is_not_there_is_no_error_here(build):
    build('--8<-- "snippets/my_lesson/gone.py"\n')
