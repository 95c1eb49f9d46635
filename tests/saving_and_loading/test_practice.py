"""The exercises' own file: its solutions pass their checks, wrong ones do not."""

import ast
import functools
import re
import textwrap
from types import SimpleNamespace

import pytest
from listing import ROOT, run_listing
from saving_and_loading.practice_answers import ANSWERS
from untraced import UNTRACED

from scripts.notebooks import practice
from scripts.run import process
from snippets.saving_and_loading import checkpoint, loop

PRACTICE = ROOT / "snippets" / "saving_and_loading" / "practice"
FILES = (
    "intro",
    "exercise_1_round_trip",
    "exercise_2_checkpoints_in_a_loop",
    "exercise_3_crash_and_resume",
    "exercise_4_early_stopping",
)
EVERY = [(number, name) for number, named in ANSWERS.items() for name in named]

# So that two hundred answers take a minute: epochs of two batches, the images read
# once, no wait for the disk, and, in place of a new Python, a call in this one.
QUICK = """
import functools

load_images = functools.cache(load_images)
whole_epoch = train_epoch
os.fsync = lambda file: None


def train_epoch(net, optimizer, images, labels, batch_size=100):
    part = images[: 2 * batch_size], labels[: 2 * batch_size]
    return whole_epoch(net, optimizer, *part, batch_size)


class Died(BaseException):
    pass


def die():
    raise Died


def in_new_python(call, *functions):
    try:
        exec(call, globals())
    except Died:
        return -9
    except SystemExit as error:
        return error.code or 0
    except Exception as error:
        print(error)
        return 1
    return 0


def as_new():  # nothing is left of an answer: no name, no file of weights
    for name in {*globals()} - {*as_new.names}:
        del globals()[name]
    globals().update(as_new.names)
    for file in Path().glob("*.pt"):
        file.unlink()


as_new.names = dict(globals())
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Each file, run once: the names of all, what they printed, and their folder."""
    folder, names, texts = tmp_path_factory.mktemp("practice"), {}, []
    for file in FILES:
        with pytest.MonkeyPatch.context() as patch:
            found, text = run_listing(
                f"saving_and_loading.practice.{file}", folder, patch
            )
        assert_unwatched(found)
        names |= found
        texts.append(text)
    return names, "".join(texts), folder


def assert_unwatched(names):
    """The functions that a check replaces are the lesson's own, where there are any."""
    functions = (loop.train_epoch, loop.accuracy, checkpoint.save_checkpoint)
    for function in functions:
        assert names.get(function.__name__, function) is function


def test_these_are_the_files():
    assert [path.stem for path in practice.files(PRACTICE)] == list(FILES)


def test_every_check_passes(run):
    passed = [line for line in run[1].splitlines() if line.endswith(": passed")]
    assert passed == [f"Exercise {number}: passed" for number in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("past", "written", "told"),
    [([], None, "deleted the file at `path` before epoch 1"), ([1], b"x", "changed")],
)
def test_harm_to_the_file_is_noted_once(run, tmp_path, past, written, told):
    path = tmp_path / "train.pt"
    if written:
        path.write_bytes(written)
    saved = SimpleNamespace(path=path, content=b"saved", harm="", past=past)
    run[0]["note_harm"](saved)
    assert saved.harm.startswith(f"It {told}")
    path.write_bytes(b"later")
    run[0]["note_harm"](saved)
    assert saved.harm.startswith(f"It {told}"), "the first counts"


def test_exit_is_told_from_an_error(run):
    ended = SimpleNamespace(start=None)
    assert "exit()" in run[0]["ended_with"](SystemExit(), ended)
    assert "TypeError that is shown" in run[0]["ended_with"](TypeError(), ended)


def test_the_twin_agrees_only_after_loading(run):
    said = dict(line.split(": ") for line in run[1].splitlines())
    assert said["same predictions after loading"] == "100 %"
    assert int(said["same predictions before loading"].split()[0]) < 50


def test_the_crash_was_a_kill_in_the_third_epoch(run):
    names = run[0]
    assert names["killed_code"] < 0
    assert names["resumed_code"] == names["unbroken_code"] == 0
    assert "epochs in its checkpoint: 2" in run[1].splitlines()


