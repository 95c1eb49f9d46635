"""Run what is stale, record it, and make what follows from it.

python scripts/prebuild.py            record stale CPU captures, then render
python scripts/prebuild.py ID …       the same for these alone
python scripts/prebuild.py --check    change nothing; fail and name what is not so
python scripts/prebuild.py --check --device cuda            strict about CUDA too
python scripts/prebuild.py --device cuda --out DIR [ID …]   record on another machine
python scripts/prebuild.py --accept DIR [--again DIR2]      bring recordings home
python scripts/prebuild.py --accept recording.zip           … those of the notebook
"""

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

# The standard library and no more: `--out` runs where nothing else is.
from scripts.captures import compare, expected, record, record_remote
from scripts.common.errors import SiteError
from scripts.common.files import reason
from scripts.common.paths import TREE
from scripts.run import process
from scripts.run.dataset import DataError, ensure


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status, and prints what is wrong if not 0."""
    options = parse(arguments)
    try:
        return run(options)
    except (SiteError, DataError) as error:
        print(f"error: {error}", file=sys.stderr)
    except ModuleNotFoundError as missing:
        print(
            f"error: {missing.name} is not installed in {sys.executable}: run this "
            "with .venv/bin/python, which scripts/setup makes",
            file=sys.stderr,
        )
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(
            f"error: {where}{reason(error)}: make room or give leave, and run the same "
            "again",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("\ninterrupted: run the same again to go on from here", file=sys.stderr)
        return 130
    return 1


def run(options: argparse.Namespace) -> int:
    """Do what the options say; returns the exit status."""
    if options.out:
        return record_remote.record_all(options.device, options.out, options.ids)
    from scripts.captures import accept
    from scripts.content import lint
    from scripts.generated import check, files

    if options.check:
        return check.check(options.device)
    if options.accept:
        accept.take_in(options.accept, options.again, files.make_files)
        return 0
    record_stale(options.ids)
    files.make_files()
    for problem in lint.questions():
        print(f"note: {problem}")
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Options, with the combinations that make no sense refused."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="record only these")
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.add_argument("--device", choices=expected.DEVICES, default="cpu")
    parser.add_argument("--out", type=Path, metavar="DIR", help="record into DIR")
    parser.add_argument(
        "--accept", type=Path, metavar="DIR", help="take DIR's recording, or a zip's"
    )
    parser.add_argument(
        "--again", type=Path, metavar="DIR2", help="and the second recording of it"
    )
    options = parser.parse_args(arguments)
    if options.device == "cuda" and not (options.out or options.check):
        parser.error("--device cuda needs --out DIR (or --check): bring it home later")
    if sum(map(bool, (options.check, options.out, options.accept))) > 1:
        parser.error("--check, --out and --accept: one at a time")
    if options.ids and (options.check or options.accept):
        parser.error("--check and --accept take everything, no ID")
    if options.again and not options.accept:
        parser.error("--again DIR2 goes with --accept DIR, the first recording")
    return options


def record_stale(ids: list[str]) -> None:
    """Record every stale or missing CPU capture, saying how long each took."""
    wanted = expected.select(expected.expected(), ids)
    stale = [want for want in wanted if not is_fresh(want)]
    if stale:
        ensure(TREE.data)
    for want in stale:
        print(f"recording {want.id} …", flush=True)
        before, start = texts(want), time.perf_counter()
        record.record(want, want.path.parent)
        print(f"recorded {want.id} in {time.perf_counter() - start:.0f} s", flush=True)
        say_changes(want, before)
    if not stale:
        print("every CPU capture is fresh")


def texts(want: expected.Expected) -> dict[str, str]:
    """The captured texts of a program's blocks, by name, of those that there are."""
    files = {b.name: want.path.with_name(f"{b.name}.txt") for b in want.blocks}
    return {
        name: file.read_text(encoding="utf-8", errors="replace")
        for name, file in files.items()
        if file.exists()
    }


def say_changes(want: expected.Expected, before: dict[str, str]) -> None:
    """Print how many captured texts are others now, and name those that matter."""
    if not before:
        return
    within, beyond = compare.changes(before, texts(want), want.blocks)
    print(
        f"{want.id}: {within} texts changed within their tolerance, "
        f"{len(beyond)} beyond"
    )
    for change in beyond:
        print(f"  {change}")


def is_fresh(want: expected.Expected) -> bool:
    """Nothing to record? What was edited, or written by half, is recorded again."""
    try:
        return expected.state(want) == "fresh"
    except SiteError as error:
        print(f"note: {error}")
        return False


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # whatever this machine writes in
        stream.reconfigure(errors="backslashreplace")
    for name in process.settings(os.environ):  # a reader has none of them
        del os.environ[name]
    sys.exit(main())
