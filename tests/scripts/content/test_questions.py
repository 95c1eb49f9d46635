"""Questions: in sentences, shuffled, each wrong answer contradicted by a capture."""

from collections import Counter
from html import unescape
from re import findall

import pytest
import yaml

from scripts.common.errors import SiteError
from scripts.common.paths import lessons
from scripts.content import question_checks, questions

WRONG = {
    "text": "One.",
    "predicts": "Then it would be `1` < 2.",
    "captured": "x-one:value",
    "is": "<2>",
    "shows": "It is `{{ captured }}`.",
}
RIGHT = {"text": "`2`.", "right": "Two & no more."}
SHOWS = {"lines": ["x-one:value"]}


@pytest.fixture
def ask(house):
    """Write questions.yml with one prediction; a captured text is there."""
    house(
        "docs/captures/my-lesson/cpu/x-one.txt",
        "noise\n  value: <2>\n  count: 1,234.5 of them\n",
    )

    def write(question="How *many*?", answers=(WRONG, RIGHT), shows=SHOWS):
        asked = {"question": question, "answers": list(answers), "shows": shows}
        content = {"predictions": {"many": asked}}
        questions._read.cache_clear()
        house("snippets/my_lesson/questions.yml", yaml.safe_dump(content))

    return write


def lacking(part, of=WRONG):
    return {key: value for key, value in of.items() if key != part}


@pytest.mark.parametrize(
    "answers",
    [
        (WRONG, RIGHT),
        ({**WRONG, "last": True}, RIGHT),
        (WRONG, {**RIGHT, "captured": "x-one:value", "is": "<2>"}),
        ({**WRONG, "shows": "`{{ captured }}` is printed. “And so on.”"}, RIGHT),
    ],
)
def test_a_good_question(ask, answers):
    ask(answers=answers)
    assert question_checks.check("my-lesson") == []


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([RIGHT], "question many: 1 answers"),
        ([WRONG, WRONG, WRONG, WRONG, RIGHT], "question many: 5 answers"),
        ([WRONG, WRONG], "exactly one answer has to be right"),
        ([RIGHT, RIGHT], "exactly one answer has to be right"),
        ([lacking("is"), RIGHT], "answer 'One.': it needs is"),
        ([lacking("shows"), RIGHT], "answer 'One.': it needs shows"),
        ([lacking("predicts"), RIGHT], "answer 'One.': it needs predicts"),
        ([lacking("captured"), RIGHT], "answer 'One.': it needs captured"),
        ([lacking("text"), RIGHT], "question many: .* no text"),
        ([{**WRONG, "model": "A"}, RIGHT], "answer 'One.': there is no part model"),
        ([WRONG, {**RIGHT, "is": "2"}], "it needs captured"),
        ([WRONG, {**RIGHT, "captured": "x-one:value", "is": "3"}], "'<2>', and not"),
        ([WRONG, {**RIGHT, "right": "two"}], "its 'right' does not begin"),
        ([{**WRONG, "captured": "x-one:gone"}, RIGHT], "'gone:'"),
        ([{**WRONG, "captured": "x-two:value"}, RIGHT], "x-two.txt does not exist"),
        ([{**WRONG, "captured": "y.loss.median"}, RIGHT], "y.json does not exist"),
        ([{**WRONG, "is": "2"}, RIGHT], "'x-one:value' is '<2>', and not '2'"),
        ([{**WRONG, "predicts": "It is {{ a.b.c.d }}."}, RIGHT], "'One.'.*b.json"),
        ([{**WRONG, "predicts": "1"}, RIGHT], "its 'predicts' does not end"),
        ([{**WRONG, "shows": "about 1."}, RIGHT], "its 'shows' does not begin"),
        ([{**WRONG, "shows": "It is `for example this`."}, RIGHT], "prose in code"),
    ],
)
def test_every_defect_is_named(ask, answers, message):
    ask(answers=answers)
    problems = question_checks.check("my-lesson")
    assert len(problems) == 1
    assert problems[0].startswith("snippets/my_lesson/questions.yml: question many")
    with pytest.raises(SiteError, match=message):
        raise SiteError(problems[0])


