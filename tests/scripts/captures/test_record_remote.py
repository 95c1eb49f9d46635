"""Recording elsewhere: without a package, interrupted, gone on with, brought home."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
import tiny

from scripts.captures import bundle, expected, record_remote
from scripts.common import lock
from scripts.common.errors import SiteError
from scripts.common.paths import lessons

ALL = ["program", "growth", "peak"]
RECORD = ("scripts/prebuild.py", "--device", "cuda", "--out", "recording")


@pytest.fixture(scope="session")
def bare(tmp_path_factory):
    """A Python that has the standard library and no package at all."""
    python = tiny.bare(tmp_path_factory.mktemp("bare"))
    command = [python, "-c", "import yaml"]
    assert subprocess.run(command, capture_output=True).returncode
    return python


@pytest.fixture
def tree(original, tmp_path):
    """The tiny tree, as it would be copied to the other machine."""
    root = tiny.copy(original, tmp_path / "tree")
    shutil.rmtree(root / "recording")
    return root


def test_the_plan_says_how_long_each_took_where_that_is_known(tree):
    ask = "from scripts.captures import expected, record_remote\n"
    ask += "print(*record_remote.plan(expected.expected('cuda')), sep='\\n')"
    said = tiny.run((sys.executable, "-c", ask), tree).stdout.splitlines()
    assert said[1:] == [
        f"plan: {tiny.SLUG}/growth: not recorded yet",
        f"plan: {tiny.SLUG}/peak: not recorded yet",
        "plan: 3 captures, 0 s where they are known",
    ]
    assert said[0].startswith(f"plan: {tiny.SLUG}/program: ")
    shutil.copytree(tree / "accepted", tree / "docs", dirs_exist_ok=True)
    said = tiny.run((sys.executable, "-c", ask), tree).stdout
    assert said.count(f" s on {tiny.GPU}") == 3 and "not recorded" not in said


def book(root):
    return bundle.read(root / "recording" / f"{tiny.SLUG}.cuda.json")


def test_an_interrupted_recording_goes_on_and_comes_home(tree, bare):
    command = (bare, *RECORD)
    process = subprocess.Popen(
        command,
        cwd=tree,
        env=tiny.environment(gpu=True),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    for line in process.stdout:
        if line.startswith("recorded"):
            process.kill()
            break
    process.communicate()
    assert process.returncode == -9
    half = book(tree)
    assert "program" in half.captures and len(half.captures) < len(ALL)

    done = tiny.run((*tiny.PREBUILD, "--accept", "recording"), tree)
    assert done.returncode == 1
    assert "half-recorded: it lacks" in done.stdout and " ".join(RECORD) in done.stdout

    done = tiny.run(command, tree, gpu=True)
    assert done.returncode == 0, done.stdout
    assert f"{tiny.SLUG}/program: already in recording" in done.stdout
    assert f"recorded {tiny.SLUG}/peak in " in done.stdout
    assert "3 of 3 captures are in recording; this run took " in done.stdout
    whole = book(tree)
    assert list(whole.captures) == ALL
    assert whole.captures["program"] == half.captures["program"]
    assert b"device: cuda" in whole.files["steps-first.txt"]

    done = tiny.run((*tiny.PREBUILD, "--accept", "recording"), tree)
    assert done.stdout.count("accepted tiny-lesson/") == 3, done.stdout
    done = tiny.run((*tiny.CHECK, "--device", "cuda"), tree)
    assert done.returncode == 0, done.stdout
    assert "CUDA captures: 3 fresh, 0 stale, 0 missing" in done.stdout


def test_what_is_of_another_tree_is_recorded_anew_and_said(tree, bare):
    tiny.record_on_gpu(tree)
    tiny.edit(tree, "snippets/tiny_lesson/peak.py", "8.5, ", "9.5, ")
    before = book(tree)
    done = tiny.record_on_gpu(tree, python=bare)
    assert "note: tiny-lesson/peak: the fingerprint" in done.stdout
    assert done.stdout.count("already in recording") == 2
    after = book(tree)
    assert after.captures["growth"] == before.captures["growth"]
    assert after.captures["peak"]["result"]["metrics"]["peak"]["median"] == 9.5


@pytest.mark.parametrize(
    ("spoil", "note"),
    [
        (lambda text: text[:900], "is not readable"),
        (lambda text: text.replace("77.5", "78.5"), "tiny-lesson/growth contr.*digest"),
        (lambda text: text.replace("mean: 2.1", "mean: 3.1"), r"steps-first\.txt"),
        (
            lambda text: text.replace('"peak": {\n   "gen', '"gone": {\n   "gen'),
            "/gone",
        ),
    ],
)
def test_what_was_spoilt_is_recorded_anew_and_said(original, tmp_path, spoil, note):
    root = tiny.copy(original, tmp_path / "tree")
    path = root / "recording" / f"{tiny.SLUG}.cuda.json"
    assert (text := path.read_text(encoding="utf-8")) != spoil(text)
    path.write_text(spoil(text), encoding="utf-8")
    done = tiny.record_on_gpu(root)
    assert tiny.found(rf"note: .*{note}", done.stdout), done.stdout
    assert sorted(book(root).captures) == sorted(ALL)
    assert text.count('"digest"') == path.read_text(encoding="utf-8").count('"digest"')


def test_one_that_fails_does_not_stop_the_others(tree):
    tiny.edit(tree, "snippets/tiny_lesson/growth.py", "values = [1.25]", "values = 1/0")
    done = tiny.run((tiny.PREBUILD[0], *RECORD), tree, gpu=True)
    assert done.returncode == 1
    assert "error: the experiment snippets.tiny_lesson.growth failed" in done.stdout
    assert "2 of 3 captures are in recording" in done.stdout
    assert list(book(tree).captures) == ["program", "peak"]


GRID = """
    metrics = {}
    for width in widths:
        print(f"width {width}, batch 1", file=sys.stderr)
        if width > 4:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")
        metrics[f"w{width}_ms"] = {"median": width, "spread": 0.5, "n": 3}
    return {
        "metrics": metrics,
        "tables": {"all": {"columns": ["ms"], "rows": [[w] for w in widths]}},
    }
