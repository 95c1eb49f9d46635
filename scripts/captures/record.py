"""Run one expected capture and write it down, with its passport."""

import platform
import subprocess
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from scripts.captures import capture_file, expected, fingerprints, left_out
from scripts.captures.capture_file import MACHINE
from scripts.captures.expected import Expected
from scripts.captures.form import Capture, LeftOut, Machine, Result
from scripts.common.errors import SiteError
from scripts.common.files import write_if_changed
from scripts.common.paths import TREE
from scripts.run import process
from scripts.run.child import cpu_model

Made = tuple[Capture, dict[str, bytes]]  # and the files of a program's blocks


def record(want: Expected, folder: Path) -> None:
    """Record into `folder`. Raises SiteError if it fails or the device is another."""
    capture, files = make(want)
    for name, content in files.items():
        write_if_changed(folder / name, content)
    write_if_changed(folder / f"{want.name}.json", capture_file.seal(capture))


def make(want: Expected) -> Made:
    """Run it; returns its capture, and of a program what its blocks printed.

    Raises SiteError, with nothing kept, if its code was changed meanwhile.
    """
    if want.name == expected.PROGRAM:
        return _program(want)  # its code was handed over as it was
    made = _experiment(want)
    if fingerprints.of_experiment(expected.file_of(want)) != want.fingerprint:
        raise SiteError(
            f"{want.id}: its code was changed while it was recorded: record it again"
        )
    return made


def head(
    command: str,
    fingerprint: str,
    machine: Machine,
    seconds: float,
    warmup: int = 0,
    repeats: int = 1,
) -> Capture:
    """What every capture says of itself before its results; written here alone.

    `warmup` counts the runs that an experiment says it threw away before it measured.
    """
    return {
        "command": command,
        "fingerprint": fingerprint,
        "recorded": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "machine": machine,
        "seconds": round(seconds, 6),  # so fine that no two recordings are the same
        "warmup": warmup,
        "repeats": repeats,
    }


def this_cpu() -> Machine:
    """The machine of a capture that torch has no part in."""
    python, cpu = platform.python_version(), cpu_model()
    return {**dict.fromkeys(MACHINE), "device": "cpu", "cpu": cpu, "python": python}


def _head(want: Expected, machine: Machine, seconds: float, result: Result) -> Capture:
    """The head of an expected capture. SiteError if the machine has another device."""
    if machine["device"] != want.device:
        raise SiteError(
            f"{want.id} was to be recorded on {want.device}, but this machine has "
            f"only {machine['device']}"
        )
    counted = result.get("warmup", 0), repeats(result)
    return head(want.command, want.fingerprint, machine, seconds, *counted)


def repeats(result: Result) -> int:
    """How many measurements the metrics of an experiment are the medians of."""
    return max((m["n"] for m in result.get("metrics", {}).values()), default=1)


def commit() -> str | None:
    """The commit that the tree is; None if it has changed since, or git cannot say."""
    if _git("rev-parse", "--show-toplevel") != str(TREE.root):
        return None  # no git, or the tree lies in a repository of something else
    changed = _git("status", "--porcelain", "--", "snippets", "docs/*.md", "scripts")
    return None if changed != "" else _git("rev-parse", "--short=12", "HEAD")


def knows(commit: str | None) -> bool:
    """Has this repository that commit?"""
    return bool(commit) and _git("cat-file", "-e", f"{commit}^{{commit}}") is not None


def day_of(commit: str | None) -> date | None:
    """The day on which a commit was made; None if this repository has it not."""
    return _day_of(TREE.root, commit) if commit else None


@lru_cache
def _day_of(root: Path, commit: str) -> date | None:
    said = _git("show", "--no-patch", "--format=%ct", f"{commit}^{{commit}}")
    return datetime.fromtimestamp(int(said), UTC).date() if said else None


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=TREE.root,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
    except FileNotFoundError:  # not every machine that can measure has git
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _program(want: Expected) -> Made:
    run = process.run_program(want.blocks, TREE.data, want.device)
    made = _head(want, run.machine, run.seconds, {})
    notes, files = [], {}
    for block, result in zip(want.blocks, run.blocks, strict=True):
        text = result.text.encode()
        files |= {f"{block.name}.txt": text, **result.figures}
        drawn = {
            n: capture_file.file_digest(image) for n, image in result.figures.items()
        }
        notes.append(
            {
                "name": block.name,
                "sha256": capture_file.file_digest(text),
                "figures": drawn,
                "seconds": result.seconds,
                "tolerance": block.tolerance,
                "tolerance_reason": block.tolerance_reason,
                "volatile": block.volatile,
            }
        )
    return {**made, "blocks": notes}, files


def _experiment(want: Expected) -> Made:
    path = expected.file_of(want).relative_to(TREE.root)
    module = ".".join(path.with_suffix("").parts)
    lacking: list[LeftOut] = []
    while True:  # until all that is left fits into the GPU's memory
        less = [part["least"] for part in lacking]
        try:
            found = process.run_experiment(module, TREE.data, want.device, less)
            break
        except process.NoMemory as full:
            if not full.least or left_out.is_left_out(full.least, less):
                raise  # to leave out more would not help
            lacking = left_out.added(lacking, full.cell, full.least)
            what = left_out.sentence({"left_out": lacking})
            print(f"note: {want.id}: {what}; once more, without", flush=True)
        except SiteError as error:
            if not lacking:
                raise
            what = left_out.sentence({"left_out": lacking})
            raise SiteError(
                f"{want.id}: {what}; and what is left of its grid is too little for "
                f"the experiment ({error}): record it on a larger GPU"
            ) from error
    result, machine, seconds = found
    made = _head(want, machine, seconds, result)
    more = {"left_out": lacking} if lacking else {}
    return {**made, **more, "result": result}, {}
