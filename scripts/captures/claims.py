"""Is what a recording says of itself a thing that can be so?

A digest says that nobody changed it since; not that it was ever true, or harmless.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from scripts.captures import left_out, record, results
from scripts.captures.capture_file import MACHINE, NOTHING, files_of
from scripts.captures.form import Capture
from scripts.captures.results import is_count, is_number

FIRST_DAY = date(2025, 1, 1)  # no torch that we record with is older
DAY = timedelta(days=1)  # clocks of two machines differ
# Control characters, invisible ones that turn text around, halves of characters.
# Also private ones, and those that are none so far.
NO_TEXT = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
MARKS = 3  # above or below one letter
LONGEST = 200
FAILED = "Traceback (most recent call last)"
# What blocks print, or torch in them, where CUDA cannot be used.
NO_GPU = re.compile(
    r"is_available\(\)( is|:|,)? False|Found no NVIDIA driver|CUDA is not available"
    r"|not compiled with CUDA|can use a card: NO|\bNo GPU here\b"
)
LONGEST_TEXT = 100_000  # letters of what a block printed
VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){1,3}([+._A-Za-z][\w.+-]*)?", re.A)
VERSIONS = ("python", "torch", "torchvision", "cuda")
OLDEST = {"python": "3.10", "torch": "2.6"}  # that the notebooks let in
GPU = re.compile(r"[\w ()/.+-]*", re.A)  # letters of its name
NO_CARD = re.compile(r"\bcpus?\b|\bnone\b|llvmpipe|xeon|epyc", re.I)
LETTER = re.compile(r"[^\W\d_]")  # a name has one; whatever else it has is escaped
MOST = 100_000  # cores of one machine
LONGEST_RUN = 1e7  # seconds
# Their numbers are looked at below, each by its own rule.
SEEN_TO = ("result", "blocks", "seconds", "warmup", "repeats")
# What every machine says, and what one with a GPU says besides.
SAID = {"cpu": ("cpu", "python"), "cuda": ("cpu", "python", "gpu", "torch", "cuda")}


def faults(capture: Capture) -> Iterator[str]:
    """What cannot be so, each in words: the place, what it says, what was expected."""
    yield from _texts("", capture)
    rest = {key: part for key, part in capture.items() if key not in SEEN_TO}
    yield from results.numbers("the capture", rest)
    if not _is_short_text(capture["command"]):
        yield _not_a_text("command", capture["command"])
    yield from machine_faults(capture["machine"])
    yield from date_faults(capture["recorded"], capture["commit"])
    if not is_number(capture["seconds"]) or not 0 <= capture["seconds"] <= LONGEST_RUN:
        yield (
            f"seconds is {capture['seconds']!r:.60}, not a number from 0 to "
            f"{LONGEST_RUN:,.0f}"
        )
    for key, least in {"warmup": 0, "repeats": 1}.items():
        if not is_count(capture[key], least):
            yield f"{key} is {capture[key]!r:.60}, not a whole number from {least} on"
    if "result" in capture:
        yield from results.faults(capture)
    yield from left_out.faults(capture)
    if "blocks" in capture:
        yield from _blocks(capture)


def text_faults(capture: Capture, read: Callable[[str], bytes | None]) -> Iterator[str]:
    """What no text that a block printed can hold; `read` gives a file's content."""
    for block in capture.get("blocks", []):
        name = f"{block['name']}.txt"
        try:
            text = (read(name) or b"").decode("utf-8")
        except UnicodeDecodeError:
            yield f"{name} is not UTF-8"
            continue
        if odd := _odd(text, allowed="\n\t"):
            yield f"{name} holds {odd}"
        if capture["machine"]["device"] == "cuda" and (said := NO_GPU.search(text)):
            yield f"{name} says {said[0]!r}, which no machine with a GPU prints"
        if len(text) > LONGEST_TEXT:
            yield f"{name} has {len(text):,} letters, not {LONGEST_TEXT:,} at most"
        if text and not text.strip():
            yield f"{name} holds blanks alone"
        if re.search(rf"^\s*{re.escape(FAILED)}", text, re.M):
            yield f"{name} has the line {FAILED!r}: its block failed"


def machine_faults(machine: dict) -> Iterator[str]:
    """What no machine can be."""
    needed = SAID["cuda" if machine["device"] == "cuda" else "cpu"]
    for key in MACHINE:
        value = machine[key]
        if key != "threads" and not _is_short_text(value):
            yield _not_a_text(f"machine.{key}", value)
        elif key in needed and not str(value or "").strip():
            yield f"machine.{key} is {value!r}, and has to be said"
        elif value and key in VERSIONS and not VERSION.fullmatch(value):
            yield f"machine.{key} is {value!r:.60}, not a version such as 2.11.0"
        elif value and key in ("cpu", "gpu") and not LETTER.search(value):
            yield f"machine.{key} is {value!r:.60}, not a name"
        elif key == "gpu" and value and not GPU.fullmatch(value):
            yield (
                f"machine.gpu is {value!r:.60}, not a name of letters, digits, blanks "
                "and -_()/.+ alone"
            )
        elif key == "gpu" and value and NO_CARD.search(value):
            yield f"machine.gpu is {value!r:.60}, not the name of a GPU"
    if machine["device"] == "cuda":
        yield from _too_old(machine)
    threads = machine["threads"]
    if threads is None and machine["device"] != "cuda":
        return  # nothing imported torch
    if not is_count(threads) or threads > MOST:
        yield (
            f"machine.threads is {threads!r:.60}, not a whole number from 1 to {MOST:,}"
        )
    elif machine["device"] == "cuda":
        yield from _cuda(machine)


