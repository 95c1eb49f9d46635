"""Comparing a fresh text with the captured one: words exactly, numbers nearly."""

import pytest

from scripts.captures.compare import changes, differences
from scripts.page.program import Block

A, B, C, D = "0a1b2c3d", "ffee0011", "99aa88bb", "1234abcd"


@pytest.mark.parametrize(
    ("fresh", "captured"),
    [
        ("", ""),
        ("loss: 0.5000", "loss: 0.5004"),
        ("loss: 1e-05", "loss: 1.0005e-05"),
        ("[ 0.5, -1.2]", "[0.5,  -1.2]"),
        ("0.0", "-0.0"),
        ("1,000,000 of 3", "1,000,900 of 3"),
        ("trailing \n", "trailing\n"),
        (f"{A} {B} {A}", f"{C} {D} {C}"),
        ("nan", "nan"),
    ],
)
def test_the_same(fresh, captured):
    assert differences(fresh, captured) == []


@pytest.mark.parametrize(
    ("fresh", "captured", "said"),
    [
        ("loss: 0.500", "loss: 0.502", "0.5 instead of 0.502"),
        ("loss: 0.5", "loss: -0.5", "0.5 instead of -0.5"),
        ("a: 1\nb: 1", "a: 1\nc: 1", "line 2: 'b: #' instead of 'c: #'"),
        ("a\n", "a\nb\n", "1 lines instead of 2"),
        ("", "a", "0 lines instead of 1"),
        ("KeyError: x", "TypeError: x", "'KeyError: x' instead of 'TypeError: x'"),
        (f"{A} {B} {A}", f"{C} {D} {D}", "line 1"),
        (f"{A} {A}", f"{C} {D}", "line 1"),
        ("(60000, 784)", "(60001, 784)", "(60000, 784)"),
        ("torch.Size([4096])", "torch.Size([4097])", "[4096]"),
        ("(3, 4)", "(3, 4, 1)", "line 1"),
        ("x1", "x2", "line 1"),
        ("nan", "0.5", "line 1"),
        ("inf", "nan", "line 1"),
        ("float32", "float64", "line 1"),
        ("0", "0.1", "0.0 instead of 0.1"),
    ],
)
def test_not_the_same(fresh, captured, said):
    found = differences(fresh, captured)
    assert len(found) == 1
    assert said in found[0]


def test_a_tolerance_of_its_own():
    assert differences("0.50", "0.52", tolerance=0.05) == []
    assert differences("0.50", "0.52", tolerance=0.01)


def test_volatile_compares_lines_and_words():
    assert differences("took 1.5 s (3, 4)", "took 9.9 s (5, 6)", volatile=True) == []
    assert differences("took 1 s", "took 1 ms", volatile=True)
    assert differences("a: 1\na: 2", "a: 1", volatile=True)


def test_what_changed_in_a_recording_is_counted_and_named():
    old = {"a": "x: 1.0", "b": "x: 1.0", "c": "x: 1.0", "d": "took 1 s", "e": "x: 1.0"}
    new = {"a": "x: 1.0", "b": "x: 1.0005", "c": "x: 1.1", "d": "took 9 s", "f": ""}
    new["e"] = "y: 1.0"
    blocks = [Block(name, "", "") for name in "abcef"]
    blocks.append(Block("d", "", "", volatile="it prints a time"))
    within, beyond = changes(old, new, blocks)
    assert within == 2  # b and d
    assert beyond == [
        "c: 1.1 instead of 1.0 (tolerance 0.001)",
        "e: line 1: 'y: #' instead of 'x: #'",
    ]
