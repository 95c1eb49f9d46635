"""Record on another machine: one with torch, and little else.

Standard library alone, no network: the blocks of a page come from its notebook, where
they stand expanded. What is recorded is kept after each capture, so a run that was
interrupted goes on where it was.
"""

import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from scripts.captures import (
    accept,
    bundle,
    capture_file,
    claims,
    expected,
    left_out,
    pairs,
    record,
)
from scripts.captures.bundle import Recording
from scripts.captures.expected import Expected
from scripts.captures.form import Capture
from scripts.common import lock
from scripts.common.errors import SiteError
from scripts.common.files import reason
from scripts.common.paths import TREE
from scripts.page.program import Block
from scripts.run import process
from scripts.run.dataset import ensure


def blocks_of(slug: str) -> list[Block]:
    """A page's program, as its committed notebook has it."""
    path = TREE.notebooks / f"{slug}.ipynb"
    shown = TREE.name(path)
    try:
        cells = capture_file.parsed(path.read_text(encoding="utf-8"))["cells"]
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


# Prints a line once torch is imported, and one more: what the machine is.
ASK = """
import json, sys, torch
print("imported", torch.__version__, flush=True)
sys.path.insert(0, {scripts!r})
import child

print(json.dumps(child.machine()))
"""


def ask_for(device: str) -> dict:
    """What this machine is. Raises SiteError without torch here, or such a device."""
    asked = subprocess.run(
        [
            sys.executable,
            *process.WARNINGS,
            "-c",
            ASK.format(scripts=str(TREE.scripts / "run")),
        ],
        env=process.environment(device),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if asked.returncode:
        raise SiteError(_why_not(asked.stdout, asked.stderr))
    imported, machine = asked.stdout.splitlines()[-2:]
    found = json.loads(machine)
    if device == "cuda" and found["device"] != "cuda":
        warned = re.search(r"Warning: (.+?)( \(Triggered|$)", asked.stderr, re.M)
        says = f" and says: {warned[1]:.300}" if warned else ""
        raise SiteError(
            f"no CUDA device here: torch {imported.split()[1]} of {sys.executable} "
            f"sees none{says}. Run this on a machine where nvidia-smi lists a GPU, "
            "with a torch that was built for CUDA and a driver that is new enough"
        )
    return found


def _why_not(stdout: str, stderr: str) -> str:
    """Which of the two failed: to import torch, or to ask the GPU for its name."""
    errors = re.findall(r"^[\w.]*(?:Error|Exception|Interrupt)\b.*", stderr, re.M)
    said = (errors or stderr.strip().splitlines() or ["it died"])[-1]
    if "imported" in stdout:
        return (
            f"torch cannot use the GPU of this machine ({said:.300}): end what else "
            "uses it, which nvidia-smi lists, or choose another GPU with "
            "CUDA_VISIBLE_DEVICES"
        )
    return (
        f"{sys.executable} cannot import torch ({said:.300}): "
        "run this with the Python that has it"
    )


def check_machine(machine: dict) -> None:
    """Raise SiteError for what would make each capture one that nobody takes in."""
    today = datetime.now(UTC).date().isoformat()
    wrong = list(claims.machine_faults(machine))
    if any(claims.date_faults(today, record.commit())):
        wrong.append(f"its clock says {today}, before this code was written: set it")
    if wrong:
        raise SiteError(f"nothing can be recorded here: {'; '.join(wrong)}")


def record_all(device: str, out: Path, ids: list[str]) -> int:
    """Record into `out` what is not there yet; 1 if anything failed, else 0.

    Raises SiteError, with nothing written, where it cannot begin.
    """
    wanted = expected.expected(device, blocks_of)
    chosen = {want.id for want in expected.select(wanted, ids)}
    if not chosen:
        raise SiteError(f"nothing in this tree is recorded on {device}")
    bundle.check_place(out)
    if os.path.lexists(out) and not out.is_dir():
        raise SiteError(f"{out} is not a folder")
    machine = ask_for(device)
    check_machine(machine)
    ensure(TREE.data)
    bundle.try_out(out)
    if record.commit() is None:
        print(
            "note: the recording will name no commit: git knows none here, or the tree "
            "was changed since the last one (git status says which)"
        )
    busy = (
        f"another process records into {out}: wait until it has ended, or choose "
        "another folder"
    )
    with lock.held(out / ".lock", busy):
        lessons = [list(group) for _, group in groupby(wanted, key=lambda w: w.slug)]
        lessons = [les for les in lessons if any(want.id in chosen for want in les)]
        books = [kept(out, device, lesson, chosen, machine) for lesson in lessons]
        todo = [want for want in wanted if want.id in chosen]
        print("\n".join(plan(todo)), flush=True)
        start, failed = time.perf_counter(), 0
        for book, lesson in zip(books, lessons, strict=True):
            failed += _record_lesson(book, out, lesson, chosen)
    seconds = time.perf_counter() - start
    for book in books:
        say_left_out(book, out)
    print(f"{len(chosen) - failed} of {len(chosen)} captures are in {out}; ", end="")
    print(f"this run took {seconds:.0f} s", flush=True)
    return 1 if failed else 0


def say_left_out(book: Recording, out: Path) -> None:
    """Name what is in the recording without the cells that it had no memory for."""
    for name, capture in book.captures.items():
        if said := left_out.sentence(capture):
            print(
                f"note: {book.slug}/{name} is in {out}, but {said}. If something else "
                "used the GPU's memory, end that and record into another folder"
            )


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


def _known(want: Expected) -> Capture | None:
    """The tree's capture, to say how long it took; a damaged one says nothing."""
    try:
        return capture_file.load(want.path) if want.path.exists() else None
    except SiteError as error:
        print(f"note: {error}")
        return None


def check_card(out: Path, book: Recording, here: dict) -> None:
    """Raise SiteError if what is in `out` was recorded on another machine than this."""
    facts = pairs.MACHINE if book.device == "cuda" else {}
    for name, capture in book.captures.items():
        machine = capture.get("machine") if isinstance(capture, dict) else None
        for fact, words in facts.items():
            other = machine.get(fact) if isinstance(machine, dict) else None
            if other and here.get(fact) and other != here[fact]:
                raise SiteError(
                    f"{out} holds {book.slug}/{name} of {words(other)}, and "
                    f"this is {words(here[fact])}: record into another "
                    "folder, all of it"
                )


def kept(
    out: Path, device: str, lesson: list[Expected], chosen: set[str], machine: dict
) -> Recording:
    """What is there of an earlier run, whole and of this tree.

    If anything of that run is not kept, its file is copied before it is replaced.
    """
    slug = lesson[0].slug
    book = Recording(slug, device)
    path = bundle.path_of(out, slug, device)
    if not path.exists():
        return book
    if not path.is_file():
        raise SiteError(f"{path} is no file, and a recording's has to stand there")
    try:
        old = bundle.read(path)
    except SiteError as error:
        old = Recording(slug, device)
        lost = [f"{error}; what is named is recorded anew, and the rest not"]
    else:
        check_card(out, old, machine)
        lost = _keep(book, old, path, lesson, chosen)
    unchanged = all(w.name in book.captures for w in lesson if w.id in chosen)
    if lost and not unchanged:
        aside = bundle.set_aside(path)
        print("\n".join(f"note: {said}" for said in lost))
        print(f"note: the file as it was is kept as {aside}", flush=True)
    return book


def _keep(
    book: Recording,
    old: Recording,
    path: Path,
    lesson: list[Expected],
    chosen: set[str],
) -> list[str]:
    """Put into `book` what is good in `old`; returns what is not, and what then."""
    known, lost = {want.name: want for want in lesson}, []
    for name, capture in old.captures.items():
        if name not in known:
            lost.append(f"{book.slug}/{name} is dropped: nothing calls for it any more")
            continue
        try:
            accept.verify(known[name], capture, old.files, "it is not kept")
        except SiteError as error:
            anew = "recorded anew when its turn comes"
            left = "dropped, and not recorded anew, because this run does not name it"
            lost.append(f"{error}; {anew if known[name].id in chosen else left}")
            continue
        book.captures[name] = capture
        if name == expected.PROGRAM:
            book.files = old.files
    return lost


def _record_lesson(
    book: Recording, out: Path, lesson: list[Expected], chosen: set[str]
) -> int:
    """Record what is chosen and not there; returns how many are not in `out` then."""
    failed, unsaved = 0, []
    for want in lesson:
        if want.id not in chosen:
            continue
        if want.name in book.captures:
            print(f"{want.id}: already in {out}")
            continue
        print(f"recording {want.id} on {want.device} …", flush=True)
        start = time.perf_counter()
        try:
            capture, texts = record.make(want)
            capture = capture_file.sealed(capture)
            accept.verify(want, capture, texts, "it is not kept")
        except Exception as error:  # a fault of one costs none of the others
            said = error if isinstance(error, SiteError) else f"{want.id}: {error!r}"
            print(f"error: {said}", file=sys.stderr, flush=True)
            failed += 1
            continue
        book.captures[want.name] = capture
        book.files = texts or book.files
        unsaved = [] if _is_saved(out, book) else [*unsaved, want.id]
        print(f"recorded {want.id} in {time.perf_counter() - start:.1f} s", flush=True)
    if unsaved and not _is_saved(out, book):
        print(
            f"error: lost, for lack of a place: {', '.join(unsaved)}", file=sys.stderr
        )
        failed += len(unsaved)
    return failed


def _is_saved(out: Path, book: Recording) -> bool:
    """Write all that there is so far; False, and said, where that cannot be."""
    try:
        bundle.write(out, book)
    except OSError as error:
        print(
            f"error: {out} cannot be written ({reason(error)}): make room there, while "
            "this goes on; it is tried again after the next capture",
            file=sys.stderr,
            flush=True,
        )
        return False
    return True