"""


def test_a_cell_without_memory_is_left_out_and_said_until_a_page_says_so(tree):
    name = "snippets/tiny_lesson/peak.py"
    code = (tree / name).read_text(encoding="utf-8")
    whole = code[code.index("    return {") : code.index("if __name__")]
    tiny.edit(tree, name, whole, f"{GRID}\n\n")
    tiny.edit(tree, name, "main() -> dict", "main(widths=(2, 4, 8, 16)) -> dict")
    tiny.edit(tree, name, "import json\n", "import json\nimport sys\n")
    with (tree / "stub.py").open("w", encoding="utf-8") as file:
        file.write("class OutOfMemoryError(RuntimeError): ...\n")
    tiny.edit(tree, name, "torch.OutOf", "stub.OutOf")
    tiny.edit(tree, name, "import torch\n", "import stub\nimport torch\n")
    done = tiny.record_on_gpu(tree)
    says = "not recorded from width 8 on: the GPU had too little memory for width 8, "
    assert f"note: tiny-lesson/peak: {says}batch 1; once more, without" in done.stdout
    assert f"note: tiny-lesson/peak is in recording, but {says}batch 1. " in done.stdout
    assert "3 of 3 captures are in recording; this run took " in done.stdout
    again = tiny.record_on_gpu(tree)
    assert f"peak is in recording, but {says}" in again.stdout, "and it is kept"
    assert again.stdout.count("already in recording") == 3
    done = tiny.run((*tiny.PREBUILD, "--accept", "recording"), tree)
    assert done.returncode == 0, done.stdout
    done = tiny.run(tiny.BUILD, tree)
    assert done.returncode == 0, done.stdout
    page = (tree / f"built/{tiny.SLUG}/index.html").read_text(encoding="utf-8")
    evidence = (tree / "built/evidence/index.html").read_text(encoding="utf-8")
    assert page.count(says) == evidence.count(says) == 1


def test_a_metric_that_is_a_bare_number_costs_the_others_nothing(tree):
    spoilt = '{"median": 8.5, "spread": 0.5, "n": 3}'
    tiny.edit(
        tree, "snippets/tiny_lesson/growth.py", '"last": {', '"size": 3, "last": {'
    )
    tiny.edit(tree, "snippets/tiny_lesson/peak.py", spoilt, "8")
    done = tiny.run((tiny.PREBUILD[0], *RECORD), tree, gpu=True)
    assert done.returncode == 1
    assert "error: tiny-lesson/peak: TypeError(" in done.stdout
    assert "1 of 3 captures are in recording" in done.stdout
    assert list(book(tree).captures) == ["program"]


def test_one_that_lost_a_metric_is_not_kept(tree):
    name = "snippets/tiny_lesson/growth.py"
    both = '"last": {"median": values[-1], "spread": 0.0, "n": 1},'
    tiny.edit(tree, name, both, f"**({{{both}}} if len(values) == 5 else {{}}),")
    tiny.edit(tree, name, "[2 * value for value in values]", "values * 2")
    assert tiny.run(tiny.PREBUILD, tree).returncode == 0
    done = tiny.run((tiny.PREBUILD[0], *RECORD), tree, gpu=True)
    assert done.returncode == 1
    assert "tiny-lesson/growth: the metric 'last' is gone" in done.stdout
    assert "growth" not in book(tree).captures


def test_only_what_is_named(tree):
    name = f"{tiny.SLUG}/peak"
    done = tiny.run((tiny.PREBUILD[0], *RECORD, name), tree, gpu=True)
    assert done.returncode == 0 and "1 of 1 captures" in done.stdout, done.stdout
    assert list(book(tree).captures) == ["peak"]


def test_a_folder_holds_recordings_of_one_gpu(original, tmp_path):
    """Where the folder outlives the session, the next one may have another card."""
    root = tiny.copy(original, tmp_path / "tree")
    before = (root / f"recording/{tiny.SLUG}.cuda.json").read_bytes()
    environment = {**tiny.environment(gpu=True), "STUB_GPU": "Another GPU"}
    done = subprocess.run(
        (tiny.PREBUILD[0], *RECORD),
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert done.returncode == 1
    said = f"recording holds {tiny.SLUG}/program of {tiny.GPU}, and this is "
    assert f"error: {said}Another GPU: record into another folder" in done.stdout
    assert (root / f"recording/{tiny.SLUG}.cuda.json").read_bytes() == before


def test_where_captures_are_removed_none_is_recorded(tree):
    command = (*RECORD[:-1], "docs/captures/recording")
    done = tiny.run((tiny.PREBUILD[0], *command), tree, gpu=True)
    assert done.returncode == 1
    assert "docs/captures/recording lies in docs/captures, where all" in done.stdout


def test_a_damaged_capture_does_not_stop_what_would_replace_it(original, tmp_path):
    root = tiny.copy(original, tmp_path / "tree")
    shutil.copytree(root / "accepted", root / "docs", dirs_exist_ok=True)
    damaged = f"docs/captures/{tiny.SLUG}/cuda/growth.json"
    tiny.edit(root, damaged, '"total"', '"sum"')
    command = (*RECORD[:-1], "anew", f"{tiny.SLUG}/growth")
    done = tiny.run((tiny.PREBUILD[0], *command), root, gpu=True)
    assert done.returncode == 0, done.stdout
    assert f"note: the capture {damaged} contradicts its own digest" in done.stdout
    done = tiny.run((*tiny.PREBUILD, "--accept", "anew"), root)
    assert done.returncode == 0, done.stdout
    assert '"total"' in (root / damaged).read_text(encoding="utf-8")


def test_code_that_changes_while_it_is_recorded_is_not_recorded(tree):
    path = tree / "snippets/tiny_lesson/peak.py"
    itself = "\nfrom pathlib import Path\n\nfile = Path(__file__)\n"
    itself += "file.write_text(file.read_text() + 'MORE = 1\\n')\n"
    with path.open("a", encoding="utf-8") as file:
        file.write(itself)
    done = record(tree, "peak")
    assert done.returncode == 1
    said = "error: tiny-lesson/peak: its code was changed while it was recorded"
    assert said in done.stdout and not (tree / f"recording/{tiny.SLUG}.json").exists()


def test_settings_that_would_change_what_is_measured_are_left_out(tree):
    code = "import os; print(sorted(os.environ), file=__import__('sys').stderr)\n"
    path = tree / "snippets/tiny_lesson/growth.py"
    text = path.read_text(encoding="utf-8").replace(
        "import torch\n", f"import torch\n{code}"
    )
    path.write_text(text, encoding="utf-8")
    odd = {"CUDA_LAUNCH_BLOCKING": "1", "NVIDIA_TF32_OVERRIDE": "1"}
    odd |= {"PYTORCH_CUDA_ALLOC_CONF": "x", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "1"}
    odd |= {"CUBLAS_WORKSPACE_CONFIG": ":16:8", "MKL_NUM_THREADS": "1"}
    odd |= {"OMP_PROC_BIND": "true", "GOMP_CPU_AFFINITY": "0", "KMP_AFFINITY": "none"}
    kept = {"CUDA_VISIBLE_DEVICES": "0", "TORCH_HOME": "/x", "CUDA_HOME": "/y"}
    done = subprocess.run(
        (tiny.PREBUILD[0], *RECORD, f"{tiny.SLUG}/growth"),
        cwd=tree,
        env={**tiny.environment(gpu=True), **odd, **kept, "OMP_WAIT_POLICY": "PASSIVE"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    (seen,) = [line for line in done.stdout.splitlines() if line.startswith("['")]
    for name in (*odd, "OMP_WAIT_POLICY"):
        assert f"'{name}'" not in seen, name
    for name in odd:
        assert (
            f"note: {name} is set here; recordings are made without it" in done.stdout
        )
    for name in kept:
        assert f"'{name}'" in seen, name


def torch_in(folder, code):
    """A folder to import a torch from that is like this."""
    folder.mkdir()
    (folder / "torch.py").write_text(code, encoding="utf-8")
    return str(folder)


STUB = (tiny.STUB / "torch.py").read_text(encoding="utf-8")
# As torch does it: a warning that leads to nothing, and an error of several lines.
OLD_DRIVER = f"""{STUB}
import warnings
def _none():
    says = "CUDA initialization: The NVIDIA driver on your system is too old (found "
    says += "version 11040). Please update it. (Triggered internally at x.cpp:1.)"
    warnings.warn(says)
    return False
