"""Captures: measured results with a passport. Standard library only, nothing runs here.

A *program* capture (`program.json` and a text file per block) is what one page's blocks
printed. An *experiment* capture (`<name>.json`) is what one `main()` returned.
"""

import ast
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from scripts import fingerprints, pages
from scripts.tree import CAPTURES, ROOT, SiteError, captures_of, lessons, package

GENERATED = "scripts/prebuild.py wrote this file: record again instead of editing it"
PASSPORT = ("command", "fingerprint", "recorded", "commit", "machine", "seconds")
PASSPORT += ("warmup", "repeats")
MACHINE = ("device", "cpu", "gpu", "threads", "python", "torch", "torchvision", "cuda")


@dataclass(frozen=True)
class Expected:
    """A capture that the tree calls for: of which lesson, what, and from what."""

    slug: str
    name: str  # "program", or the file name of the experiment
    device: str
    fingerprint: str
    command: str

    @property
    def id(self) -> str:
        return f"{self.slug}/{self.name}"

    @property
    def path(self) -> Path:
        return captures_of(self.slug, self.device) / f"{self.name}.json"


def digest(capture: dict) -> str:
    """SHA-256 over everything in a capture but the digest itself."""
    rest = {key: value for key, value in capture.items() if key != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def file_digest(content: bytes) -> str:
    """SHA-256 of a block's text or figure as it stands in its file."""
    return hashlib.sha256(content).hexdigest()


def files_of(block: dict) -> dict[str, str]:
    """The files that hold one block's output, and their digests."""
    return {f"{block['name']}.txt": block["sha256"], **block["figures"]}


def seal(capture: dict) -> str:
    """A capture as the text of its file: what generated it first, its digest last."""
    sealed = {"generated": GENERATED, **capture}
    sealed["digest"] = digest(sealed)
    return json.dumps(sealed, indent=1, ensure_ascii=False) + "\n"


def load(path: Path) -> dict:
    """Read a capture; SiteError names the file if it is not whole and true."""
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    if not path.exists():
        raise SiteError(f"the capture {shown} does not exist: run scripts/prebuild.py")
    try:
        capture = json.loads(path.read_text())
        missing = [key for key in PASSPORT if key not in capture]
        missing += [key for key in MACHINE if key not in capture["machine"]]
    except (ValueError, KeyError, TypeError) as error:
        raise SiteError(f"the capture {shown} is not readable: {error}") from error
    if missing:
        raise SiteError(f"the capture {shown} lacks {', '.join(missing)}")
    if capture.get("digest") != digest(capture):
        raise SiteError(
            f"the capture {shown} contradicts its own digest: edited by hand?"
        )
    for block in capture.get("blocks", []):
        for name, recorded in files_of(block).items():
            file = path.parent / name
            if not file.exists() or file_digest(file.read_bytes()) != recorded:
                raise SiteError(
                    f"the captured file {shown.parent / name} is not what "
                    f"{shown.name} says was recorded: edited by hand?"
                )
    return capture


def experiments(slug: str) -> list[str]:
    """The names of a lesson's experiments: the files that define `main`, in order."""
    folder = ROOT / "snippets" / package(slug)
    files = sorted(folder.glob("*.py"))
    return [file.stem for file in files if "\ndef main(" in file.read_text()]


def devices(slug: str) -> tuple[str, ...]:
    """What a lesson is recorded on: `DEVICES` of its package, else the CPU alone."""
    tree = ast.parse((ROOT / "snippets" / package(slug) / "__init__.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "DEVICES":
            return ast.literal_eval(node.value)
    return ("cpu",)


def expected_everywhere() -> list[Expected]:
    """Every capture that the tree calls for, on every device."""
    return expected("cpu") + expected("cuda")


def expected(device: str = "cpu") -> list[Expected]:
    """Every capture that the tree calls for on a device."""
    found = []
    for slug in lessons():
        if device not in devices(slug):
            continue
        codes = [block.code for block in pages.program(slug)]
        command = f"python scripts/prebuild.py {slug}/program"
        print_of = fingerprints.of_blocks(codes)
        found.append(Expected(slug, "program", device, print_of, command))
        for name in experiments(slug):
            path = ROOT / "snippets" / package(slug) / f"{name}.py"
            command = f"python -m snippets.{package(slug)}.{name}"
            print_of = fingerprints.of_experiment(path)
            found.append(Expected(slug, name, device, print_of, command))
    return found


def state(want: Expected) -> str:
    """ "fresh", "stale" or "missing". Raises SiteError for a capture that lies."""
    if not want.path.exists():
        return "missing"
    capture = load(want.path)
    if capture["fingerprint"] != want.fingerprint:
        return "stale"
    return "fresh" if _marks_agree(want, capture) else "stale"


def _marks_agree(want: Expected, capture: dict) -> bool:
    """Do the recorded tolerances and reasons still stand above the sections?"""
    if want.name != "program":
        return True
    recorded = [
        (b["name"], b["tolerance"], b["tolerance_reason"], b["volatile"])
        for b in capture["blocks"]
    ]
    return recorded == [
        (b.name, b.tolerance, b.tolerance_reason, b.volatile)
        for b in pages.program(want.slug)
    ]


def orphans(wanted: list[Expected], rendered: list[Path]) -> list[Path]:
    """Files under docs/captures that nothing in the tree calls for any more."""
    known = {path.resolve() for path in rendered}
    for want in wanted:
        known.add(want.path.resolve())
        if want.name == "program" and want.path.exists():
            blocks = load(want.path)["blocks"]
            names = [file for block in blocks for file in files_of(block)]
            known |= {(want.path.parent / name).resolve() for name in names}
    files = sorted(path for path in CAPTURES.rglob("*") if path.is_file())
    return [file for file in files if file.resolve() not in known]
