"""Conditions: lines that stand there when a GPU has recorded, and leave no mess."""

import pytest

from scripts.common.errors import SiteError
from scripts.content import conditionals
from scripts.page.fences import join, split


@pytest.fixture(autouse=True)
def recorded(monkeypatch):
    """In my-lesson, x is recorded and y is not; in other, y is, and twice."""

    def is_recorded(slug, name):
        if name not in ("x", "y"):
            raise SiteError(f"{slug} has no experiment called '{name}'")
        return (slug, name) in {("my-lesson", "x"), ("other", "y")}

    def metrics(slug, name, again=False):
        if again:
            return ["loss"] if (slug, name) == ("other", "y") else []
        return ["loss", "once_ms"] if is_recorded(slug, name) else []

    monkeypatch.setattr("scripts.content.gpu.is_recorded", is_recorded)
    monkeypatch.setattr("scripts.content.gpu.metrics", metrics)
    monkeypatch.setattr("scripts.content.gpu.is_recorded_twice", "other".__eq__)
    monkeypatch.setattr(conditionals, "programs", lambda: ["my-lesson"])


def apply(text):
    return join(conditionals.apply(split(text), "my-lesson"))


@pytest.mark.parametrize(
    ("condition", "there"),
    [
        ("if cuda.x", True),
        ("if cuda.y", False),
        ("if not cuda.x", False),
        ("if not cuda.y", True),
        ("if other.cuda.y", True),
        ("if not other.cuda.x", True),
        ("if cuda.again", False),
        ("if other.cuda.again", True),
    ],
)
def test_lines_are_kept_or_gone(condition, there):
    text = f"A.\n\n{{{{ {condition} }}}}\nB.\n\nC.\n{{{{ end }}}}\n\nD.\n"
    assert apply(text) == ("A.\n\nB.\n\nC.\n\nD.\n" if there else "A.\n\nD.\n")


@pytest.mark.parametrize(
    ("condition", "key", "there"),
    [
        ("cuda.x.loss", "my-lesson.x@cuda.loss.median", True),
        ("cuda.x.bfloat16_ms", "my-lesson.x@cuda.bfloat16_ms.n", False),
        ("cuda.y.loss", "my-lesson.y@cuda.loss.spread", False),
        ("other.cuda.y.loss", "other.y@cuda.loss.median", True),
        ("other.cuda.y.loss.again", "other.y@again.loss.median", True),
        ("other.cuda.y.once_ms.again", "other.y@again.once_ms.median", False),
        ("cuda.x.loss.again", "my-lesson.x@again.loss.median", False),
    ],
)
def test_lines_with_a_number_that_not_every_gpu_has(condition, key, there):
    line = f"It is\n{{{{ {key} }}}}."
    text = f"A.\n{{{{ if {condition} }}}}\n{line}\n{{{{ end }}}}\nB.\n"
    assert apply(text) == (f"A.\n{line}\nB.\n" if there else "A.\nB.\n")


@pytest.mark.parametrize("metric", ["lost", "loss"])
def test_a_metric_that_is_misspelt_is_noticed(metric):
    """It would take away its lines for ever, on every GPU."""
    number = "{{ my-lesson.x@cuda.loss.median }}" if metric == "lost" else "1"
    text = f"{{{{ if cuda.x.{metric} }}}}\nIt is {number}.\n{{{{ end }}}}\n"
    with pytest.raises(
        SiteError, match=rf"line 1: .* ask for no my-lesson\.x@cuda\.{metric}"
    ):
        apply(text)


def test_no_condition_asks_for_a_metric_that_is_not_there():
    with pytest.raises(SiteError, match="line 1: .* metric that is not there"):
        apply("{{ if not cuda.x.loss }}\nA.\n{{ end }}\n")


