"""Run what is stale, record it, and make what follows from it.

python scripts/prebuild.py            record stale CPU captures, then render
python scripts/prebuild.py ID …       the same for these alone
python scripts/prebuild.py --check    change nothing; fail and name what is not so
python scripts/prebuild.py --check --device cuda            strict about CUDA too
python scripts/prebuild.py --device cuda --out DIR          record on another machine
python scripts/prebuild.py --accept DIR                     bring that recording home
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

try:
    from scripts import accept, captures, lint, notebooks, record, render
except ModuleNotFoundError as missing:
    sys.exit(
        f"error: {missing.name} is not installed in {sys.executable}: run this with "
        ".venv/bin/python, which scripts/setup makes"
    )
from scripts.data import DataError, ensure
from scripts.tree import ROOT, SiteError, lessons, write_if_changed


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status, and prints what is wrong if not 0."""
    options = parse(arguments)
    try:
        if options.check:
            return check(options.device)
        if options.accept:
            accept.bring_home(options.accept)
        elif options.out:
            record_elsewhere(options)
            return 0
        else:
            record_stale(options.ids)
        make_files()
    except (SiteError, DataError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Options, with the combinations that make no sense refused."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="record only these")
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--out", type=Path, metavar="DIR", help="record into DIR")
    parser.add_argument(
        "--accept", type=Path, metavar="DIR", help="take DIR's recording"
    )
    options = parser.parse_args(arguments)
    if options.device == "cuda" and not (options.out or options.check):
        parser.error("--device cuda needs --out DIR (or --check): bring it home later")
    if sum(map(bool, (options.check, options.out, options.accept))) > 1:
        parser.error("--check, --out and --accept: one at a time")
    if options.ids and (options.check or options.accept):
        parser.error("--check and --accept take everything, no ID")
    return options


def select(wanted: list[captures.Expected], ids: list[str]) -> list[captures.Expected]:
    """Those named on the command line, or all. Raises SiteError for an unknown one."""
    known = {want.id: want for want in wanted}
    for id in ids:
        if id not in known:
            raise SiteError(f"no capture is called {id}; there are {', '.join(known)}")
    return [known[id] for id in ids] if ids else wanted


def record_stale(ids: list[str]) -> None:
    """Record every stale or missing CPU capture, saying how long each took."""
    stale = [want for want in select(captures.expected(), ids) if not is_fresh(want)]
    if stale:
        ensure(ROOT / "data")
    for want in stale:
        print(f"recording {want.id} …", flush=True)
        start = time.perf_counter()
        record.record(want, want.path.parent)
        print(f"recorded {want.id} in {time.perf_counter() - start:.0f} s", flush=True)
    if not stale:
        print("every CPU capture is fresh")


def is_fresh(want: captures.Expected) -> bool:
    """Nothing to record? What was edited, or written by half, is recorded again."""
    try:
        return captures.state(want) == "fresh"
    except SiteError as error:
        print(f"note: {error}")
        return False


def record_elsewhere(options: argparse.Namespace) -> None:
    """Record into a folder, one file after another; what is there already is kept."""
    ensure(ROOT / "data")
    for want in select(captures.expected(options.device), options.ids):
        folder = options.out / want.slug / want.device
        if accept.is_done(want, folder):
            print(f"{want.id}: already in {options.out}")
            continue
        print(f"recording {want.id} on {want.device} …", flush=True)
        record.record(want, folder)


def rendered_files() -> dict[Path, str]:
    """Every table and plot that is made from captures: its path and its text."""
    files: dict[Path, str] = {}
    for want in captures.expected_everywhere():
        if want.name != "program" and want.path.exists():
            files |= render.rendered(want.slug, want.path, captures.load(want.path))
    return files


def notebook_files() -> dict[Path, str]:
    """Every notebook: its path and its text."""
    files: dict[Path, str] = {}
    for slug in lessons():
        files |= notebooks.of_lesson(slug)
    return files


def make_files() -> None:
    """Write tables, plots and notebooks whose bytes changed; remove orphans."""
    files = rendered_files()
    _write(files)
    _write(notebook_files())  # they include the tables
    for path in captures.orphans(captures.expected_everywhere(), list(files)):
        path.unlink()
        print(f"removed {path.relative_to(ROOT)}: nothing calls for it")


def _write(files: dict[Path, str]) -> None:
    for path, text in files.items():
        if write_if_changed(path, text):
            print(f"wrote {path.relative_to(ROOT)}")


def check(device: str) -> int:
    """Say everything that is not as it should be; 1 if anything is, 0 if nothing."""
    problems, counted = list(lint.problems()), 0
    try:
        for want in captures.expected("cpu"):
            state = captures.state(want)
            counted += 1
            if state != "fresh":
                problems.append(f"the CPU capture {want.id} is {state}")
        for want in captures.expected("cuda"):
            state = captures.state(want)
            if state != "fresh":
                say = f"the CUDA capture {want.id} is {state}"
                problems.append(say) if device == "cuda" else print(f"note: {say}")
        problems += _not_as_generated()
    except SiteError as error:
        problems.append(str(error))
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not counted and not problems:
        problems.append("nothing was checked")
    print(f"checked {counted} CPU captures, {len(problems)} problems")
    return 1 if problems else 0


def _not_as_generated() -> list[str]:
    tables = rendered_files()
    found = []
    for path, text in {**tables, **notebook_files()}.items():
        if not path.exists() or path.read_text() != text:
            name = path.relative_to(ROOT)
            found.append(
                f"{name} is not what would be generated: stale, or edited by hand?"
            )
    orphans = captures.orphans(captures.expected_everywhere(), list(tables))
    names = [path.relative_to(ROOT) for path in orphans]
    return found + [f"{name} is an orphan: nothing calls for it" for name in names]


if __name__ == "__main__":
    sys.exit(main())