def test_what_is_watched_is_put_back(run):
    assert {"train_epoch", "accuracy", "save_checkpoint"} <= run[0].keys()
    assert_unwatched(run[0])


@pytest.fixture
def names(run, monkeypatch):
    """The names of all files, in the folder that they ran in."""
    monkeypatch.chdir(run[2])
    return run[0]


@pytest.fixture
def training(names):
    """What a function of a learner's begins with: a network and its optimizer."""
    net = names["Net"]()
    return net, names["torch"].optim.Adam(net.parameters())


def test_an_error_of_the_watched_function_is_told_and_all_is_put_back(names):
    real = names["accuracy"]

    def train(path):
        assert names["accuracy"] is not real
        raise TypeError("what the learner's code said")

    with pytest.raises(AssertionError, match="ended with the TypeError") as told:
        names["watch"](names, train, "any.pt", most=1)
    assert "learner's code" in str(told.value.__cause__)
    assert names["accuracy"] is real


def test_a_wrong_call_names_the_function_that_the_learner_knows(names):
    def train(path):
        names["train_epoch"](1)

    with pytest.raises(AssertionError) as told:
        names["watch"](names, train, "any.pt", most=1)
    assert str(told.value.__cause__).startswith("train_epoch() missing 3 required")


def test_a_run_that_goes_on_is_ended(names, training):
    def train(path):
        while True:
            names["train_epoch"](*training, names["images"], names["labels"])

    run = names["watch"](names, train, "any.pt", most=2)
    assert not run.ended and len(run.epochs) == 2


def test_only_validation_gets_the_scores_of_the_check(names, training):
    some, validation = (
        (names[f"{start}images"], names[f"{start}labels"]) for start in ("", "val_")
    )

    def train(path):
        untrained = names["accuracy"](training[0], *validation)
        names["train_epoch"](*training, *some)
        parts = validation, some
        return untrained, *(names["accuracy"](training[0], *part) for part in parts)

    *made_up, true = names["watch"](
        names, train, "any.pt", most=2, scores=[150.5]
    ).result
    assert made_up == [10.0, 150.5]
    assert true == names["accuracy"](training[0], *some) <= 100


def test_a_sentence_says_from_where_a_run_was_started_again(names, training):
    def train(path):
        raise KeyError

    with pytest.raises(AssertionError) as told:
        names["watch"](names, train, "any.pt", most=1, past=[{}, {}])
    assert str(told.value) == (
        "Started again from its checkpoint of epoch 2: it ended with the KeyError that "
        "is shown above: put back all that it needs."
    )


def test_what_cannot_be_loaded_is_named(names):
    found = names["unloadable"]
    assert found({"a": 1, "b": {"c": "text", "d": found}}) == ("d", found)
    assert found({"a": 1}) is None


@pytest.mark.parametrize(
    ("value", "number", "is_it"),
    [(1, 1, True), (1.0, 1, False), ("1", 1, False), (1, 1.0, True), (2, 1, False)],
)
def test_a_count_is_a_whole_number(run, value, number, is_it):
    assert run[0]["is_number"](value, number) is is_it
    tensor = run[0]["torch"].tensor
    if not isinstance(value, str):
        assert run[0]["is_number"](tensor(value), number) is is_it


def test_the_run_that_is_killed_has_gone_beyond_its_checkpoint(run, monkeypatch):
    """In this process, with the kill replaced: what only the dying child ran."""
    names, _, folder = run
    monkeypatch.chdir(folder)
    trained = []

    class Died(Exception):
        pass

    def die():
        raise Died

    def train_epoch(net, optimizer, images, labels):
        trained.append(len(images))

    train = names["train_or_resume"]
    monkeypatch.setitem(train.__globals__, "die", die)
    monkeypatch.setitem(train.__globals__, "train_epoch", train_epoch)
    with pytest.raises(Died):
        train("died.pt", kill_in=1)
    assert trained == [2000, 1000]  # a whole epoch, and half of the next
    assert names["load_checkpoint"]("died.pt")["epoch"] == 1


