"""What a GPU would run is run without one: does it go through, to its end?

tests/fixtures/stand_in_gpu plays the GPU, in processes of their own. Its numbers mean
nothing; what is asked is whether what CUDA alone reaches raises.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from scripts import captures, module, pages, runner
from scripts.tree import ROOT

LESSON = "gpu-training"
PROGRAMS = [*((slug, "H100") for slug in module.of_lessons()), (LESSON, "T4")]
EXPERIMENTS = [
    name
    for name in captures.experiments(LESSON)
    if "cuda" in captures.devices(LESSON, name)
]
# A CPU would take minutes for what a GPU does at once: block, as it is, as it runs here
LESS = {
    LESSON: [
        ("races_quick-run", "make_net(2048)", "make_net(256)"),
        ("lie_quick-run", "4096 if", "256 if"),
        ("crossover-core", "(64, 256, 1024, 4096)", "(64, 256)"),
        ("inputs_quick-run", "COUNT = 3000", "COUNT = 600"),
        ("loader_quick-lanes", "usual_loader(3000)", "usual_loader(600)"),
        ("matmul_rate_quick-run", "product_rates(2048", "product_rates(512"),
        ("amp_quick-run", "epochs=2", "epochs=1"),
        ("amp_speed_quick-run", "(64, 4096)", "(64, 256)"),
        ("amp_speed_quick-run", "(width, 1024,", "(width, 64,"),
        ("launches_quick-run", "256, device, repeats=3", "64, device, repeats=1"),
    ],
    "saving-and-loading": [("doomed-run", "count=3000", "count=300")],
    "fashion-mnist-project": [
        ("data-data", "REHEARSAL = False", "REHEARSAL = True"),
        ("baseline-train", "epochs=5", "epochs=2"),
        ("longer_quick-run", "epochs=30", "epochs=3"),
        ("regularise_quick-run", "epochs=8", "epochs=1"),
        ("stuck-train", "epochs=20", "epochs=2"),
    ],
}
# Its main adds the largest sizes wherever there is a GPU; they are left out again.
MEASURE = """
import importlib, json, os
from snippets.gpu_training import matmul_rate
whole = matmul_rate.measure_format
def less(name, device, sizes, widths, sgd_widths, batch, large_batch):
    assert max(sizes) == max(widths) == 8192 and large_batch > 10_000
    return whole(name, device, sizes[:-1], widths[:-1], sgd_widths, batch, 2 * batch)
matmul_rate.measure_format = less
found = {}
for name in %r:
    experiment = importlib.import_module(f"snippets.gpu_training.{name}")
    found[name] = experiment.main(**experiment.QUICK)
print(json.dumps(found))
"""


def playing(card, *more):
    """What a process needs to find the stand-in. One thread: two processes run."""
    path = os.pathsep.join(map(str, (ROOT / "tests/fixtures/stand_in_gpu", *more)))
    return {"PYTHONPATH": path, "STAND_IN": card, "OMP_NUM_THREADS": "1"}


def run_program(slug, card):
    """A page's program with less to do; an error in a block does not end it."""
    codes = {block.name: block.code for block in pages.program(slug)}
    for name, old, new in LESS[slug]:
        assert old in codes[name], f"{name} has no {old} any more"
        codes[name] = codes[name].replace(old, new)
    return runner.run_blocks(
        list(codes.items()), ROOT / "data", "cuda", True, more=playing(card)
    )


def measure(names, card, folder):
    """What each experiment returns in its quick settings: {name: result}."""
    folder.mkdir()
    (folder / "data").symlink_to(ROOT / "data", target_is_directory=True)
    done = subprocess.run(
        [sys.executable, *runner.WARNINGS, "-c", MEASURE % names],
        cwd=folder,
        env=runner.environment("cuda", playing(card, ROOT)),
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """All processes, two at a time; the tests below wait for one each."""
    folder = tmp_path_factory.mktemp("experiments")
    with ThreadPoolExecutor(2) as pool:
        jobs = {key: pool.submit(run_program, *key) for key in PROGRAMS}
        for card, names in (("H100", EXPERIMENTS), ("T4", ["amp_speed"])):
            jobs[card] = pool.submit(measure, names, card, folder / card)
        yield jobs


@pytest.mark.parametrize(("slug", "card"), PROGRAMS)
def test_no_block_of_a_page_raises(started, slug, card):
    done = started[slug, card].result()
    wrong = [f"{b.name}: {b.error['traceback']}" for b in done.blocks if b.error]
    assert len(done.blocks) == len(pages.program(slug)) and not wrong, "\n".join(wrong)
    assert done.machine["gpu"].startswith(captures.STAND_IN)
    assert done.machine["gpu"].endswith(card)


@pytest.mark.parametrize("card", ["H100", "T4"])
def test_blocks_took_the_way_of_a_gpu(started, card):
    """Those that say so where there is none say nothing of the kind."""
    texts = {b.name: b.text for b in started[LESSON, card].result().blocks}
    assert "device: cuda" in texts["device-choose"]
    assert "No GPU here" not in "".join(texts.values())
    assert "pinned=True, non_blocking=True" in texts["transfer_quick-run"]
    calculated = "torch.bfloat16, a step" in texts["amp_speed_quick-run"]
    assert calculated == (card == "H100")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_each_experiment_measures_there(started, name):
    metrics = started["H100"].result()[name]["metrics"]
    assert metrics
    for metric, value in metrics.items():
        assert {"median", "spread", "n"} <= set(value), metric


def test_what_a_gpu_only_imitates_is_not_measured(started):
    def said(card):
        result = started[card].result()["amp_speed"]
        return json.dumps(
            [list(result["metrics"]), result["tables"], list(result["series"])]
        )

    for name in ("bfloat16", "tf32"):
        assert name in said("H100") and name not in said("T4")
    assert "float16" in said("T4")
