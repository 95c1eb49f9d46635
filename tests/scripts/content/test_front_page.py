"""What the lessons' front matter says of them."""

import pytest
import yaml

from scripts.common.errors import SiteError
from scripts.common.paths import TREE
from scripts.content import evidence, front_page, questions
from scripts.page import front_matter

GOOD = (
    "number: 1, load_type: BUILD, do: 60, needs: x, from: a, to: b, measured: m, "
    "measures: s"
)


def test_the_lessons_come_in_the_modules_order():
    found = front_matter.of_lessons()
    assert [facts["number"] for facts in found.values()] == [1, 2, 3]
    assert [facts["load_type"] for facts in found.values()] == list(front_matter.LOADS)


@pytest.mark.parametrize("text", ["# None", "---\njust words\n---\n", ""])
def test_a_page_may_have_no_front_matter(tmp_path, text):
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    assert front_matter.front_matter(path) == {}


def test_front_matter_that_is_no_yaml_is_named(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("---\na: [\n---\n", encoding="utf-8")
    with pytest.raises(SiteError, match="page.md: its front matter is no YAML"):
        front_matter.front_matter(path)


def test_a_lesson_that_says_nothing_is_left_out(house, monkeypatch):
    house("docs/my-lesson.md", "# My lesson\n")
    monkeypatch.setattr(front_matter, "lessons", lambda: ["my-lesson"])
    assert front_matter.of_lessons() == {}


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (GOOD.replace("to: b, ", ""), "see to"),
        (GOOD.replace("BUILD", "EASY"), "load_type is EASY"),
        (f"{GOOD}, read: 20", "see read"),
    ],
)
def test_a_lesson_that_says_too_little_is_named(house, monkeypatch, facts, says):
    house("docs/my-lesson.md", f"---\nlesson: {{{facts}}}\n---\n")
    monkeypatch.setattr(front_matter, "lessons", lambda: ["my-lesson"])
    with pytest.raises(SiteError, match=f"my-lesson.md: .*{says}"):
        front_matter.of_lessons()


@pytest.fixture
def lesson(house):
    """Write a lesson of so many words, lines of code and words in its questions."""

    def write(words=0, lines=0, asked=0, retrieved=0):
        code = "\n\n".join(["x = 1"] * lines)
        house("snippets/my_lesson/x.py", code)
        fence = '```python\n--8<-- "snippets/my_lesson/x.py"\n```\n'
        page = f"---\nlesson: {{{GOOD}}}\n---\n{'word ' * words}\n\n"
        house("docs/my-lesson.md", page + fence * bool(lines))
        right = {"text": "word " * (asked // 3), "right": "word " * (asked // 3)}
        prediction = {"question": "word " * (asked // 3), "answers": [right]}
        item = {"question": "word", "answer": "word " * (retrieved - 1)}
        found = {
            "predictions": {"q": prediction},
            "retrieval": [item] * bool(retrieved),
        }
        questions._read.cache_clear()
        house("snippets/my_lesson/questions.yml", yaml.safe_dump(found))
        return front_page.minutes_to_read("my-lesson")

    return write


@pytest.mark.parametrize(
    ("size", "minutes"),
    [
        ({"words": 1}, 5),
        ({"words": 750}, 5),
        ({"words": 751}, 10),
        ({"lines": 100}, 5),  # blank lines between them are not read
        ({"lines": 101}, 10),
        ({"words": 300, "lines": 40, "asked": 150}, 5),
        ({"words": 300, "lines": 40, "asked": 153}, 10),
        ({"words": 600, "retrieved": 150}, 5),
        ({"words": 600, "retrieved": 151}, 10),
    ],
)
def test_the_minutes_to_read_are_counted(lesson, size, minutes):
    assert lesson(**size) == minutes


@pytest.mark.parametrize(
    "markup",
    [
        '<figure class="a b" markdown="1"> - *** — {{ a.b.c.median }}',
        "[word](page.md#and-so-on){ .a #b }",
        '--8<-- "docs/captures/x.md"\n\n```text\n--8<-- "docs/captures/y.txt"\n```\n',
    ],
)
def test_markup_is_not_read_as_words(house, lesson, markup):
    lesson(words=1)
    house("docs/my-lesson.md", f"{markup}\n")
    words = sum(
        len(front_page.WORD.findall(line)) for line in front_page._prose("my-lesson")
    )
    assert words <= 1


def test_each_number_leads_to_its_recording():
    lessons = front_matter.of_lessons()
    rows = evidence.markdown()
    for facts in lessons.values():
        assert f'<span id="{front_page.source(facts["measured"])}">' in rows
    two = "{{ gpu-training.races@cuda.x.median }}×, {{ a.b.c.median }}"
    assert front_page.source(two) == "gpu-training-cuda-races"
    one = "{{ gpu-training.races.x.count }}"
    assert front_page.source(one) == "gpu-training-cpu-races"


def test_a_lesson_is_read_in_two_hours_at_most():
    for slug in front_matter.of_lessons():
        minutes = front_page.minutes_to_read(slug)
        assert minutes % 5 == 0 and 20 <= minutes <= 120


def test_the_rule_is_the_one_that_is_written_down():
    text = " ".join((TREE.docs / "contributing.md").read_text(encoding="utf-8").split())
    words, lines = front_page.WORDS_A_MINUTE, front_page.LINES_A_MINUTE
    rule = f"{words} words and {lines} lines of code"
    assert rule in text
