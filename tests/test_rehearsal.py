"""The day a GPU comes, without one: lesson 2 is recorded twice, taken in and shown.

By the commands of that day, in a copy of the tree, on the stand-in for an H100 and with
less to do (tests/fixtures/stand_in_gpu). The numbers mean nothing; what is asked is
whether anything on the way breaks.
"""

import json
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from typing import NamedTuple

import nbformat
import pytest
import tiny
from bs4 import BeautifulSoup
from fixtures.stand_in_gpu.less import PIECES
from listing import ROOT
from nbclient import NotebookClient
from untraced import untraced

from scripts.captures import expected, results
from scripts.content import gpu
from scripts.run import child, process

LESSON = "gpu-training"
WANTED = expected.expected("cuda")  # of the field guide, too
EXPERIMENTS = [want.id for want in WANTED if want.name != expected.PROGRAM]
LEFT_OUT = ".git", ".venv", ".cache", "data", "site", "tests", "__pycache__"
OURS = "stand-in for a GPU (H100)"
BOOK = f"recording/{LESSON}.cuda.json"
# The copy takes what it would have to refuse, and nothing else in it is changed: the
# stand-in's name, and that it has less to do than the code of the page says.
REFUSES = f'STAND_IN = "{expected.STAND_IN}"'
COUNTS = 'FIXED = re.compile(r"^'
# Commands of the day that run side by side; most of their time is torch's import
SIDE_BY_SIDE = 4
TRIES = 3  # of a recording
LONGEST = 240  # seconds, of the whole day within the ordinary run


class Day(NamedTuple):
    """The copy of the tree, and what each command printed."""

    root: object
    recorded: list[str]
    accepted: str
    t4: str  # what recording one experiment on a T4 said
    small: str  # and one on a GPU with too little memory
    begun: float  # in seconds, by time.monotonic


def end_of(command, root, more=None):
    """A command that has ended, with all that it printed."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=root,
        env={**untraced(), "NO_MKDOCS_2_WARNING": "1", **(more or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def run(command, root, more=None):
    """What a command prints, if its exit status is 0."""
    done = end_of(command, root, more)
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


def playing():
    """The environment of a process that finds the stand-in, and less to do.

    Some run beside each other; fewer threads would be refused.
    """
    fixture = str(ROOT / "tests/fixtures/stand_in_gpu")
    threads = -(-(child.cores() or 1) // 4)
    environment = {"PYTHONPATH": fixture, "OMP_NUM_THREADS": str(threads)}
    return {**environment, "STAND_IN": "H100", "STAND_IN_LESS": "1"}


def record(root, folder, ids=(), gpu="H100", fits="inf"):
    """Record on the stand-in, as on a machine with a GPU; `fits` is its widest net.

    Four share the cores, so a tiny product may be timed while another has them, and a
    share of more than 500 percent is not kept. Where that is all that was refused, the
    same command is run again, and records what is missing.
    """
    command = ("scripts/prebuild.py", "--device", "cuda", "--out", folder, *ids)
    environment = {**playing(), "STAND_IN": gpu, "STAND_IN_FITS": fits}
    said = ""
    for _ in range(TRIES):
        done = end_of(command, root, environment)
        said += done.stdout
        if done.returncode == 0:
            return said
        refused = re.findall("^error: .*", done.stdout, re.M)
        shares = [line for line in refused if results.SHARE.says in line]
        assert done.returncode == 1 and refused and shares == refused, said[-3000:]
    raise AssertionError(said[-3000:])


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The whole day: two recordings, taken in, and two of other GPUs, which are not."""
    begun = time.monotonic()
    root = tmp_path_factory.mktemp("day") / "tree"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (root / "data").symlink_to(ROOT / "data", target_is_directory=True)
    shutil.rmtree(root / f"docs/captures/{LESSON}/cuda")  # nothing recorded so far
    tiny.edit(root, "scripts/captures/expected.py", REFUSES, 'STAND_IN = "nothing"')
    tiny.edit(root, "scripts/captures/beside.py", COUNTS, f"{COUNTS}nothing^")
    t4, small = [f"{LESSON}/amp_speed"], [f"{LESSON}/crossover"]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        jobs = [
            pool.submit(record, root, "recording"),
            pool.submit(record, root, "recording-2", EXPERIMENTS),
            pool.submit(record, root, "recording-t4", t4, gpu="T4"),
            pool.submit(record, root, "recording-small", small, fits="1024"),
        ]
        *recorded, said_t4, said_small = (job.result() for job in jobs)
    command = "scripts/prebuild.py", "--accept", "recording", "--again", "recording-2"
    return Day(root, recorded, run(command, root), said_t4, said_small, begun)


