"""Run one expected capture and write it down, with its passport."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

from scripts import captures, pages, runner
from scripts.captures import Expected
from scripts.tree import ROOT, SiteError, package, write_if_changed


def record(want: Expected, folder: Path) -> None:
    """Record into `folder`. Raises SiteError if it fails or the device is another."""
    if want.name == "program":
        _record_program(want, folder)
    else:
        _record_experiment(want, folder)


def passport(want: Expected, machine: dict, seconds: float, result: dict) -> dict:
    """What every capture says of itself before its results.

    `warmup` counts the runs that an experiment says it threw away before it measured.
    """
    if machine["device"] != want.device:
        raise SiteError(
            f"{want.id} was to be recorded on {want.device}, but this machine has "
            f"only {machine['device']}"
        )
    return {
        "command": want.command,
        "fingerprint": want.fingerprint,
        "recorded": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "machine": machine,
        "seconds": round(seconds, 1),
        "warmup": result.get("warmup", 0),
        "repeats": repeats(result),
    }


def repeats(result: dict) -> int:
    """How many measurements the metrics of an experiment are the medians of."""
    return max((m["n"] for m in result.get("metrics", {}).values()), default=1)


def commit() -> str | None:
    """The commit that the tree is, or None if what is recorded is not committed yet."""
    changed = _git("status", "--porcelain", "--", "snippets", "docs/*.md", "scripts")
    return None if changed != "" else _git("rev-parse", "--short=12", "HEAD")


def _git(*arguments: str) -> str | None:
    process = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    return process.stdout.strip() if process.returncode == 0 else None


def _record_program(want: Expected, folder: Path) -> None:
    blocks = pages.program(want.slug)
    run = runner.run_program(blocks, ROOT / "data", want.device)
    head = passport(want, run.machine, run.seconds, {})  # refuses before it writes
    for result in run.blocks:
        write_if_changed(folder / f"{result.name}.txt", result.text)
        for name, image in result.figures.items():
            write_if_changed(folder / name, image)
    notes = [
        {
            "name": block.name,
            "sha256": captures.file_digest(result.text.encode()),
            "figures": {
                name: captures.file_digest(image)
                for name, image in result.figures.items()
            },
            "seconds": result.seconds,
            "tolerance": block.tolerance,
            "tolerance_reason": block.tolerance_reason,
            "volatile": block.volatile,
        }
        for block, result in zip(blocks, run.blocks, strict=True)
    ]
    capture = {**head, "blocks": notes}
    write_if_changed(folder / "program.json", captures.seal(capture))


def _record_experiment(want: Expected, folder: Path) -> None:
    module = f"snippets.{package(want.slug)}.{want.name}"
    result, machine, seconds = runner.run_experiment(module, ROOT / "data", want.device)
    capture = {**passport(want, machine, seconds, result), "result": result}
    write_if_changed(folder / f"{want.name}.json", captures.seal(capture))
