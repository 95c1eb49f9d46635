"""Runs blocks in a fresh process, in the real `__main__`. Started by process.py only.

Standard library alone: on a machine with a GPU this file and a notebook are enough.
"""

import json
import linecache
import math
import os
import platform
import sys
import time
import traceback
from pathlib import Path

import __main__


def run_block(block: dict, folder: Path, keep_going: bool) -> dict:
    """Execute one block; its text is all that it and its children write to 1 and 2."""
    name, code = block["name"], block["code"]
    path = folder / f"{name}.txt"
    with open(path, "wb") as sink:
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    start, error = time.perf_counter(), None
    try:
        exec(compile(code, name, "exec"), __main__.__dict__)
    except BaseException as raised:
        error = {"type": type(raised).__name__, "message": str(raised)}
        error["traceback"] = traceback.format_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    seconds = time.perf_counter() - start
    return {
        "name": name,
        "text": path.read_text(encoding="utf-8", errors="replace"),
        "seconds": round(seconds, 3),
        "figures": figures(folder, name),
        "error": error,
    }


def figures(folder: Path, name: str) -> list[str]:
    """Save the figures that a block drew, and close them.

    The files say nothing of the program that wrote them: a newer matplotlib that draws
    the same gives the same bytes.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    saved = []
    for number in pyplot.get_fignums() if pyplot else []:
        saved.append(str(folder / f"{name}-{number}.png"))
        figure = pyplot.figure(number)
        figure.savefig(saved[-1], dpi=120, metadata={"Software": None})
        keep_grey(saved[-1])
    if pyplot:
        pyplot.close("all")
    return saved


def keep_grey(path: str) -> None:
    """A figure without colours needs half the bytes if its file has none either."""
    pillow = sys.modules.get("PIL.Image")  # there once matplotlib has saved a figure
    if not pillow:
        return
    with pillow.open(path) as image:
        red, green, blue = image.convert("RGB").split()
    if red.tobytes() == green.tobytes() == blue.tobytes():
        red.save(path, optimize=True)


def machine() -> dict:
    """What this process runs on; asked at the end, when torch is imported if ever."""
    torch = sys.modules.get("torch")
    cuda = bool(torch and torch.cuda.is_available())
    vision = sys.modules.get("torchvision")
    return {
        "device": "cuda" if cuda else "cpu",
        "cpu": cpu_model(),
        "gpu": torch.cuda.get_device_name(0) if cuda else None,
        "threads": torch.get_num_threads() if torch else None,
        "cores": cores(),
        "python": platform.python_version(),
        "torch": torch.__version__ if torch else None,
        "torchvision": vision.__version__ if vision else None,
        "cuda": torch.version.cuda if cuda else None,
    }


def cores() -> int | None:
    """How many this process may use; where a system does not tell, how many there are.

    Two threads that share one core count as two. A container may be allowed the time of
    fewer than it sees.
    """
    allowed = getattr(os, "sched_getaffinity", None)
    seen = len(allowed(0)) if allowed else os.cpu_count()
    share = quota()
    return min(seen, max(1, math.ceil(share))) if seen and share else seen


def quota(groups: Path = Path("/sys/fs/cgroup")) -> float | None:
    """The CPU time that Linux grants this container, in cores; None without a limit.

    Its own control group is the root of what it sees.
    """
    try:
        version_2 = groups / "cpu.max"
        if version_2.exists():
            granted, period = version_2.read_text(encoding="utf-8").split()
        else:
            parts = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
            texts = [groups / "cpu" / part for part in parts]
            granted, period = [t.read_text(encoding="utf-8").strip() for t in texts]
        return int(granted) / int(period) if int(granted) > 0 else None
    except (OSError, ValueError, ZeroDivisionError):  # no Linux, or no limit ("max")
        return None


def cpu_model(info: Path = Path("/proc/cpuinfo")) -> str:
    """The processor: name, family, model and widest vectors, as far as Linux tells.

    The name alone is not enough: two processors of one name can round differently.
    """
    found = {}
    for line in info.read_text(encoding="utf-8").splitlines() if info.exists() else []:
        key, _, value = line.partition(":")
        found.setdefault(key.strip(), " ".join(value.split()))
    if "model name" not in found:
        return platform.processor() or platform.machine()
    said = [found["model name"]]
    if "cpu family" in found and "model" in found:
        said[0] += f" (family {found['cpu family']}, model {found['model']})"
    flags = found.get("flags", "").split()
    widest = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX"}
    said += [name for flag, name in widest.items() if flag in flags][:1]
    return ", ".join(said)


class Progress:
    """A stream that passes everything on and keeps the last line that names a cell.

    An experiment says there what it measures next; others, such as warnings, write
    there too. While no line names a cell, the last that said something is kept.
    """

    def __init__(self, stream, names_cell=bool):
        self.stream, self.line, self.last = stream, "", ""
        self.names_cell = names_cell
        self.place = None  # the code and line that named the cell

    def write(self, text: str) -> int:
        *lines, self.line = (self.line + text).split("\n")
        said = [line.strip()[:200] for line in lines if line.strip()]
        cells = [line for line in said if self.names_cell(line)]
        if cells:
            frame = sys._getframe(1)
            self.last, self.place = cells[-1], (frame.f_code, frame.f_lineno)
        elif said and not self.place:
            self.last = said[-1]
        return self.stream.write(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)


def main(job: str) -> None:
    """Read a job (blocks, folder, keep_going); write its results beside it."""
    path = Path(job)
    wanted = json.loads(path.read_text(encoding="utf-8"))
    folder = Path(wanted["folder"])
    results = []
    for block in wanted["blocks"]:
        results.append(run_block(block, folder, wanted["keep_going"]))
        if results[-1]["error"] and not wanted["keep_going"]:
            break
    done = {"blocks": results, "machine": machine()}
    path.with_suffix(".done").write_text(json.dumps(done), encoding="utf-8")