cuda.is_available = _none
"""
BUSY = f"""{STUB}
def _busy(index):
    says = "CUDA error: all CUDA-capable devices are busy or unavailable\\n"
    raise RuntimeError(says + "Compile with `TORCH_USE_CUDA_DSA` to enable it.\\n")
cuda.is_available, cuda.get_device_name = lambda: True, _busy
"""


@pytest.mark.parametrize(
    ("torch", "message"),
    [
        (None, r"error: .*/python cannot import torch \(ModuleNotFound"),
        ("raise OSError('broken')", r"cannot import torch \(OSError: broken\)"),
        (STUB, "error: no CUDA device here: torch 2.6.stub .* nvidia-smi"),
        (
            OLD_DRIVER,
            "torch 2.6.stub of .* sees none and says: CUDA init.* is too old ",
        ),
        (BUSY, r"error: torch cannot use the GPU .* \(RuntimeError: CUDA error: all "),
    ],
)
def test_where_it_cannot_begin_nothing_is_written(tree, bare, tmp_path, torch, message):
    path = torch_in(tmp_path / "lib", torch) if torch else ""
    done = subprocess.run(
        (bare, *RECORD),
        cwd=tree,
        env={**tiny.environment(), "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 1 and tiny.found(message, done.stdout), done.stdout
    assert "Traceback" not in done.stdout
    assert not (tree / "recording").exists()


def test_a_gpu_that_is_hidden_is_not_there(tree):
    """The CPU's recording stays the CPU's on a machine with a GPU."""
    done = tiny.run((*tiny.PREBUILD, "--out", "recording"), tree, gpu=True)
    assert done.returncode == 0, done.stdout
    found = json.loads(
        (tree / "recording/tiny-lesson.cpu.json").read_text(encoding="utf-8")
    )
    machines = [capture["machine"] for capture in found["captures"].values()]
    assert [m["device"] for m in machines] == ["cpu", "cpu"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda root: (root / f"docs/notebooks/{tiny.SLUG}.ipynb").unlink(), "ipynb d"),
        (lambda root: (root / "recording").touch(), "recording is not a folder"),
        (
            lambda root: (
                tiny.edit(root, "snippets/tiny_lesson/peak.py", "DEVICES", "DEVICE"),
                tiny.edit(root, "snippets/tiny_lesson/__init__.py", ', "cuda"', ","),
            ),
            "nothing in this tree is recorded on cuda",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(tree, spoil, message):
    spoil(tree)
    done = tiny.run((tiny.PREBUILD[0], *RECORD), tree, gpu=True)
    assert done.returncode == 1 and message in done.stdout, done.stdout
    assert "Traceback" not in done.stdout


def test_without_data_it_says_what_to_do(tree, bare):
    (tree / "data").unlink()
    code = "from pathlib import Path; from scripts.run import dataset; "
    code += "dataset.DEBIAN = Path('gone'); from scripts.prebuild import main; "
    code += f"raise SystemExit(main({list(RECORD[1:])}))"
    done = tiny.run((bare, "-c", code), tree, gpu=True)
    assert done.returncode == 1
    assert "What to do: install the Debian package" in done.stdout
    assert "Traceback" not in done.stdout
    assert not (tree / "recording").exists()


@pytest.mark.parametrize("device", expected.DEVICES)
def test_notebooks_hold_the_programs_of_the_pages(device):
    """The recorder's blocks are the page's, with their marks and fingerprints."""
    at_home = expected.expected(device)
    there = expected.expected(device, record_remote.blocks_of)
    assert lessons() and len(at_home) == len(there)
    for one, other in zip(at_home, there, strict=True):
        blocks = [replace(block, source="") for block in one.blocks]
        assert [replace(block, source="") for block in other.blocks] == blocks
        assert other.fingerprint == one.fingerprint and other.id == one.id


@pytest.mark.parametrize(
    "text", ["", "[]", '{"cells": [{"cell_type": "code"}]}', "[" * 50_000]
)
def test_a_notebook_that_is_none_is_named(house, text):
    house("docs/notebooks/my-lesson.ipynb", text)
    with pytest.raises(SiteError, match=r"docs/notebooks/my-lesson\.ipynb does not"):
        record_remote.blocks_of("my-lesson")


def record(root, *ids, out="recording", **more):
    """Record on the stub of a GPU; `more` goes into the environment."""
    command = (tiny.PREBUILD[0], *RECORD[:-1], out, *[f"{tiny.SLUG}/{n}" for n in ids])
    return subprocess.run(
        command,
        cwd=root,
        env={**tiny.environment(gpu=True), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )


@pytest.fixture
def recorded(original, tmp_path):
    """The tiny tree with its recording in it, and that recording's file."""
    root = tiny.copy(original, tmp_path / "tree")
    return root, root / f"recording/{tiny.SLUG}.cuda.json"


