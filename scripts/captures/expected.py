"""Captures: measured results with a passport. Standard library only, nothing runs here.

A *program* capture (`program.json` and a text file per block) is what one page's blocks
printed. An *experiment* capture (`<name>.json`) is what one `main()` returned. An
experiment's second recording on the same device stands in the folder `again`.
"""

import ast
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from scripts.captures import fingerprints, of_site
from scripts.captures.capture_file import files_of, load
from scripts.captures.form import Capture
from scripts.common.errors import SiteError
from scripts.common.once import once
from scripts.common.paths import TREE, captures_of, package, programs
from scripts.common.syntax import parsed
from scripts.page.program import Block
from scripts.page.program import program as program_of

DEVICES = ("cpu", "cuda")
PROGRAM = "program"
STAND_IN = "stand-in"  # in the names of GPUs of tests/fixtures/stand_in_gpu


@dataclass(frozen=True)
class Expected:
    """A capture that the tree calls for: of which lesson, what, and from what."""

    slug: str
    name: str  # "program", or the file name of the experiment
    device: str
    fingerprint: str
    command: str
    blocks: tuple[Block, ...] = ()  # of a program
    again: bool = False  # the second recording

    @property
    def id(self) -> str:
        return f"{self.slug}/{self.name}" + (" (again)" if self.again else "")

    @property
    def path(self) -> Path:
        folder = captures_of(self.slug, self.device)
        return (folder / "again" if self.again else folder) / f"{self.name}.json"


@once
def experiments(slug: str) -> list[str]:
    """The names of a lesson's experiments: the files that define `main`, in order."""
    folder = TREE.snippets / package(slug)
    files = sorted(folder.glob("*.py"))
    return [
        file.stem for file in files if "\ndef main(" in file.read_text(encoding="utf-8")
    ]


@once
def devices(slug: str, name: str = PROGRAM) -> tuple[str, ...]:
    """What a lesson's program or experiment is recorded on.

    `DEVICES` of the experiment's own file; else of the package; else the CPU alone.
    """
    folder = TREE.snippets / package(slug)
    own = [] if name == PROGRAM else [folder / f"{name}.py"]
    for path in [*own, folder / "__init__.py"]:
        if found := _declared(path):
            return found
    return ("cpu",)


def _declared(path: Path) -> tuple[str, ...]:
    """The literal `DEVICES = (…)` of a file, or ()."""
    found, line, said = _devices_in(path.read_text(encoding="utf-8"))
    if found is None:
        raise SiteError(
            f"{TREE.name(path)}, line {line}: DEVICES is {said}; it has to be "
            "a tuple of 'cpu' and 'cuda'"
        )
    return found


@cache
def _devices_in(code: str) -> tuple[tuple[str, ...] | None, int, str]:
    """What a source text declares (None: nonsense), in which line, and how."""
    for node in parsed(code).body:
        names = [getattr(target, "id", "") for target in getattr(node, "targets", [])]
        if "DEVICES" not in names:
            continue
        try:
            found = ast.literal_eval(node.value)
        except ValueError:
            found = None
        known = isinstance(found, tuple) and all(name in DEVICES for name in found)
        if not (known and found):
            found = None
        return found, node.lineno, ast.unparse(node.value)
    return (), 0, ""


@once
def wanted(
    slug: str, name: str, device: str, program: Callable | None = None
) -> Expected:
    """What the tree calls for under one name. `program` gives a page's blocks."""
    if name == PROGRAM:
        blocks = tuple((program or program_of)(slug))
        made_of = fingerprints.of_blocks([block.code for block in blocks])
        want = Expected(slug, name, device, made_of, "", blocks)
        return replace(want, command=record_command(want))
    path = TREE.snippets / package(slug) / f"{name}.py"
    command = f"python -m snippets.{package(slug)}.{name}"
    made_of = fingerprints.of_experiment(path)
    return Expected(slug, name, device, made_of, command)


