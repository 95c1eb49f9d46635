"""In a build, the tree is asked once; before and after it, each time."""

import pytest

from scripts import hooks
from scripts.common.once import begin, end, once, unchanged


@pytest.fixture
def asked():
    """A function that says which question this is, and whom it was asked."""
    times = []

    @once
    def count(*arguments, **named):
        """Count."""
        if "error" in named:
            raise ValueError(len(times))
        times.append((arguments, named))
        return len(times)

    yield count
    end()


def test_outside_of_a_build_it_is_asked_each_time(asked):
    assert [asked("a"), asked("a")] == [1, 2]
    assert asked.__doc__ == "Count."


def test_in_a_build_it_is_asked_once(asked):
    begin()
    assert [asked("a"), asked("a"), asked("b"), asked("a", x=1)] == [1, 1, 2, 3]
    end()
    assert asked("a") == 4


def test_while_nothing_changes_it_is_asked_once(asked):
    with pytest.raises(KeyError), unchanged():
        assert [asked("a"), asked("a")] == [1, 1]
        raise KeyError
    assert asked("a") == 2


def test_the_next_build_asks_anew(asked):
    hooks.on_pre_build()
    assert [asked("a"), asked("a")] == [1, 1]
    hooks.on_build_error()
    assert asked("a") == 2
    hooks.on_pre_build()
    assert [asked("a"), asked("a")] == [3, 3]
    hooks.on_pre_build()
    assert asked("a") == 4


def test_two_functions_with_the_same_arguments_are_two(asked):
    begin()
    other = once(lambda *_: "other")
    assert [asked("a"), other("a"), asked("a")] == [1, "other", 1]


def test_an_error_is_no_answer(asked):
    begin()
    for _ in range(2):
        with pytest.raises(ValueError):
            asked(error=True)