def _too_old(machine: dict) -> Iterator[str]:
    """Versions that no page's program runs on."""
    for key, oldest in OLDEST.items():
        said = str(machine[key] or "")
        if VERSION.fullmatch(said) and _first_two(said) < _first_two(oldest):
            yield f"machine.{key} is {said!r:.60}, not {oldest} or newer"


def _first_two(version: str) -> list[int]:
    """The two numbers with which a version begins; one that it lacks is 0."""
    found = re.match(r"(\d+)\.(\d+)?", version, re.A)
    return [int(number or 0) for number in found.groups()] if found else [0, 0]


def _cuda(machine: dict) -> Iterator[str]:
    """A GPU's torch is built for CUDA, and the CPU beside it has cores."""
    built = re.search(r"\+cu(\d+)", str(machine["torch"]), re.A)
    named = "{}{}".format(*_first_two(str(machine["cuda"])))
    if built and machine["cuda"] and built[1] != named:
        yield (
            f"machine.torch is {machine['torch']!r:.60} with CUDA "
            f"{machine['cuda']!r:.60}: expected one built for it, +cu{named}"
        )
    if not machine["cuda"] or "+cpu" in str(machine["torch"]):
        yield (
            f"machine.torch is {machine['torch']!r:.60} with CUDA "
            f"{machine['cuda']!r:.60}: that sees no GPU"
        )
    if is_count(machine.get("cores")) and machine["cores"] <= MOST:
        yield from _beside(machine["threads"], machine["cores"])
    else:
        yield (
            f"machine.cores is {machine.get('cores')!r:.60}, not a whole number from "
            f"1 to {MOST:,}"
        )


def _beside(threads: int, cores: int) -> Iterator[str]:
    """A GPU is compared with the CPU beside it, which has to use what it has.

    Where two threads share a core, PyTorch starts half as many as there are `cores`.
    """
    says = f"machine.threads is {threads} beside {cores} cores: the GPU would be "
    if 4 * threads < cores:
        yield f"{says}compared with a CPU that was held back; unset OMP_NUM_THREADS"
    if threads > cores:
        yield (
            f"{says}compared with a CPU whose threads wait for each other; set "
            f"OMP_NUM_THREADS={cores}"
        )


def date_faults(recorded: object, commit: object) -> Iterator[str]:
    """A day between the first torch, or the commit, and today."""
    known = commit is None or _is_commit(commit)
    if not known:
        yield f"commit is {commit!r:.60}, not a commit of git"
    today = datetime.now(UTC).date()
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", recorded, re.A):
            raise ValueError(recorded)
        day = date.fromisoformat(recorded)
    except (TypeError, ValueError):
        day = date.min
    if not FIRST_DAY <= day <= today + DAY:
        yield f"recorded is {recorded!r:.60}, not a date from {FIRST_DAY} to today"
        return
    made = record.day_of(commit) if known else None
    if made and day < made - DAY:
        yield f"recorded is {recorded!r}, before its commit {commit} of {made}"


def _is_commit(said: object) -> bool:
    return isinstance(said, str) and bool(re.fullmatch(r"[0-9a-f]{7,40}", said, re.A))


def _blocks(capture: Capture) -> Iterator[str]:
    """What no page's program can have done."""
    blocks = capture["blocks"]
    yield from results.repetitions(capture, {})
    for block in blocks:
        if not is_number(block.get("seconds")) or block["seconds"] < 0:
            yield (
                f"seconds of the block {block['name']!r:.60} is "
                f"{block.get('seconds')!r:.60}, not a number from 0 on"
            )
        elif (
            is_number(capture["seconds"]) and block["seconds"] > capture["seconds"] + 1
        ):
            yield (
                f"the block {block['name']!r:.60} took {block['seconds']!r:.60} s, and "
                f"the whole program {capture['seconds']!r:.60}"
            )
    digests = [digest for block in blocks for digest in files_of(block).values()]
    if digests and set(digests) == {NOTHING}:
        yield "its blocks printed nothing and drew nothing, none of them"


def _is_short_text(value: object) -> bool:
    return isinstance(value, str | None) and len(value or "") <= LONGEST


def _not_a_text(where: str, value: object) -> str:
    return f"{where} is {value!r:.60}, not a text of at most {LONGEST} letters"


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
        odd = _odd(value, allowed="\n" if where.startswith("result") else "")
        if odd:
            yield f"{where or 'a key'} holds {odd}"


def _odd(text: str, allowed: str) -> str:
    """The first character that no text should hold, in words, or ""."""
    marks = 0
    for letter in text:
        kind = unicodedata.category(letter)
        marks = marks + 1 if kind.startswith("M") else 0
        if letter not in allowed and kind in NO_TEXT:
            return f"the invisible character {letter!a}"
        if marks > MARKS:
            return f"{letter!a}, which is more than {MARKS} marks on one letter"
    return ""
