"""The table of evidence says of each capture what its file says, and no more."""

import re
import shutil

import pytest
import tiny

from scripts.captures.expected import Expected
from scripts.content import evidence

CPU = {"gpu": None, "cpu": "A CPU", "threads": 2, "python": "3.11", "torch": "2.6"}
CPU |= {"torchvision": None, "cuda": None}


def test_a_machine_says_what_it_has_and_nothing_else():
    assert evidence.machine(CPU) == "A CPU, 2 threads, Python 3.11, torch 2.6"
    assert evidence.machine({**CPU, "threads": 1}).startswith("A CPU, 1 thread, Python")
    bare = {**CPU, "threads": None, "torch": None}
    assert evidence.machine(bare) == "A CPU, Python 3.11"


@pytest.mark.parametrize(
    ("device", "command"),
    [
        ("cpu", "python scripts/prebuild.py a-b/c"),
        ("cuda", "python scripts/prebuild.py --device cuda --out recording a-b/c"),
    ],
)
def test_a_missing_capture_is_named_with_its_command(device, command):
    want = Expected("a-b", "c", device, "0", "-")
    machines = []
    row = evidence.row(want, machines)
    name = f'<span id="a-b-{device}-c">c</span>'
    said = f"{name}<br><code>{command}</code>"
    assert [row[0].replace("<wbr>", ""), row[1]] == [said, "not recorded yet"]
    assert len(row) == len(evidence.COLUMNS)
    assert machines == []


def test_a_command_breaks_between_the_parts_of_its_names_and_not_within_one():
    (row, *_) = evidence.row(Expected("a-b", "c_d", "cpu", "0", "-"), [])
    parts = row.partition("<code>")[2].split("<wbr>")
    assert parts == ["python scripts/", "prebuild.", "py a-b/", "c_", "d</code>"]


def said_of(root):
    code = "from scripts.content import evidence; print(evidence.markdown())"
    return tiny.run((tiny.PREBUILD[0], "-c", code), root).stdout


def name_in(row):
    """The name that a row of the table begins with, without its anchor."""
    return re.sub(r"</?span[^>]*>|<br>.*", "", row.split(" | ")[0][2:])


def test_each_capture_of_a_tree_has_a_row(original):
    said = said_of(original)
    rows = [line for line in said.splitlines() if " | fresh | " in line]
    names = [path.stem for path in (original / tiny.captured("")).glob("*.json")]
    assert sorted(map(name_in, rows)) == sorted(names)
    assert all("<br><code>python " in row for row in rows), "each has its command"
    assert said.count("Machine 1: ") == 1
    assert "### Tiny lesson, on the GPU { #tiny-lesson-cuda }" in said
    assert said.count(" | not recorded yet | ") == 3
    assert "Recording each of them once took 0.0 minutes on the CPU." in said


def test_both_recordings_of_a_gpu_have_a_row(original, tmp_path):
    root = tiny.copy(original, tmp_path / "tree")
    shutil.copytree(root / "accepted", root / "docs", dirs_exist_ok=True)
    said = said_of(root)
    gpu = said.partition("on the GPU")[2]
    rows = [line for line in gpu.splitlines() if " | fresh | " in line]
    names = ["program", "growth", "peak", "growth (again)", "peak (again)"]
    assert [name_in(row) for row in rows] == names
    assert f"Machine 1: {tiny.GPU}, " in gpu and "Machine 2" not in gpu
    assert "minutes on the CPU and 0.0 minutes on the GPU." in said
