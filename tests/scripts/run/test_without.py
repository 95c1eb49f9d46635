"""An experiment without the cells that a GPU has too little memory for."""

import inspect
import io

import pytest
from listing import ROOT
from tiny import GPU, STUB

from scripts.captures import expected, record
from scripts.common.errors import SiteError
from scripts.common.paths import TREE
from scripts.run import child, process, without
from snippets.gpu_training import amp_speed, crossover, launches, matmul_rate, transfer

# What the functions of lesson 2 are called with, as far as it is a grid
GRIDS = {
    "amp_speed": {"widths": (64, 4096, 8192), "more_cells": ((256, 16), (64, 16))},
    "crossover": {"widths": (64, 4096), "batches": (16, 1024)},
    "launches": {"batches": (16, 4096)},
    "matmul_rate": {
        **{"sizes": (1024, 8192), "widths": (64, 1024, 8192), "sgd_widths": (1024,)},
        "large_batch": 16384,
    },
    "transfer": {"sizes": (64, 60000)},
}


def test_lesson_2_calls_its_grids_so():
    found = {
        "amp_speed": (amp_speed.main, amp_speed.measure),
        "crossover": (crossover.main, crossover.measure_grid, crossover.report),
        "launches": (launches.main,),
        "matmul_rate": (matmul_rate.measure_format,),
        "transfer": (transfer.main, transfer.measure),
    }
    for name, functions in found.items():
        for function in functions:
            taken = inspect.signature(function).parameters
            assert [n for n in taken if n in without.GRID] == list(GRIDS[name]), name


@pytest.mark.parametrize(
    ("name", "said", "least"),
    [
        ("amp_speed", "width 8192, batch 1024, float32", {"width": 8192}),
        ("amp_speed", "width 256, batch 16, tf32", {"width": 256, "batch": 16}),
        ("amp_speed", "width 64, batch 1024, float32", {}),
        ("crossover", "cuda: width 4096, batch 16", {"width": 4096}),
        ("crossover", "cuda: width 64, batch 1024", {"batch": 1024}),
        ("crossover", "cuda: width 64, batch 16", {}),
        ("launches", "1 steps of 4096", {"batch": 4096}),
        ("launches", "256 steps of 16", {}),
        ("matmul_rate", "product, 8192, torch.float32", {"size": 8192}),
        ("matmul_rate", "product, 1024, torch.float32", {}),
        ("matmul_rate", "tf32, width 8192, batch 1024, Adam", {"width": 8192}),
        ("matmul_rate", "tf32, width 8192, batch 16384, Adam", {"large_batch": 16384}),
        ("matmul_rate", "tf32, width 1024, batch 1024, SGD", {"width": 1024}),
        ("transfer", "60000 images", {"size": 60000}),
        ("transfer", "seed 3, float32", {}),
        ("transfer", "", {}),
    ],
)
def test_a_cell_is_found_in_the_arguments(name, said, least):
    assert without.least(said, GRIDS[name]) == least
    left = {n: without.kept(n, value, [least]) for n, value in GRIDS[name].items()}
    assert not least or without.least(said, left) != least, "it is still there"


def test_what_is_larger_is_left_out_with_it():
    left_out = [{"width": 4096}, {"width": 256, "batch": 16}]
    assert without.kept("widths", (64, 4096, 8192), left_out) == (64,)
    pairs = ((64, 16), (256, 8), (256, 16), (512, 32), (4096, 8))
    assert without.kept("more_cells", pairs, left_out) == ((64, 16), (256, 8))
    assert without.kept("batches", (16, 32), left_out) == (16, 32)
    assert without.kept("large_batch", None, [{"large_batch": 8}]) is None
    assert without.kept("large_batch", 4, [{"large_batch": 8}]) == 4


EXPERIMENT = """
import json, sys

import torch

FITS = {fits}


def measure(widths, batches, large_batch=None):
    metrics = {{}}
    for width in widths:
        for batch in [*batches, *([large_batch] if large_batch else [])]:
            print(f"width {{width}}, batch {{batch}}", file=sys.stderr)
            print("UserWarning: something else", file=sys.stderr)
            if not FITS(width, batch):
                raise RuntimeError("CUDA out of memory. Tried to allocate 9 GiB")
            metrics[f"w{{width}}_b{{batch}}_ms"] = {{"median": 1, "spread": 0, "n": 1}}
    return {{"metrics": metrics}}


def main(widths=(2, 4, 8), batches=(1, 2)):
    measured = measure((*widths, 16), batches, large_batch=64)
    {then}
    return measured


if __name__ == "__main__":
    print(json.dumps(main()))
"""


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    """Record an experiment of a tree of its own; returns its capture."""
    (tmp_path / "snippets" / "a").mkdir(parents=True)
    monkeypatch.setattr(TREE, "root", tmp_path)
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    want = expected.Expected("a", "x", "cuda", "abc", "python -m snippets.a.x")
    monkeypatch.setenv("PYTHONPATH", str(STUB))
    monkeypatch.setenv("STUB_GPU", GPU)

    def write(fits, then="pass"):
        code = EXPERIMENT.format(fits=f"lambda width, batch: {fits}", then=then)
        (tmp_path / "snippets/a/x.py").write_text(code, encoding="utf-8")
        return record._experiment(want)[0]

    return write


