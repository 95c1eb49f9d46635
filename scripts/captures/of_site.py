"""What is measured of the site itself: Lighthouse's medians, kept like any capture.

They are of the site as it was at their commit. What makes them stale is another way of
measuring, not every word that changes on a page.
"""

import hashlib
from pathlib import Path

from scripts.captures import capture_file, fingerprints
from scripts.common.paths import CAPTURES, ROOT

SITE = CAPTURES / "site"
LIGHTHOUSE = SITE / "lighthouse.json"
PROCESSORS = SITE / "processors.json"
METHOD = ("scripts/browser/lighthouse_runs.py", "scripts/browser/static_server.py")
PINS = "scripts/browser/lighthouse/package.json"


def fingerprint() -> str:
    """The way of measuring: what runs Lighthouse, which, and what serves the site.

    Comments do not count, nor does the command line, scripts/audit.py.
    """
    codes = [(ROOT / name).read_text(encoding="utf-8") for name in METHOD]
    pins = (ROOT / PINS).read_text(encoding="utf-8")
    return hashlib.sha256(
        f"{fingerprints.of_blocks(codes)} {pins}".encode()
    ).hexdigest()


def problems() -> list[str]:
    """What is wrong with the captures of the site. SiteError for one that lies."""
    kept = (LIGHTHOUSE, PROCESSORS)
    others = [p for p in SITE.rglob("*") if p.is_file() and p not in kept]
    found = [
        f"{p.relative_to(ROOT)} is an orphan: nothing calls for it" for p in others
    ]
    if (
        LIGHTHOUSE.exists()
        and capture_file.load(LIGHTHOUSE)["fingerprint"] != fingerprint()
    ):
        found.append(
            f"{LIGHTHOUSE.relative_to(ROOT)} is stale: run "
            "python scripts/audit.py --record"
        )
    return found


def is_of_site(path: Path) -> bool:
    """Does a file under captures belong to the site's own?"""
    return path.resolve().is_relative_to(SITE.resolve())
