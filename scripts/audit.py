"""Run Lighthouse on the built site, served with compression, as a phone would see it.

python scripts/audit.py [--runs 5] [PAGE …]   print the medians
python scripts/audit.py --record              five runs of every page, and keep them

A PAGE is its address on the site: `gpu-training/`, and `.` for the front page.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts import record, screenshot, sealed, site_captures  # noqa: E402, see above
from scripts.driver import cpu_model  # noqa: E402
from scripts.serving import served  # noqa: E402
from scripts.tree import SiteError, write_if_changed  # noqa: E402

LIGHTHOUSE = ROOT / ".cache/lighthouse/node_modules/lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
BLOCKING, SHIFT = "total-blocking-time", "cumulative-layout-shift"
RUNS = 5
CHROME = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage"
COMMAND = "python scripts/audit.py --record"


def audit(url: str) -> dict[str, float]:
    """One run: the four scores, of 100, blocking time in ms, layout shift, load.

    The load average is that of the minute before the run. Raises SiteError, with
    Lighthouse's own words, where it fails or is not installed.
    """
    if not LIGHTHOUSE.exists():
        raise SiteError("Lighthouse is not installed: run scripts/setup --tests")
    load = os.getloadavg()[0]
    command = ["node", str(LIGHTHOUSE / "cli/index.js"), url, "--quiet"]
    command += ["--output=json", f"--chrome-flags={CHROME}"]
    chrome = (
        {"CHROME_PATH": str(screenshot.DEBIAN)} if screenshot.DEBIAN.exists() else {}
    )
    process = subprocess.run(
        command,
        env={**os.environ, **chrome},
        capture_output=True,
        text=True,
        timeout=180,
    )
    try:
        report = json.loads(process.stdout)
        found = {name: 100 * report["categories"][name]["score"] for name in CATEGORIES}
        audits = report["audits"]
        found |= {name: audits[name]["numericValue"] for name in (BLOCKING, SHIFT)}
    except (ValueError, KeyError, TypeError) as error:
        said = (process.stderr.strip().splitlines() or ["nothing"])[-1]
        raise SiteError(f"Lighthouse failed on {url}: {said}") from error
    return {**found, "load": load}


def page_names(site: Path) -> list[str]:
    """The addresses of the pages of a built site, without the one of what is lost."""
    found = [path.parent.relative_to(site) for path in site.rglob("index.html")]
    return sorted("" if name == Path() else f"{name.as_posix()}/" for name in found)


def audit_all(site: Path, names: list[str], runs: int) -> dict[str, list[dict]]:
    """Page after page, `runs` times; says what it found as it goes."""
    results: dict[str, list[dict]] = {}
    with served(site) as address:
        for name in names:
            results[name] = [audit(address + name) for _ in range(runs)]
            print(f"{name or '.':44}{line(results[name])}", flush=True)
    return results


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
    lighthouse = json.loads((LIGHTHOUSE / "package.json").read_text())["version"]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    chromium = subprocess.run(
        [str(screenshot.DEBIAN), "--version"], capture_output=True, text=True
    ).stdout
    name = " ".join(chromium.split()[:2])
    return f"Lighthouse {lighthouse}, Node {node.strip()}, {name}"


def capture(results: dict[str, list[dict]], seconds: float) -> dict:
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
    machine = dict.fromkeys(sealed.MACHINE) | {
        "device": "cpu",
        "cpu": cpu_model(),
        "python": platform.python_version(),
    }
    repeats = min(len(runs) for runs in results.values())
    passport = {"command": COMMAND, "fingerprint": site_captures.fingerprint()}
    passport |= {"recorded": time.strftime("%Y-%m-%d"), "commit": record.commit()}
    passport |= {"machine": machine, "seconds": round(seconds, 1), "warmup": 0}
    result = {"versions": versions(), "runs": results}
    result["tables"] = {"pages": {"columns": columns, "rows": rows}}
    return {**passport, "repeats": repeats, "result": result}


def main(arguments: list[str] | None = None) -> int:
    """Read the options, build, measure, and keep it if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "pages", nargs="*", metavar="PAGE", help="all, if none is named"
    )
    parser.add_argument("--runs", type=int, default=RUNS, help="of each page")
    parser.add_argument("--record", action="store_true", help="keep the medians")
    options = parser.parse_args(arguments)
    if options.record and (options.pages or options.runs != RUNS):
        parser.error(f"--record takes every page, {RUNS} times: no PAGE, no --runs")
    start = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory() as folder:
            site = Path(folder)
            screenshot.build(site)
            names = page_names(site)
            wanted = [name.lstrip(".") for name in options.pages] or names
            if unknown := sorted(set(wanted) - set(names)):
                parser.error(f"no page {unknown[0]}; there are {', '.join(names)}")
            results = audit_all(site, wanted, options.runs)
        if options.record:
            made = capture(results, time.perf_counter() - start)
            write_if_changed(site_captures.LIGHTHOUSE, sealed.seal(made))
    except subprocess.CalledProcessError as error:
        print(f"error: the site does not build\n{error.output}", file=sys.stderr)
        return 1
    except SiteError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
