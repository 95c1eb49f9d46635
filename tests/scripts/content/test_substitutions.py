"""Filling: only in prose, only what is known."""

import json

import pytest

from scripts.captures import capture_file
from scripts.common import formatting
from scripts.common.errors import SiteError
from scripts.common.formatting import show_spread, signed
from scripts.content import substitutions

MACHINE = dict.fromkeys(capture_file.MACHINE) | {
    "cpu": "A CPU",
    "threads": 2,
    "torch": "9.9",
}
CAPTURE = dict.fromkeys(capture_file.PASSPORT) | {
    "machine": MACHINE,
    "command": "python -m x",
    "recorded": "2025-01-01",
    "seconds": 1.5,
    "warmup": 0,
    "repeats": 1,
    "result": {
        "metrics": {"loss": {"median": 0.12345, "spread": 0.0, "n": 5}},
        "counts": {"kills": 1200},
        "settings": {"seeds": 5},
    },
}
KEY = "my-lesson.x.loss.median"


@pytest.fixture(autouse=True)
def capture(house):
    house("docs/captures/my-lesson/cpu/x.json", capture_file.seal(CAPTURE))


def filled(text):
    return substitutions.fill(text, "my-lesson")


def test_a_number_in_prose():
    assert filled(f"The loss is {{{{ {KEY} }}}}.") == "The loss is 0.123.\n"


@pytest.mark.parametrize("fence", ["```text\n{}\n```", "    ~~~\n    {}\n    ~~~"])
def test_never_in_a_fence(fence):
    text = fence.format(f"{{{{ {KEY} }}}}") + "\n"
    assert filled(text) == text


def test_includes_are_left_alone(house):
    house("docs/captures/my-lesson/cpu/x-y.md", f"{{{{ {KEY} }}}}\n")
    text = '--8<-- "docs/captures/my-lesson/cpu/x-y.md"\n'
    assert filled(text) == text


def test_what_was_counted_once_and_what_was_chosen():
    assert filled(
        "{{ my-lesson.x.kills.count }} of {{ my-lesson.x.seeds.setting }}"
    ) == ("1,200 of 5\n")


def test_the_passport():
    assert filled("{{ my-lesson.x.passport }}") == (
        "2025-01-01, A CPU, 2 threads, torch 9.9\n"
    )
    assert filled("{{ my-lesson.x.command }}") == "python -m x\n"


@pytest.mark.parametrize(
    "key",
    [
        "my-lesson.x.loss.mean",
        "my-lesson.x.gain.median",
        "my-lesson.y.loss.median",
        "my-lesson.x.machine",
        "my-lesson.x.gpu",
        "my-lesson.x.loss.count",
        "my-lesson.x.kills.median",
        "my-lesson.x.kills.setting",
        "my-lesson.x",
        "nonsense",
    ],
)
def test_an_unknown_key_is_named(key):
    named = "y.json" if ".y." in key else key
    with pytest.raises(SiteError, match=named):
        filled(f"{{{{ {key} }}}}")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0123456, "0.0123"),
        (12.0, "12"),
        (1234.5, "1,234"),
        (999.6, "1,000"),
        (0.00001234, "0.0000123"),
        (-0.5, "−0.5"),
        (-1234.5, "−1,234"),
        (-9, "−9"),
        (-0.0, "0"),
        ("as it is", "as it is"),
    ],
)
def test_how_numbers_are_shown(number, text):
    assert formatting.show(number) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("-0.08 ± 0.17", "−0.08 ± 0.17"),
        ("from -2 to (-.5)", "from −2 to (−.5)"),
        ("-0.0 ± 0.1", "0.0 ± 0.1"),
        ("-0.01", "−0.01"),
        ("1e-8 on 2026-11-24", "1e-8 on 2026-11-24"),
        ("one-2-one, 784-256-10", "one-2-one, 784-256-10"),
        ("exit code `-9` or -9", "exit code `-9` or −9"),
        ("-", "-"),
    ],
)
def test_negative_numbers_have_a_minus_sign(text, shown):
    assert signed(text) == shown


@pytest.mark.parametrize(
    ("spread", "median", "text"),
    [
        (0.339, 87.5, "0.3"),
        (0.13, 0.511, "0.13"),
        (0.2, 0.511, "0.20"),
        (12.4, 164.2, "12"),
        (1199.4, 6458, "1,199"),
        (0.16, 90.0, "0.16"),
        (0.004, 87.5, "0.004"),
        (0.0, 87.5, "0"),
    ],
)
def test_a_spread_is_never_finer_than_its_median(spread, median, text):
    assert show_spread(spread, median) == text


def test_a_spread_in_prose():
    assert filled("± {{ my-lesson.x.loss.spread }}") == "± 0\n"


def test_a_capture_that_lies_is_named(house):
    lie = json.loads(capture_file.seal(CAPTURE)) | {"seconds": 99}
    house("docs/captures/my-lesson/cpu/x.json", json.dumps(lie))
    with pytest.raises(SiteError, match=r"x\.json contradicts its own digest"):
        filled(f"{{{{ {KEY} }}}}")


@pytest.mark.parametrize("key", ["question.gone", "my-lesson.x.gone.median"])
def test_what_is_not_there_is_named_with_its_line(house, key):
    house("snippets/my_lesson/questions.yml", "predictions: {}\n")
    with pytest.raises(SiteError, match=r"^line 4: .*gone"):
        filled(f"# A\n\nText.\n{{{{ {key} }}}}\n")
