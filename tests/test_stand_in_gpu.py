"""What a GPU would run is run without one: does it go through, to its end?

tests/fixtures/stand_in_gpu plays the GPU, in processes of their own. Its numbers mean
nothing; what is asked is whether what CUDA alone reaches raises. (Lesson 2 on a large
GPU is recorded by tests/test_rehearsal.py.)
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from fixtures.stand_in_gpu.less import PIECES
from listing import ROOT
from untraced import UNTRACED

from scripts.captures import expected
from scripts.page import front_matter, program
from scripts.run import process

LESSON, GUIDE = "gpu-training", "devices-speed-precision"
PROGRAMS = [
    (slug, "T4" if slug in (LESSON, GUIDE) else "H100")
    for slug in [*front_matter.of_lessons(), GUIDE]
]
# Those that measure number formats which a T4 has not
EXPERIMENTS = ["amp_speed", "matmul_rate"]
CARDS = ["H100", "T4"]
# Those with a branch for CUDA alone, which coverage looks for
LISTINGS = ["amp_loop", "amp_quick", "amp_speed_quick", "transfer_quick"]
IMPORT = "import less; less.small_nets(); from snippets.gpu_training import {}"
RUN = "import runpy; runpy.run_module('snippets.gpu_training.{}', run_name='__main__')"


def playing(card, *more):
    """What a process needs to find the stand-in. One thread: two processes run."""
    path = os.pathsep.join(map(str, (ROOT / "tests/fixtures/stand_in_gpu", *more)))
    less = {"STAND_IN": card, "STAND_IN_LESS": "1"}
    return {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", **less}


def run_program(slug, card):
    """A page's program with less to do; an error in a block does not end it."""
    blocks = [(block.name, block.code) for block in program.program(slug)]
    more = {**playing(card), **UNTRACED}
    return process.run_blocks(blocks, ROOT / "data", "cuda", True, more=more)


def printed(code, card, folder):
    """What code prints in a new Python that finds the stand-in, in a new folder."""
    folder.mkdir()
    (folder / "data").symlink_to(ROOT / "data", target_is_directory=True)
    done = subprocess.run(
        [sys.executable, *process.WARNINGS, "-c", code],
        cwd=folder,
        env=process.environment("cuda", playing(card, ROOT)),
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """All processes, two at a time; the tests below wait for one each."""
    room = tmp_path_factory.mktemp("room")
    codes = {(name, card): RUN.format(name) for name in EXPERIMENTS for card in CARDS}
    codes["inputs", "H100"] = RUN.format("inputs")  # one of its ways is for CUDA alone
    codes["listings", "H100"] = IMPORT.format(", ".join(LISTINGS))
    with ThreadPoolExecutor(2) as pool:
        jobs = {key: pool.submit(run_program, *key) for key in PROGRAMS}
        for (name, card), code in codes.items():
            folder = room / f"{name}-{card}"
            jobs[name, card] = pool.submit(printed, code, card, folder)
        yield jobs


def test_each_piece_that_is_made_smaller_is_there():
    for slug, pieces in PIECES.items():
        codes = {block.name: block.code for block in program.program(slug)}
        for name, old, _ in pieces:
            assert old in codes[name], f"{name} has no {old} any more"


@pytest.mark.parametrize(("slug", "card"), PROGRAMS)
def test_no_block_of_a_page_raises(started, slug, card):
    done = started[slug, card].result()
    wrong = [f"{b.name}: {b.error['traceback']}" for b in done.blocks if b.error]
    assert len(done.blocks) == len(program.program(slug)) and not wrong, "\n".join(
        wrong
    )
    assert done.machine["gpu"].startswith(expected.STAND_IN)
    assert done.machine["gpu"].endswith(f"({card})")


def test_blocks_took_the_way_of_a_gpu(started):
    """Those that say so where there is none say nothing of the kind."""
    texts = {b.name: b.text for b in started[LESSON, "T4"].result().blocks}
    assert "device: cuda" in texts["device-choose"]
    assert "No GPU here" not in "".join(texts.values())
    assert "pinned=True, non_blocking=True" in texts["transfer_quick-run"]
    assert "torch.float16, a step" in texts["amp_speed_quick-run"]
    assert "torch.bfloat16, a step" not in texts["amp_speed_quick-run"]


def test_the_guide_chooses_what_an_old_card_can_do(started):
    texts = {b.name: b.text for b in started[GUIDE, "T4"].result().blocks}
    assert "cuda: torch.float16, scaler: True" in texts["which_autocast-cure"]
    assert "GB; below 16, 40, 80 GB: [" in texts["which_card-fails"]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_what_a_gpu_only_imitates_is_not_measured(started, name):
    for card in CARDS:
        found = json.loads(started[name, card].result())
        said = json.dumps([list(found["metrics"]), found["tables"], found["series"]])
        for format_ in ("bfloat16", "tf32"):
            assert (format_ in said) == (card == "H100"), (format_, card)
        assert "float16" in said


def test_branches_that_only_cuda_reaches_are_run(started):
    found = json.loads(started["inputs", "H100"].result())
    assert found["metrics"]["resident_epoch_s"]["median"] > 0
    said = started["listings", "H100"].result()
    assert "torch.bfloat16, a step" in said and "pinned=True" in said
