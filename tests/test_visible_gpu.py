"""Does what readers run work where a GPU is visible? And would we notice if not?

tests/test_pages.py and tests/test_practice_notebooks.py run every page's program and
every notebook with the stand-in; here is what shows that it can fail.
"""

import pytest
from listing import ROOT
from visible_gpu import visible_gpu

from scripts.run import process

FORKS = """
import multiprocessing
import torch

def child():
    torch.set_num_threads(1)
    net = torch.nn.Linear(4, 1)
    optimizer = torch.optim.Adam(net.parameters())
    {step}

process = multiprocessing.get_context("fork").Process(target=child)
process.start()
process.join()
print("exit code:", process.exitcode)
"""
BACKWARD = "net(torch.ones(4)).backward()"
STEP = "net.weight.grad = torch.ones(1, 4); optimizer.step()"


def text_of(code: str) -> str:
    """What one block prints."""
    (block,) = process.run_blocks([("block", code)], ROOT / "data").blocks
    assert not block.error, block.error
    return block.text


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (BACKWARD, "combination with fork-based multiprocessing"),
        (STEP, "Cannot re-initialize CUDA in forked subprocess"),
    ],
)
def test_a_fork_that_trains_fails_there_and_not_here(step, says):
    code = FORKS.format(step=step)
    assert text_of(code) == "exit code: 0\n"
    with visible_gpu():
        text = text_of(code)
    assert says in text and text.endswith("exit code: 1\n")


def test_a_worker_that_only_loads_goes_on_working():
    """A DataLoader's workers are forks too, and allowed: they never train."""
    code = (
        "import torch\n"
        "from torch.utils.data import DataLoader\n"
        "loader = DataLoader(range(8), batch_size=4, num_workers=1)\n"
        "print([batch.tolist() for batch in loader])\n"
    )
    with visible_gpu():
        assert text_of(code) == "[[0, 1, 2, 3], [4, 5, 6, 7]]\n"


def test_a_new_python_finds_the_stand_in_too():
    code = (
        "import subprocess, sys\n"
        "asked = 'import sitecustomize; print(sitecustomize.poison.__name__)'\n"
        "print(subprocess.run([sys.executable, '-c', asked], text=True,"
        " capture_output=True).stdout)"
    )
    with visible_gpu():
        assert text_of(code).strip() == "poison"
