"""Other processors: what is seen of each block, and what a tolerance has to be."""

import json
import subprocess
import sys

import pytest

from scripts import processors
from scripts.captures import capture_file, of_site, other_processors
from scripts.captures.compare import distance
from scripts.common.paths import lessons
from scripts.content import evidence
from scripts.page import program
from scripts.page.program import Block
from scripts.run import process

LOOSE = Block("b-two", "b.py", "print(2)", 1e-1, "rounding moves it")
BLOCKS = [Block("b-one", "b.py", "print(1)"), LOOSE]


def seen(block, **texts):
    """An entry of what a block printed under conditions, beside 'loss: 0.50'."""
    entry = other_processors.entry([*BLOCKS, block], block)
    for condition, text in texts.items():
        other_processors.note(entry, condition, text, "loss: 0.50, 8 epochs\n")
    return entry


def seen_of(slug):
    """Each block of a lesson and what was seen of it; None if its code was another."""
    kept = capture_file.load(of_site.processors_path())["result"]["lessons"].get(slug)
    return [
        (block, entry if entry and other_processors.is_of(slug, block, entry) else None)
        for block in program.program(slug)
        for entry in [(kept or {}).get(block.name)]
    ]


@pytest.mark.parametrize(
    ("fresh", "moved"),
    [("a 1.00", 0), ("a 1.10", 0.1 / 1.1), ("a 0.5", 0.5), ("a -1.0", 2)],
)
def test_how_far_numbers_are_apart(fresh, moved):
    assert distance(fresh, "a 1.00") == ("", pytest.approx(moved))


@pytest.mark.parametrize(
    ("fresh", "says"), [("b 1", "line 1: 'b #'"), ("a (1, 3)", "['(1, 3)']")]
)
def test_other_words_and_shapes_are_told(fresh, says):
    captured = "a (1, 2)" if "(" in fresh else "a 1"
    words, moved = distance(fresh, captured)
    assert says in words and moved == 0


def test_the_largest_move_is_kept_with_its_condition():
    entry = seen(
        LOOSE,
        x="loss: 0.51, 8 epochs",
        y="loss: 0.52, 8 epochs",
        z="loss: 0.50, 8 epochs",
    )
    assert entry["under"] == "y" and entry["moved"] == pytest.approx(0.02 / 0.52, 1e-4)
    assert other_processors.problems(LOOSE, entry) == []


def test_a_tolerance_has_to_be_twice_what_was_seen():
    entry = seen(LOOSE, x="loss: 0.54, 8 epochs")
    (said,) = other_processors.problems(LOOSE, entry)
    assert "7.4e-02 under 'x'" in said and "the tolerance is 1e-01" in said
    (said,) = other_processors.problems(
        BLOCKS[0], seen(BLOCKS[0], x="loss: 0.501, 8 epochs")
    )
    assert "the tolerance is 1e-03" in said


def test_words_that_change_are_named_even_where_numbers_may():
    volatile = Block("b-two", "b.py", "print(2)", volatile="it prints times")
    far = seen(volatile, x="loss: 9.99, 8 epochs")
    assert other_processors.problems(volatile, far) == []
    (said,) = other_processors.problems(volatile, seen(volatile, x="it failed"))
    assert "under 'x', line 1: 'it failed' instead of" in said


def test_code_before_a_block_counts_and_comments_do_not():
    entry = other_processors.entry(BLOCKS, LOOSE)["code"]
    other = Block("b-one", "b.py", "print(3)")
    commented = Block("b-one", "b.py", "print(1)  # why")
    assert other_processors.entry([other, LOOSE], LOOSE)["code"] != entry
    assert other_processors.entry([commented, LOOSE], LOOSE)["code"] == entry


@pytest.fixture
def lesson(monkeypatch, tmp_path):
    """A lesson of two blocks, run without a process; what each condition prints."""
    texts = dict.fromkeys(other_processors.CONDITIONS, "loss: 0.50\n")
    asked = []

    def run_program(blocks, data, more, python):
        asked.append(more if python == sys.executable else python)
        named = (name for name, m in other_processors.CONDITIONS.items() if m == more)
        condition = next(named, "AVX2")
        done = [process.Result(b.name, texts[condition], 0, None, {}) for b in blocks]
        return process.Run(done, {}, 0)

    for block in BLOCKS:
        (tmp_path / f"{block.name}.txt").write_text("loss: 0.50\n", encoding="utf-8")
    monkeypatch.setattr(processors, "programs", lambda: ["one"])
    monkeypatch.setattr(processors, "captures_of", lambda slug: tmp_path)
    monkeypatch.setattr(processors.program, "program", lambda slug: BLOCKS)
    monkeypatch.setattr(other_processors.program, "program", lambda slug: BLOCKS)
    monkeypatch.setattr(process, "run_program", run_program)
    for module in (processors, other_processors, of_site):
        monkeypatch.setattr(module, "processors_path", lambda: tmp_path / "kept.json")
    return texts, asked, tmp_path


