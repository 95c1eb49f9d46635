"""All that needs an idle machine: Lighthouse on the site, and the times of the tests.

python scripts/audit.py [--runs 5] [PAGE …]   Lighthouse: print the medians
python scripts/audit.py --record              five runs of every page, and keep them
python scripts/audit.py --times               the tests that take times: they fail
                                              beyond their targets here alone

A PAGE is its address on the site: `gpu-training/`, and `.` for the front page.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.browser import chromium, lighthouse_runs
from scripts.browser.lighthouse_runs import BLOCKING, CATEGORIES, RUNS, SHIFT
from scripts.captures import capture_file, of_site, record
from scripts.captures.form import Capture
from scripts.common.errors import SiteError
from scripts.common.files import write_if_changed
from scripts.common.paths import TREE

COMMAND = "python scripts/audit.py --record"


def page_names(site: Path) -> list[str]:
    """The addresses of the pages of a built site, without the one of what is lost."""
    found = [path.parent.relative_to(site) for path in site.rglob("index.html")]
    return sorted("" if name == Path() else f"{name.as_posix()}/" for name in found)


def line(runs: list[dict]) -> str:
    """The medians of one page's runs."""
    scores = " / ".join(f"{middle(runs, name):.0f}" for name in CATEGORIES)
    rest = f"blocking {middle(runs, BLOCKING):.0f} ms, shift {middle(runs, SHIFT):.3f}"
    return f"{scores}, {rest}, load {middle(runs, 'load'):.1f}"


def middle(runs: list[dict], name: str) -> float:
    """The median of one figure over a page's runs."""
    return median(run[name] for run in runs)


def versions() -> str:
    """Lighthouse, Node and Chromium, as they say themselves."""
    package = lighthouse_runs.lighthouse() / "package.json"
    lighthouse = json.loads(package.read_text(encoding="utf-8"))["version"]
    node, browser = said_version("node"), "a Chrome that it found"
    if chromium.DEBIAN.exists():
        browser = " ".join(said_version(str(chromium.DEBIAN)).split()[:2])
    return f"Lighthouse {lighthouse}, Node {node}, {browser}"


def said_version(program: str) -> str:
    """What a program prints for --version."""
    command = [program, "--version"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    return done.stdout.strip()


def capture(results: dict[str, list[dict]], seconds: float) -> Capture:
    """What was measured as a capture, with its passport."""
    columns = ["page", "performance", "accessibility", "best practices", "SEO"]
    columns += ["blocking, ms", "layout shift", "load average"]
    rows = [
        [
            name or "front page",
            *(round(middle(runs, n)) for n in (*CATEGORIES, BLOCKING)),
        ]
        + [f"{middle(runs, SHIFT):.3f}", f"{middle(runs, 'load'):.1f}"]
        for name, runs in results.items()
    ]
    repeats = min(len(runs) for runs in results.values())
    made = record.head(
        COMMAND, of_site.fingerprint(), record.this_cpu(), seconds, repeats=repeats
    )
    result = {"versions": versions(), "runs": results}
    result["tables"] = {"pages": {"columns": columns, "rows": rows}}
    return {**made, "result": result}


def ask_for_times() -> int:
    """Run the tests that take times, and have them fail beyond their targets."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "timed"]
    environment = {**os.environ, "ASK_FOR_TIMES": "1"}
    return subprocess.run(command, cwd=TREE.root, env=environment).returncode


def lighthouse(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Build the site, measure its pages, say what was found, keep it if asked to."""
    start = time.perf_counter()
    results: dict[str, list[dict]] = {}
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        chromium.build(site)
        names = page_names(site)
        wanted = [name.lstrip(".") for name in options.pages] or names
        if unknown := sorted(set(wanted) - set(names)):
            known = ", ".join(name or "." for name in names)
            parser.error(f"no page {unknown[0]}; there are {known}")
        runs = options.runs or RUNS
        for name, found in lighthouse_runs.audit_all(site, wanted, runs):
            results[name] = found
            print(f"{name or '.':44}{line(found)}", flush=True)
    if options.record:
        made = capture(results, time.perf_counter() - start)
        write_if_changed(of_site.lighthouse_path(), capture_file.seal(made))


def main(arguments: list[str] | None = None) -> int:
    """Read the options, and do what they ask for; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "pages", nargs="*", metavar="PAGE", help="all, if none is named"
    )
    parser.add_argument("--runs", type=int, help=f"of each page, {RUNS} if not given")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--record", action="store_true", help="keep the medians")
    what.add_argument(
        "--times", action="store_true", help="no Lighthouse: the tests that take times"
    )
    options = parser.parse_args(arguments)
    chosen = options.pages or options.runs is not None
    if options.record and chosen:
        parser.error(f"--record takes every page, {RUNS} times: no PAGE, no --runs")
    if options.times and chosen:
        parser.error("--times takes every test that takes a time: no PAGE, no --runs")
    if options.runs is not None and options.runs < 1:
        parser.error(f"--runs is {options.runs}; it has to be 1 or more")
    if options.times:
        return ask_for_times()
    try:
        lighthouse(parser, options)
    except subprocess.CalledProcessError as error:
        print(f"error: the site does not build\n{error.output}", file=sys.stderr)
        return 1
    except SiteError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
