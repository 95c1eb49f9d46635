"""What the lessons' front matter says of them."""

import pytest

from scripts import module
from scripts.tree import SiteError

GOOD = "number: 1, load: BUILD, read: 1, do: 60, needs: x, from: a, to: b"


def test_the_lessons_come_in_the_modules_order():
    found = module.of_lessons()
    assert [facts["number"] for facts in found.values()] == [1, 2, 3]
    assert [facts["load"] for facts in found.values()] == list(module.LOADS)


@pytest.mark.parametrize("text", ["# None", "---\njust words\n---\n", ""])
def test_a_page_may_have_no_front_matter(tmp_path, text):
    path = tmp_path / "page.md"
    path.write_text(text)
    assert module.front_matter(path) == {}


def test_front_matter_that_is_no_yaml_is_named(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("---\na: [\n---\n")
    with pytest.raises(SiteError, match="page.md: its front matter is no YAML"):
        module.front_matter(path)


def test_a_lesson_that_says_nothing_is_left_out(house, monkeypatch):
    house("docs/my-lesson.md", "# My lesson\n")
    monkeypatch.setattr(module, "lessons", lambda: ["my-lesson"])
    assert module.of_lessons() == {}


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (GOOD.replace(", to: b", ""), "see to"),
        (GOOD.replace("BUILD", "EASY"), "load is EASY"),
    ],
)
def test_a_lesson_that_says_too_little_is_named(house, monkeypatch, facts, says):
    house("docs/my-lesson.md", f"---\nlesson: {{{facts}}}\n---\n")
    monkeypatch.setattr(module, "lessons", lambda: ["my-lesson"])
    with pytest.raises(SiteError, match=f"my-lesson.md: .*{says}"):
        module.of_lessons()