def test_what_a_run_does_not_name_is_not_lost(recorded):
    root, path = recorded
    before = path.read_bytes()
    for name in ("growth", "peak"):
        with open(
            root / f"snippets/tiny_lesson/{name}.py", "a", encoding="utf-8"
        ) as file:
            file.write("\nMORE = 1\n")
    done = record(root, "peak")
    assert done.returncode == 0, done.stdout
    assert tiny.found(
        "growth: the fing.* not recorded anew, bec.* not name it", done.stdout
    )
    assert tiny.found(
        "peak: the fingerprint.*; recorded anew when its turn", done.stdout
    )
    assert "the file as it was is kept as recording/tiny-lesson.cuda.json.old" in (
        done.stdout
    )
    assert path.with_name(f"{path.name}.old").read_bytes() == before
    assert list(book(root).captures) == ["program", "peak"]
    done = record(root, "peak")
    assert done.returncode == 0 and "kept as" not in done.stdout, done.stdout
    assert "note: the recording will name no commit" in done.stdout
    done = tiny.run((*tiny.PREBUILD, "--accept", "recording"), root)
    assert "half-recorded: it lacks tiny-lesson/growth" in done.stdout


def test_a_damaged_file_is_kept_aside(recorded):
    root, path = recorded
    path.write_bytes(damaged := path.read_bytes()[:-3])
    done = record(root, "peak")
    assert done.returncode == 0, done.stdout
    assert "what is named is recorded anew, and the rest not" in done.stdout
    assert path.with_name(f"{path.name}.old").read_bytes() == damaged
    assert list(book(root).captures) == ["peak"]