@pytest.mark.parametrize(
    ("shown", "expected", "answer"),
    [
        ("29.3 times", "> 3", True),
        ("29.3 times", "> 29.3", False),
        ("29.3 times", ">= 29.3", True),
        ("−0.1", "< 0", True),
        ("-0.1 points", "-0.2 to 0", True),
        ("0.1", "-0.2 to 0", False),
        ("1,234.5 of them", "<= 1234.5", True),
        ("1e-8", "< 0.001", True),
        ("none", "> 0", False),
        ("True", True, True),
        ("True, it is", "True", False),
        ("True, it is", "True…", True),
        ("False", "True…", False),
    ],
)
def test_what_was_captured_is_held_against_what_is_expected(shown, expected, answer):
    assert question_checks.holds(shown, expected) is answer


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "predictions: [\n"])
def test_a_file_that_holds_no_questions(house, text):
    questions._read.cache_clear()
    house("snippets/my_lesson/questions.yml", text)
    with pytest.raises(SiteError, match="snippets/my_lesson/questions.yml: "):
        question_checks.check("my-lesson")


FORMS = [
    ("predictions: []", "its `predictions` is [], and not parts with names"),
    ("predictions: {5: {}}", "question 5: its name is 5, and not a text in quotes"),
    ("predictions: {a: }", "question a is empty, and not parts with names"),
    ("predictions: {a: {question: [b]}}", "question a: its `question` is ['b'], and"),
    ("predictions: {a: {answers: }}", "question a: its `answers` is empty, and not a"),
    ("predictions: {a: {answers: [b]}}", "an answer is 'b', and not parts with names"),
    ("predictions: {a: {answers: [{text: Yes}]}}", "its `text` is True, and not a te"),
    ("predictions: {a: {answers: [{captured: 5}]}}", "its `captured` is 5, and not a"),
    ("predictions: {a: {answers: [{last: x}]}}", "`last` is 'x', and not true or fal"),
    ("predictions: {a: {shows: 5}}", "its `shows` is 5, and not parts with names"),
    ("predictions: {a: {shows: {number: 5}}}", "its `number` is 5, and not a text in"),
    ("predictions: {a: {shows: {lines: 5}}}", "its `lines` is 5, and not a list"),
    ("predictions: {a: {shows: {lines: [{b: c}]}}}", "`shows` is {'b': 'c'}, and not"),
    ("predictions: {a: {shows: {lines: [b.c]}}}", "line 'b.c' is not `block:label`"),
    ("predictions: {a: {shows: {lines: [], number: b}}}", "a number or lines, not bo"),
    ("retrieval: ", "its `retrieval` is empty, and not a list"),
    ("retrieval: [a]", "retrieval is 'a', and not parts with names"),
    ("retrieval: [{question: a}]", "needs a `answer`"),
]


@pytest.mark.parametrize(("text", "says"), FORMS)
def test_a_part_of_another_kind_is_named_with_its_file(house, text, says):
    questions._read.cache_clear()
    house("snippets/my_lesson/questions.yml", text)
    for look in (question_checks.check, questions.retrieval):
        with pytest.raises(SiteError) as error:
            look("my-lesson")
        assert str(error.value).startswith("snippets/my_lesson/questions.yml: ")
        assert says in str(error.value)


def test_what_is_shown_is_escaped(ask):
    ask(question="Is `a<b` < 3 & so on?")
    html = questions.prediction("my-lesson", "many")
    assert "Is <code>a&lt;b</code> &lt; 3 &amp; so on?" in html
    assert "It is <code>&lt;2&gt;</code>." in html
    assert "<summary><code>2</code>.</summary>" in html
    assert html.count("<details") == 3 and "\n\n" not in html
    assert "<code>value: <strong><2></strong></code>" in unescape(html)


def test_who_was_wrong_gets_the_reason_as_well(ask):
    ask()
    answers = questions.prediction("my-lesson", "many").split("<details")[1:3]
    assert all("Two &amp; no more." in answer for answer in answers)
    (verdict,) = (answer for answer in answers if "<strong>No.</strong>" in answer)
    assert "&lt;2&gt;" in verdict
    assert "The right answer: <strong><code>2</code>.</strong> Two" in verdict


def test_the_search_gives_no_answer_away(ask):
    ask()
    html = questions.prediction("my-lesson", "many")
    assert html.count("<details") == html.count(" data-search-exclude>") == 3


