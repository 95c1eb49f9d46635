"""Agreement: what two recordings differ by, and no word where there are not two."""

from dataclasses import replace

import pytest

from scripts.captures import capture_file, expected, pairs
from scripts.common.errors import SiteError
from scripts.content import repeatability

CAPTURE = dict.fromkeys(capture_file.PASSPORT) | {
    "machine": dict.fromkeys(capture_file.MACHINE) | {"gpu": "A GPU"},
    "fingerprint": "abc",
}
X = expected.Expected("my-lesson", "x", "cuda", "abc", "")
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
            capture_file.seal(
                {**CAPTURE, "result": {"metrics": metrics}, **dict(changes)}
            ),
            encoding="utf-8",
        )

    return write


def said():
    return repeatability.sentence("my-lesson")


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
        "This was recorded twice. Of 3 numbers, 1 (counts, for example) is identical. "
        "Half of the others differ by 3 % or less, nine in ten by 5 % or less, "
        "and none by more than 5 %."
    )


def test_a_bound_is_never_rounded_down(record):
    record(X, a=1000.0, b=10.0)
    record(X, again=True, a=884.4, b=9.999)
    assert said().endswith("and none by more than 11.6 %.")
    assert "Half of the others differ by 5.79 % or less" in said()  # 5.785
    for value, text in [(188.45, "189"), (57.61, "57.7"), (7.000000000000001, "7")]:
        assert repeatability._at_most(value) == text


def test_what_may_have_either_sign_has_no_share(record):
    """A slope that is 0.03 in one recording and -0.03 in the other is no 200 % off."""
    record(X, per_image_us=0.03, nudged_difference=-0.02, copy_us=2.0)
    record(X, again=True, per_image_us=-0.03, nudged_difference=0.02, copy_us=1.0)
    assert "Of 1 numbers, 0 are identical" in said()
    assert said().endswith("none by more than 50 %.")


def test_one_of_two(record):
    record(X, a=1.0)
    record(X, again=True, a=1.0)
    record(Y, c=1.0)
    assert said().endswith(
        "recorded twice. Of 1 numbers, none differs between the two."
    )


def test_other_code_is_no_repetition(record):
    record(X, a=1.0)
    record(X, again=True, changes={"fingerprint": "old"}, a=2.0)
    assert said() == "This was recorded once."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gpu": "<b>"}, "the GPU &#60;b&#62;"),
        ({"cuda": "12.4", "torch": "2.6", "threads": 2}, "2 threads, torch 2.6, CUDA"),
        ({"python": "3.14"}, ""),
    ],
)
def test_another_machine_is_named(record, changes, words):
    record(X, a=1.0)
    record(X, again=True, changes={"machine": CAPTURE["machine"] | changes}, a=1.0)
    start = f"This was recorded twice, the second time with {words}"
    assert said().startswith(start if words else "This was recorded twice. Of 1")


TIMES = ["pass_b16_ms", "epoch_s", "tiny_seconds", "copy_us", "cpu_w64_b16"]


@pytest.mark.parametrize("name", [*TIMES, "cuda_w4096_b1024", "tiny_us_per_image"])
def test_times_that_are_equal_twice_are_one_measurement(name):
    one = {"result": {"metrics": {name: {"median": 1.5}, "accuracy": {"median": 9}}}}
    assert pairs.is_one_measurement(one, {"result": one["result"], "seconds": 2})
    assert not pairs.is_one_measurement(one, {"result": {"metrics": {}}})


def test_rounding_and_one_part_in_a_billion_make_no_second_measurement():
    def timed(median, spread):
        metric = {"median": median, "spread": spread, "n": 5}
        return {"result": {"metrics": {"pass_ms": metric}}}

    one = timed(1.5, 0.25)
    for same in (timed(1.5 * (1 + 1e-12), 0.3), timed(3.0, 0.25 * (1 - 1e-9))):
        assert pairs.is_one_measurement(one, same)
    assert not pairs.is_one_measurement(one, timed(1.5001, 0.2501))
    assert not pairs.is_one_measurement(timed(1.5, 0.0), timed(1.6, 0.0))


@pytest.mark.parametrize("name", ["accuracy", "tiny_images", "ratio", "loss_s_curve"])
def test_what_is_not_timed_may_be_equal(name):
    one = {"result": {"metrics": {name: {"median": 1.5}}}}
    assert not pairs.is_one_measurement(one, one)


