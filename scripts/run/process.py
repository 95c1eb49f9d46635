"""Run a page's program or an experiment in a fresh process; nothing else."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.common.errors import SiteError
from scripts.common.paths import TREE
from scripts.run.without import Cell, is_no_memory

# Two threads wherever we record on a CPU: one and two threads differ in bits. Beside a
# GPU the CPU is what one compares with, so there it uses all that it has.
THREADS = {"cpu": {"OMP_NUM_THREADS": "2"}, "cuda": {}}
# scripts/test sets these, because two threads that spin on two busy cores take ten
# times as long. On an idle machine they make a small step three times as slow.
PATIENCE = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
# What changes how torch and its libraries calculate, allocate or wait: left over from a
# search for an error, perhaps. CUDA_VISIBLE_DEVICES says where a GPU is, and stays.
SETTINGS = re.compile(
    r"(PY)?TORCH_(?!HOME)|ATEN_|CUBLAS_|CUDNN_|NVIDIA_TF32"
    r"|OMP_(?!NUM_THREADS|WAIT_POLICY)|GOMP_(?!SPINCOUNT)|KMP_(?!DUPLICATE)"
    r"|MKL_(NUM|DYN|CBWR|DEBUG|DOMAIN|ENABLE)"
    r"|CUDA_(LAUNCH|MODULE|DEVICE_MAX|FORCE|DISABLE|CACHE|AUTO)|DNNL_|ONEDNN_"
)
WARNINGS = ["-W", "error::FutureWarning", "-W", "error::DeprecationWarning"]
if sys.version_info >= (3, 12):
    # From 3.12 on, Python itself warns on every fork of a process that has threads;
    # the lesson forks on purpose, and its children use one thread.
    WARNINGS += ["-W", "ignore:This process:DeprecationWarning"]
# torch imports this package wherever it is installed; that it goes is not our affair.
WARNINGS += ["-W", "ignore:The pynvml package is deprecated:FutureWarning"]
# Where there is a display, matplotlib says that plt.show() shows nothing here.
WARNINGS += ["-W", "ignore:FigureCanvasAgg is non-interactive:UserWarning"]


# `-c` leaves `__main__` empty, as in a new notebook: no name, no path of ours stays.
_BLOCKS = """
import sys; sys.path.insert(0, {scripts!r}); import child; del sys.path[0], sys, child
__import__("sys").modules["child"].main({job!r})
"""


@dataclass(frozen=True)
class Result:
    """What one block did: its text, seconds, and the error it ended with, if any."""

    name: str
    text: str
    seconds: float
    error: dict | None
    figures: dict[str, bytes]


@dataclass(frozen=True)
class Run:
    """All blocks' results, the machine, and how long the whole took in seconds."""

    blocks: list[Result]
    machine: dict
    seconds: float


def settings(environment: Mapping[str, str]) -> list[str]:
    """The names in it that no recording may depend on; says those that surprise."""
    found = [name for name in environment if SETTINGS.match(name)]
    for name in found:
        print(f"note: {name} is set here; recordings are made without it")
    return found + [name for name in PATIENCE if name in environment]


def environment(device: str = "cpu", more: dict | None = None) -> dict[str, str]:
    """The environment of every recorded process; `more` stands for another machine."""
    hidden = {} if device == "cuda" else {"CUDA_VISIBLE_DEVICES": ""}
    # A progress bar is redrawn thousands of times, and every state of it would stand in
    # the captured text.
    fixed = {"MPLBACKEND": "agg", "PYTHONUNBUFFERED": "1", "TQDM_DISABLE": "1"}
    fixed["PYTHONIOENCODING"] = "utf-8"  # whatever this machine writes in
    ours = {**THREADS[device], **fixed, **hidden, "PYTHONPATH": _path()}
    return {**os.environ, **ours, **(more or {})}


def _path() -> str:
    """PYTHONPATH, where a machine may keep its torch, without anything of this tree."""
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [Path(path).resolve() for path in inherited if path]
    return os.pathsep.join(str(p) for p in paths if not p.is_relative_to(TREE.root))