def test_it_is_recorded_without_what_does_not_fit(experiment, capfd):
    made = experiment("width < 16")
    assert made["left_out"] == [{"cell": "width 16, batch 1", "least": {"width": 16}}]
    assert len(made["result"]["metrics"]) == 9
    said = capfd.readouterr().out
    assert said == (
        "note: a/x: not recorded from width 16 on: the GPU had too little memory for "
        "width 16, batch 1; once more, without\n"
    )


def test_more_than_one_thing_may_not_fit(experiment):
    made = experiment("width < 8 and batch < 64")
    leasts = [part["least"] for part in made["left_out"]]
    assert leasts == [{"large_batch": 64}, {"width": 8}]
    assert list(made["result"]["metrics"]) == [
        f"w{w}_b{b}_ms" for w in (2, 4) for b in (1, 2)
    ]


def test_what_fits_is_recorded_whole(experiment):
    assert "left_out" not in experiment("True")


def test_where_nothing_fits_it_is_named(experiment):
    says = r"snippets\.a\.x \(at: width 2, batch 1\) needs more memory than the GPU"
    with pytest.raises(process.NoMemory, match=says):
        experiment("False")
    with pytest.raises(SiteError, match="snippets.a.x failed"):
        experiment("1 / 0")


def test_where_too_little_is_left_one_sentence_says_why(experiment):
    says = (
        "a/x: not recorded from width 4 on: the GPU had too little memory for width 4, "
        "batch 1; and what is left of its grid is too little for the experiment (the "
        "experiment snippets.a.x failed (exit 1)): record it on a larger GPU"
    )
    with pytest.raises(SiteError) as raised:
        experiment("width < 4", "narrow, wide = widths[:2]")
    assert str(raised.value) == says


FULL = 'raise RuntimeError("CUDA out of memory. Tried to allocate 9 GiB")'


def test_no_cell_is_blamed_for_what_comes_after_the_grid(experiment, capfd):
    says = r"snippets\.a\.x \(after: width 16, batch 64\) needs more memory"
    with pytest.raises(process.NoMemory, match=says):
        experiment("True", FULL)
    assert "once more" not in capfd.readouterr().out


def test_a_cell_that_is_still_there_is_not_left_out_again(experiment, monkeypatch):
    found = []

    def run(module, data, device, left_out):
        found.append(left_out)
        raise process.NoMemory(module, "width 8", {"width": 8})

    monkeypatch.setattr(process, "run_experiment", run)
    with pytest.raises(process.NoMemory, match="at: width 8"):
        experiment("True")
    assert found == [[], [{"width": 8}]]


LOOP = """
def before(fail):
    for batch in (1, 2):
        print(f"batch {batch}", file=file)
        while True:
            work(fail == "in the loop")
            break
    work(fail == "after the loop")


def work(fails):
    if fails:
        raise RuntimeError


def later():
    before("")
    work(True)


def helped():
    for batch in (1, 2):
        say(batch)
        work(True)


def say(batch):
    print(f"batch {batch}", file=file)
"""


@pytest.mark.parametrize(
    ("call", "in_loop"),
    [
        ("before('in the loop')", True),
        ("before('after the loop')", False),
        ("later()", False),
        ("helped()", False),
    ],
)
def test_a_loop_is_told_from_what_follows_it(tmp_path, call, in_loop):
    path = tmp_path / "x.py"
    path.write_text(LOOP, encoding="utf-8")
    progress = child.Progress(io.StringIO(), without.cell_of)
    names = {"file": progress}
    exec(compile(LOOP, str(path), "exec"), names)
    with pytest.raises(RuntimeError) as raised:
        exec(call, names)
    assert progress.last.startswith("batch ")
    assert without.is_in_loop(raised.tb, progress.place) == in_loop
    path.unlink()
    assert not without.is_in_loop(raised.tb, progress.place)


def test_what_warns_hides_no_cell():
    progress = child.Progress(io.StringIO(), without.cell_of)
    print("before anything", file=progress)
    assert progress.last == "before anything" and not progress.place
    print("width 64, batch 16", "UserWarning: slow", "", sep="\n", file=progress)
    assert progress.last == "width 64, batch 16"
