"""How far does rounding move what the pages print? Other processors, stood for here.

python scripts/processors.py [SLUG …]     run the pages' programs; compare each block
python scripts/processors.py --record [SLUG …]    the same, and keep what was seen
python scripts/processors.py --python PATH [SLUG …]  under another Python's versions
python scripts/processors.py --tests [ARGUMENT …]    run pytest under each condition

A processor without AVX-512, or another number of threads, adds the same numbers in
another order. The weights of a trained net then differ in their last bits, and what is
printed of it differs by more. Each condition below gives other bits for the same
training; on a processor without AVX-512, those called AVX2 are what it does anyway.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.captures import capture_file, other_processors, record
from scripts.captures.form import Capture
from scripts.captures.of_site import processors_path
from scripts.captures.other_processors import COMMAND, CONDITIONS
from scripts.common.errors import SiteError
from scripts.common.files import write_if_changed
from scripts.common.paths import TREE, captures_of, programs
from scripts.page import program
from scripts.run import process

# The tests in which nets are trained; what else there is does not depend on rounding.
TESTS = ("tests/saving_and_loading", "tests/gpu_training")
TESTS += ("tests/fashion_mnist_project", "tests/test_practice_notebooks.py")


def measure(
    slug: str, conditions: dict[str, dict], out: Path | None, python: str
) -> dict[str, dict]:
    """Run one page's program under each condition; what was seen of each block.

    With `out`, the texts that differ are written there, a folder a condition.
    """
    blocks = program.program(slug)
    found = {block.name: other_processors.entry(blocks, block) for block in blocks}
    for condition, more in conditions.items():
        start = time.perf_counter()
        run = process.run_program(blocks, TREE.data, more=more, python=python)
        for block, result in zip(blocks, run.blocks, strict=True):
            captured = (captures_of(slug) / f"{block.name}.txt").read_text(
                encoding="utf-8"
            )
            other_processors.note(found[block.name], condition, result.text, captured)
            if out and result.text != captured:
                folder = out / slug / condition.replace(", ", "-").replace(" ", "-")
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{block.name}.txt").write_text(result.text, encoding="utf-8")
        print(f"{slug}, {condition}: {time.perf_counter() - start:.0f} s", flush=True)
    print("\n".join(narrow((slug, found))), flush=True)
    return found


def narrow(lesson: tuple[str, dict[str, dict]]) -> list[str]:
    """What is wrong with a lesson's tolerances, given what was seen."""
    slug, seen = lesson
    return [
        f"{slug}, block {block.name}: {problem}"
        for block in program.program(slug)
        for problem in other_processors.problems(block, seen[block.name])
    ]


def capture(found: dict[str, dict], seconds: float) -> Capture:
    """All that was seen as a capture, with its passport."""
    repeats = len(CONDITIONS)
    made = record.head(
        COMMAND, other_processors.method(), record.this_cpu(), seconds, repeats=repeats
    )
    result = {"conditions": CONDITIONS, "lessons": found}
    return {**made, "result": result}


def run_tests(arguments: list[str]) -> int:
    """Run pytest once under each condition; how many of the runs failed."""
    failed = []
    for condition, more in CONDITIONS.items():
        print(f"==> {condition}", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", *(arguments or TESTS)]
        # As in scripts/test: threads that spin would take the cores from each other
        ours = {"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE"}
        env = {**os.environ, **ours, "GOMP_SPINCOUNT": "0", **more}
        if subprocess.run(command, cwd=TREE.root, env=env).returncode:
            failed.append(condition)
    print(f"tests: {len(CONDITIONS) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def main(arguments: list[str] | None = None) -> int:
    """Read the options and do as they say; 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "slugs", nargs="*", metavar="SLUG", help="all, if none is named"
    )
    parser.add_argument("--record", action="store_true", help="keep what was seen")
    parser.add_argument("--out", type=Path, help="write the texts that differ there")
    parser.add_argument("--python", metavar="PATH", help="with other versions")
    parser.add_argument("--tests", nargs=argparse.REMAINDER, help="for pytest")
    options = parser.parse_args(arguments)
    if options.tests is not None:
        return run_tests(options.tests)
    if options.record and options.python:
        parser.error("--record keeps what our own versions print: no PATH")
    if unknown := sorted(set(options.slugs) - set(programs())):
        parser.error(f"no page {unknown[0]}; there are {', '.join(programs())}")
    start = time.perf_counter()
    try:
        wanted = options.slugs or programs()
        how = CONDITIONS, options.out, sys.executable
        if options.python:
            how = {"other versions": {}}, options.out, options.python
        found = {slug: measure(slug, *how) for slug in wanted}
    except SiteError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.record:
        made = capture(
            other_processors.others(found) | found, time.perf_counter() - start
        )
        write_if_changed(processors_path(), capture_file.seal(made))
    return 1 if any(map(narrow, found.items())) else 0


if __name__ == "__main__":
    sys.exit(main())