def expected(device: str = "cpu", program: Callable | None = None) -> list[Expected]:
    """Every capture that the tree calls for on a device."""
    return [
        wanted(slug, name, device, program)
        for slug in programs()
        for name in (PROGRAM, *experiments(slug))
        if device in devices(slug, name)
    ]


def expected_everywhere() -> list[Expected]:
    """Every capture that the tree calls for, and the second recordings that it has."""
    found = [want for device in DEVICES for want in expected(device)]
    seconds = [replace(want, again=True) for want in found if want.name != PROGRAM]
    return found + [want for want in seconds if want.path.exists()]


def select(wanted: list[Expected], ids: list[str]) -> list[Expected]:
    """Those named on the command line, or all. Raises SiteError for an unknown one."""
    known = {want.id: want for want in wanted}
    for id in ids:
        if id not in known:
            raise SiteError(f"no capture is called {id}; there are {', '.join(known)}")
    return [known[id] for id in ids] if ids else wanted


def record_command(want: Expected) -> str:
    """The command that makes a capture that is not there yet."""
    if want.device == "cuda":
        return f"python scripts/prebuild.py --device cuda --out recording {want.id}"
    return f"python scripts/prebuild.py {want.id}"


def file_of(want: Expected) -> Path:
    """The file of an experiment."""
    return TREE.snippets / package(want.slug) / f"{want.name}.py"


@once
def state(want: Expected) -> str:
    """ "fresh", "stale" or "missing". Raises SiteError for a capture that lies."""
    if not want.path.exists():
        return "missing"
    capture = load(want.path)
    check_device(want, capture)
    return "fresh" if is_of_this_tree(want, capture) else "stale"


def check_device(want: Expected, capture: Capture) -> None:
    """Raise SiteError for a capture from another device, or from a GPU of tests."""
    device, gpu = capture["machine"]["device"], capture["machine"]["gpu"]
    if device != want.device or bool(gpu) != (device == "cuda"):
        raise SiteError(
            f"{want.id}: recorded on {device} (GPU: {gpu}), not on {want.device}"
        )
    name = str(gpu).strip()
    if STAND_IN in _plain(name):
        raise SiteError(
            f"{want.id}: recorded on the {gpu}, which tests play on a CPU: record it "
            "on a real GPU"
        )
    if name and name != str(gpu):
        raise SiteError(
            f"{want.id}: the GPU's name {gpu!r} begins or ends with a blank, as no "
            "GPU's does: was it edited by hand?"
        )


def _plain(name: str) -> str:
    """A name in small letters, each of its dashes the one on a keyboard."""
    letters = unicodedata.normalize("NFKC", name).casefold()
    return "".join("-" if _is_dash(letter) else letter for letter in letters)


def _is_dash(letter: str) -> bool:
    return unicodedata.category(letter) == "Pd" or letter in "\u2212\u00ad"


def is_of_this_tree(want: Expected, capture: Capture) -> bool:
    """Was it made from what stands in the tree, tolerances and reasons included?"""
    if capture["fingerprint"] != want.fingerprint:
        return False
    recorded = [
        (b["name"], b["tolerance"], b["tolerance_reason"], b["volatile"])
        for b in capture.get("blocks", [])
    ]
    return recorded == [
        (b.name, b.tolerance, b.tolerance_reason, b.volatile) for b in want.blocks
    ]


def orphans(wanted: list[Expected], rendered: list[Path]) -> list[Path]:
    """Files under docs/captures that nothing in the tree calls for any more."""
    known = {path.resolve() for path in rendered}
    for want in wanted:
        known.add(want.path.resolve())
        if want.name == PROGRAM and want.path.exists():
            blocks = load(want.path)["blocks"]
            names = [file for block in blocks for file in files_of(block)]
            known |= {(want.path.parent / name).resolve() for name in names}
    files = sorted(path for path in TREE.captures.rglob("*") if path.is_file())
    ours = [file for file in files if not of_site.is_of_site(file)]
    return [file for file in ours if file.resolve() not in known]
