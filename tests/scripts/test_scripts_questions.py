"""Questions: each wrong answer is contradicted by what was captured."""

import pytest
import yaml

from scripts import questions
from scripts.tree import SiteError

WRONG = {"text": "One", "model": "A < B", "predicts": "1", "captured": "x-one:value"}
RIGHT = {"text": "`2`", "right": "Two & no more."}


@pytest.fixture
def ask(house):
    """Write questions.yml with one prediction; a captured text is there."""
    house("docs/captures/my-lesson/cpu/x-one.txt", "noise\n  value: <2>\n")

    def write(question="How *many*?", answers=(WRONG, RIGHT), **more):
        asked = {"question": question, "answers": list(answers), **more}
        content = {"predictions": {"many": asked}}
        questions._read.cache_clear()
        house("snippets/my_lesson/questions.yml", yaml.safe_dump(content))

    return write


def lacking(part, of=WRONG):
    return {key: value for key, value in of.items() if key != part}


def test_a_good_question(ask):
    ask()
    assert questions.check("my-lesson") == []


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([RIGHT], "question many: 1 answers"),
        ([WRONG, WRONG, WRONG, WRONG, RIGHT], "question many: 5 answers"),
        ([WRONG, WRONG], "exactly one answer has to be right"),
        ([RIGHT, RIGHT], "exactly one answer has to be right"),
        ([lacking("model"), RIGHT], "answer 'One': .* needs model"),
        ([lacking("predicts"), RIGHT], "answer 'One': .* needs predicts"),
        ([lacking("captured"), RIGHT], "answer 'One': .* needs captured"),
        ([lacking("text"), RIGHT], "question many: .* no text"),
        ([{**WRONG, "captured": "x-one:gone"}, RIGHT], "'gone:'"),
        ([{**WRONG, "captured": "x-two:value"}, RIGHT], "x-two.txt does not exist"),
        ([{**WRONG, "captured": "y.loss.median"}, RIGHT], "y.json does not exist"),
        ([{**WRONG, "predicts": "2"}, RIGHT], "that is what was captured"),
        ([{**WRONG, "predicts": "{{ a.b.c.d }}"}, RIGHT], "answer 'One'.*b.json"),
    ],
)
def test_every_defect_is_named(ask, answers, message):
    ask(answers=answers)
    problems = questions.check("my-lesson")
    assert len(problems) == 1
    with pytest.raises(SiteError, match=message):
        raise SiteError(problems[0])


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "predictions: [\n"])
def test_a_file_that_holds_no_questions(house, text):
    questions._read.cache_clear()
    house("snippets/my_lesson/questions.yml", text)
    with pytest.raises(SiteError, match="snippets/my_lesson/questions.yml: "):
        questions.check("my-lesson")


def test_what_is_shown_is_escaped(ask):
    ask(question="Is `a<b` < 3 & so on?")
    html = questions.prediction("my-lesson", "many")
    assert "Is <code>a&lt;b</code> &lt; 3 &amp; so on?" in html
    assert "A &lt; B" in html and ": &lt;2&gt;</code>" in html
    assert "<summary><code>2</code></summary>" in html
    assert html.count("<details") == 2 and "\n\n" not in html


def test_an_unknown_question_is_named(ask):
    ask()
    with pytest.raises(SiteError, match="'few'"):
        questions.prediction("my-lesson", "few")


def test_no_file_at_all(house):
    with pytest.raises(SiteError, match="questions.yml does not exist"):
        questions.load("my-lesson")