def test_what_changes_nothing_sets_nothing_aside(recorded):
    root, path = recorded
    before = path.read_bytes()
    tiny.edit(root, "snippets/tiny_lesson/peak.py", "8.5, ", "9.5, ")
    done = record(root, "growth")
    assert done.returncode == 0 and "already in recording" in done.stdout
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.glob("*.json*")] == [path.name]


@pytest.mark.parametrize("fact", ["cpu", "cores", "threads", "torch"])
def test_a_folder_holds_recordings_of_one_machine(tree, fact):
    """The next session's CPU is often another one, too."""
    machine = {"device": "cuda", "gpu": "A GPU", "cpu": "A CPU", "torch": "2.11.0"}
    machine |= {"cores": 4, "threads": 4}
    other = {**machine, fact: "another"}
    book = bundle.Recording(tiny.SLUG, "cuda", {"peak": {"machine": other}})
    with pytest.raises(SiteError, match="holds tiny-lesson/peak of .*another.*, and"):
        record_remote.check_card(tree, book, machine)
    record_remote.check_card(tree, book, {**other, "torchvision": None})


def test_another_card_replaces_nothing_even_if_all_is_stale(tree):
    assert record(tree, "growth", "peak").returncode == 0
    path = tree / f"recording/{tiny.SLUG}.cuda.json"
    before = path.read_bytes()
    for name in ("growth", "peak"):
        with open(
            tree / f"snippets/tiny_lesson/{name}.py", "a", encoding="utf-8"
        ) as file:
            file.write("\nMORE = 1\n")
    done = record(tree, "growth", "peak", STUB_GPU="T4")
    assert done.returncode == 1
    assert f"of {tiny.GPU}, and this is T4: record into another" in done.stdout
    assert path.read_bytes() == before and "recording tiny" not in done.stdout


