"""Agreement: what two recordings differ by, and no word where there are not two."""

from dataclasses import replace

import pytest

from scripts import agreement, captures
from scripts.tree import SiteError

CAPTURE = dict.fromkeys(captures.PASSPORT) | {
    "machine": dict.fromkeys(captures.MACHINE) | {"gpu": "A GPU"},
    "fingerprint": "abc",
}
X = captures.Expected("my-lesson", "x", "cuda", "abc", "")
Y = replace(X, name="y")


@pytest.fixture(autouse=True)
def record(house):
    """Two experiments; returns a function that records one's metrics."""
    house("snippets/my_lesson/__init__.py", 'DEVICES = ("cpu", "cuda")\n')
    for name in "xy":
        house(f"snippets/my_lesson/{name}.py", "\ndef main():\n    pass\n")

    def write(want, again=False, changes=(), **medians):
        metrics = {m: {"median": v, "spread": 0.0, "n": 1} for m, v in medians.items()}
        path = replace(want, again=again).path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            captures.seal({**CAPTURE, "result": {"metrics": metrics}, **dict(changes)}),
            encoding="utf-8",
        )

    return write


def said():
    return agreement.sentence("my-lesson")


def test_nothing_recorded_nothing_said():
    assert said() == ""


def test_recorded_once(record):
    record(X, a=1.0)
    assert said() == "This was recorded once."


def test_recorded_twice(record):
    record(X, a=1.0, b=200.0, only_here=1)
    record(X, again=True, a=1.0, b=190.0)
    record(Y, c=-4.0)
    record(Y, again=True, c=-3.96)
    assert said() == (
        "This was recorded twice: of 3 numbers, half differ by 1 % or less between the "
        "two, nine in ten by 5 % or less, and none by more than 5 % (<code>b</code> of "
        "x)."
    )


def test_one_of_two(record):
    record(X, a=1.0)
    record(X, again=True, a=1.0)
    record(Y, c=1.0)
    assert said().startswith("1 of these 2 experiments were recorded twice: of 1 nu")


def test_other_code_is_no_repetition(record):
    record(X, a=1.0)
    record(X, again=True, changes={"fingerprint": "old"}, a=2.0)
    assert said() == "This was recorded once."


def test_another_gpu_is_named(record):
    record(X, a=1.0)
    other = {"machine": CAPTURE["machine"] | {"gpu": "Another"}}
    record(X, again=True, changes=other, a=1.0)
    assert "recorded twice, on A GPU and Another: of 1 numbers" in said()


def test_a_second_recording_that_lies_is_named(record):
    record(X, a=1.0)
    record(X, again=True, a=1.0)
    path = replace(X, again=True).path
    path.write_text(
        path.read_text(encoding="utf-8").replace("1.0", "1.1"), encoding="utf-8"
    )
    with pytest.raises(SiteError, match=r"cuda/again/x\.json contradicts its own dig"):
        said()


@pytest.mark.parametrize(("a", "b", "far"), [(0, 0, 0), (2, 1, 0.5), (-1, 1, 2)])
def test_how_far_apart(a, b, far):
    assert agreement.relative(a, b) == agreement.relative(b, a) == far


def test_no_such_lesson():
    with pytest.raises(SiteError, match="no lesson gone"):
        agreement.sentence("gone")