def test_one_file_twice_is_one_measurement():
    """Without a time in it, too."""
    one = {"result": {"metrics": {"accuracy": 0.5}}, "digest": "abc"}
    assert pairs.is_one_measurement(one, {**one})
    assert not pairs.is_one_measurement(one, {**one, "digest": "abd"})


def fresh_on(want, gpu, host=(), **metrics):
    """A fresh capture of an experiment of the small tree, on a GPU of that name.

    `host` holds other facts of its machine.
    """
    want = replace(expected.wanted("my-lesson", want.name, "cuda"), again=want.again)
    machine = {**CAPTURE["machine"], "device": "cuda", "gpu": gpu, **dict(host)}
    capture = {**CAPTURE, "machine": machine, "fingerprint": want.fingerprint}
    want.path.parent.mkdir(parents=True, exist_ok=True)
    text = capture_file.seal({**capture, "result": {"metrics": metrics}})
    want.path.write_text(text, encoding="utf-8")
    return want, capture


def test_a_lesson_has_numbers_of_one_card(monkeypatch):
    monkeypatch.setattr(pairs, "programs", lambda: ["my-lesson"])
    monkeypatch.setattr(expected, "programs", lambda: ["my-lesson"])
    fresh_on(X, "A GPU", a=1)
    monkeypatch.setattr(expected, "expected", lambda device: [wanted(X), wanted(Y)])
    assert list(pairs.problems()) == []
    fresh_on(Y, "Another", a=1)
    (fault,) = pairs.problems()
    assert fault.startswith("my-lesson/")
    assert ": recorded on A" in fault and fault.endswith("all of my-lesson on one")
    with pytest.raises(SiteError, match="record all of my-lesson on one"):
        pairs.check_one_card([fresh_on(Y, "Another")])
    taken = [fresh_on(X, "Another"), fresh_on(Y, "Another")]
    pairs.check_one_card(taken)  # all of it is replaced


@pytest.mark.parametrize(
    ("fact", "value", "said"),
    [
        (
            "cpu",
            "A slow CPU",
            "recorded on the CPU A slow CPU, and the rest on the CPU",
        ),
        ("cores", 2, "recorded on 2 cores, and the rest on 16 cores"),
        ("torch", "2.4", "recorded on torch 2.4, and the rest on torch"),
    ],
)
def test_a_lesson_has_numbers_of_one_host(monkeypatch, fact, value, said):
    """The GPU is compared with the CPU beside it, and the page says how many cores."""
    monkeypatch.setattr(pairs, "programs", lambda: ["my-lesson"])
    names = ("x", "y")
    all_of_them = [wanted(replace(X, name=name)) for name in names]
    monkeypatch.setattr(expected, "expected", lambda device: all_of_them)
    host = {"cpu": "A CPU", "cores": 16, "torch": "2.11"}
    for want in all_of_them:
        fresh_on(want, "A GPU", host)
    assert list(pairs.problems()) == []
    fresh_on(all_of_them[1], "A GPU", host | {fact: value})
    (fault,) = pairs.problems()
    assert fault.startswith(f"my-lesson/y: {said}")
    fresh_on(all_of_them[1], "A GPU", host | {fact: None})  # an older capture
    assert list(pairs.problems()) == []


def wanted(want):
    return expected.wanted("my-lesson", want.name, "cuda")


def test_a_first_recording_once_more_is_a_problem(monkeypatch):
    monkeypatch.setattr(pairs, "programs", lambda: ["my-lesson"])
    monkeypatch.setattr(expected, "expected", lambda device: [wanted(X)])
    times = {f"pass{n}_ms": {"median": n + 0.5} for n in range(3)}
    times["accuracy"] = {"median": 2}
    fresh_on(X, "A GPU", **times)
    others = {**times, "pass2_ms": {"median": 9.5}, "accuracy": {"median": 1}}
    fresh_on(replace(X, again=True), "A GPU", **others)  # most of them are the same
    (fault,) = pairs.problems()
    assert fault.startswith("my-lesson/x (again) is the first recording once more")
    others["pass1_ms"] = {"median": 9.5}
    fresh_on(replace(X, again=True), "A GPU", **others)
    assert list(pairs.problems()) == []


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
    assert repeatability.relative(a, b) == repeatability.relative(b, a) == far


def test_no_such_lesson():
    with pytest.raises(SiteError, match="no lesson gone"):
        repeatability.sentence("gone")
