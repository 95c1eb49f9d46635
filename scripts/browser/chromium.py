"""The built site, and a Chromium to look at it with."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserType, Error, sync_playwright

from scripts.common.paths import TREE

DEBIAN = Path("/usr/bin/chromium")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def build(folder: Path) -> None:
    """Build the site strictly; CalledProcessError carries what mkdocs said."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    subprocess.run(
        [*command, "--site-dir", str(folder)],
        cwd=TREE.root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def launch(kind: BrowserType) -> Browser:
    """Start Debian's Chromium, or else Playwright's own."""
    path = str(DEBIAN) if DEBIAN.exists() else None
    return kind.launch(executable_path=path, args=ARGS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium, started; one sentence where none is installed."""
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright.chromium)
        except Error as error:
            raise SystemExit(
                f"error: no Chromium starts: {str(error).splitlines()[0]}\n"
                "       install Debian's package chromium, or run "
                "python -m playwright install chromium"
            ) from error
        yield browser
        browser.close()
