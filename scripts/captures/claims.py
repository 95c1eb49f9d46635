"""Is what a recording says of itself a thing that can be so?

A digest says that nobody changed it since; not that it was ever true, or harmless.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from scripts.captures import results
from scripts.captures.capture_file import MACHINE
from scripts.captures.results import is_number as _is_number

FIRST_DAY = date(2025, 1, 1)  # no torch that we record with is older
# Control characters, invisible ones that turn text around, halves of characters.
NO_TEXT = ("Cc", "Cf", "Cs", "Zl", "Zp")
LONGEST = 200


def faults(capture: dict) -> Iterator[str]:
    """What cannot be so, each in words: the place, what it says, what was expected."""
    yield from _texts("", capture)
    machine = capture["machine"]
    for key in ("command", *(f"machine.{name}" for name in MACHINE)):
        value = machine.get(key.partition(".")[2]) if "." in key else capture[key]
        if key == "machine.threads":
            continue
        if not isinstance(value, str | None) or len(value or "") > LONGEST:
            yield f"{key} is {value!r:.60}, not a text of at most {LONGEST} letters"
    yield from _date(capture["recorded"])
    if not re.fullmatch(r"[0-9a-f]{7,40}", str(capture["commit"] or "0" * 7)):
        yield f"commit is {capture['commit']!r:.60}, not a commit of git"
    counts = {"seconds": 0, "warmup": 0, "repeats": 1}
    for key, least in counts.items():
        if not _is_number(capture[key]) or capture[key] < least:
            yield f"{key} is {capture[key]!r:.60}, not a number from {least} on"
    threads = machine["threads"]
    if threads is not None and not (_is_number(threads) and threads >= 1):
        yield f"machine.threads is {threads!r:.60}, not a number from 1 on"
    else:
        yield from _held_back(machine)
    yield from _cuda(machine)
    if "result" in capture:
        yield from results.faults(capture)


def _cuda(machine: dict) -> Iterator[str]:
    """A GPU's torch is built for CUDA, and the CPU beside it has cores."""
    if machine["device"] != "cuda":
        return
    if not machine["cuda"] or "+cpu" in str(machine["torch"]):
        yield (
            f"machine.torch is {machine['torch']!r:.60} with CUDA "
            f"{machine['cuda']!r:.60}: that sees no GPU"
        )
    if not (_is_number(machine.get("cores")) and machine["cores"] >= 1):
        yield f"machine.cores is {machine.get('cores')!r:.60}, not a number from 1 on"


def _held_back(machine: dict) -> Iterator[str]:
    """A GPU is compared with the CPU beside it, which has to use what it has.

    Where two threads share a core, PyTorch starts half as many as there are `cores`.
    """
    threads, cores = machine["threads"], machine.get("cores")
    compared = machine["device"] == "cuda" and threads and _is_number(cores)
    if compared and 4 * threads < cores:
        yield (
            f"machine.threads is {threads} beside {cores} cores: the GPU would be "
            "compared with a CPU that was held back; unset OMP_NUM_THREADS"
        )


def _date(said: object) -> Iterator[str]:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)  # elsewhere it is later
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", said, re.A):
            raise ValueError(said)
        if FIRST_DAY <= date.fromisoformat(said) <= tomorrow:
            return
    except (TypeError, ValueError):
        pass
    yield f"recorded is {said!r:.60}, not a date from {FIRST_DAY} to today"


def _texts(where: str, value: object) -> Iterator[str]:
    """Every text in a capture that holds what no text should hold."""
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from _texts(where, key)
            yield from _texts(f"{where}.{key}".lstrip("."), inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _texts(where, inside)
    elif isinstance(value, str):
        kept = value.replace("\n", "") if where.startswith("result") else value
        odd = [c for c in kept if unicodedata.category(c) in NO_TEXT]
        if odd:
            yield f"{where or 'a key'} holds the invisible character {odd[0]!a}"