@pytest.mark.parametrize(
    "said", ["It held both times.", "So says our second recording."]
)
def test_what_is_said_of_two_recordings_is_not_said_of_one(said):
    for mark in ("", "if cuda.x", "if not cuda.x"):
        begin, end = (f"{{{{ {mark} }}}}\n", "{{ end }}\n") if mark else ("", "")
        with pytest.raises(
            SiteError, match="line .: it speaks of two recordings, and "
        ):
            apply(f"{begin}{said}\n{end}")
    assert said in apply(f"{{{{ if other.cuda.again }}}}\n{said}\n{{{{ end }}}}\n")
    assert said not in apply(f"{{{{ if cuda.again }}}}\n{said}\n{{{{ end }}}}\n")


def test_a_number_of_a_second_recording_is_asked_for_as_such():
    text = "{{ if cuda.x.loss.again }}\nIt is {{ my-lesson.x@cuda.loss.n }}.\n{{ end }}"
    with pytest.raises(SiteError, match=r"ask for no my-lesson\.x@again\.loss"):
        apply(text)


def test_inside_an_admonition():
    text = (
        "!!! note\n\n    A.\n\n    {{ if cuda.y }}\n    B.\n    {{ end }}\n\n    C.\n"
    )
    assert apply(text) == "!!! note\n\n    A.\n\n    C.\n"
    assert apply(text.replace(".y", ".x")) == text.replace(
        "    {{ if cuda.y }}\n", ""
    ).replace("    {{ end }}\n", "")


def test_in_the_middle_of_a_paragraph():
    text = "A.\n{{if cuda.y}}\nB.\n{{end}}\n{{if not cuda.y}}\nC.\n{{end}}\nD.\n"
    assert apply(text) == "A.\nC.\nD.\n"


def test_at_the_ends_of_a_page():
    text = "{{ if cuda.y }}\nA.\n{{ end }}\n\nB.\n\n{{ if cuda.y }}\nC.\n{{ end }}\n"
    assert apply(text).strip("\n") == "B."


def test_a_fence_goes_whole_and_is_not_looked_into():
    fence = "```text\n{{ if cuda.y }}\n\n\n```"
    assert apply(f"A.\n\n{fence}\n\nB.\n") == f"A.\n\n{fence}\n\nB.\n"
    text = f"A.\n\n{{{{ if cuda.y }}}}\n\n{fence}\n\n{{{{ end }}}}\n\nB.\n"
    assert apply(text) == "A.\n\nB.\n"
    assert apply(text.replace(".y }}\n\n`", ".x }}\n\n`")) == f"A.\n\n{fence}\n\nB.\n"


def test_without_conditions_nothing_changes():
    text = "A.\n\n\n\nB {{ my-lesson.x.y.z }}.\n\n    C.\n"
    assert apply(text) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A.\n\n{{ if cuda.x }}\nB.\n", "line 3: {{ if … }} without its {{ end }}"),
        ("A.\n{{ end }}\n", "line 2: '{{ end }}' stands without its {{ if … }}"),
        ("{{ if cuda.x }}\n{{ if cuda.y }}\n", "line 2: .* inside that of line 1"),
        ("```text\na\nb\n```\n{{ end }}\n", "line 5: "),
        ("A {{ if cuda.x }}\n{{ end }}\n", "line 1: 'A {{ if .* alone on the line"),
        ("{{ if cuda.x }} B {{ end }}\n", "line 1: .* alone on the line"),
        ("{{ if cpu.x }}\n{{ end }}\n", "line 1: '{{ if cpu.x }}' is none of"),
        ("{{ if cuda }}\n{{ end }}\n", "line 1: "),
        ("{{ if cuda.x\n{{ end }}\n", "line 1: "),
        ("\n{{ if cuda.z }}\n{{ end }}\n", "line 2: '{{ if cuda.z }}': .* 'z'"),
        ("{{ if cuda.x }}\n\n```python\n```\n{{ end }}\n", "line 3: a Python block"),
    ],
)
def test_what_is_not_understood_is_named_with_its_line(text, message):
    pattern = message.replace("{", r"\{").replace("}", r"\}")
    with pytest.raises(SiteError, match=f"^{pattern}"):
        apply(text)
