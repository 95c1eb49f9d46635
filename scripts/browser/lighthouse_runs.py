"""Run Lighthouse on the built site, served with compression, as a phone would see it.

The code of this file is in the fingerprint of what is recorded: a change here makes the
recording stale. What only says or keeps the results stands in audit.py.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from scripts.browser.chromium import DEBIAN
from scripts.browser.static_server import served
from scripts.common.errors import SiteError
from scripts.common.paths import TREE

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
BLOCKING, SHIFT = "total-blocking-time", "cumulative-layout-shift"
RUNS = 5
CHROME = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage"


def lighthouse() -> Path:
    """The folder of the package, where scripts/setup --tests puts it."""
    return TREE.cache / "lighthouse/node_modules/lighthouse"


def audit(url: str) -> dict[str, float]:
    """One run: the four scores, of 100, blocking time in ms, layout shift, load.

    The load average is that of the minute before the run. Raises SiteError, with
    Lighthouse's own words, where it fails or is not installed.
    """
    if not lighthouse().exists():
        raise SiteError("Lighthouse is not installed: run scripts/setup --tests")
    load = os.getloadavg()[0]
    command = ["node", str(lighthouse() / "cli/index.js"), url, "--quiet"]
    command += ["--output=json", f"--chrome-flags={CHROME}"]
    chrome = {"CHROME_PATH": str(DEBIAN)} if DEBIAN.exists() else {}
    process = subprocess.run(
        command,
        env={**os.environ, **chrome},
        capture_output=True,
        encoding="utf-8",
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


def audit_all(
    site: Path, names: list[str], runs: int
) -> Iterator[tuple[str, list[dict]]]:
    """Page after page: its name, and what each of its runs found."""
    with served(site) as address:
        for name in names:
            yield name, [audit(address + name) for _ in range(runs)]