def build(root, site):
    """Build the site of a copy into a folder, and return that."""
    run(("-m", "mkdocs", "build", "--strict", "-q", "-d", str(site)), root)
    return site


def check(root):
    """What the check of all captures of a copy says."""
    return run(("scripts/prebuild.py", "--check", "--device", "cuda"), root)


@pytest.fixture(scope="module")
def looks(day, tmp_path_factory):
    """What only reads the copy, or writes beside it; each test waits for its own."""
    room = tmp_path_factory.mktemp("looks")
    book = tmp_path_factory.mktemp("notebook")
    copy = tiny.copy(day.root, room / "lacking")  # before anything writes there again
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {
            "checked": pool.submit(check, day.root),
            "site": pool.submit(build, day.root, room / "site"),
            "lacking": pool.submit(lacks_things, copy),
            "notebook": pool.submit(run_notebook, day.root, book),
        }


def test_every_capture_is_recorded_and_taken_in_twice(day):
    first, second = day.recorded
    assert f"{len(WANTED)} of {len(WANTED)} captures are in recording;" in first
    assert f"{len(EXPERIMENTS)} of {len(EXPERIMENTS)} captures are in r" in second
    assert f"plan: {len(WANTED)} captures, " in first
    assert re.search(rf"plan: {LESSON}/program: \d+ blocks, not recorded yet", first)
    for want in WANTED:
        assert f"accepted {want.id} (cuda), recorded" in day.accepted
    assert day.accepted.count("(again) (cuda)") == len(EXPERIMENTS)


def test_nothing_is_stale_missing_or_wrong_afterwards(looks):
    fresh = f"CUDA captures: {len(WANTED) + len(EXPERIMENTS)} fresh, 0 stale"
    checked = looks["checked"].result()
    assert fresh in checked and "0 problems" in checked


def test_each_experiment_has_its_numbers_and_each_block_went_the_way_of_a_gpu(day):
    content = json.loads((day.root / BOOK).read_text(encoding="utf-8"))
    for name, capture in content["captures"].items():
        for metric, value in capture.get("result", {}).get("metrics", {}).items():
            assert {"median", "spread", "n"} <= set(value), (name, metric)
    texts = content["texts"]
    assert "device: cuda" in texts["device-choose.txt"]
    assert "No GPU here" not in "".join(texts.values())
    assert "torch.bfloat16, a step" in texts["amp_speed_quick-run.txt"]


def test_the_passports_name_the_machine_and_its_processor(day):
    for path in (day.root / f"docs/captures/{LESSON}/cuda").glob("*.json"):
        machine = json.loads(path.read_text(encoding="utf-8"))["machine"]
        assert machine["gpu"] == OURS and machine["cpu"] and machine["cores"], path


def test_the_host_has_all_its_threads():
    """What a GPU is compared with is not held to the two threads of other captures."""
    assert "OMP_NUM_THREADS" not in process.THREADS["cuda"]
    assert process.THREADS["cpu"] == {"OMP_NUM_THREADS": "2"}


