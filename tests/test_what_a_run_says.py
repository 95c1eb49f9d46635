"""What a test says reaches the end of the run, also from another process."""

import shutil
import subprocess
import sys

import pytest
from listing import ROOT

SOURCE = """
import pytest

def test_it(say):
    say("{name} was counted")

@pytest.mark.parametrize("device", ["cuda"])
def test_of_that_name(device):
    pass

@pytest.mark.cuda
def test_there():
    {there}
"""
SETTINGS = """
[tool.pytest.ini_options]
markers = ["cuda: x", "timed: x"]
"""


@pytest.mark.parametrize("processes", ["0", "2"])
def test_lines_and_the_count_of_cuda_tests(tmp_path, processes):
    for name in ("conftest.py", "asked.py", "untraced.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path)
    (tmp_path / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    for name, there in (("one", "pass"), ("two", "pytest.skip('no CUDA device here')")):
        source = SOURCE.format(name=name, there=there)
        (tmp_path / f"test_{name}.py").write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-n", processes, "--dist", "loadfile"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=True
    )
    counted = "\none was counted\ntwo was counted\n1 CUDA tests were skipped, 1 ran\n"
    assert counted in done.stdout
    assert "all tests" in done.stdout
