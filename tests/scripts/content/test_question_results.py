"""A prediction is followed by its result, closed, and by what prints it."""

import pytest
import yaml

from scripts.content import question_results, questions

BLOCK = '```python\n--8<-- "snippets/my_lesson/x.py:{}"\n```\n'
TEXT = '```text\n--8<-- "docs/captures/my-lesson/cpu/x-{}.txt"\n```\n'
TABLE = '--8<-- "docs/captures/my-lesson/cpu/big-{}.md"\n'
ASKED = "{{ question.many }}\n"
ONE, SHOWN = BLOCK.format("one"), TEXT.format("one")


def box(body, kind="??? captured"):
    """A box around some lines."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f'{kind} "What was captured"\n\n{lines}'


def page(*parts):
    return "\n".join(parts)


@pytest.fixture
def wrong(house):
    """What is wrong with a page whose answers name these captures."""

    def look(text, *captured, **shows):
        answers = [{"text": "A.", "captured": name} for name in captured]
        asked = {"question": "?", "answers": answers, "shows": shows}
        content = {"predictions": {"many": asked}}
        questions._read.cache_clear()
        house("snippets/my_lesson/questions.yml", yaml.safe_dump(content))
        return list(question_results.problems("my-lesson", "my-lesson.md", text))

    return look


LABEL, METRIC = "x-one:value", "big.loss.median"


@pytest.mark.parametrize(
    ("text", "captured"),
    [
        (page(ASKED, ONE, box(SHOWN)), LABEL),
        (page(ONE, ASKED, box(SHOWN)), LABEL),
        (page(ASKED, box(page(SHOWN, ONE))), LABEL),
        (page(ASKED, ASKED, ONE, box(SHOWN)), LABEL),
        (page(BLOCK.format("two"), TEXT.format("two"), ASKED, ONE, box(SHOWN)), LABEL),
        (page(ASKED, box(ONE, "??? harness"), box(SHOWN)), LABEL),
        (page(ASKED, box(TABLE.format("losses"))), METRIC),
        (page(ASKED, box("It is {{ my-lesson.big.loss.median }}.")), METRIC),
        (page(box(page(ASKED, ONE, box(SHOWN)), "!!! misconception")), LABEL),
        ("{{ question.gone }}\n", LABEL),  # that stops the build
    ],
)
def test_a_closed_result(wrong, text, captured):
    assert wrong(text, captured) == []


def test_an_open_output_is_said_once(wrong):
    """Also where it stands in place of the box, which is then missing."""
    (said,) = wrong(page(ASKED, ONE, SHOWN), LABEL, lines=[LABEL])
    assert "stands open in line 8: put it into" in said


@pytest.mark.parametrize(
    ("text", "captured", "says"),
    [
        (page(ASKED, box(SHOWN)), LABEL, "line 1: question many: the block x-one"),
        (page(ASKED, box(SHOWN)), LABEL, "has to stand on the page"),
        (page(ASKED, ONE), LABEL, "box with the result has to follow it"),
        (page(ASKED, ONE, box(SHOWN), SHOWN), LABEL, "stands open in line 14"),
        (page(SHOWN, ASKED, ONE, box(SHOWN)), LABEL, "stands open in line 2"),
        (
            page(ASKED, ONE, box(TEXT.format("two"))),
            LABEL,
            "box in line 7, which an answer opens, does not show the result: x-one",
        ),
        (page(ASKED, box("Nothing.")), METRIC, "does not show the result: big"),
        (page(ASKED, TABLE.format("losses")), METRIC, "has to follow it"),
        (page(ASKED, box(TABLE.format("a"), "???+ captured")), METRIC, "to follow it"),
        (page(ASKED, box(TABLE.format("a"), "!!! captured")), METRIC, "to follow it"),
        (page(box(ASKED, "!!! card"), box(TABLE.format("a"))), METRIC, "to follow it"),
        (
            page(box(ASKED, "!!! card"), box(box(TABLE.format("a")), "!!! card")),
            METRIC,
            "to follow it",
        ),
        (page(ASKED, box(box(TABLE.format("a")), "!!! card")), METRIC, "to follow it"),
    ],
)
def test_an_open_result_is_named(wrong, text, captured, says):
    (problem,) = wrong(text, captured)
    assert problem.startswith("my-lesson.md, line ") and says in problem
    assert ": question many: " in problem


@pytest.mark.parametrize(
    ("shows", "says"),
    [
        ({"lines": ["x-one:value", "x-one:count"]}, None),
        ({"lines": ["x-one:value", "x-two:value"]}, "card shows x-two, and no"),
        ({"number": METRIC}, "its card shows big, and no `??? captured` box below"),
    ],
)
def test_what_a_card_shows_stands_in_a_box_below(wrong, shows, says):
    found = wrong(page(ASKED, ONE, box(SHOWN)), LABEL, **shows)
    assert not found if says is None else says in "".join(found)
    assert len(found) == (says is not None)
    assert not wrong(
        page(ASKED, ONE, box(SHOWN), box(TABLE.format("a"))), LABEL, number=METRIC
    )
