"""Record on another machine: one with torch, and little else.

Standard library alone, no network: the blocks of a page come from its notebook, where
they stand expanded. What is recorded is kept after each capture, so a run that was
interrupted goes on where it was.
"""

import json
import subprocess
import sys
import time
from itertools import groupby
from pathlib import Path

from scripts.captures import accept, bundle, capture_file, expected, record
from scripts.captures.bundle import Recording
from scripts.captures.expected import Expected
from scripts.common.errors import SiteError
from scripts.common.paths import TREE
from scripts.page.program import Block
from scripts.run import process
from scripts.run.dataset import ensure


def blocks_of(slug: str) -> list[Block]:
    """A page's program, as its committed notebook has it."""
    path = TREE.notebooks / f"{slug}.ipynb"
    shown = TREE.name(path)
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        codes = [c for c in cells if c["cell_type"] == "code" and not _checks(c)]
        return [
            Block(source=shown, code=_code(cell), **cell["metadata"]["capture"])
            for cell in codes
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SiteError(
            f"{shown} does not hold the page's program ({error!r}): run "
            "scripts/prebuild.py where the site is built, and copy the tree again"
        ) from error


def _checks(cell: dict) -> bool:
    """Is it the cell that checks the versions, which is no block of the page?"""
    return "versions" in cell["metadata"].get("tags", [])


def _code(cell: dict) -> str:
    return "".join(cell["source"]).rstrip("\n") + "\n"


ASK = "import torch; there = torch.cuda.is_available(); "
ASK += "print(torch.cuda.get_device_name(0) if there else ''); "
ASK += "print(torch.__version__, there)"


def ask_for(device: str) -> str | None:
    """The name of the GPU. Raises SiteError without torch here, or such a device."""
    asked = subprocess.run(
        [sys.executable, *process.WARNINGS, "-c", ASK],
        env=process.environment(device),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if asked.returncode:
        said = (asked.stderr.strip().splitlines() or ["it died"])[-1]
        raise SiteError(
            f"{sys.executable} cannot import torch ({said}): "
            "run this with the Python that has it"
        )
    version, there = asked.stdout.split()[-2:]
    if device == "cuda" and there != "True":
        raise SiteError(
            f"no CUDA device here: torch {version} of {sys.executable} sees none. "
            "Run this on a machine where nvidia-smi lists a GPU, with a torch that "
            "was built for CUDA"
        )
    return asked.stdout.splitlines()[-2] if device == "cuda" else None


def record_all(device: str, out: Path, ids: list[str]) -> int:
    """Record into `out` what is not there yet; 1 if anything failed, else 0.

    Raises SiteError, with nothing written, where it cannot begin.
    """
    wanted = expected.expected(device, blocks_of)
    chosen = {want.id for want in expected.select(wanted, ids)}
    if not chosen:
        raise SiteError(f"nothing in this tree is recorded on {device}")
    if out.exists() and not out.is_dir():
        raise SiteError(f"{out} is not a folder")
    bundle.check_place(out)
    gpu = ask_for(device)
    ensure(TREE.data)
    print("\n".join(plan([want for want in wanted if want.id in chosen])), flush=True)
    start, failed = time.perf_counter(), 0
    for slug, group in groupby(wanted, key=lambda want: want.slug):
        lesson = list(group)
        if any(want.id in chosen for want in lesson):
            book = kept(out, slug, device, lesson)
            check_card(out, book, gpu)
            failed += _record_lesson(book, out, lesson, chosen)
    seconds = time.perf_counter() - start
    print(f"{len(chosen) - failed} of {len(chosen)} captures are in {out}; ", end="")
    print(f"this run took {seconds:.0f} s", flush=True)
    return 1 if failed else 0


def plan(wanted: list[Expected]) -> list[str]:
    """What will be recorded, with the seconds that it took where the tree has it."""
    lines, total = [], 0.0
    for want in wanted:
        known = _known(want)
        where = known and (known["machine"]["gpu"] or known["machine"]["cpu"])
        took = f"{known['seconds']:.0f} s on {where}" if known else "not recorded yet"
        blocks = f"{len(want.blocks)} blocks, " if want.blocks else ""
        lines.append(f"plan: {want.id}: {blocks}{took}")
        total += known["seconds"] if known else 0.0
    return [*lines, f"plan: {len(wanted)} captures, {total:.0f} s where they are known"]


def _known(want: Expected) -> dict | None:
    """The tree's capture, to say how long it took; a damaged one says nothing."""
    try:
        return capture_file.load(want.path) if want.path.exists() else None
    except SiteError as error:
        print(f"note: {error}")
        return None


def check_card(out: Path, book: Recording, gpu: str | None) -> None:
    """Raise SiteError if what is in `out` was recorded on another GPU than this."""
    for name, capture in book.captures.items():
        other = capture["machine"]["gpu"]
        if other != gpu:
            raise SiteError(
                f"{out} holds {book.slug}/{name} of the GPU {other}, and this is "
                f"{gpu}: record into another folder, all of it"
            )


def kept(out: Path, slug: str, device: str, lesson: list[Expected]) -> Recording:
    """What is there of an earlier run, whole and of this tree; the rest is dropped."""
    book = Recording(slug, device)
    path = bundle.path_of(out, slug, device)
    if not path.exists():
        return book
    try:
        old = bundle.read(path)
    except SiteError as error:
        print(f"note: {error}; all of it is recorded anew")
        return book
    known = {want.name: want for want in lesson}
    for name, capture in old.captures.items():
        if name not in known:
            print(f"note: {slug}/{name} is dropped: nothing calls for it any more")
            continue
        try:
            accept.verify(known[name], capture, old.files, path)
        except SiteError as error:
            print(f"note: {error}; recorded anew when its turn comes")
            continue
        book.captures[name] = capture
        if name == expected.PROGRAM:
            book.files = old.files
    return book


def _record_lesson(
    book: Recording, out: Path, lesson: list[Expected], chosen: set[str]
) -> int:
    """Record what is chosen and not there; returns how many failed."""
    failed = 0
    for want in lesson:
        if want.id not in chosen:
            continue
        if want.name in book.captures:
            print(f"{want.id}: already in {out}")
            continue
        print(f"recording {want.id} on {want.device} …", flush=True)
        start = time.perf_counter()
        try:
            capture, files = record.make(want)
            capture = capture_file.sealed(capture)
            accept.verify(want, capture, files, out)
        except Exception as error:  # a fault of one costs none of the others
            said = error if isinstance(error, SiteError) else f"{want.id}: {error!r}"
            print(f"error: {said}", file=sys.stderr, flush=True)
            failed += 1
            continue
        book.captures[want.name] = capture
        book.files = files or book.files
        bundle.write(out, book)
        print(f"recorded {want.id} in {time.perf_counter() - start:.1f} s", flush=True)
    return failed