@pytest.mark.parametrize(
    ("out", "says"),
    [
        ("mkdocs.yml/rec", r"mkdocs\.yml/rec cannot be written \(Not a directory\)"),
        ("/proc/rec", r"/proc/rec cannot be written \(No such file or directory\)"),
        ("dangling", "dangling is not a folder"),
        ("docs/assets/cards", "lies in docs/assets/cards, where all is removed"),
        ("y" * 300, "cannot be a folder: File name too long"),
        ("taken", r"taken/tiny-lesson\.cuda\.json is no file, and a recording's has"),
    ],
)
def test_where_nothing_can_be_written_nothing_is_run(tree, out, says):
    (tree / "dangling").symlink_to("gone")
    (tree / f"taken/{tiny.SLUG}.cuda.json").mkdir(parents=True)
    done = record(tree, out=out)
    assert done.returncode == 1 and tiny.found(says, done.stdout), done.stdout
    assert "Traceback" not in done.stdout and "recording tiny" not in done.stdout


def test_two_at_once_lose_nothing(tree):
    (tree / "recording").mkdir()
    with lock.held(tree / "recording/.lock", "busy"):
        done = record(tree, "program")
    assert done.returncode == 1
    assert "error: another process records into recording: wait until" in done.stdout
    assert record(tree, "program").returncode == 0