@pytest.mark.parametrize(
    ("shows", "says"),
    [
        ({}, "its card: it needs `shows`"),
        ({"says": "Nothing."}, "its card: it needs `shows`"),
        ({"lines": ["x-one:gone"]}, "its card: x-one.txt has no line"),
        ({"lines": ["x-one:value"] * 4}, "its card shows 4 lines, at most 3"),
        ({"lines": []}, "its card shows 0 lines, at most 3"),
        ({"number": "y.loss.median", "says": "times."}, "y.json does not exist"),
        ({**SHOWS, "picture": "x"}, "there is no part picture of `shows`"),
    ],
)
def test_a_card_that_shows_nothing_captured_is_named(ask, shows, says):
    ask(shows=shows)
    (problem,) = question_checks.check("my-lesson")
    assert problem.startswith("snippets/my_lesson/questions.yml: question many: ")
    assert says in problem


def test_a_card_shows_a_number_and_says_what_it_is(ask, monkeypatch):
    monkeypatch.setattr(questions, "lookup", lambda key: f"<{key}>")
    ask(shows={"number": "y.loss.median", "says": "times *as* much."})
    html = questions.prediction("my-lesson", "many")
    number = "<strong><my-lesson.y.loss.median></strong>"
    assert f'<p class="measured">{number} times *as* much.</p>' in unescape(html)
    assert question_checks.check("my-lesson") == []
    ask(shows={"number": "y.loss.median", "says": "times"})
    (problem,) = question_checks.check("my-lesson")
    assert "its card does not end like a sentence: 'times'" in problem


def test_an_answer_keeps_its_name_while_its_text_stays(ask):
    ask()
    first = findall(r'data-id="(\w{6})"', questions.prediction("my-lesson", "many"))
    ask(answers=(RIGHT, {**WRONG, "shows": "It is others."}), question="Which?")
    again = findall(r'data-id="(\w{6})"', questions.prediction("my-lesson", "many"))
    assert len(set(first)) == 2 and first == again


def test_the_order_of_answers_is_the_question_s_own_and_stays():
    answers = [{"text": letter} for letter in "ABCD"]
    orders = [
        "".join(answer["text"] for answer in questions.shuffled(str(key), answers))
        for key in range(200)
    ]
    for place in range(4):  # each answer stands in each place, about equally often
        assert min(Counter(order[place] for order in orders).values()) > 30
    again = questions.shuffled("7", answers[::-1])
    assert "".join(answer["text"] for answer in again) == orders[7]


def test_an_answer_that_is_marked_stays_at_the_end():
    answers = [{"text": "Neither.", "last": True}, {"text": "A."}, {"text": "B."}]
    for key in "abcdefgh":
        assert questions.shuffled(key, answers)[-1]["text"] == "Neither."


def test_no_place_on_the_site_gives_the_right_answer_away():
    places = Counter()
    for slug in lessons():
        for key, asked in questions.read(slug)["predictions"].items():
            order = questions.shuffled(key, asked["answers"])
            places["right" in order[0], "right" in order[-1]] += 1
    assert places[True, False] >= 3 and places[False, True] >= 3, places


def test_every_verdict_on_the_site_is_made_of_sentences():
    seen = 0
    for slug in lessons():
        for key in questions.read(slug)["predictions"]:
            html = questions.prediction(slug, key)
            for verdict in findall(r"</summary>(.*?)</details>", html):
                seen += 1
                for part in findall(r"<p>(.*?)</p>", verdict):
                    assert question_checks.no_sentence(part) == "", f"{slug}, {key}"
                    assert "{{" not in part and ".." not in unescape(part), part
    assert seen > 80


def test_an_unknown_question_is_named(ask):
    ask()
    with pytest.raises(SiteError, match="'few'"):
        questions.prediction("my-lesson", "few")


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ((WRONG, WRONG), "exactly one answer has to be right"),
        ((), "exactly one answer has to be right"),
        ((lacking("text"), RIGHT), "has no text"),
        ((lacking("shows"), RIGHT), "answer 'One.': it needs shows"),
        (({**WRONG, "captured": "x-one:gone"}, RIGHT), "answer 'One.': .* `label: va"),
        ((WRONG, {**RIGHT, "right": "{{ a.b.c.d }}"}), "answer '`2`.': the capture"),
    ],
)
def test_a_question_that_cannot_be_shown_is_named(ask, answers, says):
    """Also where nothing was checked before: in a build, and while recording."""
    ask(answers=answers)
    where = "snippets/my_lesson/questions.yml: question many"
    with pytest.raises(SiteError, match=f"^{where}.*{says}"):
        questions.prediction("my-lesson", "many")


def test_no_file_at_all(house):
    with pytest.raises(SiteError, match="questions.yml does not exist"):
        questions.read("my-lesson")