def exercise(number):
    """The code cells of an exercise: those before the task's, the task's without and
    with its solution, and those after it, of which the last is the check."""
    solved, unsolved = (
        [cell for cell in practice.joined(PRACTICE, way) if cell[0] == "code"]
        for way in (True, False)
    )
    checks = [index for index, (_, _, check) in enumerate(solved) if check]
    starts = [set_up(solved), *(index + 1 for index in checks)]
    both = zip(unsolved, solved, strict=True)
    cells = [(a[1], b[1]) for a, b in both][starts[number - 1] : checks[number - 1] + 1]
    (place,) = (index for index, (a, b) in enumerate(cells) if a != b)
    sources = [source for _, source in cells]
    return sources[:place], *cells[place], sources[place + 1 :]


def set_up(cells):
    """How many cells stand before the first exercise."""
    (last,) = (
        i
        for i, cell in enumerate(cells)
        if cell[1].startswith("# @title For the check")
    )
    return last + 1


def written(answer, unsolved, solution):
    """The task's cell with this answer in it."""
    if answer.cell:
        return answer.cell
    if answer.lines:
        task = re.compile(r"( *)# Your turn.*\n(?: *# .*\n)*")
        assert len(task.findall(unsolved)) == 1
        return task.sub(
            lambda found: textwrap.indent(answer.lines, found[1]) + "\n", unsolved
        )
    for old, new in answer.change:
        assert solution.count(old) == 1, f"no longer once in the solution: {old}"
        solution = solution.replace(old, new)
    return solution


@functools.cache
def results(number):
    """Name of an answer → what came of the task's cells with it, and of the check.

    All answers of an exercise run in one process, each as in a new notebook.
    """
    cells = [cell for cell in practice.joined(PRACTICE, True) if cell[0] == "code"]
    blocks = [(f"cell {i}", cell[1]) for i, cell in enumerate(cells[: set_up(cells)])]
    blocks.append(("quick", QUICK))
    common = len(blocks)
    first, unsolved, solution, (*between, check) = exercise(number)
    for name, answer in ANSWERS[number].items():
        task = [*first, written(answer, unsolved, solution), *between]
        blocks += [(f"{name}: before", "as_new()")]
        blocks += [(f"{name}: task", "\n\n".join(task)), (f"{name}: check", check)]
    run = process.run_blocks(
        blocks, ROOT / "data", keep_going=True, more=UNTRACED
    ).blocks
    for block in [*run[:common], *run[common::3]]:
        assert not block.error, block.error["traceback"]
    pairs = zip(run[common + 1 :: 3], run[common + 2 :: 3], strict=True)
    return dict(zip(ANSWERS[number], pairs, strict=True))


@pytest.mark.parametrize(("number", "name"), EVERY)
def test_an_answer_passes_or_is_told_what_is_wrong(number, name):
    says = ANSWERS[number][name].says
    task, check = results(number)[name]
    if says is None:
        assert not task.error, task.error["traceback"]
        assert not check.error, check.error["traceback"]
        assert check.text == f"Exercise {number}: passed\n"
        return
    assert check.error, "the check passes"
    assert check.error["type"] == "AssertionError", check.error["traceback"]
    message = check.error["message"]
    assert says in message
    assert message.endswith(".") and len(message.split()) >= 5
    assert not re.search("locals|watched|lambda", message), "it tells of the check"


def assertions(source):
    """The first and the last line of each assertion in a cell."""
    nodes = [node for node in ast.walk(ast.parse(source)) if type(node) is ast.Assert]
    return [(node.lineno, node.end_lineno) for node in nodes]


def test_each_assertion_of_the_checks_is_made_by_some_wrong_answer():
    cells = [cell for cell in practice.joined(PRACTICE, True) if cell[0] == "code"]
    last = set_up(cells) - 1
    made, there = set(), {(last, lines) for lines in assertions(cells[last][1])}
    for number, answers in ANSWERS.items():
        there |= {(number, lines) for lines in assertions(exercise(number)[3][-1])}
        for name in answers:
            error = results(number)[name][1].error
            for where, line in re.findall(
                r'File "(.+: check|cell .+)", line (\d+)',
                error["traceback"] if error else "",
            ):
                cell = last if where.startswith("cell") else number
                made |= {
                    (key, (a, b))
                    for key, (a, b) in there
                    if key == cell and a <= int(line) <= b
                }
    assert len(there) > 40
    assert there == made


def test_there_are_answers_enough_of_each_kind():
    for answers in ANSWERS.values():
        right = [name for name, answer in answers.items() if answer.says is None]
        assert len(right) >= 5 and len(answers) - len(right) >= 10
