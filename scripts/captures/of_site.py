"""What is measured of the site itself: Lighthouse's medians, kept like any capture.

They are of the site as it was at their commit. What makes them stale is another way of
measuring, not every word that changes on a page.
"""

import hashlib
from pathlib import Path

from scripts.captures import capture_file, fingerprints
from scripts.common.paths import TREE

METHOD = ("scripts/browser/lighthouse_runs.py", "scripts/browser/static_server.py")
PINS = "scripts/browser/lighthouse/package.json"


def folder() -> Path:
    """Where the captures of the site itself stand."""
    return TREE.captures / "site"


def lighthouse_path() -> Path:
    """The capture with Lighthouse's medians."""
    return folder() / "lighthouse.json"


def processors_path() -> Path:
    """The capture of what other processors print."""
    return folder() / "processors.json"


def fingerprint() -> str:
    """The way of measuring: what runs Lighthouse, which, and what serves the site.

    Comments do not count, nor does the command line, scripts/audit.py.
    """
    codes = [(TREE.root / name).read_text(encoding="utf-8") for name in METHOD]
    pins = (TREE.root / PINS).read_text(encoding="utf-8")
    return hashlib.sha256(
        f"{fingerprints.of_blocks(codes)} {pins}".encode()
    ).hexdigest()


def problems() -> list[str]:
    """What is wrong with the captures of the site. SiteError for one that lies."""
    kept = (lighthouse_path(), processors_path())
    others = [p for p in folder().rglob("*") if p.is_file() and p not in kept]
    found = [f"{TREE.name(p)} is an orphan: nothing calls for it" for p in others]
    if (
        lighthouse_path().exists()
        and capture_file.load(lighthouse_path())["fingerprint"] != fingerprint()
    ):
        found.append(
            f"{TREE.name(lighthouse_path())} is stale: run "
            "python scripts/audit.py --record"
        )
    return found


def is_of_site(path: Path) -> bool:
    """Does a file under captures belong to the site's own?"""
    return path.resolve().is_relative_to(folder().resolve())