def test_threads_that_would_be_refused_at_home_are_refused_before(tree):
    done = record(tree, OMP_NUM_THREADS="99")
    assert done.returncode == 1
    assert tiny.found(
        "nothing can be recorded here: machine.threads is 99 beside .* set OMP_NUM_",
        done.stdout,
    )
    assert "plan:" not in done.stdout and not (tree / "recording").exists()


def test_a_clock_that_is_wrong_is_said_before(monkeypatch):
    machine = {"device": "cpu", "cpu": "A CPU", "python": "3.12", "threads": 2}
    machine |= dict.fromkeys(("gpu", "torch", "torchvision", "cuda"))
    record_remote.check_machine(machine)

    class Reset(record_remote.datetime):
        @classmethod
        def now(cls, zone):
            return cls(1970, 1, 1, tzinfo=zone)

    monkeypatch.setattr(record_remote, "datetime", Reset)
    says = "nothing can be recorded here: its clock says 1970-01-01, before this code "
    with pytest.raises(SiteError, match=says):
        record_remote.check_machine(machine)


def test_what_cannot_be_is_not_kept_and_said_so(tree):
    tiny.edit(tree, "snippets/tiny_lesson/growth.py", "sum(values)", "float('nan')")
    done = record(tree, "growth", "peak")
    assert done.returncode == 1 and "1 of 2 captures are in" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if "error:" in line]
    assert "median of the metric 'total' is nan, not a number" in line
    assert line.endswith(": it is not kept") and "no recording" not in line


def test_a_terminal_that_knows_few_letters_is_no_error(tree):
    done = record(tree, "peak", PYTHONIOENCODING="latin-1")
    assert done.returncode == 0, done.stdout
    assert "recording tiny-lesson/peak on cuda \\u2026" in done.stdout


WANT = expected.Expected("my-lesson", "x", "cuda", "abc", "python -m x")


@pytest.fixture
def full(tmp_path, monkeypatch):
    """A disk that refuses so many writes; returns a function that records two there."""

    def record(times):
        left = [times]

        def write(folder, recording):
            if left[0]:
                left[0] -= 1
                raise OSError(28, "No space left on device")
            written.append(sorted(recording.captures))

        written = []
        monkeypatch.setattr(record_remote.record, "make", lambda want: ({"a": 1}, {}))
        monkeypatch.setattr(record_remote.accept, "verify", lambda *_: None)
        monkeypatch.setattr(bundle, "write", write)
        lesson = [WANT, replace(WANT, name="y")]
        chosen = {want.id for want in lesson}
        recording = bundle.Recording("my-lesson", "cuda")
        failed = record_remote._record_lesson(recording, tmp_path, lesson, chosen)
        return failed, written

    return record


@pytest.mark.parametrize(
    ("times", "failed", "written"),
    [
        (0, 0, [["x"], ["x", "y"]]),
        (1, 0, [["x", "y"]]),
        (2, 0, [["x", "y"]]),
        (3, 2, []),
    ],
)
def test_a_disk_that_is_full_meanwhile(full, capsys, times, failed, written):
    assert full(times) == (failed, written)
    said = capsys.readouterr().err
    assert said.count("cannot be written (No space left on device): make room") == times
    assert ("error: lost, for lack of a place: my-lesson/x, my-lesson/y" in said) == (
        failed == 2
    )