def test_each_program_runs_under_each_condition(lesson, capsys):
    texts, asked, folder = lesson
    assert processors.main([]) == 0
    assert asked == list(other_processors.CONDITIONS.values())
    assert capsys.readouterr().out.count("one, ") == len(other_processors.CONDITIONS)
    assert not (folder / "kept.json").exists()


def test_before_it_is_recorded_the_page_says_how(lesson):
    assert "Not recorded yet; `python scripts/processors.py" in evidence.processors()


def test_what_moves_further_than_its_tolerance_fails(lesson, capsys):
    texts, _, folder = lesson
    texts["AVX2"] = "loss: 0.51\n"
    assert processors.main(["--out", str(folder / "out")]) == 1
    assert "one, block b-one: a number moved by 2.0e-02 under 'AVX2'" in (
        capsys.readouterr().out
    )
    assert (folder / "out/one/AVX2/b-one.txt").read_text(
        encoding="utf-8"
    ) == "loss: 0.51\n"


def test_another_python_runs_them_once(lesson, capsys):
    _, asked, _ = lesson
    assert processors.main(["--python", "/other/python"]) == 0
    assert asked == ["/other/python"]
    assert "one, other versions: " in capsys.readouterr().out


def test_it_keeps_what_it_saw_and_finds_it_again(lesson):
    texts, _, folder = lesson
    texts["no vectors"] = "loss: 0.51\n"
    processors.main(["--record"])
    capture = capture_file.load(folder / "kept.json")
    assert capture["repeats"] == len(other_processors.CONDITIONS)
    text = evidence.processors()
    assert "| one | b-one | 2 | no vectors | 0.1 | fresh |" in text
    assert "The other 0 of 2 blocks" in text
    pairs = seen_of("one")
    assert [entry["under"] for _, entry in pairs] == ["no vectors"] * 2
    content = json.loads((folder / "kept.json").read_text(encoding="utf-8"))
    content["result"]["lessons"]["one"]["b-two"]["code"] = "another"
    (folder / "kept.json").write_text(
        capture_file.seal(content | {"digest": None}), encoding="utf-8"
    )
    assert [bool(entry) for _, entry in seen_of("one")] == [
        True,
        False,
    ]
    assert "| one | b-two | 2 | no vectors | 10 | stale |" in evidence.processors()


def test_one_lesson_recorded_anew_leaves_the_others(lesson, monkeypatch):
    _, _, folder = lesson
    monkeypatch.setattr(processors, "programs", lambda: ["one", "two"])
    processors.main(["--record"])
    before = capture_file.load(folder / "kept.json")["result"]["lessons"]
    lesson[0]["AVX2"] = "loss: 0.51\n"
    processors.main(["--record", "two"])
    after = capture_file.load(folder / "kept.json")["result"]["lessons"]
    assert after["one"] == before["one"]
    assert after["two"]["b-one"]["under"] == "AVX2" and set(after) == {"one", "two"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["two"], "no page two; there are one"),
        (["--record", "--python", "x"], "no PATH"),
    ],
)
def test_what_makes_no_sense_is_refused(lesson, capsys, arguments, says):
    with pytest.raises(SystemExit):
        processors.main(arguments)
    assert says in capsys.readouterr().err


def test_the_tests_run_under_each_condition(monkeypatch, capsys):
    ran = []

    def run(command, cwd, env):
        ran.append(env["OMP_NUM_THREADS"] + env.get("ATEN_CPU_CAPABILITY", ""))
        return subprocess.CompletedProcess(command, len(ran) == 2)

    monkeypatch.setattr(subprocess, "run", run)
    assert processors.main(["--tests", "tests/test_measure.py"]) == 1
    assert ran == ["1", "2avx2", "1avx2", "2default"]
    assert "tests: 3 passed, 1 failed" in capsys.readouterr().out


def test_each_tolerance_is_twice_what_was_seen_at_least(say):
    """The tree itself; a block whose code is newer than what was seen is only named."""
    held, newer = 0, []
    for slug in lessons():
        for block, entry in seen_of(slug):
            if entry is None:
                newer.append(f"{slug}/{block.name}")
                continue
            held += 1
            assert not other_processors.problems(block, entry), f"{slug}/{block.name}"
    say(f"other processors: {held} blocks held against what was seen, newer: {newer}")
    assert held