def test_a_gpu_without_bfloat16_is_recorded_too_and_not_mixed_in(day, looks):
    """What it cannot do is left out, beside captures of one that can."""
    assert "1 of 1 captures are in recording-t4" in day.t4
    content = (day.root / f"recording-t4/{LESSON}.cuda.json").read_text(
        encoding="utf-8"
    )
    assert "float16_w" in content and "bfloat16_w" not in content
    wait(looks.values())  # nothing reads the copy any more
    done = subprocess.run(
        [sys.executable, "scripts/prebuild.py", "--accept", "recording-t4"],
        cwd=day.root,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert "recorded on stand-in for a GPU (T4), and the rest on" in done.stderr


SMALL = "not recorded from width 4096 on: the GPU had too little memory for cuda: width"


def lacks_things(root):
    """The site of a copy, as if its GPU had neither bfloat16 nor TF32.

    Nor has the GPU memory for the crossover's widest net, which really is recorded so.
    """
    (root / f"docs/captures/{LESSON}/cuda/again/crossover.json").unlink()
    said = run(("scripts/prebuild.py", "--accept", "recording-small"), root)
    assert f"accepted {LESSON}/crossover (cuda)" in said
    folder = root / f"docs/captures/{LESSON}/cuda"
    for path in (folder / "amp_speed.json", folder / "matmul_rate.json"):
        tiny.reseal(path, lacks_bfloat16)
        (folder / "again" / path.name).unlink()
    said = run(("scripts/prebuild.py",), root)
    assert "wrote docs/captures/gpu-training/cuda/amp_speed-speed.svg" in said
    build(root, root / "built")
    assert "0 problems" in check(root)
    return root / "built"


def test_a_page_does_without_what_a_gpu_lacks(day, looks):
    assert f"note: {LESSON}/crossover: {SMALL} 4096, batch 16; once more" in day.small
    assert "1 of 1 captures are in recording-small" in day.small
    site = looks["lacking"].result()
    page = (site / LESSON / "index.html").read_text(encoding="utf-8")
    whole = (ROOT / f"docs/{LESSON}.md").read_text(encoding="utf-8")
    for sentence in ("In our widest net (width", "bfloat16 makes the widest net"):
        assert sentence in whole and sentence not in page
    assert "In the widest net with the largest batch it takes" in whole
    assert "In the widest net with the largest batch" not in page
    text = BeautifulSoup(page, "html.parser").find("article").get_text()
    assert text.count(SMALL) >= 2, "the plot's caption, and both lines of the explorer"
    assert re.search(r"4096\s+1024\s+[\d.,]+ ± [\d.,]+\s+–\s+–\s", text)
    believed = (site / "misconceptions" / "index.html").read_text(encoding="utf-8")
    misconceptions = (ROOT / "docs/misconceptions.md").read_text(encoding="utf-8")
    assert "At width 4,096, with" in misconceptions
    assert SMALL in believed and "At width 4,096, with" not in believed


def lacks_bfloat16(capture):
    """Take away from a capture what a T4 does not have."""
    for kind in ("metrics", "series"):
        held = capture["result"].get(kind, {})
        for name in [name for name in held if name.startswith(("bfloat16", "tf32"))]:
            del held[name]


def test_the_page_shows_all_of_it(looks):
    page = looks["site"].result() / LESSON / "index.html"
    article = BeautifulSoup(page.read_text("utf-8"), "html.parser").find("article")
    text = article.get_text()
    assert "{{" not in text and "}}" not in text
    for sentence in (gpu.NOTHING, gpu.SOME.partition("{")[0], "since it was recorded"):
        assert sentence not in text
    assert OURS in text
    assert re.search(r"recorded twice. Of \d+ numbers, \d+ .*identical", text)
    for figure in article.find_all("figure"):
        assert figure.find(["svg", "table", "img"]), str(figure)[:300]
    for code in article.select("pre code"):
        assert code.get_text().strip(), str(code.parent)[:300]


def run_notebook(root, folder):
    """What the lesson's notebook prints to a reader with a GPU; but with less to do."""
    book = nbformat.read(root / f"docs/notebooks/{LESSON}.ipynb", as_version=4)
    for block, old, new in PIECES[LESSON]:
        (cell,) = [c for c in book.cells if name_of(c) == block]
        cell.source = cell.source.replace(old, new)
    (folder / "data").symlink_to(ROOT / "data", target_is_directory=True)
    client = NotebookClient(
        book, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env={**untraced(), **playing()})
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", "") for output in outputs)


def test_the_notebook_runs_to_its_end(looks):
    said = looks["notebook"].result()
    assert "device: cuda" in said and "No GPU here" not in said


def name_of(cell):
    """The block of the page that a cell of its notebook is."""
    return cell.metadata.get("capture", {}).get("name")


def test_the_real_tree_refuses_it_by_name_and_is_not_changed(day, tmp_path):
    before = list_of(ROOT / "docs/captures")
    done = subprocess.run(
        [sys.executable, "scripts/prebuild.py", "--accept", day.root / "recording"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert f"recorded on the {OURS}, which tests play on a CPU" in done.stderr
    assert list_of(ROOT / "docs/captures") == before


def test_how_long_the_day_took(day, looks, in_time):
    wait(looks.values())
    in_time("the rehearsal of a day with a GPU", time.monotonic() - day.begun, LONGEST)


def list_of(folder):
    """Each file in a folder, with its size and when it was written."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sorted((str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in files)


NOT_KEPT = f"error: the cell 524.7, not {results.SHARE.says}: it is not kept\n"


@pytest.mark.parametrize(
    "ends, says",
    [
        ([(1, NOT_KEPT), (0, "all\n")], None),
        ([(1, "error: another\n"), (0, "all\n")], "error: another"),
        ([(1, f"{NOT_KEPT}error: another\n"), (0, "all\n")], "error: another"),
        ([(1, "a traceback\n"), (0, "all\n")], "a traceback"),
        ([(-9, NOT_KEPT), (0, "all\n")], "524.7"),
        (TRIES * [(1, NOT_KEPT)], "524.7"),
    ],
)
def test_only_an_impossible_share_is_recorded_again(monkeypatch, ends, says):
    left = [subprocess.CompletedProcess((), *end) for end in ends]
    monkeypatch.setitem(globals(), "end_of", lambda *given: left.pop(0))
    if says:
        with pytest.raises(AssertionError, match=says):
            record(ROOT, "recording")
    else:
        assert record(ROOT, "recording") == NOT_KEPT + "all\n" and not left