def run_blocks(
    blocks: list[tuple[str, str]],
    data: Path,
    device: str = "cpu",
    keep_going: bool = False,
    flags: tuple[str, ...] = (),
    more: dict | None = None,
    python: str = sys.executable,
) -> Run:
    """Run (name, code) pairs in order in one real `__main__`, in an empty folder.

    The folder holds nothing but a link `data`. With `keep_going`, a block that raises
    does not end the run. `more` goes into the environment; `python` may be that of
    other versions. Raises SiteError if the process itself dies.
    """
    with tempfile.TemporaryDirectory() as aside, tempfile.TemporaryDirectory() as room:
        (Path(room) / "data").symlink_to(data.resolve(), target_is_directory=True)
        texts = Path(aside) / "texts"
        texts.mkdir()
        job = Path(aside) / "job.json"
        named = [{"name": name, "code": code} for name, code in blocks]
        wanted = {"blocks": named, "folder": str(texts), "keep_going": keep_going}
        job.write_text(json.dumps(wanted), encoding="utf-8")
        start = time.perf_counter()
        starter = _BLOCKS.format(scripts=str(TREE.scripts / "run"), job=str(job))
        command = [python, "-u", *WARNINGS, *flags, "-c", starter]
        process = subprocess.run(
            command,
            cwd=room,
            env=environment(device, more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        seconds = time.perf_counter() - start
        done = job.with_suffix(".done")
        if not done.exists():
            began = [name for name, _ in blocks if (texts / f"{name}.txt").exists()]
            said = process.stderr
            if began:
                last = texts / f"{began[-1]}.txt"
                said = last.read_text(encoding="utf-8", errors="replace")
            where = f"in block {began[-1]}" if began else "before the first block"
            raise SiteError(
                f"the process of the page's program died ({_exit(process.returncode)}) "
                f"{where}: {said[-500:]}"
            )
        return _read(json.loads(done.read_text(encoding="utf-8")), seconds)


def _exit(status: int) -> str:
    """An exit status, and what it most often means that a process was killed."""
    why = ": killed, most often for lack of memory; end what else runs"
    return f"exit {status}{why if status in (-9, 137) else ''}"


def _read(done: dict, seconds: float) -> Run:
    results = []
    for block in done["blocks"]:
        figures = {
            Path(path).name: Path(path).read_bytes() for path in block["figures"]
        }
        results.append(
            Result(
                block["name"], block["text"], block["seconds"], block["error"], figures
            )
        )
    return Run(results, done["machine"], seconds)


def run_program(blocks, data: Path, device: str = "cpu", **options) -> Run:
    """Run a page's program, with run_blocks' options.

    Raises SiteError naming the block that raised.
    """
    pairs = [(block.name, block.code) for block in blocks]
    run = run_blocks(pairs, data, device, **options)
    failed = run.blocks[-1]
    if failed.error:
        error = failed.error
        full = device == "cuda" and is_no_memory(error["type"], error["message"])
        raise SiteError(
            f"the block {failed.name} {MORE_MEMORY if full else 'raised'}:\n"
            f"{error['traceback']}"
        )
    return run


PARTS = ("metrics", "counts", "series", "tables")  # what an experiment may return
MORE_MEMORY = (
    "needs more memory than the GPU has left: end what else uses it, which nvidia-smi "
    "lists, or record it on a larger one"
)
# Prints one more line after the experiment: what machine its process ran on.
_EXPERIMENT = """
import json, runpy, sys, traceback
sys.path[:0] = [{root!r}, {scripts!r}]
import child, without
del sys.path[1]
sys.stderr = progress = child.Progress(sys.stderr, without.cell_of)
left_out = {left_out!r}
try:
    if left_out:
        without.run({module!r}, left_out)
    else:
        runpy.run_module({module!r}, run_name="__main__", alter_sys=True)
except RuntimeError as error:
    on_gpu = {device!r} == "cuda"
    if not (on_gpu and without.is_no_memory(type(error).__name__, str(error))):
        raise
    trace, said = error.__traceback__, progress.last
    found = {{"cell": said, "least": {{}}}}
    if without.is_in_loop(trace, progress.place):
        found["least"] = without.least(said, without.grid(trace, {module!r}))
    elif progress.place:
        found["after"] = True
    with open({full!r}, "w", encoding="utf-8") as file:
        json.dump(found, file)
    traceback.print_exc()
    sys.exit(1)
print(json.dumps(child.machine()))
"""


class NoMemory(SiteError):
    """A GPU has too little memory for a cell; `least` says what to do without.

    {} if it is the smallest, is no cell, or had been measured (`after` it, that is).
    """

    def __init__(self, module: str, cell: str, least: Cell, after: bool = False):
        where = f"({'after' if after else 'at'}: {cell}) " if cell else ""
        super().__init__(f"the experiment {module} {where}{MORE_MEMORY}")
        self.cell, self.least = cell, least


def run_experiment(
    module: str, data: Path, device: str = "cpu", left_out: Sequence[Cell] = ()
) -> tuple[dict, dict, float]:
    """Run `python -m module`; returns its result, its machine and its seconds.

    Progress (stderr) goes through to the terminal. `left_out` says from where on cells
    are not measured. Raises SiteError if it fails or if its standard output is not one
    JSON object; where a GPU has too little memory, NoMemory, which names what was
    measured last.
    """
    with tempfile.TemporaryDirectory() as aside, tempfile.TemporaryDirectory() as room:
        (Path(room) / "data").symlink_to(data.resolve(), target_is_directory=True)
        full = Path(aside) / "full"  # made where memory was too little
        code = _EXPERIMENT.format(
            root=str(TREE.root),
            scripts=str(TREE.scripts / "run"),
            module=module,
            full=str(full),
            device=device,
            left_out=list(left_out),
        )
        start = time.perf_counter()
        process = subprocess.run(
            [sys.executable, "-u", *WARNINGS, "-c", code],
            cwd=room,
            env=environment(device),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        seconds = time.perf_counter() - start
        lacked = json.loads(full.read_text(encoding="utf-8")) if full.exists() else None
    if lacked:
        raise NoMemory(module, **lacked)
    if process.returncode:
        raise SiteError(f"the experiment {module} failed ({_exit(process.returncode)})")
    try:
        result, machine = map(json.loads, process.stdout.strip().rsplit("\n", 1))
    except ValueError as error:
        raise SiteError(
            f"the experiment {module} did not print one JSON: {error}"
        ) from error
    if not isinstance(result, dict) or not set(result) & set(PARTS):
        raise SiteError(f"the experiment {module} returned none of {', '.join(PARTS)}")
    return result, machine, seconds
